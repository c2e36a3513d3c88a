# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which of several overrides of a method is called first; see models/__init__.py."""

import ast
from collections import defaultdict
from inspect import isfunction
from pathlib import Path

from odoo.tests import BaseCase, TransactionCase, tagged

PACKAGE = "odoo.addons.mail_deliverability."
MODELS = Path(__file__).parent.parent / "models"
# Each may use those before it.
ROOMS = (
    "tools",
    "parameters",
    "alarm",
    "sender",
    "dkim",
    "inbound",
    "limit",
    "domain",
    "proof",
    "refusal",
    "reports",
    "people",
    "overview",
    "optional",
)
# What is known of modules that may not be there: functions and names without a model.
FOR_ALL = {"optional.accounts", "optional.documents", "optional.mass_mailing"}
# By model and method: the files in models/ that define it, the outermost first.
ORDER = {
    ("ir.config_parameter", "_normalize"): [
        "parameters/ir_config_parameter_live",
        "parameters/ir_config_parameter",
    ],
    ("ir.config_parameter", "_on_changed"): [
        "reports/ir_config_parameter",
        "limit/ir_config_parameter",
        "parameters/ir_config_parameter",
    ],
    ("ir.config_parameter", "create"): [
        "parameters/ir_config_parameter_live",
        "parameters/ir_config_parameter",
    ],
    ("ir.config_parameter", "unlink"): [
        "parameters/ir_config_parameter_live",
        "parameters/ir_config_parameter",
    ],
    ("ir.config_parameter", "write"): [
        "parameters/ir_config_parameter_live",
        "parameters/ir_config_parameter",
    ],
    ("ir.mail_server", "_connect__"): [
        "refusal/ir_mail_server_attempt",
        "limit/ir_mail_server_kept",
        "sender/ir_mail_server",
    ],
    ("ir.mail_server", "_decide_sender"): [
        "people/ir_mail_server_relayed",
        "sender/ir_mail_server",
    ],
    ("ir.mail_server", "_deliver"): [
        "reports/ir_mail_server",
        "refusal/ir_mail_server_attempt",
        "refusal/ir_mail_server_reply",
        "proof/ir_mail_server",
        "limit/ir_mail_server_deliver",
        "limit/ir_mail_server_kept",
        "dkim/ir_mail_server",
        "sender/ir_mail_server",
    ],
    ("ir.mail_server", "_renew_session"): [
        "limit/ir_mail_server_kept",
        "sender/ir_mail_server",
    ],
    ("ir.mail_server", "_on_limits_changed"): [
        "limit/ir_mail_server_changes",
        "limit/ir_mail_server",
    ],
    ("ir.mail_server", "_prepare_session_parts"): [
        "dkim/ir_mail_server",
        "sender/ir_mail_server",
    ],
    ("ir.mail_server", "create"): [
        "refusal/ir_mail_server_pause",
        "dkim/ir_mail_server",
        "sender/ir_mail_server",
    ],
    ("ir.mail_server", "send_email"): [
        "refusal/ir_mail_server_attempt",
        "sender/ir_mail_server",
    ],
    ("ir.mail_server", "write"): [
        "refusal/ir_mail_server_pause",
        "domain/ir_mail_server",
        "limit/ir_mail_server",
        "dkim/ir_mail_server",
        "sender/ir_mail_server",
    ],
    ("mail.alias.domain", "_check_may_replace"): [
        "dkim/mail_alias_domain_keys",
        "parameters/mail_alias_domain",
    ],
    ("mail.alias.domain", "_is_kept"): [
        "dkim/mail_alias_domain_keys",
        "parameters/mail_alias_domain_draft",
    ],
    ("mail.alias.domain", "get_dmarc_page"): [
        "reports/mail_alias_domain_ladder_page",
        "reports/mail_alias_domain_dmarc_page",
    ],
    ("mail.alias.domain", "_prepare_facts_later"): [
        "reports/mail_alias_domain_ladder",
        "domain/mail_alias_domain_facts",
    ],
    ("mail.alias.domain", "_list_notes"): [
        "refusal/mail_alias_domain",
        "domain/mail_alias_domain_checklist",
    ],
    ("mail.alias.domain", "create"): [
        "parameters/mail_alias_domain_draft",
        "parameters/mail_alias_domain",
    ],
    ("mail.alias.domain", "unlink"): [
        "domain/mail_alias_domain_alarm",
        "dkim/mail_alias_domain_keys",
        "parameters/mail_alias_domain",
    ],
    ("mail.alias.domain", "write"): [
        "dkim/mail_alias_domain_keys",
        "parameters/mail_alias_domain_draft",
        "parameters/mail_alias_domain",
    ],
    ("mail.deliverability.overview", "_get_tiles"): [
        "overview/mail_deliverability_overview_dmarc",
        "overview/mail_deliverability_overview_notes",
        "overview/mail_deliverability_overview_refusals",
        "overview/mail_deliverability_overview_history",
        "overview/mail_deliverability_overview_limit",
        "overview/mail_deliverability_overview_domains",
        "overview/mail_deliverability_overview_alarms",
        "overview/mail_deliverability_overview",
    ],
    ("mail.dkim.key", "_raise_unusable_alarm"): [
        "domain/mail_dkim_key",
        "dkim/mail_dkim_key_alarm",
    ],
    ("mail.dkim.key", "create"): ["dkim/mail_dkim_key_changes", "dkim/mail_dkim_key"],
    ("mail.dkim.key", "write"): ["dkim/mail_dkim_key_changes", "dkim/mail_dkim_key"],
    ("mail.domain.setup", "create"): [
        "wizards/mail_domain_setup_steps",
        "wizards/mail_domain_setup_domain",
    ],
    ("mail.domain.setup", "default_get"): [
        "wizards/mail_domain_setup_steps",
        "wizards/mail_domain_setup_domain",
    ],
    ("mail.test.message", "_list_own"): [
        "reports/mail_test_message",
        "proof/mail_test_message_take",
    ],
    ("mail.test.message", "_make_own_address"): [
        "reports/mail_test_message",
        "proof/mail_test_message_send",
    ],
    ("mail.alias.domain", "_store_findings"): [
        "people/mail_alias_domain",
        "domain/mail_alias_domain_store",
    ],
    ("mail.test.message", "_tell_error"): [
        "refusal/mail_test_message",
        "proof/mail_test_message_send",
    ],
    ("mail.test.message.leg", "_keep_back"): [
        "reports/mail_test_message",
        "proof/mail_test_message_leg_receive",
    ],
    ("mail.mail", "_compute_postponed_reason"): [
        "refusal/mail_mail_retry",
        "refusal/mail_mail_pause",
        "limit/mail_mail_waiting",
    ],
    ("mail.mail", "_get_demand"): ["limit/mail_mail_queue", "limit/mail_mail"],
    ("mail.sending.provider", "create"): [
        "dkim/mail_sending_provider",
        "sender/mail_sending_provider",
    ],
    ("mail.sending.provider", "write"): [
        "dkim/mail_sending_provider",
        "sender/mail_sending_provider",
    ],
    ("mail.mail", "_count_beside"): [
        "refusal/mail_mail_pause",
        "limit/mail_mail_beside",
    ],
    ("mail.mail", "_is_stopped"): [
        "refusal/mail_mail_pause",
        "limit/mail_mail_send",
    ],
    ("mail.mail", "_leave_stopped"): [
        "refusal/mail_mail_pause",
        "limit/mail_mail_send",
    ],
    ("mail.mail", "_prepare_outgoing_list"): [
        "refusal/mail_mail_attempt",
        "sender/mail_mail_address",
    ],
    ("mail.mail", "_process_ranks"): [
        "refusal/mail_mail_pause",
        "limit/mail_mail_queue",
    ],
    ("mail.mail", "_send_plainly"): [
        "people/mail_mail",
        "refusal/mail_mail_attempt",
        "limit/mail_mail_send",
    ],
    ("mail.mail", "_send_without_session"): [
        "refusal/mail_mail_pause",
        "limit/mail_mail_send",
    ],
    ("mail.mail", "_split_by_mail_configuration"): [
        "refusal/mail_mail_pause",
        "limit/mail_mail_decide",
    ],
    ("mail.mail", "_try_to_send"): [
        "refusal/mail_mail_pause",
        "limit/mail_mail_send_now",
    ],
    ("mail.mail", "_wait"): ["refusal/mail_mail_retry", "limit/mail_mail_waiting"],
    ("mail.mail", "_send"): [
        "reports/mail_mail",
        "limit/mail_mail_send",
        "sender/mail_mail",
    ],
    ("mail.mail", "copy"): ["limit/mail_mail_join", "limit/mail_mail"],
    ("mail.mail", "create"): [
        "optional/mail_mail",
        "limit/mail_mail_waiting",
        "limit/mail_mail",
    ],
    ("mail.mail", "mark_outgoing"): [
        "refusal/mail_mail_suppressed",
        "refusal/mail_mail_unwanted",
        "refusal/mail_mail_retry",
    ],
    ("mail.mail", "send"): [
        "optional/mail_mail",
        "refusal/mail_mail_suppressed",
        "limit/mail_mail_decide",
        "limit/mail_mail_queue",
        "limit/mail_mail_delete",
        "sender/mail_mail_address",
        "sender/mail_mail",
    ],
    ("mail.mail", "action_retry"): [
        "refusal/mail_mail_retry",
        "limit/mail_mail_send_now",
    ],
    ("mail.mail", "get_waiting_summary"): [
        "refusal/mail_mail_pause",
        "limit/mail_mail_let_go",
    ],
    ("mail.mail", "unlink"): ["limit/mail_mail_delete", "limit/mail_mail"],
    ("mail.mail", "_fail_over_limit"): ["refusal/mail_mail", "limit/mail_mail_part"],
    ("mail.mail", "_postprocess_sent_message"): [
        "refusal/mail_mail",
        "limit/mail_mail_delete",
    ],
    ("mail.mail", "write"): [
        "optional/mail_mail",
        "refusal/mail_mail_unwanted",
        "refusal/mail_mail_retry",
        "refusal/mail_mail",
        "limit/mail_mail_waiting",
        "limit/mail_mail",
    ],
    ("mail.notification", "_list_told_colleagues"): [
        "people/mail_notification",
        "refusal/mail_notification_held",
        "refusal/mail_notification_report",
        "refusal/mail_notification",
        "limit/mail_notification",
    ],
    ("mail.notification", "write"): [
        "people/mail_notification",
        "refusal/mail_notification",
    ],
    ("mail.sender.address", "_get_progress"): [
        "people/mail_sender_address_undo",
        "people/mail_sender_address_audit",
    ],
    ("mail.refusal", "_note"): [
        "refusal/mail_refusal_alarm",
        "refusal/mail_refusal",
    ],
    ("mail.send.counter", "_check_alarms"): [
        "refusal/mail_server_pause_alarm",
        "limit/mail_send_counter_alarms",
    ],
}


