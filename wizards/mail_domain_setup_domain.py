# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
from urllib.parse import urlsplit

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..mailauth.address import normalize_domain, split_address, suggest_domain
from ..mailauth.dns.names import display_name
from ..mailauth.domain.glance import glance
from ..mailauth.domain.spelling import mend_ending, suggest_name
from ..mailauth.errors import PermError
from ..models.tools.host_names import fold

PATIENCE = 1  # seconds for all questions to DNS while somebody types
MOST_TYPED = 300  # characters
IN_USE = [("active", "=", True)]
MOST_USERS = 200  # whose addresses may tell what was meant


class MailDomainSetup(models.TransientModel):
    """The domain of the guided setup: typed freely, and a record once it is needed."""

    # A file for each concern.
    _inherit = "mail.domain.setup"  # pylint: disable=consider-merging-classes-inherited

    domain_name = fields.Char(
        string="Email Domain",
        help="What stands after the @ in the addresses of your company.",
    )
    known_domains = fields.Char(
        compute="_compute_known_domains", help="Those that can be picked."
    )

    @api.model
    def default_get(self, fields):
        """Begin with the domain that is given, or that of the company."""
        values = super().default_get(fields)
        if "domain_name" in fields:
            domain = self.env["mail.alias.domain"].browse(values.get("alias_domain_id"))
            name = display_name(domain.exists().name or "")
            values["domain_name"] = name or self._propose_domain_name(self.env.company)
        return values

    @api.model
    def _propose_domain_name(self, company):
        """Return the domain that a company sends from, or that of its address."""
        proposed = company.alias_domain_id.name
        if not proposed:
            proposed = fold(split_address(company.email or "")[1])
            if proposed in self.env["mail.mailbox.provider"]._get_domains():
                proposed = ""
        return display_name(proposed) or False

    @api.model_create_multi
    def create(self, vals_list):
        """Begin with the domain that is given."""
        for vals in vals_list:
            if vals.get("alias_domain_id") and "domain_name" not in vals:
                domain = self.env["mail.alias.domain"].browse(vals["alias_domain_id"])
                vals["domain_name"] = display_name(domain.name)
        return super().create(vals_list)

    @api.onchange("domain_name")
    def _onchange_domain_name(self):
        """Show what is understood of an address or of a web address."""
        if name := read_domain(self.domain_name):
            self.domain_name = display_name(name)

    @api.onchange("company_id")
    def _onchange_company_id(self):
        self.alias_domain_id = self.company_id.alias_domain_id
        self.domain_name = self._propose_domain_name(self.company_id)

    @api.depends("company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_known_domains(self):
        domains = self.env["mail.alias.domain"].search(IN_USE)._filter_visible()
        self.known_domains = " ".join(map(display_name, domains.mapped("name")))

    # ------------------------------------------------------------
    # What the name stands for
    # ------------------------------------------------------------

    def _get_visible_domain(self):
        """Return the domain, empty where it is another company's."""
        return self.alias_domain_id._origin._filter_visible()

    def _get_domain(self):
        """Return the record of the domain, a new one where there is none yet.

        Nothing is created. Empty where nothing that is a domain was typed, or where it
        is another company's.
        """
        if self._is_name_of_record():
            return self._get_visible_domain()
        name = read_domain(self.domain_name)
        found = self._find_domains(name)
        visible = found._filter_visible()
        if not name or (found and not visible):
            return found.browse()
        return visible[:1] or found.new({"name": name, "active": False})

    def _is_name_of_record(self):
        """Whether what is typed is the domain whose record there is already.

        Its name may be one that nobody could type now.
        """
        name, typed = self.alias_domain_id._origin.name, self.domain_name
        return bool(name and typed) and (
            typed == display_name(name) or fold(typed) == fold(name) != ""
        )

    def _find_domains(self, name):
        """Return the records of a name, whosever, the company's and active ones first.

        :param name: as :func:`read_domain` returns it.
        """
        everyone = self.env["mail.alias.domain"].search(
            [("active", "in", (True, False))]
        )
        own = self.company_id.alias_domain_id
        return everyone.filtered(lambda one: fold(one.name) == name).sorted(
            lambda one: (one != own, not one.active)
        )

    def _check_name(self):
        """Refuse what is no domain, or only another company's.

        :raises UserError:
        :raises AccessError: the record that was given is another company's.
        """
        if not (self.domain_name or "").strip():
            raise UserError(self._explain_no_domain(""))
        is_record = self._is_name_of_record()
        name = fold(self.domain_name) if is_record else read_domain(self.domain_name)
        if not name:
            raise ValidationError(self._explain_no_domain(self.domain_name))
        if is_record:
            self.alias_domain_id._check_may_see_authentication()
        elif (found := self._find_domains(name)) and not found._filter_visible():
            raise UserError(self._explain_foreign(name))

    @api.model
    def _explain_no_domain(self, text):
        if not text:
            return self.env._(
                "Enter your email domain first: what stands after the @ in the "
                "addresses of your company, such as acme.example."
            )
        return self.env._(
            "%(name)s is no domain name. A right one is acme.example.",
            name=text[:100],
        )

    @api.model
    def _explain_foreign(self, name):
        return self.env._(
            "Another company sends from %(domain)s already. If you are its "
            "administrator too, select it at the top as well.",
            domain=display_name(name),
        )

    def _take_domain(self):
        """Use the domain that was typed; one that is new becomes a draft.

        :raises UserError: somebody else has begun with it at this very moment.
        """
        domain, before = self._get_domain(), self.alias_domain_id
        if not domain.id:
            domain = self._create_draft(domain.name)
        if domain == before:
            return
        self.alias_domain_id = domain
        if before and not before.active and not before._is_kept():
            others = [("alias_domain_id", "=", before.id), ("id", "!=", self.id)]
            if not self.sudo().search_count(others, limit=1):
                before._drop()

    def _create_draft(self, name):
        domains = self.env["mail.alias.domain"]
        try:
            with self.env.cr.savepoint():
                return domains.create({"name": name, "active": False})
        except psycopg2.IntegrityError as error:
            raise UserError(
                self.env._(
                    "Somebody else has just begun to set up %(domain)s. Try again.",
                    domain=display_name(name),
                )
            ) from error

    # ------------------------------------------------------------
    # Looking at it while it is typed
    # ------------------------------------------------------------

    @api.model
    @api.readonly
    def look_at_domain(self, name):
        """Say what can be seen of a domain within a second; nothing is created.

        :param name: as typed.
        :return: ``name`` as people write it, ``ascii`` as DNS has it, ``status`` (ok,
            unknown: DNS has not answered, missing: there is none that could be set up,
            invalid), ``sentence``,
            ``suggestion`` (what may be meant, or False), ``mx`` (None: not known).
        :raises AccessError:
        """
        self.browse().check_access("create")
        typed = str(name or "").strip()[:MOST_TYPED]
        ascii_name = read_domain(typed)
        if not ascii_name:
            return _describe(typed, "", "invalid", self._explain_no_domain(typed))
        shown = display_name(ascii_name)
        domains = self._find_domains(ascii_name)
        if domains and not domains._filter_visible():
            sentence = self._explain_foreign(ascii_name)
            return _describe(shown, ascii_name, "invalid", sentence)
        resolver = self.env["ir.config_parameter"]._get_dns_resolver(PATIENCE)
        seen = asyncio.run(glance(ascii_name, resolver, PATIENCE))
        status = {None: "unknown", True: "ok", False: "missing"}[seen.exists]
        if ascii_name in self.env["mail.mailbox.provider"]._get_domains():
            status = "missing"
        return _describe(
            shown,
            ascii_name,
            status,
            self._explain_glance(ascii_name, seen),
            self._suggest_domain(ascii_name, seen),
            seen.takes_mail,
        )

    def _explain_glance(self, name, seen):
        """Return what there is to say of a domain.

        :param seen: a :class:`Glance`.
        """
        words = {"domain": display_name(name)}
        if name in self.env["mail.mailbox.provider"]._get_domains():
            return self.env._(
                "%(domain)s belongs to a mailbox provider: nobody else can publish "
                "records there. Enter a domain that is yours.",
                **words,
            )
        if seen.exists is None:
            return self.env._(
                "DNS has not said within a second whether %(domain)s exists. You can "
                "go on: it is asked again then.",
                **words,
            )
        if not seen.exists:
            return self.env._(
                "%(domain)s does not exist in DNS: it is misspelt, or not registered "
                "yet.",
                **words,
            )
        if seen.takes_mail is False:
            return self.env._(
                "%(domain)s exists, but takes no mail: it has no MX record.", **words
            )
        if seen.takes_mail:
            return self.env._("%(domain)s exists and takes mail.", **words)
        return self.env._("%(domain)s exists.", **words)

    def _suggest_domain(self, name, seen):
        """Return what may be meant, as people write it, or False."""
        bare = name.removeprefix("www.")
        if bare != name and "." in bare:
            return display_name(bare)
        meant = suggest_name(name, self._list_likely_domains())
        if not meant and seen.exists is False:
            meant = mend_ending(name)
        return display_name(meant) or False

    @api.model
    def _list_likely_domains(self):
        """Return the domains that are known here, the likeliest first."""
        company = self.env.company
        names = [split_address(company.email or "")[1], _read_host(company.website)]
        visible = self.env["mail.alias.domain"].search(IN_USE)._filter_visible()
        names += visible.mapped("name")
        users = self.env["res.users"].search([("share", "=", False)], limit=MOST_USERS)
        names += [split_address(user.email or "")[1] for user in users]
        names += sorted(self.env["mail.mailbox.provider"]._get_domains())
        return [folded for name in names if (folded := fold(name))]


def read_domain(text):
    """Return a domain as DNS has it, "" for what can't be one.

    :param text: as people type it: "https://Acme.example/", "info@acme.example".
    """
    text = text or ""
    try:
        return normalize_domain(text, underscores=True)
    except PermError:
        return suggest_domain(text)


def _read_host(url):
    try:
        host = urlsplit(url if "//" in (url or "") else f"//{url or ''}").hostname
    except ValueError:
        return ""
    return (host or "").removeprefix("www.")


def _describe(name, ascii_name, status, sentence, suggestion=False, takes_mail=None):
    return {
        "name": name,
        "ascii": ascii_name,
        "status": status,
        "sentence": sentence,
        "suggestion": suggestion,
        "mx": takes_mail,
    }
