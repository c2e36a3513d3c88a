# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Preset "This Server Signs Itself" of servers that were there before the addon."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["mail.sending.provider"]._tell_servers({})
