# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a message is made of: its parts, its files, its size, its subject."""

import re
from collections.abc import Iterator

from ...findings import reason
from ...printable import printable
from ..receiver_rules import break_rule
from ..result import MessageFinding
from .judged import Judged

_MEGABYTE = 1024 * 1024
LARGEST = 20 * _MEGABYTE  # Apple's limit; Yahoo and Microsoft take 25
CLIPPED = 102 * 1024  # bytes of HTML that Gmail shows
_MAX_FOUND = 5
_REPLY = re.compile(r"(?:re|fwd?)\s?:", re.IGNORECASE)
# Gmail's list of the types of files that it blocks.
_BLOCKED = frozenset(
    "ade adp apk appx appxbundle bat cab chm cmd com cpl diagcab diagcfg diagpkg dll"
    " dmg ex ex_ exe hta img ins iso isp jar jnlp js jse lib lnk mde mjs msc msi msix"
    " msixbundle msp mst nsh pif ps1 scr sct shb sys vb vbe vbs vhd vxd wsc wsf wsh"
    " xll".split()
)


def check_mime(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that the parts can't be told from each other, or can't be read."""
    structure = judged.structure
    for code, notes in (
        ("mime_broken", structure.faults),
        ("mime_odd", structure.oddities),
    ):
        if notes:
            why = [reason(note, what=printable(what, 200)) for note, what in notes]
            yield break_rule(code, *why[:_MAX_FOUND])


def check_files(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that files are attached that Gmail refuses."""
    names = [part.filename for part in judged.structure.parts if part.filename]
    wrong = [name for name in names if _get_type(name) in _BLOCKED]
    if wrong:
        shown = [printable(name, 200) for name in wrong[:_MAX_FOUND]]
        why = reason("file_blocked", name=shown[0], type=_get_type(wrong[0]))
        yield break_rule("attachment_blocked", why, found="\n".join(shown))


def _get_type(name: str) -> str:
    return name.strip().rstrip(".").rpartition(".")[2].lower() if "." in name else ""


def check_size(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that the message is larger than receivers take, or than Gmail shows."""
    size = len(judged.message.data)
    if size > LARGEST or "too_large" in judged.message.problems:
        megabytes = f"{size / _MEGABYTE:.0f}"
        yield break_rule("size_large", reason("size_of_message", megabytes=megabytes))
    if not any(part.size > CLIPPED for part in judged.html_parts):
        return
    length = max(len(part.decode(4 * CLIPPED)) for part in judged.html_parts)
    if length > CLIPPED:
        kilobytes = f"{length // 1024}"
        yield break_rule("size_clipped", reason("size_of_html", kilobytes=kilobytes))


def check_text(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that there is HTML, and no text beside it."""
    if judged.html_parts and not judged.text_parts:
        yield break_rule("text_part_missing", reason("text_absent"))


def check_subject(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that the subject is empty, or claims to answer what was never sent."""
    subject = judged.get("Subject")
    if not subject:
        yield break_rule("subject_missing", reason("subject_empty"))
    elif judged.is_mailing and _REPLY.match(subject):
        if not judged.has("In-Reply-To") and not judged.has("References"):
            found = printable(subject)
            yield break_rule("subject_reply", reason("subject_claims"), found=found)
