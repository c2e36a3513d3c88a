# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The envelope sender: where bounces return, and which domain SPF is asked about."""

from odoo import api, models

from ...mailauth.address import split_address
from ...mailauth.from_filter import fold_address
from ...mailauth.mailbox import parse_mailbox
from ..tools.carrier import carried
from .batch import Batch
from .session_facts import get_facts


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _with_bounce_address(self, message, smtp_session, own_domains):
        """Let bounces return to the domain of From, where that is the company's too.

        Odoo takes the alias domain of the record. Where the author writes from another
        one, SPF passes for a domain that is not that of From, and so counts for
        nothing (RFC 9989 section 4.4).

        :param message: with From as it leaves; its Return-Path is changed along.
        :param own_domains: as in SenderFacts: most mails cost no question here.
        :return: these servers, the address in the context under Odoo's own key.
        """
        names = _list_parents(parse_mailbox(message["From"]).domain)
        present = self.env.context.get("domain_bounce_address")
        present = present or message["Return-Path"] or ""
        if _get_domain(present) in names[:1] or set(names).isdisjoint(own_domains):
            return self
        better = self._find_bounce_address(names, present, message, smtp_session)
        from_filter = getattr(smtp_session, "from_filter", False)
        if not better or not self._match_from_filter(better, from_filter):
            # One that the filter does not name is not used: bounces would get lost.
            return self
        if message["Return-Path"]:
            message.replace_header("Return-Path", better)
        return self.with_context(domain_bounce_address=better)

    @api.model
    def _find_bounce_address(self, names, present, message, smtp_session):
        """Return the bounce address of From's nearest domain, None: keep the present.

        :param names: the domain of From and its parents, the nearest first.
        :param present: the address that Odoo would use, which is kept where it is not
            one that Odoo has found by itself.
        """
        if present and fold_address(present) not in self._list_bounce_addresses():
            return None
        domains = self._find_own_alias_domains(message, smtp_session)
        for name in names:
            if name == _get_domain(present):
                return None
            for domain in domains:
                if domain.bounce_email and fold_address(domain.name) == name:
                    return domain.bounce_email
        return None

    @api.model
    def _list_bounce_addresses(self):
        """Return the bounce addresses of all alias domains, once for a batch."""
        stays = getattr(carried(self.env, Batch), "stays", {})
        if "bounce addresses" not in stays:
            every = self.env["mail.alias.domain"].sudo()
            every = every.search_fetch([], ["name", "bounce_alias"])
            addresses = filter(None, every.mapped("bounce_email"))
            stays["bounce addresses"] = frozenset(map(fold_address, addresses))
        return stays["bounce addresses"]

    @api.model
    def _find_mail(self, message, mail_ids):
        """Return the mail that a message is of, none for one that is no mail's.

        :param mail_ids: those of the session. What is rehearsed is new, and alone.
        """
        mails = self.env["mail.mail"].sudo().browse(mail_ids)
        if not mails._origin:
            return mails
        is_this = ("message_id", "=", message["Message-Id"])
        return mails.search([("id", "in", mail_ids), is_this], limit=1)

    @api.model
    def _find_own_alias_domains(self, message, smtp_session):
        """Return the alias domains that a message may use, the record's first.

        Those of the companies that its record and its author belong to.
        """
        mail = self._find_mail(message, get_facts(smtp_session).mail_ids)
        record = mail.record_company_id
        author = mail.author_id.company_id | mail.author_id.user_ids.company_ids
        companies = (record | author) or self.env.company.sudo()
        return mail.record_alias_domain_id | companies.alias_domain_id


def _get_domain(address):
    return split_address(fold_address(address))[1]


def _list_parents(domain):
    """Return a domain and its parents, the nearest first."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]
