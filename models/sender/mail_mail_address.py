# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Addresses that can't be read: they fail alone, and a mail says why."""

import email.policy
import re
from dataclasses import dataclass, field

from odoo import models, tools

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ...mailauth.address import (
    MAX_MAILBOX,
    is_plain_mailbox,
    is_readable,
    is_readable_mailbox,
    split_list,
)

# What the addresses are read from, and what Odoo groups mails by right after: one query
# for both.
_READ = (
    "email_cc", "email_from", "email_to", "mail_server_id", "recipient_ids",
    "record_alias_domain_id", "reply_to",
)  # fmt: skip
# What nearly all mails have: nothing in it makes a parser work.
_PLAIN = re.compile(
    r"""(?:"[^<>,"()\\:@\[\]]*" |[^<>,"()\\:@\[\]]*)<[\w.+-]+@[\w.-]+>"""
    r"""|[\w.+-]+@[\w.-]+"""
)
# What Python's header classes end in where they can't take a text apart: bugs of
# theirs too, such as an AttributeError for "a@[1.2.3.4".
_PARSER_ERRORS = (AttributeError, LookupError, RecursionError, ValueError)
_SHOWN = 100  # characters of a text that a reason repeats
# Characters of a recipient with its name: a longer name is left out. Python needs
# time with the square of its length where it has to be encoded.
_MAX_RECIPIENT = 500
# Of Reply-To: reading empty addresses takes time with the square of their number.
_MAX_ANSWERS = 1000


