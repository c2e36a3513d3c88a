import logging
from contextlib import nullcontext
from dataclasses import dataclass, replace

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.fields import Domain
from odoo.tools import SQL, Query

from ..sender.ir_mail_server import AuthorPolicies
from ..tools.after_delivery import never_raise
from ..tools.carrier import Carried, carried, carry
from .budget import Budget
from .send_class import (
    ACCOUNT,
    BULK,
    CODE,
    DATABASE,
    PEOPLE,
    PUBLIC,
    WAITED_FOR,
    Demand,
)
from .send_mark import SendMark, is_visitor

_logger = logging.getLogger(__name__)

# Odoo's own word for a mail of a mass mailing, where that module is installed.
MAILING_FIELD = "mailing_id"
# Recipients that a batch reserves ahead of its mails, where the limit is far away: a
# transaction less for most mails. A worker that is killed leaves so many unconfirmed.
SPARE = 20
CLASS_FIELDS = ("send_class", "by_visitor", "uses_urgent")
# What Odoo's own ``send`` puts into the context of each mail. From a client they would
# choose the sender.
SENDER_KEYS = ("domain_notifications_email", "domain_bounce_address")


@dataclass(frozen=True)
class SmtpMessage:
    """One SMTP message of a mail: it goes as a whole or waits as a whole.

    :param partner: its recipient; None: the addresses in email_to and email_cc.
    :param size: recipients that the SMTP server will be asked to accept.
    """

    partner: models.BaseModel | None
    size: int


class LockingQuery(Query):
    """A query that locks what it reads, as ``try_lock_for_update`` does.

    What others have locked is left out.
    """

    def select(self, *args):
        return SQL("%s FOR NO KEY UPDATE SKIP LOCKED", super().select(*args))


class QueueRun(Carried):
    """What one run of the mail queue has taken up.

    :ivar ids: the mails, oldest first; None before they were searched for.
    :ivar cut: whether more were found, for which today has no room.
    :ivar finished: whether none of them broke it off.
    """

    KEY = "mail_deliverability_run"

    def __init__(self):
        self.ids = None
        self.cut = False
        self.finished = False


