# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails wait for a server that does not work; one of them tries it again."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..limit.send_mark import get_call
from ..limit.sending import get_sending
from ..parameters.table import RETRY_HOURS
from ..sender.batch import Batch
from ..sender.message_session import close_session
from ..tools.after_delivery import never_raise
from ..tools.apart import in_time
from ..tools.carrier import carried
from ..tools.moments import format_moment
from .attempt import Stop
from .mail_server_pause import CONF_SERVER, TRIAL, Pause
from .opened import Opened
from .smtp_trouble import CONNECTION_ERRORS, SETUP_ERRORS, read_connection_error

_logger = logging.getLogger(__name__)

SERVER_ERRORS = (*CONNECTION_ERRORS, *SETUP_ERRORS)  # its mails wait
FOR_SERVER = "server"  # a kind of waiting
HELD_KINDS = [FOR_SERVER, "retry"]  # what is shown besides limits
AT_ONCE = 10_000  # mails that are let go in one run of the queue

# The servers that mails wait for, and that are not paused; see waiting_sql.
WORKING = """
    WITH RECURSIVE server AS (
        (SELECT waiting_server_id AS id FROM mail_mail
          WHERE waiting_kind = 'server' AND state = 'outgoing' ORDER BY 1 LIMIT 1)
        UNION ALL
        SELECT (SELECT waiting_server_id FROM mail_mail
                 WHERE waiting_kind = 'server' AND state = 'outgoing'
                   AND waiting_server_id > server.id ORDER BY 1 LIMIT 1)
          FROM server WHERE id IS NOT NULL)
    SELECT server.id FROM server
      LEFT JOIN mail_server_pause AS pause ON pause.server_id = server.id
     WHERE server.id IS NOT NULL AND pause.id IS NULL
"""


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    waiting_kind = fields.Selection(selection_add=[(FOR_SERVER, "Paused Server")])
    server_refusals = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        help="Technical: how many times the server took no more mails when it was this "
        "one's turn: others try it first.",
    )
    server_waiting_since = fields.Datetime(
        readonly=True,
        copy=False,
        help="Technical: since when the email waits for a server, which has not worked "
        "meanwhile.",
    )

    # Each run of the queue asks what has waited for servers that work again.
    _held_idx = models.Index(
        "(waiting_server_id) WHERE waiting_kind = 'server' AND state = 'outgoing'"
    )

    # ------------------------------------------------------------
    # Before a connection, and instead of Odoo's
    # ------------------------------------------------------------

    def _send_without_session(self, send):
        """Note that these mails open sessions of their own, one by one."""
        carried(self.env, Batch).set_part(Stop())
        sending = get_sending(self.env)
        sending.opens = False
        try:
            return super()._send_without_session(send)
        finally:
            sending.opens = True

    def _split_by_mail_configuration(self):
        """Open the session of each group; where that fails, its mails wait."""
        groups = super()._split_by_mail_configuration()
        sending = get_sending(self.env)
        if not sending or not sending.is_open or not sending.opens:
            yield from groups
            return
        for group in groups:
            carried(self.env, Batch).set_part(Stop())
            yield from self._open_group(group)

    def _open_group(self, group):
        """Yield a group of mails with a session, or as far as Odoo is to fail it."""
        server_id, alias_domain_id, smtp_from, ids = group
        server = self.env["ir.mail_server"].sudo().browse(server_id or ())
        mails, batch = self.browse(ids), carried(self.env, Batch)
        if server and not server.active:
            yield group
            return
        sends_as = smtp_from
        what = "Whether emails wait for a server is not decided: it is tried"
        with never_raise(_logger.exception, what):
            if not server:
                # Odoo looks once more, among more servers than for the mails.
                server, sends_as = server._pick_server(smtp_from)
            mails = mails._pick_for_server(server.id or CONF_SERVER)
        if not mails:
            return
        error, session = mails._open_session(server, sends_as)
        opened = Opened(server_id, smtp_from, session, error)
        if isinstance(error, SERVER_ERRORS):
            mails = mails._filter_waited_for()
        if not mails:
            return
        batch.set_part(opened)
        try:
            yield server_id, alias_domain_id, smtp_from, mails.ids
        finally:
            batch.drop_part(Opened)
            if opened.session:  # nobody has wanted it
                close_session(opened.session)

    def _pick_for_server(self, server_id):
        """Return the mails that may go to a server now; the others wait.

        Of a server that is paused, only what somebody waits for, until its time comes:
        then whoever is first tries it.

        :param int server_id: see ``mail.server.pause``.
        """
        pauses = self.env["mail.server.pause"]
        pause = pauses._find(server_id)
        if pause is None:
            return self
        stop = carried(self.env, Batch).get_part(Stop)
        stop.is_paused = True
        if pauses._claim(server_id):
            stop.is_trial = True
            # Who was refused with words about the server comes last.
            self.fetch(["server_refusals"])
            return self.sorted("server_refusals")
        if pause.until <= fields.Datetime.now():
            pause = Pause(fields.Datetime.now() + TRIAL, pause.text)  # others try it
        waited = self._filter_waited_for()
        (self - waited)._wait_for_server(server_id, pause)
        return waited

    def _filter_waited_for(self):
        """Return those that somebody waits for: they go now, or fail."""
        if get_sending(self.env).raises:
            return self
        mails = self._read_what_decides().filtered(lambda one: one._is_waited_for())
        return self.browse(mails.ids)

    def _open_session(self, server, smtp_from):
        """Open a session for a group; where that fails, let its mails wait.

        :return: the error, and the session: one of them.
        """
        if sessions := get_call(self.env).sessions:
            sessions.ahead = len(self)
        try:
            session = self.env["ir.mail_server"]._connect__(
                mail_server_id=server.id or False, smtp_from=smtp_from
            )
        except SERVER_ERRORS as error:
            what = "Emails don't wait for their server, and stay in the queue"
            with never_raise(_logger.exception, what):
                self._hold_for_connection(server, error)
            return error, None
        # Odoo fails the mails for any error, of another addon as well.
        except Exception as error:  # pylint: disable=broad-exception-caught
            return error, None
        return None, session

    def _hold_for_connection(self, server, error):
        waiting = self - self._filter_waited_for()
        if not waiting:
            return
        server_id = server.id or CONF_SERVER
        stop = carried(self.env, Batch).get_part(Stop)
        trouble = read_connection_error(error, server.smtp_host or "")
        _logger.info("outgoing server %s does not work: %s", server_id, trouble.text)
        pause = self.env["mail.server.pause"]._pause(server_id, trouble, stop.is_trial)
        waiting._wait_for_server(server_id, pause)

    # ------------------------------------------------------------
    # In a session
    # ------------------------------------------------------------

    def _count_beside(self, server_id):
        stop = carried(self.env, Batch).get_part(Stop)
        # One connection is enough to find out whether a server works again.
        return 0 if stop and stop.is_paused else super()._count_beside(server_id)

    def _is_stopped(self):
        stop = carried(self.env, Batch).get_part(Stop)
        paused = bool(stop) and stop.pause is not None
        return paused or super()._is_stopped()

    def _leave_stopped(self, send):
        """Let mails wait whose server takes no more; whom somebody waits for fails."""
        super()._leave_stopped(send)
        stop = carried(self.env, Batch).get_part(Stop)
        if not stop or stop.pause is None:
            return
        what = "Emails stay in the queue whose server takes no more"
        with never_raise(_logger.exception, what):
            waited = self._filter_waited_for()
            (self - waited)._wait_for_server(stop.server_id, stop.pause)
            with in_time(self.env):
                for mail in waited._lock_unchanged():
                    mail._fail(stop.pause.text)
        self._end_transaction(send["auto_commit"])

    # ------------------------------------------------------------
    # Waiting
    # ------------------------------------------------------------

    def _wait_for_server(self, server_id, pause):
        """Let mails wait until a server is tried again, or fail after a long time.

        Where that can't be written, they stay in the queue as they are.

        :param int server_id: see ``mail.server.pause``.
        :param Pause pause: of it.
        """
        what = "Emails don't wait for their server, and stay in the queue"
        with never_raise(_logger.exception, what), in_time(self.env):
            mails = self._read_what_decides()._lock_unchanged()
            mails -= mails._give_up_server(server_id, pause)
            if mails:
                until = max(pause.until, fields.Datetime.now())
                mails._wait(FOR_SERVER, until, server_id)
                mails._show_waiting(until)
        sending = get_sending(self.env)
        if sending:
            sending.finish(self)
            self._end_transaction(sending.commits)

    def _give_up_server(self, server_id, pause):
        """Fail what has waited for a server for too long.

        :param int server_id: see ``mail.server.pause``.
        :param Pause pause: of it.
        :return: those mails.
        """
        self.fetch(["server_waiting_since"])  # without the bodies
        now = fields.Datetime.now()
        over = self.filtered(
            lambda mail: mail.server_waiting_since and mail._get_server_end() <= now
        )
        # Nobody knows who will read it.
        env = self.with_context(tz="UTC").env
        for mail in over:
            mail._fail(
                env._(
                    "Given up: the outgoing server %(server)s has taken no emails "
                    "since %(time)s. %(text)s",
                    server=self._name_server(server_id),
                    time=format_moment(env, mail.server_waiting_since),
                    text=pause.text,
                )
            )
        return over

    def _get_server_end(self):
        """Return until when a mail waits for a server, UTC."""
        since = self.server_waiting_since or fields.Datetime.now()
        return since + self._get_longest_wait()

    @api.model
    def _get_longest_wait(self):
        """Return how long mails wait for a server: nobody expects those of weeks ago.

        Where nothing that is refused is tried again, they wait all the same: no server
        is without an hour of trouble.

        :rtype: timedelta
        """
        hours = self.env["ir.config_parameter"]._get_value(RETRY_HOURS)
        return timedelta(hours=hours or RETRY_HOURS.default)

    def _show_waiting(self, until):
        """Let the chatter show that mails wait, and the queue wake when it is over."""
        self._wake_queue_at(until)
        self.flush_recordset()
        self.env["mail.notification"].invalidate_model(["postponed_until"])
        self._tell_chatter()

    @api.model
    def _release_from_servers(self):
        """Let mails go that wait for a server which is not paused any more.

        :return: whether there were any.
        """
        self.flush_model(["waiting_kind", "waiting_server_id", "state"])
        self.env["mail.server.pause"].flush_model()
        self.env.cr.execute(SQL(WORKING), log_exceptions=False)
        working = self.env.cr.fetchall()
        if not working:
            return False
        server_ids = [server_id for (server_id,) in working]
        # Without the bodies: a mailing that has waited for a night has thousands.
        mails = self.sudo().search_fetch(
            Domain("state", "=", "outgoing")
            & Domain("waiting_kind", "=", FOR_SERVER)
            & Domain("waiting_server_id", "in", server_ids),
            ["waiting_kind", "requested_date"],
            limit=AT_ONCE,
            order="id",
        )
        mails = mails._lock_unchanged()
        mails._stop_waiting()
        mails.write({"server_waiting_since": False})
        return True

    @api.model
    def _process_ranks(self, batch_size):
        what = "Emails that wait for a server are not let go"
        with never_raise(_logger.exception, what), in_time(self.env):
            self._release_from_servers()
        return super()._process_ranks(batch_size)

    def _try_to_send(self):
        """Try a paused server, since somebody wants to know whether it works."""
        waiting = self.filtered(lambda mail: mail.waiting_kind == FOR_SERVER)
        if waiting:
            server_ids = set(waiting.mapped("waiting_server_id"))
            self.env["mail.server.pause"]._make_due(server_ids)
        return super()._try_to_send()

    @api.model
    @api.readonly
    def get_waiting_summary(self, domain):
        """Return what the banner tells, also of what waits for something else.

        :param domain: of the list.
        :return: besides what there is for limits, ``held``: a list with ``kind``,
            ``server_id``, ``server``, ``count`` and ``first`` (UTC) of what waits for
            each server, or is tried again.
        :rtype: dict
        """
        summary = super().get_waiting_summary(domain)
        rows = self._read_group(
            Domain(domain)
            & Domain("state", "=", "outgoing")
            & Domain("waiting_kind", "in", HELD_KINDS),
            ["waiting_kind", "waiting_server_id"],
            ["__count", "scheduled_date:min"],
        )
        return {
            **summary,
            "held": [
                {
                    "kind": kind,
                    "server_id": server_id,
                    "server": self._name_server(server_id),
                    "count": count,
                    "first": fields.Datetime.to_string(first) or False,
                }
                for kind, server_id, count, first in rows
            ],
        }

    @api.model
    def _name_server(self, server_id):
        """Return how a server is called that mails wait for.

        :param int server_id: see ``mail.server.pause``.
        """
        server = self.env["ir.mail_server"].sudo().browse(server_id or ()).exists()
        return server.name or self.env._("in Odoo's configuration file")

    @api.depends(
        "waiting_kind", "waiting_server_id", "scheduled_date", "server_waiting_since"
    )
    @api.depends_context("lang", "tz", "uid")
    def _compute_postponed_reason(self):
        result = super()._compute_postponed_reason()
        for mail in self.filtered(lambda one: one.waiting_kind == FOR_SERVER):
            mail.postponed_reason = self.env._(
                "The outgoing server %(server)s takes no emails at the moment: tried "
                "again at about %(time)s, and given up after %(end)s.",
                server=self._name_server(mail.waiting_server_id),
                time=format_moment(self.env, mail.scheduled_date),
                end=format_moment(self.env, mail._get_server_end()),
            )
        return result
