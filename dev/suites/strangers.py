# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Strangers at a running server with two workers, while employees do their work.

Run by dev/devenv on a database of its own, since it commits:
``python strangers.py DATABASE``. SERVER is the command that starts Odoo on it, PORT and
the next are free, SERVER_LOG takes its log. All is on loopback: the server, its SMTP
and its DNS server, the actors.
"""

import json
import os
import re
import resource
import shlex
import signal
import subprocess
import tempfile
import time
import unittest
import xmlrpc.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import harness
import requests
from harness import PATIENCE, Program, Sink

from odoo.fields import Command
from odoo.tools.misc import limited_field_access_token

LIMIT, PUBLIC, URGENT = 200, 40, 30  # the defaults: 20 percent are public
RESETS, LOGINS, INBOUND, TO_ALIAS, FORMS, SIGN_UPS = 300, 60, 300, 50, 200, 20
STRANGERS, EMPLOYEES, POSTS = 4, 3, 60  # the first two work side by side
LIMIT_KEY = "mail_deliverability.daily_limit"
PASSWORD = "correct horse battery"
URL = "http://127.0.0.1:%s"
# Who gets a mail tells what it is.
KINDS = {
    "customer": "employees' mails",
    "employee": "notices",
    "admin": "notices",
    "login": "resets",
    "new": "sign-ups",
    "stranger": "bounces",
    "desk": "strangers' messages",
}
LINES_PER_EVENT = 6
BAD_LINE = re.compile(r"Traceback|^\S+ \S+ \d+ (ERROR|CRITICAL) ", re.M)


def environment():
    return harness.environment(DATABASE)


def prepare(smtp_port, dns_port):
    """Make the company; return what the actors know of it."""
    with environment() as env:
        set_param = env["ir.config_parameter"].set_param
        for key, value in {
            LIMIT_KEY: LIMIT,
            "mail_deliverability.nameservers": f"127.0.0.1:{dns_port}",
            "mail_deliverability.dns_timeout": 1,
            "auth_signup.invitation_scope": "b2c",
            "auth_signup.reset_password": "True",
            "auth_totp.policy": "all_required",
            "web.base.url": URL % PORT,
        }.items():
            set_param(key, str(value))
        queue = env.ref("mail.ir_cron_mail_scheduler_action")
        env["ir.cron"].search([("id", "!=", queue.id)]).active = False
        env["ir.mail_server"].search([]).active = False
        env["ir.mail_server"].create(
            {"name": "sink", "smtp_host": "127.0.0.1", "smtp_port": smtp_port}
        )
        env.company.alias_domain_id = env["mail.alias.domain"].create(
            {"name": "acme.example", "default_from": "notifications"}
        )
        return {**make_people(env), **make_doors(env)}


def make_people(env):
    users = env["res.users"].with_context(no_reset_password=True)
    groups = env.ref("base.group_user") + env.ref("base.group_partner_manager")
    values = [
        {"login": f"{kind}{number}@acme.example", "notification_type": "email"}
        for kind, count in (("employee", EMPLOYEES), ("login", LOGINS), ("desk", 1))
        for number in range(count)
    ]
    for one in values:
        one |= {"name": one["login"], "email": one["login"]}
        one["group_ids"] = [Command.set(groups.ids)]
    made = users.create(values)
    admin = env.ref("base.user_admin")
    admin.email = "admin@acme.example"
    (admin + made[:EMPLOYEES]).password = PASSWORD
    customers = env["res.partner"].create(
        [{"name": "C", "email": f"customer{n}@customer.example"} for n in range(POSTS)]
    )
    keys = env["res.users.apikeys"].with_user(admin)
    expires = datetime.now() + timedelta(days=1)
    return {
        "desk": made[-1].partner_id.id,
        "customers": customers.ids,
        "gateway": (admin.id, keys._generate(None, "mail gateway", expires)),
    }


def make_doors(env):
    """A channel that visitors can write into, and an alias: they notify the desk."""
    desk = env["res.users"].search([("login", "=", "desk0@acme.example")]).partner_id
    channels = env["discuss.channel"].create(
        # One for each visitor: Odoo lets writers into one channel wait for each other.
        [{"name": "Ask us", "channel_type": "channel", "group_public_id": False}]
        * STRANGERS
    )
    record = env["res.partner"].create({"name": "Requests"})
    record.message_subscribe(desk.ids)
    env["mail.alias"].create(
        {
            "alias_name": "info",
            "alias_domain_id": env.company.alias_domain_id.id,
            "alias_model_id": env["ir.model"]._get_id("res.partner"),
            "alias_force_thread_id": record.id,
            "alias_contact": "everyone",
        }
    )
    scope = "mail.message_mention"
    token = limited_field_access_token(desk.with_env(env), "id", scope=scope)
    doors = [(channel.id, channel.uuid) for channel in channels]
    return {"channels": doors, "mention": token}


class Server:
    """Odoo with two workers; its log is ``log``."""

    def __enter__(self):
        self._path = Path(os.environ["SERVER_LOG"])
        ports = (f"--http-port={PORT}", f"--gevent-port={EVENTED_PORT}")
        command = [*shlex.split(os.environ["SERVER"]), *ports]
        with open(self._path, "w") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self._wait_for(URL % PORT + "/web/login")
            self._wait_for(URL % EVENTED_PORT + "/web/health")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self.log = self._path.read_text()

    def _wait_for(self, url):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                requests.get(url, timeout=PATIENCE).raise_for_status()
                return
            except requests.ConnectionError:
                time.sleep(0.1)
        raise TimeoutError(f"{url} does not answer:\n{self._path.read_text()[-4000:]}")


class Visitor:
    """A browser: it keeps cookies and sends forms with their tokens."""

    def __init__(self):
        self.session = requests.Session()
        self.token = ""

    def get(self, path):
        answer = self.session.get(URL % PORT + path, timeout=PATIENCE)
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        return answer

    def post(self, path, **values):
        if not self.token:
            self.get(path)
        values["csrf_token"] = self.token
        return self.session.post(
            URL % PORT + path, data=values, timeout=PATIENCE, allow_redirects=False
        )

    def call(self, path, **params):
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self.session.post(URL % PORT + path, json=body, timeout=PATIENCE)
        found = answer.json()
        if "error" in found:
            raise AssertionError(found["error"]["data"]["debug"])
        return found["result"]

    def log_in(self, login, sink):
        """Log in with the password, then with the code that comes by mail."""
        before = sink.count()
        self.get("/web/login")
        self.post("/web/login", login=login, password=PASSWORD)
        page = self.get("/web/login/totp")
        code = wait_for_code(sink, login.partition("@")[0], before)
        if not code:
            raise AssertionError(f"no code for {login}: {page.text[-3000:]}")
        self.post("/web/login/totp", totp_token=code)
        return self.call("/web/session/get_session_info")["uid"]


def kind_of(path, recipient):
    """Return of which kind a mail is."""
    if find_code(path):
        return "codes"
    if "New Connection" in read(path)["Subject"]:
        return "notices"
    return KINDS[re.match(r"[a-z]+", recipient)[0]]


def read(path):
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def find_code(path):
    """Return the login code that a mail brings, "" where it is another one."""
    body = read(path).get_body(("html", "plain")).get_content()
    found = re.search(r">\s*(\d{3}\s?\d{3})\s*<", body)
    return found[1].replace(" ", "") if found else ""


def wait_for_code(sink, name, before):
    """Return the login code in the newest mail to somebody, "" if none comes."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for path, recipients in reversed(list(sink.envelopes())[before:]):
            if recipients[0].startswith(f"{name}@") and (code := find_code(path)):
                return code
        time.sleep(0.05)
    return ""


