# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The worker processes of mail_queue.py: each sends when it is told to.

Usage: _queue_worker.py DATABASE CONFIGURATION PORT MAILS [--own]
"""

import sys
import time

AUTHORS = 20  # half of them colleagues, half customers who have written
READERS = 20  # followers who get the mails of a chatter
DOMAINS = ("acme.example", "customer.example")
BODY = "<p>Some words of a message.</p>" * 20
LATER = "2100-01-01 00:00:00"
BATCH = 1000  # mails that Odoo's queue takes at once
QUEUE = "mail.ir_cron_mail_scheduler_action"


# ------------------------------------------------------------
# How a database is configured
# ------------------------------------------------------------


def configure_sender(env):
    """The sender's rules alone: no limit, no key."""
    env["ir.config_parameter"].set_param("mail_deliverability.daily_limit", "0")
    # The mails of a round are made at once, and are not to be paced.
    env["ir.config_parameter"].set_param("mail_deliverability.bulk_recipients", "0")


def configure_limit(env):
    """A daily limit that is never reached: each mail is locked and reserved for."""
    configure_sender(env)
    env["ir.config_parameter"].set_param("mail_deliverability.daily_limit", "10000000")
    env["ir.mail_server"].search([]).daily_limit = 10_000_000


def configure_signing(env):
    """A key of RSA-2048 that signs every mail."""
    configure_sender(env)
    domain = env.company.alias_domain_id.id
    values = {"alias_domain_id": domain, "selector": "bench", "algorithm": "rsa-2048"}
    env["mail.dkim.key"].create(values).action_activate_unchecked()


CONFIGURE = {
    "odoo": None,
    "sender": configure_sender,
    "limit": configure_limit,
    "signing": configure_signing,
}


def prepare(env, name: str, port: int) -> None:
    domains = env["mail.alias.domain"]
    if domains.search_count([("name", "=", "acme.example")]):
        return  # another worker was first
    env.company.alias_domain_id = domains.create(
        {"name": "acme.example", "default_from": "notifications"}
    )
    env["ir.mail_server"].create(
        {
            "name": "sink",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_encryption": "none",
            "from_filter": "acme.example",
        }
    )
    people = [f"a{n}@{DOMAINS[n % 2]}" for n in range(AUTHORS)]
    people += [f"reader{n}@recipient.example" for n in range(READERS)]
    names = [address.partition("@")[0] for address in people]
    env["res.partner"].create(
        [
            {"name": name, "email": address}
            for name, address in zip(names, people, strict=True)
        ]
    )
    if configure := CONFIGURE[name]:
        configure(env)
    env["mail.mail"].search([]).unlink()


# ------------------------------------------------------------
# The mails, by their shape
# ------------------------------------------------------------


def make_plain(env, count: int, **values):
    """Mails to an address, as templates and code make them."""
    return env["mail.mail"].create(
        [
            {
                "email_from": f'"Author {n % AUTHORS}" '
                f"<a{n % AUTHORS}@{DOMAINS[n % 2]}>",
                "email_to": f"recipient{n}@recipient.example",
                "subject": f"Message {n}",
                "body_html": BODY,
                **values,
            }
            for n in range(count)
        ]
    )


def make_ten(env, count: int):
    """Mails to ten addresses each, which leave as one message."""
    addresses = ", ".join(f"recipient{n}@recipient.example" for n in range(10))
    return make_plain(env, count, email_to=addresses)


def make_chatter(env, count: int):
    """Notifications of messages, as ``_notify_thread_by_email`` makes them."""
    partners = env["res.partner"].search([("email", "=like", "%.example")], order="id")
    authors, readers = partners[:AUTHORS], partners[AUTHORS:]
    shared = {
        "model": "res.partner",
        "message_type": "comment",
        "subtype_id": env.ref("mail.mt_comment").id,
        "record_alias_domain_id": env.company.alias_domain_id.id,
        "record_company_id": env.company.id,
        "body": BODY,
    }
    messages = env["mail.message"].create(
        [
            {
                **shared,
                "res_id": readers[n % READERS].id,
                "author_id": authors[n % AUTHORS].id,
                "email_from": authors[n % AUTHORS].email_formatted,
                "reply_to": '"Acme" <catchall@acme.example>',
            }
            for n in range(count)
        ]
    )
    mails = env["mail.mail"].create(
        [
            {
                "mail_message_id": message.id,
                "subject": f"Message {n}",
                "body_html": BODY,
                "references": message.message_id,
                "headers": repr({"X-Odoo-Objects": f"res.partner-{message.res_id}"}),
                "is_notification": True,
                "auto_delete": True,
                "recipient_ids": [(4, readers[n % READERS].id)],
            }
            for n, message in enumerate(messages)
        ]
    )
    env["mail.notification"].create(
        [
            {
                "author_id": mail.author_id.id,
                "mail_message_id": mail.mail_message_id.id,
                "mail_mail_id": mail.id,
                "res_partner_id": mail.recipient_ids.id,
                "notification_type": "email",
                "notification_status": "ready",
                "is_read": True,
            }
            for mail in mails
        ]
    )
    return mails


