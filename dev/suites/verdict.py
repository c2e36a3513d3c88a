# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What has become of the mails after a trouble, against what plain Odoo does."""

from drill import ATTEMPTS, WORKERS

# How a sender's own connection ends, which plain Odoo survives no better.
LOST = {"OperationalError", "InterfaceError", "AdminShutdown", "TooManyConnections"}
# A message that was in flight, and what a batch has reserved for its mail.
IN_FLIGHT = 4


def find_unexplained(env):
    """Yield a problem for each mail that waits, and does not say why."""
    for mail in env["mail.mail"].search([("state", "=", "outgoing")]):
        if mail.scheduled_date and not mail.waiting_kind:
            yield f"{mail.id} waits until {mail.scheduled_date} without a reason"


class Verdict:
    """Finds what is wrong when nothing is due any more.

    :param drill: what has run.
    :param troubles: what it had to suffer.
    :param dict queued: the addresses of each mail from before it, by id.
    :param dict later: of each mail that came when it was over.
    """

    def __init__(self, env, drill, troubles, queued, later):
        self._mails = env["mail.mail"]
        self._drill, self._troubles = drill, troubles
        self._kinds = {trouble.kind for trouble in troubles}
        self._queued, self._later = queued, later
        self._got = drill.sink.recipients()
        self._rows = env["mail.send.counter"].search([("server_id", "=", 0)])
        self._unconfirmed = sum(self._rows.mapped("in_flight"))

    def find_problems(self) -> list[str]:
        checks = (
            self._find_lost,
            self._find_failed,
            self._find_twice,
            self._find_wrong_count,
            self._find_beyond_limit,
            self._find_bad_attempts,
            self._find_bad_runs,
        )
        return [problem for check in checks for problem in check()]

    def _any(self, name):
        return any(getattr(trouble, name) for trouble in self._troubles)

    def _find_lost(self):
        """Each is sent, or failed: none is gone, and none waits for ever."""
        everything = {**self._queued, **self._later}
        states = {one.id: one.state for one in self._mails.browse(everything).exists()}
        for mail_id, addresses in everything.items():
            state = states.get(mail_id, "gone")
            got = all(self._got[to] for to in addresses)
            if state != "exception" and not (state == "sent" and got):
                yield f"lost: {addresses} ({state})"
        rest = self._mails.search([("state", "=", "outgoing")])
        if rest:
            yield f"left over: {rest.mapped('email_to')}"

    def _find_failed(self):
        """Plain Odoo fails whatever it tries while SMTP is down."""
        failed = self._mails.search([("state", "=", "exception")])
        allowed = failed.filtered(self._is_failed_by_smtp)
        if "limit" in self._kinds and len(allowed) > WORKERS:
            yield f"failed without room: {len(allowed)}, {allowed[0].failure_reason}"
        for mail in failed - allowed:
            yield f"failed: {mail.email_to} {mail.failure_type} {mail.failure_reason}"

    def _is_failed_by_smtp(self, mail):
        if mail.id in self._later or not self._any("fails"):
            return False
        # The former was in flight as the session broke; the rest waits.
        return mail.may_have_arrived or mail._is_waited_for()

    def _find_twice(self):
        """Only what was in flight as a process died goes again, and it is flagged.

        A sender that survives its database knows that its mail has left: it counts.
        """
        more = {to: count - 1 for to, count in self._got.items() if count > 1}
        owners = {to: one for one, tos in self._queued.items() for to in tos}
        mails = {owners.get(to) for to in more}
        allowed = (1 if "kill" in self._kinds else 0) + (
            WORKERS if "restart" in self._kinds else 0
        )
        if len(mails) > allowed or None in mails or max(more.values(), default=0) > 1:
            yield f"twice: {more}"
        if "restart" not in self._kinds and sum(more.values()) > self._unconfirmed:
            yield f"twice: {more}, but unconfirmed are {self._unconfirmed}"

    def _find_wrong_count(self):
        counted, got = sum(self._rows.mapped("sent")), self._got.total()
        text = f"counted {counted}, unconfirmed {self._unconfirmed}, left {got}"
        if not counted - self._unconfirmed <= got <= counted:
            yield text
        elif self._unconfirmed > self._get_tolerance():
            yield f"unconfirmed for ever: {text}"

    def _get_tolerance(self):
        """Return how many recipients may stay unconfirmed."""
        if "restart" in self._kinds or self._any("fails"):
            return IN_FLIGHT * WORKERS
        return IN_FLIGHT if "kill" in self._kinds else 0

    def _find_beyond_limit(self):
        # What somebody waits for leaves also where the counter can't be asked.
        more = len(ATTEMPTS) if self._any("hides") else 0
        for row in self._rows:
            inside = row.sent - row.codes - row.urgent
            if inside > self._drill.limit + more:
                yield f"beyond the limit: {inside} on {row.day}"

    def _find_bad_attempts(self):
        for _pid, kind, to, error in self._drill.notes.read("attempt"):
            if not error and self._got[to] != 1:
                yield f"{kind}: it is not sent, and nobody was told"
            if error and not self._may_fail(kind, error):
                yield f"{kind}: {error}"

    def _may_fail(self, kind, error):
        name = error.partition(":")[0]
        if name == "DailyLimitError":
            return "limit" in self._kinds and kind == "people"
        if name in LOST:
            return self._any("cuts")
        return self._any("fails") and name == "MailDeliveryException"

    def _find_bad_runs(self):
        """A run of the queue ends with no error that plain Odoo's would not."""
        allowed = set()
        # A worker that is started while nothing is free has no connection at all.
        if self._any("cuts") or {"kill", "connections"} <= self._kinds:
            allowed |= LOST
        for _pid, error in self._drill.notes.read("run"):
            if error and error.partition(":")[0] not in allowed:
                yield f"run: {error}"
