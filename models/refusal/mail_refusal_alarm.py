# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Telling administrators of refusals that only they can end.

By a scheduled action, not by who notes a refusal: mails are being sent then, and two
workers that write the same alarm would undo what the other knows of its mails.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_time

from ...mailauth.dns.names import display_name
from ...mailauth.printable import shorten
from ...mailauth.refusal.advice import ADVICE
from ..tools.moments import format_moment
from .reporter import is_proven_report
from .texts import get_reason

PREFIX = "refusal:"  # what the subjects of these alarms begin with
# How many emails have to be refused in a while, by what it is about.
ALARMING = {"authentication": 1, "relay_denied": 1, "blocklist": 3, "reputation": 3}
# What an account is refused for some senders only.
OF_SENDER = ("use_own_address", "verify_sender")
# What a check of the domain can explain.
CHECKED = ("authentication",)
WINDOW = timedelta(days=7)
# What a relay has taken may still come back: mostly within minutes.
QUIET = timedelta(hours=2)
MAX_ALARMS = 5
MAX_RECEIVERS = 200
MAX_GROUPS = 1000
SHOWN = 300  # characters of an answer in an alarm
OTHERS = "others"


class Group(NamedTuple):
    """Refusals that one alarm is about.

    :param company: ``res.company``, empty for none.
    :param provider: the code of who refuses, "" for unknown.
    :param receiver: where the provider is unknown, the domain of the recipients, or
        OTHERS.
    :param category: what they are about.
    """

    company: models.BaseModel
    provider: str
    receiver: str
    category: str

    @property
    def subject(self):
        who = self.provider or self.receiver
        return f"{PREFIX}{self.company.id or 0}:{who}:{self.category}"

    @property
    def domain(self):
        """The refusals of the group, however old; of OTHERS those of all groups."""
        domain = Domain("company_id", "=", self.company.id or False)
        domain &= Domain("category", "=", self.category)
        if self.receiver == OTHERS:
            return domain
        domain &= Domain("provider", "=", self.provider or False)
        return (
            domain if self.provider else domain & Domain("receiver", "=", self.receiver)
        )


class Episode(NamedTuple):
    """What an alarm tells of a group.

    :param emails: how many were refused.
    :param first: when the first of them was, UTC.
    :param last: when the last of them was, UTC.
    :param example: the last refusal for the reason of most, of ``mail.refusal``.
    """

    emails: int
    first: datetime
    last: datetime
    example: models.BaseModel


