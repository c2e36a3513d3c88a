# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A refusal in one sentence, who has to act, and where."""

from typing import NamedTuple

from odoo import api, fields, models

from ...mailauth.dns.names import display_name
from ...mailauth.refusal.advice import ADVICE
from ...mailauth.refusal.rules import PROVIDERS
from .texts import (
    ACTORS,
    ADMINISTRATOR,
    DOMAIN,
    LIMIT,
    LINKS,
    NOT_SENT,
    OWN_LIMIT,
    get_act,
    get_actor,
    get_place,
    get_reason,
)
from .values import Known

SETTINGS = "settings#daily_limit_setting"
SERVERS = "action-base.action_ir_mail_server_list"


class About(NamedTuple):
    """What a refused mail belongs to.

    :param receiver: the domain of its recipient, "" where others may have refused.
    :param server: ``ir.mail_server``, empty for unknown.
    :param alias_domain: ``mail.alias.domain``, empty for unknown.
    """

    receiver: str
    server: models.BaseModel
    alias_domain: models.BaseModel


class MailRefusal(models.Model):
    """The words for a refusal; mails and notifications use them as well."""

    # A file for each concern.
    _inherit = "mail.refusal"  # pylint: disable=consider-merging-classes-inherited

    explanation = fields.Char(
        compute="_compute_explanation",
        help="Why the email was refused, and who has to act.",
    )
    who = fields.Char(string="Refused By", compute="_compute_explanation")
    reason = fields.Char(string="Why", compute="_compute_explanation")
    actor = fields.Char(string="Who Has to Act", compute="_compute_explanation")

    @api.depends("advice", "blame", "category", "provider", "receiver")
    @api.depends_context("lang", "uid")
    def _compute_explanation(self):
        for refusal in self:
            told = self._explain(refusal._get_known(), refusal._get_about())
            refusal.explanation = f"{told['sentence']} {told['act']}"
            refusal.actor = told["actor"]
            refusal.who = told["who"]
            refusal.reason = told["reason"][:1].upper() + told["reason"][1:]

    def _get_known(self):
        return Known(self.category, self.blame, self.advice or "", self.provider or "")

    def _get_about(self):
        receiver = self.receiver if self.scope != "server" else ""
        message = self.mail_message_id or self.mail_mail_id.mail_message_id
        return self._find_about(message, self.server_id, receiver)

    @api.model
    def _find_about(self, message, server, receiver):
        """Return what a mail belongs to.

        :param message: its ``mail.message``, may be empty.
        :param server: see :class:`About`.
        :param str receiver: likewise.
        """
        message = message.sudo()
        domain = message.record_alias_domain_id
        domain = domain or message.record_company_id.alias_domain_id
        domain = domain or self.env.company.alias_domain_id
        return About(receiver or "", server.sudo(), domain)

    @api.model
    def _explain(self, known, about):
        """Say to the user why a mail was refused, who has to act, and where.

        :param Known known: what is known of the refusal.
        :param About about: what it is about.
        :return: ``who``, ``reason``, ``sentence``, ``actor``, ``act``, plain text, and
            ``link``: ``url`` and ``text``, or False, also for those who may not follow.
        :rtype: dict
        """
        category, blame, advice, _provider = known
        actor = get_actor(category, blame, advice)
        reason = self.env._(get_reason(category, advice))
        who = self._name_who(known, about)
        is_administrator = self.env.user.has_group("base.group_system")
        return {
            "who": who,
            "reason": reason,
            "sentence": self._make_sentence(who, reason, advice),
            "actor": self.env._(ACTORS[actor]),
            "act": self._make_act(known, actor, is_administrator),
            "link": is_administrator and self._find_link(known, about),
        }

    @api.model
    def _make_sentence(self, who, reason, advice):
        if advice == OWN_LIMIT:
            return self.env._(NOT_SENT)
        return self.env._(
            "%(who)s did not take this email: %(reason)s.", who=who, reason=reason
        )

    @api.model
    def _make_act(self, known, actor, is_administrator):
        """Return what to do; administrators are told how."""
        if is_administrator and actor == ADMINISTRATOR and known.advice in ADVICE:
            return self._translate(ADVICE[known.advice])
        return self.env._(get_act(known.category, actor, known.advice))

    @api.model
    def _as_read_by(self, reader):
        """Return the model as a user has it who is told of something later.

        :param reader: ``res.users``; the public one, or none, stands for anybody.
        """
        reader = reader or self.env.ref("base.public_user")
        if reader == self.env.user:
            return self
        known = reader.sudo()
        companies = known.company_id | known.company_ids
        lang = self.env.lang if reader._is_public() else known.lang
        context = {"lang": lang, "allowed_company_ids": companies.ids}
        return self.with_user(reader).with_context(**context)

    @api.model
    def _name_who(self, known, about):
        """Return who has refused, in a few words."""
        provider = PROVIDERS.get(known.provider)
        if provider and provider.kind == "service":
            return provider.name
        if about.receiver:
            return display_name(about.receiver)
        return self.env._("The mail server")

    @api.model
    def _find_link(self, known, about):
        """Return where an administrator acts, False where that is nowhere in Odoo."""
        place = get_place(known.category, known.advice)
        if place == DOMAIN:
            domain = about.alias_domain.with_env(self.env)
            if not domain._filter_visible():
                return False
            path = f"email-domain-checks/{domain.id}"
        elif not place:
            return False
        elif about.server:
            path = f"ir.mail_server/{about.server.id}"
        else:
            path = SETTINGS if place == LIMIT else SERVERS
        return {"url": f"/odoo/{path}", "text": self.env._(LINKS[place])}

    @api.model
    def _translate(self, text):
        """Return a text of the core in the user's language."""
        # The texts of the core are marked for translation where they stand.
        return self.env._(text)  # pylint: disable=W8301
