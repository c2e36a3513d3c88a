# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from odoo.tests import BaseCase

from ..mailauth import mta_sts
from ..mailauth.errors import PermError, TempError
from ..mailauth.mta_sts import (
    StsPolicy,
    fetch_policy,
    is_sts_record,
    parse_sts_policy,
    parse_sts_record,
    read_response,
)
from .common import run
from .keys import CURVE_KEY

GOOD = b"version: STSv1\r\nmode: enforce\r\nmx: mx.acme.example\r\nmax_age: 604800\r\n"
# Sections are RFC 8461's. (section, record, is it one, id or None)
RECORDS = [
    ("3.1", b"v=STSv1; id=20160831085700Z;", True, "20160831085700Z"),
    ("3.1", b"v=STSv1;id=1", True, "1"),
    ("3.1 v comes first", b"id=1; v=STSv1", False, None),
    ("3.1 another version", b"v=STSv2; id=1", False, None),
    ("3.1 id is needed", b"v=STSv1;", True, None),
    ("3.1 id is alphanumeric", b"v=STSv1; id=1-2", True, None),
    ("3.1 id has 32 characters at most", b"v=STSv1; id=" + b"1" * 33, True, None),
]
# (section, policy, what the error names)
BAD_POLICIES = [
    ("3.2 version", GOOD.replace(b"STSv1", b"STSv2"), "version"),
    ("3.2 mode", GOOD.replace(b"enforce", b"strict"), "mode"),
    ("3.2 max_age", GOOD.replace(b"604800", b"-1"), "max_age"),
    ("3.2 max_age", GOOD.replace(b"604800", b"31557601"), "max_age"),
    ("3.2 max_age", GOOD.replace(b"604800", b"9" * 5000), "max_age"),
    ("3.2 mx", GOOD.replace(b"mx: mx.acme.example\r\n", b""), "mx"),
    ("3.2 mx", GOOD.replace(b"mx.acme", b"a..b"), "mx: a..b.example"),
    ("3.2 mx", GOOD + b"mx: a.example\n" * 200, "mx"),
    ("3.2 a line", GOOD + b"rubbish\n", "rubbish"),
    ("3.2 size", GOOD + b" " * 65536, "more than 65536 bytes"),
]
# (section, host, does *.acme.example match)
MATCHES = [
    ("4.1", "mx.acme.example", True),
    ("4.1 one label only", "a.mx.acme.example", False),
    ("4.1 not none", "acme.example", False),
    ("4.1", "mx.other.example", False),
]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
# (rule, response, code of the error, its detail)
RESPONSES = [
    ("a redirect", b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", "sts_http", "302"),
    ("absent", b"HTTP/1.1 404 Not Found\r\n\r\n", "sts_http", "404"),
    ("no HTTP", b"hello\r\n", "sts_http", "BadStatusLine"),
    ("nothing", b"", "sts_http", "RemoteDisconnected"),
    (
        "a page",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nx",
        "sts_http",
        "text/html",
    ),
    (
        "too large",
        HEAD + b"\r\n" + b"x" * 65537,
        "sts_policy",
        "more than 65536 bytes",
    ),
    (
        "cut off",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nfff\r\nx",
        "sts_http",
        "IncompleteRead",
    ),
]


def make_certificate(folder, host):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(CURVE_KEY.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
        .sign(CURVE_KEY, hashes.SHA256())
    )
    pem = CURVE_KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = Path(folder) / "certificate.pem"
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return str(path)


class TestMtaSts(BaseCase):
    def test_records(self):
        for section, record, is_one, policy_id in RECORDS:
            with self.subTest(section, record=record):
                self.assertEqual(is_sts_record(record), is_one)
                if policy_id:
                    self.assertEqual(parse_sts_record(record), policy_id)
                elif is_one:
                    with self.assertRaises(PermError):
                        parse_sts_record(record)

    def test_policy(self):
        expected = StsPolicy("enforce", ("mx.acme.example",), 604800)
        self.assertEqual(parse_sts_policy(GOOD), expected)
        self.assertEqual(parse_sts_policy(GOOD.replace(b"\r", b"")), expected)
        none = b"version: STSv1\nmode: none\nmax_age: 0\n"
        self.assertEqual(parse_sts_policy(none), StsPolicy("none", (), 0))

    def test_bad_policy(self):
        for section, policy, detail in BAD_POLICIES:
            with self.subTest(section):
                with self.assertRaises(PermError) as caught:
                    parse_sts_policy(policy)
                self.assertEqual(caught.exception.code, "sts_policy")
                self.assertEqual(caught.exception.detail, detail)

    def test_match(self):
        policy = parse_sts_policy(GOOD.replace(b"mx.acme", b"*.Acme"))
        for section, host, expected in MATCHES:
            with self.subTest(section, host=host):
                self.assertEqual(policy.matches(host), expected)

    def test_response(self):
        body = HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
        self.assertEqual(read_response(body), b"ab")
        self.assertEqual(read_response(HEAD + b"\r\nab"), b"ab")
        for rule, response, code, detail in RESPONSES:
            with self.subTest(rule):
                with self.assertRaises(PermError) as caught:
                    read_response(response)
                found = caught.exception.code, caught.exception.detail
                self.assertEqual(found, (code, detail))

    def test_private_addresses_are_not_asked(self):
        with self.assertRaises(TempError) as caught:
            run(fetch_policy("mta-sts.acme.example", ("127.0.0.1", "::1"), 1))
        self.assertEqual(caught.exception.code, "sts_not_public")

    def test_fetch(self):
        """Over real TLS; a certificate that nobody vouches for is refused."""
        host = "mta-sts.acme.example"
        with tempfile.TemporaryDirectory() as folder:
            path = make_certificate(folder, host)
            body, error = run(self._serve_and_fetch(path, host))
            self.assertEqual(body, GOOD)
            self.assertIsInstance(error, ssl.SSLCertVerificationError)
            _body, error = run(self._serve_and_fetch(path, "other.example"))
            self.assertIsInstance(error, ssl.SSLCertVerificationError)

    async def _serve_and_fetch(self, path, host):
        server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server_context.load_cert_chain(path)
        server = await asyncio.start_server(
            self._answer, "127.0.0.1", 0, ssl=server_context
        )
        port = server.sockets[0].getsockname()[1]
        trusting = ssl.create_default_context(cafile=path)
        body = error = None
        async with server:
            try:
                body = await mta_sts._fetch(host, "127.0.0.1", port, trusting)
                await mta_sts._fetch(host, "127.0.0.1", port)
            except ssl.SSLError as caught:
                error = caught
        return body, error

    async def _answer(self, reader, writer):
        request = await reader.readuntil(b"\r\n\r\n")
        if request.startswith(b"GET /.well-known/mta-sts.txt HTTP/1.1\r\n"):
            writer.write(HEAD + b"\r\n" + GOOD)
        await writer.drain()
        writer.close()
