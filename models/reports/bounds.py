# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is kept of reports, and for how long."""

from datetime import timedelta

MAX_COUNT = 2**31 - 1  # of PostgreSQL's integer
KEEP = timedelta(days=400)  # rows and records; what is older begins none