@tagged("post_install", "-at_install")
class TestInheritance(TransactionCase):
    def test_order(self):
        """No order is left to chance: what two files define stands in the table."""
        self.maxDiff = None
        self.assertEqual(self._find_orders(), ORDER)

    def _find_orders(self):
        found = {}
        for name in self.env:
            files = defaultdict(list)
            for cls in type(self.env[name]).mro():
                if not cls.__module__.startswith(PACKAGE) or cls._name != name:
                    continue  # Odoo's, or a mixin's: that one stands under its own name
                path = cls.__module__.removeprefix(PACKAGE).removeprefix("models.")
                for method in filter(isfunction, vars(cls).values()):
                    files[method.__name__].append(path.replace(".", "/"))
            for method, paths in files.items():
                if len(paths) > 1:
                    found[name, method] = paths
        return found


class TestRooms(BaseCase):
    def test_rooms_come_in_their_order(self):
        tree = ast.parse((MODELS / "__init__.py").read_text())
        imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
        rooms = [node.module.split(".")[0] for node in imports]
        self.assertEqual(rooms, sorted(rooms, key=ROOMS.index))

    def test_every_file_with_a_model_is_named(self):
        """One that is loaded by another's import would come in an order by chance."""
        tree = ast.parse((MODELS / "__init__.py").read_text())
        named = {
            f"{node.module}/{alias.name}"
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        files = {
            path.relative_to(MODELS).with_suffix("").as_posix()
            for path in MODELS.rglob("*.py")
            if "\n    _inherit = " in path.read_text()
            or "\n    _name = " in path.read_text()
        }
        self.assertEqual(named, files)

    def test_rooms_use_those_below(self):
        for path in sorted(MODELS.glob("*/*.py")):
            own = ROOMS.index(path.parent.name)
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.level == 2:
                    with self.subTest(path.name, imports=node.module):
                        room = node.module.split(".")[0]
                        below = ROOMS.index(room) < own
                        self.assertTrue(below or node.module in FOR_ALL)
