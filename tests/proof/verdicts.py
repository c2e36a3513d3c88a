# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Judgements as they are stored, for tests of what is shown of them."""

import copy

HOSTILE = "<script>alert(1)</script>\u202e"
NOON = 1795687200  # seconds since 1970

GOOD = {
    "grade": "A",
    "proves_nothing": "",
    "spf": {
        "result": "pass",
        "problem": "",
        "domain": "acme.example",
        "detail": "",
        "explanation": "",
        "lookups": 1,
        "void_lookups": 0,
        "trace": {
            "domain": "acme.example",
            "term": "v=spf1 a -all",
            "outcome": "pass",
            "found": [],
            "children": [
                {
                    "domain": "acme.example",
                    "term": "a",
                    "outcome": "match",
                    "found": ["192.0.2.1"],
                    "children": [],
                }
            ],
        },
    },
    "helo": {"result": "pass", "problem": "", "domain": "mx.acme.example"},
    "dkim": [
        {
            "domain": "acme.example",
            "selector": "odoo",
            "result": "pass",
            "problem": "",
            "detail": "",
            "algorithm": "rsa-sha256",
            "key_name": "odoo._domainkey.acme.example",
            "key_found": ["v=DKIM1; p=MIIB"],
            "key_bits": 2048,
        }
    ],
    "arc": {"found": False, "sets": []},
    "dmarc": {
        "result": "pass",
        "policy": "none",
        "aligned_spf": True,
        "aligned_dkim": True,
        "walk": [
            {"domain": "acme.example", "status": "found", "found": ["v=DMARC1; p=none"]}
        ],
        "alignments": [],
    },
    "hops": [
        {
            "from_host": "mx.acme.example",
            "from_name": "mx.acme.example",
            "from_ip": "192.0.2.1",
            "by": "mx.receiver.example",
            "protocol": "ESMTPS",
            "tls": True,
            "time": NOON,
            "delay": 90,
            "raw": "from mx.acme.example by mx.receiver.example",
        },
        {
            "from_host": "odoo",
            "from_name": "",
            "from_ip": "10.0.0.7",
            "by": "mx.acme.example",
            "protocol": "ESMTP",
            "tls": False,
            "time": NOON - 90,
            "delay": None,
            "raw": "from odoo by mx.acme.example",
        },
    ],
    "client_ip": "192.0.2.1",
    "ptr": {"result": "pass", "problem": "", "names": ["mx.acme.example"]},
    "tls": True,
    "helo_name": "mx.acme.example",
    "mail_from": "bounce@acme.example",
    "receiver": "mx.receiver.example",
    "arrived": NOON,
    "from_domain": "acme.example",
    "reported": [
        {
            "host": "mx.receiver.example",
            "method": "spf",
            "result": "pass",
            "domain": "acme.example",
            "trusted": True,
        },
        {
            "host": "liar.example",
            "method": "dkim",
            "result": "pass",
            "domain": "acme.example",
            "trusted": False,
        },
    ],
    "findings": [],
}


def finding(code, status="fail", reason="signature_none", **values):
    """Return a finding as it is stored."""
    params = values.pop("params", {})
    return {
        "code": code,
        "status": status,
        "why": [{"code": reason, "params": params}],
        "cause": "",
        "weakens": "F",
        "receivers": [],
        "source": "",
        "as_of": "",
        "found": "",
        "expected": "",
        "rfc": "",
        "subject": "",
        "name": "",
        "rdtype": "",
        **values,
    }


def verdict(**changes):
    """Return a good judgement, changed; ``dmarc__policy`` is that of ``dmarc``."""
    made = copy.deepcopy(GOOD)
    for name, value in changes.items():
        outer, _sign, inner = name.partition("__")
        if inner:
            made[outer][inner] = value
        else:
            made[outer] = value
    return made


BODY_CHANGED = verdict(
    grade="F",
    spf__result="softfail",
    dkim=[
        {
            **GOOD["dkim"][0],
            "result": "fail",
            "problem": "signature_body",
            "detail": HOSTILE,
        }
    ],
    dmarc__result="fail",
    dmarc__policy="reject",
    dmarc__aligned_spf=False,
    dmarc__aligned_dkim=False,
    findings=[
        finding(
            "dkim_body_changed",
            reason="signature_body_changed",
            params={"domain": "acme.example", "selector": HOSTILE},
            rfc="RFC 6376 section 6.1.3",
            found=HOSTILE,
        ),
        finding(
            "dmarc_fails",
            reason="dmarc_not_passed",
            params={"domain": "acme.example", "policy": "reject"},
            cause="dkim_body_changed",
            receivers=["Gmail", "Yahoo"],
            source="Email sender guidelines",
            as_of="2026-11-25",
        ),
        finding("spf_fails", "warning", "spf_result_none", params={"domain": "x"}),
    ],
)
