# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The zones of trials: JSON, {name: {type: [records]}}, as tests/dns_server.py reads.

{"acme.example": {"MX": [[10, "mx.acme.example"]], "TXT": ["v=spf1 mx -all"]}}
"""

import json
from pathlib import Path

CHANGES = ("add", "replace")


def publish(path: Path, cards: list[dict]) -> list[str]:
    """Do in a zone what cards of the guided setup say, no more.

    :param cards: of each ``state``, ``type``, ``name`` in full, ``value``, and in
        ``current`` what is there, a line for each record.
    :returns: what was done, a line for each card.
    """
    names = json.loads(path.read_text())
    lines = [_publish(names, card) for card in cards]
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(names, indent=4) + "\n")
    draft.rename(path)
    return [line for line in lines if line]


def _publish(names: dict, card: dict) -> str:
    state, new = card["state"].lower(), card["value"].splitlines()
    if state not in CHANGES or not new:
        return ""
    gone = set(card["current"].splitlines()) if state == "replace" else set()
    types = names.setdefault(card["name"], {})
    # Beside an alias there is nothing else; the cards show it as "CNAME host.".
    if card["type"] != "CNAME" and any(line.startswith("CNAME ") for line in gone):
        types.pop("CNAME", None)
    there = types.get(card["type"], [])
    kept = [one for one in there if _as_text(one) not in {*gone, *new}]
    types[card["type"]] = [*kept, *new]
    word = "replaced" if state == "replace" else "added"
    return f"{word} {card['name']} {card['type']}: {' '.join(new)}"


def _as_text(record) -> str:
    """A record as the cards show it: a TXT record may have several strings."""
    if isinstance(record, str):
        return record
    is_exchange = record and isinstance(record[0], int)
    return (" " if is_exchange else "").join(map(str, record))


def own_host(path: Path, domain: str) -> str:
    """The first mail exchanger, which in the demo sends as well."""
    ((_preference, host), *_others) = json.loads(path.read_text())[domain]["MX"]
    return host


def own_address(path: Path, domain: str) -> str:
    """The address of the first mail exchanger."""
    return json.loads(path.read_text())[own_host(path, domain)]["A"][0]
