# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The voices of mass mailings, as their scheduled action will send them."""

from .rendering import find_one, is_expression
from .voice import MOST, Voice

MODEL = "mailing.mailing"
QUEUE_CRON = "mass_mailing.ir_cron_mass_mailing_queue"
PLANNED = ("draft", "in_queue", "sending")


def list_mailings(env, companies, ids=None):
    """Yield the voices of mass mailings that are not sent yet."""
    if MODEL not in env:
        return
    domain = [("state", "in", PLANNED), ("mailing_type", "=", "mail")]
    domain += [("id", "in", ids)] if ids else []
    cron = env.ref(QUEUE_CRON, raise_if_not_found=False)
    root = env.ref("base.user_root")
    sender = cron and cron.sudo().user_id or root
    for mailing in env[MODEL].sudo().search(domain, limit=MOST):
        author = mailing.user_id if sender == root else sender
        yield _make_voice(companies, mailing, sender, author.partner_id)


def _make_voice(companies, mailing, sender, author):
    """Return the voice of a mailing, which administrators of its owner's company see.

    :param sender: the user who runs the scheduled action.
    :param author: the partner in whose name it sends, which may be empty.
    """
    owner = mailing.user_id or mailing.create_uid
    shown, company_id = mailing.email_from or "", owner.company_id.id
    if is_expression(shown) or is_expression(mailing.reply_to):
        known = ("depends", "record_each")
        return Voice(MODEL, mailing.id, shown, company_id, known=known)
    values = {
        "author_id": author.id,
        "email_from": shown,
        "mail_server_id": mailing.mail_server_id.id,
    }
    recipient = _find_recipient(mailing.with_company(sender.company_id))
    values |= _prepare_whose(companies, recipient, sender.company_id)
    reply_to = mailing.reply_to
    if mailing.reply_to_mode == "update":
        key = recipient.id
        answers = recipient._notify_get_reply_to_batch({key: shown}, {key: author.id})
        reply_to = answers[key]
    values["reply_to"] = reply_to or shown
    return Voice(MODEL, mailing.id, shown, company_id, values, sender.id)


def _find_recipient(mailing):
    """Return the document of one recipient: that of others may be another company's."""
    if mailing.mailing_model_real not in mailing.env:
        return mailing.env["mail.thread"]
    documents = mailing.env[mailing.mailing_model_real]
    return find_one(documents, mailing._parse_mailing_domain())


def _prepare_whose(companies, recipient, own):
    """Return the values that say whose record a mail is about.

    :param recipient: the record, empty for none.
    :param own: the company of who sends.
    """
    if not recipient:
        return companies.prepare_whose(own.id)
    domains = recipient._mail_get_alias_domains(default_company=own)
    found = recipient._mail_get_companies(default=own)
    return {
        "record_alias_domain_id": domains[recipient.id].id,
        "record_company_id": found[recipient.id].id,
    }