class MailRefusal(models.Model):
    # A file for each concern.
    _inherit = "mail.refusal"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _note(self, vals_list):
        """Have administrators told soon of what only they can end."""
        refusals = super()._note(vals_list)
        refusals._wake_watch_of_proven()
        return refusals

    def _prove(self):
        """Note of what a report says whether administrators are to be told.

        Anybody who got a mail may write one about it. By what processes the report; one
        that was not proven the first time may be now.
        """
        unproven = self.filtered(lambda one: not one.is_proven)
        asked = unproven.filtered_domain(self._get_administrators_domain())
        proven = asked.filtered(lambda one: is_proven_report(self.env, one.receiver))
        proven.is_proven = True
        proven._wake_watch_of_proven()

    def _wake_watch_of_proven(self):
        if self.filtered_domain(self._get_alarming_domain()):
            self._wake_watch()

    @api.model
    def _get_alarming_domain(self):
        """Return the domain of what administrators are told here."""
        certain = Domain("origin", "=", "smtp") | Domain("is_proven", "=", True)
        return self._get_administrators_domain() & certain

    @api.model
    def _get_administrators_domain(self):
        """Return the domain of what only administrators can end.

        Of what the outgoing server says of all mails, the alarm of that server tells.
        """
        of_sender = Domain("category", "=", "relay_denied")
        of_sender &= Domain("advice", "in", OF_SENDER)
        of_host = Domain("category", "in", ("blocklist", "reputation"))
        of_host &= Domain("scope", "!=", "server")
        return Domain("category", "=", "authentication") | of_sender | of_host

    @api.model
    def _wake_watch(self):
        """Run the scheduled action soon, once however many refusals there are."""
        cron = self.env.ref("mail_deliverability.mail_refusal_cron_watch").sudo()
        due = [("cron_id", "=", cron.id), ("call_at", "<=", fields.Datetime.now())]
        if not self.env["ir.cron.trigger"].sudo().search_count(due, limit=1):
            cron._trigger()

    # ------------------------------------------------------------ the watch

    @api.model
    def _cron_watch(self):
        """Raise, bring up to date and close the alarms of refusals."""
        told, recent = [], self._get_alarming_domain()
        recent &= Domain("date", ">=", fields.Datetime.now() - WINDOW)
        for group, domain in self._find_groups(recent):
            episode = self._find_episode(group, recent & domain)
            if episode and not self._do_pass_again(recent & domain, episode):
                self._tell(group, episode)
                told.append(group.subject)
        self.env["mail.deliverability.alarm"]._resolve_others(PREFIX, told)

    @api.model
    def _find_groups(self, recent):
        """Return the groups to tell of with their domains, the largest first.

        :param Domain recent: the refusals to look at.
        """
        rows = self.sudo()._read_group(
            recent,
            ["company_id", "category", "provider", "receiver"],
            order="__count DESC, receiver",
            limit=MAX_GROUPS,
        )
        groups = dict.fromkeys(
            Group(
                company,
                provider or "",
                "" if provider else receiver or OTHERS,
                category,
            )
            for company, category, provider, receiver in rows
        )
        named = [one for one in groups if one.receiver != OTHERS][:MAX_ALARMS]
        rest = dict.fromkeys(
            one._replace(provider="", receiver=OTHERS)
            for one in groups
            if one not in named
        )
        unnamed = ~Domain.OR([one.domain for one in named])
        found = [(one, one.domain) for one in named]
        return found + [(one, one.domain & unnamed) for one in rest]

    @api.model
    def _find_episode(self, group, domain):
        """Return what there is to tell of a group, None where that is too little.

        What an alarm has told that is closed by now is not told again.
        """
        domain &= Domain("date", ">", self._get_end(group.subject))
        [(count, emails, first, last)] = self.sudo()._read_group(
            domain,
            aggregates=[
                "__count",
                "message_id:count_distinct",
                "date:min",
                "date:max",
            ],
        )
        if count < ALARMING[group.category]:
            return None
        [(advice,)] = self.sudo()._read_group(
            domain, ["advice"], order="__count DESC, advice", limit=1
        )
        alike = domain & Domain("advice", "=", advice)
        example = self.sudo().search(alike, limit=1)
        return Episode(emails or count, first, last, example)

    @api.model
    def _get_end(self, subject):
        """Return when the last alarm of a subject was closed.

        By all administrators: what one of them has closed goes on for the others.
        """
        alarms = self.env["mail.deliverability.alarm"]._get_alarms(subject)
        still_open = alarms.filtered("active")
        begin = min(still_open.mapped("create_date"), default=datetime.max)
        closed = (alarms - still_open).mapped("write_date")
        return max((end for end in closed if end < begin), default=datetime.min)

    @api.model
    def _do_pass_again(self, domain, episode):
        """Tell whether emails that went since the last refusal were not refused.

        :param Domain domain: of the group's refusals.
        """
        until, example = fields.Datetime.now(), episode.example
        if example.origin == "report" or example.scope != "server":
            until -= QUIET
        rows = self.sudo()._read_group(
            domain, ["receiver"], order="__count DESC", limit=MAX_RECEIVERS
        )
        receivers = [receiver for (receiver,) in rows if receiver]
        return bool(receivers) and self._was_sent(receivers, episode.last, until)

    @api.model
    def _was_sent(self, receivers, since, until):
        """Tell whether somebody at these domains has got an email in between.

        By the notifications: most emails are deleted once they are sent.
        """
        self.env["mail.notification"].flush_model()
        self.env["mail.message"].flush_model(["date"])
        self.env["res.partner"].flush_model(["email_normalized"])
        query = SQL(
            """
            SELECT 1
              FROM mail_message message
              JOIN mail_notification notification
                ON notification.mail_message_id = message.id
         LEFT JOIN res_partner partner ON partner.id = notification.res_partner_id
             WHERE message.date > %s AND message.date <= %s
               AND notification.notification_type = 'email'
               AND notification.notification_status = 'sent'
               AND SPLIT_PART(COALESCE(
                       partner.email_normalized, notification.mail_email_address
                   ), '@', 2) IN %s
             LIMIT 1
            """,
            since,
            until,
            tuple(receivers),
        )
        return bool(self.env.execute_query(query))

    # ------------------------------------------------------------ the alarm

    @api.model
    def _tell(self, group, episode):
        alarms = self.env["mail.deliverability.alarm"]
        is_new = not alarms._get_alarms(group.subject).filtered("active")
        alarms._raise_alarm(
            group.subject,
            lambda env: self.with_env(env)._render_alarm(group, episode),
            occasion=episode.first.isoformat(),
            companies=group.company or None,
            state=f"{episode.emails}:{episode.example.id}",
        )
        if is_new and group.category in CHECKED:
            episode.example._get_about().alias_domain._check_soon()

    @api.model
    def _render_alarm(self, group, episode):
        last = episode.example.with_env(self.env)
        values = {
            "who": self._name_group(group),
            "count": episode.emails,
            "time": self._format_since(episode.first),
            "reason": self.env._(get_reason(last.category, last.advice)),
        }
        summary = (
            self.env._("%(who)s refused an email at %(time)s: %(reason)s", **values)
            if episode.emails == 1
            else self.env._(
                "%(who)s refused %(count)s emails since %(time)s: %(reason)s", **values
            )
        )
        return summary, self._render_note(last)

    @api.model
    def _render_note(self, last):
        """Return what to do, with the answer that was given last."""
        advice = self._translate(ADVICE.get(last.advice, ""))
        link = self.env["mail.deliverability.alarm"]._link
        links = [link("email-refusals", self.env._("See what was refused"))]
        told = self._find_link(last._get_known(), last._get_about())
        if told:
            links.insert(0, link(told["url"].removeprefix("/odoo/"), told["text"]))
        note = Markup("<p>%s</p><p>%s</p>") % (advice, Markup(" &middot; ").join(links))
        if last.text:
            note += Markup("<p>%s<br/><code>%s</code></p>") % (
                self.env._("The last answer:"),
                shorten(last.text, SHOWN),
            )
        return note

    @api.model
    def _name_group(self, group):
        if group.provider:
            return self._name_provider(group.provider)
        if group.receiver == OTHERS:
            return self.env._("Other receivers")
        return display_name(group.receiver)

    @api.model
    def _format_since(self, moment):
        """Return a time of today, or a moment of another day, in the reader's way."""
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        local = fields.Datetime.context_timestamp(self, moment)
        if local.date() != now.date() or self.env.tz.zone == "UTC":
            return format_moment(self.env, moment)
        return format_time(self.env, moment, tz=self.env.tz.zone, time_format="short")
