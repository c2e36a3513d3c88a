# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A new address of a user: it counts once somebody has opened a mail to it."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize
from odoo.tools.misc import hash_sign, verify_hash_signed
from odoo.tools.sql import escape_psql

from ...mailauth.from_filter import fold_address
from ...mailauth.local_part import find_format, suggest_local_part, uses_umlauts
from ..limit.queue_cron import get_queue_cron
from .remedy import Step

SCOPE = "mail_deliverability.confirm_address"
PATH = "/mail_deliverability/confirm-address/"  # of the links, before the token
VALID = timedelta(days=7)
KEPT = timedelta(days=90)
MOST_TOKEN = 500  # characters
MOST_AT_ONCE = 10  # mails that somebody waits for: more of them leave by the queue
MOST_PEOPLE = 1000  # whose addresses show the format
GC_BATCH = 1000


class MailSenderConfirmation(models.Model):
    """Password resets go to the address of a user: nobody gets one by mistake."""

    _name = "mail.sender.confirmation"
    _description = "Address of a User to Be Confirmed"
    _rec_name = "email"

    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, index=True, ondelete="cascade"
    )
    email = fields.Char(required=True, readonly=True)
    before = fields.Char(readonly=True, help="The address when it was asked for.")
    change_id = fields.Many2one(
        "mail.sender.change",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    expires_on = fields.Datetime(required=True, readonly=True)
    confirmed_on = fields.Datetime(readonly=True)

    # ------------------------------------------------------------ proposing

    @api.model
    def _prepare_steps(self, rows):
        """Return the steps that give users an address of their company's domain.

        :param rows: ``mail.sender.address``.
        :rtype: list[Step]
        """
        users = rows._get_sources("res.users")
        waiting = [("user_id", "in", users.ids), ("confirmed_on", "=", False)]
        waiting = self.sudo().search(waiting).filtered(lambda one: one._is_open())
        asked = {one.user_id.id: one.email for one in waiting}
        steps, taken = [], {}
        for user in users:
            domain = user.company_id.sudo().alias_domain_id
            if domain not in taken:
                taken[domain] = self._list_taken(domain), self._find_style(domain)
            used, style = taken[domain]
            step = self._prepare_step(user, domain, used, style, asked.get(user.id))
            if email := step.values.get("email"):
                used.add(email.partition("@")[0])
            steps.append(step)
        return steps

    def _prepare_step(self, user, domain, used, style, asked):
        present = email_normalize(user.email or "") or ""
        words = {"who": user.name, "before": user.email or ""}
        if not domain:
            problem = self.env._("The company of the user has no email domain.")
            return Step("res.users", user.id, problem=problem, **words)
        if present and fold_address(present).endswith(f"@{fold_address(domain.name)}"):
            problem = self.env._("Has an address of %(domain)s.", domain=domain.name)
            return Step("res.users", user.id, problem=problem, **words)
        form, umlauts = style
        local_part = suggest_local_part(user.name or "", form, used, umlauts=umlauts)
        email = asked or (f"{local_part}@{domain.name}" if local_part else "")
        hint = self.env._("The login stays %(login)s.", login=user.login)
        if asked:
            # Once more to the same one, where the mail was lost.
            again = self.env._("Not confirmed yet: the link is sent again.")
            hint = f"{hint} {again}"
        return Step(
            "res.users", user.id, {"email": email}, after=email, hint=hint, **words
        )

    @api.model
    def _list_taken(self, domain, user=None):
        """Return the local parts at a domain that are somebody's, in lower case.

        :param user: what was asked for them alone is nobody else's.
        """
        if not domain:
            return set()
        at = f"%@{escape_psql(domain.name)}"
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        emails = partners.search([("email_normalized", "=ilike", at)])
        emails = emails.mapped("email_normalized")
        now = fields.Datetime.now()
        waiting = [("confirmed_on", "=", False), ("expires_on", ">", now)]
        asked = self.sudo().search([("email", "=ilike", at), *waiting])
        emails += asked.filtered(lambda one: one.user_id != user).mapped("email")
        aliases = self.env["mail.alias"].sudo()
        aliases = aliases.search([("alias_domain_id", "=", domain.id)])
        names = [*aliases.mapped("alias_name"), domain.bounce_alias]
        names += [domain.catchall_alias, domain.default_from]
        locals_ = [email.partition("@")[0] for email in emails if email]
        names = [(name or "").partition("@")[0] for name in names]
        return {name.lower() for name in (*locals_, *names) if name}

    @api.model
    def _find_style(self, domain):
        """Return how the users' addresses at a domain are made.

        :return: a key of ``FORMATS``, and whether ä is written as ae.
        """
        if not domain:
            return find_format(()), False
        at = f"%@{escape_psql(domain.name)}"
        users = self.env["res.users"].sudo()
        users = users.search(
            [("share", "=", False), ("email", "=ilike", at)], limit=MOST_PEOPLE
        )
        known = [
            (user.name or "", (email_normalize(user.email) or "").partition("@")[0])
            for user in users
        ]
        return find_format(known), uses_umlauts(known)

    @api.model
    def _check_address(self, user, email):
        """Return an address as typed, in its one spelling.

        :raises UserError: it is none, of another domain, or somebody else's.
        """
        normal = email_normalize(email or "")
        domains = user.company_ids.sudo().alias_domain_id
        local_part, _at, name = (normal or "").rpartition("@")
        own = domains.filtered(lambda one: fold_address(one.name) == fold_address(name))
        if not local_part or not own:
            names = ", ".join(domains.mapped("name"))
            raise UserError(
                self.env._(
                    "%(email)s is no address of %(domains)s.",
                    email=(email or "")[:100],
                    domains=names,
                )
            )
        if local_part in self._list_taken(own[:1], user):
            raise UserError(
                self.env._("%(email)s is somebody's already.", email=normal)
            )
        return normal

    # ------------------------------------------------------------ asking

    @api.model
    def _ask_for(self, user, email, change):
        """Note which address a user is to get; see :func:`send_links`.

        :param change: ``mail.sender.change``.
        :return: the address in its one spelling.
        """
        # Who may not write the user may not ask for it.
        user.check_access("write")
        email = self._check_address(user, email)
        waiting = [("user_id", "=", user.id), ("confirmed_on", "=", False)]
        self.sudo().search(waiting)._withdraw()
        self.sudo().create(
            {
                "user_id": user.id,
                "email": email,
                "before": user.email,
                "change_id": change.id,
                "expires_on": fields.Datetime.now() + VALID,
            }
        )
        return email

    def _withdraw(self):
        """Let links lead nowhere; the mails that have not left yet are deleted.

        What is being sent just now arrives all the same, with a link that says so.
        """
        if not self:
            return
        mails = self.env["mail.mail"].search(
            [
                ("state", "=", "outgoing"),
                ("email_to", "in", self.mapped("email")),
                ("body_html", "like", PATH),
            ]
        )
        mails._lock_unchanged().unlink()
        self.unlink()

    # ------------------------------------------------------------ confirming

    @api.model
    def _find_by_token(self, token):
        """Return what a link asked for, used or not; nothing for one of nobody.

        :param token: from anybody.
        """
        nothing = self.browse()
        if not token or len(token) > MOST_TOKEN or not token.isascii():
            return nothing
        try:
            values = verify_hash_signed(self.env, SCOPE, token)
        except (ValueError, IndexError):
            return nothing
        if not values:
            return nothing
        confirmation_id, user_id, email = values
        found = self.browse(confirmation_id).exists()
        is_same = found and (found.user_id.id, found.email) == (user_id, email)
        return found if is_same else nothing

    def _is_open(self):
        """Tell whether the address may still be confirmed."""
        user = self.user_id
        others = [("email_normalized", "=", self.email), ("id", "!=", user.id)]
        return bool(
            self
            and not self.confirmed_on
            and self.expires_on > fields.Datetime.now()
            and user.active
            and (user.email or "") == (self.before or "")
            and not self.env["res.users"].search_count(others, limit=1)
        )

    def _is_done(self):
        """Tell whether the address was confirmed, and is still the user's."""
        return bool(self.confirmed_on and self.user_id.email == self.email)

    def _confirm(self):
        """Give the user the address."""
        self.ensure_one()
        self.confirmed_on = fields.Datetime.now()
        # Of two at once one waits here, and is told then that it is done.
        self.flush_recordset()
        self.user_id.email = self.email
        self.env["mail.sender.address"]._wake_audit()

    @api.autovacuum
    def _gc_confirmations(self):
        old = [("expires_on", "<", fields.Datetime.now() - KEPT)]
        rows = self.search(old, limit=GC_BATCH)
        rows.unlink()
        return len(rows), len(rows) // GC_BATCH


def send_links(confirmations):
    """Send the links to the new addresses, and to nobody else.

    A function, since templates can call methods: nobody shall have a link whose mail
    they did not get.

    :param confirmations: with all rights.
    """
    mails = confirmations.env["mail.mail"]
    mails = mails.create([_prepare_mail(one) for one in confirmations])
    if len(mails) <= MOST_AT_ONCE:
        mails.send_after_commit()
    else:
        get_queue_cron(mails.env)._trigger()


def _prepare_mail(confirmation):
    user = confirmation.user_id
    confirmation = confirmation.with_context(lang=user.lang or confirmation.env.lang)
    env = confirmation.env
    values = [confirmation.id, user.id, confirmation.email]
    token = hash_sign(env, SCOPE, values, expiration=VALID)
    link = f"{confirmation.get_base_url()}{PATH}{token}"
    body = env["ir.qweb"]._render(
        "mail_deliverability.mail_sender_confirmation_mail",
        {"confirmation": confirmation, "link": link},
    )
    return {
        "auto_delete": True,
        "body_html": body,
        "email_from": user.company_id.email_formatted or env.user.email_formatted,
        "email_to": confirmation.email,
        "subject": env._("Confirm your new email address"),
    }
