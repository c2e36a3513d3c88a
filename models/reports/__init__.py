# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""DMARC reports: how they come in, what they say of our mails, and what follows."""
