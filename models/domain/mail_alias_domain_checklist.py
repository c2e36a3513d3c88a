# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The checks of a domain as a list of what there is to do, for screens."""

import itertools

from odoo import models

from ...mailauth.dns.names import display_name
from .mail_domain_check import SEVERITY
from .mail_domain_check_item import ITEM_GROUPS, to_iso

FOLDED = ("passed", "optional")
# Which checks stand on a record, by its kind; the first is about the record itself.
STANDS_ON = {
    "spf": (
        "spf_record",
        "spf_single",
        "spf_syntax",
        "spf_lookups",
        "spf_authorizes",
    ),
    "dkim": ("dkim_key",),
    "dmarc": ("dmarc_record", "dmarc_policy", "dmarc_reports"),
    "dmarc_report": ("dmarc_reports",),
    "mx": ("mx",),
    "ptr": ("ptr",),
    "tls_rpt": ("tls_rpt",),
    "mta_sts": ("mta_sts",),
    "bimi": ("bimi",),
}
# What proves that mails are the domain's own, so that they pass DMARC.
PROVES = ("spf", "dkim")
# How bad a record that no check speaks of is, by what is to be done about it.
LEVEL_OF_STATE = {"unknown": "temperror", "done": "pass"}


class MailAliasDomain(models.Model):
    """What to do for a domain, in the order in which it matters."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def get_checklist(self):
        """Return what the last check found, as a list of what there is to do.

        Plain text, but for what ends in ``_html``: that is safe Markup. Times are
        ISO 8601, UTC. Nothing is asked of DNS, and nothing is written.

        An item holds the records to publish (``fixes``). Where several items are
        solved by one record it stands in the first of them, and ``see`` of the others
        names that one.

        :return: ``domain``, ``level`` (pass, warning, fail, temperror, unknown),
            ``headline``, ``remark``, ``obstacle``, ``proven``, ``answers`` (level as
            of items, or unknown), ``groups`` (breaks, better, waiting, passed,
            optional; none without items) of ``items`` (level pass, info, pending,
            warning, temperror, fail), ``notes``, ``checked_on``, ``authority``.
        :raises AccessError: who is no administrator of one of its companies.
        """
        self._check_may_see_authentication()
        self.ensure_one()
        checks = self.auth_check_ids._filtered_access("read")
        obstacle = checks._describe_obstacle()
        unknown = checks._describe_unknown()
        groups = self._list_groups(checks, obstacle)
        return {
            "domain": self._describe_name(),
            "level": self.auth_status,
            "headline": self._get_headline(checks, obstacle, unknown, groups),
            "remark": not obstacle and unknown or False,
            "obstacle": bool(obstacle),
            "proven": bool(checks) and not obstacle and not unknown,
            "answers": checks._list_answers(),
            "groups": groups,
            "notes": self._list_notes(),
            "checked_on": to_iso(self.auth_last_check),
            "authority": {
                "asked": self.sudo().auth_authority_asked,
                "hint": self._get_authority_hint(),
            },
        }

    def _list_notes(self):
        """Return what will stop to work by itself, whatever DNS says.

        :return: a list of {"key", "title", "text", "servers"}: each server {"id",
            "name"}, its id False for odoo.conf's.
        """
        return []

    def _describe_name(self):
        """Return the domain as people write it, and as DNS has it."""
        return {"id": self.id, "name": display_name(self.name), "ascii": self.name}

    def _get_headline(self, checks, obstacle, unknown, groups):
        """Return the one sentence above the checks."""
        if obstacle:
            return obstacle
        if not checks:
            return self.env._(
                "%(domain)s has not been checked yet.", domain=display_name(self.name)
            )
        faults = checks.filtered(lambda row: row.severity <= SEVERITY["warning"])
        if faults and all(faults.mapped("pending")):
            return self.env._(
                "All done at your DNS host. What is new there is on its way to others."
            )
        if not faults and unknown:
            return self.env._(
                "All that can be seen of %(domain)s from here is right, but it is not "
                "proven that your own mails pass.",
                domain=display_name(self.name),
            )
        todo = (one["items"] for one in groups if one["key"] in ITEM_GROUPS[:2])
        return self._describe_state(checks, sum(map(len, todo)))

    def _get_authority_hint(self):
        """Return that only the resolver could be asked, False where that is well."""
        if self.auth_status in ("pass", "unknown"):
            return False
        if self.sudo().auth_authority_asked:
            return False
        return self.env._(
            "The servers of your own zone could not be asked: what you see is what a "
            "resolver knows, which may remember old records for a while."
        )

    # ----------------------------------------------------------------- groups

    def _list_groups(self, checks, obstacle):
        """Return the groups that have items, in the order in which they matter."""
        found = {key: [] for key in ITEM_GROUPS}
        rows = checks.sorted(lambda row: (row.severity, row.position, row.id))
        items = {row: row._prepare_item() for row in rows}
        groups = {row: row._get_item_group() for row in rows}
        others = []
        if rows and not obstacle:
            others = self._place_fixes(rows, items, groups)
        for row in rows:
            if items[row]["sentence"] == obstacle:
                items[row]["sentence"] = ""  # it stands above the list
            found[groups[row]].append(items[row])
        for key, item in others:
            found[key].append(item)
        return [
            {
                "key": key,
                "title": self._get_group_title(key, found[key]),
                "folded": key in FOLDED or bool(obstacle and len(rows) > 1),
                "items": found[key],
            }
            for key in ITEM_GROUPS
            if found[key]
        ]

    def _get_group_title(self, key, items):
        """Return what a group is called, with the number of its items."""
        titles = {
            "breaks": self._get_breaks_title,
            "better": self._get_better_title,
            "waiting": self._get_waiting_title,
            "passed": self._get_passed_title,
            "optional": self._get_optional_title,
        }
        return titles[key](len(items), {item["level"] for item in items})

    def _get_breaks_title(self, count, _levels):
        if count == 1:
            return self.env._("1 thing breaks delivery")
        return self.env._("%(count)s things break delivery", count=count)

    def _get_better_title(self, count, _levels):
        if count == 1:
            return self.env._("1 thing could be better")
        return self.env._("%(count)s things could be better", count=count)

    def _get_waiting_title(self, count, levels):
        if levels != {"pending"}:
            if count == 1:
                return self.env._("1 thing is not certain yet")
            return self.env._("%(count)s things are not certain yet", count=count)
        if count == 1:
            return self.env._("1 thing is on its way")
        return self.env._("%(count)s things are on their way", count=count)

    def _get_passed_title(self, count, levels):
        if levels == {"pass"}:
            return self.env._("%(count)s passed", count=count)
        return self.env._("%(count)s passed or not needed", count=count)

    def _get_optional_title(self, count, _levels):
        return self.env._("%(count)s optional", count=count)

    # ------------------------------------------------- the records to publish

    def _place_fixes(self, rows, items, groups):
        """Put each record to publish into the first item that it solves.

        What is only for information, and has a record that is needed, is to be done.

        :param items: {row: item}, and so are ``groups``; both are changed.
        :return: (group, item) of the records that no check speaks of.
        """
        cards = self.env["mail.domain.setup.record"]
        others, keys, cures = [], set(), []
        for record, values in cards._prepare_pairs(self):
            fix = cards._prepare_fix(values)
            fix["key"] = _number_repeated(fix["key"], keys)
            solved = self._find_solved(rows, record)
            if not solved:
                if record.state != "done":
                    others.append(self._prepare_other(record, fix))
                continue
            see = {"key": items[solved[0]]["key"], "title": values["title"]}
            if record.kind in PROVES and record.state in ("add", "replace"):
                cures.append(see)
            first, item = solved[0], items[solved[0]]
            item["fixes"].append(fix)
            needed = record.state in ("add", "replace") and not record.optional
            if needed and first.status in ("info", "pass"):
                groups[first] = "better"
                item |= {"level": "warning", "word": fix["state_word"]}
            for row in solved[1:]:
                items[row]["see"] = items[row]["see"] or see
        for row in rows.filtered(lambda row: row.code == "dmarc_alignment"):
            if cures and groups[row] in ITEM_GROUPS[:2]:
                items[row]["see"] = cures[0]
        return others

    def _find_solved(self, rows, record):
        """Return the checks that a record solves, the worst first.

        :param record: a :class:`RecordToPublish`.
        """
        codes = STANDS_ON[record.kind]
        found = rows.filtered(
            lambda row: (
                row.code in codes
                and (
                    row.subject == record.subject
                    if record.kind == "ptr"
                    else row.record_name == record.name
                )
            )
        )
        about = found.filtered(lambda row: row.code == codes[0])
        if record.state == "done":
            return about[:1] if record.notes else about.browse()
        if not found and record.kind == "dkim":
            # No key is there yet, or nobody told us at which name.
            found = rows.filtered(lambda row: row.code in codes and not row.subject)
        unsolved = found.filtered(
            lambda row: row._get_item_group() not in ("passed", "optional")
        )
        return unsolved or about[:1]

    def _prepare_other(self, record, fix):
        """Return the group and the item of a record that no check speaks of."""
        level = LEVEL_OF_STATE.get(record.state, "warning")
        item = {
            "key": f"record:{fix['key']}",
            "title": fix["title"],
            "level": "info" if record.optional else level,
            "word": fix["state_word"],
            "sentence": "",
            "pending": False,
            "pending_until": False,
            "seen": False,
            "see": False,
            "fixes": [fix],
            "evidence": [],
        }
        group = "waiting" if level == "temperror" else "better"
        return ("optional" if record.optional else group), item


def _number_repeated(key, keys):
    """Return a key, with a number where it is one of those that are there already."""
    choices = itertools.chain([key], (f"{key}:{n}" for n in itertools.count(2)))
    unique = next(choice for choice in choices if choice not in keys)
    keys.add(unique)
    return unique
