# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Run in Odoo's shell: a company that has just begun, with a server of its own."""

import os

env.company.write({"name": "Acme", "email": "info@acme.example"})  # noqa: F821
env.ref("base.user_admin").email = "mitchell@acme.example"  # noqa: F821
env["ir.mail_server"].search([]).active = False  # noqa: F821
env["ir.mail_server"].create(  # noqa: F821
    {"name": "Office server", "smtp_host": "smtp.acme.example"}
)
env["ir.config_parameter"].set_param(  # noqa: F821
    "mail_deliverability.nameservers", f"127.0.0.1:{os.environ['DNS_PORT']}"
)
if "iap_enrich_auto_done" in env["res.company"]:  # noqa: F821
    # Else the first page asks a server of Odoo's about the company.
    env["res.company"].search([]).iap_enrich_auto_done = True  # noqa: F821
# Whoever has used Odoo before has them in the browser.
env["ir.qweb"]._pregenerate_assets_bundles()  # noqa: F821
env.cr.commit()  # noqa: F821
