# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What can be done about some addresses: it is only prepared here."""

from contextlib import closing

from odoo import api, models
from odoo.tools import formataddr

from ...mailauth.dns.names import display_name
from ...mailauth.from_filter import matches_filter, split_filter
from ...mailauth.mailbox import parse_mailbox
from .judging import judge
from .remedy import Step
from .voice import Companies, Voice

MOST_ASKED = 20  # domains that somebody waits for, ten of them side by side


class MailSenderAddress(models.Model):
    # A file for each concern.
    _inherit = "mail.sender.address"  # pylint: disable=consider-merging-classes-inherited

    def _prepare_remedy(self, kind):
        """Return the steps of a remedy for these addresses.

        :param kind: one of ``KINDS``.
        :rtype: list[Step]
        """
        prepare = {
            "address": self.env["mail.sender.confirmation"]._prepare_steps,
            "inbox": self._prepare_inbox,
            "default": self._prepare_default,
            "filter": self._prepare_filter,
        }[kind]
        return prepare(self)

    # ------------------------------------------------------------ which

    @api.model
    def _prepare_inbox(self, rows):
        return [
            Step(
                "res.users",
                user.id,
                {"notification_type": "inbox"},
                who=user.name,
                before=self.env._("By email"),
                after=self.env._("In Odoo"),
                problem=self.env._("Reads them in Odoo already.")
                if user.notification_type == "inbox"
                else "",
            )
            for user in rows._get_sources("res.users")
        ]

    # ------------------------------------------------------------ default address

    @api.model
    def _prepare_default(self, rows):
        steps = [
            self._replace_company(company)
            for company in rows._get_sources("res.company")
        ]
        of_templates = rows.filtered(lambda row: row.source_model == "mail.template")
        companies = {row.source_id: row.company_id for row in of_templates}
        return steps + [
            self._replace_template(template, companies[template.id])
            for template in rows._get_sources("mail.template")
        ]

    @api.model
    def _replace_company(self, company):
        default = company.sudo().alias_domain_id.default_from_email
        return Step(
            "res.company",
            company.id,
            {"email": default},
            who=company.name,
            before=company.email or "",
            after=default or "",
            hint=self.env._(
                "Documents and the website show it as well. Answers to emails go "
                "where they go now."
            ),
            problem=self._find_fault(default, company.email),
        )

    @api.model
    def _replace_template(self, template, company):
        default = company.sudo().alias_domain_id.default_from_email
        sender = formataddr((company.name or "", default)) if default else ""
        values = {"email_from": sender}
        if not (template.reply_to or "").strip():
            values["reply_to"] = template.email_from
        return Step(
            "mail.template",
            template.id,
            values,
            who=template.name,
            before=template.email_from,
            after=sender,
            hint=self.env._(
                "Answers go to %(address)s.",
                address=values.get("reply_to") or template.reply_to,
            ),
            problem=self._find_fault(default, template.email_from),
        )

    @api.model
    def _find_fault(self, default, present):
        """Say why the default address can't stand in for the present one, or ""."""
        if not default:
            return self.env._("Its email domain has no default address.")
        if parse_mailbox(present).address == parse_mailbox(default).address:
            return self.env._("Sends as the default address already.")
        return ""

    # ------------------------------------------------------------ filter

    @api.model
    def _prepare_filter(self, rows):
        """Return a step for each domain that a server's filter leaves out."""
        left_out = rows.filtered(
            lambda row: row.reason == "filter_mismatch" and row.domain and row.server_id
        )
        groups = left_out.grouped(lambda row: (row.server_id, row.domain))
        faults = self._find_filter_faults({key: one[:1] for key, one in groups.items()})
        by_server = {}
        for (server, domain), problem in faults.items():
            known = by_server.setdefault(server.id, split_filter(server.from_filter))
            if not problem:
                known.append(domain)
        return [
            Step(
                "ir.mail_server",
                server.id,
                {} if problem else {"from_filter": ", ".join(by_server[server.id])},
                who=server.name,
                before=server.from_filter,
                after=self.env._("and %(domain)s", domain=display_name(domain)),
                problem=problem,
            )
            for (server, domain), problem in faults.items()
        ]

    @api.model
    def _find_filter_faults(self, groups):
        """Say why servers must not send for domains, or "".

        Only a domain whose mails receivers find authenticated when they leave by this
        server may be added: DNS is asked as if the filter included it.

        :param groups: an address for each (server, domain).
        :return: what is said, by the same.
        """
        faults = {key: self._find_plain_fault(*key) for key in groups}
        supposed = [key for key, fault in faults.items() if not fault]
        for key in supposed[MOST_ASKED:]:
            faults[key] = self.env._("Too many at once: try it with fewer.")
        ways = {key: groups[key]._suppose_filter(*key) for key in supposed[:MOST_ASKED]}
        domains = self.env["mail.sender.domain"].sudo()
        wanted = list(dict.fromkeys(filter(None, ways.values())))
        known = domains._find_known(wanted)
        domains._ask([way for way in wanted if way not in known])
        known = domains._find_known(wanted)
        for (server, domain), way in ways.items():
            faults[server, domain] = self._explain_way(domain, known.get(way))
        return faults

    @api.model
    def _find_plain_fault(self, server, domain):
        """Say why a server must not send for a domain, as far as DNS isn't needed."""
        words = {"domain": display_name(domain)}
        if matches_filter(f"anybody@{domain}", server.from_filter):
            return self.env._("%(domain)s is in the filter already.", **words)
        if domain in self.env["mail.mailbox.provider"]._get_domains():
            return self.env._(
                "%(domain)s gives mailboxes to everybody, and receivers distrust such "
                "addresses from other servers.",
                **words,
            )
        return ""

    @api.model
    def _explain_way(self, domain, found):
        """Say why mails of a domain should not leave as they are, or "".

        :param found: ``mail.sender.domain``, None where they would not anyway.
        """
        if not found:
            return self.env._(
                "Odoo would still not send as addresses of %(domain)s.",
                domain=display_name(domain),
            )
        if found.verdict == "yes":
            return ""
        checks = self.env["mail.domain.check"]
        told = (checks._explain(code, dict(p)) for code, p in found.reasons or ())
        return next(told, "") or self.env._("DNS did not answer.")

    def _find_author(self):
        """Return the contact that writes; nobody where it is no person's address."""
        partner = self.env["res.partner"].sudo()
        if self.source_model == "res.users":
            user = self.env["res.users"].sudo().browse(self.source_id)
            partner = user.exists().partner_id
        elif self.source_model == "res.partner":
            partner = partner.browse(self.source_id).exists()
        return partner

    def _suppose_filter(self, server, domain):
        """Return how mails from a domain would leave if a filter included it.

        :return: see ``mail.sender.domain``; None where they would not leave as that.
        """
        env = self.env(su=True)
        company_id = (self.company_id or self.env.company).id
        values = {
            "author_id": self._find_author().id,
            "email_from": f"anybody@{domain}",
            **Companies(env).prepare_whose(company_id),
        }
        voice = Voice("ir.mail_server", server.id, domain, company_id, values)
        with closing(env.cr.savepoint()):  # is undone
            server.sudo().from_filter = f"{server.from_filter},{domain}"
            judged = judge(env, [voice])[0]
        env.registry.clear_cache()
        is_same = judged.way and judged.way[:2] == (domain, server.id)
        return judged.way if is_same else None
