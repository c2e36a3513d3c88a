# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import plaintext2html
from odoo.tools.misc import clean_context


class MailDeliverabilityAlarm(models.AbstractModel):
    """The one way in which this addon tells administrators that something is wrong.

    An alarm is one ``mail.activity`` per administrator and subject, shown under the
    clock in the menu bar. It never sends an e-mail: the trouble may be that mails do
    not arrive, and an e-mail would count against the daily limit.
    """

    _name = "mail.deliverability.alarm"
    _description = "Alarm for Administrators"

    @api.model
    def _raise_alarm(
        self, subject, render, occasion=None, companies=None, state=None, users=None
    ):
        """Tell every administrator, once; an alarm that is open is brought up to date.

        Runs as superuser in the caller's transaction and sends nothing by e-mail.

        :param str subject: what it is about, a stable technical key with the record it
            concerns, such as ``"domain_check:7"``. There is at most one open alarm per
            administrator and subject.
        :param render: ``render(env) -> (summary, note)``, called once per administrator
            with an environment in their language and time zone. ``summary`` is one
            line of text; ``note`` is text (escaped here) or ``Markup``.
        :param str occasion: raise at most once per subject and occasion (a day, say),
            even when an administrator has closed the alarm meanwhile. None: an alarm
            that was closed by hand comes back.
        :param companies: only administrators who may see one of these
            ``res.company`` records; None: all administrators.
        :param str state: what the text is made of; an alarm that is open and was made
            of the same is not written again. None: that is not known.
        :param users: whom it concerns instead of administrators; None: these.
        :return: the open alarms of this subject
        :rtype: mail.activity
        """
        alarms = self._get_alarms(subject)
        for user in users or self._get_administrators(companies):
            mine = alarms.filtered(lambda alarm, user=user: alarm.user_id == user)
            if mine._is_told(occasion, state):
                continue
            values = self._prepare_alarm_values(subject, render, occasion, user)
            values["alarm_state"] = state
            if still_open := mine.filtered("active"):
                still_open.write(values)
            else:
                alarms |= alarms.create({**values, "user_id": user.id})
        return alarms.filtered("active")

    @api.model
    def _resolve_alarm(self, subject):
        """Close the open alarms of a subject, since their cause is gone.

        :param str subject: as in :meth:`_raise_alarm`; nothing happens where no alarm
            is open.
        :return: whether an alarm was closed
        :rtype: bool
        """
        alarms = self._get_alarms(subject).filtered("active")
        # Nobody has closed it: should the cause come back, it is told again.
        alarms.write({"alarm_occasion": False})
        alarms.action_archive()
        return bool(alarms)

    @api.model
    def _resolve_others(self, prefix, subjects):
        """Close the open alarms of a kind, but for some.

        :param str prefix: what the subjects of the kind begin with.
        :param subjects: those to leave alone.
        """
        mine = [("alarm_subject", "=like", f"{prefix}%")]
        still_open = self.env["mail.activity"].sudo().search(mine)
        for subject in set(still_open.mapped("alarm_subject")) - set(subjects):
            self._resolve_alarm(subject)

    @api.model
    def _list_untold(self, states, occasion):
        """Return those subjects that some administrator was not told of as they are.

        A question for all of them, where :meth:`_raise_alarm` has one for each.

        :param dict states: by subject, the state, as there.
        :param str occasion: as there.
        :rtype: list[str]
        """
        if not states:
            return []
        alarms = self._get_alarms(*states)
        alarms = alarms.grouped(lambda one: (one.alarm_subject, one.user_id))
        users = self._get_administrators(None)
        nothing = self.env["mail.activity"]

        def is_told(subject, user):
            mine = alarms.get((subject, user), nothing)
            return mine._is_told(occasion, states[subject])

        return [
            subject
            for subject in states
            if not all(is_told(subject, user) for user in users)
        ]

    @api.model
    def _link(self, path, words):
        """Return a link for a note to a page of the web client.

        :param str path: of the page, behind ``/odoo/``: that of an action, or a model
            and an id. Without the developer mode it opens as well.
        :param str words: what the link says, in the reader's language.
        :rtype: Markup
        """
        return Markup('<a href="/odoo/%s">%s</a>') % (path, words)

    def _get_alarms(self, *subjects):
        # quick_update is Odoo's own way to assign an activity without mailing about it.
        context = {
            **clean_context(self.env.context),
            "active_test": False,
            "mail_activity_quick_update": True,
        }
        activities = self.env["mail.activity"].sudo().with_context(**context)
        return activities.search([("alarm_subject", "in", subjects)])

    def _get_administrators(self, companies):
        """Return those who may see one of the companies; where nobody may, all."""
        users = self.env.ref("base.group_system").sudo().all_user_ids
        users = users.filtered(lambda user: user.active and not user.share)
        if companies is None:
            return users
        return users.filtered(lambda user: user.company_ids & companies) or users

    def _get_alarm_type(self):
        # Anybody who may configure activities may delete the former.
        warning = self.env.ref(
            "mail.mail_activity_data_warning", raise_if_not_found=False
        )
        return warning or self.env.ref("mail.mail_activity_data_todo")

    def _prepare_alarm_values(self, subject, render, occasion, user):
        reader = {"lang": user.lang or "en_US", "tz": user.tz or "UTC"}
        env = self.with_context(**reader).sudo().env
        summary, note = render(env)
        return {
            "activity_type_id": self._get_alarm_type().id,
            "alarm_occasion": occasion,
            "alarm_subject": subject,
            "automated": True,
            "date_deadline": fields.Date.context_today(user),
            "note": note if isinstance(note, Markup) else plaintext2html(note),
            "summary": summary,
        }