class MailMail(models.Model):
    _inherit = "mail.mail"

    postponed_reason = fields.Char(
        readonly=True,
        copy=False,
        help="Which daily limit the mail waits for, and when it goes.",
    )
    postponed_server_id = fields.Integer(
        readonly=True,
        copy=False,
        help="Technical: the server whose limit the mail waits for; 0: the database's.",
    )
    # No default: the table may be large, and none means people, too.
    send_class = fields.Selection(
        [
            (CODE, "Login Code"),
            (ACCOUNT, "Account"),
            (PUBLIC, "Public"),
            (PEOPLE, "People"),
            (BULK, "Mass Mailing"),
        ],
        string="Class",
        readonly=True,
        copy=False,
        help="What the email may use of the daily limit. Login codes always go; "
        "invitations, and password resets that a colleague starts, have a reserve; "
        "resets from the login page, sign-ups and automatic answers have the public "
        "part; mass mailings leave the last part to people.",
    )
    by_visitor = fields.Boolean(
        string="Caused from Outside",
        readonly=True,
        copy=False,
        help="A visitor, a customer or an incoming email has caused it: together such "
        "emails may use half of what your colleagues leave of the daily limit.",
    )
    uses_urgent = fields.Boolean(
        string="May Use the Urgent Reserve", readonly=True, copy=False
    )

    # ------------------------------------------------------------
    # Records
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Create mails, each with its class: by who makes it, never as values say."""
        mark = carried(self.env, SendMark)
        visitor = is_visitor(self.env)
        mails = super().create(
            [{**vals, **_classify(vals, mark, visitor)} for vals in vals_list]
        )
        if mark and mark.emails:
            marked = mails.filtered(lambda mail: mail._goes_only_to(mark.emails))
            marked._set_class(mark.get_values())
        return mails

    def copy(self, default=None):
        """Copy mails, for whichever module splits one: the class stays."""
        copies = super().copy(default)
        for mail, duplicate in zip(self, copies, strict=True):
            duplicate._set_class({name: mail[name] for name in CLASS_FIELDS})
        return copies

    def _set_class(self, values):
        different = self.sudo().filtered(
            lambda mail: any(mail[name] != values[name] for name in CLASS_FIELDS)
        )
        if different:
            different.write(values)

    def _goes_only_to(self, emails):
        """Whether nobody but these addresses gets the mail."""
        mine = self._list_emails()
        return bool(mine) and mine <= emails

    def _list_emails(self):
        """Return the addresses of all who get the mail."""
        texts = [self.email_to, self.email_cc]
        texts += self.sudo().recipient_ids.mapped("email")
        return {
            email
            for text in texts
            for email in tools.mail.email_normalize_all(text or "")
        }

    @api.model
    def _mark_bulk(self):
        """Mark the mails of mass mailings from before the installation."""
        if MAILING_FIELD in self._fields:
            unsent = Domain("state", "!=", "sent") & Domain("send_class", "=", False)
            mails = self.search(unsent & Domain(MAILING_FIELD, "!=", False))
            mails.send_class = BULK

    def write(self, vals):
        if not self.env.su:
            vals = {name: vals[name] for name in vals if name not in CLASS_FIELDS}
        if vals.get("state", "outgoing") != "outgoing":
            self._forget_postponed()
        if "scheduled_date" in vals and "postponed_reason" not in vals:
            # Another date than the reset: the mail does not wait for a limit now.
            vals = {**vals, "postponed_reason": False, "postponed_server_id": DATABASE}
        return super().write(self._leave_out_message_id(vals))

    def _leave_out_message_id(self, vals):
        """Return ``vals`` without a Message-ID that the mails have already.

        Odoo writes it after each sending. Unchanged, it costs an UPDATE of the message
        and a look for all its mails: more than what the sender's rules cost. Where the
        user's right to write the message is in question, writing it asks for that.
        """
        if "message_id" not in vals or not self.env.su:
            return vals
        if any(mail.message_id != vals["message_id"] for mail in self):
            return vals
        return {name: value for name, value in vals.items() if name != "message_id"}

    def _forget_postponed(self):
        """Let go of the reset, so that a mail that is sent again goes at once."""
        postponed = self.filtered("postponed_reason")
        if postponed:
            postponed.write(
                {
                    "postponed_reason": False,
                    "postponed_server_id": DATABASE,
                    "scheduled_date": False,
                }
            )

    def unlink(self):
        # Odoo deletes the message with the mail, and by cascade every other mail of it.
        # While one of them still needs the message, the others only let go of it.
        owners = self.filtered(lambda mail: not mail.is_notification)
        if owners:
            needed = self.sudo().search(
                [
                    ("mail_message_id", "in", owners.mail_message_id.ids),
                    ("id", "not in", self.ids),
                ]
            )
            shared = needed.mail_message_id
            owners.filtered(
                lambda mail: mail.mail_message_id in shared
            ).is_notification = True
        return super().unlink()

    @api.model
    def search(self, domain, offset=0, limit=None, order=None):
        run = carried(self.env, QueueRun)
        if run is None or run.ids is not None:
            return super().search(domain, offset=offset, limit=limit, order=order)
        # Odoo takes the newest: a queue longer than a batch would starve the oldest.
        mails = super().search(domain, offset=offset, limit=limit, order=order or "id")
        fitting = mails._take_oldest_that_fit()
        run.ids, run.cut = fitting.ids, fitting != mails
        return fitting

    # ------------------------------------------------------------
    # The queue
    # ------------------------------------------------------------

    @api.model
    def process_email_queue(self, email_ids=(), batch_size=1000):
        # Public in Odoo, for schedulers outside: what comes before the search, which
        # asks for the right itself, is not for everybody either.
        self.check_access("read")
        if email_ids:
            return super().process_email_queue(email_ids, batch_size)
        self._check_alarms()
        self._release_postponed()
        # The second time for what the first left out: it has to wait.
        for _time in range(2):
            run = QueueRun()
            queue = carry(self, run)
            result = super(MailMail, queue).process_email_queue(email_ids, batch_size)
            if not (run.finished and run.cut):
                break
        # Where a batch broke off, the next regular run goes on, as in Odoo: a server
        # that drops each connection would fail one mail after the other.
        if run.finished and run.ids:
            self._go_on_with_queue(run.ids)
        return result

    def _take_oldest_that_fit(self):
        """Return the oldest mails that today's room is enough for, at least one.

        Odoo sends one author's mails after the other's: where the room ends within the
        batch, newer mails of one author would go before older ones of the next.
        """
        servers = self.env["ir.mail_server"]
        room = servers._get_common_room()
        if not room or room <= 0:
            return self
        # What is left to those who may use a part of it only, by their demand.
        parts = {}
        for position, mail in enumerate(self):
            if room <= 0:
                return self[:position]
            demand = mail._get_demand()
            if demand.send_class in WAITED_FOR:
                continue  # they have room of their own, or fail
            if demand not in parts:
                parts[demand] = servers._get_common_room(demand)
            if parts[demand] <= 0:
                continue  # it takes nothing from the others: it will wait
            size = sum(message.size for message in mail._get_smtp_messages())
            room -= size
            parts = {one: part - size for one, part in parts.items()}
        return self

    @api.model
    def _check_alarms(self):
        """Tell administrators of the limits; if that fails, mails leave all the same.

        Only the queue does so, before anything leaves. After a delivery an error would
        undo what tells that the mail is sent, and a transaction that began before the
        count was written would not see it.
        """
        with (
            never_raise(_logger.exception, "Administrators are not told of the limits"),
            self.env.cr.savepoint(),
        ):
            self.env["mail.send.counter"]._check_alarms()

    @api.model
    def _go_on_with_queue(self, done_ids):
        """See to it that a queue longer than one batch goes on at once."""
        due = self._get_due_domain()
        remaining = self.search_count(due)
        left = remaining and self.search_count(due & Domain("id", "in", done_ids))
        if not remaining or left == len(done_ids):
            return
        if self.env.context.get("ir_cron_progress_id"):
            done = len(done_ids) - left
            self.env["ir.cron"]._commit_progress(done, remaining=remaining)
        else:
            self._get_queue_cron()._trigger()

    @api.model
    def _get_due_domain(self):
        return Domain("state", "=", "outgoing") & (
            Domain("scheduled_date", "=", False)
            | Domain("scheduled_date", "<=", fields.Datetime.now())
        )

    @api.model
    def _get_postponed_domain(self):
        return Domain("state", "=", "outgoing") & Domain(
            "postponed_reason", "!=", False
        )

    @api.model
    def _get_queue_cron(self):
        return self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()

    @api.model
    def _release_postponed(self):
        """Let mails go that wait for a limit which has room again.

        After a reset they are due anyway. Before it, a limit may have been raised, or
        room given back by mails that failed.
        """
        waiting = self.sudo()._read_group(
            self._get_postponed_domain()
            & Domain("scheduled_date", ">", fields.Datetime.now()),
            ["postponed_server_id", "send_class", "by_visitor"],
            ["__count"],
        )
        for server_id, send_class, visitor, count in waiting:
            demand = Demand(send_class or PEOPLE, visitor)
            room = self.env["ir.mail_server"]._get_room(server_id, demand)
            if room is None or room > 0:
                alike = Domain("send_class", "=", send_class) & Domain(
                    "by_visitor", "=", visitor
                )
                self._release_oldest(server_id, alike, min(count, room or count))

    @api.model
    def _limits_changed(self):
        """Let go at once what a raised limit has room for."""
        if self.sudo().search_count(self._get_postponed_domain(), limit=1):
            self._release_postponed()
            self._get_queue_cron()._trigger()

    @api.model
    def _reset_hour_changed(self):
        """Let go of what waits for a reset that is no more.

        What has no room yet will wait for the new one, with the reason that tells so.
        """
        postponed = self._get_postponed_domain()
        mails = self.sudo().search(
            postponed & Domain("scheduled_date", ">", fields.Datetime.now())
        )
        mails = mails.try_lock_for_update(allow_referencing=True)
        if mails:
            mails.write({"scheduled_date": False})
            self._get_queue_cron()._trigger()

    @api.model
    def _release_oldest(self, server_id, alike, count):
        mails = self.sudo().search(
            self._get_postponed_domain()
            & Domain("postponed_server_id", "=", server_id)
            & alike
            & Domain("scheduled_date", ">", fields.Datetime.now()),
            limit=count,
            order="id",
        )
        mails = mails.try_lock_for_update(allow_referencing=True)
        mails.write({"scheduled_date": False})

    # ------------------------------------------------------------
    # Who they come from
    # ------------------------------------------------------------

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        mails = self._without_foreign_sender()._with_author_policies()
        result = super(MailMail, mails).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )
        if run := carried(self.env, QueueRun):
            run.finished = True
        return result

    def _without_foreign_sender(self):
        """Return the mails without a sender that the context would choose for them."""
        if self.env.context.keys().isdisjoint(SENDER_KEYS):
            return self
        return self.with_context(**dict.fromkeys(SENDER_KEYS))

    def _with_author_policies(self):
        """Ask DNS about the authors of all these mails at once, before any leaves."""
        if self.env["ir.mail_server"]._disable_send():
            return self
        policies = self.env["mail.author.policy"]._find_policies(self._list_undecided())
        return carry(self, AuthorPolicies(policies))

    def _list_undecided(self):
        """Return the domains of authors whose policy decides; see _pick_undecided."""
        mails = self.with_context(prefetch_fields=False)
        rows = mails.read(["email_from", "mail_server_id"], load=None)
        return self.env["mail.author.policy"]._pick_undecided(
            (row["email_from"], row["mail_server_id"]) for row in rows
        )

    # ------------------------------------------------------------
    # Sending within the limits
    # ------------------------------------------------------------

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        send = {
            "auto_commit": auto_commit,
            "raise_exception": raise_exception,
            "smtp_session": smtp_session,
            "alias_domain_id": alias_domain_id,
            "mail_server": mail_server,
            "post_send_callback": post_send_callback,
        }
        if self.env["ir.mail_server"]._disable_send():
            return super()._send(**send)
        limits = (mail_server or self.env["ir.mail_server"])._get_send_limits()
        with self.env["mail.send.counter"]._open_ledger() as ledger:
            budget = Budget(ledger, limits, spare=min(SPARE, len(self) - 1))
            batch = self._with_what_stays(budget)
            try:
                if any(limit.total for limit in limits):
                    batch._send_within_limits(budget, send)
                else:
                    # Nothing to refuse: what leaves is counted on its way out.
                    super(MailMail, batch)._send(**send)
            finally:
                budget.close()
        if budget.crossed:
            self._wake_queue_for_alarms()
        return True

    def _with_what_stays(self, budget):
        """Return the mails of a batch with what is the same for all of them.

        Odoo asks the company for its default address twice for each mail, and each
        commit makes it ask the database again.
        """
        default = self.env["ir.mail_server"]._get_sender_default()
        return carry(self, budget).with_context(domain_notifications_email=default)

    def _send_within_limits(self, budget, send):
        """Send mail after mail: lock it, reserve for it, send it or let it wait.

        :param dict send: the arguments of Odoo's ``_send``.
        """
        server = send["mail_server"]
        if server:
            if not self._filter_mail_mail_servers(server):
                # One mail alone might pass where the batch must not: Odoo refuses it.
                return self._send_now(send)
            budget.check(server, self)
        return self._send_one_by_one(budget, send)

    def _filter_mail_mail_servers(self, mail_servers):
        # Checked for the whole batch: not once more for each mail.
        budget = carried(self.env, Budget)
        if budget and budget.is_checked(mail_servers, self):
            return mail_servers
        return super()._filter_mail_mail_servers(mail_servers)

    def _send_one_by_one(self, budget, send):
        """Send mails that may use the batch's server; see _send_within_limits."""
        commits = send["auto_commit"]
        done = _once(send["post_send_callback"])
        send = {**send, "post_send_callback": done}
        # A mail that another worker has changed since the transaction began can't be
        # locked in it, so each mail gets a transaction of its own.
        self._end_transaction(commits)
        waiting = set()
        for position, mail_id in enumerate(self.ids):
            mail = self.browse(mail_id)
            if mail_id in waiting or not mail._lock_outgoing(commits):
                continue
            try:
                going, refusal = mail._take_room(budget, send["raise_exception"])
                if going:
                    going._send_now(send)
            finally:
                budget.keep(0)
            self._end_transaction(commits and not going)
            if refusal and refusal.exhausted:
                later = self.browse(self.ids[position + 1 :])
                waiting |= later._postpone_alike(refusal, commits)
        if done:
            done(self.ids)
        return True

    def _send_now(self, send):
        return super()._send(**send)  # pylint: disable=super-method-mismatch

    def _end_transaction(self, commits):
        """Commit, where the caller has asked for a commit after each mail."""
        if commits:
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def _survive(self, commits):
        """Return a context whose failure undoes nothing that came before it.

        Without a commit after each mail, the transaction holds what tells that the
        mails before this one are sent: undone, they would go again.
        """
        return nullcontext() if commits else self.env.cr.savepoint(flush=False)

    def _lock_outgoing(self, commits):
        """Lock a mail against other workers.

        :return: whether it is locked, and still to be sent.
        """
        self.ensure_one()
        self.flush_recordset(["state"])
        query = LockingQuery(self.env, self._table)
        query.add_where(SQL("id = %s AND state = 'outgoing'", self.id))
        try:
            with self._survive(commits):
                locked = self._fetch_query(query, self._determine_fields_to_fetch())
        except psycopg2.errors.SerializationFailure:
            # Another worker has just finished with it.
            if commits:
                self.env.cr.rollback()
            return False
        if not locked:
            self._end_transaction(commits)
        return bool(locked)

    def _take_room(self, budget, raises):
        """Reserve for a locked mail, and let what does not fit wait or fail.

        :param bool raises: whether the caller wants an exception where it fails.
        :return: the mails to send now (this one, a part of it, or none), and the
            :class:`.mail_send_counter.Grant` that refused the rest, if any.
        :raises DailyLimitError: somebody waits for it, and there is no room.
        """
        mark = carried(self.env, SendMark)
        raises = raises or bool(mark and mark.tells_caller)
        must_go = raises or self._is_waited_for()
        messages = self._get_smtp_messages()
        if too_big := self._begin(budget, messages):
            self._fail_too_big(too_big, messages, budget.ceiling, raises)
            messages = [message for message in messages if message not in too_big]
            if not messages:
                return self.browse(), None
        sizes = [message.size for message in messages if message.size]
        need = sum(sizes)
        if not need:
            return self, None
        grant = budget.reserve(need, need if must_go else min(sizes))
        if grant.granted == need:
            return self, None
        if must_go:
            reason = self.env["ir.mail_server"]._explain_refused(grant, need)
            self._fail(reason, raises)
            return self.browse(), None
        return self._take_part(budget, grant, messages), grant

    def _begin(self, budget, messages):
        """Tell a budget what the mail asks for.

        :return: the messages that no day has room for.
        """
        demand = self._get_demand()
        budget.begin(demand)
        if demand.visitor and budget.find_too_big(messages):
            # Larger than the visitors' part ever is: it would wait for ever.
            budget.begin(replace(demand, large=True))
        return budget.find_too_big(messages)

    def _is_waited_for(self):
        """Whether somebody waits for the mail: it goes now and whole, or fails."""
        return self.send_class in WAITED_FOR or self._is_mailing_test()

    def _is_mailing_test(self):
        """Whether the mail shows somebody a mailing: Odoo gives it no trace."""
        if self.send_class == BULK or MAILING_FIELD not in self._fields:
            return False
        return bool(self[MAILING_FIELD]) and not self.sudo().mailing_trace_ids

    def _get_demand(self):
        """Return what the mail asks of the limits."""
        send_class = self.send_class or PEOPLE
        visitor = self.by_visitor and send_class in (PEOPLE, CODE)
        return Demand(send_class, visitor, self.uses_urgent)

    def _take_part(self, budget, grant, messages):
        """Split off what fits into a grant, and postpone the rest.

        :return: the mail to send now, or none.
        """
        fitting, room = [], grant.granted
        for message in messages:
            if message.size <= room:
                fitting.append(message)
                room -= message.size
        if not any(message.size for message in fitting):
            fitting = []
        budget.keep(sum(message.size for message in fitting))
        going = self._split_off(fitting) if fitting else self.browse()
        self._postpone(grant)
        return going

    def _get_smtp_messages(self):
        """Return the SMTP messages that Odoo makes of a mail, without building them.

        See ``_prepare_outgoing_list``. What leaves is counted exactly when it leaves.
        """
        self.ensure_one()
        messages = []
        if self.email_to or self.email_cc:
            size = _count(self.email_to) + _count(self.email_cc)
            messages.append(SmtpMessage(None, size))
        for partner in self.recipient_ids:
            messages.append(SmtpMessage(partner, _count(partner.email)))
        return messages

    # ------------------------------------------------------------
    # What does not fit
    # ------------------------------------------------------------

    def _split_off(self, messages):
        """Move SMTP messages of a mail to a mail of their own, for the same message.

        The older of the two waits, so that it keeps its place in the queue.

        :return: the new mail.
        """
        self.ensure_one()
        addresses = any(message.partner is None for message in messages)
        partners = self.recipient_ids.browse(
            message.partner.id for message in messages if message.partner
        )
        nobody = {"email_to": False, "email_cc": False}
        half = self._copy_for(partners, {} if addresses else nobody)
        self._move_followers_of_mail(half, partners, addresses)
        self.write(
            {
                "recipient_ids": [fields.Command.unlink(p.id) for p in partners],
                **(nobody if addresses else {}),
            }
        )
        return half

    def _copy_for(self, partners, addresses):
        """Return a mail for the same message and other recipients.

        :param dict addresses: its email_to and email_cc, if not the same.
        """
        values = {
            "headers": self.headers,
            "is_notification": self.is_notification,
            "mail_message_id": self.mail_message_id.id,
            "recipient_ids": [fields.Command.set(partners.ids)],
            "scheduled_date": False,
            **addresses,
        }
        return self.browse(self.with_user(self.create_uid).sudo().copy(values).id)

    def _move_followers_of_mail(self, half, partners, addresses):
        """Let notifications and mailing traces follow the half of their recipient."""
        notifications = self.env["mail.notification"].sudo()
        notifications.search([("mail_mail_id", "=", self.id)]).filtered(
            lambda one: (
                one.res_partner_id in partners if one.res_partner_id else addresses
            )
        ).mail_mail_id = half
        if "mailing_trace_ids" not in self._fields:
            return
        emails = set(tools.mail.email_normalize_all(half.email_to or ""))
        for partner in partners:
            emails |= set(tools.mail.email_normalize_all(partner.email or ""))
        traces = self.sudo().mailing_trace_ids
        traces.filtered(lambda trace: trace.email in emails).write(
            {"mail_mail_id": half.id, "mail_mail_id_int": half.id}
        )

    def _postpone(self, grant):
        """Let mails wait for the reset."""
        self.write(
            {
                "postponed_reason": self._explain_postponed(grant),
                "postponed_server_id": grant.narrowest.server_id,
                "scheduled_date": grant.reset,
            }
        )
        self._wake_queue_at(grant.reset)
        self.env["mail.notification"].invalidate_model(["postponed_until"])
        notified = self.filtered("is_notification").mail_message_id
        threads = notified.filtered(lambda message: message._is_thread_message())
        threads._notify_message_notification_update()

    def _postpone_alike(self, grant, commits):
        """Postpone at once all that would be refused for the same reason.

        :param grant: the refusal that a mail got.
        :return: the ids of the mails that wait now.
        """
        try:
            with self._survive(commits):
                mails = self.try_lock_for_update(allow_referencing=True)
        except psycopg2.errors.SerializationFailure:
            if commits:
                self.env.cr.rollback()
            return set()
        mails.invalidate_recordset(["state"])
        mails = mails.filtered(
            lambda mail: (
                mail.state == "outgoing"
                and not mail._is_waited_for()
                and grant.refuses(mail._get_demand())
            )
        )
        if mails:
            mails._postpone(grant)
        self._end_transaction(commits)
        return set(mails.ids)

    @api.model
    def _wake_queue_for_alarms(self):
        """Run the mail queue soon, since it tells administrators of the limits.

        In a transaction of its own: Odoo sends a password reset in a savepoint that it
        undoes.
        """
        with self.env.registry.cursor() as cr:
            env = self.env(cr=cr, user=SUPERUSER_ID)
            self.with_env(env)._get_queue_cron()._trigger()

    def _wake_queue_at(self, moment):
        """Run the mail queue at a moment, once however many mails wait for it."""
        cron = self._get_queue_cron()
        at_that_time = [("cron_id", "=", cron.id), ("call_at", "=", moment)]
        if not self.env["ir.cron.trigger"].sudo().search_count(at_that_time, limit=1):
            cron._trigger(moment)

    def _fail_too_big(self, too_big, messages, ceiling, raises):
        """Fail what no day can take; the rest of the mail goes on."""
        part = self if too_big == messages else self._split_off(too_big)
        size = max(message.size for message in too_big)
        reason = self.env["ir.mail_server"]._explain_too_big(size, ceiling)
        part._fail(reason, raises)

    def _fail(self, reason, raises):
        """Mark a mail as failed, as Odoo does where sending fails.

        :raises DailyLimitError: if ``raises``.
        """
        failure = {"failure_type": "unknown", "failure_reason": reason}
        self.write({"state": "exception", **failure})
        self._postprocess_sent_message(success_pids=[], success_emails=[], **failure)
        if raises:
            raise self.env["ir.mail_server"]._make_limit_error(reason)

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        # Odoo may delete the mail here: it is the last moment to see whose it was.
        budget = carried(self.env, Budget)
        if budget and (sent := budget.take_sent()):
            self.env["mail.send.tally"]._add(self[:1], sent)
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )

    # ------------------------------------------------------------
    # Words
    # ------------------------------------------------------------

    def _explain_postponed(self, grant):
        return self.env._(
            "%(limit)s: goes at %(time)s.",
            limit=self.env["ir.mail_server"]._explain_limit(grant.narrowest),
            time=self.env["ir.mail_server"]._format_utc(grant.reset),
        )


def _classify(vals, mark, visitor):
    """Return the values of a new mail that decide what it may use of the limits.

    :param vals: its other values; the caller of a method may have chosen them.
    :param mark: of the call, or None.
    :param bool visitor: whether a visitor or an incoming message makes it.
    """
    is_mailing = vals.get(MAILING_FIELD) and vals.get("mailing_trace_ids")
    bulk = is_mailing or (mark and mark.send_class == BULK)
    return {
        "send_class": BULK if bulk else PEOPLE,
        "by_visitor": visitor,
        "uses_urgent": False,
    }


def _count(text):
    """Return how many recipients a list of addresses makes.

    0 for one that nests too deep to be read: its mail fails when it is sent.
    """
    try:
        return len(set(tools.mail.email_normalize_all(text or "")))
    except RecursionError:
        return 0


def _once(callback):
    """Return a callback that gets each id once: each call costs a commit."""
    if not callback:
        return None
    seen = set()

    def call(ids):
        fresh = [one for one in ids if one not in seen]
        seen.update(fresh)
        if fresh:
            callback(fresh)

    return call
