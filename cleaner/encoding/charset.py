"""Bytes to text: which charset they are in, by mark, by validity, by declaration, by spelling."""

import codecs
import math
import re
from collections import Counter
from typing import Literal

import msgspec

from cleaner.encoding import spelling
from cleaner.encoding.partly_utf8 import Beside, is_cut_utf8, read_partly_utf8
from cleaner.encoding.ranking import DECIDING_BYTES, beginning, deciding, ranked, strictly

# Bytes that are looked at for a charset.
DETECTION_BYTES = 65_536
# A text in which more bytes than these are NUL, beside one, is none; in UTF-8 more may be, but not so many together, except at
# the end. In numbers of two bytes every other one is NUL, in the head of a tar archive many stand together.
MAX_NULS_SHARE = 0.001
MAX_NULS_SHARE_UTF8 = 1 / 3
NULS_TOGETHER = 4
# This share of a text's characters is in three blocks of 256, those of Chinese and Korean taken as one; and what an
# ideograph may cost on the whole, so that pairs of bytes are not taken for them.
SHARE_OF_BLOCKS = 0.95
MAX_COST_OF_IDEOGRAPH = 7.0
# What another charset must be better by (nats) for a declaration to be disbelieved.
MARGIN_DECLARED = 25.0
# Differences in spelling are sums over letters that depend on each other: they tell less than they say by this factor.
SOFTNESS = 4.0


class UndecodableError(ValueError):
    """Bytes that are no text."""


class Decoded(msgspec.Struct, frozen=True):
    """Text, and how it was got from bytes."""

    text: str
    charset: str
    by: Literal["mark", "validity", "declaration", "detection"]
    """What decided: a byte order mark, that it is valid UTF-8 and hardly anything else is, a declaration, or spelling."""
    certainty: float = 1.0
    """0 to 1."""
    disbelieved: str = ""
    """The charset that was declared and cannot be right, if one was."""
    beside: Beside | None = None
    """What is in another charset than the rest, if a part is."""


def read_bytes(data: bytes, declared: str | None = None) -> Decoded:
    """The text in `data`.

    In this order: byte order mark; UTF-16 and ISO-2022-JP, which show themselves; strict UTF-8; UTF-8 that is cut inside of a
    character, damaged (what is broken becomes U+FFFD), or beside lines or words in another charset (`partly_utf8`);
    `declared` (from HTTP, HTML or XML; latin-1 means windows-1252, as in browsers), unless another charset gives words where it
    gives none; the charset in which the text is spelt best (`cleaner.encoding.spelling`).
    Raises `UndecodableError` for binary data.
    """
    for mark, charset in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], charset)
    sample = data[:DETECTION_BYTES]
    if sample.translate(None, _CONTROL_BYTES) != sample and (utf16 := _utf16(data)):
        return utf16
    if _is_binary(sample):
        raise UndecodableError("binary data, not text: it holds NUL bytes")
    if b"\x1b$" in sample and (text := strictly(data, "iso2022_jp_ext")) is not None:
        return Decoded(text, "iso-2022-jp", "validity")
    return _utf8(data, declared) or _by_spelling(data, declared)


def _utf8(data: bytes, declared: str | None) -> Decoded | None:
    """UTF-8, be it only in part; None for what is not."""
    disbelieved = _unlike(declared, "utf-8")
    if (text := strictly(data, "utf-8")) is not None:
        return Decoded(text, "utf-8", "validity", disbelieved="" if data.isascii() else disbelieved)
    if is_cut_utf8(data):
        return Decoded(data.decode("utf-8", "replace"), "utf-8", "validity", disbelieved=disbelieved)
    partly = read_partly_utf8(data, _meant(disbelieved))
    return partly and Decoded(partly.text, "utf-8", "validity", disbelieved=disbelieved, beside=partly.beside)


def _marked(data: bytes, charset: str) -> Decoded:
    """What stands behind a byte order mark."""
    if charset == "utf-8" and (utf8 := _utf8(data, None)):
        return msgspec.structs.replace(utf8, by="mark")
    return Decoded(data.decode(charset, "replace"), charset, "mark")


_CONTROL_BYTES = bytes((*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20)))


