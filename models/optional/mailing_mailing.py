# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mass mailings whose mails wait: what their form, figures and jobs make of it."""

from lxml.builder import E

from odoo import fields, models
from odoo.http import request
from odoo.tools import float_round

from ..limit.kept_sessions import keep_sessions
from ..limit.send_mark import get_call, note_call
from ..tools.moments import format_moment
from .mail_mailing_progress import WAITING
from .mass_mailing import MAILING_MODEL

SCHEDULE_WIZARD = "mailing.mailing.schedule.date"
CAMPAIGN = "utm.campaign"


class MailMailingProgress(models.Model):
    _inherit = "mail.mailing.progress"

    def _explain_rest(self, mailing, rest):
        """Say how far a mailing is, and when it goes on.

        :param mailing: ``mailing.mailing``.
        :param rest: see :class:`.mail_mailing_progress.Rest`.
        """
        words = {
            "sent": mailing.sent,
            "total": mailing.sent + mailing.failed + rest.mails,
        }
        if not rest.next_on or rest.next_on <= fields.Datetime.now():
            return self.env._(
                "%(sent)s of %(total)s emails have been sent so far; the next ones "
                "leave within minutes.",
                **words,
            )
        words["next"] = format_moment(self.env, rest.next_on)
        end = self._foresee_rest(mailing, rest.last_id).until
        if not end:
            return self.env._(
                "%(sent)s of %(total)s emails have been sent so far. The others wait "
                "for the daily limit: the next ones leave at about %(next)s; nobody "
                "can tell when the last ones will.",
                **words,
            )
        return self.env._(
            "%(sent)s of %(total)s emails have been sent so far. The others wait for "
            "the daily limit: the next ones leave at about %(next)s, the last ones at "
            "about %(last)s.",
            last=format_moment(self.env, max(end, rest.next_on)),
            **words,
        )


def _get_waiting(mailings):
    """Return what is left of those mailings that wait.

    :rtype: dict[mailing.mailing, Rest]
    """
    progress = mailings.env["mail.mailing.progress"]
    waiting = progress._find(mailings, WAITING)
    return progress._get_rests(waiting) if waiting else {}


def _percent(part, whole):
    return float_round(100.0 * part / (whole or 1), precision_digits=2)


# ------------------------------------------------------------
# Sending
# ------------------------------------------------------------


def _around_send(plain):
    def _action_send_mail(self, res_ids=None):
        """Odoo's (mass_mailing): those left out by a cancellation may get it now."""
        self.env["mail.mailing.progress"]._start_again(self)
        with keep_sessions(note_call(self, makes_mailing=True)) as mailings:
            return plain(mailings, res_ids=res_ids)

    return _action_send_mail


def _around_job(plain):
    def _process_mass_mailing_queue(self):
        """Odoo's (mass_mailing): who has come later gets nothing of what waits."""
        with keep_sessions(note_call(self, seeks_mailings=True)) as mailings:
            return plain(mailings)

    return _process_mass_mailing_queue


def _around_recipients(plain):
    def _get_remaining_recipients(self):
        """Odoo's (mass_mailing): nobody is left where all mails are made and wait.

        Else each run of the job would make mails for whoever has joined the list since,
        and draw another sample of an A/B test.
        """
        seeks = get_call(self.env).seeks_mailings
        if seeks and self.env["mail.mailing.progress"]._find(self, WAITING):
            return []
        return plain(self)

    return _get_remaining_recipients


def _around_winner(plain):
    def action_send_winner_mailing(self):
        """Odoo's (mass_mailing): the job compares versions that have all been sent."""
        if len(self) > 1 and self.env["mail.mailing.progress"]._find(self, WAITING):
            return False
        return plain(self)

    return action_send_winner_mailing


# ------------------------------------------------------------
# Figures
# ------------------------------------------------------------


def _around_statistics(plain):
    def _compute_statistics(self):
        """Odoo's (mass_mailing): percentages are of what has been sent."""
        plain(self)
        for mailing in _get_waiting(self):
            gone = mailing.expected - mailing.canceled - mailing.scheduled
            no_error = gone - mailing.bounced - mailing.failed
            mailing.received_ratio = _percent(mailing.delivered, gone)
            mailing.opened_ratio = _percent(mailing.opened, no_error)
            mailing.replied_ratio = _percent(mailing.replied, no_error)
            mailing.bounced_ratio = _percent(mailing.bounced, gone - mailing.failed)

    return _compute_statistics


def _around_clicks(plain):
    def _compute_clicks_ratio(self):
        """Odoo's (mass_mailing): percentages are of what has been sent."""
        plain(self)
        for mailing in _get_waiting(self):
            counted = mailing.expected - mailing.canceled
            counted -= mailing.bounced + mailing.failed
            clicked = mailing.clicks_ratio * counted
            sent = counted - mailing.scheduled
            mailing.clicks_ratio = float_round(clicked / (sent or 1), 2)

    return _compute_clicks_ratio


