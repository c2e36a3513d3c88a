# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who may do what: every model and every public method of the addon, really called.

What these tables say is decided, and what they don't name fails the test. Calls go
through ``call_kw``, as those of a browser and of XML-RPC do.
"""

import re
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import BaseCase, HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

ADDON = "mail_deliverability"
GROUPS = {
    "portal": "base.group_portal",
    "employee": "base.group_user",
    "editor": "base.group_user,mail.group_mail_template_editor",
    "foreign": "base.group_system",  # an administrator of another company only
    "admin": "base.group_system",
}
ROLES = ("visitor", *GROUPS)  # the former is the public user

NOBODY = ()
OWN = ("admin",)  # administrators of the company that it belongs to
ADMINS = ("foreign", "admin")
INTERNAL = ("employee", "editor", *ADMINS)


class Rights(NamedTuple):
    """Which roles may do what with the records of a model."""

    read: tuple = NOBODY
    write: tuple = NOBODY
    create: tuple = NOBODY
    unlink: tuple = NOBODY


CATALOGUE = Rights(ADMINS, ADMINS, ADMINS, ADMINS)
STORED = Rights(ADMINS)
OF_COMPANY = Rights(OWN)
WIZARD = Rights(OWN, OWN, ADMINS, OWN)  # another's wizard is nobody's business
WIZARD_LINE = Rights(OWN, OWN, OWN, OWN)
WIZARD_OF_ALL = Rights(OWN, OWN, INTERNAL, OWN)  # the records that it is about decide

# Each model of the addon, but for the abstract ones: they have no records.
MODELS = {
    "mail.author.policy": Rights(ADMINS, unlink=ADMINS),
    "mail.deliverability.parameter": Rights(ADMINS, ADMINS),
    "mail.dkim.key": Rights(OWN, OWN, OWN, OWN),
    "mail.dmarc.origin": OF_COMPANY,
    "mail.dmarc.report": OF_COMPANY,
    "mail.dmarc.reporter": OF_COMPANY,
    "mail.dmarc.sent": OF_COMPANY,
    "mail.dmarc.source": OF_COMPANY,
    "mail.dmarc.tally": OF_COMPANY,
    "mail.dns.provider": CATALOGUE,
    "mail.domain.check": OF_COMPANY,
    "mail.domain.check.change": OF_COMPANY,
    "mail.domain.setup": WIZARD,
    "mail.domain.setup.record": WIZARD_LINE,
    "mail.domain.setup.server": WIZARD_LINE,
    "mail.inbound.late": STORED,
    "mail.mailbox.provider": CATALOGUE,
    "mail.mailing.launch": WIZARD_OF_ALL,
    "mail.mailing.progress": STORED,
    "mail.refusal": OF_COMPANY,
    "mail.relay.name": STORED,
    "mail.reset.attempt": STORED,
    "mail.send.counter": STORED,
    "mail.send.now": WIZARD,
    "mail.send.release": STORED,
    "mail.send.tally": STORED,
    "mail.send.uncounted": STORED,
    "mail.sender.address": OF_COMPANY,
    "mail.sender.change": Rights(),  # who has done it; here it was nobody of these
    "mail.sender.confirmation": Rights(),
    "mail.sender.domain": STORED,
    "mail.sender.preview": WIZARD,
    "mail.sender.remedy": WIZARD,
    "mail.sender.remedy.line": WIZARD_LINE,
    "mail.sending.provider": CATALOGUE,
    "mail.server.domain": Rights(OWN, OWN, OWN, OWN),
    "mail.server.pause": STORED,
    "mail.suppressed.address": STORED,  # of all companies, as Odoo's blacklist
    "mail.suppressed.correction": WIZARD_OF_ALL,
    "mail.test.message": Rights(OWN, OWN, ADMINS, OWN),  # a new one is one's own
    "mail.test.message.leg": OF_COMPANY,
}
ABSTRACT = {
    "mail.deliverability.alarm",
    "mail.deliverability.catalogue",
    "mail.refusal.marks",
    "mail.deliverability.overview",
    "mail.sender.line",
    "mail.delivery.report",
}

# Each public method that the addon defines, on its own models and on Odoo's; what it
# takes from the ORM (create, write, unlink, search) on its own models stands above.
PRIVATE = {
    # A port scanner, the whole queue, the limits: no client calls these.
    ("ir.mail_server", "send_email"),
    ("res.config.settings", "get_values"),
    ("res.config.settings", "set_values"),
    ("res.users", "reset_password"),  # the page for visitors calls it in Python
}
METHODS = {
    ("discuss.channel", "invite_by_email"): INTERNAL,  # as in Odoo
    ("ir.config_parameter", "create"): ADMINS,
    ("ir.config_parameter", "unlink"): ADMINS,
    ("ir.config_parameter", "write"): ADMINS,
    # It describes an action; what the action opens has rights of its own.
    ("ir.mail_server", "action_preview_sender"): ROLES,
    ("ir.mail_server", "action_use_provider_connections"): ADMINS,
    ("ir.mail_server", "action_use_provider_limit"): ADMINS,
    ("ir.mail_server", "create"): ADMINS,
    ("ir.mail_server", "test_smtp_connection"): ADMINS,
    ("ir.mail_server", "unlink"): ADMINS,
    ("ir.mail_server", "write"): ADMINS,
    ("mail.alias.domain", "action_check_authentication"): OWN,
    ("mail.alias.domain", "action_open_check_list"): OWN,
    ("mail.alias.domain", "action_open_checks"): OWN,
    ("mail.alias.domain", "action_set_up"): OWN,
    ("mail.alias.domain", "action_open_dmarc_reports"): OWN,
    ("mail.alias.domain", "action_open_dmarc_rows"): OWN,
    ("mail.alias.domain", "get_checklist"): OWN,
    ("mail.alias.domain", "get_dmarc_page"): OWN,
    ("mail.alias.domain", "look_again"): OWN,
    ("mail.alias.domain", "action_take_dmarc_step"): OWN,
    ("mail.alias.domain", "action_test_report_address"): OWN,
    ("mail.alias.domain", "set_dmarc_rare"): OWN,
    ("mail.alias.domain", "name_create"): ADMINS,
    ("mail.alias.domain", "create"): ADMINS,
    ("mail.alias.domain", "unlink"): OWN,
    # Odoo has no rule by company for it; its name is only its companies' to change.
    ("mail.alias.domain", "write"): ADMINS,
    # Of the user's own companies, and of what all administrators share.
    ("mail.deliverability.overview", "get_history"): ADMINS,
    ("mail.deliverability.overview", "get_overview"): ADMINS,
    ("mail.dmarc.origin", "decide"): OWN,
    ("mail.dkim.key", "action_activate"): OWN,
    ("mail.dkim.key", "action_activate_unchecked"): OWN,
    ("mail.dkim.key", "action_check"): OWN,
    ("mail.dkim.key", "action_retire"): OWN,
    ("mail.dkim.key", "action_ask_to_revoke"): OWN,
    ("mail.dkim.key", "action_check_and_activate"): OWN,
    ("mail.dkim.key", "action_revoke"): OWN,
    ("mail.dkim.key", "action_rotate"): OWN,
    ("mail.dmarc.report", "upload"): ADMINS,
    ("mail.dmarc.reporter", "action_accept"): OWN,
    ("mail.dmarc.reporter", "action_withdraw"): OWN,
    ("mail.domain.setup", "action_back"): OWN,
    ("mail.domain.setup", "action_download_zone"): OWN,
    ("mail.domain.setup", "action_extend_filter"): OWN,
    ("mail.domain.setup", "action_go_to"): OWN,
    ("mail.domain.setup", "action_mail_message"): OWN,
    ("mail.domain.setup", "action_next"): OWN,
    ("mail.domain.setup", "action_refresh"): OWN,
    ("mail.domain.setup", "action_show_records"): OWN,
    ("mail.domain.setup", "action_switch_company"): OWN,
    ("mail.domain.setup", "action_undo_switch"): OWN,
    ("mail.domain.setup", "action_use_provider_limits"): OWN,
    ("mail.domain.setup", "action_use_seen_address"): OWN,
    ("mail.domain.setup", "create"): ADMINS,
    ("mail.domain.setup", "default_get"): ROLES,  # as in Odoo
    ("mail.domain.setup", "look_at_domain"): ADMINS,
    ("mail.mail", "action_retry"): ADMINS,
    ("mail.mail", "action_send_again"): ADMINS,
    ("mail.mail", "action_send_now"): ADMINS,
    ("mail.mail", "action_send_waiting_now"): ADMINS,
    ("mail.mail", "copy"): ADMINS,
    ("mail.mail", "copy_data"): ADMINS,
    ("mail.mail", "create"): ADMINS,
    ("mail.mail", "get_waiting_summary"): ADMINS,
    ("mail.mail", "mark_outgoing"): ADMINS,
    ("mail.mail", "process_email_queue"): ADMINS,  # as in Odoo
    ("mail.mail", "send"): ADMINS,
    ("mail.mail", "unlink"): ADMINS,
    ("mail.mail", "write"): ADMINS,
    ("mail.mailing.launch", "action_confirm"): OWN,
    ("mail.send.now", "action_open_server"): OWN,
    ("mail.send.now", "action_send"): OWN,
    # The author, and who may post in the document: a contact of that company here.
    ("mail.notification", "action_release_held"): OWN,
    ("mail.notification", "action_send_held"): OWN,
    # Whoever may read the template and the records, as in Odoo.
    # As in Odoo: whoever may read or write it.
    ("mail.notification", "format_failure_reason"): INTERNAL,
    ("mail.notification", "write"): OWN,
    ("mail.refusal", "action_open_mail"): OWN,
    ("mail.refusal", "action_open_mails"): OWN,
    ("mail.sender.address", "action_audit"): ADMINS,
    ("mail.sender.address", "action_open_source"): OWN,
    ("mail.sender.address", "action_prepare_address"): OWN,
    ("mail.sender.address", "action_prepare_default"): OWN,
    ("mail.sender.address", "action_prepare_filter"): OWN,
    ("mail.sender.address", "action_prepare_inbox"): OWN,
    # Of the user's own companies, and what the user has done.
    ("mail.sender.address", "get_progress"): ADMINS,
    ("mail.sender.address", "undo_last"): ADMINS,
    ("mail.sender.line", "get_line"): INTERNAL,
    ("mail.sender.preview", "action_show_answer"): OWN,
    ("mail.sender.remedy", "action_apply"): OWN,
    ("mail.suppressed.address", "action_open_contacts"): ADMINS,
    ("mail.suppressed.address", "action_release"): ADMINS,
    ("mail.suppressed.address", "get_warning"): INTERNAL,
    ("mail.suppressed.correction", "action_correct"): OWN,
    ("mail.suppressed.correction", "default_get"): ROLES,  # as in Odoo
    ("mail.template", "send_mail_batch"): INTERNAL,
    ("mail.test.message", "action_judge_again"): OWN,
    ("mail.test.message", "action_open_explain"): OWN,
    ("mail.test.message", "action_send"): OWN,
    ("mail.test.message", "action_send_again"): OWN,
    ("mail.test.message", "action_send_and_show"): OWN,
    ("mail.test.message", "action_use_address"): OWN,
    ("mail.test.message", "create"): ADMINS,
    ("mail.test.message", "explain"): ADMINS,
    ("mail.test.message", "explain_upload"): ADMINS,
    ("mail.test.message", "get_verdict"): OWN,
    ("mail.test.message", "get_waiting"): OWN,
    ("mail.test.message", "write"): OWN,
    # Odoo's mail gateway calls it by XML-RPC. As in Odoo, whoever may call it can hand
    # in a message, as if it had come by mail: it counts as a stranger's.
    ("mail.thread", "message_process"): INTERNAL,
    # It has no records; the models that inherit from it have rights of their own.
    ("mail.thread", "unlink"): ROLES,
    ("mail.thread", "write"): ROLES,
    ("res.company", "write"): ADMINS,
    ("res.config.settings", "action_open_domain_checks"): OWN,
    ("res.users", "action_reset_password"): ADMINS,
    ("res.users", "web_create_users"): ADMINS,
}
# Around methods of a module that may be installed: its rights hold, and its tests.
AROUND = {
    ("mailing.mailing", "action_launch"),
    ("mailing.mailing", "action_schedule"),
    ("mailing.mailing", "action_send_winner_mailing"),
    ("mailing.mailing.schedule.date", "action_schedule_date"),
}
READS = {
    "export_data": lambda r: [r.ids, ["display_name"]],
    "formatted_read_group": lambda r: [_only(r), ["id"], ["__count"]],
    "name_search": lambda r: ["", _only(r)],
    "read": lambda r: [r.ids, []],
    "search": lambda r: [_only(r)],
    "search_count": lambda r: [_only(r)],
    "search_read": lambda r: [_only(r), []],
    "web_read": lambda r: [r.ids, {"display_name": {}}],
    "web_search_read": lambda r: [_only(r), {"id": {}}],
}
WRITES = {
    "web_save": lambda r: [r.ids, {}, {}],
    "write": lambda r: [r.ids, {}],
}
# What tells everybody the same: the names of fields, and constants as defaults.
OPEN = {
    "default_get": lambda r: [list(r._fields)],
    "fields_get": lambda r: [],
}
MESSAGE = (
    "From: a@customer.example\nTo: nobody@acme.example\nSubject: Subject\n"
    "Message-Id: <1@customer.example>\n\nBody"
)
FAILED = object()  # for another reason than rights
DECIDE = "decide who may call it: add it to MODELS, METHODS or PRIVATE in this module"


def _only(records):
    return [("id", "in", records.ids)]


def _is_own(cls):
    return cls.__module__.startswith(f"odoo.addons.{ADDON}.")


def _public_methods(model):
    """Return the names of what this addon defines on a model and clients can call."""
    return {
        name
        for cls in type(model).mro()
        for name, value in vars(cls).items()
        if not name.startswith("_")
        and callable(value)
        and (
            (_is_own(cls) and cls._name == model._name)  # not those of a mixin
            or (cls is type(model) and _is_own(value))  # put around what is there
        )
    }


class RightsCase(TransactionCase):
    """A user for each role, and what stays between administrators: the canaries."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Globex"})
        cls.users = {"visitor": cls.env.ref("base.public_user")}
        for role, groups in GROUPS.items():
            company = cls.other if role == "foreign" else cls.env.company
            cls.users[role] = new_test_user(
                cls.env,
                f"rights_{role}",
                groups=groups,
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
            )
        domains = cls.env["mail.alias.domain"].create(
            [{"name": "acme.example"}, {"name": "globex.example"}]
        )
        cls.env.company.alias_domain_id, cls.other.alias_domain_id = domains
        cls.server = cls.env["ir.mail_server"].create(
            {"name": "Nightjar", "smtp_host": "nightjar.example", "daily_limit": 71077}
        )
        parameters = cls.env["ir.config_parameter"]
        parameters.set_param("mail_deliverability.daily_limit", "73037")
        parameters.set_param("mail_deliverability.nameservers", "127.0.0.1:9")
        cls.records = {
            "ir.config_parameter": parameters.create({"key": "c", "value": "nightjar"}),
            "ir.mail_server": cls.server,
            "mail.alias.domain": domains[0],
            "mail.notification": cls._make_notification(),
            "mail.template": cls.env["mail.template"].create(
                {"name": "T", "model_id": cls.env.ref("base.model_res_partner").id}
            ),
            "res.company": cls.env.company,
            "res.users": cls.env.ref("base.user_admin"),
        }
        for name in MODELS:
            cls.records[name] = cls._make(cls.env[name])
        mails = cls.env["mail.mail"].with_user(cls.users["admin"])
        cls.records["mail.mail"] = mails.create(
            {"subject": "nightjar", "is_notification": True}
        )
        # OCA's mail_multicompany keeps mails apart by the company of their record.
        cls.records["mail.mail"].sudo().record_company_id = False
        partner = cls.users["admin"].partner_id
        message = cls.env["mail.message"].create({"body": "nightjar"})
        cls.records["mail.notification"] = cls.env["mail.notification"].create(
            {"mail_message_id": message.id, "res_partner_id": partner.id}
        )
        settings = cls.env["res.config.settings"].with_user(cls.users["admin"])
        cls.records["res.config.settings"] = settings.create({})
        cls.env.flush_all()

    @classmethod
    def _make_notification(cls):
        contact = cls.env["res.partner"].create({"name": "nightjar"})
        message = contact.message_post(body="nightjar")
        return cls.env["mail.notification"].create(
            {
                "mail_message_id": message.id,
                "mail_email_address": "nightjar@customer.example",
                "notification_type": "email",
            }
        )

    @classmethod
    def _make(cls, model):
        """Make a record of a model, by the administrator where that is possible."""
        rights = MODELS[model._name]
        if not model._auto:  # a view of what is there
            return model.search([], limit=1)
        maker = cls.users["admin"] if "admin" in rights.create else cls.env.user
        model = model.with_user(maker)
        record = model.create(cls._values(model))
        cls.env.flush_all()
        return record

    @classmethod
    def _values(cls, model):
        """Return values for what a new record must have."""
        values = {}
        if "alias_domain_id" in model._fields:
            values["alias_domain_id"] = cls.env.company.alias_domain_id.id
        if "company_id" in model._fields:
            values["company_id"] = cls.env.company.id
        given = model.default_get(list(model._fields))
        for name, field in model._fields.items():
            if field.required and field.store and not {name} & (values | given).keys():
                values[name] = cls._example(field)
        return values

    @classmethod
    def _example(cls, field):
        if field.type == "many2one":
            known = cls.records.get(field.comodel_name)
            return (known or cls.env[field.comodel_name].search([], limit=1)).id
        if field.type == "selection":
            return field.get_values(cls.env)[0]
        examples = {"date": "2026-01-01", "datetime": "2026-01-01 00:00:00"}
        examples |= {"boolean": True, "integer": 1}
        return examples.get(field.type, "nightjar.example")

    def setUp(self):
        super().setUp()
        # The sender preview looks at a mail through a cursor of its own.
        self.registry_enter_test_mode()

    def call(self, role, model, method, args):
        """Call a method as a client does, and undo what it did.

        :return: its result; the error that refuses it; FAILED where it fails for
            another reason: a check or a constraint that comes after the rights.
        """
        with (
            closing(self.env.cr.savepoint()),
            mute_logger(
                "odoo.sql_db",
                "odoo.models",
                "odoo.models.unlink",
                "odoo.addons.base.models.ir_model",
                "odoo.addons.base.models.ir_rule",
            ),
        ):
            env = self.env(user=self.users[role], context={})
            try:
                result = call_kw(env[model], method, args, {})
                env.flush_all()
            except AccessError as error:
                result = error
            except (UserError, psycopg2.Error, ValueError) as error:
                result = error if "rights to export" in str(error) else FAILED
            finally:
                self.env.invalidate_all(flush=False)
        return result

    def check(self, model, method, args, allowed, empty=False):
        """Check that the allowed roles may call a method, and that no other may.

        :param bool empty: whether an empty result is as good as a refusal.
        """
        for role in ROLES:
            result = self.call(role, model, method, args)
            refused = isinstance(result, Exception) or (empty and _is_empty(result))
            with self.subTest(model=model, method=method, role=role):
                self.assertEqual(not refused, role in allowed, result)
                if role not in ADMINS:
                    self.assertNotRegex(repr(result), "(?i)nightjar|71077|73037")


