# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What DNS says of one selector's key, judged as a verifier would."""

import base64
from dataclasses import dataclass, field, replace
from typing import Literal

from ..dns.resolver import Answer, Resolver
from ..errors import PermError, TempError
from ..printable import printable
from .key import PublicKey
from .meant import MeantKey, read_meant_key
from .record import DkimKeyRecord, check_selector, parse_key_record, record_name

_SHOWN_RECORDS = 10
_SHOWN_LENGTH = 4096


@dataclass(frozen=True)
class DkimKeyResult:
    """What DNS says of one selector.

    :param result: "pass" (a verifier can use the key, and it is ours where ours was
        given), "none" (nothing is published), "fail" (another key is), "permerror"
        (something is, but no valid record; what several verifiers take all the same,
        :mod:`.meant` tells) or "temperror" (DNS did not answer).
    :param problem: the code of the reason, "" for pass.
    :param detail: evidence for the problem, printable ASCII.
    :param name: the name asked, without trailing dot.
    :param record: the record where it could be read.
    :param found: the TXT records, printable ASCII; ten at most, 4096 long at most.
    :param cnames: the names that the question was passed on to, in order.
    :param warnings: codes of what works and should still be different.
    :param ttl: seconds that caches may keep this answer.
    :param meant: what a damaged record was meant to be; the result stays strict.
    """

    result: Literal["pass", "none", "fail", "permerror", "temperror"]
    problem: str
    name: str
    detail: str = ""
    record: DkimKeyRecord | None = None
    found: tuple[str, ...] = ()
    cnames: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    ttl: int = 0
    meant: MeantKey = field(default_factory=MeantKey)


async def check_dkim_key(
    selector: str,
    domain: str,
    resolver: Resolver,
    public_key: PublicKey | None = None,
) -> DkimKeyResult:
    """Ask DNS for a key and judge it as a verifier would; never raises.

    A CNAME is followed by the resolver and kept as evidence: a hosting company may
    run the record (RFC 6376 section 3.6.2.1 asks for TXT only).

    :param public_key: ours, where the record must be of this very key.
    """
    name = record_name(selector, domain)
    try:
        name = record_name(check_selector(selector), domain)
        answer = await resolver.query(name, "TXT")
    except TempError as error:
        return DkimKeyResult("temperror", error.code, name, error.detail)
    except PermError as error:
        return DkimKeyResult("permerror", error.code, name, error.detail)
    return _judge_answer(answer, public_key)


def _judge_answer(answer: Answer, public_key: PublicKey | None) -> DkimKeyResult:
    name = answer.name
    shown = sorted(answer.records)[:_SHOWN_RECORDS]
    found = tuple(printable(text, _SHOWN_LENGTH) for text in shown)
    evidence = {"found": found, "cnames": answer.cnames, "ttl": answer.ttl}
    if not found:
        problem = "key_cname_dangling" if answer.cnames else "key_absent"
        return DkimKeyResult("none", problem, name, answer.status, **evidence)
    result = _judge_records(answer, public_key, evidence)
    if result.result == "pass":
        return result
    return replace(result, meant=read_meant_key(answer.records, public_key))


def _judge_records(
    answer: Answer, public_key: PublicKey | None, evidence: dict
) -> DkimKeyResult:
    name, count = answer.name, len(answer.records)
    if count > 1:  # RFC 6376 section 3.6.2.2: the results are undefined
        detail = str(count)
        return DkimKeyResult("permerror", "key_several", name, detail, **evidence)
    try:
        record = parse_key_record(answer.records[0])
    except PermError as error:
        return DkimKeyResult("permerror", error.code, name, error.detail, **evidence)
    evidence |= {"record": record, "warnings": record.warnings}
    if public_key is not None and public_key != record.public_key:
        problem = "key_cname_differs" if answer.cnames else "key_differs"
        detail = _describe_difference(record, public_key)
        return DkimKeyResult("fail", problem, name, detail, **evidence)
    return DkimKeyResult("pass", "", name, **evidence)


def _describe_difference(record: DkimKeyRecord, ours: PublicKey) -> str:
    theirs = record.public_key
    if theirs.key_type != ours.key_type:
        return f"k={theirs.key_type}"
    return f"p={base64.b64encode(theirs.data).decode()[:40]}..."
