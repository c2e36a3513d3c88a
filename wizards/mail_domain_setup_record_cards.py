from odoo import api, models

from ..mailauth.dmarc.record import parse_dmarc
from ..mailauth.errors import PermError

MAILBOX_HOSTS = (
    ("Google", (".google.com", ".googlemail.com")),
    ("Microsoft 365", (".mail.protection.outlook.com", ".mx.microsoft")),
)
RELAXED = ("pass", "info")


class MailDomainSetupRecord(models.TransientModel):
    """What the cards of a domain hold, made from its last check."""

    # A file for each concern.
    _inherit = "mail.domain.setup.record"  # pylint: disable=R8180

    @api.model
    def _prepare_all(self, domain):
        """Return the values of all cards of an alias domain, in their order."""
        cards = [
            *self._prepare_spf(domain),
            *self._prepare_own_keys(domain),
            *self._prepare_their_keys(domain),
            *self._prepare_dmarc(domain),
            *self._prepare_mx(domain),
            *self._prepare_tls_rpt(domain),
            *self._prepare_mta_sts(domain),
        ]
        for sequence, card in enumerate(cards):
            card["sequence"] = sequence
            card.update(self._prepare_names(domain, card))
        return cards

    def _prepare_names(self, domain, card):
        """Return the record's name as the DNS host wants it typed."""
        full, zone = card.get("full_name"), domain.sudo().auth_zone or domain.name
        if not full:
            return {}
        hosts = domain.dns_provider_ids
        host = hosts if len(hosts) == 1 else hosts.browse()  # some share nameservers
        purpose = card["kind"] if card["kind"] == "spf" else ""
        url = host._get_help_url(card["rdtype"], purpose) if host else ""
        help_link = {
            "help_url": url,
            "help_text": self.env._("How your DNS host wants it"),
        }
        help_link |= {name: card[name] for name in help_link if card.get(name)}
        if full == zone:
            name = host.apex_name if host else "@"
            hint = self.env._("for the domain itself")
            if not name:
                hint = self.env._("leave the field empty: it is the domain itself")
            return {"host_name": name, "host_hint": hint, **help_link}
        return {"host_name": full.removesuffix(f".{zone}"), **help_link}

    def _get_rows(self, domain, code):
        return domain.auth_check_ids.filtered(lambda row: row.code == code)

    def _get_state(self, row, wanted):
        """Return what is to be done about a record.

        :param row: its ``mail.domain.check``.
        :param wanted: whether another one should be there.
        """
        if row.status == "temperror":
            return "unknown"
        if not wanted:
            return "done"
        if self._is_pending(row):
            return "pending"
        return "replace" if row.found else "add"

    def _is_pending(self, row):
        """Whether the zone has the record, by any check that stands on it."""
        protocol = (row.code or "").partition("_")[0]
        return any(
            other.pending
            for other in row.alias_domain_id.auth_check_ids
            if other.code.startswith(protocol) and other.record_name == row.record_name
        )

    # -------------------------------------------------------------------- SPF

    def _prepare_spf(self, domain):
        rows = self._get_rows(domain, "spf_record")
        return [card for row in rows if (card := self._prepare_spf_card(row))]

    def _prepare_spf_card(self, row):
        wanted = row.expected or self._soften_neutral(row)
        state = self._get_state(row, wanted)
        faults = self._get_spf_faults(row)
        if state == "done" and faults:
            state = "ask"
        if state == "done" and not row.found:
            return None  # no server needs one
        lines = (row.found or "").splitlines()
        return {
            "kind": "spf",
            "state": state,
            "title": self.env._("SPF: the list of servers that may send in your name"),
            "rdtype": "TXT",
            "full_name": row.record_name,
            "value": wanted or (lines[0] if state == "done" else ""),
            "current": row.found,
            "note": self._get_spf_note(row | faults, state, len(lines)),
        }

    def _soften_neutral(self, row):
        """Return a record that ends in ?all with ~all instead, else ""."""
        text = row.found or ""
        if not text.endswith(" ?all") or "\n" in text or self._get_spf_others(row):
            return ""
        return text.removesuffix("?all") + "~all"

    def _get_spf_others(self, row):
        """Return the faults that other checks of the same SPF record found."""
        return row.alias_domain_id.auth_check_ids.filtered(
            lambda other: (
                other.code in ("spf_single", "spf_syntax", "spf_lookups")
                and other.record_name == row.record_name
                and other.status not in RELAXED
            )
        )

    def _get_spf_faults(self, row):
        return self._get_spf_others(row) | row.filtered(
            lambda one: one.status not in RELAXED
        )

    def _get_spf_note(self, rows, state, count):
        if state == "replace" and count > 1:
            return self.env._(
                "There are %(count)s such records now, and receivers accept only one. "
                "Delete them all, then add this one in their place.",
                count=count,
            )
        if state == "replace":
            return self.env._(
                "Edit the record that is there. Don't add a second one: receivers "
                "would then ignore both."
            )
        if state in ("ask", "unknown"):
            return "\n".join(rows.mapped("explanation"))
        return False

    # ------------------------------------------------------------------- DKIM

    def _prepare_own_keys(self, domain):
        rows = {row.subject: row for row in self._get_rows(domain, "dkim_key")}
        empty = self.env["mail.domain.check"]
        keys = domain._get_dkim_keys()
        if all(server.signs for server in domain._get_outgoing_servers()):
            keys = keys.filtered(lambda key: key.state != "draft")
        return [
            self._prepare_own_key(
                key, rows.get(key._get_check_subject(domain.name), empty)
            )
            for key in keys
        ]

    def _prepare_own_key(self, key, row):
        state = self._get_state(row, row.expected or not row)
        note = self.env._(
            "Odoo signs your mails with the secret half of this key, as soon as it "
            "sees the public half here."
        )
        if not key.is_usable:
            state, note = "ask", key.advice
        target = key.cname_target
        return {
            "kind": "dkim",
            "state": state,
            "title": self._get_dkim_title(key.selector),
            "rdtype": "CNAME" if target else "TXT",
            "full_name": key.record_name,
            "value": target or key.record_value,
            "current": row.found,
            "note": note,
        }

    def _get_dkim_title(self, selector):
        return self.env._(
            "DKIM: the key to your signature (%(selector)s)", selector=selector
        )

    def _prepare_their_keys(self, domain):
        servers = [server for server in domain._get_outgoing_servers() if server.signs]
        rows = {row.subject: row for row in self._get_rows(domain, "dkim_key")}
        cards = {}
        for server in servers:
            targets = self._get_targets(domain, server)
            for selector, target in targets.items():
                row = rows.get(selector.lower(), self.env["mail.domain.check"])
                card = self._prepare_their_key(domain, server, selector, target, row)
                cards.setdefault(selector, card)
            if not targets:
                cards.setdefault(server.name, self._prepare_unknown_key(server))
        return list(cards.values())

    def _get_targets(self, domain, server):
        """Return {selector: host name of the CNAME, or ""} of a provider."""
        entries = server.provider._get_dkim_entries(domain.name)
        known = {entry.selector: entry.target for entry in entries}
        selectors = server.get_selectors(domain.name)
        return {selector: known.get(selector, "") for selector in selectors}

    def _prepare_their_key(self, domain, server, selector, target, row):
        shown = bool(row) and row.status in RELAXED
        state = self._get_state(row, not shown) if row else "add"
        if not target and state in ("add", "replace"):
            state = "ask"
        return {
            "kind": "dkim",
            "state": state,
            "title": self._get_dkim_title(selector),
            "rdtype": "CNAME" if target else "TXT",
            "full_name": f"{selector}._domainkey.{domain.name}",
            "value": target,
            "current": row.found,
            "note": self._get_their_note(server) if state != "done" else False,
            **self._prepare_their_help(server),
        }

    def _prepare_their_help(self, server):
        if not server.provider.setup_url:
            return {}
        text = self.env._("Instructions of %(provider)s", provider=server.provider.name)
        return {"help_url": server.provider.setup_url, "help_text": text}

    def _get_their_note(self, server):
        return self.env._(
            "%(provider)s signs your mails, once that is set up there. %(where)s",
            provider=server.provider.name or server.name,
            where=server.provider.dkim_setup or "",
        )

    def _prepare_unknown_key(self, server):
        note = self.env._(
            "%(note)s\nThen write the selectors that it shows (the part before "
            "._domainkey) into the first step, so that they can be checked.",
            note=self._get_their_note(server),
        )
        return {
            "kind": "dkim",
            "state": "ask",
            "title": self.env._(
                "DKIM: the key to your signature by %(provider)s",
                provider=server.provider.name or server.name,
            ),
            "note": note,
            **self._prepare_their_help(server),
        }

    # ------------------------------------------------------------------ DMARC

    def _prepare_dmarc(self, domain):
        row = self._get_rows(domain, "dmarc_record")[:1]
        state = self._get_state(row, row.expected)
        value = row.expected or row.found or ""
        return [
            {
                "kind": "dmarc",
                "state": state,
                "title": self.env._(
                    "DMARC: what receivers do with mails that are not yours"
                ),
                "rdtype": "TXT",
                "full_name": row.record_name or f"_dmarc.{domain.name}",
                "value": value,
                "current": row.found,
                "note": self._get_dmarc_note(value, state),
            }
        ]

    def _get_dmarc_note(self, value, state):
        if not _asks_nothing(value):
            return False
        lines = [
            self.env._(
                "p=none changes nothing yet: receivers deliver as before and report to "
                "you. After two weeks in which the reports name only your own servers, "
                "and all of them pass, change p=none to p=quarantine (mails that are "
                "not yours land in spam); two weeks later to p=reject (they are "
                "refused)."
            )
        ]
        if "rua=" not in value and state != "done":
            lines.append(
                self.env._(
                    "Nobody will get the reports: go back to the first step and enter "
                    "an address of your domain for them."
                )
            )
        return "\n".join(lines)

    # --------------------------------------------------------------------- MX

    def _prepare_mx(self, domain):
        row = self._get_rows(domain, "mx")[:1]
        missing = row.status in ("fail", "warning")
        proposed = self._propose_mx(domain) if missing and not row.found else ""
        state = self._get_state(row, missing)
        if state in ("add", "replace") and not proposed:
            state = "ask"
        return [
            {
                "kind": "mx",
                "state": state,
                "title": self.env._("MX: where replies to your mails arrive"),
                "rdtype": "MX",
                "full_name": domain.name,
                "value": proposed or row.found,
                "current": row.found,
                "note": self._get_mx_note(domain, row, missing),
            }
        ]

    def _propose_mx(self, domain):
        """Return the MX records of the first provider that also takes mail."""
        for server in domain._get_outgoing_servers():
            if lines := server.provider._get_mx_records(domain.name):
                return "\n".join(lines)
        return ""

    def _get_mx_note(self, domain, row, missing):
        notes = [row.explanation] if missing else []
        if missing:
            notes.append(
                self.env._(
                    "Whoever keeps your mailboxes tells you which MX records to "
                    "publish. They alone do not bring replies back into Odoo."
                )
            )
        if hint := self._get_mailbox_hint(domain):
            notes.append(hint)
        return "\n".join(notes)

    def _get_mailbox_hint(self, domain):
        """Return what must exist where others keep the mailboxes, or False."""
        exchanges = domain._get_mail_exchanges()
        host = next(
            (
                name
                for name, endings in MAILBOX_HOSTS
                if any(f".{exchange}".endswith(endings) for exchange in exchanges)
            ),
            False,
        )
        if not host:
            return False
        return self.env._(
            "Mail to %(domain)s arrives at %(host)s. For replies and bounces to come "
            "back into Odoo, the mailboxes %(catchall)s and %(bounce)s must exist "
            "there, and Odoo must fetch them: Settings > Technical > Email > Incoming "
            "Mail Servers. %(servers)s",
            domain=domain.name,
            host=host,
            catchall=domain.catchall_email,
            bounce=domain.bounce_email,
            servers=self._describe_incoming(),
        )

    def _describe_incoming(self):
        servers = self.env["fetchmail.server"].sudo().search_count([], limit=1)
        if servers:
            return self.env._("There are incoming servers already; see that these are.")
        return self.env._("There is no incoming server yet.")

    # --------------------------------------------------------------- optional

    def _prepare_tls_rpt(self, domain):
        row = self._get_rows(domain, "tls_rpt")[:1]
        if not row.expected and not row.found:
            return []
        return [
            {
                "kind": "tls_rpt",
                "optional": True,
                "state": self._get_state(row, row.expected),
                "title": self.env._("TLS reports: who failed to reach you encrypted"),
                "rdtype": "TXT",
                "full_name": row.record_name,
                "value": row.expected or row.found,
                "current": row.found,
            }
        ]

    def _prepare_mta_sts(self, domain):
        row = self._get_rows(domain, "mta_sts")[:1]
        state = "done" if row.status == "pass" else "ask"
        return [
            {
                "kind": "mta_sts",
                "optional": True,
                "state": "unknown" if row.status == "temperror" else state,
                "title": self.env._("MTA-STS: mail to you is always encrypted"),
                "rdtype": "TXT",
                "full_name": f"_mta-sts.{domain.name}",
                "value": row.found,
                "current": row.found,
                "note": self._get_mta_sts_note(domain, row),
            }
        ]

    def _get_mta_sts_note(self, domain, row):
        if row.status == "pass":
            return False
        return self.env._(
            "It needs a web server at https://mta-sts.%(domain)s that holds a policy "
            "with your mail exchanges; only then the record. %(explanation)s",
            domain=domain.name,
            explanation=row.explanation or "",
        )


def _asks_nothing(text):
    """Whether the policy of a DMARC record is none; text that is no record has none."""
    try:
        return parse_dmarc(text.encode()).p == "none"
    except PermError:
        return False
