from odoo import models

from ..mailauth.sender import matches_filter, parse_mailbox, split_filter


class MailMail(models.Model):
    _inherit = "mail.mail"

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        mails = self._with_author_policies()
        return super(MailMail, mails).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )

    def _with_author_policies(self):
        """Ask DNS about the authors of all these mails at once, before any leaves."""
        if self.env["ir.mail_server"]._disable_send():
            return self
        policies = self.env["mail.author.policy"]._find_policies(self._list_undecided())
        return self.with_context(mail_deliverability_author_policies=policies)

    def _list_undecided(self):
        """Return the domains of foreign authors that no filter decides.

        With server records Odoo sends as the author only where a filter says so, or
        through a server that the mail forces.
        """
        server_model = self.env["ir.mail_server"].sudo()
        if self.env["ir.config_parameter"]._get_sender_policy() != "dmarc":
            return []
        default_filter = server_model._get_default_from_filter()
        domain = server_model._find_mail_server_allowed_domain()
        forced_only = bool(split_filter(default_filter) or server_model.search_count(domain))
        mails = self.with_context(prefetch_fields=False)
        authors = set()
        for mail in mails.read(["email_from", "mail_server_id"], load=None):
            server = server_model.browse(mail["mail_server_id"] or ())
            if split_filter(server.from_filter) if server else forced_only:
                continue
            authors.add(parse_mailbox(mail["email_from"])[1])
        own = server_model._get_own_domains() if authors - {""} else ()
        return {
            author.rpartition("@")[2]
            for author in authors - {""}
            if not any(matches_filter(author, part) for part in own)
        }
