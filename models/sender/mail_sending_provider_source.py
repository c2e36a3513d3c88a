# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...mailauth.reports.service import Service
from ..tools.host_names import fold, is_host_name

_SELECTOR = re.compile(r"[a-z0-9_-]*(\*[a-z0-9_-]*)?(\.[a-z0-9_-]+)*")
_LETTERS = 2  # of a pattern with a star: fewer fit too much


class MailSendingProvider(models.Model):
    """How the mails of a service are recognized in what receivers report."""

    _inherit = "mail.sending.provider"  # pylint: disable=consider-merging-classes-inherited

    source_domains = fields.Char(
        help="The domains of its hosts, of the envelope senders that it puts, and of "
        "the signatures in its own name, comma-separated; what is below them as well. "
        "By them a source of mails is recognized in DMARC reports."
    )
    dkim_selectors = fields.Char(
        string="DKIM Selectors",
        help="Selectors of its signatures in the name of its customers that nobody "
        "else is known to use, comma-separated; one * stands for any characters.",
    )

    @api.constrains("source_domains")
    def _check_source_domains(self):
        for provider in self:
            for name in _split(provider.source_domains):
                # Below "com" is half of the world.
                if not is_host_name(name) or "." not in fold(name):
                    raise ValidationError(
                        self.env._(
                            "%(name)s is no domain. Write one with a dot in it: "
                            "provider.example",
                            name=name[:200],
                        )
                    )

    @api.constrains("dkim_selectors")
    def _check_dkim_selectors(self):
        for provider in self:
            for name in _split(provider.dkim_selectors):
                if not _is_selector(name):
                    raise ValidationError(
                        self.env._(
                            "%(name)s is no selector. Write letters and digits, and at "
                            "most one *: key*",
                            name=name[:200],
                        )
                    )

    @api.model
    def _list_services(self):
        """Return the catalogue as the core reads it, for sources of mails to be named.

        The key of a service is the id of its record.

        :rtype: list[Service]
        """
        return [provider._to_service() for provider in self.sudo().search([])]

    def _to_service(self):
        term = (self.spf_term or "").lower()
        return Service(
            key=self.id,
            name=self.name,
            domains=tuple(filter(None, map(fold, _split(self.source_domains)))),
            includes=tuple(_split(term.removeprefix("include:"))),
            selectors=tuple(filter(_is_selector, _split(self.dkim_selectors))),
            envelope=self.envelope,
            dkim=("cname" if self.dkim_by_cname else "key") if self.signs else "",
        )


def _split(text):
    return (text or "").lower().replace(",", " ").split()


def _is_selector(text):
    literal = text.replace("*", "")
    is_long = len(literal) >= (_LETTERS if "*" in text else 1)
    return is_long and len(text) <= 63 and bool(_SELECTOR.fullmatch(text))
