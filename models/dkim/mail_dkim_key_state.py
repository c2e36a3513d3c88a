# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""From one state to the next: a key is checked, activated, retired, and revoked."""

import asyncio
import logging

from odoo import fields, models
from odoo.exceptions import UserError

from ...mailauth.dkim.lookup import check_dkim_key

# Whoever filters the log finds all about keys under one name.
_logger = logging.getLogger(f"{__package__}.mail_dkim_key")


class MailDkimKey(models.Model):
    # A file for each concern.
    _inherit = "mail.dkim.key"  # pylint: disable=consider-merging-classes-inherited

    def action_check(self):
        """Ask DNS what it shows of these keys: a draft becomes published, or again one.

        Nothing is written before DNS has answered.
        """
        self.check_access("write")
        results = asyncio.run(self._ask_dns())
        for key, result in results.items():
            key._note_result(result)
        return True

    async def _ask_dns(self):
        """Return {key: DkimKeyResult}, all asked side by side."""
        resolver = self.env["ir.config_parameter"]._get_dns_resolver()
        keys = [key for key in self if key.state != "revoked"]
        questions = [
            check_dkim_key(
                key.selector, key._get_domain_name(), resolver, key._get_public_key()
            )
            for key in keys
        ]
        return dict(zip(keys, await asyncio.gather(*questions), strict=True))

    def _note_result(self, result):
        values = {
            "checked_on": fields.Datetime.now(),
            "check_result": result.result,
            "check_problem": result.problem,
            "check_detail": result.detail[:200],
            "check_warnings": ",".join(result.warnings),
            "check_damages": [
                [code, result.meant.length] for code in result.meant.damages
            ],
            "check_found": "\n".join([*result.cnames, *result.found])[:4096],
        }
        if self.state == "draft" and result.result == "pass":
            values["state"] = "published"
        elif self.state == "published" and result.result not in ("pass", "temperror"):
            values["state"] = "draft"
        self._write_own_fields(values)
        if self.is_usable:
            self._resolve_alarms()

    def action_check_and_activate(self):
        """Check a key, and sign with it from now on if DNS shows it.

        Unlike :meth:`action_activate` this refuses without an error: what DNS shows
        instead is stored, and the page of the key says what differs.

        :raises UserError: the private key can't be read.
        """
        self.check_access("write")
        self.ensure_one()
        self.action_check()
        if self.check_result == "pass" and self.state != "active":
            self._activate()
        return True

    def action_activate(self):
        """Sign with these keys from now on, if DNS shows them.

        :raises UserError: DNS does not, and says what it shows instead; or the private
            key can't be read.
        """
        self.check_access("write")
        self.action_check()
        for key in self.filtered(lambda key: key.state != "active"):
            if key.check_result != "pass":
                raise UserError(key._get_activation_error())
            key._activate()
        return True

    def action_activate_unchecked(self):
        """Sign with these keys although DNS does not show them: for experts.

        :raises UserError: a private key can't be read.
        """
        self.check_access("write")
        for key in self.filtered(lambda key: key.state != "active"):
            _logger.warning(
                "DKIM key %s is activated without a check by %s",
                key.record_name,
                self.env.user.login,
            )
            key._activate()
        return True

    def _may_begin(self):
        """Whether the user may let this key begin to sign, and it can."""
        waits = self.state in ("draft", "published")
        return waits and self.is_usable and self.has_access("write")

    def _activate(self):
        self.ensure_one()
        self.check_access("write")
        if self.state == "revoked":
            raise UserError(
                self.env._("A revoked key has lost its private half. Make a new one.")
            )
        if not self.is_usable:
            raise UserError(self._get_advice())
        # The lock lets two administrators activate one after the other.
        self.alias_domain_id.sudo().lock_for_update(allow_referencing=True)
        same = self._get_shared() - self
        before = same.filtered(
            lambda key: key.state == "active" and key.key_type == self.key_type
        )
        before._retire()
        self._write_own_fields(
            {
                "state": "active",
                "activated_on": fields.Datetime.now(),
                "retired_on": False,
            }
        )

    def _retire(self):
        if self:
            now = fields.Datetime.now()
            self._write_own_fields({"state": "retiring", "retired_on": now})
            self.flush_recordset(["state"])  # before the next one becomes active
            self._resolve_alarms()

    def action_retire(self):
        """Stop signing with these keys; their records are needed for some time."""
        self.check_access("write")
        self.filtered(lambda key: key.state == "active")._retire()
        return True

    def action_rotate(self):
        """Make the key that will replace this one, and show it."""
        self.check_access("write")
        self.ensure_one()
        successor = self._get_successor() or self.create(
            {"alias_domain_id": self.alias_domain_id.id, "algorithm": self.algorithm}
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": successor.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _get_successor(self):
        """Return the newer key that waits already, so that clicking twice makes one."""
        waiting = self._get_shared().filtered(
            lambda key: (
                key.id > self.id
                and key.algorithm == self.algorithm
                and key.state in ("draft", "published")
            )
        )
        return waiting[:1].with_env(self.env)

    def action_ask_to_revoke(self):
        """Show what revoking this key means, and ask."""
        self.check_access("write")
        self.ensure_one()
        view = self.env.ref("mail_deliverability.mail_dkim_key_view_form_revoke")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Revoke the Key %(selector)s?", selector=self.selector),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(view.id, "form")],
            "target": "new",
        }

    def action_revoke(self):
        """Forget the private halves: these keys never sign again."""
        self.check_access("write")
        if self.filtered(lambda key: key.state == "active"):
            raise UserError(
                self.env._("This key signs your mails. Replace it by a new one first.")
            )
        self._write_own_fields({"state": "revoked", "private_key": False})
        self._resolve_alarms()
        return True
