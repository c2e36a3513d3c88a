# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a damaged DMARC record was meant to ask for."""

import time

from hypothesis import given, settings, strategies as st

from odoo.tests import BaseCase

from ...mailauth.dmarc.meant import (
    MAX_REMARKS,
    is_cut,
    is_meant,
    is_near_miss,
    rank_policy,
    read_meant,
)
from ...mailauth.dmarc.record import is_dmarc, parse_dmarc
from ...mailauth.dmarc.suggest import suggest_dmarc

RUA = "rua=mailto:d@acme.example"
A, B = "mailto:a@x.example", "mailto:b@y.example"
TWO = f"rua={A},{B}"
NONE = "v=DMARC1; p=none; rua"
NBSP, BOM, ZERO_WIDTH = "\xa0", "\ufeff", "\u200b"

# (damage, record, what to publish after "v=DMARC1; ", what is said of it)
DAMAGED = [
    # What stands around it
    ("a blank", f" v=DMARC1; p=reject; {RUA}", f"p=reject; {RUA}", "blank"),
    ("a tab", f"\tv=DMARC1; p=reject; {RUA}", f"p=reject; {RUA}", "blank"),
    ("a line break", f"\r\nv=DMARC1; p=reject; {RUA}", f"p=reject; {RUA}", "blank"),
    ("a no-break space", f"{NBSP}v=DMARC1; p=reject", "p=reject", "signs"),
    ("no-break spaces inside", f"v=DMARC1;{NBSP}p=reject;{NBSP}{RUA}",
     f"p=reject; {RUA}", "signs"),
    ("a byte order mark", f"{BOM}v=DMARC1; p=reject", "p=reject", "signs"),
    ("zero width", f"v=DMARC1; p=re{ZERO_WIDTH}ject", "p=reject", "signs"),
    ("full width", "v=DMARC1；p＝reject；sp＝none", "p=reject; sp=none", "signs"),
    ("quotes", f'"v=DMARC1; p=reject; {RUA}"', f"p=reject; {RUA}", "quotes"),
    ("one quote", f'"v=DMARC1; p=reject; {RUA}', f"p=reject; {RUA}", "quotes"),
    ("single quotes", f"'v=DMARC1; p=reject; {RUA}'", f"p=reject; {RUA}", "quotes"),
    ("typographic quotes", "“v=DMARC1; p=reject”", "p=reject", "quotes"),
    ("German ones", "„v=DMARC1; p=reject“", "p=reject", "quotes"),
    ("escaped quotes", '\\"v=DMARC1; p=reject\\"', "p=reject", "quotes"),
    ("quoted values", f'v=DMARC1; p="reject"; {RUA}', f"p=reject; {RUA}", "quotes"),
    ("strings with a break in a value", '"v=DMARC1; p=re" "ject; sp=none"',
     "p=reject; sp=none", "quotes"),
    ("strings with a break in a name", '"v=DMARC1; p=none; s" "p=reject"',
     "p=none; sp=reject", "quotes"),
    ("strings without a semicolon", f'"v=DMARC1; p=reject" "{RUA}"',
     f"p=reject; {RUA}", "quotes"),
    ("escaped semicolons", f"v=DMARC1\\; p=reject\\; {RUA}", f"p=reject; {RUA}",
     "backslash"),
    ("semicolons as numbers", "v=DMARC1\\059 p=reject", "p=reject", "backslash"),
    ("a whole line", f'_dmarc.acme.example. 3600 IN TXT "v=DMARC1; p=reject; {RUA}"',
     f"p=reject; {RUA}", "line"),
    ("the type", "TXT v=DMARC1; p=reject", "p=reject", "line"),
    ("the name", "_dmarc v=DMARC1; p=reject", "p=reject", "line"),
    # The version
    ("small letters", f"v=dmarc1; p=reject; {RUA}", f"p=reject; {RUA}", "version"),
    ("mixed ones", "v=Dmarc1; p=reject", "p=reject", "version"),
    ("a hyphen", "v=DMARC-1; p=reject", "p=reject", "version"),
    ("a blank in it", "v=DMARC 1; p=reject", "p=reject", "version"),
    ("a colon", "v:DMARC1; p=reject", "p=reject", "version"),
    ("an l for the 1", "v=DMARCl; p=reject", "p=reject", "version"),
    ("no number", "v=DMARC; p=reject", "p=reject", "version"),
    ("twice", "v=v=DMARC1; p=reject", "p=reject", "version"),
    ("no v", "DMARC1; p=reject", "p=reject", "version"),
    ("none", f"p=reject; {RUA}", f"p=reject; {RUA}", "version"),
    ("not the first", f"p=reject; v=DMARC1; {RUA}", f"p=reject; {RUA}", "version"),
    ("the last", f"{RUA}; p=reject; v=DMARC1", f"p=reject; {RUA}", "version"),
    ("capital v", "V=DMARC1; p=reject", "p=reject", ""),
    # What separates the tags
    ("no semicolons", f"v=DMARC1 p=reject {RUA}", f"p=reject; {RUA}", "separator"),
    ("none after v", "v=DMARC1 p=reject; sp=none", "p=reject; sp=none", "separator"),
    ("none after p", f"v=DMARC1; p=reject {RUA}", f"p=reject; {RUA}", "separator"),
    ("commas", f"v=DMARC1, p=reject, {RUA}", f"p=reject; {RUA}", "separator"),
    ("commas in rua too", f"v=DMARC1,p=reject,{TWO},sp=none",
     f"p=reject; sp=none; {TWO}", "separator"),
    ("colons", f"v=DMARC1: p=reject: {RUA}", f"p=reject; {RUA}", "separator"),
    ("bars", f"v=DMARC1 | p=reject | {RUA}", f"p=reject; {RUA}", "separator"),
    ("nothing after v", "v=DMARC1p=reject", "p=reject", "separator"),
    ("nothing between words", "v=DMARC1; p=rejectsp=noneadkim=spct=50t=y",
     "p=reject; sp=none; pct=50; t=y; adkim=s", "separator"),
    ("nothing after p", f"v=DMARC1; p=reject{RUA}", f"p=reject; {RUA}", "separator"),
    ("too many", "v=DMARC1;; p=reject;; sp=none;", "p=reject; sp=none", ""),
    # Names and values
    ("capitals", f"V=DMARC1; P=REJECT; SP=None; {RUA.upper()}",
     "p=reject; sp=none; rua=MAILTO:D@ACME.EXAMPLE", ""),
    ("colons for equals signs", f"v=DMARC1; p:reject; rua:{RUA[4:]}",
     f"p=reject; {RUA}", "tag"),
    ("a blank for one", "v=DMARC1; p reject", "p=reject", "tag"),
    ("two of them", "v=DMARC1; p==reject", "p=reject", "tag"),
    ("a full stop", "v=DMARC1; p=reject.", "p=reject", "tag"),
    ("words", "v=DMARC1; p=reject; adkim=strict; aspf=relaxed; t=yes",
     "p=reject; t=y; adkim=s", "tag"),
    ("commas in fo", "v=DMARC1; p=none; ruf=mailto:d@x.example; fo=1,d,s",
     "p=none; ruf=mailto:d@x.example; fo=1:d:s", "tag"),
    ("a policy twice", "v=DMARC1; p=quarantine; p=reject", "p=reject", "duplicate"),
    ("the other way round", "v=DMARC1; p=reject; p=none", "p=reject", "duplicate"),
    ("alignment twice", "v=DMARC1; p=reject; adkim=s; adkim=r", "p=reject; adkim=s",
     "duplicate"),
    ("the same twice", "v=DMARC1; p=reject; p=reject", "p=reject", ""),
    ("no policy", f"v=DMARC1; {RUA}", f"p=none; {RUA}", "policy"),
    ("an empty one", f"v=DMARC1; p=; {RUA}", f"p=none; {RUA}", "policy"),
    ("a note of somebody's", "v=DMARC1; p=none; note=change to p=reject later",
     "p=none", "omitted_dmarc_part"),
    ("outdated", "v=DMARC1; p=reject; ri=3600; rf=afrf", "p=reject",
     "omitted_dmarc_outdated"),
    ("a registry's", "v=DMARC1; p=reject; psd=y", "p=reject", "omitted_dmarc_psd"),
    # Addresses
    ("no mailto", "v=DMARC1; p=none; rua=d@acme.example", f"p=none; {RUA}", "address"),
    ("the second has none", "v=DMARC1; p=none; rua=mailto:a@x.example,b@y.example",
     f"p=none; {TWO}", "address"),
    ("neither has one", "v=DMARC1; p=none; rua=a@x.example,b@y.example",
     f"p=none; {TWO}", "address"),
    ("two of them", f"{NONE}={A}; rua={B}",
     f"p=none; {TWO}", "addresses"),
    ("a semicolon between them", f"{NONE}={A}; {B}",
     f"p=none; {TWO}", "addresses"),
    ("a blank between them", f"{NONE}={A} {B}",
     f"p=none; {TWO}", "addresses"),
    ("nothing between them", f"{NONE}={A}{B}",
     f"p=none; {TWO}", "addresses"),
    ("blanks", "v=DMARC1; p=none; rua = mailto: d@acme.example", f"p=none; {RUA}",
     "address"),
    ("brackets", "v=DMARC1; p=none; rua=<mailto:d@acme.example>", f"p=none; {RUA}",
     "address"),
    ("brackets inside", f"{NONE}=mailto:<d@acme.example>",
     f"p=none; {RUA}", "address"),
    ("mail:", "v=DMARC1; p=none; rua=mail:d@acme.example", f"p=none; {RUA}", "address"),
    ("mailto=", "v=DMARC1; p=none; rua=mailto=d@acme.example", f"p=none; {RUA}",
     "address"),
    ("mailto twice", "v=DMARC1; p=none; rua=mailto:mailto:d@acme.example",
     f"p=none; {RUA}", "addresses"),
    ("slashes", "v=DMARC1; p=none; rua=mailto://d@acme.example", f"p=none; {RUA}",
     "address"),
    ("a size that is none", "v=DMARC1; p=none; rua=mailto:d@acme.example!10p",
     f"p=none; {RUA}", "address"),
    ("an outdated size", "v=DMARC1; p=none; rua=mailto:d@acme.example!10m",
     f"p=none; {RUA}", "address"),
    ("another alphabet", "v=DMARC1; p=none; rua=mailto:d@bücher.example",
     "p=none; rua=mailto:d@xn--bcher-kva.example", "address"),
    ("no host", f"{NONE}=mailto:d@(x)", "p=none",
     "omitted_dmarc_address"),
    ("no mailbox", f"v=DMARC1; p=none; {RUA},dmarc", f"p=none; {RUA}",
     "omitted_dmarc_address"),
    ("a web address", f"v=DMARC1; p=none; rua=https://x.example/d,{RUA[4:]}",
     f"p=none; {RUA}", "omitted_dmarc_address"),
    ("a misspelt name", "v=DMARC1; p=reject; rau=mailto:d@acme.example",
     f"p=reject; {RUA}", "tag"),
    ("of failures", "v=DMARC1; p=reject; ruff=mailto:d@acme.example",
     f"p=reject; ruf={RUA[4:]}", "tag"),
    ("no name", "v=DMARC1; p=reject; mailto:d@acme.example", f"p=reject; {RUA}", "tag"),
]  # fmt: skip
# Another version, something switched off, something else: nobody's to mend.
NOT_MEANT = [
    ("v=DMARC2; p=reject", True),
    ("v=DMARC10; p=reject", True),
    ("xv=DMARC1; p=reject", True),
    ("#v=DMARC1; p=reject", True),
    ("# v=DMARC1; p=reject", True),
    ("old v=DMARC1; p=reject", True),
    ("v=spf1 -all", False),
    ("dmarc-verification=abc", False),
    ("k=rsa; p=MIGfMA0", False),
    ("p=MIGfMA0", False),
    ("see https://dmarc.example", False),
    ("", False),
    ("\xff\xfe", False),
]
# (record of 255 bytes, whether it looks cut)
LONG = [
    ("v=DMARC1; p=reject; rua=" + "mailto:d@acme.example," * 20, True),
    ("v=DMARC1; p=none; rua=" + "mailto:de@acme.example," * 20, True),
    ("v=DMARC1; p=none; x=" + "y" * 219 + "; sp=reject; rua", True),
    ("v=DMARC1; p=none; x=" + "y" * 225 + "; sp=none;;", False),
    ("v=DMARC1; p=none; rua=mailto:" + "d" * 40 + "@" + "e." * 89 + "example", False),
]

