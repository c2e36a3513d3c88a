# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Zones that anybody could publish, to keep busy whoever checks them.

For the tests, and for bench/hostile_zones.py.
"""

import base64

from ..mailauth.dns.resolver import Answer, Nameserver
from ..mailauth.dns.wire import Mx
from ..mailauth.domain.audit import Network, audit_domain
from ..mailauth.domain.facts import Address, Facts, Server, SigningKey
from ..mailauth.errors import TempError

DOMAIN = "acme.example"
MOST = 500  # records of one answer, as many as are taken
LONG = ".".join(["x" * 60] * 3)
OWN = tuple(f"192.0.2.{number}" for number in range(20))
FACTS = Facts(
    servers=(
        Server("own", addresses=tuple(Address(ip) for ip in OWN)),
        Server(
            "far",
            provider="Far",
            spf_term="include:i59.example",
            signs=True,
            selectors=("s", "t"),
        ),
        Server("sub", envelope="subdomain", envelope_domain="b.acme.example"),
    ),
    keys=(SigningKey("s", "AAAA"),),
    report_address="reports@acme.example",
)
POLICY = b"version: STSv1\nmode: enforce\nmax_age: 1\n"


class HostileResolver:
    """Answers at once from a dict of :class:`Answer` records.

    ``asked`` counts the questions.
    """

    def __init__(self, zone, timeout=5.0):
        self.zone = zone
        self.timeout = timeout
        self.asked = 0

    async def query(self, name, rdtype):
        self.asked += 1
        records = self.zone.get((name, rdtype), ())
        if isinstance(records, str):
            raise TempError(records, name)
        status = "found" if records else "nodata"
        return Answer(name, rdtype, status, tuple(records), ttl=300)


def audit_hostile(resolver):
    """Return the coroutine of all that one check of a domain does."""

    async def fetch(_host, _addresses, _timeout):
        return POLICY + b"mx: a.example\n" * 4000

    return audit_domain(
        DOMAIN,
        lambda _guesses: FACTS,
        ["smtp.acme.example"],
        resolver,
        Network(lambda ips: tuple(map(Nameserver, ips[:0])), fetch),
    )


def _addresses(salt, count=MOST):
    return tuple(f"8.{salt % 256}.{n >> 8}.{n & 255}" for n in range(count))


def _addresses6(salt, count=MOST):
    return tuple(f"2a00:{salt:x}::{number:x}" for number in range(count))


def _hosts(names, count=MOST):
    zone = {}
    for number, name in enumerate(names):
        zone[name, "A"] = _addresses(number, count)
        zone[name, "AAAA"] = _addresses6(number, count)
    return zone


def _spf(text):
    return {(DOMAIN, "TXT"): (text.encode(),)}


def _includes(text, count=60):
    """Many includes of a record, each below a name of its own."""
    names = " ".join(f"include:i{number}.example" for number in range(count))
    zone = _spf(f"v=spf1 {names} -all")
    for number in range(count):
        record = text.replace("NUMBER", str(number)).encode()
        zone[f"i{number}.example", "TXT"] = (record,)
    return zone


def exchanges(count):
    """``mx:`` with ten hosts, and so many addresses of each kind for each host."""
    names = [f"h{number}.example" for number in range(10)]
    zone = _spf("v=spf1 mx:mx.example ip4:192.0.2.0 -all") | _hosts(names, count)
    zone["mx.example", "MX"] = tuple(Mx(1, name) for name in names)
    return zone


def many_exchanges():
    """All lookups are ``mx:`` of ten hosts with all addresses that are taken."""
    zone = _includes("v=spf1 mx:mNUMBER.example ~all")
    names = [f"h{number}.example" for number in range(600)]
    for number in range(60):
        some = names[10 * number : 10 * number + 10]
        zone[f"m{number}.example", "MX"] = tuple(Mx(1, name) for name in some)
    return zone | _hosts(names)


def same_exchanges():
    """The same hosts again and again, each time as other networks."""
    terms = " ".join(f"mx:m.example/{n % 30 + 1}//{n + 1}" for n in range(60))
    names = [f"h{number}.example" for number in range(10)]
    zone = _spf(f"v=spf1 {terms} -all") | _hosts(names)
    zone["m.example", "MX"] = tuple(Mx(1, name) for name in names)
    return zone


def macros():
    """Macros that split at ever other characters."""
    marks = "-.+,/_="
    splits = [a + b * 2 + c * 3 for a in marks for b in marks for c in marks]
    text = "".join(f"%{{d9r{split}}}" for split in splits)[:7000]
    return _includes(f"v=spf1 exists:{text.rpartition('%')[0]}.NUMBER.example ~all")


def pointers():
    """A name for each lookup, and all of them at each of our addresses."""
    zone = _spf("v=spf1 " + "ptr exists:%{p}.%{ir}.example " * 5 + "-all")
    names = [f"{LONG}.p{number}.example" for number in range(MOST)]
    for ip in OWN:
        reverse = ".".join(reversed(ip.split(".")))
        zone[f"{reverse}.in-addr.arpa", "PTR"] = tuple(names)
    return zone | _hosts(names[:40])


def reports():
    """DMARC records full of tags and of addresses, at every name of the walk."""
    uris = ",".join(f"mailto:r@r{number}.example!1m" for number in range(2000))
    tags = ";" * 2000 + "p=reject;" * 2000
    zone = {}
    for name in (DOMAIN, "example", *(f"r{number}.example" for number in range(99))):
        zone[f"_dmarc.{name}", "TXT"] = (f"v=DMARC1;p=none;rua={uris};{tags}".encode(),)
    return zone | {("_dmarc.b.acme.example", "TXT"): (b"v=DMARC1;p=x",) * MOST}


def keys():
    """A DKIM key of 48,000 bits, and one of 64 KB."""
    length = 6000
    number = b"\x02\x82" + (length + 1).to_bytes(2, "big") + b"\x00" + b"\xff" * length
    inner = number + b"\x02\x03\x01\x00\x01"
    bits = b"\x00\x30\x82" + len(inner).to_bytes(2, "big") + inner
    kind = bytes.fromhex("300d06092a864886f70d0101010500")
    body = kind + b"\x03\x82" + len(bits).to_bytes(2, "big") + bits
    der = b"\x30\x82" + len(body).to_bytes(2, "big") + body
    return {
        (f"s._domainkey.{DOMAIN}", "TXT"): (b"v=DKIM1; p=" + base64.b64encode(der),),
        (f"t._domainkey.{DOMAIN}", "TXT"): (b"\xff" * 65000,),
    }


def records():
    """As many records as fit, each as odd as can be, at all the other names."""
    odd = tuple(b"\xff" * 120 + str(number).encode() for number in range(MOST))
    label = r"\255" * 60
    names = [f"{label}.{LONG}.n{number}.example" for number in range(MOST)]
    zone = {(DOMAIN, "TXT"): odd, (DOMAIN, "SPF"): odd, (DOMAIN, "NS"): tuple(names)}
    zone[DOMAIN, "MX"] = tuple(Mx(1, name) for name in names)
    for name in ("_mta-sts", "_smtp._tls", "default._bimi", "_dmarc"):
        zone[f"{name}.{DOMAIN}", "TXT"] = odd
    zone[f"_mta-sts.{DOMAIN}", "TXT"] = (b"v=STSv1; id=1; " + b"x=y;" * 16000,)
    zone[f"mta-sts.{DOMAIN}", "A"] = _addresses(1)
    return zone


ZONES = {
    "mx, 10 hosts, 2,200 addresses each": lambda: exchanges(2200),
    "mx, 10 hosts, 500 + 500 addresses each": lambda: exchanges(MOST),
    "60 includes with mx as above": many_exchanges,
    "60 mx with the same hosts, other networks": same_exchanges,
    "one record of 64 KB, 32,000 terms": lambda: _spf("v=spf1 " + "a " * 32000),
    "one record of 8 KB, 4,000 terms": lambda: _spf("v=spf1 " + "a " * 4000),
    "one record of 8 KB, 680 networks": lambda: _spf("v=spf1" + " ip4:8.8.8.8" * 680),
    "60 includes of 8 KB, 4,000 lookups": lambda: _includes("v=spf1 " + "a " * 4000),
    "60 includes of 8 KB, 670 networks": lambda: _includes(
        "v=spf1 " + " ".join(f"ip4:8.8.{n}.NUMBER" for n in range(256)) * 2 + " ~all"
    ),
    "60 includes of 64 KB": lambda: _includes("v=spf1 " + "ip4:1.2.3.4 " * 5400),
    "7 SPF records of 8 KB": lambda: {
        (DOMAIN, "TXT"): (b"v=spf1 " + b"a " * 4000,) * 7
    },
    "500 SPF records": lambda: {(DOMAIN, "TXT"): (b"v=spf1 " + b"mx " * 40,) * MOST},
    "a chain of 60 redirects": lambda: _includes(
        "v=spf1 " + "ip4:1.2.3.4 " * 300 + "redirect=iNUMBER1.example"
    ),
    "macros": macros,
    "one macro of 8 KB": lambda: _spf(
        "v=spf1 exists:" + "%{d}" * 2000 + ".example -all"
    ),
    "explanation of 64 KB": lambda: (
        _spf("v=spf1 -all exp=e.example")
        | {("e.example", "TXT"): (b"%{C}%{T}%{R}" * 5300,)}
    ),
    "pointers": pointers,
    "DMARC records": reports,
    "DKIM keys": keys,
    "500 odd records everywhere": records,
}
