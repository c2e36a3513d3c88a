# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the system parameters about mails mean at the moment, all settings together."""

from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

from ...mailauth.mailbox import parse_mailbox
from ..parameters import table
from ..parameters.table import PARAMETERS
from .voice import Companies, Voice

_lt = LazyTranslate(__name__)

# Longer than a label may be (RFC 1035 section 2.3.4): no domain, so that DNS is not
# asked, and nobody's.
FOREIGN = f"author@{'x' * 64}.invalid"
MOST_NAMES = 3

# What becomes of authors from elsewhere, by the reason of the decision about one.
FOREIGN_AUTHORS = {
    "filter_mismatch": _lt("Authors outside %(filter)s are sent as %(default)s."),
    "policy_always": _lt("Authors outside %(own)s are sent as %(default)s."),
    "policy_pending": _lt(
        "Authors outside %(own)s are sent as %(default)s, if their domain does not "
        "want other servers to send in its name."
    ),
    "unfiltered_default": _lt(
        "All authors are sent as %(default)s, with their own names."
    ),
}
AS_THEMSELVES = _lt("Authors are sent as themselves.")
NO_DEFAULT = _lt(
    "Authors are sent as themselves: there is no address that could stand in."
)
FILTER_DECIDES = _lt("Decides nothing now: the server's filter does.")
OTHER_SERVER = _lt("Decides nothing now: emails leave by the server “%(server)s”.")
FILTER_EMPTY = _lt("The server in Odoo's configuration file may send for everybody.")
NO_DOMAIN = _lt("Nothing, as long as there is no email domain.")
ADDRESSES = {
    table.CATCHALL_DOMAIN.key: _lt("Your addresses end in @%(domain)s."),
    table.CATCHALL_ALIAS.key: _lt("Answers go to %(value)s@%(domain)s."),
    table.BOUNCE_ALIAS.key: _lt(
        "Emails that can't be delivered come back to %(value)s@%(domain)s."
    ),
    table.REPORT_ALIAS.key: _lt("DMARC reports go to %(value)s@%(domain)s."),
}
NAMESERVERS = (
    _lt("Checks ask %(value)s."),
    _lt("Checks ask the nameservers of this machine."),
)
# What a number means, and what 0 does, where that is something else.
NUMBERS = {
    table.BULK_RECIPIENTS.key: (
        _lt("What goes to more than %(value)s recipients at once is a mass mailing."),
        _lt("Only newsletters are mass mailings."),
    ),
    table.DAILY_LIMIT.key: (
        _lt("At most %(value)s recipients get emails on one day."),
        _lt("There is no limit."),
    ),
    table.DAILY_LIMIT_PUBLIC.key: (
        _lt("Visitors may cause %(value)s percent of the emails of a day."),
        None,
    ),
    table.DAILY_LIMIT_RESERVE.key: (
        _lt("%(value)s percent of the daily limit are kept from mass mailings."),
        None,
    ),
    table.DAILY_LIMIT_RESET_HOUR.key: (
        _lt("The count starts again at %(value)s:00 UTC."),
        None,
    ),
    table.DAILY_LIMIT_URGENT.key: (
        _lt("%(value)s recipients a day get urgent emails beyond the limit."),
        None,
    ),
    table.DNS_TIMEOUT.key: (_lt("A check ends after %(value)g seconds."), None),
    table.RETRY_HOURS.key: (
        _lt("What is refused for now is tried again for %(value)s hours."),
        _lt("What is refused for now fails at once."),
    ),
    table.SUPPRESSION.key: (
        _lt("Addresses that don't exist any more are left out."),
        _lt("Addresses that don't exist any more get all emails."),
    ),
}


class Now:
    """Explains parameters; what several of them need is found out once."""

    def __init__(self, env):
        self._env = env
        self._known = None

    def explain(self, key):
        """Return what a parameter means now, False where that can't be told.

        :param key: of PARAMETERS.
        """
        try:
            value = self._get(PARAMETERS[key])
        except UserError:
            return False
        if key in ADDRESSES:
            return self._explain_address(key, value)
        if key in NUMBERS:
            sentence, none = NUMBERS[key]
            chosen = none if none and not value else sentence
            return self._say(chosen) % {"value": value}
        if key == table.NAMESERVERS.key:
            stored = self._env["ir.config_parameter"]._get_stored(key)
            return self._say(NAMESERVERS[not stored]) % {"value": stored}
        if key == table.DEFAULT_FROM_FILTER.key:
            return self._explain_filter(value)
        if key == table.SENDER_POLICY.key and self._is_filtered():
            return self._env._(FILTER_DECIDES)
        if key in (table.DEFAULT_FROM.key, table.SENDER_POLICY.key):
            return self._explain_authors()
        return False

    def _say(self, sentence):
        """Return a sentence in the reader's language, its words not yet put in."""
        return self._env._(sentence)

    def _get(self, parameter):
        return self._env["ir.config_parameter"]._get_value(parameter)

    def _explain_address(self, key, value):
        domain = self._get(table.CATCHALL_DOMAIN)
        if not domain or not value:
            return self._env._(NO_DOMAIN)
        return self._say(ADDRESSES[key]) % {"domain": domain, "value": value}

    def _explain_filter(self, value):
        row = self._judge()
        if row is None:
            return False
        if row.server_id:
            name = row.server_id.display_name
            return self._say(OTHER_SERVER) % {"server": name}
        return self._explain_authors() if value else self._env._(FILTER_EMPTY)

    def _is_filtered(self):
        row = self._judge()
        return row is not None and row.reason == "filter_mismatch"

    def _explain_authors(self):
        """Return what becomes of the mails of authors from elsewhere."""
        row = self._judge()
        if row is None:
            return False
        if row.outcome != "encapsulated":
            no_default = ["default_missing", {}] in (row.reasons or [])
            return self._env._(NO_DEFAULT if no_default else AS_THEMSELVES)
        reason = row.reason.replace("policy_unknown", "policy_pending")
        if reason not in FOREIGN_AUTHORS:
            return False
        domains = self._env["mail.alias.domain"].sudo().search([], limit=MOST_NAMES)
        return self._say(FOREIGN_AUTHORS[reason]) % {
            "default": parse_mailbox(row.sent_as).address,
            "filter": row.server_filter,
            "own": ", ".join(domains.mapped("name")),
        }

    def _judge(self):
        """Return what becomes of the mails of an author from elsewhere.

        :return: a row of ``mail.sender.address`` that is not stored, None where nothing
            leaves.
        """
        if self._known is None:
            self._known = self._env["mail.sender.line"]._judge(_make_foreign_voice)
        return self._known.get(0)


def _make_foreign_voice(env):
    companies = Companies(env)
    company_id = companies.main.id
    values = {"email_from": FOREIGN, **companies.prepare_whose(company_id)}
    return [Voice("res.partner", 0, FOREIGN, company_id, values)]
