# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the tests of suppressed addresses share."""

from datetime import datetime, timedelta

from ...mailauth.refusal.explain import explain_refusal
from ...models.refusal.values import to_values

UNKNOWN = "550 5.1.1 <{}>: Recipient address rejected: User unknown"
DISABLED = "550 5.2.1 The email account that you tried to reach is disabled. gsmtp"
NOW = datetime(2026, 3, 10, 12)
DAY = timedelta(days=1)


class SuppressedMixin:
    """Refusals and entries of addresses, noted at a moment."""

    def refuse(self, email, when=NOW, text=UNKNOWN, **values):
        """Note a refusal, as whoever gets it does; return it."""
        text = text.format(email)
        refusal = self.env["mail.refusal"]._note(
            [
                {
                    **to_values(explain_refusal(text=text)),
                    "text": text,
                    "recipient": email,
                    "date": when,
                    **values,
                }
            ]
        )
        self.addresses._note_refusal(refusal)
        return refusal

    def suppress(self, *emails, when=NOW):
        """Suppress addresses, from a moment on."""
        for email in emails:
            self.refuse(email, when - 2 * DAY)
            self.refuse(email, when)
            self.assertTrue(self.entry(email).active, email)

    @property
    def addresses(self):
        return self.env["mail.suppressed.address"].with_context(active_test=False)

    def entry(self, email):
        return self.addresses.search([("email", "=", email)])