def _is_empty(result):
    if isinstance(result, dict):
        return not any(result.get(name) for name in ("datas", "ids", "length"))
    return not result or result == [{"__count": 0}]


@tagged("post_install", "-at_install")
class TestRights(RightsCase):
    def test_all_is_decided(self):
        for name in self.env:
            model = self.env[name]
            own = model._original_module == ADDON
            with self.subTest(name):
                if own:
                    self.assertIn(name, {*MODELS, *ABSTRACT}, DECIDE)
                for method in _public_methods(model):
                    if not (own and hasattr(self.env["base"], method)):
                        decided = {*METHODS, *PRIVATE, *AROUND}
                        self.assertIn((name, method), decided, DECIDE)

    def test_all_that_is_decided_is_there(self):
        for name, method in [*METHODS, *PRIVATE]:
            with self.subTest(model=name, method=method):
                self.assertIn(method, _public_methods(self.env[name]))

    def test_private(self):
        for name, method in PRIVATE:
            with self.subTest(model=name, method=method):
                with self.assertRaises(AccessError):
                    get_public_method(self.env[name], method)

    def test_reading(self):
        for name, rights in MODELS.items():
            for method, build in READS.items():
                args = build(self.records[name])
                self.check(name, method, args, rights.read, empty=True)

    def test_writing(self):
        for name, rights in MODELS.items():
            record = self.records[name]
            for method, build in WRITES.items():
                self.check(name, method, build(record), rights.write)
            self.check(name, "unlink", [record.ids], rights.unlink)

    def test_creating(self):
        for name, rights in MODELS.items():
            values = self._values(self.env[name].with_user(self.users["admin"]))
            fields, data = list(values), [[str(value) for value in values.values()]]
            for role in set(ROLES) - set(rights.create):
                # What is there already may be refused for being there.
                created = self.call(role, name, "create", [values])
                loaded = self.call(role, name, "load", [fields, data])
                with self.subTest(model=name, role=role):
                    self.assertIn(type(created), (AccessError, type(FAILED)))
                    refused = isinstance(loaded, AccessError)
                    self.assertTrue(refused or not loaded["ids"], loaded)
            for role in rights.create:
                created = self.call(role, name, "create", [values])
                with self.subTest(model=name, role=role):
                    self.assertNotIsInstance(created, AccessError)

    def test_open(self):
        for name in (*MODELS, *ABSTRACT, "res.config.settings"):
            for method, build in OPEN.items():
                args = build(self.env[name])
                for role in set(ROLES) - set(ADMINS):
                    result = self.call(role, name, method, args)
                    with self.subTest(model=name, method=method, role=role):
                        self.assertNotRegex(repr(result), "(?i)nightjar|71077|73037")

    def test_methods(self):
        for (name, method), allowed in METHODS.items():
            record = self.records.get(name, self.env[name])
            empty = method == "search"
            self.check(name, method, self._args(record, method), allowed, empty)

    def _args(self, record, method):
        given = {
            "action_audit": [],
            "action_go_to": [record.ids, "domain"],
            "create": [{}],
            "get_history": [],
            "get_line": ["res.partner", 0],
            "get_overview": [],
            "get_warning": [[]],
            "get_progress": [],
            "undo_last": [],
            "default_get": [["step"]],
            "decide": [record.ids, "us"],
            "look_at_domain": [""],
            "invite_by_email": [record.ids, []],
            "message_process": [False, MESSAGE],
            "name_create": ["new.example"],
            "send_mail_batch": [record.ids, self.env.user.partner_id.ids],
            "search": [_only(record)],
            "web_create_users": [["new@customer.example"]],
            "write": [record.ids, {}],
        }
        return given.get(method, [record.ids])

    def test_the_form_of_settings(self):
        """What a form asks for tells nobody but administrators of limits and states."""
        settings = self.env["res.config.settings"]
        names = [
            name
            for name, field in settings._fields.items()
            if field._modules and ADDON in field._modules
        ]
        spec = {name: {} for name in names}
        self.assertGreater(len(names), 5)
        for role in ROLES:
            found = self.call(role, settings._name, "onchange", [[], {}, [], spec])
            with self.subTest(role):
                self.assertEqual(isinstance(found, AccessError), role not in ADMINS)


