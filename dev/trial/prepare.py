# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Run in Odoo's shell: a company that has sent for a month, and set nothing up."""

import os
from datetime import timedelta

from odoo import fields

DAYS, LIMIT = 30, 200

company = env.company  # noqa: F821
company.write({"name": "Acme", "email": "info@acme.example"})
if "iap_enrich_auto_done" in company:
    # Else the first page asks a server of Odoo's about the company.
    company.iap_enrich_auto_done = True
admin = env.ref("base.user_admin")  # noqa: F821
admin.email = "mitchell@acme.example"
if "odoobot_state" in admin:
    admin.odoobot_state = "disabled"  # on a phone its greeting covers the page
env["ir.mail_server"].search([]).active = False  # noqa: F821
env["ir.mail_server"].create(  # noqa: F821
    {
        "name": "Office server",
        "smtp_host": "smtp.acme.example",
        "from_filter": "acme.example",
    }
)
env["ir.config_parameter"].set_param(  # noqa: F821
    "mail_deliverability.nameservers", f"127.0.0.1:{os.environ['DNS_PORT']}"
)
today = fields.Date.today()
for ago in range(DAYS):
    day = today - timedelta(days=ago)
    # Fewer at the weekend, a mailing every second week.
    sent = 25 if day.weekday() > 4 else 95 + 37 * (ago % 3)
    waited = 60 if ago % 14 == 9 else 0
    values = {"day": day, "server_id": 0, "server_name": "All servers"}
    values |= {"sent": LIMIT if waited else sent, "waited": waited}
    env["mail.send.counter"].create(values)  # noqa: F821
# Whoever has used Odoo before has them in the browser.
env["ir.qweb"]._pregenerate_assets_bundles()  # noqa: F821
env.cr.commit()  # noqa: F821
