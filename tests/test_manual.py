# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The manual names what is there: menus, buttons, parameters, pictures, links."""

import re
from html import unescape
from pathlib import Path

from lxml import etree, html

from odoo.tests import BaseCase
from odoo.tools import file_path
from odoo.tools.mail import html_sanitize

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "static" / "description"
PAGE = PICTURES / "index.html"
# A list of changes tells of what was, too.
FRAGMENTS = [one for one in (ROOT / "readme").glob("*.md") if one.stem != "HISTORY"]
SETTINGS = "Settings"
PLACE = f"{SETTINGS} > Email Deliverability"
# What the manual names of Odoo, and the file there that has it.
ODOO_TERMS = {
    "Activate": "base/views/ir_module_views.xml",
    "Apps": "base/views/ir_module_views.xml",
    "Default From Alias": "mail/models/mail_alias_domain.py",
    "FROM Filtering": "base/models/ir_mail_server.py",
    "General Settings": "base_setup/views/res_config_settings_views.xml",
    "Update Apps List": "base/wizard/base_module_update_views.xml",
}
# Where texts of screens stand.
SCREENS = [
    "__manifest__.py",
    "mailauth/domain/reasons.py",
    "models/**/*.py",
    "static/src/**/*.js",
    "static/src/**/*.xml",
    "views/*.xml",
    "wizards/*.py",
    "wizards/*.xml",
]
STEP = r"(?:\*[^*]+\*|[A-Z][a-z]+(?: [A-Z][a-z]+)*)"
PATH = re.compile(rf"{SETTINGS}(?: > {STEP})+")
TERM = re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)")
LINK = re.compile(r"\[[^\]]*\]\(([^)]+)\)")
KEY = re.compile(r"(?<![-.\w])mail(?:_deliverability)?\.[a-z_]+(?:\.[a-z_]+)*")
SAME = 14  # words in a row that two pages may not share


def squeeze(text):
    return " ".join(text.split())


def list_files(patterns):
    return [path for one in patterns for path in sorted(ROOT.glob(one))]


def list_menus():
    """Return the paths of the menus under Settings > Email Deliverability."""
    names, items = {}, []
    for path in list_files(["views/*.xml", "wizards/*.xml"]):
        tree = etree.parse(path)
        for record in tree.iter("record"):
            names[record.get("id")] = record.findtext("field[@name='name']")
        items.extend(tree.iter("menuitem"))
    paths = {"base.menu_administration": SETTINGS}
    for _depth in range(3):
        for item in items:
            parent = item.get("parent") or item.getparent().get("id")
            name = item.get("name") or names.get(item.get("action"))
            if parent in paths:
                paths[item.get("id")] = f"{paths[parent]} > {name}"
    return set(paths.values()) | {f"{SETTINGS} > General Settings"}


def read_page():
    return html.fromstring(PAGE.read_bytes())


def list_named():
    """Yield what the manual names on screens: (file, text)."""
    for element in read_page().iter("b"):
        yield PAGE.name, squeeze(element.text_content())
    for path in FRAGMENTS:
        text = squeeze(path.read_text().replace("](", "] ("))
        for found in PATH.findall(text):
            yield path.name, found.replace("*", "")
        for found in TERM.findall(text):
            yield path.name, found


def read_screens():
    texts = (path.read_text() for path in list_files(SCREENS))
    return squeeze(unescape("\n".join(texts)))


def list_words(path):
    """Return the words of a page, in their order, without what is marked up."""
    if path == PAGE:
        text = read_page().find("body").text_content()
    else:
        text = re.sub(r"\]\([^)]*\)|[*`|#\[]", " ", path.read_text())
    return re.findall(r"\w[\w.]*", text.lower())


