"""Mails whose addresses can't be read: each fails alone, and says why."""

import email.policy
import re

from odoo import models, tools

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..mailauth.address import is_readable, is_readable_mailbox

# With those that Odoo groups mails by, so that it finds them read.
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


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Set aside what can't be read before Odoo groups all mails by their author.

        There one such author would end this run of the queue, and every run after it.

        :raises MailDeliveryException: if ``raise_exception``.
        """
        faults = self._find_unreadable()
        unreadable = self.browse(faults)
        for mail in unreadable.try_lock_for_update(allow_referencing=True):
            mail._fail_unreadable(*faults[mail.id])
            if raise_exception:
                raise MailDeliveryException(mail.failure_reason)
        if unreadable and post_send_callback:
            post_send_callback(unreadable.ids)
        if unreadable and auto_commit:
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return super(MailMail, self - unreadable).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )

    def _find_unreadable(self):
        """Return why mails can't be sent, for those that have such addresses.

        :return: the failure's type and its reason, by the id of a mail.
        :rtype: dict[int, tuple[str, str]]
        """
        mails = self.with_context(prefetch_fields=False)
        rows = mails.read(_READ, load=None)
        recipients = {partner for row in rows for partner in row["recipient_ids"]}
        partners = self.env["res.partner"].sudo().browse(recipients)
        bad = {one.id: one.email for one in partners if not _is_readable_partner(one)}
        faults = ((row["id"], self._explain_unreadable(row, bad)) for row in rows)
        return {mail_id: fault for mail_id, fault in faults if fault}

    def _explain_unreadable(self, row, bad_partners):
        """Return the type and the reason of a failure, None where all can be read.

        :param dict row: of a mail, as read.
        :param dict bad_partners: address by id of those that can't be read.
        """
        author = row["email_from"] or ""
        if not _is_header("From", _format_first(author)):
            return "mail_from_invalid", self.env._(
                "The sender's address can't be read: %(text)s", text=_show(author)
            )
        answers = row["reply_to"] or ""
        if not _is_header("Reply-To", answers):
            return "unknown", self.env._(
                "The address for answers can't be read: %(text)s", text=_show(answers)
            )
        lists = [text for text in (row["email_to"], row["email_cc"]) if text]
        faulty = [text for text in lists if not is_readable(text)]
        faulty += [bad_partners[i] for i in row["recipient_ids"] if i in bad_partners]
        if faulty:
            return "mail_email_invalid", self.env._(
                "The address of a recipient can't be read: %(text)s",
                text=_show(faulty[0] or ""),
            )
        return None

    def _fail_unreadable(self, failure_type, reason):
        """Mark a mail as failed, as Odoo does where sending fails."""
        self.invalidate_recordset(["state"])
        if self.state != "outgoing":
            return
        failure = {"failure_type": failure_type, "failure_reason": reason}
        self.write({"state": "exception", **failure})
        self._postprocess_sent_message(success_pids=[], success_emails=[], **failure)


def _format_first(author):
    """Return what Odoo makes of an author before it stands in From."""
    if _PLAIN.fullmatch(author) or not is_readable_mailbox(author):
        return author
    return next(iter(tools.mail.email_split_and_format_normalize(author)), author)


def _is_header(name, text):
    """Tell whether a text can be the value of a header of addresses."""
    if not text or (_PLAIN.fullmatch(text) and is_readable_mailbox(text)):
        return True
    if not is_readable_mailbox(text):
        return False
    policy = email.policy.SMTP
    try:
        _name, header = policy.header_store_parse(name, text)
        header.fold(policy=policy)
    except _PARSER_ERRORS:
        return False
    return True


def _is_readable_partner(partner):
    """Tell whether name and address of a recipient can stand in a header."""
    return all(map(is_readable_mailbox, (partner.name or "", partner.email or "")))


def _show(text):
    return "".join(c for c in text[:_SHOWN] if c.isprintable())
