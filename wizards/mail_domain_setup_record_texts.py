# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from typing import NamedTuple

from odoo import api, models

from ..mailauth.dns.names import display_name
from ..mailauth.domain.publish_record import NOTES

# What was mended, but also tells what to do: it stands with what else there is to do.
MENDED_TO_DO = (
    "mended_name",
    "mended_dmarc_place",
    "mended_spf_quotes",
    "mended_spf_type99",
)


class Card(NamedTuple):
    """What a card is made from.

    :param domain: the ``mail.alias.domain``.
    :param record: a :class:`RecordToPublish`.
    :param provider: the ``mail.sending.provider`` whose key it is, empty for our own.
    """

    domain: object
    record: object
    provider: object


class MailDomainSetupRecord(models.TransientModel):
    """What the cards say of the records to publish: titles, notes, the host's names."""

    # A file for each concern.
    _inherit = "mail.domain.setup.record"  # pylint: disable=R8180

    @api.model
    def _prepare_all(self, domain):
        """Return the values of all cards of an alias domain, in their order."""
        return [
            {"sequence": sequence, **values}
            for sequence, (_record, values) in enumerate(self._prepare_pairs(domain))
        ]

    @api.model
    def _prepare_pairs(self, domain):
        """Return each :class:`RecordToPublish` of a domain, and its card's values."""
        servers = domain._get_outgoing_servers()
        return [
            (
                record,
                self._prepare_card(
                    Card(domain, record, self._find_provider(servers, record))
                ),
            )
            for record in domain._get_records_to_publish(servers)
        ]

    def _find_provider(self, servers, record):
        """Return the provider whose key a record holds, empty for our own."""
        for server in servers:
            name = server.provider.name or ""
            if (server.name, name) == (record.server, record.provider):
                return server.provider
        return self.env["mail.sending.provider"]

    def _prepare_card(self, card):
        """Return the values of one card."""
        record = card.record
        values = {
            "kind": record.kind,
            "optional": record.optional,
            "state": record.state,
            "title": self._get_title(record),
            "rdtype": record.rdtype,
            "full_name": record.name,
            "value": "\n".join(record.values),
            "alternative": record.alternative,
            "current": "\n".join(record.current),
            "note": self._render_note(card),
            "mended": "\n".join(map(self._explain, _list_mended(record))),
        }
        return {
            **values,
            **self._prepare_names(card),
            **self._prepare_help(card),
            **self._prepare_editor(card),
            **self._prepare_file(card),
        }

    def _prepare_names(self, card):
        """Return the record's name as the DNS host wants it typed."""
        record = card.record
        if record.kind == "dmarc_report":
            owner = self._find_zone_owner(card)
            hint = self.env._("in the DNS of %(zone)s", zone=display_name(owner.name))
            return {**owner._prepare_host_name(record.name), "host_hint": hint}
        if record.name and record.rdtype == "PTR":
            hint = self.env._("the IP address; it is not in the DNS of your domain")
            return {"host_name": record.subject, "host_hint": hint}
        return card.domain._prepare_host_name(record.name)

    def _prepare_help(self, card):
        """Return where to read more: at the provider, else at the DNS host."""
        record, provider = card.record, card.provider
        if provider.setup_url:
            text = self.env._("Instructions of %(provider)s", provider=provider.name)
            return {"help_url": provider.setup_url, "help_text": text}
        if not record.name or record.rdtype == "PTR":
            return {}
        host = card.domain._get_dns_host()
        purpose = record.kind if record.kind == "spf" else ""
        return {
            "help_url": host._get_help_url(record.rdtype, purpose) if host else "",
            "help_text": self.env._("How your DNS host wants it"),
        }

    def _prepare_editor(self, card):
        """Return where the record is edited, where it is in the zone's own DNS."""
        record = card.record
        if not record.name or record.rdtype == "PTR" or record.state == "done":
            return {}
        return self._find_zone_owner(card)._prepare_editor()

    @api.model
    def _find_zone_owner(self, card):
        """Return the ``mail.alias.domain`` in whose DNS a record belongs."""
        zones = filter(None, [one.get("zone") for one in card.record.notes])
        # Alias domains keep an IDN as it was typed.
        names = [name for zone in zones for name in (zone, display_name(zone))]
        domains = self.env["mail.alias.domain"].sudo()
        return domains.search([("name", "in", names)], limit=1) or card.domain

    def _prepare_file(self, card):
        """Return the file that has to be on a web server before the record counts."""
        record = card.record
        return {"file_url": record.file_url, "file_text": record.file_text}

    # ----------------------------------------------------------------- titles

    def _get_title(self, record):
        titles = {
            "spf": self.env._("SPF: the list of servers that may send in your name"),
            "dmarc": self.env._(
                "DMARC: what receivers do with mails that are not yours"
            ),
            "dmarc_report": self.env._("DMARC reports: they may go to another domain"),
            "mx": self.env._("MX: where replies to your mails arrive"),
            "tls_rpt": self.env._("TLS reports: who failed to reach you encrypted"),
            "mta_sts": self.env._("MTA-STS: mail to you is always encrypted"),
            "ptr": self._get_ptr_title(record),
        }
        return titles.get(record.kind) or self._get_dkim_title(record)

    def _get_ptr_title(self, record):
        if record.rdtype != "PTR":
            return self.env._("The address of your server's name")
        return self.env._(
            "PTR: the name of your server (%(address)s)", address=record.subject
        )

    def _get_dkim_title(self, record):
        if record.selector:
            return self.env._(
                "DKIM: the key to your signature (%(selector)s)",
                selector=record.selector,
            )
        return self.env._(
            "DKIM: the key to your signature by %(provider)s",
            provider=record.provider or record.server,
        )

    # ------------------------------------------------------------------ notes

    def _render_note(self, card):
        """Return why something is to be cleared up, and what to know, a line each."""
        lines = [self._explain(why) for why in card.record.why]
        mended = _list_mended(card.record)
        for note in [note for note in card.record.notes if note not in mended]:
            lines.append(self._render_code(card, note))
        return "\n".join(lines)

    def _render_code(self, card, note):
        """Return what a note says: of publishing the record, or of what it holds."""
        if note.code not in NOTES:
            return self._explain(note)
        render = {
            "publish_spf_merge": self._render_spf_merge,
            "publish_spf_edit": self._render_spf_edit,
            "publish_key_ours": self._render_key_ours,
            "publish_key_unusable": self._render_key_unusable,
            "publish_key_theirs": self._render_key_theirs,
            "publish_key_unknown": self._render_key_unknown,
            "publish_key_domain": self._render_key_domain,
            "publish_key_cname": self._render_key_cname,
            "publish_key_switch": self._render_key_switch,
            "publish_key_replace_cname": self._render_key_replace_cname,
            "publish_key_behind_cname": self._render_key_behind_cname,
            "publish_mx_unknown": self._render_mx_unknown,
            "publish_mx_mailboxes": self._render_mx_mailboxes,
            "publish_ptr": self._render_ptr,
            "publish_ptr_host": self._render_ptr_host,
            "publish_report_zone": self._render_report_zone,
            "publish_sts": self._render_sts,
        }[note.code]
        return render(card, dict(note.params))

    def _explain(self, why):
        """Return a reason of the core in the user's language."""
        return self.env["mail.domain.check"]._explain(why.code, dict(why.params))

    def _render_report_zone(self, _card, params):
        return self.env._(
            "This record belongs into the DNS of %(zone)s, not of the domain that the "
            "reports are about. It says that the reports may be sent there.",
            zone=params["zone"],
        )

    def _render_spf_merge(self, _card, params):
        return self.env._(
            "There are %(count)s such records now, and receivers accept only one. "
            "Delete them all, then add this one in their place.",
            count=params["count"],
        )

    def _render_spf_edit(self, _card, _params):
        return self.env._(
            "Edit the record that is there. Don't add a second one: receivers "
            "would then use none of them."
        )

    def _render_key_ours(self, _card, _params):
        return self.env._(
            "Odoo signs your mails with the secret half of this key, as soon as it "
            "sees the public half here."
        )

    def _render_key_unusable(self, card, _params):
        name = card.record.name
        keys = card.domain._get_dkim_keys()
        key = keys.filtered(lambda key: key.record_name == name)[:1]
        return key.advice or ""

    def _render_key_theirs(self, card, _params):
        return self.env._(
            "%(provider)s signs your mails, once that is set up there. %(where)s",
            provider=card.record.provider or card.record.server,
            where=card.provider.dkim_setup or "",
        )

    def _render_key_unknown(self, card, params):
        if card.provider.dkim_by_cname:
            return self.env._(
                "%(note)s\nThen copy the CNAME records that it shows into the first "
                "step (one a line: the selector, which is the part before ._domainkey, "
                "and the target), so that they can be checked.",
                note=self._render_key_theirs(card, params),
            )
        return self.env._(
            "%(note)s\nThen write the selectors that it shows (the part before "
            "._domainkey) into the first step, so that they can be checked.",
            note=self._render_key_theirs(card, params),
        )

    def _render_key_domain(self, card, params):
        return self.env._(
            "%(note)s\nThen write the subdomain that it signs as (such as "
            "mg.%(domain)s) and the selectors that it shows into the first step, so "
            "that they can be checked.",
            note=self._render_key_theirs(card, params),
            domain=card.domain.name,
        )

    def _render_key_cname(self, card, params):
        """Say what to look up where: the target depends on the customer."""
        note = self._render_key_theirs(card, params)
        if card.record.values or card.record.current:
            return note  # the CNAME is there, or known
        text = self.env._(
            "%(note)s\nThere you see the target of this CNAME, which nobody else "
            "knows. Publish the record as shown. If you write it into the first step "
            "(%(selector)s, then the target), you can copy it from here.",
            note=note,
            selector=card.record.selector,
        )
        example = card.provider._get_target_example(card.domain.name)
        if not example:
            return text
        shape = self.env._("It looks like this: %(example)s", example=example)
        return f"{text}\n{shape}"

    def _render_key_switch(self, card, _params):
        provider = card.record.provider or card.record.server
        where = card.provider.dkim_switch
        text = self.env._(
            "The key is published, but no mail has shown its signature yet. Send a "
            "mail by %(provider)s to a mailbox elsewhere. If its details say dkim=pass "
            "for %(domain)s, tick “DKIM Seen to Pass” in the first step.",
            provider=provider,
            domain=card.domain.name,
        )
        if not where:
            return text
        switch = self.env._("To start signing: %(where)s.", where=where)
        return f"{switch}\n{text}"

    def _render_key_replace_cname(self, _card, params):
        return self.env._(
            "There is a CNAME to %(target)s at this name now. Delete it first: no "
            "other record may stand beside a CNAME.",
            target=params["target"],
        )

    def _render_key_behind_cname(self, _card, params):
        return self.env._(
            "The CNAME is right. The key is missing where it leads: at %(target)s, "
            "whoever runs that zone has to publish this TXT record: %(value)s",
            target=params["target"],
            value=params["value"],
        )

    def _render_ptr(self, _card, params):
        return self.env._(
            "You can't set this in the DNS of your domain: ask whoever owns the "
            "address %(address)s, mostly your hosting company, to set its reverse "
            "name to %(host)s. Many call this PTR or reverse DNS.",
            address=params["address"],
            host=params["host"],
        )

    def _render_ptr_host(self, _card, params):
        return self.env._(
            "So that the name of your server leads back to %(address)s: receivers "
            "believe it only then.",
            address=params["address"],
        )

    def _render_mx_unknown(self, _card, _params):
        return self.env._(
            "Whoever keeps your mailboxes tells you which MX records to "
            "publish. They alone do not bring replies back into Odoo."
        )

    def _render_mx_mailboxes(self, card, params):
        domain = card.domain
        return self.env._(
            "Mail to %(domain)s arrives at %(host)s. For replies and bounces to come "
            "back into Odoo, the mailboxes %(catchall)s and %(bounce)s must exist "
            "there, and Odoo must fetch them by its Incoming Mail Servers. "
            "%(servers)s",
            domain=domain.name,
            host=params["host"],
            catchall=domain.catchall_email,
            bounce=domain.bounce_email,
            servers=self._describe_incoming(),
        )

    def _describe_incoming(self):
        servers = self.env["fetchmail.server"].sudo().search_count([], limit=1)
        if servers:
            return self.env._("There are incoming servers already; see that these are.")
        return self.env._("There is no incoming server yet.")

    def _render_sts(self, card, params):
        return self.env._(
            "Not needed for your mails to arrive: other servers then encrypt mail to "
            "you. First put a file with this text at %(url)s, on a web server with a "
            "valid certificate for mta-sts.%(domain)s. Then publish the record; its id "
            "changes with each new text.",
            url=card.record.file_url,
            domain=params["domain"],
        )


def _list_mended(record):
    """Return what stands below the comparison with the record that is there."""
    if record.state != "replace":
        return []
    return [
        note
        for note in record.notes
        if note.code.startswith("mended_") and note.code not in MENDED_TO_DO
    ]
