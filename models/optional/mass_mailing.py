# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mass mailings: their mails, and the traces that tell what became of each."""

from odoo.fields import Domain
from odoo.tools import SQL

MAILING_MODEL = "mailing.mailing"
TRACE_MODEL = "mailing.trace"
MAILING = "mailing_id"
TRACES = "mailing_trace_ids"
SENT_BY_DAY = """
    SELECT sent_datetime::date, COUNT(*) FROM mailing_trace
     WHERE trace_type = 'mail' AND sent_datetime > %s
       AND NOT EXISTS (SELECT FROM mail_mail WHERE id = mail_mail_id)
     GROUP BY 1
"""


def is_mailing(vals):
    """Whether a mail with these values is one of a mass mailing."""
    return bool(vals.get(MAILING) and vals.get(TRACES))


def is_mailing_test(mail):
    """Whether a mail shows somebody a mailing: Odoo gives it no trace."""
    if MAILING not in mail._fields:
        return False
    return bool(mail[MAILING]) and not mail.sudo()[TRACES]


def get_mailings_domain(mails):
    """Return the domain of the mails that are of a mailing.

    :param mails: ``mail.mail``.
    """
    if MAILING not in mails._fields:
        return Domain.FALSE
    return Domain(MAILING, "!=", False)


def hand_over_traces(mail, part, stay):
    """Let the traces of those who have moved to another mail belong to it.

    :param mail: whom they belong to.
    :param part: the new mail.
    :param set[str] stay: the addresses of all who still get ``mail``: traces know
        nothing else of their recipients.
    """
    if TRACES not in mail._fields:
        return
    moved = mail.sudo()[TRACES].filtered(lambda trace: trace.email not in stay)
    moved.write({"mail_mail_id": part.id, "mail_mail_id_int": part.id})


def find_traces(env, message_ids):
    """Return the traces of mails with these identifiers, None without mass_mailing."""
    if TRACE_MODEL not in env:
        return None
    domain = [("trace_type", "=", "mail"), ("message_id", "in", message_ids)]
    return env[TRACE_MODEL].sudo().search(domain)


def tell_refused(traces, is_bounce, reason):
    """Let traces say that a mail has come back.

    :param traces: of :func:`find_traces`.
    :param bool is_bounce: whether the address does not work. Odoo stops mailing those
        that bounce five times, so what has other reasons is an error.
    :param str reason: the words of the server.
    """
    if is_bounce:
        traces.set_bounced(bounce_message=reason)
    else:
        traces.set_failed(failure_type="mail_bounce")
        traces.write({"failure_reason": reason})


def list_sent_by_day(env, since):
    """Return the queries (day, recipients) of mailings whose mails are not kept.

    :param datetime since: the first moment that counts, UTC.
    """
    return [SQL(SENT_BY_DAY, since)] if "mailing.trace" in env else []
