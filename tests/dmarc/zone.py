# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A zone with DMARC records, for the tests of this folder."""


def zone_of(records):
    """Return a zone whose domains have these tags, or one record for each of a list."""
    zone = {("a.acme.example", "A"): ["192.0.2.1"]}
    for domain, tags in records.items():
        values = [tags] if isinstance(tags, str) else tags
        zone[(f"_dmarc.{domain}", "TXT")] = [f"v=DMARC1; {tag}" for tag in values]
    return zone
