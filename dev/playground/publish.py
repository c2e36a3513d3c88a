# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).

# Run in Odoo's shell: write the cards that the guided setup shows into a file.
import json
import os
from pathlib import Path

name = os.environ["DOMAIN"]
domains = env["mail.alias.domain"].with_context(active_test=False)
domain = domains.search([("name", "=", name)], limit=1)
if not domain:
    raise SystemExit(f"there is no email domain {name}")
setup = env["mail.domain.setup"].create({"alias_domain_id": domain.id})
setup.action_show_records()
cards = [
    {
        "state": card["state"],
        "type": card["rdtype"] or "",
        "name": card["full_name"] or "",
        "value": card["value"] or "",
        "current": card["current"] or "",
    }
    for card in env["mail.domain.setup.record"]._prepare_all(domain)
    if not card["optional"]
]
Path(os.environ["CARDS"]).write_text(json.dumps(cards))
env.cr.commit()
