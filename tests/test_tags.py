# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ..mailauth.errors import PermError
from ..mailauth.tags import parse_tags, scan_tags

# (rule, record, tags) of RFC 6376 section 3.2
VALID = [
    ("one tag", b"v=DKIM1", [("v", "DKIM1")]),
    ("two tags", b"v=DKIM1;p=x", [("v", "DKIM1"), ("p", "x")]),
    ("trailing semicolon", b"v=1;", [("v", "1")]),
    ("trailing semicolon and space", b"v=1; ", [("v", "1")]),
    ("white space around everything", b" v \t= 1 ; p = x ", [("v", "1"), ("p", "x")]),
    ("folding white space", b"v=1;\r\n p=x", [("v", "1"), ("p", "x")]),
    ("inner white space is kept", b"n=a  b", [("n", "a  b")]),
    ("an empty value", b"p=", [("p", "")]),
    ("an equals sign in a value", b"p=ab==", [("p", "ab==")]),
    ("names are case-sensitive", b"P=a;p=b", [("P", "a"), ("p", "b")]),
    ("digits and underscore in a name", b"a_1=b", [("a_1", "b")]),
]
# (rule, record, code, text, position)
INVALID = [
    ("no equals sign", b"v=1;rubbish", "tag_syntax", "rubbish", 4),
    ("an empty record", b"", "tag_syntax", "", 0),
    ("an empty tag", b"v=1;;p=x", "tag_syntax", "", 4),
    ("only a semicolon", b";", "tag_syntax", "", 0),
    ("a name that begins with a digit", b"1v=1", "tag_syntax", "1v=1", 0),
    ("a name with a hyphen", b"a-b=1", "tag_syntax", "a-b=1", 0),
    ("a duplicate", b"v=1; v=2", "tag_duplicate", "v=2", 5),
    ("a byte that is not ASCII", b"v=1;n=\xc3\xa9", "tag_value", r"n=\xc3\xa9", 4),
    ("a control character", b"n=\x00", "tag_value", r"n=\x00", 0),
]


class TestTags(BaseCase):
    def test_valid(self):
        for rule, record, expected in VALID:
            with self.subTest(rule):
                tags = parse_tags(record).tags
                self.assertEqual([(tag.name, tag.value) for tag in tags], expected)

    def test_invalid(self):
        for rule, record, code, text, position in INVALID:
            with self.subTest(rule):
                (problem,) = scan_tags(record).problems
                found = (problem.code, problem.text, problem.position)
                self.assertEqual(found, (code, text, position))
                with self.assertRaises(PermError) as caught:
                    parse_tags(record)
                self.assertEqual(caught.exception.code, code)

    def test_scan_keeps_what_is_valid(self):
        tag_list = scan_tags(b"v=1; rubbish; p=x; p=y")
        self.assertEqual(tag_list.get("p"), "x")
        self.assertEqual(tag_list.get("q", "z"), "z")
        codes = [problem.code for problem in tag_list.problems]
        self.assertEqual(codes, ["tag_syntax", "tag_duplicate"])

    def test_problem_is_bounded(self):
        (problem,) = scan_tags(b"\xff" * 65535).problems
        self.assertLessEqual(len(problem.text), 100)
