# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The keys that mails are signed with."""

import base64
from datetime import timedelta

from odoo import api, fields, models, release
from odoo.exceptions import UserError, ValidationError

from ...mailauth.dkim.key import PublicKey
from ...mailauth.dkim.record import check_selector, propose_selector
from ...mailauth.dns.names import normalize_name
from ...mailauth.errors import PermError
from ..tools.host_names import fold
from . import secrets, signing

RETIREMENT = timedelta(days=14)  # mails may wait that long before somebody verifies
SECRET = ("private_key", "private_key_import", "public_key")  # made in create()


class MailDkimKey(models.Model):
    _name = "mail.dkim.key"
    _description = "DKIM Key"
    _order = "alias_domain_id, state_order, id desc"
    _rec_name = "selector"

    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Email Domain",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self._default_alias_domain_id(),
    )
    selector = fields.Char(
        required=True,
        copy=False,
        compute="_compute_selector",
        store=True,
        readonly=False,
        precompute=True,
        help="The name of this key among those of the domain. Every key has its own, "
        "so that an old and a new one can be published side by side.",
    )
    algorithm = fields.Selection(
        [
            ("rsa-2048", "RSA, 2048 bits (understood by everybody)"),
            ("rsa-3072", "RSA, 3072 bits"),
            ("rsa-4096", "RSA, 4096 bits"),
            ("ed25519", "Ed25519 (short, beside an RSA key)"),
        ],
        required=True,
        default="rsa-2048",
        help="Not every receiver understands Ed25519: have an RSA key active as well, "
        "then every mail has two signatures.",
    )
    key_type = fields.Char(compute="_compute_key_type", store=True)
    state = fields.Selection(
        [
            ("draft", "To publish"),
            ("published", "Published"),
            ("active", "Active"),
            ("retiring", "Retiring"),
            ("revoked", "Revoked"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
    )
    state_order = fields.Integer(compute="_compute_state_order", store=True)
    private_key = fields.Text(groups=fields.NO_ACCESS, copy=False, prefetch=False)
    private_key_import = fields.Text(
        string="Import a Private Key",
        compute="_compute_private_key_import",
        inverse="_inverse_private_key_import",
        groups="base.group_system",
        help="The text of a PEM file with an RSA or Ed25519 key that you have already. "
        "It is stored as your Odoo stores keys and never shown again.",
    )
    public_key = fields.Char(readonly=True, copy=False, help="The value of p=, base64.")
    cname_target = fields.Char(
        string="Kept Elsewhere at",
        copy=False,
        help="Where another company keeps the record for you: the name that they gave "
        "you. In your own DNS a CNAME then points there.",
    )
    activated_on = fields.Datetime(readonly=True, copy=False)
    retired_on = fields.Datetime(readonly=True, copy=False)
    removable_on = fields.Date(compute="_compute_removable_on")
    checked_on = fields.Datetime(string="Last Check", readonly=True, copy=False)
    check_result = fields.Selection(
        [
            ("pass", "Shows this key"),
            ("none", "Shows nothing"),
            ("fail", "Shows another key"),
            ("permerror", "Shows no valid key"),
            ("temperror", "Did not answer"),
        ],
        string="DNS",
        readonly=True,
        copy=False,
    )
    check_problem = fields.Char(readonly=True, copy=False)
    check_detail = fields.Char(readonly=True, copy=False)
    check_warnings = fields.Char(readonly=True, copy=False)
    check_damages = fields.Json(
        string="Damage to the Record",
        readonly=True,
        copy=False,
        help="How the record that DNS shows is damaged.",
    )
    check_found = fields.Text(string="Found in DNS", readonly=True, copy=False)
    is_usable = fields.Boolean(compute="_compute_is_usable", compute_sudo=True)
    is_encrypted = fields.Boolean(compute="_compute_is_usable", compute_sudo=True)

    _one_active = models.UniqueIndex(
        "(alias_domain_id, key_type) WHERE state = 'active'",
        "A domain has at most one active key of each type.",
    )

    # ------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------

    @api.model
    def _default_alias_domain_id(self):
        domains = self.env["mail.alias.domain"]
        return self.env.company.alias_domain_id or domains.search([], limit=1)

    @api.depends("alias_domain_id")
    def _compute_selector(self):
        taken = {}
        for key in self.filtered(lambda key: not key.selector):
            mine = taken.setdefault(key._get_domain_name(), set())
            key.selector = key._get_free_selector(mine)
            mine.add(key.selector)

    def _get_free_selector(self, taken=frozenset()):
        """Return a selector for this key that no other key of its domain has.

        :param taken: those of keys that are not stored yet.
        """
        today = fields.Date.context_today(self)
        product = release.product_name.lower()
        taken = taken | self._get_taken_selectors()
        return propose_selector(product, today.year, today.month, taken)

    def _get_taken_selectors(self):
        """Return the selectors of other keys, as DNS knows them.

        Those of all companies: DNS has one record of each name.
        """
        domains = self.sudo().alias_domain_id._get_namesakes()
        others = self.sudo().search(
            [("alias_domain_id", "in", domains.ids), ("id", "not in", self.ids)]
        )
        return {key.selector.lower() for key in others}

    def _is_selector_taken(self):
        """Whether another key of the domain has this one's selector."""
        return self.selector.lower() in self._get_taken_selectors()

    @api.depends("algorithm")
    def _compute_key_type(self):
        for key in self:
            key.key_type = "ed25519" if key.algorithm == "ed25519" else "rsa"

    @api.depends("state")
    def _compute_state_order(self):
        order = ("active", "published", "draft", "retiring", "revoked")
        for key in self:
            key.state_order = order.index(key.state or "draft")

    def _compute_private_key_import(self):
        self.private_key_import = False

    def _inverse_private_key_import(self):
        """Take over a key; what was typed is not kept anywhere else."""
        for key in self.filtered("private_key_import"):
            if key.state != "draft":
                raise UserError(
                    self.env._("Only a key that is not published can be replaced.")
                )
            secrets.import_pair(key, key.private_key_import)
        self.private_key_import = False

    @api.depends("retired_on")
    def _compute_removable_on(self):
        for key in self:
            key.removable_on = key.retired_on and (key.retired_on + RETIREMENT).date()

    @api.depends("private_key", "public_key", "state")
    def _compute_is_usable(self):
        needed = self._origin.filtered(
            lambda key: key.public_key and key.state != "revoked"
        )
        states = signing.find_secrets(self.env, needed.ids)
        for key in self:
            unneeded = (True, False)
            key.is_usable, key.is_encrypted = states.get(key._origin.id, unneeded)

    @api.constrains("selector", "alias_domain_id")
    def _check_selector(self):
        for key in self:
            try:
                selector = check_selector(key.selector or "")
            except PermError as error:
                raise ValidationError(
                    self.env._(
                        "%(selector)s can't be a selector. Use letters, digits and "
                        "hyphens, such as odoo-202611.",
                        selector=error.detail or '""',
                    )
                ) from error
            if key._is_selector_taken():
                # Without saying whose: the key may be another company's.
                raise ValidationError(
                    self.env._(
                        "The selector %(selector)s is not free. Each key needs its "
                        "own, because mails may still be checked with an old one. "
                        "Choose another.",
                        selector=selector,
                    )
                )

    @api.constrains("cname_target")
    def _check_cname_target(self):
        for key in self.filtered("cname_target"):
            try:
                normalize_name(key.cname_target)
            except PermError as error:
                raise ValidationError(
                    self.env._(
                        "%(name)s is no host name, such as s1._domainkey.host.example.",
                        name=key.cname_target[:100],
                    )
                ) from error

    # ------------------------------------------------------------
    # Records
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Create keys, each with a new pair, or with the one that is imported."""
        imports = [vals.get("private_key_import") for vals in vals_list]
        vals_list = [
            {name: value for name, value in vals.items() if name not in SECRET}
            for vals in vals_list
        ]
        keys = super().create(vals_list)
        for key, pem in zip(keys, imports, strict=True):
            if pem:
                secrets.import_pair(key, pem)
            else:
                secrets.make_pair(key)
        return keys

    def write(self, vals):
        vals = dict(vals)
        # Without all rights the field stays, so that the ORM refuses it.
        secret = self.env.su and vals.get("private_key")
        if secret:
            del vals["private_key"]
        result = super().write(vals)
        if secret:
            secrets.store_secret(self, secret)
        return result

    def _get_domain_name(self):
        """Return the domain as DNS has it, "" where it has none."""
        return fold(self.sudo().alias_domain_id.name)

    def _get_shared(self):
        """Return all keys of domains of this one's name that the same companies use."""
        domains = self.sudo().alias_domain_id._get_shared_namesakes()
        return self.sudo().search([("alias_domain_id", "in", domains.ids)])

    def _get_public_key(self):
        """Return the public half.

        :rtype: PublicKey
        """
        self.ensure_one()
        data = base64.b64decode(self.public_key or "")
        return PublicKey(self.key_type, data)

    @api.model
    def _get_active_keys(self, domain, alias_domain):
        """Return the keys that sign for a domain, as :func:`pick_keys` picks them.

        Without those of another company's alias domain of the same name: its state is
        none of this one's business, though a mail without any other is signed with it.

        :param alias_domain: the ``mail.alias.domain`` that the mails belong to.
        """
        foreign = alias_domain._get_namesakes() - alias_domain._get_shared_namesakes()
        active = signing.find_active_keys(self.env)
        keys = signing.pick_keys(active, domain, alias_domain.id)
        return self.sudo().browse(
            [key.id for key in keys if key.alias_domain_id not in foreign.ids]
        )
