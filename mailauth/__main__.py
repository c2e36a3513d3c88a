# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The command line: one question, one answer, as a table or as JSON."""

import argparse
import asyncio
import dataclasses
import io
import ipaddress
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence

from .address import split_address
from .dkim.lookup import DkimKeyResult, check_dkim_key
from .dmarc.policy import DmarcResult, discover_dmarc
from .dns.names import normalize_name
from .dns.resolver import DEFAULT_TIMEOUT, DnsResolver, parse_nameservers
from .domain.check import check_domain
from .domain.facts import Address, Facts, Server
from .domain.obstacle import find_obstacle
from .domain.publish import list_records
from .domain.publish_record import NOTES, RecordToPublish
from .domain.reasons import CAUSES, OWN_MAILS, explain, find_kind
from .errors import MailauthError, PermError
from .findings import Finding, Reason, reason, worst_status
from .message.as_json import to_json as message_to_json
from .message.as_text import render_message
from .message.check import check_message
from .message.raw import MAX_MESSAGE
from .message.result import MessageResult
from .message.source import read_source
from .mta_sts import fetch_policy
from .printable import printable
from .refusal.as_json import bounce_to_json, refusal_to_json
from .refusal.as_text import render_bounce, render_refusal
from .refusal.bounce import Bounce, parse_bounce
from .refusal.explain import explain_refusal
from .refusal.result import Refusal
from .reports.as_json import reports_to_json
from .reports.as_text import render_reports
from .reports.read import merge_reports, read_report
from .reports.result import Reports
from .spf.check_host import SpfResult, TraceStep, check_host
from .values import to_values

EXIT_OK, EXIT_FAIL, EXIT_USAGE, EXIT_TEMPERROR = range(4)
_EPILOG = """\
all of them take --json, and those that ask DNS --nameserver and --timeout;
"spf --help" and so on say more

exit codes:
  0  the answer is good: SPF passes, the key and the policy are valid, no check fails;
     of a message, a refusal, a bounce or a report: there is an answer
  1  it is not
  2  the question can't be understood
  3  DNS did not answer: nothing is known

where a check is neither good nor bad:
  OPTIONAL   mails arrive without it just as well
  N/A        it does not apply here
  OPEN       it can't be told yet
  ELSEWHERE  what is wrong is said by another check

examples:
  python -m mailauth spf acme.example --ip 192.0.2.10
  python -m mailauth dkim acme.example --selector s1
  python -m mailauth dmarc acme.example
  python -m mailauth check acme.example --ip 192.0.2.10 --selector s1 --json
  python -m mailauth message mail.eml
  python -m mailauth message - --ip 192.0.2.10 --mail-from "<>" < mail.eml
  python -m mailauth refusal "550 5.7.26 Unauthenticated email ..." --host mx.example
  python -m mailauth bounce bounce.eml
  python -m mailauth report receiver.example!acme.example!1772409600!1772495999.xml.gz
"""
_MARGIN = " " * 10
# Each command, and what it asks.
_QUESTIONS = {
    "spf": "may a server send for the domain?",
    "dkim": "is the key of a selector valid?",
    "dmarc": "which policy applies?",
    "check": "everything about the domain",
    "message": "what do receivers say about a message?",
    "refusal": "what does the answer of a server mean, and who has to act?",
    "bounce": "what does a message report that has come back?",
    "report": "what do DMARC reports say of a domain's mails?",
}
_WITHOUT_DNS = ("refusal", "bounce", "report")


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer one question on standard output.

    :return: one of the exit codes that ``--help`` lists.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Not every terminal has all the signs of our sentences.
        sys.stdout.reconfigure(errors="backslashreplace")
    parser = _make_parser()
    options = parser.parse_args(_put_command_first(arguments))
    try:
        _check_options(options)
        result = asyncio.run(_COMMANDS[options.command](options))
    except PermError as error:
        parser.error(_describe(error))
    except MailauthError as error:
        print(f"{parser.prog}: {_describe(error)}", file=sys.stderr)
        return EXIT_TEMPERROR
    if options.json:
        print(json.dumps(to_json(result), indent=2))
    else:
        print("\n".join(_RENDERERS[options.command](result)))
    return _EXITS[options.command](result)