POLICIES = st.sampled_from(["none", "quarantine", "reject"])
INTACT = st.fixed_dictionaries(
    {"p": POLICIES},
    optional={
        "sp": POLICIES,
        "np": POLICIES,
        "adkim": st.sampled_from("rs"),
        "aspf": st.sampled_from("rs"),
        "rua": st.sampled_from(
            ["mailto:d@acme.example", "mailto:a@x.example,mailto:b+c@y.example"]
        ),
        "ruf": st.sampled_from(["mailto:f@acme.example", "mailto:x_y@z.example"]),
        "fo": st.sampled_from(["1", "d:s", "0"]),
        "t": st.sampled_from("yn"),
    },
)
DAMAGES = [
    lambda text: f" {text}",
    lambda text: f"\t{text} ",
    lambda text: f'"{text}"',
    lambda text: f"“{text}”",
    lambda text: f"\ufeff{text}",
    lambda text: text.replace(" ", "\xa0"),
    lambda text: text.replace(";", "\\;"),
    lambda text: text.replace(";", ","),
    lambda text: text.replace("; ", " "),
    lambda text: text.replace("; ", ";"),
    lambda text: text.replace("; ", ";; "),
    lambda text: text.replace("=", " = "),
    lambda text: text.replace("=", ":"),
    lambda text: text.replace("mailto:", ""),
    lambda text: text.replace("mailto:", "mail:"),
    lambda text: text.replace("mailto:", "mailto://"),
    lambda text: text.replace(",", "; rua="),
    lambda text: text.replace(",", " "),
    lambda text: text.replace("v=DMARC1", "v=dmarc1"),
    lambda text: text.replace("v=DMARC1; ", ""),
    lambda text: f"_dmarc.acme.example. 3600 IN TXT {text}",
    str.upper,
]


