# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import time

import dkim

from odoo.tests import BaseCase

from ...mailauth.dkim.key import dump_private_key
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
    ("6376 3.5: t= has twelve digits", "d=", "t=1234567890123; d=", "signature_number"),
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
    ("our bound: white space", "d=", f"{' ' * 101}d=", "signature_too_large"),
)

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


class TestDkimVerify(BaseCase):
    def test_signatures(self):
        for rule, old, new, code in SIGNATURES:
            with self.subTest(rule, new=new[:40]):
                value = TAGS.replace(old, new, 1) if old else TAGS
                if not code:
                    found = parse_signature(value.encode(), NOW)
                    self.assertEqual(found.domain, "acme.example")
                    self.assertEqual(found.data, b"sig")
                    continue
                with self.assertRaises(PermError) as caught:
                    parse_signature(value.encode(), NOW)
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
        self.assertEqual(more[0].problem, "signature_body")

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
