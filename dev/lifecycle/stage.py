"""What one stage of the addon's life does and expects; runs in Odoo's shell.

Environment: STAGE, and TESTS, the folder of the addon's tests.
"""

import logging
import os
import sys

ADDON = "mail_deliverability"
SUBJECTS = [f"mail {number}" for number in range(5)]
KEYS = ("mail.catchall.domain", "mail.bounce.alias", "mail.default.from")
env = globals()["env"]
parameters = env["ir.config_parameter"]
main_company = env.ref("base.main_company")


def before():
    """A database as its owner has it: an alias domain, an old key, mails that wait."""
    parameters.set_param("acme.columns", " ".join(get_columns()))
    parameters.set_param("mail.bounce.alias", "old-bounce")
    env["mail.alias.domain"].create({"name": "acme.example", "bounce_alias": "return"})
    main_company.email = "info@acme.example"
    partner = env["res.partner"].create({"name": "Eve", "email": "eve@yahoo.example"})
    for subject in SUBJECTS:
        message = partner.message_post(body="Hello", subject=subject)
        env["mail.mail"].create(
            {
                "mail_message_id": message.id,
                "recipient_ids": partner.ids,
                "email_from": '"Bob" <bob@acme.example>',
                "body_html": "<p>Hello</p>",
                "auto_delete": False,
            }
        )


def installed():
    """The alias domain has won, and every mail still waits."""
    expect_queue()
    expect_keys("acme.example", "return", "notifications")
    parameters.set_param("mail.default.from", "Info@acme.example")
    parameters.set_param(f"{ADDON}.daily_limit", "2")


def upgraded():
    expect_queue()
    expect_keys("acme.example", "return", "info@acme.example")
    expect(parameters.get_param(f"{ADDON}.daily_limit"), "2")


def uninstall():
    """Leave while some mails have left and others wait: for a date, for the limit."""
    all_mails()[:2].scheduled_date = "2100-01-01"
    expect(0 < send_queue() < len(SUBJECTS), True)
    env["ir.module.module"].search([("name", "=", ADDON)]).button_immediate_uninstall()


def uninstalled():
    """Odoo is as it was: no model, column, job or menu is left, and keys are dead."""
    expect(env["ir.module.module"].search([("name", "=", ADDON)]).state, "uninstalled")
    expect(env["ir.model.data"].search_count([("module", "=", ADDON)]), 0)
    expect(get_columns() - set(parameters.get_param("acme.columns").split()), set())
    expect(len(all_mails()), len(SUBJECTS))
    main_company.alias_domain_id.name = "globex.example"
    expect(parameters.get_param("mail.catchall.domain"), "acme.example")
    expect(send_queue() <= len(SUBJECTS) - 3, True)


def reinstalled():
    """What changed meanwhile on the alias domain has won again."""
    expect(len(all_mails()), len(SUBJECTS))
    expect_keys("globex.example", "return", "info@acme.example")


def send():
    """Everything has left at last, each mail once."""
    parameters.set_param(f"{ADDON}.daily_limit", "0")
    all_mails().scheduled_date = False
    send_queue()
    expect(all_mails().mapped("state"), ["sent"] * len(SUBJECTS))
    expect(sorted(all_mails().mapped("subject")), SUBJECTS)


def get_columns():
    env.cr.execute(
        "SELECT table_name || '.' || column_name FROM information_schema.columns"
        " WHERE table_schema = 'public'"
    )
    return {column for (column,) in env.cr.fetchall()}


def all_mails():
    return env["mail.mail"].search([("subject", "in", SUBJECTS)])


def send_queue():
    """Send what waits to an SMTP sink; returns how many mails have left."""
    sys.path.insert(0, os.environ["TESTS"])
    from smtp_sink import SmtpSink

    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd's
    with SmtpSink() as sink:
        servers = env["ir.mail_server"]
        servers.search([]).unlink()
        servers.create({"name": "sink", "smtp_host": sink.host, "smtp_port": sink.port})
        env.cr.commit()
        env["mail.mail"].process_email_queue()
        return len(sink.deliveries)


def expect_queue():
    expect(all_mails().mapped("state"), ["outgoing"] * len(SUBJECTS))


def expect_keys(*values):
    expect(tuple(parameters.get_param(key) for key in KEYS), values)
    domain = main_company.alias_domain_id
    expect((domain.name, domain.bounce_alias, domain.default_from), values)


def expect(found, wanted):
    if found != wanted:
        raise AssertionError(f"found {found!r}, expected {wanted!r}")


globals()[os.environ["STAGE"]]()
env.cr.commit()