def render(tags):
    return "; ".join(("v=DMARC1", *(f"{name}={tags[name]}" for name in tags)))


class TestDmarcMeant(BaseCase):
    def test_damaged(self):
        for damage, record, expected, said in DAMAGED:
            with self.subTest(damage, record=record):
                self.assertTrue(is_meant(record.encode()))
                suggestion = suggest_dmarc([record.encode()])
                self.assertEqual(suggestion.text, f"v=DMARC1; {expected}")
                codes = {remark.code for remark in suggestion.remarks}
                said = f"mended_dmarc_{said}" if said and "_" not in said else said
                self.assertLessEqual({said} - {""}, codes)
                self.assertTrue(said or not codes, codes)

    def test_not_meant(self):
        for record, near in NOT_MEANT:
            with self.subTest(record):
                data = record.encode("latin-1")
                self.assertFalse(is_meant(data))
                self.assertEqual(is_near_miss(data), near)

    def test_old_encoding(self):
        for record in (b"\x93v=DMARC1; p=reject\x94", b"v=DMARC1;\xa0p=reject"):
            self.assertTrue(is_meant(record))
            self.assertEqual(suggest_dmarc([record]).text, "v=DMARC1; p=reject")

    def test_cut(self):
        for text, expected in LONG:
            with self.subTest(text):
                data = text[:255].encode()
                self.assertEqual(len(data), 255)
                self.assertEqual(is_cut(data), expected)
                self.assertFalse(is_cut(data[:-1]))

    @settings(max_examples=300)
    @given(INTACT)
    def test_intact(self, tags):
        """What is right is read as receivers read it, and nothing is said of it."""
        data = render(tags).encode()
        suggestion = suggest_dmarc([data])
        self.assertEqual(suggestion.remarks, ())
        self.check_not_weaker(parse_dmarc(data), suggestion.text)

    @settings(max_examples=600)
    @given(
        INTACT, st.lists(st.sampled_from(DAMAGES), min_size=1, max_size=2, unique=True)
    )
    def test_damage_weakens_nothing(self, tags, damages):
        text = intact = render(tags)
        for damage in damages:
            text = damage(text)
        self.assertTrue(is_meant(text.encode()), text)
        suggestion = suggest_dmarc([text.encode()])
        self.check_not_weaker(parse_dmarc(intact.encode()), suggestion.text)

    def check_not_weaker(self, meant, text):
        self.assertTrue(is_dmarc(text.encode()), text)
        better = parse_dmarc(text.encode())
        self.assertTrue(better.valid, text)
        wrong = {"tag_unknown", "tag_removed", "policy_not_second"}
        self.assertEqual([n for n in better.notes if n.code not in wrong], [])
        for name in ("p", "sp", "np"):
            pair = getattr(better, name), getattr(meant, name)
            self.assertEqual(*map(rank_policy, pair), (name, text))
        self.assertEqual((better.adkim, better.aspf), (meant.adkim, meant.aspf))
        self.assertEqual(better.testing, meant.testing)
        for name in ("rua", "ruf"):
            found = {uri.address.lower() for uri in getattr(better, name)}
            self.assertEqual(found, {u.address.lower() for u in getattr(meant, name)})

    @settings(max_examples=400)
    @given(
        st.binary(max_size=80)
        | st.lists(
            st.sampled_from(
                "v=DMARC1 ; , p= = : reject none rua mailto: a@b.example ! \\ \" ' <"
                " ? % fo pct=0 \xa0 ＝ psd=y t sp".split(" ")
            ),
            max_size=20,
        ).map(lambda words: "".join(words).encode())
    )
    def test_any_bytes(self, data):
        for record in (data, b"v=DMARC1;" + data, b"v=dmarc1 " + data):
            is_near_miss(record)
            meant = read_meant(record)
            self.assertLessEqual(len(meant.remarks), 2 * MAX_REMARKS + 2)
            suggestion = suggest_dmarc([record], "r@acme.example")
            for text in (suggestion.text, suggestion.cautious):
                if text:
                    better = parse_dmarc(text.encode())
                    self.assertTrue(better.valid and text.isprintable(), text)
                    self.assertEqual(
                        {note.code for note in better.notes} - HARMLESS, set()
                    )
            for remark in suggestion.remarks:
                shown = remark.text + remark.to
                self.assertTrue(shown.isascii() and shown.isprintable())

    def test_what_is_left_out_is_always_named(self):
        mended = ";".join(f"rua=d{i}@acme.example" for i in range(30))
        data = f"v=DMARC1; p=none; {mended}; x=1".encode()
        codes = [remark.code for remark in suggest_dmarc([data]).remarks]
        self.assertIn("omitted_dmarc_part", codes)
        many = ";".join(f"x{i}=1" for i in range(30))
        remarks = suggest_dmarc([f"v=DMARC1; p=none; {many}".encode()]).remarks
        self.assertEqual((len(remarks), remarks[-1].text), (MAX_REMARKS + 1, "..."))

    def test_linear(self):
        """Sixteen times the length takes no 60 times as long; longer is not read."""
        for piece in (
            b" ", b";", b'"', b'" "', b"\\", b"\\059", b",", b"p=none", b"rua=",
            b"mailto:", b"a@b.example ", b"mail:", b"<", b"p=", b"v=", b"v=DMARC1;",
            b"x", b"1", b":", b"=", b"\xc2\xa0", b"\xef\xb7\xba", b"!1", b"?",
            b"_dmarc", b"_dmarc ", b"TXT ", b"\\'", b"n=mailto:",
        ):  # fmt: skip
            with self.subTest(piece):
                seconds = min(self.measure(piece * 4096) for _try in range(2))
                self.assertLess(seconds, 0.5)

    def measure(self, data):
        start = time.process_time()
        for record in (data, b"v=DMARC1;" + data, b"v=DMARC1; rua=" + data):
            is_meant(record)
            is_near_miss(record)
            suggest_dmarc([record[:1_000_000]])
        return time.process_time() - start


HARMLESS = {"tag_removed", "uri_too_many", "text_too_long"}
