# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is said where people type an address, or write with theirs.

Nothing is asked of DNS here that anybody waits for: what is not known is looked up in
the background, and told the next time.
"""

import logging

from odoo import api, models, tools
from odoo.exceptions import AccessError

from ...mailauth.from_filter import fold_address, matches_filter
from ..tools.after_delivery import never_raise
from ..tools.apart import in_time
from .judging import judge
from .mail_sender_address_audit import OPEN, make_row
from .other_voices import ANYBODY
from .voice import Voice

_logger = logging.getLogger(__name__)

TOLD = ("encapsulated", "refused", "unauthenticated")
UNSURE = (*OPEN, "policy_unknown")
# Another address would leave as it is, where the domain is none of the company's.
OF_DOMAIN = (
    "filter_mismatch",
    "mailbox_provider",
    "policy_always",
    "policy_enforced",
)
# What DNS is asked about a server depends on these.
OF_WAY = ("sending_host_ips", "signs_itself", "smtp_host")
OF_ADDRESS = ("no_author", "no_sender", "unreadable")


class MailSenderLine(models.AbstractModel):
    """Whether mails of an address will leave under another one, or fail, and why."""

    _name = "mail.sender.line"
    _description = "Line About a Sender"

    # ------------------------------------------------------------ the chatter

    @api.model
    def get_line(self, model, record_id):
        """Say what becomes of what the user writes in a chatter, if it matters.

        :param str model: of the document, as the web client has it.
        :param record_id: of the document; falsy for one that is not saved yet.
        :return: plain text in the user's language; False where the address stays, and
            where the user can't do anything about it.
        :raises AccessError: who is no colleague.
        """
        user = self.env.user
        if not self.env.su and not user._is_internal():
            raise AccessError(self.env._("Only colleagues can ask this."))
        record = self._find_record(model, record_id)

        def collect(env):
            return [self._make_writer_voice(env, record)]

        rows = self._judge(collect)
        return self._say(rows.get(0), is_manager=user._is_system())

    @api.model
    def _find_record(self, model, record_id):
        """Return the document that somebody writes in, None where they may not see it.

        What the web client sends may be anything.
        """
        is_thread = isinstance(model, str) and isinstance(
            self.env.get(model), self.pool["mail.thread"]
        )
        if not is_thread or type(record_id) is not int or record_id <= 0:
            return None
        record = self.env[model].browse(record_id)
        return record if record.exists() and record.has_access("read") else None

    @api.model
    def _make_writer_voice(self, env, record):
        """Return the voice of the user who writes in a document, as Odoo posts it."""
        user, company = self.env.user, self.env.company
        partner = env["res.partner"].browse(user.sudo().partner_id.id)
        threads = env["res.partner"].new() if record is None else record.sudo()
        found = threads._mail_get_companies(default=company)[threads.id] or company
        domains = threads._mail_get_alias_domains(default_company=company)
        values = {
            "author_id": partner.id,
            "email_from": partner.email_formatted if partner.email else False,
            "record_alias_domain_id": domains[threads.id].id,
            "record_company_id": found.id,
        }
        return Voice("res.users", 0, partner.email or "", found.id, values, user.id)

    # ------------------------------------------------------------ what is said

    @api.model
    def _judge(self, collect, server=None):
        """Return what becomes of the mails of voices: rows that are not stored.

        A form has to open whatever is wrong with the servers.

        :param collect: a function that returns voices; it is called with an environment
            with all rights, without a context: that of a form has defaults.
        :param server: see :func:`.judging.judge`.
        :return: rows of ``mail.sender.address`` by the id of the voice's source.
        """
        if self.env["ir.mail_server"]._disable_send():
            return {}  # nothing leaves
        self.env.flush_all()  # what follows writes nothing that could be undone
        what = "What becomes of an address is not told"
        with never_raise(_logger.warning, what), in_time(self.env, flush=False):
            env = self.env(su=True, context={})
            judged = judge(env, collect(env), server)
            self._look_up_later(judged)
            ways = {one.way for one in judged if one.way}
            known = env["mail.sender.domain"]._find_known(ways) if ways else {}
            if server and _is_another(server):
                known = {}
            rows = self.env["mail.sender.address"].sudo()
            return {
                one.voice.source_id: rows.new(make_row(one, known.get(one.way), {}))
                for one in judged
            }
        return {}

    @api.model
    def _look_up_later(self, judged):
        """Let DNS be asked, once the form is open, what it was not asked lately.

        :param judged: what ``judge`` has returned.
        """
        for one in judged:
            if not one.is_asked:
                email_from = one.voice.values.get("email_from")
                self.env["mail.author.policy"]._note_author(email_from)

    @api.model
    def _say(self, row, is_manager):
        """Return what is said of a row, False where nothing is.

        :param row: of ``mail.sender.address``, None for none.
        :param is_manager: whether the reader may change more than their own address.
        """
        if row is None or row.outcome not in TOLD or row.reason in UNSURE:
            return False
        if not is_manager and not self._would_another_help(row):
            return False
        if row.outcome == "unauthenticated":
            return self.env._(
                "Receivers may refuse emails of %(domain)s, or show them as spam: "
                "neither SPF nor DKIM proves that they are genuine.",
                domain=row.shown_domain,
            )
        return row.explanation

    @api.model
    def _would_another_help(self, row):
        """Tell whether mails of another address would leave as they are.

        Where those of the company's own domains are replaced as well, only
        administrators can change it.
        """
        if row.reason in OF_ADDRESS:
            return True
        if row.outcome == "encapsulated" and row.reason not in OF_DOMAIN:
            return False
        own = self._list_own_domains()
        if not own or row.domain in own:
            return False
        return not row.server_filter or self._may_any_send(own)

    @api.model
    def _may_any_send(self, domains):
        """Tell whether a server's filter names one of these domains as a whole.

        Where a provider allows one address only, no other address would help.
        """
        shared = [("owner_user_id", "=", False)]
        servers = self.env["ir.mail_server"].sudo()
        filters = servers.search_fetch(shared, ["from_filter"]).mapped("from_filter")
        filters.append(servers._get_default_from_filter())
        return any(
            matches_filter(f"{ANYBODY}@{domain}", one)
            for one in filters
            for domain in domains
        )

    @api.model
    def _list_own_domains(self):
        """Return the names of the alias domains, as they are compared.

        :rtype: set[str]
        """
        domains = self.env["mail.alias.domain"].sudo().search_fetch([], ["name"])
        return {fold_address(domain.name) for domain in domains}


def _is_another(server):
    """Tell whether DNS was asked about another server than the one that is typed."""
    stored = server._origin
    return any(server[name] != stored[name] for name in OF_WAY)


def format_sender(env, name, email):
    """Return a mailbox as Odoo makes it of a contact's name and address."""
    return env["res.partner"].new({"name": name, "email": email}).email_formatted


def is_same_address(one, other):
    """Tell whether two texts have the same address."""
    found = tools.email_normalize(one or "", strict=False)
    return bool(found) and found == tools.email_normalize(other or "", strict=False)
