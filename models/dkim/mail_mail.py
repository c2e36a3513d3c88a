from odoo import models


class MailMail(models.Model):
    """Whose key signs: that of the alias domain that mails belong to."""

    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        """Note it on the session: Odoo opens one for each alias domain."""
        if smtp_session is not None:
            smtp_session.mail_alias_domain_id = alias_domain_id
        return super()._send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            smtp_session=smtp_session,
            alias_domain_id=alias_domain_id,
            mail_server=mail_server,
            post_send_callback=post_send_callback,
        )
