"""Bytes to text: which charset they are in, by mark, by validity, by declaration, by spelling."""

import codecs
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from cleaner.encoding import spelling

# Bytes that are looked at for a charset, and of these the words that decide.
DETECTION_BYTES = 65_536
DECIDING_BYTES = 1_500
# A file that is UTF-8 but for this share of its multi-byte sequences is UTF-8 with damage, not another charset.
MAX_BROKEN_SHARE = 0.05
# A text in which more bytes than these are NUL, beside one, is none.
MAX_NULS_SHARE = 0.001
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


def read_bytes(data: bytes, declared: str | None = None) -> Decoded:
    """The text in `data`.

    In this order: byte order mark; UTF-16 and ISO-2022-JP, which show themselves; strict UTF-8; UTF-8 with a few broken bytes,
    or cut inside of a character (what is broken becomes U+FFFD); `declared` (from HTTP, HTML or XML; latin-1 means
    windows-1252, as in browsers), unless another charset gives words where it gives none; the charset in which the text is
    spelt best (`cleaner.encoding.spelling`).
    Raises `UndecodableError` for binary data.
    """
    for mark, charset in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return Decoded(data[len(mark) :].decode(charset, "replace"), charset, "mark")
    sample = data[:DETECTION_BYTES]
    if sample.translate(None, _CONTROL_BYTES) != sample and (utf16 := _utf16(data)):
        return utf16
    if _is_binary(sample):
        raise UndecodableError("binary data, not text: it holds NUL bytes")
    if b"\x1b$" in sample and (text := _strictly(data, "iso2022_jp_ext")) is not None:
        return Decoded(text, "iso-2022-jp", "validity")
    if (text := _strictly(data, "utf-8")) is not None:
        return Decoded(text, "utf-8", "validity", disbelieved=_unlike(declared, "utf-8") if not data.isascii() else "")
    text = data.decode("utf-8", "replace")
    whole = sum(len(run) for run in re.findall("[^\x00-\x7f\ufffd]+", text))
    if text.count("\ufffd") <= MAX_BROKEN_SHARE * whole or _is_cut_utf8(data):
        return Decoded(text, "utf-8", "validity", disbelieved=_unlike(declared, "utf-8"))
    return _by_spelling(data, declared)


_CONTROL_BYTES = bytes((*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20)))


def _is_binary(sample: bytes) -> bool:
    """Whether NUL bytes are more than one got into a text by accident: other control characters stand beside them, or many."""
    nuls = sample.count(0)
    return nuls > 1 + MAX_NULS_SHARE * len(sample) or (nuls > 0 and sample.translate(None, _CONTROL_BYTES[1:]) != sample)


def _is_cut_utf8(data: bytes) -> bool:
    """Whether this is UTF-8 but for what is left of a character that was cut at its beginning or at its end.

    A byte alone at the end of what is else ASCII is a letter of another charset.
    """
    begin, end = _CUT_BEGIN.match(data), _CUT_END.search(data, max(len(data) - 3, 0))
    core = data[begin.end() if begin else 0 : end.start() if end else len(data)]
    if core.isascii() and not (end and len(end[0]) > 1 and not begin):
        return False
    return bool(begin or end) and _strictly(core, "utf-8") is not None


_CUT_BEGIN = re.compile(rb"[\x80-\xbf]{1,3}")
_CUT_END = re.compile(rb"(?:[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})\Z")


