# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Some days of a company with the default limit, played in minutes.

Run by dev/devenv on a database of its own, since it commits: ``python days.py
DATABASE``. Odoo's own ways make the mails, its scheduled actions run when they are due,
the mails leave to an SMTP server here. Only the clock is another one.

It prints what was made and what has left, and fails where a login code, an account's
mail or people's mail has waited while a mass mailing left, where a reminder or an
invitation came after what it is about, or where anything is lost.
"""

import contextlib
import io
import logging
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time
from PIL import Image

import odoo.modules.registry
from odoo import SUPERUSER_ID, Command, api, fields, sql_db
from odoo.exceptions import UserError
from odoo.tools import config

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))
from smtp_sink import SmtpSink  # noqa: E402

EMPLOYEES = 40
READERS = 1000
GUESTS = 300
INVOICES = 250
ASKED = 230
LAST_DAY = 25
# A Monday, so that the days of the week are the same in each run.
START = datetime.now(UTC).replace(
    hour=0, minute=0, second=0, microsecond=0, tzinfo=None
)
START += timedelta(days=7 - START.weekday())
# Scheduled actions, with the hours between two runs; they also run when triggered.
QUEUE = "mail.ir_cron_mail_scheduler_action"
JOBS = {
    QUEUE: 1,
    "mass_mailing.ir_cron_mass_mailing_queue": 24,
    "event.event_mail_scheduler": 24,
    "account.ir_cron_account_move_send": 24,
    "calendar.ir_cron_scheduler_alarm": 24,
    "digest.ir_cron_digest_scheduler_action": 24,
}
# No mass mailing leaves while one of these waits.
BEFORE_BULK = ("code", "account", "people")
CLASSES = ("code", "account", "public", "people", "bulk")


@dataclass
class Message:
    """A message that is to go to some recipients.

    :ivar due: when it may go at the earliest.
    :ivar before: when it must have come, if at all.
    :ivar made, left, failed: recipients.
    """

    due: datetime
    send_class: str
    what: str
    made: int
    before: datetime | None = None
    left: int = 0
    failed: int = 0
    last: datetime | None = None

    def say_since(self):
        return f"{self.what} ({self.send_class}) of {self.due:%a %d %H:%M}"


class Book:
    """What was made and what became of it, by message."""

    def __init__(self):
        self.messages = {}
        self.bulk_left = []
        self.what = ""
        self.before = None

    def note_made(self, mails):
        now = fields.Datetime.now()
        for mail in mails:
            due = max(now, mail._get_requested_date() or now)
            size = sum(one.size for one in mail._get_smtp_messages())
            made = Message(due, mail.send_class, self.what, size, self.before)
            self.messages.setdefault(mail.mail_message_id.id, made)

    def note_end(self, mail, failed):
        message = self.messages[mail.mail_message_id.id]
        message.send_class = mail.send_class
        size = sum(one.size for one in mail._get_smtp_messages())
        if failed:
            message.failed += size
            return
        message.left += size
        message.last = fields.Datetime.now()
        if mail.send_class == "bulk":
            self.bulk_left.append(message.last)

    def find_overtaken(self):
        """Return what was due and waited while a mass mailing left, with the moment."""
        for message in self.messages.values():
            if message.send_class not in BEFORE_BULK:
                continue
            end = message.last or datetime.max
            moments = (one for one in self.bulk_left if message.due < one < end)
            if moment := next(moments, None):
                yield message, moment

    def find_late(self):
        """Return what came after the moment before which it was to come."""
        for message in self.messages.values():
            if message.before and not (message.last and message.last < message.before):
                yield message

    def show(self):
        """Print a table of classes and of what made the mails."""
        print("| class | what | made | left | longest wait |")
        print("|---|---|---|---|---|")
        for (send_class, what), found in self.group(CLASSES.index):
            made, left = sum(m.made for m in found), sum(m.left for m in found)
            waits = [message.last - message.due for message in found if message.last]
            wait = say(max(waits, default=timedelta()))
            print(f"| {send_class} | {what} | {made} | {left} | {wait} |")

    def show_in_time(self):
        """Print how long before their moment those came that have one."""
        for (_class, what), found in self.group(CLASSES.index):
            spare = [m.before - m.last for m in found if m.before and m.last]
            if spare:
                print(f"{what}: the last came {say(min(spare))} before it begins")

    def group(self, rank):
        """Return ((class, what), messages), the classes in this order."""
        groups = defaultdict(list)
        for message in self.messages.values():
            groups[message.send_class, message.what].append(message)
        return sorted(groups.items(), key=lambda one: (rank(one[0][0]), one[0][1]))


def say(wait):
    """Say a time as people do."""
    minutes = max(0, int(wait.total_seconds() // 60))
    if minutes < 2:
        return "none"
    if minutes < 120:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes / 60 / 24:.1f} days"


class Company:
    """The company, its mails, and its week.

    :param str database: its name.
    :param Book book: where it is noted what was made.
    """

    def __init__(self, database, book, sink):
        self.registry = odoo.modules.registry.Registry(database)
        self.book = book
        self.sink = sink
        self.plan = []
        self.event_begin = START + timedelta(days=13, hours=9)
        self.meeting = None
        self.jobs = {}
        self.day = None

    @contextlib.contextmanager
    def env(self, what="", before=None):
        self.book.what, self.book.before = what, before
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})

    # ------------------------------------------------------------
    # Who is there
    # ------------------------------------------------------------

    def found(self):
        with self.env("set-up") as env:
            env["ir.mail_server"].search([]).active = False
            server = {"smtp_host": self.sink.host, "smtp_port": self.sink.port}
            env["ir.mail_server"].create({"name": "sink", **server})
            env["mail.mail"].search([]).unlink()
            env["mail.send.counter"].search([]).unlink()
            env["ir.cron.trigger"].search([]).unlink()
            env["digest.digest"].search([]).write({"state": "deactivated"})
            domain = env["mail.alias.domain"].create({"name": "acme.example"})
            company = env.company
            company.write({"alias_domain_id": domain.id, "email": "info@acme.example"})
            chart = env["account.chart.template"]
            chart.try_loading("generic_coa", company, install_demo=False)
            quiet = env["res.users"].with_context(no_reset_password=True)
            self.users = quiet.create(
                [
                    {
                        "name": f"Employee {number}",
                        "login": f"e{number}",
                        "email": f"e{number}@acme.example",
                        "group_ids": [Command.link(env.ref("base.group_user").id)],
                    }
                    for number in range(EMPLOYEES)
                ]
            ).ids
            self.customers = self.make_partners(env, "customer", GUESTS)

    def make_partners(self, env, name, count):
        return (
            env["res.partner"]
            .create(
                [
                    {"name": f"{name} {n}", "email": f"{name}{n}@customer.example"}
                    for n in range(count)
                ]
            )
            .ids
        )

    # ------------------------------------------------------------
    # What happens
    # ------------------------------------------------------------

    def at(self, day, hour, story, *arguments):
        """Plan something: on a day (0: the first Monday) at an hour, UTC."""
        moment = START + timedelta(days=day, hours=hour)
        self.plan.append((moment, len(self.plan), story, arguments))

    def plan_all(self):
        self.at(0, 8, self.send_mailing)
        self.at(0, 9, self.open_event)
        for day in (0, 1, 2, 3, 4):
            self.at(day, 10, self.register, 60)
        self.at(1, 11, self.send_invoices)
        self.at(2, 9.5, self.ask_survey)
        self.at(3, 6, self.send_digest)
        # In both weeks, but not while people's own mails are more than the limit: after
        # the invoices even an invitation waits for the next day.
        self.at(4, 13, self.meet)
        self.at(8, 13, self.meet)
        for day in [*range(5), *range(7, 12)]:
            for number in range(EMPLOYEES):
                self.at(day, 7 + number * 0.25, self.post, number)
            for hour in (7.1, 8.1, 12.6, 16.1):
                self.at(day, hour, self.log_in, int(hour))
            self.at(day, 14.2, self.forget_password, day)
            self.at(day, 15.3, self.invite_colleague, day)

    def send_mailing(self):
        with self.env("mailing of 1,000") as env:
            readers = env["mailing.list"].create({"name": "Readers"})
            env["mailing.contact"].create(
                [
                    {
                        "name": f"Reader {number}",
                        "email": f"reader{number}@customer.example",
                        "list_ids": readers.ids,
                    }
                    for number in range(READERS)
                ]
            )
            mailing = env["mailing.mailing"].create(
                {
                    "subject": "News",
                    "body_html": "<p>News</p>",
                    "email_from": "info@acme.example",
                    "mailing_model_id": env["ir.model"]._get_id("mailing.list"),
                    "contact_list_ids": readers.ids,
                }
            )
            mailing.action_launch()
            self.mailing = mailing.id

    def open_event(self):
        """In two weeks, with a confirmation and a reminder three days before."""
        with self.env("event") as env:
            confirmation = {
                "notification_type": "mail",
                "interval_nbr": 0,
                "interval_unit": "now",
                "interval_type": "after_sub",
                "template_ref": self.get_template(env, "event.event_subscription"),
            }
            reminder = {
                "notification_type": "mail",
                "interval_nbr": 3,
                "interval_unit": "days",
                "interval_type": "before_event",
                "template_ref": self.get_template(env, "event.event_reminder"),
            }
            mails = [Command.create(confirmation), Command.create(reminder)]
            self.event = (
                env["event.event"]
                .create(
                    {
                        "name": "Open House",
                        "date_begin": self.event_begin,
                        "date_end": self.event_begin + timedelta(hours=8),
                        "event_mail_ids": [Command.clear(), *mails],
                    }
                )
                .id
            )

    def get_template(self, env, name):
        return f"mail.template,{env.ref(name).id}"

    def register(self, count):
        with self.env("event of 300: confirmations") as env:
            done = env["event.registration"].search_count([])
            partners = env["res.partner"].browse(self.customers[done : done + count])
            env["event.registration"].create(
                [
                    {
                        "event_id": self.event,
                        "partner_id": partner.id,
                        "name": partner.name,
                        "email": partner.email,
                    }
                    for partner in partners
                ]
            )

    def send_invoices(self):
        with self.env("250 invoices") as env:
            moves = env["account.move"].create(
                [
                    {
                        "move_type": "out_invoice",
                        "partner_id": customer,
                        "invoice_date": fields.Date.today(),
                        "invoice_line_ids": [
                            Command.create({"name": "Work", "price_unit": 100})
                        ],
                    }
                    for customer in self.customers[:INVOICES]
                ]
            )
            moves.action_post()
            wizards = env["account.move.send.batch.wizard"]
            wizard = wizards.with_context(
                active_model="account.move", active_ids=moves.ids
            ).create({})
            wizard.action_send_and_print()

    def ask_survey(self):
        with self.env("survey of 230") as env:
            question = {"title": "Happy?", "question_type": "char_box"}
            survey = env["survey.survey"].create(
                {"title": "Happy?", "question_and_page_ids": [Command.create(question)]}
            )
            action = survey.action_send_survey()
            people = self.make_partners(env, "asked", ASKED)
            wizards = env["survey.invite"].with_context(**action["context"])
            wizard = wizards.create({"partner_ids": [Command.set(people)]})
            wizard.action_invite()

    def send_digest(self):
        """Its scheduled action sends it today, to all employees."""
        with self.env("digest") as env:
            env["digest.digest"].create(
                {
                    "name": "Weekly",
                    "user_ids": [Command.set(self.users)],
                    "next_run_date": fields.Date.today(),
                    "state": "activated",
                    "kpi_mail_message_total": True,
                }
            )
            self.trigger(env, "digest.ir_cron_digest_scheduler_action")

    def meet(self):
        """A meeting in two hours, with ten customers, and a reminder before."""
        now = fields.Datetime.now().replace(second=0)
        self.meeting = begin = now + timedelta(hours=2)
        with self.env("meeting in two hours: invitations", begin) as env:
            user = env["res.users"].browse(self.users[0])
            alarm = env["calendar.alarm"].create(
                {
                    "name": "An hour before",
                    "alarm_type": "email",
                    "duration": 1,
                    "interval": "hours",
                }
            )
            env["calendar.event"].with_user(user).create(
                {
                    "name": "Meeting",
                    "start": begin,
                    "stop": begin + timedelta(hours=1),
                    "partner_ids": [Command.set(self.customers[:10])],
                    "alarm_ids": [Command.set(alarm.ids)],
                }
            )

    def post(self, number):
        with self.env("40 employees posting") as env:
            user = env["res.users"].browse(self.users[number])
            customer = env["res.partner"].browse(self.customers[number])
            customer.with_user(user).sudo().message_post(
                body="<p>Hello</p>",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=customer.ids,
                author_id=user.partner_id.id,
            )

    def log_in(self, number):
        with self.env("two-factor login") as env:
            public = env.ref("base.public_user")
            user = env["res.users"].browse(self.users[number]).with_user(public).sudo()
            # It counts by the address of the request, and there is none here.
            with patch.object(type(user), "_totp_rate_limit", lambda *_: None):
                user._send_totp_mail_code()

    def forget_password(self, day):
        with self.env("password reset") as env:
            public = env.ref("base.public_user")
            users = env["res.users"].with_user(public).sudo()
            # Where the public part is used up, the page says so to everybody, and
            # colleagues get their link all the same.
            with contextlib.suppress(UserError):
                users.reset_password(f"e{day}")

    def invite_colleague(self, day):
        with self.env("invitation") as env:
            env["res.users"].with_context(no_reset_password=False).create(
                {
                    "name": "New",
                    "login": f"new{day}",
                    "email": f"new{day}@acme.example",
                }
            )

    # ------------------------------------------------------------
    # Time passes
    # ------------------------------------------------------------

    def trigger(self, env, name):
        env.ref(name)._trigger()

    def play(self, clock):
        """Play the plan, and the scheduled actions, until nothing waits."""
        runs = {name: START for name in JOBS}
        self.plan.sort(key=lambda one: one[:2])
        with self.env() as env:
            self.jobs = {env.ref(name).id: name for name in JOBS}
        while not self.is_over():
            triggers = self.find_triggers().values()
            planned = (one[0] for one in self.plan[:1])
            moment = min([*runs.values(), *triggers, *planned])
            if moment > START + timedelta(days=LAST_DAY):
                return
            # A scheduled action runs after the moment it is triggered for, never at it.
            clock.move_to(max(moment + timedelta(seconds=1), fields.Datetime.now()))
            while self.plan and self.plan[0][0] <= fields.Datetime.now():
                _moment, _number, story, arguments = self.plan.pop(0)
                story(*arguments)
            self.run_jobs(runs)
            self.say_day()

    def say_day(self):
        if self.day != (today := fields.Date.today()):
            print(f"-- {today:%A}", file=sys.stderr)
            self.day = today

    def run_jobs(self, runs):
        """Run the scheduled actions that are due.

        :param dict runs: when each runs next, without a trigger; is moved on.
        """
        now, triggers = fields.Datetime.now(), self.find_triggers()
        for name, hours in JOBS.items():
            due = runs[name] <= now
            while runs[name] <= now:
                runs[name] += timedelta(hours=hours)
            # The queue needs not run, every hour of a weekend, where nothing waits.
            idle = name == QUEUE and due and self.is_queue_empty()
            if triggers.get(name, datetime.max) <= now or (due and not idle):
                self.run_job(name)

    def find_triggers(self):
        """Return when each scheduled action is triggered to run next, by its name."""
        with self.registry.cursor() as cr:
            cr.execute("SELECT DISTINCT cron_id, call_at FROM ir_cron_trigger")
            rows = cr.fetchall()
        triggers = {}
        for job, due in rows:
            if name := self.jobs.get(job):
                due = put_off(due) if name == QUEUE else due
                triggers[name] = min(due, triggers.get(name, due))
        return triggers

    def run_job(self, name):
        makes = {
            "event.event_mail_scheduler": ("event of 300: reminders", self.event_begin),
            "account.ir_cron_account_move_send": ("250 invoices",),
            "calendar.ir_cron_scheduler_alarm": (
                "meeting in two hours: reminders",
                self.meeting,
            ),
            "digest.ir_cron_digest_scheduler_action": ("digest",),
            "mass_mailing.ir_cron_mass_mailing_queue": ("mailing of 1,000",),
        }
        with self.env(*makes.get(name, ("other",))) as env:
            cron = env.ref(name)
            now = fields.Datetime.now()
            domain = [("cron_id", "=", cron.id), ("call_at", "<=", now)]
            env["ir.cron.trigger"].search(domain).unlink()
            cron.method_direct_trigger()

    def is_over(self):
        return not self.plan and self.is_event_over() and self.is_queue_empty()

    def is_event_over(self):
        return fields.Datetime.now() > self.event_begin

    def is_queue_empty(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT 1 FROM mail_mail WHERE state = 'outgoing' LIMIT 1")
            return not cr.rowcount


def put_off(due):
    """Let the queue run on full hours only, where it isn't triggered at once.

    It lets a mass mailing go on each quarter, which takes three times as long here.
    """
    if not due.minute or due.second:
        return due
    return due.replace(minute=0) + timedelta(hours=1)


def make_pdfs(_report, _report_ref, _data, res_ids=None):
    """Return a page with nothing on it for each record, as Odoo's method would."""
    streams = {}
    for res_id in res_ids or ():
        streams[res_id] = {"stream": io.BytesIO(), "attachment": None}
        Image.new("RGB", (10, 10)).save(streams[res_id]["stream"], "PDF")
    return streams


