# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Taking reports out of what comes in: they are kept, and read by a scheduled action.

What can't be one costs a look at its bytes, and no query.
"""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...mailauth.address import split_address
from ...mailauth.printable import drop_hidden
from ...mailauth.reports.carrier import find_carried, may_carry
from ..inbound.recipients import has_alias, read_values
from ..proof.stored import keep_raw
from ..tools.apart import retry_apart
from ..tools.say_once import SayOnce
from ..tools.wake import wake_cron

_logger = logging.getLogger(__name__)

CRON = "mail_deliverability.mail_dmarc_report_cron_read"
# Of one day, whoever sends them: strangers fill no disk.
MAX_A_DAY = 5000
MAX_BYTES_A_DAY = 1024 * 1024 * 1024
MAX_OTHERS_A_DAY = 100  # mails to the address that are no reports
MAX_NAME = 255
MAX_IDS = 50
_FULL = "Too many DMARC reports"
_logger.addFilter(SayOnce(_FULL))


class MailDmarcReport(models.Model):
    """What comes in by email, or is uploaded."""

    # A file for each concern.
    _inherit = "mail.dmarc.report"  # pylint: disable=consider-merging-classes-inherited

    is_own_way = fields.Boolean(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="Technical: our own mail server has handed it in, by what is known.",
    )

    @api.model
    def _take_inbound(self, message):
        """See :mod:`..inbound.takers`.

        A report that is attached to what somebody has written is kept, and the message
        is Odoo's all the same.
        """
        reports = self.sudo()
        local = reports.env["mail.alias.domain"]._get_report_alias()
        named = {one for one in message.recipients if split_address(one)[0] == local}
        carried = find_carried(message.raw) if may_carry(message.raw) else ()
        if not carried and not named:
            return False
        is_addressed = reports._is_addressed(named)
        if not carried:
            if is_addressed:
                reports._note_other(message)
            return False
        is_carrier = any(one.is_carrier for one in carried)
        if not (is_carrier or is_addressed or any(one.is_read for one in carried)):
            return False
        is_wanted = is_addressed or is_carrier
        is_taken = is_wanted and not reports._is_for_odoo(message)
        retry_apart(reports.env, lambda env: reports.with_env(env)._keep_all(carried))
        return is_taken

    @api.model
    def _is_addressed(self, named):
        """Whether one of these is the address for reports of an email domain."""
        addresses = self.env["mail.alias.domain"]
        return bool(named and named & addresses._list_report_addresses())

    @api.model
    def _note_other(self, message):
        """Note what came to the address and is left to Odoo, as any other mail."""
        _logger.info("%r is no DMARC report, and left to Odoo", message.message_id)
        since = fields.Datetime.now() - timedelta(days=1)
        recent = [("state", "=", "other"), ("received", ">", since)]
        if self.search_count(recent, limit=MAX_OTHERS_A_DAY) < MAX_OTHERS_A_DAY:
            values = {"state": "other", "email": message.author[:MAX_NAME] or False}
            retry_apart(self.env, lambda env: self.with_env(env).create(values))

    @api.model
    def _is_for_odoo(self, message):
        """Whether a message is for an alias as well, or answers to one of Odoo's."""
        if has_alias(self.env, message.recipients):
            return True
        texts = (
            text
            for name in ("In-Reply-To", "References")
            for text in read_values(message.headers, name)
        )
        ids = [one for text in texts for one in text.split()][:MAX_IDS]
        known = [("message_id", "in", ids)]
        return bool(ids) and bool(self.env["mail.message"].search_count(known, limit=1))

    # ------------------------------------------------------------ keeping

    @api.model
    def _keep_all(self, carried):
        """Store mails with reports; runs in a transaction of its own.

        :param carried: what was found, :class:`Carried` objects.
        """
        for one in carried:
            self._keep(one)

    @api.model
    def _keep(self, carried):
        """Store a mail with a report.

        :param Carried carried: what was found.
        """
        is_own_way = not carried.is_attached and self.env.user._is_system()
        values = {"way": "mail", "is_own_way": is_own_way}
        report = self._keep_file(carried.raw, carried.name, values)
        if report:
            report._wake_cron()

    @api.model
    def _keep_file(self, raw, name, values):
        """Return the record of a file that is to be read; none where there is no room.

        :param bytes raw: the file.
        :param name: of it, as somebody has chosen it.
        :param dict values: of the record.
        """
        if not self._has_room(len(raw)):
            _logger.warning("%s in a day: what more comes is not kept", _FULL)
            return self.browse()
        name = drop_hidden(name[:MAX_NAME]) or False
        report = self.create({**values, "file_name": name, "size": len(raw)})
        keep_raw(report, "raw", raw)
        return report

    @api.model
    def _has_room(self, size):
        """Whether another file can be kept today."""
        since = fields.Datetime.now() - timedelta(days=1)
        [(number, total)] = self.env.execute_query(
            SQL(
                "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM mail_dmarc_report"
                " WHERE received > %s",
                since,
            )
        )
        return number < MAX_A_DAY and total + size <= MAX_BYTES_A_DAY

    @api.model
    def _wake_cron(self, delay=timedelta()):
        """Let the scheduled action run soon."""
        wake_cron(self.env, CRON, delay)
