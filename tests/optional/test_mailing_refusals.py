# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a mailing says of its recipients while servers refuse: needs mass_mailing."""

from odoo.tests import tagged

from ..refusal import shapes
from ..refusal.test_conversations import (
    BUSY,
    DOWN,
    THROTTLES,
    UNKNOWN,
    ConversationCase,
)
from ..scripted_sink import CONNECT, CUT, END, MAIL, RCPT
from .test_mailings import COUNT, MailingCase


@tagged("-standard", "with_mass_mailing")
class TestMailingRefusals(ConversationCase, MailingCase):
    """A newsletter of nine recipients."""

    def begin_mailing(self):
        self.mailing.action_launch()
        self.run_job()
        self.process()

    def statuses(self):
        """Return the status of each recipient's trace, by name."""
        self.env.invalidate_all()
        traces = self.mailing.mailing_trace_ids
        return {one.email.split("@")[0]: one.trace_status for one in traces}

    def expect(self, status, **others):
        names = [f"c{number}" for number in range(COUNT)]
        expected = {name: others.get(name, status) for name in names}
        self.assertEqual(self.statuses(), expected)

    def assert_done(self, **others):
        self.process_for(hours=6)
        self.expect("sent", **others)
        self.assertEqual(self.mailing.state, "done")
        failed = [status for status in others.values() if status != "sent"]
        self.assertEqual(len(self.got()), COUNT - len(failed))
        self.assertEqual(len(set(self.got())), COUNT - len(failed))

    def test_one_is_tried_again(self):
        self.sink.script[RCPT, "c4@customer.example"] = [BUSY]
        self.begin_mailing()
        self.expect("sent", c4="outgoing")
        self.assertEqual(self.mailing.state, "sending")
        self.assert_done()

    def test_one_is_refused_for_good(self):
        self.sink.script[RCPT, "c4@customer.example"] = UNKNOWN
        self.begin_mailing()
        self.expect("sent", c4="error")
        self.assert_done(c4="error")

    def test_server_is_down(self):
        self.sink.script[CONNECT] = DOWN
        self.begin_mailing()
        self.expect("outgoing")
        self.assertEqual(self.mailing.state, "sending")
        self.process(minutes=2)
        self.expect("outgoing")
        self.sink.script.clear()
        self.assert_done()

    def test_throttled(self):
        answer = THROTTLES[0][1]
        self.sink.script[MAIL] = lambda _to: (
            answer if len(self.sink.deliveries) >= 4 else None
        )
        self.begin_mailing()
        self.assertEqual(sorted(self.statuses().values()),
                         ["outgoing"] * 5 + ["sent"] * 4)  # fmt: skip
        self.assertEqual(self.mailing.state, "sending")
        self.sink.script.clear()
        self.assert_done()

    def test_cut_after_a_message(self):
        self.sink.script[END, "c4@customer.example"] = CUT
        self.begin_mailing()
        self.process_for(hours=1)
        self.assertEqual(self.statuses()["c4"], "error")
        self.sink.script.clear()
        self.assert_done(c4="error")

    def test_given_up(self):
        self.sink.script[RCPT, "c4@customer.example"] = BUSY
        self.begin_mailing()
        self.process_for(hours=120)
        self.assert_done(c4="error")

    def test_cancelled_while_it_waits(self):
        """Who must get none any more gets none when it is tried again."""
        self.sink.script[RCPT, "c4@customer.example"] = [BUSY]
        self.begin_mailing()
        self.env["mail.blacklist"]._add("c4@customer.example")
        self.assert_done(c4="cancel")

    def test_reports(self):
        """An address that does not work has bounced; our own fault is an error."""
        self.begin_mailing()
        for name, answer in (
            ("c1", UNKNOWN),
            ("c2", "550 5.7.26 Unauthenticated email is not accepted, see DMARC"),
        ):
            trace = self.mailing.mailing_trace_ids.filtered(
                lambda one, name=name: one.email.startswith(f"{name}@")
            )
            raw = shapes.postfix(trace.email, "mx.customer.example", answer)
            raw = raw.replace(shapes.ORIGINAL_ID.encode(), trace.message_id.encode())
            own = f"Message-ID: <{name}@mail.acme.example>\r\n".encode()
            self.env["mail.thread"].message_process(False, own + raw)
        self.expect("sent", c1="bounce", c2="error")
        bounces = {one.email: one.message_bounce for one in self.contacts}
        self.assertEqual(bounces["c1@customer.example"], 1)
        self.assertEqual(bounces["c2@customer.example"], 0)
