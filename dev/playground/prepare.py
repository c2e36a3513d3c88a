# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).

# Run in Odoo's shell: let the database send to the sink and ask the DNS server here.
import os

ALIAS_DOMAIN = "acme.example"
SINK = "Local SMTP sink"

parameters = env["ir.config_parameter"]
parameters.set_param("mail.catchall.domain", ALIAS_DOMAIN)
parameters.set_param(
    "mail_deliverability.nameservers", f"127.0.0.1:{os.environ['DNS_PORT']}"
)
servers = env["ir.mail_server"].with_context(active_test=False)
values = {
    "name": SINK,
    "active": True,
    "smtp_host": "127.0.0.1",
    "smtp_port": int(os.environ["SMTP_PORT"]),
    "smtp_encryption": "none",
    "from_filter": ALIAS_DOMAIN,
}
known = servers.search([("name", "=", SINK)], limit=1)
if known:
    known.write(values)
else:
    servers.search([]).action_archive()
    servers.create(values)
if "iap_enrich_auto_done" in env["res.company"]:
    # Else the first page asks a server of Odoo's about the company.
    env["res.company"].search([]).iap_enrich_auto_done = True
env.cr.commit()
# Else the first page would wait for them.
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
