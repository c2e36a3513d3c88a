# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which source an address belongs to, while a report is read."""

import ipaddress
from collections import defaultdict

from odoo import api, fields, models

from ...mailauth.printable import printable
from ..tools.host_names import fold
from .mail_dmarc_origin import LONGEST, NO_ADDRESS, OTHERS

MOST = 2000  # sources of one domain: beyond these, new networks are one
MOST_OF_ANYBODY = 1000  # beyond these, reporters who are not trusted make none
PREFIX = {4: 24, 6: 48}  # what one customer of a network usually has
MOST_LEARNED = 20  # signers, envelopes and records that are kept of one
MOST_UNPROVEN = 5  # reporters who are not trusted, and what they say of one
# What tells it for certain, since receivers have asked SPF or we know it ourselves. A
# signature also stays when others pass the mail on.
CERTAIN = ("spf", "envelope")


class MailDmarcOrigin(models.Model):
    """Finding the source of an address."""

    # A file for each concern.
    _inherit = "mail.dmarc.origin"  # pylint: disable=consider-merging-classes-inherited

    unproven = fields.Json(readonly=True, groups=fields.NO_ACCESS)

    @api.model
    def _find_or_make(self, alias_domain, sources, reporter):
        """Return the source that each address belongs to.

        DNS is not asked: what an address is called is found out later, in a scheduled
        action.

        :param alias_domain: whose mails a report is about.
        :param sources: :class:`Source` objects, as ``name_sources`` returns them.
        :param reporter: who reports. What one says who is not trusted counts only once
            that one is: nobody can make a source of his own look like ours.
        :return: by address, "" among them where a report has none.
        :rtype: dict[str, MailDmarcOrigin]
        """
        origins = self.sudo()
        services = origins._get_services()
        domain = fold(alias_domain.name)
        places = {one.ip: _find_place(one, services, domain) for one in sources}
        most = MOST if reporter.is_trusted else MOST_OF_ANYBODY
        known = origins._make_missing(alias_domain, sources, places, most)
        found = {ip: known[place[0]] for ip, place in places.items()}
        by_origin = defaultdict(list)
        for source in sources:
            by_origin[found[source.ip]].append(source)
        for origin, seen in by_origin.items():
            origin._learn(seen, reporter)
        return found

    @api.model
    def _make_missing(self, alias_domain, sources, places, most):
        """Return the sources of a domain by their keys, those of places among them.

        :param int most: sources of the domain, with those that are made.
        """
        mine = [("alias_domain_id", "=", alias_domain.id)]
        keys = list(dict.fromkeys(key for key, _network in places.values()))
        found = self.search_fetch([*mine, ("key", "in", [*keys, OTHERS])], ["key"])
        known = {origin.key: origin for origin in found}
        missing = [key for key in keys if key not in known]
        room = max(0, most - self.search_count(mine)) if missing else 0
        first = {}
        for source in sources:
            first.setdefault(places[source.ip][0], source)
        new = missing[:room]
        if missing[room:] and OTHERS not in known:
            new.append(OTHERS)
        values = [
            self._prepare_origin(alias_domain, key, first.get(key), places)
            for key in new
        ]
        known.update(zip(new, self.create(values), strict=True))
        if new:
            self._wake_naming()
        return {key: known.get(key) or known[OTHERS] for key in keys}

    @api.model
    def _prepare_origin(self, alias_domain, key, source, places):
        values = {"alias_domain_id": alias_domain.id, "key": key, "name": key}
        if key in (NO_ADDRESS, OTHERS) or source is None:
            return values
        return {
            **values,
            "name": places[source.ip][1] or source.ip,
            "network": places[source.ip][1],
            "address": source.ip,
            "path": _bound(source.path),
        }

    def _learn(self, sources, reporter):
        """Keep what a reporter says of this source, bounded."""
        if self.key in (NO_ADDRESS, OTHERS):
            self.is_stale = True
            return
        envelopes = [one for source in sources for one in source.envelopes]
        signers = [list(one) for source in sources for one in source.signers]
        facts = {
            "envelopes": _bound(envelopes),
            "signers": [_bound(one) for one in signers[:MOST_LEARNED]],
            "is_passed_on": any(source.is_passed_on for source in sources),
        }
        values = {"path": _bound(sources[-1].path) or self.path or []}
        if reporter.is_trusted:
            values |= self._add_facts(facts)
        elif any(facts.values()):
            values["unproven"] = self._keep_unproven(reporter, facts)
        values["is_stale"] = True
        changed = {name: value for name, value in values.items() if self[name] != value}
        if changed:
            self.write(changed)

    def _add_facts(self, facts):
        """Return the values of this source with what else is known of it."""
        return {
            "envelopes": _merge(self.envelopes, facts["envelopes"]),
            "signers": _merge(self.signers, facts["signers"]),
            "is_passed_on": self.is_passed_on or facts["is_passed_on"],
        }

    def _keep_unproven(self, reporter, facts):
        """Return what reporters say of it who are not trusted, by their ids."""
        kept = dict(self.unproven or {})
        former = kept.pop(str(reporter.id), None)
        if former:
            facts = {
                "envelopes": _merge(former["envelopes"], facts["envelopes"]),
                "signers": _merge(former["signers"], facts["signers"]),
                "is_passed_on": former["is_passed_on"] or facts["is_passed_on"],
            }
        latest = list(kept.items())[1 - MOST_UNPROVEN :]
        return dict([*latest, (str(reporter.id), facts)])


def _find_place(source, services, domain):
    """Return the key of what an address is known as, and its network, "" for none."""
    if not source.ip:
        return NO_ADDRESS, ""
    found = services.find(source, domain)
    if found.service and found.known_by in CERTAIN:
        return f"service:{found.service.key}", source.network
    if found.known_by == "spf":
        return f"spf:{printable(found.name, LONGEST)}", source.network
    if found.known_by == "own":
        return f"own:{source.network}", source.network
    address = ipaddress.ip_address(source.ip)
    network = ipaddress.ip_network((address, PREFIX[address.version]), strict=False)
    return f"net:{network}", str(network)


def _bound(texts):
    return [printable(text, LONGEST) for text in texts[:MOST_LEARNED]]


def _merge(known, new):
    """Return a list with what is new in it; what came first stays."""
    merged = list(known or ())
    merged += [one for one in new if one not in merged]
    return merged[:MOST_LEARNED]