class TestSecurityPage(BaseCase):
    """SECURITY.md tells which methods clients can call."""

    def test_each_method_is_named(self):
        named = self._list_named()
        for model, method in METHODS:
            words = (model, self._shorten(method)), (model, method), ("all", method)
            with self.subTest(model, method=method):
                found = named.intersection(words)
                self.assertTrue(found)

    def test_each_named_one_is_there(self):
        known = {(model, self._shorten(method)) for model, method in METHODS}
        known |= {("all", method) for _model, method in METHODS}
        for model, method in self._list_named():
            with self.subTest(model, method=method):
                self.assertIn((model, self._shorten(method)), known)

    def _shorten(self, method):
        return "action_..." if method.startswith("action_") else method

    def _list_named(self):
        page = (Path(__file__).parents[1] / "SECURITY.md").read_text()
        table = page.partition("| model | methods |")[2]
        rows = re.findall(r"^\| ([^|]*) \| ([^|]*) \|", table, re.MULTILINE)
        return {
            (model.strip("`"), method.strip("`"))
            for models, methods in rows
            for model in models.split(", ")
            for method in methods.split(", ")
        }


@tagged("post_install", "-at_install")
class TestRightsOverHttp(HttpCase):
    """What the tables are checked with is what a browser gets."""

    def _post(self, model, method, *args):
        """Return the name of the error that a call ends in, None for none."""
        parameters = {"model": model, "method": method, "args": args, "kwargs": {}}
        reply = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}", json={"params": parameters}
        ).json()
        return reply.get("error", {}).get("data", {}).get("name")

    def test_same_answers(self):
        refused = "odoo.exceptions.AccessError"
        key_reads = ("mail.dkim.key", "search_read", [])
        sends = ("ir.mail_server", "send_email", "", None, "127.0.0.1", 22)
        queue = ("mail.mail", "process_email_queue")
        values = ("res.config.settings", "get_values")
        defaults = ("res.config.settings", "default_get", ["mail_daily_limit"])
        table = (
            ("portal", (key_reads, sends, queue, values), (defaults,)),
            ("employee", (key_reads, sends, queue, values), (defaults,)),
            ("admin", (sends, values), (key_reads, defaults, queue)),
        )
        for role, closed, opened in table:
            login = f"rights_{role}"
            new_test_user(self.env, login, groups=GROUPS[role])
            self.authenticate(login, login)
            for call in closed + opened:
                with self.subTest(role=role, call=call), mute_logger("odoo.http"):
                    expected = refused if call in closed else None
                    self.assertEqual(self._post(*call), expected)
