# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a server has answered to a message is noted, for the mail that it is of."""

import logging
import smtplib
from email.errors import MessageError

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..sender.batch import Batch
from ..sender.session_facts import get_facts
from ..tools.after_delivery import never_raise
from ..tools.apart import in_time
from ..tools.carrier import carried
from .attempt import NotNowError, UnbuiltMessage, get_attempt
from .opened import Opened
from .smtp_trouble import (
    CONNECTION_ERRORS,
    SETUP_ERRORS,
    read_connection_error,
    read_delivery_error,
    read_partly_refused,
)

_logger = logging.getLogger(__name__)

# Why one message of a mail does not leave, without a word of the server.
FAILURES_OF_ONE = (
    AssertionError,
    MailDeliveryException,
    MessageError,
    RuntimeError,  # what nests too deep
    UserError,
    *SETUP_ERRORS,
)


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    def _build_email__(  # noqa: PLW3201
        self, email_from, email_to, subject, body, email_cc=None, email_bcc=None,
        reply_to=False, attachments=None, message_id=None, references=None,
        object_id=False, subtype="plain", headers=None, body_alternative=None,
        subtype_alternative="plain",
    ):  # fmt: skip
        """Return the next message of a mail, or what stands for one that can't be.

        Odoo would end there, and take those for served who were refused before.
        """
        attempt = get_attempt(self.env)
        try:
            return super()._build_email__(
                email_from, email_to, subject, body, email_cc=email_cc,
                email_bcc=email_bcc, reply_to=reply_to, attachments=attachments,
                message_id=message_id, references=references, object_id=object_id,
                subtype=subtype, headers=headers, body_alternative=body_alternative,
                subtype_alternative=subtype_alternative,
            )  # fmt: skip
        except FAILURES_OF_ONE as error:
            if attempt is None or attempt.raises or not attempt.is_to_settle:
                raise
            return UnbuiltMessage(error)

    @api.private
    @api.model
    def send_email(
        self, message, mail_server_id=None, smtp_server=None, smtp_port=None,
        smtp_user=None, smtp_password=None, smtp_encryption=None,
        smtp_ssl_certificate=None, smtp_ssl_private_key=None, smtp_debug=False,
        smtp_session=None,
    ):  # fmt: skip
        """Send one message of a mail; the others go even where it does not.

        :raises NotNowError: behind the last of them, where one has not left.
        """
        attempt = get_attempt(self.env)
        send = (
            message, mail_server_id, smtp_server, smtp_port, smtp_user, smtp_password,
            smtp_encryption, smtp_ssl_certificate, smtp_ssl_private_key, smtp_debug,
            smtp_session,
        )  # fmt: skip
        if attempt is None:
            return super().send_email(*send)
        attempt.begin_message()
        try:
            if isinstance(message, UnbuiltMessage):
                raise message.error
            result = super().send_email(*send)
        except NotNowError:
            raise
        except (*CONNECTION_ERRORS, *FAILURES_OF_ONE) as error:
            if smtp_session is None and attempt.is_unconnected:
                self._note_connection_error(attempt, mail_server_id, message, error)
            self._note_no_recipient(attempt, error)
            if not self._is_settled_later(attempt, error):
                raise
            result = message["Message-Id"] or ""
        if attempt.is_last and attempt.is_to_settle and not attempt.raises:
            raise NotNowError(message["Message-Id"] or "")
        return result

    @api.model
    def _note_no_recipient(self, attempt, error):
        """Note that a message has nobody to whom it could go.

        :raises NotNowError: it is the last of a mail that is not over with it.
        """
        if self._is_no_recipient(error):
            attempt.note_invalid(str(error))
            if attempt.is_last and attempt.is_mixed:
                raise NotNowError(str(error)) from error

    @api.model
    def _is_no_recipient(self, error):
        is_assertion = isinstance(error, AssertionError)
        return is_assertion and str(error) == self.NO_VALID_RECIPIENT

    @api.model
    def _is_settled_later(self, attempt, error):
        """Tell whether Odoo need not know why a message has failed."""
        if attempt.is_accepted:
            # It would be sent again.
            _logger.error("after a message has left: %s", error, exc_info=error)
            return True
        if self._is_no_recipient(error) or not isinstance(error, FAILURES_OF_ONE):
            return False
        if not attempt.is_mixed:
            return False
        # Odoo would write those as served who were refused before.
        attempt.note_invalid(str(error))
        return True

    @api.model
    def _note_connection_error(self, attempt, server_id, message, error):
        """Note that there is no session for a message that opens its own.

        :raises NotNowError: what becomes of the mail is decided later.
        """
        if not isinstance(error, CONNECTION_ERRORS):
            return
        server = self.sudo().browse(server_id or ())
        if not server:
            server, _sends_as = self._pick_server(message["From"])
        attempt.server_id = server.id or 0
        attempt.note_trouble(read_connection_error(error, server.smtp_host or ""))

    @api.model
    def _deliver(self, smtp_session, message, smtp_from, smtp_to_list):
        """Note what comes of a message.

        :raises NotNowError: it has not left, and Odoo need not know.
        """
        attempt = get_attempt(self.env)
        if attempt is None or attempt.current is None:
            return super()._deliver(smtp_session, message, smtp_from, smtp_to_list)
        attempt.server_id = get_facts(smtp_session).server_id or 0
        attempt.is_unconnected = False
        try:
            refused = super()._deliver(smtp_session, message, smtp_from, smtp_to_list)
        except (smtplib.SMTPException, OSError) as error:
            host = self._get_session_host(smtp_session)
            if attempt.note_trouble(read_delivery_error(error, host, smtp_to_list)):
                raise
            return {}
        attempt.note_sent(())
        if refused:
            what = "Who was refused of a message that has left is not told"
            with never_raise(_logger.exception, what):
                host = self._get_session_host(smtp_session)
                attempt.note_sent(read_partly_refused(refused, host))
        return refused

    @api.model
    def _get_session_host(self, smtp_session):
        """Return the host of a session's server, "" for odoo.conf's.

        Somebody may have deleted the server meanwhile, or have locked it.
        """
        what = "The host of an outgoing server is not known"
        with never_raise(_logger.warning, what), in_time(self.env, flush=False):
            return self._get_session_server(smtp_session).exists().smtp_host or ""
        return ""

    def _connect__(  # noqa: PLW3201
        self, host=None, port=None, user=None, password=None, encryption=None,
        smtp_from=None, ssl_certificate=None, ssl_private_key=None, smtp_debug=False,
        mail_server_id=None, allow_archived=False,
    ):  # fmt: skip
        """Return the session that was opened for these mails, if there is one."""
        batch = carried(self.env, Batch)
        opened = batch and batch.get_part(Opened)
        if opened and opened.is_for(host, mail_server_id, smtp_from):
            batch.drop_part(Opened)
            return opened.take()
        return super()._connect__(
            host=host, port=port, user=user, password=password, encryption=encryption,
            smtp_from=smtp_from, ssl_certificate=ssl_certificate,
            ssl_private_key=ssl_private_key, smtp_debug=smtp_debug,
            mail_server_id=mail_server_id, allow_archived=allow_archived,
        )  # fmt: skip