SHAPES = {"plain": make_plain, "chatter": make_chatter, "ten": make_ten}


# ------------------------------------------------------------
# What is timed
# ------------------------------------------------------------


def send(env, mails: int, own: bool, shape: str = "plain") -> tuple[float, float]:
    """Queue mails and send them all; then remove them.

    Making the mails counts too, but for a chatter's: there it is mostly Odoo's work on
    messages and notifications, which the addon has no part in.

    :param own: leave alone what other workers have queued.
    :return: the seconds that it took, and those of the worker's processor time.
    """
    begin = read_clocks()
    queue = SHAPES[shape](env, mails)
    messages = queue.mail_message_id
    env.cr.commit()
    if shape == "chatter":
        begin = read_clocks()
    if len(queue) > BATCH:
        run_scheduled_action(env)
    else:
        env["mail.mail"].process_email_queue(queue.ids if own else ())
    env.cr.commit()
    seconds = measure_since(begin)
    check_sent(queue.exists(), messages)
    queue.exists().unlink()
    messages.exists().unlink()
    env.cr.commit()
    return seconds


def run_scheduled_action(env) -> None:
    """Let the queue's scheduled action run until nothing is due, as Odoo does."""
    while env["mail.mail"].search_count([("state", "=", "outgoing")], limit=1):
        env.ref(QUEUE).method_direct_trigger()
        env.cr.commit()


def check_sent(queue, messages) -> None:
    unsent = queue.filtered(lambda mail: mail.state != "sent")
    if unsent:
        reason = unsent[0].failure_reason or unsent[0].state
        raise SystemExit(f"{len(unsent)} mails were not sent: {reason}")
    notifications = messages.exists().notification_ids
    if set(notifications.mapped("notification_status")) - {"sent"}:
        raise SystemExit("notifications do not say that their mails were sent")


def idle(env, waiting: int) -> tuple[float, float]:
    """Run the queue while so many mails wait, since today's limit is used up.

    :return: as :func:`send`.
    """
    queue = env["mail.mail"]
    if not waiting:
        configure_sender(env)
        send(env, 10, False)
    env["ir.config_parameter"].set_param("mail_deliverability.daily_limit", "1")
    present = queue.search_count([("state", "=", "outgoing")])
    for first in range(present, waiting, 1000):
        make_waiting(env, min(1000, waiting - first))
    queue.process_email_queue()  # tells administrators, which takes its time once
    env.cr.commit()
    begin = read_clocks()
    queue.process_email_queue()
    env.cr.commit()
    return measure_since(begin)


def make_waiting(env, count: int) -> None:
    # Due at first, as they really are; no statistics know them, nor was there a vacuum.
    mails = make_plain(env, count)
    env.flush_all()
    mails.write(
        {"scheduled_date": LATER, "waiting_kind": "limit", "waiting_until": LATER}
    )
    env.cr.commit()


def set_connections(env, connections: int) -> None:
    """Let the server have so many at once; Odoo alone knows of one."""
    server = env["ir.mail_server"].search([])
    if "connections" in server._fields and server.connections != connections:
        server.connections = connections
        env.cr.commit()


def read_clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def measure_since(begin: tuple[float, float]) -> tuple[float, float]:
    return tuple(now - then for now, then in zip(read_clocks(), begin, strict=True))


def main(database: str, name: str, port: str, mails: str, *options: str) -> None:
    """Do what each line of the input says; answer with the seconds that it took."""
    import odoo.http  # noqa: F401  the first import, as Odoo's server does it
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["-d", database, "--log-level=warn"], setup_logging=True)
    registry = Registry(database)
    with registry.cursor() as cr:
        prepare(api.Environment(cr, SUPERUSER_ID, {}), name, int(port))
    print("ready", flush=True)
    for line in sys.stdin:
        what, *words = line.split()
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if what in SHAPES:
                set_connections(env, int(words[0]) if words else 1)
                print(*send(env, int(mails), "--own" in options, what), flush=True)
            else:
                print(*idle(env, int(what)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