def _is_binary(sample: bytes) -> bool:
    """Whether NUL bytes are more than got into a text by accident, or separate or fill up what is written in UTF-8.

    That they are where other control characters stand beside them.
    """
    nuls = sample.count(0)
    if nuls and sample.translate(None, _CONTROL_BYTES[1:]) != sample:
        return True
    if nuls <= 1 + MAX_NULS_SHARE * len(sample):
        return False
    filled = sample.rstrip(b"\0")
    many = filled.count(0) > MAX_NULS_SHARE_UTF8 * len(filled) or bytes(NULS_TOGETHER) in filled
    return many or not filled or beginning(filled, "utf-8") is None


def _by_spelling(data: bytes, declared: str | None) -> Decoded:
    believed = _meant(declared)
    as_declared = strictly(data, believed) if believed else None
    readings = ranked(deciding(data[:DETECTION_BYTES]), believed if as_declared is not None else None)
    best = next((one for one in readings if strictly(data, one.charset) is not None), None)
    if as_declared is not None and believed is not None:
        cost = next((one.cost for one in readings if one.charset == believed), math.inf)
        if best is None or cost - best.cost < MARGIN_DECLARED:
            return Decoded(as_declared, believed, "declaration")
    if best is None:
        # Bytes that no charset can hold: the likeliest, with what it cannot read as U+FFFD.
        charset = readings[0].charset if readings else "windows-1252"
        return Decoded(data.decode(charset, "replace"), charset, "detection", 0.0, declared or "")
    costs: dict[str, float] = {}  # charsets that give the same text are one answer
    for one in readings:
        costs.setdefault(one.text, one.cost)
    chance = 1 / sum(math.exp(-max(cost - best.cost, 0.0) / SOFTNESS) for cost in costs.values())
    return Decoded(data.decode(best.charset), best.charset, "detection", round(chance, 3), declared or "")


def _meant(declared: str | None) -> str | None:
    """The charset that is called `declared`; None where there is none."""
    if not declared:
        return None
    name = _WEB_NAMES.get(declared.lower(), declared)
    try:
        return None if codecs.lookup(name).name in _NOT_CHARSETS else name
    except (LookupError, ValueError):
        return None


def _utf16(data: bytes) -> Decoded | None:
    """UTF-16 that lost its mark."""
    for charset in ("utf-16-le", "utf-16-be"):
        text = strictly(data, charset) if len(data) % 2 == 0 else None
        if text and _is_of_few_blocks(text[:DECIDING_BYTES]) and not _CONTROLS.search(text[:DETECTION_BYTES]):
            return Decoded(text, charset, "validity", 0.99)
    return None


def _is_of_few_blocks(text: str) -> bool:
    """Whether the characters of `text` stand close together in Unicode, as those of a language do and those of bytes do not."""
    blocks = Counter(
        "han" if "\u4e00" <= char < "\ua000" else "hangul" if "\uac00" <= char < "\ud7a4" else ord(char) >> 8 for char in text
    )
    if not (blocks[0x00] or blocks["han"] or blocks[0x30] or blocks["hangul"]):
        return False  # no space, and no script that needs none
    if (blocks["han"] or blocks["hangul"]) and spelling.costs([text])[0] > MAX_COST_OF_IDEOGRAPH * len(text):
        return False
    return sum(count for _, count in blocks.most_common(3)) >= SHARE_OF_BLOCKS * len(text)


_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ue000-\uf8ff\ufff0-\uffff]")


def _unlike(declared: str | None, charset: str) -> str:
    """`declared`, where it is not `charset`."""
    if not declared:
        return ""
    try:
        return "" if codecs.lookup(declared).name == charset else declared
    except (LookupError, ValueError):
        return declared


_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# What browsers take these names for (WHATWG Encoding Standard).
_WEB_NAMES = {
    **dict.fromkeys(("latin-1", "latin1", "iso-8859-1", "iso8859-1", "ascii", "us-ascii"), "windows-1252"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **dict.fromkeys(("iso-8859-9", "latin5"), "windows-1254"),
}
# What Python can decode, too, and nobody writes text in: they would read escapes, or any byte.
_NOT_CHARSETS = frozenset(("charmap", "idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"))
