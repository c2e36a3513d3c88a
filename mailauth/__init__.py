# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""SPF, DKIM and DMARC as a receiver judges them. Pure Python: never imports Odoo.

What is asked of DNS is asked of a resolver: :class:`DnsResolver` asks nameservers, and
anything with its one method will do. Here a dict answers:

>>> import asyncio
>>> from mailauth import Answer, Facts, Server, Address, check_domain, check_host
>>> class Zone(dict):
...     async def query(self, name, rdtype):
...         records = self.get((name, rdtype), ())
...         return Answer(name, rdtype, "found" if records else "nxdomain", records)
>>> zone = Zone({
...     ("acme.example", "TXT"): (b"v=spf1 ip4:192.0.2.0/24 -all",),
...     ("_dmarc.acme.example", "TXT"): (b"v=DMARC1; p=reject",),
... })

May a server send for a domain?

>>> question = "192.0.2.1", "acme.example", "zoe@acme.example", "mail.acme.example"
>>> asyncio.run(check_host(*question, zone)).result
'pass'

What is there to say of a domain whose mails leave from an address?

>>> facts = Facts(servers=(Server("ours", addresses=(Address("198.51.100.7"),)),))
>>> findings = asyncio.run(check_domain("acme.example", facts, zone))
>>> [(f.code, f.status) for f in findings if f.code.startswith(("spf_auth", "dmarc_p"))]
[('spf_authorizes', 'fail'), ('dmarc_policy', 'pass')]

The names below are the package's public ones; they are loaded when they are used.
"""

import importlib

_MODULES = {
    # Errors, and what a check answers
    "MailauthError": ".errors",
    "PermError": ".errors",
    "TempError": ".errors",
    "Finding": ".findings",
    "Reason": ".findings",
    "worst_status": ".findings",
    # DNS
    "Answer": ".dns.resolver",
    "DnsResolver": ".dns.resolver",
    "Mx": ".dns.wire",
    "Nameserver": ".dns.resolver",
    "Resolver": ".dns.resolver",
    # A question each
    "SpfResult": ".spf.check_host",
    "check_host": ".spf.check_host",
    "DkimKeyResult": ".dkim.lookup",
    "PublicKey": ".dkim.key",
    "check_dkim_key": ".dkim.lookup",
    "DmarcResult": ".dmarc.policy",
    "discover_dmarc": ".dmarc.policy",
    # A domain as a whole
    "Address": ".domain.facts",
    "Facts": ".domain.facts",
    "Server": ".domain.facts",
    "SigningKey": ".domain.facts",
    "check_domain": ".domain.check",
    "explain": ".domain.reasons",
    # A message
    "MessageFinding": ".message.result",
    "MessageResult": ".message.result",
    "check_message": ".message.check",
    "fetch_policy": ".mta_sts",
    # What comes back
    "Bounce": ".refusal.bounce",
    "Refusal": ".refusal.result",
    "explain_refusal": ".refusal.explain",
    "parse_bounce": ".refusal.bounce",
    "DmarcReport": ".reports.result",
    "Reports": ".reports.result",
    "read_report": ".reports.read",
    # Who a mail comes from
    "SenderDecision": ".sender",
    "decide_sender": ".sender",
}
__all__ = tuple(_MODULES)


def __getattr__(name: str):
    """Load a public name (PEP 562): whoever wants one module loads no other."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
