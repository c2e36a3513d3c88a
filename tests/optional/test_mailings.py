# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mass mailings that take longer than a day: mass_mailing has to be installed."""

from datetime import timedelta
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.optional import mail_mail
from ...models.tools.moments import format_moment
from ..limit.test_mail_mail import LimitCase

COUNT = 9


class MailingCase(LimitCase):
    """A newsletter of nine recipients, and a daily limit of five."""

    def setUp(self):
        super().setUp()
        self.set_limit(0, "daily_limit_reserve")
        self.list, self.other_list = self.env["mailing.list"].create(
            [{"name": "Readers"}, {"name": "Others"}]
        )
        self.contacts = self.make_contacts(COUNT)
        self.mailing = self.make_mailing()

    def make_contacts(self, count, first=0):
        return self.env["mailing.contact"].create(
            [
                {
                    "name": f"C{number}",
                    "email": f"c{number}@customer.example",
                    "list_ids": self.list.ids,
                }
                for number in range(first, first + count)
            ]
        )

    def make_mailing(self, **values):
        return self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": "<p>News</p>",
                "email_from": "me@acme.example",
                "reply_to": "me@acme.example",
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": self.list.ids,
                **values,
            }
        )

    def launch(self, mailing=None, count=COUNT):
        """Send a mailing as its button and its scheduled action do."""
        mailing = mailing or self.mailing
        mailing.action_launch()
        self.run_job()
        self.process()
        self.sent = len(self.sink.deliveries)
        self.assertTrue(0 < self.sent < count, "a part is to wait")
        return self.outgoing(mailing)

    def run_job(self):
        self.run_cron("mass_mailing.ir_cron_mass_mailing_queue")

    def run_cron(self, name):
        """Run a scheduled action as Odoo does, which commits."""
        self.env.flush_all()
        self.env.ref(name).method_direct_trigger()
        self.env.invalidate_all()

    def outgoing(self, mailing=None):
        mailing = mailing or self.mailing
        return self.env["mail.mail"].search(
            [("mailing_id", "=", mailing.id), ("state", "=", "outgoing")]
        )

    def later(self):
        """Return a context in which what waits may go on."""
        waiting = self.env["mail.mail"].search([("state", "=", "outgoing")])
        first = min(one.scheduled_date or fields.Datetime.now() for one in waiting)
        return freeze_time(first + timedelta(minutes=1), tick=True)

    def send_the_rest(self):
        for _time in range(50):
            if not self.env["mail.mail"].search_count([("state", "=", "outgoing")]):
                return
            with self.later():
                self.process()
        self.fail("mails are left over")

    def list_traces(self, mailing=None):
        """Return (status, failure type) of all traces, sorted."""
        traces = (mailing or self.mailing).mailing_trace_ids
        found = [(one.trace_status, one.failure_type or "") for one in traces]
        return sorted(found)

    def subscription(self, contact):
        return contact.subscription_ids.filtered(lambda one: one.list_id == self.list)


