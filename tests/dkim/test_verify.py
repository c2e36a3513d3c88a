# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
import time

import dkim

from odoo.tests import BaseCase

from ...mailauth.dkim.key import dump_private_key, get_public_key
from ...mailauth.dkim.record import record_value
from ...mailauth.dkim.sign import sign_message
from ...mailauth.dkim.verify import MAX_SIGNATURES, parse_signature, verify_dkim
from ...mailauth.errors import PermError, TempError
from ..common import ZoneResolver, run
from ..dkim_common import (
    DOMAIN,
    NOW,
    SIGNERS,
    ZONE,
    build_message,
    dkimpy_verifies,
    resolver,
)
from ..keys import make_rsa
from .by_hand import sign_by_hand

RSA_NAME = f"s1._domainkey.{DOMAIN}"
VALUE = ZONE[(RSA_NAME, "TXT")][0]
TAGS = (
    "v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example; s=s1; h=from:to;"
    " bh=aGFzaA==; b=c2ln"
)

# (rule, what to replace in TAGS, by what, code of the error or "")
SIGNATURES = (
    ("6376 3.5: as usual", "", "", ""),
    ("6376 3.5: c= is simple/simple by default", " c=relaxed/relaxed;", "", ""),
    ("6376 3.5: c= of one algorithm", "relaxed/relaxed", "relaxed", ""),
    ("6376 3.5: an unknown c=", "relaxed/relaxed", "nofws", "signature_canonical"),
    ("6376 3.5: v= is required", "v=1; ", "", "signature_missing"),
    ("6376 3.5: a= is required", "a=rsa-sha256; ", "", "signature_missing"),
    ("6376 3.5: d= is required", "d=acme.example; ", "", "signature_missing"),
    ("6376 3.5: s= is required", "s=s1; ", "", "signature_missing"),
    ("6376 3.5: h= is required", "h=from:to; ", "", "signature_missing"),
    ("6376 3.5: bh= is required", "bh=aGFzaA==; ", "", "signature_missing"),
    ("6376 3.5: b= is required", " b=c2ln", "", "signature_missing"),
    ("6376 3.5: another version", "v=1", "v=2", "signature_version"),
    ("8301 3.1: rsa-sha1", "rsa-sha256", "rsa-sha1", "signature_algorithm"),
    ("6376 3.5: an unknown algorithm", "rsa-sha256", "dsa", "signature_algorithm"),
    ("8463 3: Ed25519", "rsa-sha256", "ed25519-sha256", ""),
    ("6376 3.5: h= without From", "from:to", "to", "signature_headers"),
    ("6376 3.5: h= in any case", "from:to", "To : FROM", ""),
    ("6376 3.5: an empty h=", "from:to", "", "signature_headers"),
    ("our bound: names", "from:to", "from:" * 201, "signature_headers"),
    ("6376 3.5: d= is no domain", "acme.example", "acme", "signature_domain"),
    ("6376 3.5: d= is no domain", "acme.example", "a@b.c", "signature_domain"),
    ("6376 3.5: i= below d=", "d=", "i=x@mail.acme.example; d=", ""),
    ("6376 3.5: i= of d=", "d=", "i=@acme.example; d=", ""),
    ("6376 3.5: i= elsewhere", "d=", "i=@b.example; d=", "signature_identity"),
    ("6376 3.5: i= looks alike", "d=", "i=@xacme.example; d=", "signature_identity"),
    ("6376 3.5: i= without @", "d=", "i=acme.example; d=", "signature_identity"),
    ("6376 3.5: q= is dns/txt", "d=", "q=dns/txt; d=", ""),
    ("6376 3.5: q= has dns/txt", "d=", "q=x:dns/txt; d=", ""),
    ("6376 3.5: an unknown q=", "d=", "q=http; d=", "signature_query"),
    ("6376 3.5: t= is a number", "d=", "t=x; d=", "signature_number"),
    ("6376 3.5: a long t= says nothing", "d=", f"t={'9' * 5000}; x={NOW}; d=", ""),
    ("6376 3.5: a long x= never passes", "d=", "x=1234567890123; d=", ""),
    ("6376 3.5: a long x=", "d=", f"x={'0' * 5000}; d=", ""),
    ("6376 3.5: x= of twelve digits", "d=", "x=000000000009; d=", "signature_expired"),
    ("6376 3.5: x= is a number", "d=", "x=-1; d=", "signature_number"),
    ("6376 3.5: x= to come", "d=", f"t={NOW}; x={NOW + 9}; d=", ""),
    ("6376 3.5: x= has passed", "d=", f"x={NOW - 9}; d=", "signature_expired"),
    ("6376 3.5: x < t", "d=", f"t={NOW + 9}; x={NOW + 5}; d=", "signature_expired"),
    ("6376 3.5: bh= is base64", "aGFzaA==", "?", "signature_base64"),
    ("6376 3.5: b= is base64", "c2ln", "c2l", "signature_base64"),
    ("6376 3.5: folds inside b=", "c2ln", "c2\r\n\tln", ""),
    ("6376 3.2: a tag twice", "d=", "d=b.example; d=", "signature_syntax"),
    ("6376 3.2: no tag", "d=", "hello; d=", "signature_syntax"),
    ("6376 3.2: unknown tags", "d=", "zz=1; d=", ""),
    ("our bound: length", "d=", f"z={'x' * 17000}; d=", "signature_too_large"),
    ("6376 3.2: white space", "d=", f"{' ' * 5000}d=", ""),
    ("6376 3.2: white space around =", "d=", "d \t=\r\n ", ""),
    ("6376 3.2: no tag between", "d=", "; d=", "signature_syntax"),
    ("6376 3.2: names have a case", "d=", "D=x; d=", ""),
    (
        "6376 3.5: q= has another method only",
        "d=",
        "q=x-dns/a:http; d=",
        "signature_query",
    ),
    ("6376 3.5: l= is a number", "d=", "l=1x; d=", "signature_number"),
    ("6376 3.5: l= has 76 digits", "d=", f"l={'1' * 77}; d=", "signature_number"),
    ("6376 3.5: l=", "d=", f"l={'1' * 76}; d=", ""),
    ("6376 2.11: i= is quoted-printable", "d=", "i=a=20=3Bb=40c@acme.example; d=", ""),
    ("6376 2.11: i= with a fold", "d=", "i=a\r\n b@acme.\r\n example; d=", ""),
    ("6376 2.11: i= quotes its @", "d=", "i=a=40acme.example; d=", ""),
    ("6376 2.11: i= quotes the end", "d=", "i=a@acme.exampl=65; d=", ""),
    ("VERP: i= with other =", "d=", "i=b+c=d.example=@acme.example; d=", ""),
    ("6376 3.5: i= in any case", "d=", "i=@ACME.example; d=", ""),
    ("8616 4: i= in UTF-8", "d=", "i=jörg@acme.example; d=", ""),
    ("8616 4: other values in UTF-8", "d=", "n=größe; d=", ""),
    ("6532 3.2: no UTF-8", "d=", "n=\udce9; d=", "signature_syntax"),
    ("8616 4: a name in UTF-8", "d=", "ö=1; d=", "signature_syntax"),
    ("8616 4: d= is no domain", "d=acme", "d=\u2028acme", "signature_domain"),
    (
        "6376 3.5: d= ends with a dot",
        "acme.example",
        "acme.example.",
        "signature_domain",
    ),
    ("6376 3.5: s= is empty", "s=s1", "s=", "signature_selector"),
    ("6376 3.5: h= names one twice", "from:to", "from:to:to:from", ""),
    ("6376 3.5: h= with no name", "from:to", "from::to:", ""),
    ("6376 3.5: b= in UTF-8", "c2ln", "c2lné", "signature_base64"),
)

