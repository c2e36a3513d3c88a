# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether reports on delivery come back to Odoo: without them silence means nothing."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import config

from ...mailauth.from_filter import fold_address

RECENTLY = timedelta(days=90)  # a report has come in, so there is a way
LATEST = 20_000  # messages among which there is one that has come in


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _get_bounce_return(self):
        """Return what becomes of the reports on mails of a domain.

        :return: a code, and who keeps them: "arrive" (one has come), "no_way" (Odoo
            gets no mail at all), "failing" (it can't fetch any now), "provider" (all
            servers put another address than ours into the envelope; the name of the
            service), "" where nothing speaks against it.
        :rtype: tuple[str, str]
        """
        self.ensure_one()
        domain = self.sudo()
        if domain._has_report():
            return "arrive", ""
        if code := domain._find_obstacle_in():
            return code, ""
        servers = domain._get_outgoing_servers()
        kept = [one.provider.name for one in servers if domain._keeps_reports(one)]
        if kept and len(kept) == len(servers):
            return "provider", ", ".join(sorted(set(kept)))
        return "", ""

    def _keeps_reports(self, server):
        """Tell whether the reports on mails of a server go to the service alone.

        Those that send as the login only have bounces sent there, too.

        :param server: of :meth:`_get_outgoing_servers`.
        """
        if server.provider.envelope != "own":
            return False
        from_file = not server.record or server.record.smtp_authentication == "cli"
        login = config.get("smtp_user") if from_file else server.record.smtp_user
        if server.provider.from_policy != "rewrite" or not login:
            return True
        fetched = self.env["fetchmail.server"].search([("state", "=", "done")])
        return fold_address(login) not in [
            fold_address(one.user or "") for one in fetched
        ]

    def _has_report(self):
        since = fields.Datetime.now() - RECENTLY
        domain = [
            ("origin", "=", "report"),
            ("date", ">", since),
            ("mail_message_id.record_alias_domain_id", "in", (False, *self.ids)),
        ]
        return bool(self.env["mail.refusal"].search_count(domain, limit=1))

    def _find_obstacle_in(self):
        """Return why no mail comes in, "" where some may."""
        servers = self.env["fetchmail.server"].search([("state", "=", "done")])
        if servers and all(servers.mapped("error_date")):
            return "failing"
        return "" if servers or self._has_incoming() else "no_way"

    def _has_incoming(self):
        """Tell whether a mail has come in, as by odoo-mailgate, which leaves no record.

        Nothing says so but the messages themselves, of which the newest are looked at.
        """
        messages = self.env["mail.message"]
        newest = messages.search([], order="id desc", limit=1).id
        domain = [("message_type", "=", "email"), ("id", ">", newest - LATEST)]
        return bool(messages.search_count(domain, limit=1))

    def _word_bounce_return(self, code, name=""):
        """Return the sentence for what :meth:`_get_bounce_return` has found.

        :param str code: its code.
        :param str name: of the service that keeps the reports.
        :return: "" where there is nothing to say.
        """
        texts = {
            "no_way": self.env._(
                "Refusals that come back later are not known here: Odoo receives no "
                "emails. Add an incoming mail server that fetches those for the bounce "
                "address (%s).",
                self.bounce_email,
            ),
            "failing": self.env._(
                "Refusals that come back later are not known here: no incoming mail "
                "server can be reached at the moment."
            ),
            "provider": self.env._(
                "Refusals that come back later are not known here: %s has them sent to "
                "the account that you send with. Look for them there.",
                name,
            ),
        }
        return texts.get(code, "")