def _by_spelling(data: bytes, declared: str | None) -> Decoded:
    believed = _meant(declared) if declared else None
    as_declared = _strictly(data, believed) if believed else None
    ranked = _ranked(_deciding(data[:DETECTION_BYTES]), believed if as_declared is not None else None)
    best = next((one for one in ranked if _strictly(data, one.charset) is not None), None)
    if as_declared is not None and believed is not None:
        cost = next((one.cost for one in ranked if one.charset == believed), math.inf)
        if best is None or cost - best.cost < MARGIN_DECLARED:
            return Decoded(as_declared, believed, "declaration")
    if best is None:
        # Bytes that no charset can hold: the likeliest, with what it cannot read as U+FFFD.
        charset = ranked[0].charset if ranked else "windows-1252"
        return Decoded(data.decode(charset, "replace"), charset, "detection", 0.0, declared or "")
    costs: dict[str, float] = {}  # charsets that give the same text are one answer
    for one in ranked:
        costs.setdefault(one.text, one.cost)
    chance = 1 / sum(math.exp(-max(cost - best.cost, 0.0) / SOFTNESS) for cost in costs.values())
    return Decoded(data.decode(best.charset), best.charset, "detection", round(chance, 3), declared or "")


def _meant(declared: str) -> str | None:
    """The charset that is called `declared`; None where there is none."""
    name = _WEB_NAMES.get(declared.lower(), declared)
    try:
        return None if codecs.lookup(name).name in _NOT_CHARSETS else name
    except (LookupError, ValueError):
        return None


class _Reading(NamedTuple):
    """A sample, read in some charset."""

    cost: float
    charset: str
    text: str


def _ranked(sample: bytes, declared: str | None) -> list[_Reading]:
    """The charsets that the sample can be in, the likeliest first."""
    prices = {**_CHARSETS, **({declared: _CHARSETS.get(declared, 0.0)} if declared else {})}
    read: dict[str, str] = {}
    for charset in prices:
        try:
            read[charset] = codecs.getincrementaldecoder(charset)().decode(sample)  # may end inside a character
        except (UnicodeError, LookupError):
            continue
    texts = list(dict.fromkeys(read.values()))
    costs = dict(zip(texts, spelling.costs(texts) if texts else (), strict=True))
    readings = (_Reading(costs[text] + prices[charset], charset, text) for charset, text in read.items())
    return sorted(readings, key=lambda one: one.cost)


def _deciding(data: bytes) -> bytes:
    """The words with bytes outside of ASCII and their neighbours, as many as it takes."""
    words: Sequence[bytes] = re.findall(rb"\S+", data)
    near: dict[int, None] = {}
    length = 0
    for number, word in enumerate(words):
        if not word.isascii():
            for index in (number - 1, number, number + 1):
                if 0 <= index < len(words) and index not in near:
                    near[index] = None
                    length += len(words[index]) + 1
            if length > DECIDING_BYTES:
                break
    return b" ".join(words[index] for index in near)[:DECIDING_BYTES]


def _utf16(data: bytes) -> Decoded | None:
    """UTF-16 that lost its mark."""
    for charset in ("utf-16-le", "utf-16-be"):
        text = _strictly(data, charset) if len(data) % 2 == 0 else None
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


def _strictly(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except (LookupError, ValueError):  # an unknown charset, or one that this is not
        return None


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
# What text on the web is found in, and what it costs (nats) to assume so: what few write, or what reads anything as letters,
# needs better words. Of two that read the same the first is meant.
_CHARSETS: Mapping[str, float] = {
    "windows-1252": 0, "windows-1251": 1, "gb18030": 3, "shift_jis": 1, "euc_jp": 1, "euc_kr": 1, "big5": 2, "koi8-r": 2,
    "windows-1250": 2, "iso-8859-2": 2.5, "windows-1254": 2, "windows-1253": 2, "iso-8859-7": 2.5, "windows-1255": 2,
    "iso-8859-8": 3, "windows-1256": 3, "iso-8859-6": 4, "windows-1257": 2.5, "iso-8859-13": 3, "iso-8859-4": 5,
    "windows-1258": 4, "cp874": 8, "koi8-u": 2.5, "iso-8859-5": 4, "cp866": 4, "mac-cyrillic": 5, "iso-8859-15": 3,
    "mac-roman": 5, "cp850": 6, "cp437": 6.5, "cp852": 6, "iso-8859-3": 6, "iso-8859-10": 6, "iso-8859-14": 6,
    "iso-8859-16": 5, "cp949": 2, "cp932": 2, "big5hkscs": 4,
}  # fmt: skip
