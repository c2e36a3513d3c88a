# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What clients put into the context decides about nothing.

Every key that the addon reads is listed here, and sent by RPC with hostile values.
"""

import ast
from pathlib import Path

from odoo.tests import BaseCase, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.limit.mail_mail import CLASS_FIELDS
from ..models.tools.carrier import Carried
from .limit.test_mail_mail import LimitCase
from .smtp_sink import SmtpSink

ADDON = Path(__file__).parent.parent
# Objects that only Python can make stand under these: anything else is not looked at.
CARRIED = {
    "filters",  # Odoo's own, see READ
    "mail_deliverability_batch",
    "mail_deliverability_inbound",
    "mail_deliverability_mark",
}
# Other keys that are read, with what a hostile value can do.
DEFAULT = "default_*"
READ = {
    DEFAULT: "a DKIM key is not made: a default for its secrets is refused",
    "domain_bounce_address": "nothing: taken out before anything is sent",
    "domain_notifications_email": "nothing: taken out before anything is sent",
    "_force_unlink": "nothing: only administrators remove parameters",
    "filters": "nothing: it leaves mails out, and only administrators run the queue",
    "ir_cron_progress_id": "nothing: only administrators can run the queue",
}
# Where a context is handed on as a whole, with what becomes of it.
HANDED_ON = {
    "mail_deliverability_alarm.py:_get_alarms": "default_* are taken out of it",
}
# Keys that once were read, and that a client may still send.
FORMER = (
    "mail_deliverability_author_policies",
    "mail_deliverability_budget",
    "mail_deliverability_bulk",
    "mail_deliverability_checked_server",
    "mail_deliverability_must_go",
    "mail_deliverability_picked",
    "mail_deliverability_run",
)
# Odoo's own keys that bear on mails.
ODOO = {"mailing_test_mail", "send_validated_to"}
HOSTILE = (
    1,
    "x",
    True,
    None,
    [],
    {},
    {"__class__": "Budget"},
    -1,
    "code",
    [[0]],
    "x" * 100_000,
)


class _Reads(ast.NodeVisitor):
    """The keys that a module reads from a context.

    :ivar keys: constant ones, and names of constants.
    :ivar others: functions that use a context in another way.
    """

    def __init__(self, module):
        self.module, self.function = module, ""
        self.keys, self.others, self._known = set(), set(), set()

    def visit_FunctionDef(self, node):
        before, self.function = self.function, node.name
        self.generic_visit(node)
        self.function = before

    def visit_Call(self, node):
        """``env.context.get("key")``"""
        function = node.func
        if isinstance(function, ast.Attribute) and _is_context(function.value):
            if function.attr == "get":
                self._note(function.value, node.args[0])
            elif function.attr == "keys":
                self._known.add(function.value)
        self.generic_visit(node)

    def visit_Subscript(self, node):
        """``env.context["key"]``"""
        if _is_context(node.value):
            self._note(node.value, node.slice)
        self.generic_visit(node)

    def visit_Compare(self, node):
        """``"key" in env.context``"""
        for other in node.comparators:
            if _is_context(other):
                self._note(other, node.left)
        self.generic_visit(node)

    def visit_Attribute(self, node):
        if _is_context(node) and node not in self._known:
            self.others.add(f"{self.module}:{self.function}")
        self.generic_visit(node)

    def _note(self, context, key):
        self._known.add(context)
        self.keys.add(ast.unparse(key))


def _is_context(node):
    if not isinstance(node, ast.Attribute) or node.attr not in ("context", "_context"):
        return False
    return ast.unparse(node.value).rpartition(".")[2] in ("env", "self", "request")


def _subclasses(cls):
    return {one for sub in cls.__subclasses__() for one in (sub, *_subclasses(sub))}


class TestContextReads(BaseCase):
    def test_every_key_is_listed(self):
        """A new one: prefer an object that is carried; else say what it can do."""
        keys, others = set(), set()
        for folder in ("models", "wizards", "controllers", "cli"):
            for path in sorted((ADDON / folder).rglob("*.py")):
                reads = _Reads(path.name)
                reads.visit(ast.parse(path.read_text()))
                keys |= reads.keys
                others |= reads.others
        expressions = {
            "'active_test'",  # Odoo's: drafts of domains are for nobody's search
            "'default_fetchmail_server_id'",  # believed with all rights only
            "'default_step'",  # where an action opens the guided setup
            "'domain_bounce_address'",
            "'domain_notifications_email'",
            "'filters'",
            "'ir_cron_progress_id'",
            "MODULE_UNINSTALL_FLAG",  # _force_unlink
            "f'default_{name}'",
            "kind.KEY",  # of a Carried
        }
        self.assertEqual(keys, expressions)
        self.assertEqual(others, set(HANDED_ON))

    def test_every_object_is_listed(self):
        kinds = {one for one in _subclasses(Carried) if ".tests." not in one.__module__}
        self.assertEqual({kind.KEY for kind in kinds}, CARRIED)
        for kind in kinds:
            with self.subTest(kind.__name__):
                self.assertIs(kind.__eq__, object.__eq__)


@tagged("post_install", "-at_install")
class TestContextByRpc(HttpCase, LimitCase):
    """An employee posts by RPC; no key changes how the mail leaves."""

    def registry_enter_test_mode(self, **options):
        """HttpCase has done so for the whole class."""

    def setUp(self):
        super().setUp()
        self.set_limit(1000)
        self.employee = new_test_user(
            self.env, "employee", "base.group_user,base.group_partner_manager",
            email="employee@acme.example",
        )  # fmt: skip
        self.customer, self.document = self.env["res.partner"].create(
            [
                {"name": "Customer", "email": "customer@customer.example"},
                {"name": "Document"},
            ]
        )
        self.authenticate("employee", "employee")

    def rpc(self, model, method, args, **kwargs):
        """Call as the employee's browser does.

        :return: the result and the name of the error, one of them None.
        """
        parameters = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        with mute_logger("odoo.http"):
            reply = self.url_open(
                f"/web/dataset/call_kw/{model}/{method}", json={"params": parameters}
            ).json()
        error = reply.get("error", {}).get("data", {}).get("name")
        return reply.get("result"), error

    def post(self, context, **values):
        """Post on the document.

        :return: the error's name if any, and all that tells how the mail has left.
        """
        self.sink.deliveries.clear()
        before = self.used(), self.used(self.server.id)
        _result, error = self.rpc(
            "res.partner",
            "message_post",
            [self.document.ids],
            body="Hello",
            partner_ids=self.customer.ids,
            message_type="comment",
            mail_auto_delete=False,
            context=context,
            **values,
        )
        self.env.invalidate_all()
        after = self.used(), self.used(self.server.id)
        mail = self.env["mail.mail"].search([], limit=1, order="id desc")
        return error, (
            [
                (d.mail_from, d.message["From"], d.rcpt_tos)
                for d in self.sink.deliveries
            ],
            (mail.send_class, mail.by_visitor, mail.uses_urgent, mail.state),
            [new - old for new, old in zip(after, before, strict=True)],
        )

    def test_a_post(self):
        expected = self.post({})
        self.assertIsNone(expected[0])
        self.assertEqual(len(expected[1][0]), 1)
        for keys in (CARRIED, FORMER, ODOO | READ.keys() - {DEFAULT}):
            for value in HOSTILE:
                with self.subTest(keys=keys, value=str(value)[:20]):
                    self.assertEqual(self.post(dict.fromkeys(keys, value)), expected)

    def test_defaults(self):
        """No default sets what decides about limits, whoever makes the mail."""
        expected = self.post({})
        admin = new_test_user(self.env, "rights_admin", "base.group_system")
        mails = self.env["mail.mail"].with_user(admin)
        plain = mails.create({})
        for name, value in self._hostile_defaults("mail.mail"):
            context = {f"default_{name}": value}
            with self.subTest(field=name, value=value):
                self.assertEqual(self.post(context), expected)
                if name in CLASS_FIELDS and value != [[0]]:
                    mail = mails.with_context(**context).create({})
                    self.assertEqual(mail[name], plain[name])
        for model in ("ir.mail_server", "mail.alias.domain"):
            defaults = self._hostile_defaults(model)
            context = {f"default_{name}": value for name, value in defaults}
            with self.subTest(model):
                self.assertEqual(self.post(context), expected)

    def _hostile_defaults(self, model):
        """Return values for each field that the addon adds to a model of Odoo's."""
        fields = self.env[model]._fields.items()
        ours = [(n, f) for n, f in fields if "mail_deliverability" in f._modules]
        self.assertGreater(len(ours), 3)
        for name, field in ours:
            yield name, [[0]]
            if field.type == "selection":
                yield from ((name, value) for value in field.get_values(self.env))
            else:
                yield name, {"boolean": True, "integer": 1}.get(field.type, "x")

    def test_the_personal_server_of_another(self):
        """Neither its number, nor the owner's address, nor any key opens it."""
        director = new_test_user(
            self.env, "director", "base.group_user", email="director@acme.example"
        )
        theirs = self.enterContext(SmtpSink())
        server = self._make_server(
            "director@acme.example",
            name="Director",
            owner_user_id=director.id,
            smtp_host=theirs.host,
            smtp_port=theirs.port,
        )
        checked = (server.id, [server.id], True)
        contexts = [{"mail_deliverability_checked_server": value} for value in checked]
        contexts += [{"mail_deliverability_budget": value} for value in checked]
        contexts += [{"default_mail_server_id": server.id}, {}]
        for context in contexts:
            for author in ("director@acme.example", "employee@acme.example"):
                with self.subTest(context=context, author=author):
                    self.post(context, mail_server_id=server.id, email_from=author)
                    self.process()
                    self.assertEqual(theirs.deliveries, [])

    def test_the_queue_is_not_for_employees(self):
        """Nor does a filter that one brings along choose what leaves."""
        mail = self.make_mails(1)
        context = {"filters": [], "ir_cron_progress_id": 1}
        _result, error = self.rpc(
            "mail.mail", "process_email_queue", [], context=context
        )
        self.assertEqual(error, "odoo.exceptions.AccessError")
        self.assertEqual(mail.state, "outgoing")