@dataclass(frozen=True)
class Fault:
    """Why a mail can't be sent to somebody, or to nobody.

    :param good: values of the mail for those whom it can be sent to; none: the whole
        mail fails.
    :param bad: the same for the others.
    """

    failure_type: str
    reason: str
    good: dict = field(default_factory=dict)
    bad: dict = field(default_factory=dict)


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Set aside what can't be read before Odoo groups all mails by their author.

        There one such author would end this run of the queue, and every run after it.
        One such recipient would end the mail for all of them.

        :raises MailDeliveryException: if ``raise_exception`` and nobody gets a mail.
        """
        faults = self._find_unreadable()
        unreadable = self.browse(faults)
        going = self - unreadable
        for mail in unreadable._lock_unchanged():
            if mail._set_aside(faults[mail.id]):
                going |= mail
            elif raise_exception and mail.state == "exception":
                raise MailDeliveryException(mail.failure_reason)
        failed = unreadable - going
        if failed and post_send_callback:
            post_send_callback(failed.ids)
        if unreadable and auto_commit:
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return super(MailMail, self & going).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )

    def _prepare_outgoing_list(self, *args, **kwargs):
        """Leave out names that no header can hold: the address is what counts."""
        messages = super()._prepare_outgoing_list(*args, **kwargs)
        for message in messages:
            for name in ("email_to", "email_cc"):
                message[name] = [_drop_bad_name(one) for one in message[name] or ()]
        return messages

    def _find_unreadable(self):
        """Return why mails can't be sent, for those that have such addresses.

        :rtype: dict[int, Fault]
        """
        mails = self.with_context(prefetch_fields=False)
        rows = mails.read(_READ, load=None)
        recipients = {partner for row in rows for partner in row["recipient_ids"]}
        partners = self.env["res.partner"].sudo().browse(recipients)
        bad = {one.id: one.email for one in partners if not _is_partner(one.email)}
        faults = ((row["id"], self._explain_unreadable(row, bad)) for row in rows)
        return {mail_id: fault for mail_id, fault in faults if fault}

    def _explain_unreadable(self, row, bad_partners):
        """Return what is wrong with a mail's addresses, None where all can be read.

        :param dict row: of a mail, as read.
        :param dict bad_partners: address by id of those that can't be read.
        """
        author = row["email_from"] or ""
        if not _is_header("From", _format_first(author)):
            return Fault(
                "mail_from_invalid",
                self.env._(
                    "The sender's address can't be read: %(text)s", text=_show(author)
                ),
            )
        answers = row["reply_to"] or ""
        if not _is_reply_to(answers):
            return Fault(
                "unknown",
                self.env._(
                    "The address for answers can't be read: %(text)s",
                    text=_show(answers),
                ),
            )
        return self._explain_unreadable_recipients(row, bad_partners)

    def _explain_unreadable_recipients(self, row, bad_partners):
        good, bad = {}, {}
        for name in ("email_to", "email_cc"):
            good[name], bad[name] = _split_recipients(row[name] or "")
        partners = row["recipient_ids"]
        good["recipient_ids"] = [one for one in partners if one not in bad_partners]
        bad["recipient_ids"] = [one for one in partners if one in bad_partners]
        texts = [bad["email_to"], bad["email_cc"]]
        texts += [bad_partners[one] for one in bad["recipient_ids"]]
        faulty = [text for text in texts if text]
        if not faulty:
            return None
        reason = self.env._(
            "The address of a recipient can't be read: %(text)s", text=_show(faulty[0])
        )
        if not any(good.values()):
            return Fault("mail_email_invalid", reason)
        return Fault("mail_email_invalid", reason, good, bad)

    def _set_aside(self, fault):
        """Fail a locked mail, or only its part for those whose addresses are bad.

        :return: whether the mail itself is still to be sent, to the others.
        """
        self.invalidate_recordset(["state"])
        if self.state != "outgoing":
            return False
        part = self._split_off_unreadable(fault) if fault.bad else self
        part._fail_unreadable(fault.failure_type, fault.reason)
        return part != self

    def _split_off_unreadable(self, fault):
        """Move recipients whose addresses are bad to a mail of their own.

        :return: that mail, with their notifications and mailing traces.
        """
        bad = self.recipient_ids.browse(fault.bad["recipient_ids"])
        names = ("email_to", "email_cc")
        addresses, rest = (
            {name: half[name] for name in names} for half in (fault.bad, fault.good)
        )
        return self._split_off(bad, addresses, rest)

    def _fail_unreadable(self, failure_type, reason):
        """Mark a mail as failed, as Odoo does where sending fails.

        Odoo deletes it then where it would delete it once sent: here it stays, as what
        shows who did not get the message.
        """
        failure = {"failure_type": failure_type, "failure_reason": reason}
        auto_delete = self.auto_delete
        self.write({"state": "exception", "auto_delete": False, **failure})
        self._postprocess_sent_message(success_pids=[], success_emails=[], **failure)
        self.auto_delete = auto_delete


def _format_first(author):
    """Return what Odoo makes of an author before it stands in From."""
    if _PLAIN.fullmatch(author) or not is_readable_mailbox(author):
        return author
    return next(iter(tools.mail.email_split_and_format_normalize(author)), author)


def _is_header(name, text):
    """Tell whether a text can be the value of a header of addresses."""
    if not text or (_PLAIN.fullmatch(text) and is_readable_mailbox(text)):
        return True
    return is_readable_mailbox(text) and _can_be_parsed(name, text)


def _is_reply_to(text):
    """As :func:`_is_header`, for a list of any length that people have."""
    if not text or (_PLAIN.fullmatch(text) and is_readable_mailbox(text)):
        return True
    parts = split_list(text)
    if len(parts) > _MAX_ANSWERS or max(map(len, parts)) > MAX_MAILBOX:
        return False
    return is_readable(text) and _can_be_parsed("Reply-To", text)


def _can_be_parsed(name, text):
    policy = email.policy.SMTP
    try:
        _name, header = policy.header_store_parse(name, text)
        header.fold(policy=policy)
    except _PARSER_ERRORS:
        return False
    return True


def _split_recipients(text):
    """Return the part of a list of addresses that can be read, and the one that can't.

    :rtype: tuple[str, str]
    """
    if _is_recipients(text):
        return text, ""
    good, bad = [], []
    for part in split_list(text):
        fits = is_plain_mailbox(part) and _is_recipients(part)
        (good if fits else bad).append(part.strip())
    return ", ".join(filter(None, good)), ", ".join(filter(None, bad))


def _is_recipients(text):
    """Tell whether Odoo can send to each of the addresses in a text."""
    text = text or ""
    if text.isascii() and _PLAIN.fullmatch(text) and is_readable_mailbox(text):
        return True
    if not is_readable(text):
        return False
    return all(map(_is_recipient, tools.mail.email_normalize_all(text)))


def _is_partner(text):
    # Without an address in it, Odoo writes all of it.
    if not _is_recipients(text):
        return False
    return not text or bool(tools.mail.email_split(text)) or _is_recipient(text)


def _is_recipient(address):
    """Tell whether an address can stand in a header as Odoo writes it."""
    return _is_header("To", tools.formataddr(("", address)))


def _drop_bad_name(mailbox):
    """Return a mailbox as ``formataddr`` writes it, without a name that is too odd."""
    if len(mailbox) <= _MAX_RECIPIENT and _is_header("To", mailbox):
        return mailbox
    return mailbox.rpartition("<")[2].removesuffix(">")


def _show(text):
    return "".join(c for c in text[:_SHOWN] if c.isprintable())
