# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which mails go: decided before there is a connection, a batch at a time."""

import logging
from collections import defaultdict
from contextlib import contextmanager

import psycopg2

from odoo import models

from ..optional.mass_mailing import MAILING
from ..sender.batch import Batch
from ..tools.carrier import carried, carry
from .ledger import LedgerUnavailableError
from .line import get_beside
from .outlook import Outlook, find_demand
from .queue_cron import wake_queue_for_alarms
from .send_class import BULK, ask_of, is_bounded
from .send_mark import get_call
from .sending import Sending, get_sending, once

_logger = logging.getLogger(__name__)

# What decides about a mail, and until when it waits.
DECIDING = (
    "by_visitor", "email_cc", "email_to", "is_notification", "is_released",
    "mail_message_id", "recipient_ids", "requested_date", "scheduled_date",
    "send_class", "state", "uses_urgent", "waiting_attempt", "waiting_kind",
)  # fmt: skip


class MailMail(models.Model):
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Let what is reserved ahead be given back, whatever comes of the mails.

        :raises DailyLimitError: if ``raise_exception`` and there is no room for all of
            them: then none has left, and nothing is written.
        """
        done = once(post_send_callback)
        with self._open_sending(auto_commit, raise_exception, done) as mails:
            return super(MailMail, mails).send(
                auto_commit=auto_commit,
                raise_exception=raise_exception,
                post_send_callback=done,
            )

    @contextmanager
    def _open_sending(self, commits, raises, done, inside=False):
        """Yield the mails, with what they share while they are sent.

        :param bool commits: see :class:`.sending.Sending`.
        :param bool raises: whether the caller has asked for an exception.
        :param done: see :class:`.sending.Sending`.
        :param bool inside: whether this may be a part of a sending that is going on.
        """
        sending = get_sending(self.env)
        if self.env["ir.mail_server"]._disable_send() or (
            inside and sending and sending.is_open
        ):
            yield self
            return
        raises = raises or get_call(self.env).tells_caller
        beside = get_beside(self.env)
        shared = beside and beside.line.transactions
        with self.env["mail.send.counter"]._open_ledger(shared) as ledger:
            sending = Sending(ledger, commits is True, raises, done)
            batch = self._begin_batch()
            batch.set_part(sending)
            try:
                yield carry(self, batch)
            finally:
                sending.close()
                if sending.crossed:
                    wake_queue_for_alarms(self.env)

    def _begin_batch(self):
        """Return the batch of a call: one that its caller has made, or a new one."""
        batch = carried(self.env, Batch)
        return Batch() if batch is None or batch.get_part(Sending) else batch

    def _split_by_mail_configuration(self):
        """Leave out what there is no room for: nothing connects for it.

        It is decided when the turn of a group comes, by what the groups before it have
        taken. Where the caller wants an exception, all groups are reserved for first.
        """
        groups = super()._split_by_mail_configuration()
        sending = get_sending(self.env)
        if not sending or not sending.is_open:
            yield from groups
            return
        if sending.raises:
            groups = list(groups)
            self._hold_for_all([(group[0], group[-1]) for group in groups])
            yield from groups
            return
        for group in self._join_groups(groups):
            going = self.browse(group[-1])._pick_going(group[0])
            if going:
                yield (*group[:-1], going.ids)

    def _pick_going(self, server_id):
        """Return the mails of a group that go; the others wait, or fail.

        :param server_id: of the server that they leave through, or False.
        """
        mails = self.exists()  # while the groups before it were sent, one may be gone
        return mails._decide_within(mails._get_bounds(server_id))

    def _decide_within(self, limits):
        """Return the mails that go within some limits; the others wait, or fail.

        Where nothing can be counted, what somebody waits for goes all the same, and the
        rest stays in the queue as it is.
        """
        sending = get_sending(self.env)
        going = self
        if is_bounded(limits):
            try:
                return self._decide(sending.look(limits))
            except LedgerUnavailableError:
                going = self._read_what_decides().filtered(
                    lambda mail: mail._is_waited_for()
                )
                sending.finish(self - going)
        sending.decided.update(going.ids)
        return going

    def _get_bounds(self, server_id):
        """Return the limits that may keep mails from leaving, () where none does.

        A personal server has Odoo's own rules. What Odoo refuses before it connects
        fails at once, as without a limit.
        """
        server = self.env["ir.mail_server"].sudo().browse(server_id or ())
        if server and (
            server.owner_user_id
            or not server.active
            or not self._filter_mail_mail_servers(server)
        ):
            return ()
        limits = server._get_send_limits()
        return limits if is_bounded(limits) else ()

    # ------------------------------------------------------------
    # All or none
    # ------------------------------------------------------------

    def _hold_for_all(self, groups):
        """Reserve for all mails of all groups, before the first of them leaves.

        :param groups: pairs: id of the server, ids of the mails.
        :raises DailyLimitError: there is no room for all; nothing is held then.
        """
        sending = get_sending(self.env)
        asked = self._list_asked(groups)
        for limits, sizes in asked.items():
            if refusal := sending.hold(limits, sizes):
                held = sending.count_held(refusal.narrowest.server_id)
                sending.give_back()
                self._raise_refused(refusal, asked, held)
        for _server_id, ids in groups:
            sending.decided.update(ids)

    def _raise_refused(self, refusal, asked, held):
        """Raise the error that tells why none of the mails goes.

        :param refusal: what there was instead of room for some of them.
        :param dict asked: as from :meth:`_list_asked`.
        :param int held: recipients that the same limit had room for before.
        """
        narrowest = refusal.narrowest.server_id
        sizes = [
            size
            for limits, sizes in asked.items()
            if any(limit.server_id == narrowest for limit in limits)
            for size in sizes
        ]
        servers = self.env["ir.mail_server"]
        if len(sizes) == 1:
            reason = servers._explain_refused(refusal, *sizes)
        else:
            reason = servers._explain_refused_together(refusal, sum(sizes), held)
        raise servers._make_limit_error(reason)

    def _list_asked(self, groups):
        """Return the recipients of each mail, by the limits with what it asks for.

        :param groups: as in :meth:`_hold_for_all`.
        """
        asked = defaultdict(list)
        for server_id, ids in groups:
            mails = self.browse(ids)
            if limits := mails._get_bounds(server_id):
                for mail in mails._read_what_decides():
                    messages = mail._get_smtp_messages()
                    demand = mail._get_demand()
                    asked_of = ask_of(limits, demand)
                    demand = find_demand(demand, asked_of, messages, True)
                    if size := sum(message.size for message in messages):
                        asked[ask_of(limits, demand)].append(size)
        return asked

    # ------------------------------------------------------------
    # A group
    # ------------------------------------------------------------

    def _read_what_decides(self):
        """Return those of the mails that are to be sent, read without their bodies."""
        mails = self.with_context(prefetch_fields=False)
        names = [*DECIDING, *({MAILING} & self._fields.keys())]
        rows = mails.read(names, load=None)  # of a deleted mail there is none
        outgoing = self.browse(row["id"] for row in rows if row["state"] == "outgoing")
        outgoing.recipient_ids.fetch(["email"])
        return outgoing

    def _decide(self, standing):
        """Decide about mails of one server, by what is used of its limits.

        :param standing: a reservation that got nothing: what was used before it.
        :return: the mails to send now, in their order.
        """
        sending = get_sending(self.env)
        outlook, verdicts = Outlook(standing.limits, standing.usage), {}
        mails = self._read_what_decides()
        # Mass mailings have what people leave.
        for mail in mails.sorted(lambda mail: mail.send_class == BULK):
            verdicts[mail] = mail._take_room(outlook)
        changing = mails.filtered(lambda mail: not verdicts[mail].goes)
        going = {mail: mail for mail in mails - changing}
        if changing:
            going |= changing._obey(verdicts, standing)
            self._end_transaction(sending.commits)
        parts = (going[mail] for mail in mails if mail in going)
        result = self.browse().concat(*parts)
        sending.decided.update(result.ids)
        sending.finish(self - result)
        return result

    def _take_room(self, outlook):
        """Take room for a mail, as far as there is some.

        :rtype: .outlook.Verdict
        """
        messages, whole = self._get_smtp_messages(), self._is_waited_for()
        return outlook.take(self._get_demand(), messages, whole)

    def _obey(self, verdicts, standing):
        """Let mails wait or fail, wholly or in part.

        :param dict verdicts: :class:`.outlook.Verdict` by mail.
        :param standing: as in :meth:`_decide`.
        :return: by mail, itself or its part that goes.
        """
        going, alike = {}, {}
        for mail in self._lock_unchanged():
            verdict = verdicts[mail]
            refusal = standing.as_asked(verdict.demand, verdict.usage)
            going[mail], waiting = mail._obey_if_possible(verdict, refusal)
            if waiting:
                key = (verdict.demand, refusal.narrowest.server_id)
                alike.setdefault(key, (refusal, []))[1].append(waiting.id)
        for refusal, ids in alike.values():
            self.browse(ids)._postpone(refusal)
        return going

    def _obey_if_possible(self, verdict, refusal):
        """Do with a locked mail as it was decided.

        Where others have changed its notifications meanwhile, it stays as it is, until
        the next run.

        :param refusal: what there was instead of room.
        :return: the mail to send now, and the one that waits; either may be none.
        """
        if verdict.waiting and not (verdict.going or verdict.too_big):
            return self._obey_verdict(verdict, refusal)
        try:
            with self.env.cr.savepoint():
                return self._obey_verdict(verdict, refusal)
        except psycopg2.errors.SerializationFailure as error:
            _logger.info("mail %s is left for the next run: %s", self.id, error)
        return self.browse(), self.browse()

    def _obey_verdict(self, verdict, refusal):
        """Split a mail, or let it fail; see :meth:`_obey_if_possible`."""
        rest = self
        if self._is_waited_for():
            self._fail_whole(verdict, refusal)
            return self.browse(), self.browse()
        if verdict.too_big:
            rest = self._fail_too_big(verdict, refusal.ceiling)
        if not verdict.waiting:
            return rest, self.browse()
        going = self.browse()
        if verdict.going:
            going = rest._split_off_messages(verdict.going)
        return going, rest
