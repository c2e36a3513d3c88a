# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Run in Odoo's shell: a company whose mails leave by its own server."""

import os

domain = env["mail.alias.domain"].create(  # noqa: F821
    {"name": "acme.example", "default_from": "notifications"}
)
company = env.company  # noqa: F821
company.write({"name": "Acme", "email": "info@acme.example"})
company.alias_domain_id = domain
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
if "iap_enrich_auto_done" in env["res.company"]:  # noqa: F821
    # Else the first page asks a server of Odoo's about the company.
    env["res.company"].search([]).iap_enrich_auto_done = True  # noqa: F821
env["ir.config_parameter"].set_param(  # noqa: F821
    "mail_deliverability.nameservers", f"127.0.0.1:{os.environ['DNS_PORT']}"
)
env.cr.commit()  # noqa: F821
