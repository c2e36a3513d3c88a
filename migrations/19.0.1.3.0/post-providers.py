# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from pathlib import Path

from lxml import etree

from odoo import SUPERUSER_ID, api

DATA = Path(__file__).parents[2] / "data" / "mail_sending_provider_data.xml"
FIELDS = (
    "dkim_by_cname",
    "dkim_needs_all",
    "dkim_subdomain",
    "dkim_switch",
    "dkim_target_example",
)


def migrate(cr, version):
    """Tell the providers that are there how they publish and switch on DKIM.

    They are noupdate, since administrators may have changed them: only what has never
    had a value gets one.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    for record in etree.parse(str(DATA)).iter("record"):
        name = f"mail_deliverability.{record.get('id')}"
        provider = env.ref(name, raise_if_not_found=False)
        if provider:
            provider.write(_read_values(record, provider))


def _read_values(record, provider):
    found = {field.get("name"): field for field in record.iter("field")}
    return {
        name: bool(found[name].get("eval")) or found[name].text
        for name in FIELDS
        if name in found and not provider[name]
    }