def _around_campaign(plain):
    def _compute_statistics(self):
        """Odoo's (mass_mailing): percentages are of what has been sent."""
        plain(self)
        for campaign in self:
            mailings = campaign.sudo().mailing_mail_ids
            if waiting := _get_waiting(mailings):
                total = sum(mailings.mapped("expected"))
                total -= sum(mailings.mapped("canceled"))
                sent = total - sum(mailing.scheduled for mailing in waiting)
                for name in CAMPAIGN_RATIOS:
                    share = campaign[name] * total / (sent or 1)
                    campaign[name] = float_round(share, precision_digits=2)

    return _compute_statistics


CAMPAIGN_RATIOS = ("received_ratio", "opened_ratio", "replied_ratio", "bounced_ratio")


def _around_report(plain):
    def _prepare_statistics_email_values(self):
        """Odoo's (mass_mailing): say so where the figures are not of the whole."""
        values = plain(self)
        for mailing, rest in _get_waiting(self).items():
            progress = self.env["mail.mailing.progress"]
            text = progress._explain_rest(mailing, rest)
            values["kpi_data"][0]["kpi_fullname"] = text
        return values

    return _prepare_statistics_email_values


# ------------------------------------------------------------
# The form
# ------------------------------------------------------------


def _around_warning(plain):
    def _compute_warning_message(self):
        """Odoo's (mass_mailing): say how far a mailing is that waits."""
        plain(self)
        for mailing, rest in _get_waiting(self).items():
            text = self.env["mail.mailing.progress"]._explain_rest(mailing, rest)
            shown = (mailing.warning_message, text)
            mailing.warning_message = "\n".join(filter(None, shown))

    return _compute_warning_message


WAITS = "state == 'sending' and warning_message"  # in expressions of the form


def _around_view(plain):
    def _get_view(self, view_id=None, view_type="form", **options):
        """Odoo's (mass_mailing): a mailing that waits can be cancelled as well.

        Nor is it said to be sent soon.
        """
        arch, view = plain(self, view_id, view_type, **options)
        for button in arch.iterfind(".//button[@name='action_cancel']"):
            if button.get("invisible") == "state != 'in_queue'":
                button.set("invisible", "state not in ('in_queue', 'sending')")
        for soon in arch.iterfind(".//span[@name='scheduled_text']"):
            hidden = soon.get("invisible") or "False"  # mass_mailing_sms sets it
            unsaid = f"({hidden}) or not ({WAITS})"
            soon.addnext(E.span(self.env._("emails wait."), invisible=unsaid))
            soon.set("invisible", f"({hidden}) or ({WAITS})")
        return arch, view

    return _get_view


def _is_pressed(model, method):
    """Whether somebody has just pressed this very button, in a browser."""
    if not request or not request.httprequest.path.startswith(BUTTON):
        return False
    pressed = request.params.get("model"), request.params.get("method")
    return pressed == (model, method)


BUTTON = "/web/dataset/call_button"


def _around_launch(plain):
    def action_launch(self):
        """Odoo's (mass_mailing): say before how many days it takes."""
        if _is_pressed(MAILING_MODEL, "action_launch"):
            if dialog := self.env["mail.mailing.launch"]._ask(self):
                return dialog
        return plain(self)

    return action_launch


def _around_schedule(plain):
    def action_schedule(self):
        """Odoo's (mass_mailing): say before how many days it takes."""
        if self.schedule_date and _is_pressed(MAILING_MODEL, "action_schedule"):
            date = self.schedule_date
            if dialog := self.env["mail.mailing.launch"]._ask(self, date):
                return dialog
        return plain(self)

    return action_schedule


def _around_schedule_date(plain):
    def action_schedule_date(self):
        """Odoo's (mass_mailing): say before how many days it takes."""
        if _is_pressed(SCHEDULE_WIZARD, "action_schedule_date"):
            mailing, date = self.mass_mailing_id, self.schedule_date
            if dialog := self.env["mail.mailing.launch"]._ask(mailing, date):
                return dialog
        return plain(self)

    return action_schedule_date


# By model and method: what makes ours of the one that is there.
WRAPPERS = {
    (MAILING_MODEL, "_action_send_mail"): _around_send,
    (MAILING_MODEL, "_process_mass_mailing_queue"): _around_job,
    (MAILING_MODEL, "_get_remaining_recipients"): _around_recipients,
    (MAILING_MODEL, "action_send_winner_mailing"): _around_winner,
    (MAILING_MODEL, "_compute_statistics"): _around_statistics,
    (MAILING_MODEL, "_compute_clicks_ratio"): _around_clicks,
    (MAILING_MODEL, "_compute_warning_message"): _around_warning,
    (MAILING_MODEL, "_prepare_statistics_email_values"): _around_report,
    (MAILING_MODEL, "_get_view"): _around_view,
    (MAILING_MODEL, "action_launch"): _around_launch,
    (MAILING_MODEL, "action_schedule"): _around_schedule,
    (SCHEDULE_WIZARD, "action_schedule_date"): _around_schedule_date,
    (CAMPAIGN, "_compute_statistics"): _around_campaign,
}