@contextlib.contextmanager
def noting(company):
    """Note each mail that is made, and what becomes of it."""
    mails, book = company.registry["mail.mail"], company.book
    create, end = mails.create, mails._postprocess_sent_message

    def noting_create(self, vals_list):
        made = create(self, vals_list)
        book.note_made(made)
        return made

    def noting_end(self, *arguments, failure_type=None, **options):
        for mail in self:
            book.note_end(mail, failure_type)
        return end(self, *arguments, failure_type=failure_type, **options)

    noting_create._api_model = True
    reports = company.registry["ir.actions.report"]
    with (
        patch.object(mails, "create", noting_create),
        patch.object(mails, "_postprocess_sent_message", noting_end),
        # PostgreSQL has a clock of its own.
        patch.object(sql_db.BaseCursor, "now", lambda _cr: datetime.now()),
        # Of PDFs only this is not real: it needs a program that may not be there.
        patch.object(reports, "_render_qweb_pdf_prepare_streams", make_pdfs),
    ):
        yield


def main(database):
    config.parse_config(["-d", database, "--log-level=error", "--no-http"])
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd's
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    book = Book()
    with SmtpSink() as sink, freeze_time(START, tick=True) as clock:
        company = Company(database, book, sink)
        company.found()
        book.messages.clear()
        company.plan_all()
        with noting(company):
            company.play(clock)
        days = (fields.Datetime.now() - START).days + 1
        received = len(sink.recipients())
    return report(book, days, received)


def report(book, days, received):
    """Print the table; returns whether all is as it should be."""
    book.show()
    print()
    book.show_in_time()
    messages = book.messages.values()
    left, failed = sum(m.left for m in messages), sum(m.failed for m in messages)
    waiting = sum(m.made for m in messages) - left - failed
    print(f"{days} days, {left} recipients, {failed} failed, {waiting} not sent")
    wrong = [
        f"a mass mailing left on {moment:%a %d %H:%M}; {message.say_since()} waited"
        for message, moment in book.find_overtaken()
    ]
    wrong += [f"{message.say_since()} came too late" for message in book.find_late()]
    if received != left:
        wrong.append(f"{received} recipients have come")
    for sentence in wrong[:20]:
        print(f"FAILED: {sentence}")
    return not (wrong or failed or waiting)


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1]))
