# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Several sessions at once: each beside the first is a thread with its own cursor."""

import logging
import smtplib
import threading
import time
from contextlib import contextmanager, suppress

import psycopg2

import odoo
from odoo import models, modules
from odoo.http import request
from odoo.tools import config

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..sender.batch import Batch
from ..sender.message_session import close_session
from ..sender.session_facts import get_facts
from ..tools.carrier import carried, carry
from .ir_mail_server_connections import MOST
from .line import Beside
from .send_mark import get_call
from .sending import get_sending

_logger = logging.getLogger(__name__)

# Mails for each session more: to open one takes longer than to send some. In a run they
# stay open, from one group to the next.
WORTH, WORTH_KEPT = 10, 2
SHARE = 4  # the part of a process's database connections that others don't need
# Seconds within which a further connection may fail; and where it takes longer, those
# until one is tried again: a firewall may drop what is too many, and the run waits.
SLOW, REST = 10, 600
RESTING = {}  # in each process; by database and server, until when
FEWER = "outgoing server %s is sent to with fewer connections: %s"
# What breaks one session off, and not the others.
OF_ONE_SESSION = (MailDeliveryException, psycopg2.Error, smtplib.SMTPException)
# What the log and others know of a thread by.
MARKS = ("dbname", "uid")


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    @contextmanager
    def _open_beside(self, line, send):
        """Let further sessions of the same server send from the line meanwhile.

        Where this one breaks, the others go on; they have ended when this ends.

        :param Line line: that these mails stand in.
        :param dict send: the arguments of Odoo's ``_send``.
        """
        threads = self._start_beside(line, send)
        if not threads:
            yield
            return
        try:
            yield
        except BaseException as error:
            if not isinstance(error, OF_ONE_SESSION):  # an interrupt, for one
                line.stop()
            # The others may wait for what this transaction has locked.
            self._end_broken(error)
            raise
        finally:
            for thread in threads:
                thread.join()

    def _end_broken(self, error):
        """End the transaction that an error has come out of.

        What is written of a session that has broken lasts, as where nobody else sends.
        """
        if isinstance(error, (MailDeliveryException, smtplib.SMTPException)):
            with suppress(psycopg2.Error):
                self.env.cr.commit()  # pylint: disable=invalid-commit
                return
        self.env.cr.rollback()

    def _count_connections(self, server_id):
        """Return how many connections a server is sent to with at once, now.

        One where somebody waits for the answer, or what is written is not committed
        mail by mail.

        :param server_id: None and False: odoo.conf's.
        """
        sending = get_sending(self.env)
        waits = not sending.commits or sending.raises or request
        if not server_id or waits or not _can_wait_for_threads(self.env):
            return 1
        sessions = get_call(self.env).sessions
        is_refused = sessions and server_id in sessions.refused
        resting = RESTING.get((self.env.cr.dbname, server_id), 0)
        if is_refused or time.monotonic() < resting:
            return 1
        server = self.env["ir.mail_server"].sudo().browse(server_id)
        # Somebody may have deleted it by now, or written any number past the form.
        rows = server.read(["connections", "owner_user_id"], load=None)
        if not rows or rows[0]["owner_user_id"]:  # Odoo lets a few mails a minute go
            return 1
        # One database connection for each, and one that all of them count in.
        return min(rows[0]["connections"], MOST, config["db_maxconn"] // SHARE - 1)

    def _count_beside(self, server_id):
        """Return how many sessions of a server are opened beside the first one."""
        worth = WORTH_KEPT if get_call(self.env).sessions else WORTH
        most = self._count_connections(server_id)
        return max(0, min(most - 1, (len(self) - 1) // worth))

    def _start_beside(self, line, send):
        """Start further sessions; returns their threads."""
        if not send["auto_commit"]:  # whoever has called it with another one
            return []
        server_id, threads = get_facts(send["smtp_session"]).server_id, []
        for number in range(self._count_beside(server_id)):
            thread = self._make_thread(line, send, number)
            try:
                thread.start()
            except RuntimeError as error:  # the system has none left
                _logger.warning("emails leave through fewer connections: %s", error)
                break
            threads.append(thread)
        return threads

    def _make_thread(self, line, send, number):
        """Return the thread of a further session."""
        batch = carried(self.env, Batch).fork()
        beside = Beside(line)
        batch.set_part(beside)
        facts, session = get_facts(send["smtp_session"]), send["smtp_session"]
        way = {
            "server_id": facts.server_id,
            "smtp_from": getattr(session, "smtp_from", None),
            "alias_domain_id": send["alias_domain_id"],
            "mail_server_ids": send["mail_server"].ids if send["mail_server"] else [],
        }
        current = threading.current_thread()
        thread = threading.Thread(
            target=_run_beside,
            args=(carry(self, batch), way),
            name=f"{current.name}.{number + 2}",
            daemon=True,  # it ends with the process, as the jobs' own threads do
        )
        for mark in MARKS:
            if hasattr(current, mark):
                setattr(thread, mark, getattr(current, mark))
        return thread

    def _send_beside(self, line, session, way):
        """Send mails of the line through a session beside the first.

        :param dict way: see :meth:`_make_thread`.
        """
        with self._delete_at_end(True):
            self._send(
                auto_commit=True,
                smtp_session=session,
                alias_domain_id=way["alias_domain_id"],
                mail_server=self.env["ir.mail_server"].browse(way["mail_server_ids"]),
                post_send_callback=line.note_done,
            )


def _can_wait_for_threads(env):
    """Tell whether no thread would wait for what the current one holds.

    While modules are loaded, and while Odoo runs tests, it holds the lock of all
    registries. The process for long polling has greenlets instead of threads.
    """
    is_free = env.registry.ready and not modules.module.current_test
    return is_free and not getattr(odoo, "evented", False)


def _run_beside(mails, way):
    """Send beside the first session, in a thread of its own.

    :param mails: of the first session's environment, which is not used here but for
        what it carries.
    :param dict way: see ``_make_thread``.
    """
    registry = mails.env.registry
    try:
        cr = registry.cursor()
    except psycopg2.Error as error:  # others need all that there are
        _logger.info(FEWER, way["server_id"], error)
        return
    try:
        with cr:
            mails = mails.with_env(mails.env(cr=cr))
            session = _connect(mails.env, way)
            if session is not None:
                try:
                    line = carried(mails.env, Batch).get_part(Beside).line
                    mails._send_beside(line, session, way)
                finally:
                    close_session(session)
    # As Odoo's queue does, whatever it is: nobody else would hear of it.
    except Exception:  # pylint: disable=broad-exception-caught
        _logger.exception("Failed processing mail queue")
    finally:
        registry.signal_changes()


def _connect(env, way):
    """Return one more session, None where the server wants no more.

    Then it is not asked again in this run, and the others go on.
    """
    begin = time.monotonic()
    try:
        return env["ir.mail_server"]._connect__(
            mail_server_id=way["server_id"], smtp_from=way["smtp_from"]
        )
    # Another addon's may be of any kind; the first session is open all the same.
    except Exception as error:  # pylint: disable=broad-exception-caught
        if sessions := get_call(env).sessions:
            sessions.refused.add(way["server_id"])
        now = time.monotonic()
        if now - begin >= SLOW:
            RESTING[env.cr.dbname, way["server_id"]] = now + REST
        _logger.info(FEWER, way["server_id"], error)
    return None