BODY = ("signature_body", "signature_body")
DATA = ("signature_data", "signature_data")
KEY = ("signature_key", "")

# (rule, zone, result of the RSA signature, problem)
KEYS = (
    ("6376 6.1.3: it verifies", [VALUE], "pass", ""),
    ("6376 6.1.2: no key", [], "permerror", "key_absent"),
    ("6376 6.1.2: revoked", ["v=DKIM1; p="], "permerror", "key_revoked"),
    ("6376 6.1.2: several keys", [VALUE, "p=x"], "permerror", "key_several"),
    ("6376 6.1.2: no answer", TempError("dns_timeout"), "temperror", "dns_timeout"),
    ("6376 3.6.1: h= forbids it", [f"h=sha1; {VALUE[9:]}"], "permerror", "key_hash"),
    ("6376 3.6.1: testing", [f"{VALUE}; t=y"], "policy", "key_testing"),
    ("6376 3.6.1: t=s, i= is d=", [f"{VALUE}; t=s"], "pass", ""),
    (
        "8463 4: the key of another algorithm",
        ZONE[(f"e1._domainkey.{DOMAIN}", "TXT")],
        "permerror",
        "signature_key_type",
    ),
)


# (rule, the whole field as it is spelled)
SPELLINGS = (
    ("3.5: b= in the middle", "DKIM-Signature: v=1; b={b}; TAGS"),
    ("3.5: b= first", "DKIM-Signature: b={b}; v=1; TAGS"),
    ("3.5: b= first, at once", "DKIM-Signature:b={b};v=1;TAGS"),
    ("3.5: white space before its semicolon", "DKIM-Signature: v=1; b={b} \t ; TAGS"),
    ("3.5: a fold before its semicolon", "DKIM-Signature: v=1; b={b}\r\n\t; TAGS"),
    ("3.5: white space around b", "DKIM-Signature: v=1; \t b \t = \t {b} ; TAGS"),
    ("3.5: folds around b", "DKIM-Signature: v=1;\r\n b\r\n =\r\n {b}; TAGS"),
    ("3.5: b= last", "DKIM-Signature: v=1; TAGS; b={b}"),
    ("3.5: b= last, a semicolon", "DKIM-Signature: v=1; TAGS; b={b};"),
    ("3.5: b= last, white space", "DKIM-Signature: v=1; TAGS; b={b} \t "),
    ("3.5: b= last, a semicolon, white space", "DKIM-Signature: v=1; TAGS; b={b}; \t "),
    (
        "3.5: z= that looks like b=",
        "DKIM-Signature: v=1; z=To:a=20; b={b}; y= b=x; TAGS",
    ),
    ("3.5: z= with b= in it", "DKIM-Signature: v=1; z=a|X: b=YWJj|c ; TAGS; b={b}"),
    ("3.5: z= with b= behind", "DKIM-Signature: v=1; b={b}; TAGS; z=a|\r\n b=YWJj c"),
    ("3.5: bh= is not b=", "DKIM-Signature: bb=1; v=1; TAGS ; b={b}"),
    ("3.5: the field in any case", "dkim-SIGNATURE : v=1; TAGS; b={b}"),
    ("8616 4: UTF-8 in i=", "DKIM-Signature: v=1; i=jörg@acme.example; TAGS; b={b}"),
)


