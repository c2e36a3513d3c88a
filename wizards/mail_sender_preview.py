# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from contextlib import closing

from odoo import api, fields, models

from ..mailauth.address import normalize_domain
from ..mailauth.dns.names import display_name
from ..mailauth.errors import PermError
from ..mailauth.mailbox import is_one_mailbox, parse_mailbox
from ..mailauth.printable import shorten
from ..models.sender.rehearsal import RECIPIENT, find_alias_domain, rehearse
from ..models.sender.sentences import SENTENCES

SHOWN = 100  # characters of what is no address
RESULTS = (
    "header_from",
    "reply_to",
    "envelope_from",
    "server",
    "explanation",
    "warning",
    "asked_domain",
)


class MailSenderPreview(models.TransientModel):
    """Show who a mail would come from, by making one that is never sent."""

    _name = "mail.sender.preview"
    _description = "Sender Preview"

    author_kind = fields.Selection(
        [("user", "A user"), ("partner", "A contact"), ("email", "An address")],
        string="Who writes",
        default="user",
        required=True,
    )
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    partner_id = fields.Many2one("res.partner", string="Contact")
    email = fields.Char(string="Address")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    mail_server_id = fields.Many2one(
        "ir.mail_server",
        string="Through server",
        domain="[('owner_user_id', '=', False)]",
        help="The server that a template or a mailing forces. Empty: Odoo picks one.",
    )
    header_from = fields.Char(string="From", compute="_compute_preview")
    reply_to = fields.Char(
        string="Answers go to",
        compute="_compute_preview",
        help="The Reply-To header. A document with an alias of its own has that alias "
        "here, so that answers come back to it.",
    )
    envelope_from = fields.Char(
        string="Bounces go to",
        compute="_compute_preview",
        help="The envelope sender, which becomes the Return-Path: mail servers report "
        "to it what they can't deliver.",
    )
    server = fields.Char(compute="_compute_preview")
    explanation = fields.Char(string="Why", compute="_compute_preview")
    warning = fields.Char(compute="_compute_preview")
    asked_domain = fields.Char(
        compute="_compute_preview",
        help="Technical: DNS is being asked what this domain wants.",
    )

    @api.depends(
        "author_kind", "user_id", "partner_id", "email", "company_id", "mail_server_id"
    )
    def _compute_preview(self):
        for preview in self:
            complete = preview._get_author() and preview.company_id
            preview.update(dict.fromkeys(RESULTS, False))
            if not complete:
                continue
            preview.warning = fault = preview._find_fault()
            # A name alone leaves, with another address; pieces of one can't be read.
            if not fault or preview.email.replace(" ", "").isalpha():
                found = preview._preview()
                preview.update(found | ({"warning": fault} if fault else {}))

    def action_show_answer(self):
        """Wait for what DNS says of the author's domain, and show the preview anew."""
        self.ensure_one()
        self.check_access("read")
        if self.asked_domain:
            self.env["mail.author.policy"]._wait_for_answer(self.asked_domain)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mail_deliverability.mail_sender_preview_action"
        )
        return action | {"res_id": self.id}

    def _get_author(self):
        """Return the contact that writes, or the address; falsy where none is chosen.

        A contact may have no address: then nobody is the author.
        """
        if self.author_kind == "user":
            return self.user_id.sudo().partner_id
        return self.partner_id if self.author_kind == "partner" else self.email

    def _find_fault(self):
        """Say what is wrong with what was entered, or False.

        A mail leaves all the same where another address stands in.
        """
        if self.author_kind != "email" or _is_address(self.email):
            return False
        return self.env._("“%s” is no email address.", shorten(self.email, SHOWN))

    def _compute_author(self, threads):
        """Return the author's id and address, as posting finds them."""
        author = self._get_author()
        if self.author_kind == "email":
            return threads._message_compute_author(email_from=author)
        return threads._message_compute_author(author_id=author.id)

    def _preview(self):
        """Let a mail of the author go the way of every mail, up to SMTP.

        A cursor of its own forgets that mail; the form's would forget the form.

        :return: the values of the computed fields.
        """
        self.ensure_one()
        with closing(self.pool.cursor()) as cr:
            user = self.user_id.id if self.author_kind == "user" else self.env.uid
            mails = self.env(cr=cr)["mail.mail"].with_user(user or self.env.uid).sudo()
            threads = mails.env["mail.thread"]
            author_id, email_from = self._compute_author(threads)
            company = mails.env["res.company"].browse(self.company_id.id)
            alias_domain = self._find_alias_domain(mails.env)
            mail = mails.with_company(company).create(
                {
                    "author_id": author_id,
                    "email_from": email_from,
                    "email_to": RECIPIENT,
                    "mail_server_id": self.mail_server_id.id,
                    "record_alias_domain_id": alias_domain.id,
                    "record_company_id": company.id,
                }
            )
            rehearsal = next(rehearse(mail, timeout=0))
            if rehearsal.problem:
                return {"warning": rehearsal.problem}
            return self._describe(rehearsal)

    def _find_alias_domain(self, env):
        """Return the alias domain that a record of the company would send with.

        Where the company has none, posting takes that of who writes.
        """
        by_user = self.author_kind == "user" and self.user_id
        own = self.user_id.sudo().company_id if by_user else self.env.company
        return find_alias_domain(env, self.company_id.id, own.id)

    def _describe(self, rehearsal):
        """Return the values of the computed fields.

        :param Rehearsal rehearsal: of a mail.
        """
        message, decision = rehearsal.message, rehearsal.decision
        server = rehearsal.server
        return {
            "header_from": message["From"],
            "reply_to": message["Reply-To"],
            "envelope_from": rehearsal.envelope_from,
            "server": server.display_name
            or self.env._("the SMTP server in Odoo's configuration file"),
            "explanation": self._explain(decision, rehearsal),
            "warning": self._warn(decision, rehearsal),
            "asked_domain": self._find_asked(decision),
        }

    def _find_asked(self, decision):
        """Return the domain that decides and that DNS is being asked about, or False.

        :return: in A-labels.
        """
        if decision is None or decision.reason != "policy_unknown":
            return False
        domain = decision.author_domain
        return self.env["mail.author.policy"]._is_being_asked(domain) and domain

    def _explain(self, decision, rehearsal):
        """Say in one sentence why From is what it is."""
        if decision is None:
            return self.env._("This is the user's own server: it sends as the user.")
        words = {
            "author": decision.author,
            "default": parse_mailbox(rehearsal.default).address,
            "domain": display_name(decision.author_domain),
            "filter": rehearsal.from_filter,
        }
        if decision.fault == "default_missing":
            return self.env._(
                "%(author)s would not be shown as the sender, but there is no default "
                "address to show instead.",
                **words,
            )
        if self._find_asked(decision):
            return self.env._(
                "DNS is being asked whether %(domain)s lets others send in its name. "
                "Should it not answer, recipients see the author's name, with "
                "%(default)s.",
                **words,
            )
        sentence = self.env._(SENTENCES[rehearsal.reason])
        return sentence % words

    def _warn(self, decision, rehearsal):
        if decision is None or not decision.fault:
            return False
        if decision.fault == "default_missing":
            return self.env._(
                "Set a default address: the “Default From Alias” of the email domain."
            )
        return self.env._(
            "The server may only send for %(filter)s, and the default address "
            "%(default)s is outside: the server may refuse it. Add it to the server's "
            "“FROM Filtering”, or change the default address.",
            filter=rehearsal.from_filter,
            default=parse_mailbox(rehearsal.default).address,
        )


def _is_address(text):
    """Tell whether a text is one address, with or without a name."""
    mailbox = parse_mailbox(text)
    try:
        normalize_domain(mailbox.domain)
    except PermError:
        return False
    return bool(mailbox.local_part) and is_one_mailbox(text)