class TestNames(BaseCase):
    def test_menus_and_buttons(self):
        menus, screens = list_menus(), read_screens()
        own = {menu.rpartition(" > ")[2] for menu in menus}
        named = list(list_named())
        self.assertGreater(len(named), 80)
        for page, text in named:
            with self.subTest(page, text=text):
                if " > " in text:
                    self.assertIn(text, menus)
                elif text not in own and text not in ODOO_TERMS:
                    shown = rf"[\"'>]\s?{re.escape(text)}:?\s?[\"'<]"
                    # The texts of all screens are too long to be told.
                    self.assertTrue(re.search(shown, screens))

    def test_names_of_odoo(self):
        named = {text.rpartition(" > ")[2] for _page, text in list_named()}
        for term, path in ODOO_TERMS.items():
            with self.subTest(term):
                self.assertIn(term, named)
                self.assertIn(term, Path(file_path(path)).read_text())

    def test_parameters(self):
        table = (ROOT / "models" / "parameters" / "table.py").read_text()
        models = "\n".join(path.read_text() for path in list_files(["models/**/*.py"]))
        for path in (PAGE, *FRAGMENTS):
            for key in KEY.findall(path.read_text()):
                with self.subTest(path.name, key=key):
                    is_model = re.search(rf"_(?:name|inherit) = .*\"{key}\"", models)
                    self.assertTrue(f'"{key}"' in table or is_model)


class TestLinks(BaseCase):
    def test_pictures(self):
        """Each one that is named is there, and each that is there is named."""
        shown = set()
        for image in read_page().iter("img"):
            shown.add(image.get("src"))
            self.assertGreater(len(image.get("alt")), 20, image.get("src"))
        texts = [path.read_text() for path in (ROOT / "README.md", *FRAGMENTS)]
        for name in re.findall(r"static/description/(\w+\.png)", "\n".join(texts)):
            shown.add(name)
        there = {path.name for path in PICTURES.glob("*.png")} - {"icon.png"}
        self.assertEqual(shown, there)

    def test_links_in_the_page(self):
        page = read_page()
        ids = {element.get("id") for element in page.iter() if element.get("id")}
        links = [element.get("href") for element in page.iter("a")]
        self.assertEqual({link for link in links if link[0] != "#"}, set())
        self.assertLessEqual({link[1:] for link in links}, ids)

    def test_links_of_the_fragments(self):
        for path in (ROOT / "README.md", *FRAGMENTS):
            for link in LINK.findall(path.read_text()):
                target, _hash, anchor = link.partition("#")
                if target.startswith("https:"):
                    continue
                with self.subTest(path.name, link=link):
                    goal = path.parent / target if target else path
                    self.assertTrue(goal.exists())
                    if anchor:
                        self.assertIn(anchor, self._list_anchors(goal))

    def _list_anchors(self, path):
        text = path.read_text()
        if path.resolve() == PAGE:
            return set(re.findall(r'id="([^"]+)"', text))
        titles = re.findall(r"^#+ (.+)$", text, re.M)
        return {re.sub(r"[^\w ]", "", one).lower().replace(" ", "-") for one in titles}


class TestPage(BaseCase):
    def test_apps_show_all_of_it(self):
        """Nothing that the page needs is lost where Odoo cleans it."""
        page = read_page().find("body")
        # Once when the page is read, once when it becomes a field's value.
        shown = html_sanitize(html_sanitize(etree.tostring(page, encoding="unicode")))
        cleaned = html.fromstring(html_sanitize(shown, sanitize_attributes=True))
        for what in ("//@id", "//@href", "//@src", "//@alt", "//summary", "//@style"):
            with self.subTest(what):
                expected = page.xpath(f".{what}")
                self.assertEqual(len(cleaned.xpath(f".{what}")), len(expected))
                self.assertTrue(expected)

    def test_no_generator_takes_it_for_its_own(self):
        """OCA's tool writes over pages that have its name in them, and no others."""
        self.assertNotIn("oca-gen-addon-readme", PAGE.read_text())

    def test_nothing_is_told_twice(self):
        seen = {}
        for path in (ROOT / "README.md", PAGE, *FRAGMENTS):
            words = list_words(path)
            for start in range(len(words) - SAME + 1):
                row = " ".join(words[start : start + SAME])
                self.assertEqual(seen.setdefault(row, path), path, row)