@tagged("-standard", "with_mass_mailing")
class TestMailingObeys(MailingCase):
    def test_who_must_get_none_any_more(self):
        """Between the day of sending and the day when the rest goes."""
        waiting = self.launch()
        emails = sorted(waiting.mapped("mailing_trace_ids.email"))
        contacts = {one.email: one for one in self.contacts}
        listed, left, *others = [contacts[email] for email in emails]
        self.env["mail.blacklist"]._add(listed.email)
        self.subscription(left).opt_out = True
        self.send_the_rest()
        got = self.sink.recipients()
        self.assertEqual(len(got), COUNT - 2)
        self.assertFalse({listed.email, left.email}.intersection(got))
        self.assertEqual(
            self.list_traces(),
            [("cancel", "mail_bl"), ("cancel", "mail_optout")]
            + [("sent", "")] * (COUNT - 2),
        )
        states = dict(
            waiting.exists().mapped(lambda one: (one.failure_type, one.state))
        )
        self.assertEqual(states["mail_bl"], "cancel")
        self.assertEqual(states["mail_optout"], "cancel")
        self.assertEqual(self.mailing.state, "done")
        self.assertTrue(others)

    def test_opted_in_elsewhere(self):
        """As in mass_mailing: whoever is subscribed to another list of it gets it."""
        self.mailing.contact_list_ids |= self.other_list
        waiting = self.launch()
        email = waiting[:1].mailing_trace_ids.email
        contact = self.contacts.filtered(lambda one: one.email == email)
        contact.list_ids |= self.other_list
        self.subscription(contact).opt_out = True
        self.send_the_rest()
        self.assertIn(email, self.sink.recipients())

    def test_without_the_exclusion_list(self):
        self.mailing.use_exclusion_list = False
        waiting = self.launch()
        email = waiting[:1].mailing_trace_ids.email
        self.env["mail.blacklist"]._add(email)
        self.send_the_rest()
        self.assertIn(email, self.sink.recipients())

    def test_partners(self):
        """Recipients of another model, which is asked for its own address."""
        partners = self.make_partners(COUNT)
        mailing = self.make_mailing(
            mailing_model_id=self.env["ir.model"]._get_id("res.partner"),
            mailing_domain=repr([("id", "in", partners.ids)]),
        )
        waiting = self.launch(mailing)
        email = waiting[:1].mailing_trace_ids.email
        self.env["mail.blacklist"]._add(email)
        self.send_the_rest()
        self.assertEqual(len(self.sink.recipients()), COUNT - 1)
        self.assertNotIn(email, self.sink.recipients())

    def test_queries_are_bounded(self):
        """However many mails there are."""
        self.set_limit(0)
        counts = []
        for many in (20, 200):
            mailing = self.make_mailing(subject=f"{many} readers")
            mails = self.env["mail.mail"].create(
                [
                    {
                        "email_to": f"r{number}@customer.example",
                        "mailing_id": mailing.id,
                        "mailing_trace_ids": [
                            fields.Command.create(
                                {
                                    "mass_mailing_id": mailing.id,
                                    "model": "mailing.contact",
                                    "res_id": self.contacts[0].id,
                                }
                            )
                        ],
                    }
                    for number in range(many)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertFalse(mails._cancel_unwanted(False))
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)
        self.assertLess(counts[1], 30)

    @mute_logger("odoo.addons.mail_deliverability.models.optional.mail_mail")
    def test_where_it_can_not_be_told(self):
        """Nobody gets what they may have declined; others' mails go on."""
        waiting = self.launch()
        email = waiting[:1].mailing_trace_ids.email
        self.env["mail.blacklist"]._add(email)
        other = self.env["mail.mail"].create({"email_to": "other@customer.example"})
        failing = patch.object(
            mail_mail.MailMail, "_find_unwanted", side_effect=psycopg2.Error
        )
        with failing, self.next_day():
            self.process()
            self.assertEqual(len(self.sink.deliveries), self.sent + 1)
            self.assertFalse(other.exists().filtered(lambda one: one.state != "sent"))
            tried = waiting.mapped("scheduled_date")
            self.assertGreater(min(tried), fields.Datetime.now(), "not at once")
        self.assertEqual(set(waiting.mapped("state")), {"outgoing"})
        self.send_the_rest()
        got = self.sink.recipients()
        self.assertEqual(len(got), COUNT)
        self.assertNotIn(email, got)


@tagged("-standard", "with_mass_mailing")
class TestMailingCancelled(MailingCase):
    def check_nothing_more(self, waiting, mailing=None):
        self.assertEqual(set(waiting.mapped("state")), {"cancel"})
        self.assertFalse(any(waiting.mapped("waiting_kind")))
        with self.next_day():
            self.process()
            self.run_job()
            self.process()
        self.assertEqual(len(self.sink.deliveries), self.sent)

    def test_cancel(self):
        waiting = self.launch()
        self.mailing.action_cancel()
        self.assertEqual(self.mailing.state, "draft")
        self.check_nothing_more(waiting)
        self.assertEqual(self.mailing.state, "draft")
        expected = [("cancel", "")] * len(waiting) + [("sent", "")] * self.sent
        self.assertEqual(self.list_traces(), expected)

    def test_sent_again_after_that(self):
        """Those who were left out get it, the others don't get it twice."""
        waiting = self.launch()
        self.mailing.action_cancel()
        self.mailing.action_launch()
        self.run_job()
        self.send_the_rest()
        self.assertFalse(waiting.exists())
        self.assertEqual(len(self.sink.recipients()), COUNT)
        self.assertEqual(len(set(self.sink.recipients())), COUNT)
        self.assertEqual(self.mailing.state, "done")

    def test_archived(self):
        waiting = self.launch()
        self.mailing.action_archive()
        self.check_nothing_more(waiting)
        self.assertEqual(self.mailing.state, "done")

    def test_deleted(self):
        waiting = self.launch()
        self.mailing.unlink()
        self.check_nothing_more(waiting)
        self.assertFalse(self.env["mail.mailing.progress"].search([]))

    def test_again_before_it_is_sent(self):
        """What happened where no code of ours was called, or at the same moment."""
        cases = {
            "archived": "UPDATE mailing_mailing SET active = FALSE WHERE id = %s",
            "deleted": "DELETE FROM mailing_mailing WHERE id = %s",
        }
        for name, statement in cases.items():
            self.sink.deliveries.clear()
            self.env["mail.send.counter"].search([]).unlink()
            self.env["mail.mail"].search([]).unlink()
            mailing = self.make_mailing(subject=name)
            waiting = self.launch(mailing)
            self.env.flush_all()
            self.cr.execute(statement, [mailing.id])
            self.env.invalidate_all()
            with self.subTest(name):
                with self.later():
                    self.process()
                self.assertEqual(len(self.sink.deliveries), self.sent)
                self.assertIn("cancel", waiting.mapped("state"))

    def test_cancelled_while_its_mails_are_made(self):
        """The job has written some, and goes on with the next batch."""
        self.env["ir.config_parameter"].set_param("mail.batch_size", "3")
        mails = self.registry["mail.mail"]
        plain, calls = mails.send, []

        def send(records, **options):
            calls.append(len(records))
            result = plain(records, **options)
            if len(calls) == 1:
                self.mailing.action_cancel()
            return result

        with patch.object(mails, "send", send):
            self.mailing.action_launch()
            self.run_job()
        self.assertEqual(len(self.sink.deliveries), 3)
        self.assertEqual(self.mailing.state, "draft")
        self.assertFalse(self.outgoing())

    def test_a_mail_cancelled_by_hand(self):
        mail = self.launch()[:1]
        mail.cancel()
        self.assertEqual(mail.mailing_trace_ids.trace_status, "cancel")
        mail.mark_outgoing()
        self.assertEqual(mail.mailing_trace_ids.trace_status, "outgoing")
        self.send_the_rest()
        self.assertEqual(len(self.sink.recipients()), COUNT)


@tagged("-standard", "with_mass_mailing")
class TestMailingProgress(MailingCase):
    def test_where_nothing_leaves_it_is_done_as_in_odoo(self):
        """As in a test that does not let mails go, with a limit or without."""
        servers = type(self.env["ir.mail_server"])
        with patch.object(servers, "_disable_send", lambda *_: True):
            self.mailing.action_launch()
            self.run_job()
        self.assertEqual(len(self.outgoing()), COUNT)
        self.assertEqual(self.mailing.state, "done")
        self.assertTrue(self.mailing.sent_date)

    def test_state_and_dates(self):
        waiting = self.launch()
        self.assertEqual(self.mailing.state, "sending")
        self.assertFalse(self.mailing.sent_date)
        text = self.mailing.warning_message
        self.assertIn(f"{self.sent} of {COUNT} emails have been sent", text)
        self.assertEqual(self.mailing.received_ratio, 100)
        self.run_job()
        self.assertEqual(self.mailing.state, "sending")
        self.send_the_rest()
        self.assertEqual(self.mailing.state, "done")
        self.assertFalse(self.mailing.warning_message)
        last = max(self.mailing.mailing_trace_ids.mapped("sent_datetime"))
        self.assertEqual(self.mailing.sent_date, last)
        self.assertFalse(waiting.exists())

    def test_the_form_promises_nothing(self):
        """Where emails wait for days, mass_mailing says that they are sent soon."""
        form = self.env["mailing.mailing"].get_view(view_type="form")
        arch = etree.fromstring(form["arch"])
        (soon,) = arch.iterfind(".//span[@name='scheduled_text']")
        waits = "(state == 'sending' and warning_message)"
        self.assertTrue(soon.get("invisible").endswith(f" or {waits}"))
        wait = soon.getnext()
        self.assertEqual(wait.text, "emails wait.")
        self.assertTrue(wait.get("invisible").endswith(f" or not {waits}"))

    def test_the_end_is_weeks_away(self):
        """Their mails have dates for the next days only: then they are put off anew."""
        self.set_limit(2)
        self.make_contacts(100, first=COUNT)
        self.mailing.invalidate_recordset()
        self.launch(count=COUNT + 100)
        progress = self.env["mail.mailing.progress"]
        rest = progress._get_rests(self.mailing)[self.mailing]
        end = progress._foresee_rest(self.mailing, rest.last_id).until
        self.assertGreater(end, fields.Datetime.now() + timedelta(days=30))
        self.assertIn(format_moment(self.env, end), self.mailing.warning_message)

    def test_so_many_that_the_queue_sends_them(self):
        """mass_mailing only makes the mails, and takes the mailing for done."""
        self.env["ir.config_parameter"].set_param("mail.mail.force.send.limit", "3")
        self.mailing.action_launch()
        self.run_job()
        self.assertFalse(self.sink.deliveries)
        self.assertEqual(
            (self.mailing.state, self.mailing.sent_date), ("sending", False)
        )
        self.assertIn(f"0 of {COUNT}", self.mailing.warning_message)
        self.process()
        self.assertEqual(self.mailing.state, "sending")
        self.send_the_rest()
        self.assertEqual(self.mailing.state, "done")
        self.assertTrue(self.mailing.kpi_mail_required)

    def test_named_while_writing_to_many(self):
        """mass_mailing makes a mailing that is done, and then the mails."""
        partners = self.make_partners(COUNT)
        composer = self.env["mail.compose.message"].create(
            {
                "composition_mode": "mass_mail",
                "model": "res.partner",
                "res_ids": repr(partners.ids),
                "subject": "News",
                "body": "<p>News</p>",
                "email_from": "me@acme.example",
                "mass_mailing_name": "Named",
            }
        )
        composer._action_send_mail()
        mailing = composer.mass_mailing_id
        self.assertTrue(self.outgoing(mailing))
        self.assertEqual(mailing.state, "sending")
        self.send_the_rest()
        self.assertEqual(mailing.state, "done")
        self.assertEqual(len(self.sink.recipients()), COUNT)

    def test_percentages(self):
        self.launch()
        traces = self.mailing.mailing_trace_ids
        traces.filtered(lambda one: one.trace_status == "sent")[:1].set_opened()
        self.env.invalidate_all()
        expected = round(100 / self.sent, 2)
        self.assertEqual(self.mailing.opened_ratio, expected)
        self.assertEqual(self.mailing.received_ratio, 100)

    def test_statistics(self):
        """A day after the last mail, not after the first."""
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("mass_mailing.mass_mailing_reports", "True")
        self.launch()
        self.assertFalse(self.mailing.kpi_mail_required)
        with self.next_day():
            self.run_job()
        self.assertFalse(self.find_reports())
        values = self.mailing._prepare_statistics_email_values()
        self.assertIn(f"{self.sent} of {COUNT}", values["kpi_data"][0]["kpi_fullname"])
        self.send_the_rest()
        self.assertTrue(self.mailing.kpi_mail_required)
        after = self.mailing.sent_date + timedelta(hours=25)
        with freeze_time(after, tick=True):
            self.run_job()
        self.assertEqual(len(self.find_reports()), 1)
        self.assertIn("100.0%", self.find_reports().body_html)

    def find_reports(self):
        return self.env["mail.mail"].search([("subject", "like", "24H Stats")])

    def test_who_joins_the_list_later(self):
        self.launch()
        self.make_contacts(1, first=COUNT)
        self.run_job()
        self.send_the_rest()
        self.run_job()
        self.assertEqual(len(self.sink.recipients()), COUNT)
        self.assertEqual(self.mailing.state, "done")

    def test_a_job_that_was_killed_goes_on(self):
        """Its mails are not all made."""
        self.mailing.write({"state": "sending"})
        self.mailing._action_send_mail(self.contacts[:6].ids)
        self.mailing.write({"state": "sending"})
        self.env["mail.mailing.progress"].search([]).unlink()  # it did not come so far
        self.run_job()
        self.send_the_rest()
        self.assertEqual(len(set(self.sink.recipients())), COUNT)
        self.assertEqual(self.mailing.state, "done")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_failed_ones_are_tried_again(self):
        refused = f"c{COUNT - 1}@customer.example"
        self.sink.refused_recipients.add(refused)
        self.addCleanup(self.sink.refused_recipients.clear)
        self.launch()
        self.send_the_rest()
        self.assertEqual(self.mailing.state, "done")
        self.assertEqual(self.list_traces().count(("sent", "")), COUNT - 1)
        self.sink.refused_recipients.clear()
        self.mailing.action_retry_failed()
        with self.next_day(), self.next_day(), self.next_day():
            self.run_job()
            self.process()
        self.send_the_rest()
        self.assertIn(refused, self.sink.recipients())
        self.assertEqual(len(self.sink.recipients()), COUNT)
        self.assertEqual(self.mailing.state, "done")

    def test_versions_are_compared_when_all_have_left(self):
        first = self.make_mailing(ab_testing_enabled=True, ab_testing_pc=50)
        second = first.copy({"subject": "Second"})
        second.campaign_id = first.campaign_id
        self.set_limit(6)
        for mailing in (first, second):
            mailing.action_launch()
            self.run_job()
        self.process()
        states = {first.state, second.state}
        self.assertIn("sending", states)
        campaign = first.campaign_id
        campaign.ab_testing_schedule_datetime = fields.Datetime.now()
        self.env["utm.campaign"]._cron_process_mass_mailing_ab_testing()
        self.assertFalse(campaign.ab_testing_completed)
        sample = len(
            self.env["mailing.trace"].search([("campaign_id", "=", campaign.id)])
        )
        self.run_job()
        self.send_the_rest()
        self.assertEqual(len(self.sink.deliveries), sample)
        self.env["utm.campaign"]._cron_process_mass_mailing_ab_testing()
        self.assertTrue(campaign.ab_testing_completed)

    def test_the_form_offers_to_cancel(self):
        arch = self.env["mailing.mailing"].get_views([(False, "form")])
        form = arch["views"]["form"]["arch"]
        self.assertIn("invisible=\"state not in ('in_queue', 'sending')\"", form)

    def test_without_a_limit(self):
        """Nothing waits: as in mass_mailing."""
        self.set_limit(0)
        self.mailing.action_launch()
        self.run_job()
        self.assertEqual(self.mailing.state, "done")
        self.assertTrue(self.mailing.kpi_mail_required)
        self.assertEqual(len(self.sink.recipients()), COUNT)
        self.assertFalse(self.env["mail.mailing.progress"].search([]))
