# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the screens say of a DKIM key: what to publish, and what DNS shows."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date

from ...mailauth.dkim.difference import compare_records
from ...mailauth.dkim.key import RSA_BITS, dump_public_key
from ...mailauth.dkim.record import record_name, record_value, zone_file_value
from ...mailauth.dns.names import display_name
from ...mailauth.domain.reasons import TEXTS
from ...mailauth.printable import shorten
from . import encryption

UDP_BYTES = 512  # what an answer holds without EDNS, RFC 1035 section 4.2.1
BAD = ("none", "fail", "permerror")  # results of a check; no answer says nothing
SHOWN_RECORDS = 3
SHOWN_LENGTH = 120
KINDS = {
    "rsa-2048": "RSA 2048",
    "rsa-3072": "RSA 3072",
    "rsa-4096": "RSA 4096",
    "ed25519": "Ed25519",
}


class MailDkimKey(models.Model):
    """The records and sentences of a key; none of it is stored."""

    _inherit = "mail.dkim.key"

    kind = fields.Char(compute="_compute_kind", help="The algorithm in short.")
    record_name = fields.Char(string="Name", compute="_compute_record")
    record_value = fields.Text(string="Value", compute="_compute_record")
    record_zone_line = fields.Text(string="For Zone Files", compute="_compute_record")
    record_size = fields.Integer(string="Size (Bytes)", compute="_compute_record")
    public_pem = fields.Text(string="Public Key (PEM)", compute="_compute_public_pem")
    check_text = fields.Text(string="DNS Says", compute="_compute_check_text")
    advice = fields.Text(compute="_compute_advice")
    is_troubled = fields.Boolean(compute="_compute_is_troubled")
    is_refused = fields.Boolean(
        compute="_compute_is_troubled",
        help="The last check found another record than the one that is to be there.",
    )
    is_record_needed = fields.Boolean(
        compute="_compute_is_record_needed",
        help="Mails that were signed with the key may still be checked.",
    )
    is_missed = fields.Boolean(
        compute="_compute_is_missed",
        help="The key is revoked, and no other one of its kind signs or waits.",
    )
    revoke_advice = fields.Text(compute="_compute_revoke_advice")
    encryption_hint = fields.Char(compute="_compute_encryption_hint")
    used_by = fields.Char(
        compute="_compute_used_by",
        help="The companies that have this email domain. Their administrators share "
        "its keys.",
    )

    @api.depends("algorithm")
    def _compute_kind(self):
        for key in self:
            key.kind = KINDS.get(key.algorithm)

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
        """Return name and value of the TXT record; of a revoked key, the empty one.

        An empty p= tells receivers that the key is withdrawn (RFC 6376 section 3.6.1).
        """
        domain = self._get_domain_name()
        name = record_name(self.selector or "", domain) if domain else ""
        if self.state == "revoked":
            # The original of a copy still signs with this key.
            is_copy = self._is_in_copy()
            return name, "" if is_copy else f"v=DKIM1; k={self.key_type}; p="
        return name, self._get_own_value()

    def _get_own_value(self):
        """Return the record that shows the key, whatever has become of it since."""
        return record_value(self._get_public_key()) if self.public_key else ""

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
        "check_found",
        "record_name",
        "record_value",
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
        return "\n".join([*lines, *warnings, *self._describe_found()])

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

    def _describe_found(self):
        """Return what DNS shows in place of the record, and what differs, in lines."""
        if self.check_result not in ("fail", "permerror") or self.state == "revoked":
            return []
        lines = (self.check_found or "").splitlines()
        found = [line for line in lines if "=" in line]  # the others are CNAMEs
        if len(found) != 1:
            return [self._describe_record(line) for line in found[:SHOWN_RECORDS]]
        differences = compare_records(found[0], self._get_own_value())
        if not differences:
            return [self._describe_record(found[0])]
        return [self._describe_difference(one) for one in differences]

    def _describe_record(self, text):
        return self.env._(
            "In DNS stands: %(record)s.", record=shorten(text, SHOWN_LENGTH)
        )

    def _describe_difference(self, one):
        if not one.found:
            return self.env._(
                "In DNS %(tag)s= is missing; it has to be %(tag)s=%(expected)s.",
                tag=one.tag,
                expected=one.expected,
            )
        if max(one.found_length, one.expected_length) <= len(one.expected):
            return self.env._(
                "In DNS stands %(tag)s=%(found)s; it has to be %(tag)s=%(expected)s.",
                tag=one.tag,
                found=one.found,
                expected=one.expected,
            )
        return self.env._(
            "In DNS stands %(tag)s=%(found)s (%(found_length)s characters); it has to "
            "be %(tag)s=%(expected)s (%(expected_length)s characters).",
            tag=one.tag,
            found=one.found,
            found_length=one.found_length,
            expected=one.expected,
            expected_length=one.expected_length,
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
        for key in self:
            unseen = key.check_result in BAD
            key.is_troubled = unseen and key.state == "active" or not key.is_usable
            key.is_refused = unseen and key.state == "draft" and key.is_usable

    @api.depends("removable_on", "state")
    def _compute_is_record_needed(self):
        today = fields.Date.today()
        for key in self:
            is_old = key.state in ("retiring", "revoked")
            until = key.removable_on if is_old else False
            key.is_record_needed = bool(until) and until > today

    @api.depends("state", "key_type", "alias_domain_id")
    def _compute_is_missed(self):
        is_copy = self._is_in_copy()
        for key in self:
            revoked = key.state == "revoked" and not is_copy
            key.is_missed = revoked and not key._get_others_in_use()

    def _get_others_in_use(self):
        """Return other keys of the same kind that sign, or will."""
        return (self._get_shared() - self).filtered(
            lambda key: (
                key.key_type == self.key_type
                and key.state in ("draft", "published", "active")
            )
        )

    @api.depends("check_text", "check_warnings", "is_troubled", "removable_on", "state")
    @api.depends_context("lang")
    def _compute_advice(self):
        for key in self:
            texts = (key._get_advice(), key._get_testing_advice())
            key.advice = "\n".join(text for text in texts if text)

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
                "can check the signature. Publish the record below again.\n%(found)s",
                found=self._describe_check(),
            )
        removable = self.removable_on and format_date(self.env, self.removable_on)
        return {
            "draft": self._get_draft_advice(),
            "published": self.env._("The record is there: you can activate the key."),
            "active": self._get_active_advice(),
            "retiring": self._get_retiring_advice(removable),
            "revoked": self._get_revoked_advice(),
        }.get(self.state, "")

    def _get_draft_advice(self):
        if not self.check_result:
            return self.env._(
                "Publish the record below where your DNS is hosted, then check and "
                "activate the key."
            )
        if self.check_result == "none":
            return self.env._("Not active yet. %(found)s", found=self._describe_check())
        return self.env._(
            "Not active yet. %(found)s\nPublish the record below as it is, and nothing "
            "else at this name; then check again.",
            found=self._describe_check(),
        )

    def _get_retiring_advice(self, removable):
        if self.is_record_needed:
            return self.env._(
                "No new mail is signed with this key. Keep its record until %(date)s, "
                "since mails on their way are still checked with it; then revoke the "
                "key and remove the record.",
                date=removable,
            )
        return self.env._(
            "No mail needs this key any more: revoke it, then remove its record."
        )

    @api.depends("is_record_needed", "removable_on", "record_name")
    @api.depends_context("lang")
    def _compute_revoke_advice(self):
        for key in self:
            key.revoke_advice = key._get_revoke_advice()

    def _get_revoke_advice(self):
        """Return what is to be done about the record if the key is revoked now."""
        if self.is_record_needed:
            return self.env._(
                "Leave its record in DNS until %(date)s all the same: mails on their "
                "way are still checked with it.",
                date=format_date(self.env, self.removable_on),
            )
        return self.env._(
            "Then remove its record %(name)s from DNS.", name=self.record_name
        )

    def _get_revoked_advice(self):
        if self._is_in_copy():
            return self.env._(
                "This database is a copy, so its keys can't sign. The original may "
                "still sign with this key: leave its record in DNS alone."
            )
        if self.is_record_needed:
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
        return f"{text}\n{exception}"

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
            "The key %(selector)s is not activated, since receivers could not check "
            "its signature: %(reason)s",
            selector=self.selector,
            reason="\n".join([self._describe_result(), *self._describe_found()]),
        )

    def _render_unusable(self):
        """Return summary and note of the alarm that mails leave unsigned."""
        summary = self.env._(
            "Mails of %(domain)s leave without a DKIM signature",
            domain=display_name(self.alias_domain_id.name),
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