class Strangers:
    """What visitors and senders of mails do, in one order."""

    def __init__(self, known):
        self.known = known
        self.visitors = [Visitor() for _number in range(STRANGERS)]
        self.statuses = Counter()

    def events(self):
        """Each thing that is done, all kinds mixed, each as (function, number)."""
        kinds = (
            (self.reset, RESETS),
            (self.mail, INBOUND),
            (self.write, FORMS),
            (self.sign_up, SIGN_UPS),
        )
        found = [
            ((number + 1) / count, order, do, number)
            for order, (do, count) in enumerate(kinds)
            for number in range(count)
        ]
        return [(do, number) for _when, _order, do, number in sorted(found, key=_first)]

    def reset(self, visitor, number):
        login = f"login{number % LOGINS}@acme.example"
        answer = visitor.post("/web/reset_password", login=login)
        self.statuses["reset", answer.status_code] += 1

    def sign_up(self, visitor, number):
        login = f"new{number}@new.example"
        answer = Visitor().post(
            "/web/signup",
            login=login,
            name=login,
            password=PASSWORD,
            confirm_password=PASSWORD,
        )
        self.statuses["sign-up", answer.status_code] += 1

    def write(self, visitor, number):
        door = self.visitors.index(visitor)
        channel, invitation = self.known["channels"][door]
        if "dgid" not in visitor.session.cookies:
            visitor.get(f"/chat/{channel}/{invitation}").raise_for_status()
        desk = self.known["desk"]
        data = {
            "body": f"Hello {number}",
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            "partner_ids": [desk],
            "partner_ids_mention_token": {str(desk): self.known["mention"]},
        }
        thread = {"thread_model": "discuss.channel", "thread_id": channel}
        visitor.call("/mail/message/post", **thread, post_data=data)
        self.statuses["form", 200] += 1

    def mail(self, _visitor, number):
        """As odoo-mailgate.py hands it over."""
        to = "info" if number % (INBOUND // TO_ALIAS) == 0 else "catchall"
        message = (
            f"From: stranger{number}@stranger.example\nTo: {to}@acme.example\n"
            f"Message-Id: <{number}@stranger.example>\nSubject: Hello\n\nHello\n"
        )
        models = xmlrpc.client.ServerProxy(URL % PORT + "/xmlrpc/2/object")
        arguments = [False, xmlrpc.client.Binary(message.encode())]
        call = (DATABASE, *self.known["gateway"], "mail.thread", "message_process")
        models.execute_kw(*call, arguments)
        self.statuses["mail", 200] += 1


def _first(event):
    return event[:2]


def strike(strangers):
    """Let all strangers do what they do, side by side."""
    events = strangers.events()

    def work(first):
        for do, number in events[first::STRANGERS]:
            do(strangers.visitors[first], number)

    with ThreadPoolExecutor(STRANGERS) as pool:
        list(pool.map(work, range(STRANGERS)))
    return len(events)


def employ(number, known, sink):
    """An employee logs in and writes to customers; returns who is logged in."""
    visitor = Visitor()
    uid = visitor.log_in(f"employee{number}@acme.example", sink)
    for customer in known["customers"][number::EMPLOYEES]:
        data = {
            "body": "Your order",
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            "partner_ids": [customer],
        }
        thread = {"thread_model": "res.partner", "thread_id": customer}
        visitor.call("/mail/message/post", **thread, post_data=data)
    return uid


def count(env):
    """Return what counts of the database's limit today, by class."""
    counter = env["mail.send.counter"].search([("server_id", "=", 0)])
    return {name: counter[name] for name in ("sent", "public", "visitors", "urgent")}


def use_up_the_limit():
    """Lower the limit to what is used; return what was counted."""
    with environment() as env:
        counted = count(env)
        used = counted["sent"] - counted["urgent"]
        env["ir.config_parameter"].set_param(LIMIT_KEY, str(used))
    return counted


class TestStrangers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        zone = cls.enterClassContext(tempfile.NamedTemporaryFile("w", suffix=".json"))
        json.dump({}, zone)
        zone.flush()
        dns = cls.enterClassContext(Program("dns_server.py", "--port", 0, zone.name))
        sink = cls.enterClassContext(Sink())
        known = prepare(sink.port, dns.port)
        strangers = Strangers(known)
        begin = time.monotonic()
        with Server() as server, ThreadPoolExecutor(1 + EMPLOYEES) as pool:
            started = time.monotonic()
            striking = pool.submit(strike, strangers)
            people = [pool.submit(employ, n, known, sink) for n in range(EMPLOYEES)]
            cls.employees = [one.result(PATIENCE) for one in people]
            cls.events = striking.result(PATIENCE) + POSTS + EMPLOYEES
            ended = time.monotonic()
            cls.counted = use_up_the_limit()
            cls.admin = Visitor().log_in("admin", sink)
        cls.log, cls.statuses = server.log, strangers.statuses
        cls.recipients = sink.recipients()
        cls.got = Counter(
            kind_of(path, to) for path, rcpt_tos in sink.envelopes() for to in rcpt_tos
        )
        print(f"start {started - begin:.1f} s, {cls.events} events in "
              f"{ended - started:.1f} s: {dict(strangers.statuses)}")  # fmt: skip
        cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"mails that left: {dict(cls.got)}; counted: {cls.counted}; "
              f"processor: {cpu.ru_utime + cpu.ru_stime:.0f} s")  # fmt: skip

    def test_everything_was_answered(self):
        wanted = {"reset": RESETS, "mail": INBOUND, "form": FORMS, "sign-up": SIGN_UPS}
        expected = {(kind, 200): count for kind, count in wanted.items()}
        expected["sign-up", 303] = expected.pop(("sign-up", 200))
        self.assertEqual(dict(self.statuses), expected)

    def test_all_mails_of_the_employees_leave(self):
        expected = {f"customer{n}@customer.example": 1 for n in range(POSTS)}
        found = {to: n for to, n in self.recipients.items() if to in expected}
        self.assertEqual(found, expected)

    def test_logins_by_code(self):
        """The administrator's comes when nothing is left of the limit."""
        self.assertTrue(all(self.employees))
        self.assertTrue(self.admin)

    def test_what_strangers_can_use_up(self):
        public = self.got["resets"] + self.got["sign-ups"] + self.got["bounces"]
        self.assertEqual(self.counted["public"], PUBLIC)
        self.assertLessEqual(self.counted["urgent"], URGENT)
        self.assertEqual(public, PUBLIC + self.counted["urgent"])
        self.assertLessEqual(self.got["strangers' messages"], self.counted["visitors"])
        self.assertLessEqual(self.counted["visitors"], LIMIT // 2)

    def test_no_backscatter(self):
        self.assertEqual(self.got["bounces"], 0)

    def test_the_log_stays_readable(self):
        lines = self.log.count("\n")
        self.assertLess(lines, LINES_PER_EVENT * self.events)
        bad = BAD_LINE.search(self.log)
        self.assertFalse(bad and self.log[bad.start() - 500 : bad.end() + 3000])


if __name__ == "__main__":
    DATABASE = harness.begin()
    PORT = int(os.environ["PORT"])
    EVENTED_PORT = PORT + 1
    harness.run_tests()
