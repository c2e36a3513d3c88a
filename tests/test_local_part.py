# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ..mailauth.local_part import (
    FORMATS,
    find_format,
    suggest_local_part,
    uses_umlauts,
)

# (name, format, taken, what comes out)
SUGGESTED = [
    ("Ada Lovelace", "first.last", (), "ada.lovelace"),
    ("Ada Lovelace", "f.last", (), "a.lovelace"),
    ("Ada Lovelace", "flast", (), "alovelace"),
    ("Ada Lovelace", "last.first", (), "lovelace.ada"),
    ("Ada King Lovelace", "first.last", (), "ada.lovelace"),
    ("Lovelace, Ada", "first.last", (), "ada.lovelace"),
    ("Lovelace, Ada K.", "first.last", (), "ada.lovelace"),
    ("Lovelace\uff0cAda", "first.last", (), "ada.lovelace"),
    ("Lovelace, Ada (Sales)", "first.last", (), "ada.lovelace"),
    ("Ada Lovelace", "first.last", ("ada.lovelace",), "ada.lovelace2"),
    ("Ada Lovelace", "first.last", ("ada.lovelace", "ada.lovelace2"), "ada.lovelace3"),
    ("Ada", "first.last", (), "ada"),
    ("René Müller", "first.last", (), "rene.muller"),
    ("Łukasz Śliwiński", "first.last", (), "lukasz.sliwinski"),
    ("Jørgen Bjørn", "f.last", (), "j.bjorn"),
    ("Weiß Groß", "first.last", (), "weiss.gross"),
    ("Conan O'Brien", "first.last", (), "conan.obrien"),
    ("Anne-Marie Dupont-Roc", "first.last", (), "anne-marie.dupont-roc"),
    ("李 小龙", "first.last", (), ""),
    ("Ада Лавлейс", "first.last", (), ""),
    ("", "first.last", (), ""),
    ("<script>", "first.last", (), ""),
    ("A\r\nBcc: x@evil.example", "first.last", (), ""),
    ("... ---", "first.last", (), ""),
    ("Ada " + "x" * 500, "first.last", (), "ada." + "x" * 56),
]
# (name, local part) of who has an address already, and the format that is theirs
FOUND = [
    ([("Ada Lovelace", "ada.lovelace"), ("Bob Ray", "b.ray")], "first.last"),
    ([("Bob Ray", "b.ray"), ("Eve Lin", "e.lin"), ("Al Oz", "al.oz")], "f.last"),
    ([("Bob Ray", "BRay")], "flast"),
    ([("Jörg Müller", "joerg.mueller")], "first.last"),
    ([("Support", "support"), ("Bob Ray", "info")], "first.last"),
    ([], "first.last"),
]


class TestLocalPart(BaseCase):
    def test_suggested(self):
        for name, form, taken, expected in SUGGESTED:
            with self.subTest(name=name, form=form, taken=taken):
                made = suggest_local_part(name, form, taken)
                self.assertEqual(made, expected)
                self.assertLessEqual(len(made), 64)

    def test_format_of_those_who_have_one(self):
        for known, expected in FOUND:
            with self.subTest(known=known):
                self.assertEqual(find_format(known), expected)

    def test_each_format_is_found_again(self):
        people = ["Ada Lovelace", "Robert Raymond", "Émile Zöllner"]
        for form in FORMATS:
            known = [(one, suggest_local_part(one, form)) for one in people]
            with self.subTest(form):
                self.assertEqual(find_format(known), form)

    def test_umlauts(self):
        known = [("Jörg Müller", "joerg.mueller"), ("Ada Lovelace", "ada.lovelace")]
        self.assertTrue(uses_umlauts(known))
        self.assertFalse(uses_umlauts([("Jörg Müller", "jorg.muller")]))
        self.assertFalse(uses_umlauts([]))
        made = suggest_local_part("Jürgen Böll", "first.last", umlauts=True)
        self.assertEqual(made, "juergen.boell")
