# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Sources in words, for whoever has never heard of SPF."""

from odoo import models
from odoo.tools.translate import LazyTranslate

from ..tools.host_names import fold
from .mail_dmarc_origin import NO_ADDRESS, OTHERS

_lt = LazyTranslate(__name__)

# What to do about a source, by the code of the core's advice.
ADVICE_TEXTS = {
    "nothing": _lt("Nothing to do."),
    "forwarded": _lt(
        "Nothing to do: people have their mail forwarded from here. Emails that are "
        "signed survive it."
    ),
    "not_ours": _lt(
        "Nothing to do: receivers refuse such emails once your DMARC policy tells them "
        "to."
    ),
    "withdraw_spf": _lt(
        "Receivers take some of these for yours, since SPF passes: no policy stops "
        "them. Take what allows these servers out of the SPF record of %(domain)s."
    ),
    "withdraw_key": _lt(
        "Some of these have a signature in your name that holds: no policy stops them. "
        "If they are emails of yours that somebody forwards, there is nothing to do; "
        "else remove the DKIM key from the DNS of %(domain)s: %(keys)s."
    ),
    "is_it_yours": _lt(
        "Is this yours? Say so if a program or a service of yours sends from here. If "
        "nobody knows it, it is most likely somebody who uses your name."
    ),
    "publish_dkim_cnames": _lt(
        "Publish the DKIM CNAMEs that it asks for, so that it signs in your name."
    ),
    "publish_two_dkim_cnames": _lt(
        "Publish its two DKIM CNAMEs, so that it signs in your name: %(records)s."
    ),
    "publish_known_dkim_cnames": _lt(
        "Publish its DKIM CNAMEs, so that it signs in your name: %(records)s."
    ),
    "publish_dkim_key": _lt(
        "Switch its DKIM signature on for your domain, and publish the record that it "
        "shows you."
    ),
    "add_include": _lt("Add %(term)s to the SPF record of %(domain)s."),
    "add_address": _lt("Add its address %(address)s to the SPF record of %(domain)s."),
    "sign": _lt(
        "Let it sign with DKIM: without a signature its emails fail where they are "
        "forwarded."
    ),
    "ask_service": _lt(
        "Ask whoever runs it how it signs with DKIM in the name of its customers, and "
        "set that up."
    ),
    "service_never": _lt(
        "It can't send in your name so that receivers see it. Let it write from an "
        "address of its own, or send these emails another way."
    ),
}
# These ask for no answer where it is not known whose a source is.
WITHOUT_QUESTION = ("is_it_yours", "nothing")
WITH_INSTRUCTIONS = ("publish_dkim_cnames", "publish_dkim_key")
# What is not ours and passes all the same.
STILL_PASSING = ("withdraw_spf", "withdraw_key")
SHOWN = 3  # networks of one source, and keys
ENOUGH = 99  # percent


class MailDmarcOrigin(models.Model):
    """Sources in words."""

    # A file for each concern.
    _inherit = "mail.dmarc.origin"  # pylint: disable=consider-merging-classes-inherited

    def _describe(self):
        """Return what to call a source."""
        self.ensure_one()
        if self.key == NO_ADDRESS:
            return self.env._("Sources without an address")
        if self.key == OTHERS:
            return self.env._("Many other sources")
        if self.key.startswith("own:"):
            return self.env._("Your own server %(name)s", name=self.name)
        return self.name

    def _describe_place(self):
        """Return where these sources are, bounded; "" where the name says it."""
        names = [one.reverse_name or one.network or one.address or "" for one in self]
        names = [name.removesuffix("/32").removesuffix("/128") for name in names]
        places = [one for one in dict.fromkeys(names) if one and one != self[:1].name]
        more = len(places) - SHOWN
        shown = ", ".join(places[:SHOWN])
        if more <= 0:
            return shown
        return self.env._("%(places)s and %(count)s more", places=shown, count=more)

    def _describe_advice(self):
        """Return the one thing to do about a source, as a sentence."""
        self.ensure_one()
        text = self._fill_in_advice()
        if self.kind != "unknown" or self.advice in WITHOUT_QUESTION:
            return text
        return self.env._(
            "Do you use %(name)s? If so: %(advice)s", name=self._describe(), advice=text
        )

    def _fill_in_advice(self):
        code, entries = self.advice or "is_it_yours", ()
        if code == "publish_dkim_cnames":
            provider = self.provider_id.sudo()
            entries = provider._get_dkim_entries(self.alias_domain_id.name)
            code = {0: code, 2: "publish_two_dkim_cnames"}.get(
                len(entries), "publish_known_dkim_cnames"
            )
        # A code of a later version of the core is no reason to show nothing.
        text = self.env._(ADVICE_TEXTS.get(code, ADVICE_TEXTS["is_it_yours"]))
        if "%(" not in text:
            return text
        return text % {
            "address": self.address or self.name,
            "domain": self.alias_domain_id.name,
            "records": ", ".join(map(_write_entry, entries)),
            "keys": self._list_keys(),
            "term": self.provider_id.sudo().spf_term or "",
        }

    def _list_keys(self):
        """Return the names of the keys that it signs with in the domain's name."""
        pairs = sorted(self._list_signers(fold(self.alias_domain_id.name)))
        names = [f"{selector}._domainkey.{domain}" for domain, selector in pairs]
        return ", ".join(names[:SHOWN]) or "?"

    def _get_instructions(self):
        """Return the address of the service's own page, where it says how, or False."""
        url = self.provider_id.sudo().setup_url or ""
        wanted = self.advice in WITH_INSTRUCTIONS and self.kind != "not_ours"
        return wanted and url.startswith("https://") and url

    def _get_level(self, percent):
        """Return how bad it is; see static/src/checklist/levels.js.

        :param percent: how many of its mails pass.
        """
        if self.kind == "unknown":
            # Whoever passes can send as you.
            return "warning" if percent else "unknown"
        if self.kind == "not_ours" and self.advice in STILL_PASSING:
            return "warning"
        if self.kind != "ours":
            return "info"
        return "pass" if percent >= ENOUGH else "fail"


def _write_entry(entry):
    """Return the name of a CNAME, and where it leads as far as that is known."""
    name = f"{entry.selector}._domainkey"
    return f"{name} \N{RIGHTWARDS ARROW} {entry.target}" if entry.target else name
