# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Somebody, or something, in whose name mails leave."""

from dataclasses import dataclass, field
from typing import Any

from ...mailauth.from_filter import fold_address
from ...mailauth.mailbox import decode_words, parse_mailbox
from ...mailauth.printable import drop_hidden
from ..sender.rehearsal import find_alias_domain

# Of each kind of source, so that an audit ends.
MOST = 10_000
MAX_TEXT = 500  # characters of what somebody wrote that are kept


def get_address(text):
    """Return the address in a text of strangers, in one spelling; "" for none."""
    return fold_address(parse_mailbox(text).address)


def show(text):
    """Return a text, or the addresses of a header, as it may be kept and shown."""
    return drop_hidden(decode_words(str(text or "")))[:MAX_TEXT]


@dataclass(frozen=True)
class Voice:
    """A source of mails, with what a mail of it is made of.

    :param source_model: the model that it is a record of.
    :param source_id: the record, 0 for an address that is nobody's.
    :param email: what is shown: the address, or what stands for it.
    :param company_id: the company that a mail of it leaves for; the id.
    :param values: of ``mail.mail``; without ``reply_to`` where Odoo finds it.
    :param user_id: who makes the mail, False for nobody in particular.
    :param of_company: whether only administrators of the company may see it.
    :param known: outcome and reason where a mail need not be made to know them.
    """

    source_model: str
    source_id: int
    email: str
    company_id: int
    values: dict[str, Any] = field(default_factory=dict)
    user_id: int | bool = False
    of_company: bool = True
    known: tuple[str, str] | None = None


class Companies:
    """The alias domains of companies, each looked up once, as Odoo does it."""

    def __init__(self, env):
        self._env = env
        self._found = {}
        # Archived ones have no mails.
        companies = env["res.company"].sudo().search([], order="id")
        companies.fetch(["alias_domain_id", "email", "name", "partner_id"])
        self.all = companies

    @property
    def main(self):
        """The company that stands in where none is known."""
        return self.all[:1]

    def find_alias_domain(self, company_id, own_id):
        """Return the id of the alias domain of a record's mails, or False.

        :param company_id: of the record, False for none.
        :param own_id: of the company in which somebody writes there.
        """
        key = (company_id, own_id)
        if key not in self._found:
            self._found[key] = find_alias_domain(self._env, *key).id
        return self._found[key]

    def prepare_whose(self, company_id, own_id=None):
        """Return the values of a mail that say whose record it is about.

        :param company_id: of the record.
        :param own_id: as in :meth:`find_alias_domain`; None: the same company.
        """
        own_id = company_id if own_id is None else own_id
        return {
            "record_alias_domain_id": self.find_alias_domain(company_id, own_id),
            "record_company_id": company_id,
        }

    def find_user_of(self, alias_domain):
        """Return the company that uses an alias domain, the main one for none."""
        mine = self.all.filtered(lambda one: one.alias_domain_id == alias_domain)
        return mine[:1] or self.main
