# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a damaged key record was meant to be.

A verifier ignores a record with a mistake, and so does
:func:`.record.parse_key_record`; this here is for those who tell the owner what is
wrong with it, and what would be right. No result of a check depends on it.
"""

import base64
import binascii
import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ..damage import DOUBLE_QUOTES, SINGLE_QUOTES, decode_text
from ..errors import PermError
from ..tags import parse_tags
from .key import PublicKey
from .record import parse_key_record

# What OpenDKIM and dkimpy read all the same, as many receivers do that use them.
TAKEN_BY_SEVERAL = frozenset(
    ("key_joint", "key_hash_case", "key_order", "key_tag_name", "key_padding")
)
# The key itself is not whole: nobody can mend that who does not have it.
LOSSES = ("key_cut", "key_cut_front", "key_case_lost", "key_plus_lost")

_MIN_PART = 16  # characters of base64 that are no chance any more
_MAX_BYTES = 4096  # each step reads it anew; a key of 16,384 bits has less
_MAX_STRINGS = 4  # records that one long value may have been spread over
_QUOTES = str.maketrans(dict.fromkeys(f"{DOUBLE_QUOTES}{SINGLE_QUOTES}'", '"'))
_JOINT = re.compile(r'"\s*"')
_SPACE = re.compile(r"[^\S \t\r\n]")
_PEM = re.compile(r"-----(?:BEGIN|END) [A-Z ]{1,40}-----")
_PRIVATE = re.compile(r"BEGIN [A-Z ]{0,40}PRIVATE KEY", re.IGNORECASE)
_TAG = "[vkphstng]"
_NO_SEMICOLON = re.compile(rf"(?<=[^\s,;])[\s,]+(?={_TAG}\s?=)", re.IGNORECASE)
_MANY_SEMICOLONS = re.compile(r";(?:\s*;)+")
_COLON = re.compile(rf"(^|;)(\s*{_TAG})\s*:", re.IGNORECASE)
_TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_READABLE = re.compile(r"[\x20-\x7e\t\r\n]*\Z")
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")


@dataclass(frozen=True)
class MeantKey:
    """What a record was meant to be, as far as that is certain.

    :param text: the record that a verifier reads, with nothing else in it; "" where
        nobody can know it, or where the record is right as it is.
    :param damages: codes of what is wrong, in a fixed order; () for nothing that is
        known here.
    :param length: characters of what is there.
    """

    text: str = ""
    damages: tuple[str, ...] = ()
    length: int = 0

    @property
    def is_taken_by_several(self) -> bool:
        """Whether a good part of all verifiers reads the record as it is."""
        return bool(self.text) and set(self.damages) <= TAKEN_BY_SEVERAL


def read_meant_key(
    records: Sequence[bytes], public_key: PublicKey | None = None
) -> MeantKey:
    """Read what stands at a selector as its owner meant it; never raises.

    :param records: the TXT records there; several are one that was spread over them,
        or nothing that can be told.
    :param public_key: ours, where the record should be of this very key: then it can
        also be told what happened to the key itself.
    """
    if sum(map(len, records)) > _MAX_BYTES:
        return MeantKey()
    texts = [decode_text(record) for record in records]
    if len(texts) == 1:
        return _read_one(texts[0], public_key)
    if 1 < len(texts) <= _MAX_STRINGS:
        return _read_spread(texts, public_key)
    return MeantKey()


def _read_spread(texts: list[str], public_key: PublicKey | None) -> MeantKey:
    """Put the pieces together: one begins the record, the others are bare base64."""
    first = [text for text in texts if "p=" in text]
    others = sorted(text for text in texts if "=" not in text.strip().rstrip("="))
    if len(first) != 1 or len(others) != len(texts) - 1:
        return MeantKey()
    for order in itertools.permutations(others):
        whole = first[0] + "".join(order)
        meant = _read_one(whole, public_key)
        text = meant.text or (whole if _is_valid(whole) else "")
        if text and not set(meant.damages) & set(LOSSES):
            damages = ("key_spread", *meant.damages)
            return MeantKey(_tidy(text), damages, len(whole))
    return MeantKey()


def _read_one(text: str, public_key: PublicKey | None) -> MeantKey:
    if _PRIVATE.search(text):
        return MeantKey("", ("key_private",), len(text))
    mended, damages = _mend(text)
    valid = _is_valid(mended)
    if public_key is None:
        losses = () if valid else _find_own_loss(_get_key_text(mended))
    else:
        losses = _compare(_get_key_text(mended), _get_key_text(text), public_key)
    whole = valid and not losses
    # Where the key is lost, the rest is beside the point, and only half mended.
    known = losses or (damages if valid else _list_certain(damages))
    right = whole and not damages
    return MeantKey(_tidy(mended) if whole and not right else "", known, len(text))


def _list_certain(damages: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is wrong for sure, though something else is wrong as well."""
    certain = ("key_quotes", "key_backslashes", "key_pem")
    return tuple(code for code in damages if code in certain)