def _put_command_first(arguments: Sequence[str] | None) -> list[str]:
    """Let options stand before the command as well."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0].startswith("-"):
        for place, word in enumerate(given):
            if word in _QUESTIONS:
                return [word, *given[:place], *given[place + 1 :]]
    return given


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mailauth",
        description="Ask what receivers will say about the mails of a domain.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for command, question in _QUESTIONS.items():
        one = commands.add_parser(command, help=question, description=question)
        _ADDERS.get(command, _add_domain_options)(one.add_argument)
        if command not in _WITHOUT_DNS:
            _add_dns_options(one.add_argument)
        one.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _add_domain_options(add: Callable) -> None:
    add("domain", help="the domain in From, in any alphabet")
    add(
        "--ip",
        action="append",
        default=[],
        help="an address that mails leave from; needed for spf, repeatable for check",
    )
    add("--sender", metavar="ADDRESS", help="the envelope sender, if of another domain")
    add("--helo", metavar="HOST", help="the name in HELO (default: the domain)")
    add(
        "--selector",
        action="append",
        default=[],
        help="a DKIM selector; needed for dkim, repeatable for check",
    )


def _add_message_options(add: Callable) -> None:
    add("file", help="the message with its header (.eml); -: standard input")
    add(
        "--ip",
        metavar="ADDRESS",
        help="the address that handed it in (default: what its header says)",
    )
    add("--helo", metavar="HOST", help="the name in HELO (default: its header's)")
    add(
        "--mail-from",
        metavar="ADDRESS",
        help="the envelope sender, <> for none (default: its header's)",
    )


def _add_refusal_options(add: Callable) -> None:
    add("text", nargs="+", help="what the server has answered")
    add("--host", default="", help="the server that was talked to")


def _add_bounce_options(add: Callable) -> None:
    add("file", help="the message with its header (.eml); -: standard input")


def _add_report_options(add: Callable) -> None:
    add("files", nargs="+", help="XML, gzip, zip, or a mail with one of these")


def _add_dns_options(add: Callable) -> None:
    add(
        "--nameserver",
        metavar="IP[:PORT]",
        action="append",
        default=[],
        help="whom to ask (default: the system's); repeatable",
    )
    add(
        "--timeout",
        type=float,
        default=DEFAULT_TIMEOUT,
        metavar="SECONDS",
        help="for everything together (default: %(default)g)",
    )


def _describe(error: MailauthError) -> str:
    return printable(_ERRORS.get(error.code, error.code) + f": {error.detail}")


_ERRORS = {
    "name_invalid": "not a domain name",
    "address_invalid": "not an IP address",
    "ip_invalid": "not an IP address",
    "nameserver_invalid": "not a nameserver (ip, ip:port or [ipv6]:port)",
    "sender_invalid": "not an e-mail address",
    "option": "bad options",
    "file": "can't be read",
}


def _check_options(options: argparse.Namespace) -> None:
    """:raises PermError: for what no question can be made of."""
    if options.command in _WITHOUT_DNS:
        if options.command == "bounce":
            options.raw = _read_file(options.file)
        if options.command == "report":
            options.raws = [(_read_file(name), name) for name in options.files]
        return
    if options.command == "message":
        _check_message_options(options)
    else:
        _check_domain_options(options)
    for nameserver in options.nameserver:
        parse_nameservers(nameserver)
    if not 0 < options.timeout <= 600:
        raise PermError("option", "--timeout is between 0 and 600 seconds")


def _check_message_options(options: argparse.Namespace) -> None:
    if options.ip is not None:
        Address(options.ip)
    sender = (options.mail_from or "").strip()
    if sender.startswith("<") and sender.endswith(">"):
        sender = sender[1:-1]
    if sender and not ("@" in sender and split_address(sender)[1]):
        raise PermError("sender_invalid", sender)
    options.mail_from = None if options.mail_from is None else sender
    options.raw = _read_file(options.file)
    if told := _NO_MESSAGE.get(read_source(options.raw).problem):
        raise PermError("file", f"{options.file}: {told}")


# What is no message, by the problem that a source has; all else is judged as it is.
_NO_MESSAGE = {
    "outlook_msg": "this is Outlook's own format; save the message as .eml",
    "outlook_tnef": "this is Outlook's own format; save the message as .eml",
    "archive": "this is an archive; unpack it first",
    "picture": "this is a picture or a document, not the source of a message",
}


def _read_file(name: str) -> bytes:
    """Return what a message may be at most, and a byte more of what is too large."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(MAX_MESSAGE + 1)
        with open(name, "rb") as file:
            return file.read(MAX_MESSAGE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PermError("file", f"{name}: {reason}") from error


def _check_domain_options(options: argparse.Namespace) -> None:
    options.domain = _read_domain(options)
    for ip in options.ip:
        Address(ip)
    if options.sender and not split_address(options.sender)[1]:
        raise PermError("sender_invalid", options.sender)
    if options.command == "spf" and len(options.ip) != 1:
        raise PermError("option", "spf needs one --ip")
    if options.command == "dkim" and len(options.selector) != 1:
        raise PermError("option", "dkim needs one --selector")


def _read_domain(options: argparse.Namespace) -> str:
    try:
        return normalize_name(options.domain)
    except PermError:
        if options.command != "spf":
            raise
        # RFC 7208 section 4.3: SPF has an answer for what is no domain, too.
        return options.domain


def _make_resolver(options: argparse.Namespace) -> DnsResolver:
    return DnsResolver(options.nameserver, options.timeout)


async def _run_spf(options: argparse.Namespace) -> SpfResult:
    sender = options.sender or f"postmaster@{options.domain}"
    return await check_host(
        options.ip[0],
        split_address(sender)[1] if options.sender else options.domain,
        sender,
        options.helo or options.domain,
        _make_resolver(options),
    )


async def _run_dkim(options: argparse.Namespace) -> DkimKeyResult:
    resolver = _make_resolver(options)
    return await check_dkim_key(options.selector[0], options.domain, resolver)


async def _run_dmarc(options: argparse.Namespace) -> DmarcResult:
    return await discover_dmarc(options.domain, _make_resolver(options))


@dataclasses.dataclass(frozen=True)
class Checked:
    """The answer about a domain: what its checks found, and what to publish."""

    findings: tuple[Finding, ...]
    records: tuple[RecordToPublish, ...]


async def _run_check(options: argparse.Namespace) -> Checked:
    facts = _make_facts(options)
    resolver = _make_resolver(options)
    findings = await check_domain(options.domain, facts, resolver, fetch_policy)
    return Checked(findings, list_records(options.domain, facts, findings))


async def _run_message(options: argparse.Namespace) -> MessageResult:
    given = (options.ip, options.helo, options.mail_from)
    resolver = _make_resolver(options)
    return await check_message(options.raw, *given, resolver, now=int(time.time()))


async def _run_refusal(options: argparse.Namespace) -> Refusal:
    return explain_refusal(text=" ".join(options.text), host=options.host)


async def _run_bounce(options: argparse.Namespace) -> Bounce:
    return parse_bounce(options.raw)


async def _run_report(options: argparse.Namespace) -> Reports:
    return merge_reports(read_report(raw, name) for raw, name in options.raws)


def _make_facts(options: argparse.Namespace) -> Facts:
    """Take the options for one server of our own."""
    envelope = (
        normalize_name(split_address(options.sender)[1]) if options.sender else ""
    )
    if not options.ip and not options.selector:
        return Facts(envelope_domain=envelope)
    addresses = tuple(Address(str(ipaddress.ip_address(ip))) for ip in options.ip)
    server = Server(
        name=options.helo or ", ".join(options.ip) or options.domain,
        signs=bool(options.selector),
        signing_seen=bool(options.selector),  # whoever knows it has seen a mail
        selectors=tuple(options.selector),
        addresses=addresses,
        host=options.helo or "",
    )
    return Facts(servers=(server,), envelope_domain=envelope)


def to_json(value):
    """Return a result as JSON has it; of a check its findings, with their status."""
    if isinstance(value, MessageResult):
        return message_to_json(value)
    if isinstance(value, Refusal):
        return refusal_to_json(value)
    if isinstance(value, Reports):
        return reports_to_json(value)
    if isinstance(value, Bounce):
        return bounce_to_json(value)
    if isinstance(value, Checked):
        findings = [to_values(finding, _show_reason) for finding in value.findings]
        return {"status": worst_status(value.findings), "findings": findings}
    return to_values(value, _show_reason)


def _show_reason(why: Reason) -> dict:
    return {"code": why.code, "params": dict(why.params), "text": explain(why)}


# Why there is no answer about what is no domain (RFC 7208 section 4.3).
_MALFORMED = {
    "name_invalid": "this is not a domain name, so there is nothing to ask DNS for",
    "domain_invalid": "mails come from domains of at least two labels, of letters,"
    " digits and hyphens: acme.example",
}


def _render_spf(result: SpfResult) -> Iterable[str]:
    yield f"result: {result.result}"
    if result.problem:
        yield f"problem: {printable(result.problem)}"
    words = _MALFORMED.get(result.problem.partition(":")[0])
    if words and result.result == "none":
        yield f"why: {words}"
    if result.explanation:
        yield f"explanation: {printable(result.explanation)}"
    yield f"lookups: {result.lookups} of 10, void: {result.void_lookups} of 2"
    if result.trace:
        yield from _render_step(result.trace, "")


def _render_step(step: TraceStep, indent: str) -> Iterable[str]:
    target = f" [{step.target}]" if step.target else ""
    found = f" ({', '.join(step.found)})" if step.found else ""
    yield f"{indent}{step.domain}: {step.term}{target}{found} -> {step.outcome}"
    for child in step.children:
        yield from _render_step(child, indent + "  ")


def _say(why: Reason) -> str:
    """Say a reason in words; what others wrote in it becomes printable ASCII."""
    shown = tuple((name, printable(value)) for name, value in why.params)
    return explain(Reason(why.code, shown))


def _explain_problem(code: str, **params: str) -> str:
    """Say what stands against a result; the code, as --json has it, behind that."""
    why = reason(code, **params)
    if code in CAUSES:
        why = reason("dns_failed", cause=code, **params)
    return f"{_say(why)} ({code})"


def _render_dkim(result: DkimKeyResult) -> Iterable[str]:
    yield f"result: {result.result}"
    yield f"name: {result.name}"
    for name in result.cnames:
        yield f"alias of: {printable(name)}"
    if result.problem:
        yield f"problem: {_explain_problem(result.problem, detail=result.detail)}"
    for code in result.warnings:
        yield f"warning: {explain(Reason(code))}"
    for text in result.found:
        yield f"found: {printable(text)}"


def _render_dmarc(result: DmarcResult) -> Iterable[str]:
    yield f"policy: {result.policy or '-'} ({result.policy_tag}=)"
    yield f"organizational domain: {result.organizational_domain or '-'}"
    if result.policy_domain:
        yield f"record at: _dmarc.{result.policy_domain}"
    if result.testing:
        yield "testing: the next milder policy is applied (t=y)"
    if result.problem:
        code = result.cause or result.problem
        params = {"detail": result.detail, "domain": result.domain}
        yield f"problem: {_explain_problem(code, **params)}"
    for note in result.record.notes if result.record else ():
        yield f"note: {explain(Reason(f'dmarc_{note.code}', (('text', note.text),)))}"
    for step in result.walk:
        yield f"  _dmarc.{step.domain}: {step.status} {' | '.join(step.found)}".rstrip()


def _render_check(checked: Checked) -> Iterable[str]:
    if (obstacle := find_obstacle(checked.findings)) and len(checked.findings) > 1:
        yield f"{_say(obstacle)} Others can be asked with --nameserver."
    else:
        yield from _render_findings(checked)
    yield f"{worst_status(checked.findings).upper():<9} {_qualify(checked.findings)}"


def _render_findings(checked: Checked) -> Iterable[str]:
    width = max(len(finding.code) for finding in checked.findings)
    told = {note for one in checked.records if _is_told(one) for note in one.notes}
    for finding in checked.findings:
        subject = f" [{printable(finding.subject)}]" if finding.subject else ""
        # What stands with the record to publish is not said twice.
        others = [why for why in finding.why[1:] if why not in told]
        texts = [_say(why) for why in (*finding.why[:1], *others)] or [""]
        head = f"{_name_status(finding):<9} {finding.code:<{width}}"
        yield f"{head}{subject} {texts[0]}"
        yield from (f"{_MARGIN}{text}" for text in texts[1:])
        for line in finding.found.splitlines():
            yield f"{_MARGIN}found: {line}"
    for record in checked.records:
        yield from _render_record(record)


def _qualify(findings: Iterable[Finding]) -> str:
    """Return what the overall state is about: nobody knows more than can be seen."""
    own = (finding for finding in findings if finding.code in OWN_MAILS)
    is_open = any(_name_status(finding) == "OPEN" for finding in own)
    return "all that can be seen from here" if is_open else "all together"


def _name_status(finding: Finding) -> str:
    """Return the status, and where it is only for information what that means."""
    kind = find_kind(why.code for why in finding.why)
    if finding.status != "info" or kind is None:
        return finding.status.upper()
    return "N/A" if kind == "not_applicable" else kind.upper()


def _is_told(record: RecordToPublish) -> bool:
    is_extra = record.optional and record.state == "add"
    return record.state in ("add", "replace") and not is_extra


def _render_record(record: RecordToPublish) -> Iterable[str]:
    """Say what to publish; of what is done, not known or not needed, nothing."""
    if not _is_told(record):
        return
    yield f"{record.state.upper():<9} {record.rdtype} at {record.name}"
    for line in record.current:
        yield f"{_MARGIN}remove: {line}"
    for line in record.values:
        yield f"{_MARGIN}publish: {line}"
    if record.file_text:
        yield f"{_MARGIN}but first, at {record.file_url}:"
        yield from (f"{_MARGIN}  {line}" for line in record.file_text.splitlines())
    if record.alternative:
        yield f"{_MARGIN}or first: {record.alternative}"
    for note in record.notes:
        if note.code not in NOTES:
            yield f"{_MARGIN}{_say(note)}"


_COMMANDS = {
    "spf": _run_spf,
    "dkim": _run_dkim,
    "dmarc": _run_dmarc,
    "check": _run_check,
    "message": _run_message,
    "refusal": _run_refusal,
    "bounce": _run_bounce,
    "report": _run_report,
}
_ADDERS = {
    "message": _add_message_options,
    "refusal": _add_refusal_options,
    "bounce": _add_bounce_options,
    "report": _add_report_options,
}
_RENDERERS = {
    "spf": _render_spf,
    "dkim": _render_dkim,
    "dmarc": _render_dmarc,
    "check": _render_check,
    "message": render_message,
    "refusal": render_refusal,
    "bounce": render_bounce,
    "report": render_reports,
}


def _rate(status: str, *good: str) -> int:
    if status == "temperror":
        return EXIT_TEMPERROR
    return EXIT_OK if status in good else EXIT_FAIL


_EXITS = {
    "spf": lambda result: _rate(result.result, "pass"),
    "dkim": lambda result: _rate(result.result, "pass"),
    "dmarc": lambda result: _rate(result.problem, ""),
    "check": lambda checked: _rate(worst_status(checked.findings), "pass", "warning"),
    "message": lambda result: EXIT_OK,
    "refusal": lambda result: EXIT_OK,
    "bounce": lambda result: EXIT_OK,
    "report": lambda result: EXIT_OK,
}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BrokenPipeError, KeyboardInterrupt):
        # Whoever reads has seen enough; a second flush at exit would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FAIL)
