from odoo import models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _message_compute_author(self, author_id=None, email_from=None):
        """Whoever writes here may be relayed soon: ask what the domain wants."""
        author = super()._message_compute_author(author_id, email_from)
        self.env["mail.author.policy"]._note_author(author[1])
        return author