def _is_valid(text: str) -> bool:
    try:
        parse_key_record(text.encode())
    except PermError:
        return False
    return True


def _tidy(text: str) -> str:
    """Return a valid record in the way in which records are mostly written."""
    tags = parse_tags(text.encode()).tags
    values = (
        (tag.name, "".join(tag.value.split()) if tag.name == "p" else tag.value)
        for tag in tags
    )
    return "; ".join(f"{name}={value}" for name, value in values)


def _mend(text: str) -> tuple[str, tuple[str, ...]]:
    """Mend one thing after another until the record can be read.

    :return: the text as far as it could be mended, and the codes of what was.
    """
    damages: list[str] = []
    for code, step in _STEPS:
        if _is_valid(text):
            break
        changed = step(text)
        if changed != text:
            damages.append(code)
        text = changed
    return text, tuple(damages)


# --- The steps: each takes and returns a text, in linear time.


def _drop_hidden(text: str) -> str:
    """Drop what can't be seen; line breaks and tabs may stand in a record."""
    spaced = _SPACE.sub(" ", text)
    return "".join(
        sign
        for sign in spaced
        if sign in "\t\r\n" or unicodedata.category(sign)[0] != "C"
    )


def _drop_joints(text: str) -> str:
    """Drop the quotes that end one string and begin the next, within the key."""
    try:
        tags = parse_tags(text.encode())
    except PermError:
        return text
    if any('"' in tag.value for tag in tags.tags if tag.name not in ("p", "n")):
        return text
    return _JOINT.sub("", text)


def _drop_quotes(text: str) -> str:
    text = text.translate(_QUOTES)
    first, last = text.find('"'), text.rfind('"')
    # A whole line of a zone file: the name before, a bracket and a comment after.
    if first >= 0 and "=" not in text[:first]:
        end = text[last + 1 :].lstrip()
        text = text[first : last + 1] if not end or end[0] == ")" else text[first:]
    return _JOINT.sub("", text).replace('"', "")


def _drop_backslashes(text: str) -> str:
    return text.replace("\\", "")


def _drop_pem(text: str) -> str:
    return _PEM.sub("", text)


def _set_semicolons(text: str) -> str:
    text = text.replace("\uff1b", ";").strip(" \t\r\n;,")
    text = _MANY_SEMICOLONS.sub(";", text)
    return _COLON.sub(r"\1\2=", _NO_SEMICOLON.sub("; ", text))


def _lower_capitals(text: str) -> str:
    def spell(name: str, value: str) -> tuple[str, str]:
        lower = name.strip().lower()
        known = lower in ("v", "k", "p", "h", "s", "t", "n", "g")
        values = {"v": value.upper(), "k": value.lower(), "s": value.lower()}
        spelled = name.lower(), values.get(lower, value)
        return spelled if known else (name, value)

    return _map_tags(text, spell)


def _lower_hashes(text: str) -> str:
    def spell(name: str, value: str) -> tuple[str, str]:
        return name, value.lower() if name.strip() == "h" else value

    return _map_tags(text, spell)


def _map_tags(text: str, spell) -> str:
    parts = []
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        parts.append("=".join(spell(name, value)) if equals else part)
    return ";".join(parts)


def _put_version_first(text: str) -> str:
    parts = text.split(";")
    versions = [part for part in parts if part.partition("=")[0].strip() == "v"]
    # Several versions are several records, and none of them is certain.
    if len(versions) != 1 or parts[0] in versions:
        return text
    return ";".join([*versions, *(part for part in parts if part not in versions)])


