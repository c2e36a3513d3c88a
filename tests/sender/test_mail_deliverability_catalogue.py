# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from io import BytesIO
from unittest.mock import patch

from odoo import tools
from odoo.tests import TransactionCase, tagged

PROVIDER = """
<odoo>
    <record id="{name}" model="mail.sending.provider">
        <field name="name">Signer</field>
        <field name="source">their page</field>
        {facts}
    </record>
</odoo>
"""
FIRST = {"spf_term": "include:a.example", "daily_limit": "100", "signs": "True"}
CATALOGUES = ("mail.sending.provider", "mail.dns.provider", "mail.mailbox.provider")


@tagged("post_install", "-at_install")
class TestMailDeliverabilityCatalogue(TransactionCase):
    """An update brings corrected facts, and undoes nobody's changes."""

    def _load(self, facts, mode="update"):
        """Read a data file with a provider, as an update of the addon does."""
        fields = "".join(
            f'<field name="{name}">{value}</field>' for name, value in facts.items()
        )
        text = PROVIDER.format(name="provider_signer", facts=fields)
        file = BytesIO(text.encode())
        file.name = "provider.xml"
        with patch.object(self.registry, "ready", False):
            tools.convert_xml_import(
                self.env(context={"lang": None}),
                "mail_deliverability",
                file,
                {},
                mode,
            )
        return self.env.ref("mail_deliverability.provider_signer")

    def test_what_nobody_has_changed_is_corrected(self):
        provider = self._load(FIRST, "init")
        self._load({"spf_term": "include:b.example", "from_policy": "any"})
        self.assertEqual(provider.spf_term, "include:b.example")
        self.assertEqual(provider.from_policy, "any")
        # What the file no longer says is what a new entry would have.
        self.assertEqual((provider.daily_limit, provider.signs), (0, False))
        self._load({"spf_term": "include:c.example"})
        self.assertEqual(provider.spf_term, "include:c.example")
        self.assertEqual(provider.from_policy, "unknown")

    def test_what_somebody_has_changed_stays(self):
        provider = self._load(FIRST, "init")
        changes = {"spf_term": "include:mine.example", "signs": False, "active": False}
        provider.write(changes)
        for _update in range(2):
            self._load({**FIRST, "spf_term": "include:b.example", "daily_limit": "50"})
            self.assertEqual({name: provider[name] for name in changes}, changes)
            self.assertEqual(provider.daily_limit, 50)

    def test_what_somebody_has_changed_to_what_is_right_follows(self):
        provider = self._load(FIRST, "init")
        provider.spf_term = "include:b.example"
        for term in ("include:b.example", "include:c.example"):
            self._load({**FIRST, "spf_term": term})
            self.assertEqual(provider.spf_term, term)

    def test_translations_stay(self):
        """People who work in another language change the text of that language."""
        self.env["res.lang"]._activate_lang("fr_FR")
        provider = self._load({"dkim_setup": "Settings"}, "init")
        french = provider.with_context(lang="fr_FR")
        french.dkim_setup = "Réglages"
        self._load({"dkim_setup": "Options"})
        self.assertEqual(provider.with_context(lang="en_US").dkim_setup, "Options")
        self.assertEqual(french.dkim_setup, "Réglages")

    def test_entries_from_before_are_left_as_they_are(self):
        """What was shipped with them is not known; from now on it is."""
        provider = self._load(FIRST, "init")
        provider.shipped = False
        self._load({**FIRST, "spf_term": "include:b.example"})
        self.assertEqual(provider.spf_term, "include:a.example")
        self._load({**FIRST, "spf_term": "include:b.example", "daily_limit": "50"})
        self.assertEqual(provider.spf_term, "include:a.example")
        self.assertEqual(provider.daily_limit, 50)

    def test_import_by_somebody(self):
        """It is no update: it changes what it says."""
        provider = self._load(FIRST, "init")
        provider.spf_term = "include:mine.example"
        rows = [["mail_deliverability.provider_signer", "include:b.example"]]
        imported = self.env["mail.sending.provider"].load(["id", "spf_term"], rows)
        self.assertEqual(imported["ids"], provider.ids)
        self.assertEqual(provider.spf_term, "include:b.example")
        self._load({**FIRST, "spf_term": "include:c.example"})
        self.assertEqual(provider.spf_term, "include:b.example")

    def test_each_entry_knows_what_it_was_shipped_with(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", "mail_deliverability"), ("model", "in", CATALOGUES)]
        )
        self.assertEqual({one.model for one in data}, set(CATALOGUES))
        self.assertFalse(data.filtered("noupdate"))
        for model in CATALOGUES:
            for entry in self.env[model].search([]):
                self.assertEqual(entry.shipped, entry._describe(), entry.display_name)
