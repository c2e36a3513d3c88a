# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Sending a test as a real mail leaves, and nothing else in the database changes.

Nothing is written in the transaction of who calls: a request that Odoo repeats would
send once more. First it is stored that the test is being sent, and what it will be
known by, since it may be back before the server's answer is read; then it leaves; then
it is stored what came of it. Each of the three is a transaction of its own.
"""

import functools
import logging
import smtplib
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..sender.batch import Batch
from ..tools.after_delivery import FAILURES
from ..tools.apart import apart, retry_apart
from ..tools.carrier import carry
from .mail_test_message_judge import USUAL
from .marks import read_marks
from .stored import keep_raw
from .token import (
    find_in_address,
    hash_token,
    make_address,
    make_message_id,
    make_token,
)
from .witness import Witness

_logger = logging.getLogger(__name__)

MAX_FAILURE = 1000  # characters
# What becomes of mails in SMTP besides what can fail in Odoo.
UNDELIVERED = (
    *FAILURES,
    AssertionError,
    MailDeliveryException,
    OSError,
    smtplib.SMTPException,
)


class Letter(NamedTuple):
    """One message of a test, before it leaves.

    :param leg_id: of the leg that it goes.
    :param token: what it is known by.
    :param email_to: the address that it goes to.
    :param hand_back: the address that the administrator hands it back to, "" where it
        comes back by itself.
    """

    leg_id: int
    token: str
    email_to: str
    hand_back: str = ""


class MailTestMessage(models.Model):
    """Sending a test."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    def action_send(self):
        """Send the test, now; what comes of it stands in its state.

        A test that is new in this transaction leaves when that is committed.

        :return: True, for the button.
        :raises UserError: it can't be sent as it is, or Odoo sends nothing at all.
        """
        self._check_may_test()
        self.ensure_one()
        self._check_ready()
        self.env.flush_all()
        letters = self._begin()
        if letters is None:
            later = functools.partial(
                _send_later, self.env.registry, self.env.uid, self.id, self.env.lang
            )
            self.env.cr.postcommit.add(later)
            return True
        if not letters:
            raise UserError(self.env._("This test has been sent already."))
        self._send_letters(letters)
        return True

    def _check_ready(self):
        if self.kind != "trip" or self.state != "draft":
            raise UserError(self.env._("This test has been sent already."))
        if self.env["ir.mail_server"]._disable_send():
            raise UserError(
                self.env._("Odoo runs tests of its own now, and sends nothing.")
            )
        if not tools.email_normalize(self.email_from or ""):
            raise UserError(self.env._("Choose an author with one email address."))
        if not self.to_own and not tools.email_normalize(self.email_to or ""):
            raise UserError(self.env._("Choose one email address to send to."))
        if self.to_own and not self.alias_domain_id.catchall_email:
            raise UserError(
                self.env._(
                    "Without an email domain no message can come back to Odoo. Set up "
                    "your domain first, or name a mailbox to send to."
                )
            )

    # ------------------------------------------------------------ before

    def _begin(self):
        """Store that the test is being sent, before anything leaves.

        :return: a list of :class:`Letter`; empty where somebody else sends it, None
            where nobody else can see the test yet.
        """
        with apart(self.env) as cr:
            cr.execute(
                SQL("SELECT state FROM mail_test_message WHERE id = %s", self.id)
            )
            found = cr.fetchone()
            if not found:
                return None
            cr.execute(
                SQL(
                    """
                    UPDATE mail_test_message SET state = 'sending'
                     WHERE id IN (SELECT id FROM mail_test_message
                                   WHERE id = %s AND state = 'draft'
                                     FOR NO KEY UPDATE SKIP LOCKED)
                 RETURNING id
                    """,
                    self.id,
                )
            )
            if not cr.fetchone():
                return []
            self.invalidate_recordset()
            test = self.with_env(self.env(cr=cr)).sudo()
            test.invalidate_recordset()
            letters = test._prepare_letters()
            test.sent_on = fields.Datetime.now()
            if test.to_own:
                test.write({"to_own": True, "email_to": test.leg_ids[:1].email_to})
            test.env.flush_all()
        self.invalidate_recordset()
        self._tell_state_apart()
        return letters

    def _prepare_letters(self):
        """Make the legs; the message itself goes first."""
        domain = self.alias_domain_id
        catchall, token = domain.catchall_email, make_token()
        own = self._make_own_address(token)
        ways = [("arrival", token, own if self.to_own else self.email_to)]
        if domain.bounce_email:
            ways.append(("bounce", make_token(), domain.bounce_email))
        if catchall:
            ways.append(("reply", make_token(), catchall))
        legs = self.env["mail.test.message.leg"].create(
            [
                {
                    "test_id": self.id,
                    "kind": kind,
                    # Whoever reads the database shall find no token.
                    "email_to": _hide_token(address),
                    "token_hash": hash_token(one),
                }
                for kind, one, address in ways
            ]
        )
        return [
            Letter(
                leg.id,
                one,
                address,
                "" if self.to_own or leg.kind != "arrival" else own,
            )
            for leg, (_kind, one, address) in zip(legs, ways, strict=True)
        ]

    def _make_own_address(self, token):
        """Return the address from which the message comes back, "" for none."""
        catchall = self.alias_domain_id.catchall_email
        return make_address(catchall, token) if catchall else ""

    # ------------------------------------------------------------ out

    def _send_letters(self, letters):
        """Send the message, and if it has left those that look where answers go."""
        witnesses, failure = {}, ""
        for letter in letters:
            witness = Witness()
            failure = self._send_letter(letter, witness)
            witnesses[letter.leg_id] = (witness, failure)
            if failure and letter is letters[0]:
                break

        def keep(env):
            test = self.with_env(env).sudo()
            test.invalidate_recordset()
            test._keep_outcome(letters, witnesses)

        retry_apart(self.env, keep)
        self.invalidate_recordset()
        self._tell_state_apart()

    def _send_letter(self, letter, witness):
        """Send one message in a transaction of its own, of which no mail remains.

        :return: why it has not left, "" where it has.
        """
        batch = Batch()
        batch.set_part(witness)
        try:
            with apart(self.env) as cr:
                test = self.with_env(self.env(cr=cr, su=True))
                mail = test.env["mail.mail"].create(test._prepare_mail(letter))
                carry(mail, batch).send(raise_exception=True)
                mail = mail.exists()
                reason = mail.failure_reason
                mail.unlink()
                test.env.flush_all()
        except UNDELIVERED as error:
            _logger.info("test message %s is not sent: %s", self.id, error)
            if not witness.is_accepted:
                return witness.reply if witness.code else self._tell_error(error)
        if witness.is_accepted:
            return ""
        return reason or witness.reply or self._explain_unsent()

    @api.model
    def _tell_error(self, error):
        """Return why a message did not leave, in one line; of several texts the last.

        :param error: of UNDELIVERED.
        """
        words = [str(one) for one in error.args] or [str(error)]
        return " ".join(words[-1].split())[:MAX_FAILURE]

    def _explain_unsent(self):
        """Say why nothing has left, and nothing has failed."""
        return self.env._(
            "Odoo has not handed it to a mail server. A personal server sends a few "
            "emails a minute: try again."
        )

    def _prepare_mail(self, letter):
        """Return the values of the mail, as of any mail that Odoo sends."""
        return {
            "auto_delete": True,
            "author_id": self._find_author().id,
            "body_html": self._prepare_body(letter),
            "email_from": self.email_from,
            "email_to": letter.email_to,
            "mail_server_id": self.server_id.id,
            "message_id": make_message_id(letter.token),
            "record_alias_domain_id": self.alias_domain_id.id,
            "record_company_id": self.company_id.id,
            "subject": self._prepare_subject(letter),
        }

    def _find_author(self):
        """Return the partner of an internal user who writes as this author."""
        email = tools.email_normalize(self.email_from)
        mine = self.user_id.partner_id
        if mine.email_normalized == email:
            return mine
        partners = self.env["res.partner"].sudo()
        found = [("email_normalized", "=", email), ("user_ids.share", "=", False)]
        return partners.search(found, limit=1)

    def _prepare_subject(self, letter):
        """Return the subject; without a token in the address it has it.

        Some services replace the Message-ID.
        """
        # Of one line, or it is no header field.
        name = " ".join((self.name or "").split()) or self.env._("Test message")
        if letter.hand_back or find_in_address(letter.email_to):
            return name
        return f"{name} (openerp-test-{letter.token})"

    def _prepare_body(self, letter):
        domain = self.alias_domain_id.name or ""
        lines = [
            self.env._(
                "This is a test message of Odoo. It shows whether the emails of "
                "%(domain)s arrive, and what receivers make of them.",
                domain=domain,
            )
            if domain
            else self.env._(
                "This is a test message of Odoo. It shows what receivers make of its "
                "emails."
            )
        ]
        if letter.hand_back:
            lines.append(
                self.env._(
                    "To have it judged, forward it as an attachment to %(address)s, or "
                    "copy its source into Explain a Message in Odoo.",
                    address=letter.hand_back,
                )
            )
        else:
            lines.append(self.env._("Nobody needs to answer it."))
        paragraphs = (f"<p>{tools.html_escape(line)}</p>" for line in lines)
        return "".join(paragraphs)

    # ------------------------------------------------------------ after

    def _keep_outcome(self, letters, witnesses):
        """Store what came of the messages."""
        legs = {leg.id: leg for leg in self.leg_ids}
        for letter in letters:
            witness, failure = witnesses.get(letter.leg_id, (None, ""))
            leg = legs[letter.leg_id]
            if witness is not None and witness.raw:
                leg.marks = read_marks(witness.raw)
            if (witness is None or failure) and leg.state == "waiting":
                leg.write({"state": "failed", "note": failure or False})
        witness, failure = witnesses[letters[0].leg_id]
        values = {
            "smtp_reply": witness.reply or False,
            "smtp_server": witness.server or False,
            "used_server_id": witness.server_id,
            "state": "failed" if failure else "waiting",
            "failure": failure or False,
        }
        is_back = legs[letters[0].leg_id].state == "back"  # it was faster than this
        if is_back:
            values |= {"state": "judging", "failure": False}
        self.write(values)
        if witness.raw:
            keep_raw(self, "sent_raw", witness.raw)
        if is_back:
            self._wake_cron()
        elif not failure:
            self._wake_cron(USUAL)

    def _tell_state_apart(self):
        """Tell the browser at once, whatever becomes of this transaction."""
        with apart(self.env) as cr:
            test = self.with_env(self.env(cr=cr))
            test._tell_state()
            test.env.flush_all()


def _hide_token(address):
    token = find_in_address(address)
    return address.replace(token, "…") if token else address


def _send_later(registry, uid, test_id, lang):
    """Send a test once the transaction that has made it is committed."""
    with registry.cursor() as cr:
        env = api.Environment(cr, uid, {"lang": lang})
        test = env["mail.test.message"].browse(test_id).exists()
        if test and test.state == "draft":
            test.action_send()