def _drop_odd_names(text: str) -> str:
    """Drop tags whose names have a hyphen, which no tag of a key has."""

    def is_odd(part: str) -> bool:
        name, equals, _value = part.partition("=")
        return bool(equals and "-" in name and _TAG_NAME.match(name.strip()))

    return ";".join(part for part in text.split(";") if not is_odd(part))


def _drop_leftovers(text: str) -> str:
    """Drop what is no tag, and notes in letters that a record can't have."""

    def is_tag(part: str) -> bool:
        name, equals, value = part.partition("=")
        named = equals and _TAG_NAME.match(name.strip())
        return bool(named and (_READABLE.match(value) or name.strip() == "p"))

    parts = text.split(";")
    return ";".join(part for part in parts if is_tag(part) or not part.strip())


def _drop_repeated(text: str) -> str:
    """Drop a tag that is there twice with the same value."""
    parts = {"".join(part.split()): part for part in reversed(text.split(";"))}
    return ";".join(reversed(parts.values()))


def _clean_key(text: str) -> str:
    def spell(name: str, value: str) -> tuple[str, str]:
        if name.strip() != "p":
            return name, value
        return name, _NO_BASE64.sub("", value.replace("-", "+").replace("_", "/"))

    return _map_tags(text, spell)


def _pad_key(text: str) -> str:
    def spell(name: str, value: str) -> tuple[str, str]:
        if name.strip() != "p":
            return name, value
        there = "".join(value.split())
        bare = there.rstrip("=")
        padded = bare + "=" * (-len(bare) % 4)
        kept = padded == there or _NO_BASE64.search(bare)
        return name, value if kept else padded

    return _map_tags(text, spell)


_STEPS = (
    ("key_joint", _drop_joints),
    ("key_padding", _pad_key),
    ("key_hidden", _drop_hidden),
    ("key_quotes", _drop_quotes),
    ("key_backslashes", _drop_backslashes),
    ("key_pem", _drop_pem),
    ("key_semicolons", _set_semicolons),
    ("key_capitals", _lower_capitals),
    ("key_hash_case", _lower_hashes),
    ("key_order", _put_version_first),
    ("key_tag_name", _drop_odd_names),
    ("key_leftovers", _drop_leftovers),
    ("key_repeated", _drop_repeated),
    ("key_letters", _clean_key),
    ("key_padding", _pad_key),
)


# --- What happened to the key itself


def _get_key_text(text: str) -> str:
    parts = (part.partition("=") for part in text.split(";"))
    return next((v.strip() for name, _eq, v in parts if name.strip() == "p"), "")


def _compare(value: str, as_typed: str, public_key: PublicKey) -> tuple[str, ...]:
    """Tell what became of our key, () where it is there or another one is."""
    bare = "".join(value.split()).rstrip("=")
    ours = base64.b64encode(public_key.data).decode().rstrip("=")
    if bare == ours or len(bare) < _MIN_PART:
        return ()
    if ours.startswith(bare):
        return ("key_cut",)
    if ours.endswith(bare):
        return ("key_cut_front",)
    if bare.lower() == ours.lower():
        return ("key_case_lost",)
    if as_typed.replace(" ", "+").rstrip("=") == ours or bare == ours.replace("+", ""):
        return ("key_plus_lost",)
    lower = bare.lower()
    both = lower == bare and ours.lower().startswith(lower)
    return ("key_cut", "key_case_lost") if both else ()


def _find_own_loss(value: str) -> tuple[str, ...]:
    """Tell what became of somebody else's key, from the key alone."""
    bare = "".join(value.split()).rstrip("=")
    if len(bare) > 10 * _MIN_PART and bare in (bare.lower(), bare.upper()):
        return ("key_case_lost",)
    whole = bare[: len(bare) // 4 * 4]
    try:
        data = base64.b64decode(whole, validate=True)
    except binascii.Error:
        return ()
    # The ASN.1 of a key begins with its length (two bytes after 30 82).
    longer = data[:2] == b"\x30\x82" and len(data) < 4 + int.from_bytes(data[2:4])
    return ("key_cut",) if longer else ()
