# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import http
from odoo.http import request


class ConfirmAddress(http.Controller):
    """The page behind the link in a mail to a user's new address.

    Programs that look at links before people do open it, and change nothing by that:
    only the button does.
    """

    @http.route(
        "/mail_deliverability/confirm-address/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        sitemap=False,
        readonly=False,
    )
    def confirm_address(self, token, **_words):
        """Show what would be confirmed; confirm it where somebody presses the button.

        :param token: signed, see ``mail.sender.confirmation``.
        """
        confirmations = request.env["mail.sender.confirmation"].sudo()
        found = confirmations._find_by_token(token)
        is_open = found._is_open()
        if is_open and request.httprequest.method == "POST":
            found._confirm()
        values = {
            "confirmation": found,
            "done": found._is_done(),
            "open": is_open,
            "token": token,
        }
        response = request.render(
            "mail_deliverability.mail_sender_confirmation_page", values
        )
        # The address of the page is a secret.
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response