class SlowResolver:
    """Answers nobody before so many have asked."""

    def __init__(self, zone, waits_for):
        self._zone, self._missing = ZoneResolver(zone), waits_for

    async def query(self, name, rdtype):
        self._missing -= 1
        while self._missing > 0:
            await asyncio.sleep(0)
        return await self._zone.query(name, rdtype)


class TestDkimVerify(BaseCase):
    def test_signatures(self):
        for rule, old, new, code in SIGNATURES:
            with self.subTest(rule, new=new[:40]):
                value = TAGS.replace(old, new, 1) if old else TAGS
                if not code:
                    found = parse_signature(value.encode(errors="surrogateescape"), NOW)
                    self.assertEqual(found.domain, "acme.example")
                    self.assertEqual(found.data, b"sig")
                    continue
                with self.assertRaises(PermError) as caught:
                    parse_signature(value.encode(errors="surrogateescape"), NOW)
                self.assertEqual(caught.exception.code, code)

    def test_keys(self):
        message = sign_message(build_message().as_bytes(), SIGNERS[:1], NOW)
        for rule, records, result, problem in KEYS:
            with self.subTest(rule):
                zone = {(RSA_NAME, "TXT"): records} if records else {}
                (found,) = run(verify_dkim(message, ZoneResolver(zone), NOW))
                self.assertEqual((found.result, found.problem), (result, problem))
                self.assertEqual(found.domain, DOMAIN)
                self.assertEqual(found.selector, "s1")
                self.assertEqual(found.key.name, RSA_NAME)

    def test_identity_below_a_strict_key(self):
        message = sign_message(build_message().as_bytes(), SIGNERS[:1], NOW)
        message = message.replace(b"s=s1;", b"s=s1; i=@mail.acme.example;", 1)
        zone = {(RSA_NAME, "TXT"): [f"{VALUE}; t=s"]}
        (found,) = run(verify_dkim(message, ZoneResolver(zone), NOW))
        self.assertEqual(found.problem, "signature_identity_strict")

    def test_partial_signature_is_not_trusted(self):
        (signer,) = SIGNERS[:1]
        message = build_message().as_bytes()
        field = dkim.sign(
            message,
            b"s1",
            DOMAIN.encode(),
            dump_private_key(signer.key),
            canonicalize=(b"relaxed", b"simple"),
            length=True,
        )
        zone = {key: list(map(str.encode, values)) for key, values in ZONE.items()}
        self.assertTrue(dkimpy_verifies(field + message + b"more\r\n", zone=zone))
        whole = run(verify_dkim(field + message, resolver(), int(time.time())))
        self.assertEqual(whole[0].problem, "signature_length")
        longer = field + message + b"x\r\n"
        more = run(verify_dkim(longer, resolver(), int(time.time())))
        self.assertEqual(more[0].problem, "signature_length")

    def test_simple_canonical_form(self):
        message = build_message(body="a  b \n\n\n").as_bytes()
        pem = dump_private_key(SIGNERS[0].key)
        for form in ((b"simple", b"simple"), (b"simple", b"relaxed")):
            field = dkim.sign(message, b"s1", DOMAIN.encode(), pem, canonicalize=form)
            (found,) = run(verify_dkim(field + message, resolver(), NOW))
            self.assertEqual(found.result, "pass", form)
            folded = (field + message).replace(b"Subject: Hello", b"Subject:  Hello")
            (found,) = run(verify_dkim(folded, resolver(), NOW))
            self.assertEqual(found.result, "fail", form)

    def test_spellings(self):
        message = build_message().as_bytes().replace(b"Subject:", b"Subject \t :")
        for form in ("simple/simple", "relaxed/relaxed"):
            tags = (
                f"a=rsa-sha256; d={DOMAIN}; s=s1; c={form}; bh={{bh}};"
                " h=From : to:subject:Subject:date:from"
            )
            for rule, spelling in SPELLINGS:
                with self.subTest(rule, form=form):
                    field = spelling.replace("TAGS", tags).encode()
                    signed = sign_by_hand(message, field, SIGNERS[0].key)
                    (found,) = run(verify_dkim(signed, resolver(), NOW))
                    self.assertEqual((found.result, found.problem), ("pass", ""))
                    changed = signed.replace(b": Hello", b": Hallo")
                    (found,) = run(verify_dkim(changed, resolver(), NOW))
                    self.assertEqual(found.problem, "signature_data")

    def test_length(self):
        body = b"12345678\r\n"
        message = b"From: a@acme.example\r\n\r\n" + body
        for length, more, result, problem in (
            (10, b"", "policy", "signature_length"),
            (10, b"more\r\n", "policy", "signature_length"),
            (4, b"", "policy", "signature_length"),
            (0, b"", "policy", "signature_length"),
            (11, b"", "fail", "signature_body"),
            (10**75, b"more\r\n", "fail", "signature_body"),
        ):
            with self.subTest(length=length, more=more):
                field = (
                    f"DKIM-Signature: v=1; a=rsa-sha256; d={DOMAIN}; s=s1; h=from;"
                    f" l={length}; bh={{bh}}; b={{b}}"
                ).encode()
                signed = sign_by_hand(message, field, SIGNERS[0].key, length)
                (found,) = run(verify_dkim(signed + more, resolver(), NOW))
                self.assertEqual((found.result, found.problem), (result, problem))
                self.assertEqual(found.length, length)
                self.assertEqual(found.header_matches, True)
                self.assertTrue(found.detail.endswith(f" of {10 + len(more)}"))

    def test_what_fails(self):
        """What is wrong is told apart: the body, the header, both, or the key."""
        signed = sign_message(build_message().as_bytes(), SIGNERS, NOW)
        other = record_value(get_public_key(make_rsa(number=1)))
        for case, old, new, zone, problems, body, header in (
            ("body", b"\r\n\r\nHello", b"\r\n\r\nHallo", {}, BODY, False, True),
            ("header", b"Subject: Hello", b"Subject: Hallo", {}, DATA, True, False),
            ("both", b"Hello", b"Hallo", {}, BODY, False, False),
            ("another key", b"", b"", {RSA_NAME: other}, KEY, True, None),
        ):
            with self.subTest(case):
                zone = ZONE | {(name, "TXT"): [value] for name, value in zone.items()}
                message = signed.replace(old, new)
                found = run(verify_dkim(message, ZoneResolver(zone), NOW))
                self.assertEqual(tuple(f.problem for f in found), problems)
                self.assertEqual(found[0].body_matches, body)
                self.assertEqual(found[0].header_matches, header)

    def test_signed_fields_are_named(self):
        signed = sign_message(build_message().as_bytes(), SIGNERS[:1], NOW)
        (found,) = run(verify_dkim(signed, resolver(), NOW))
        self.assertEqual(found.signed[:2], ("from", "to"))
        self.assertEqual(len(found.signed), len(set(found.signed)))
        self.assertEqual(found.canonical, "relaxed/relaxed")

    def test_signature_in_any_alphabet(self):
        """RFC 8616 section 4: U-labels are hashed as written and asked as A-labels."""
        key = SIGNERS[0].key
        zone = {("xn--s-1ga._domainkey.xn--bcher-kva.example", "TXT"): [VALUE]}
        message = "From: ä@bücher.example\r\n\r\nHello\r\n".encode()
        for domain, selector, identity in (
            ("bücher.example", "sö", "jörg@bücher.example"),
            ("bücher.example", "sö", "j=C3=B6rg@mail.xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--s-1ga", "@BÜCHER.example"),
            ("BÜCHER.example", "XN--S-1GA", "@XN--bcher-kva.example"),
        ):
            with self.subTest(domain, identity=identity):
                field = (
                    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; h=from;"
                    f" d={domain}; s={selector}; i={identity}; bh={{bh}}; b={{b}}"
                ).encode()
                signed = sign_by_hand(message, field, key)
                (found,) = run(verify_dkim(signed, ZoneResolver(zone), NOW))
                self.assertEqual((found.result, found.problem), ("pass", ""))
                self.assertEqual(found.domain, "xn--bcher-kva.example")
                self.assertEqual(found.selector, "xn--s-1ga")
                self.assertTrue(found.identity.isascii())

    def test_whose_signature_can_not_be_read(self):
        signed = sign_message(build_message().as_bytes(), SIGNERS[:1], NOW)
        for old, new, problem in (
            (b"t=", b"x=9; t=", "signature_expired"),
            (b"v=1", b"v=2", "signature_version"),
            (b"a=rsa-sha256", b"a=rsa-sha1", "signature_algorithm"),
            (b"t=", b"hello; t=", "signature_syntax"),
        ):
            with self.subTest(problem):
                message = signed.replace(old, new, 1)
                (found,) = run(verify_dkim(message, resolver(), NOW))
                self.assertEqual((found.result, found.problem), ("permerror", problem))
                self.assertEqual((found.domain, found.selector), (DOMAIN, "s1"))

    def test_short_keys(self):
        """RFC 8301 section 3.2: from 1,024 bits on a key counts."""
        for name, key, result, problem in (
            ("w", make_rsa(512), "permerror", "key_too_short"),
            ("m", make_rsa(1024), "pass", ""),
        ):
            zone = {
                (f"{name}._domainkey.{DOMAIN}", "TXT"): [
                    record_value(get_public_key(key))
                ]
            }
            field = (
                "DKIM-Signature: v=1; a=rsa-sha256; h=from;"
                f" d={DOMAIN}; s={name}; bh={{bh}}; b={{b}}"
            ).encode()
            signed = sign_by_hand(build_message().as_bytes(), field, key)
            (found,) = run(verify_dkim(signed, ZoneResolver(zone), NOW))
            self.assertEqual((found.result, found.problem), (result, problem))

    def test_keys_are_asked_for_at_once(self):
        signed = sign_message(build_message().as_bytes(), SIGNERS * 2, NOW)
        asked = SlowResolver(ZONE, 4)
        found = run(verify_dkim(signed, asked, NOW))
        self.assertEqual([result.result for result in found], ["pass"] * 4)

    def test_signatures_of_others_stand_beside_ours(self):
        broken = b"DKIM-Signature: hello\r\n"
        message = broken + sign_message(build_message().as_bytes(), SIGNERS, NOW)
        found = run(verify_dkim(message, resolver(), NOW))
        results = [result.result for result in found]
        self.assertEqual(results, ["permerror", "pass", "pass"])

    def test_no_signature(self):
        found = run(verify_dkim(build_message().as_bytes(), resolver(), NOW))
        self.assertEqual(found, ())

    def test_no_message(self):
        (found,) = run(verify_dkim(b"nonsense\r\n\r\n", resolver(), NOW))
        self.assertEqual(found.result, "permerror")
        self.assertEqual(found.problem, "message_headers")

    def test_many_signatures(self):
        signed = sign_message(build_message().as_bytes(), SIGNERS[:1] * 30, NOW)
        asked = resolver()
        found = run(verify_dkim(signed, asked, NOW))
        self.assertEqual(len(found), MAX_SIGNATURES)
        self.assertLessEqual(len(asked.calls), MAX_SIGNATURES)

    def test_many_fields(self):
        message = b"A: b\r\n" * 1001 + build_message().as_bytes()
        (found,) = run(verify_dkim(message, resolver(), NOW))
        self.assertEqual(found.problem, "message_too_many_fields")

    def test_hostile_messages_take_little_time(self):
        signed = sign_message(build_message().as_bytes(), SIGNERS[:1], NOW)
        value = signed.partition(b"\r\nMessage-Id")[0]
        for name, message in (
            ("spaces in the body", signed + b" " * 2_000_000 + b"x"),
            ("spaces in a header", b"A:" + b" " * 2_000_000 + b"x\r\n" + signed),
            ("folds", b"A: b\r\n" + b" c\r\n" * 300_000 + signed),
            ("spaces in tags", signed.replace(b"; b=", b";" + b" \t" * 7000 + b"b=")),
            (
                "short runs in the tags",
                signed.replace(b"; b=", (b";" + b" " * 100 + b"b") * 140 + b"; b="),
            ),
            ("short runs in b=", signed.replace(b" b=", b" b=" + b"a " * 7000)),
            ("many names", value.replace(b"h=from", b"h=" + b"x:" * 7000 + b"from")),
        ):
            with self.subTest(name):
                start = time.process_time()
                run(verify_dkim(message, resolver(), NOW))
                self.assertLess(time.process_time() - start, 2)
