# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the screens say of a DKIM key: what to publish, and what DNS shows."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date

from ...mailauth.dkim.key import RSA_BITS, dump_public_key
from ...mailauth.dkim.record import record_name, record_value, zone_file_value
from ...mailauth.domain.reasons import TEXTS
from . import encryption

UDP_BYTES = 512  # what an answer holds without EDNS, RFC 1035 section 4.2.1


class MailDkimKey(models.Model):
    """The records and sentences of a key; none of it is stored."""

    _inherit = "mail.dkim.key"

    record_name = fields.Char(string="Name", compute="_compute_record")
    record_value = fields.Text(string="Value", compute="_compute_record")
    record_zone_line = fields.Text(string="For Zone Files", compute="_compute_record")
    record_size = fields.Integer(string="Size (Bytes)", compute="_compute_record")
    public_pem = fields.Text(string="Public Key (PEM)", compute="_compute_public_pem")
    check_text = fields.Text(string="DNS Says", compute="_compute_check_text")
    advice = fields.Text(compute="_compute_advice")
    is_troubled = fields.Boolean(compute="_compute_is_troubled")
    encryption_hint = fields.Char(compute="_compute_encryption_hint")
    used_by = fields.Char(
        compute="_compute_used_by",
        help="The companies that have this email domain. Their administrators share "
        "its keys.",
    )

    @api.depends("selector", "alias_domain_id.name", "public_key", "state")
    def _compute_record(self):
        for key in self:
            name, value = key._get_record()
            quoted = zone_file_value(value)
            key.record_name = name
            key.record_value = value
            key.record_zone_line = f"{name}. IN TXT {quoted}" if name and value else ""
            key.record_size = len(value)

    def _get_record(self):
        """Return name and value of the TXT record; of a revoked key, the empty one."""
        domain = self._get_domain_name()
        name = record_name(self.selector or "", domain) if domain else ""
        if self.state == "revoked":
            # The original of a copy still signs with this key.
            is_copy = self._is_in_copy()
            return name, "" if is_copy else f"v=DKIM1; k={self.key_type}; p="
        if not self.public_key:
            return name, ""
        return name, record_value(self._get_public_key())

    @api.model
    def _is_in_copy(self):
        """Whether this database is a neutralized copy, as Odoo's own crons ask."""
        parameters = self.env["ir.config_parameter"].sudo()
        return bool(parameters.get_param("database.is_neutralized"))

    @api.depends("public_key")
    def _compute_public_pem(self):
        for key in self:
            public = key._get_public_key() if key.public_key else None
            key.public_pem = public and dump_public_key(public).decode()

    @api.depends(
        "check_result",
        "check_problem",
        "check_detail",
        "check_warnings",
        "check_damages",
        "record_name",
    )
    @api.depends_context("lang")
    def _compute_check_text(self):
        for key in self:
            key.check_text = key._describe_check()

    def _describe_check(self):
        if not self.check_result:
            return self.env._("Not checked yet.")
        codes = (self.check_warnings or "").split(",")
        warnings = [self._explain(code) for code in codes if code]
        damages = dict(self.check_damages or ())
        lines = [self._explain(code, length=n) for code, n in damages.items()]
        if "key_spread" not in damages:  # that says how many there are
            lines.insert(0, self._describe_result())
        return "\n".join([*lines, *warnings])

    def _describe_result(self):
        texts = {
            "pass": self.env._("DNS shows exactly this key."),
            "none": self.env._(
                "DNS shows no record at %(name)s yet. New records often take some "
                "minutes, sometimes hours, until they are seen.",
                name=self.record_name,
            ),
            "fail": self.env._(
                "DNS shows another key at %(name)s.", name=self.record_name
            ),
            "temperror": self.env._(
                "DNS did not answer; nothing is known about your record. Check again."
            ),
        }
        if self.check_problem == "key_cname_dangling":
            return self.env._(
                "%(name)s points to a name that has no record yet.",
                name=self.record_name,
            )
        return texts.get(self.check_result) or self._explain(
            self.check_problem, self.check_detail
        )

    def _explain(self, code, detail="", length=0):
        """Return the sentence for a code of the core, in the user's language."""
        # The texts of the core are marked for translation where they stand.
        text = self.env._(TEXTS.get(code, code))
        params = {"detail": detail or "", "selector": self.selector, "bits": ""}
        params["length"] = length
        return (text % params).rstrip(": ")

    @api.depends("state", "is_usable", "check_result")
    def _compute_is_troubled(self):
        bad = ("none", "fail", "permerror")
        for key in self:
            unseen = key.state == "active" and key.check_result in bad
            key.is_troubled = unseen or not key.is_usable

    @api.depends("check_warnings", "is_troubled", "removable_on", "state")
    @api.depends_context("lang")
    def _compute_advice(self):
        for key in self:
            texts = (key._get_advice(), key._get_testing_advice())
            key.advice = " ".join(text for text in texts if text)

    def _get_testing_advice(self):
        """Return what t=y means: mails count as unsigned (RFC 6376 section 3.6.1)."""
        testing = "key_testing" in (self.check_warnings or "").split(",")
        if not testing or self.state not in ("published", "active"):
            return ""
        return self.env._(
            "But its record says that it is only being tested (t=y): receivers may "
            "treat the mails as unsigned. Take t=y out of the record."
        )

    def _get_advice(self):
        """Return what to do next, in one or two sentences."""
        if not self.is_usable and self.public_key:
            return self.env._(
                "This key can't be read: it is damaged, or odoo.conf lacks the right "
                "mail_deliverability_key. Mails leave without its signature. Repair "
                "odoo.conf, or replace the key by a new one."
            )
        if self.is_troubled:
            return self.env._(
                "Mails are signed with this key, but DNS does not show it, so nobody "
                "can check the signature. Publish the record below again."
            )
        removable = self.removable_on and format_date(self.env, self.removable_on)
        return {
            "draft": self.env._(
                "Publish the record below where your DNS is hosted, then check."
            ),
            "published": self.env._("The record is there: you can activate the key."),
            "active": self._get_active_advice(),
            "retiring": self.env._(
                "No new mail is signed with this key. Keep its record until %(date)s, "
                "since mails on their way are still checked with it; then remove the "
                "record and revoke the key.",
                date=removable,
            ),
            "revoked": self._get_revoked_advice(),
        }.get(self.state, "")

    def _get_revoked_advice(self):
        if self._is_in_copy():
            return self.env._(
                "This database is a copy, so its keys can't sign. The original may "
                "still sign with this key: leave its record in DNS alone."
            )
        if self.removable_on and self.removable_on > fields.Date.today():
            return self.env._(
                "This key never signs again. Keep the record of its public key until "
                "%(date)s, since mails on their way are still checked with it; then "
                "remove the record.",
                date=format_date(self.env, self.removable_on),
            )
        return self.env._("This key is no longer used. Remove its record.")

    def _get_active_advice(self):
        text = self.env._("Mails of the domain are signed with this key.")
        servers = (
            self.env["ir.mail_server"].sudo().search([("signs_itself", "=", True)])
        )
        if not servers:
            return text
        exception = self.env._(
            "Not those that leave by %(servers)s: an outgoing server with the switch "
            '"This Server Signs Itself" uses keys of its own.',
            servers=", ".join(servers.mapped("name")),
        )
        return f"{text} {exception}"

    @api.depends("is_encrypted", "state")
    @api.depends_context("lang")
    def _compute_encryption_hint(self):
        for key in self:
            plain = key.public_key and key.state != "revoked" and not key.is_encrypted
            key.encryption_hint = plain and key._get_encryption_hint()

    def _get_encryption_hint(self):
        if encryption.has_key():
            return self.env._(
                "This private key is stored as plain text in the database. Run "
                "odoo-bin mail_deliverability_key to encrypt it."
            )
        return self.env._(
            "The private key is stored as plain text in the database. Set "
            "mail_deliverability_key in odoo.conf to have it encrypted."
        )

    @api.depends("alias_domain_id.company_ids.name")
    @api.depends_context("lang")
    def _compute_used_by(self):
        """Name them with all rights: whoever shares a key shall know with whom."""
        for key in self:
            companies = key.sudo().alias_domain_id.company_ids
            key.used_by = ", ".join(companies.mapped("name")) or self.env._(
                "No company: all administrators see this key"
            )

    @api.onchange("algorithm")
    def _onchange_algorithm(self):
        bits = RSA_BITS.get(self.algorithm, 0)
        if bits * 1.35 // 8 > UDP_BYTES - 100:
            return {
                "warning": {
                    "title": self.env._("A large DNS record"),
                    "message": self.env._(
                        "The record of such a key does not fit into one plain DNS "
                        "answer, and some DNS hosts refuse it. 2048 bits are enough "
                        "for all receivers."
                    ),
                }
            }
        return None

    def _get_activation_error(self):
        """Return why this key can't be activated, with what to do."""
        return self.env._(
            "The key %(selector)s is not activated: %(reason)s Receivers would reject "
            "the signature.",
            selector=self.selector,
            reason=self._describe_result(),
        )

    def _render_unusable(self):
        """Return summary and note of the alarm that mails leave unsigned."""
        summary = self.env._(
            "Mails of %(domain)s leave without a DKIM signature",
            domain=self.alias_domain_id.name,
        )
        text = self.env._(
            "The private key %(name)s can't be read: it is damaged, or odoo.conf lacks "
            "the right mail_deliverability_key. Repair odoo.conf, or replace the key:",
            name=self.record_name,
        )
        link = self.env["mail.deliverability.alarm"]._link(
            f"mail.dkim.key/{self.id}", self.env._("DKIM key %s", self.selector)
        )
        return summary, Markup("<p>%s %s</p>") % (text, link)
