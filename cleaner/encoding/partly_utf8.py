"""Bytes that are UTF-8 in part: damaged, or put together with text in another charset.

Logs, exports, mailboxes and pages that include a footer are put together of texts that nobody brought into one charset. A line
of them is in one charset, mostly, and else a word is. Spelling tells damage from another charset: damaged is a byte that would
be no letter of its word, or stands in a word that is UTF-8.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from cleaner.encoding import spelling
from cleaner.encoding.ranking import CHARSETS, DECIDING_BYTES, beside_each_other, deciding, ranked, strictly

# A file that is UTF-8 but for this share of its multi-byte sequences is UTF-8, whatever stands beside them.
MAX_BROKEN_SHARE = 0.05
# What UTF-8 must be better by (nats) in what is valid, for a file to be UTF-8 in part. At 5, one text in cp866
# was said to be, of 5,000 in all charsets; at 10, none of 40,000.
MARGIN_VALID = 10.0
# What a broken sequence costs (nats): more than é in an English word that few write so, less than a sign inside a word. More of
# them are letters where another charset is known to be there.
DAMAGE = 12.5
DAMAGE_BESIDE = 16.0
# The further price of a word in a charset of two bytes, in which most pairs of broken bytes are some ideograph.
WORD_OF_PAIRS = 10.0
OF_PAIRS = frozenset(("gb18030", "shift_jis", "euc_jp", "euc_kr", "big5", "cp949", "cp932", "big5hkscs"))
# What is rarer than windows-1252 is so all the more in a part, by this factor; and so many nats is a declaration worth.
RARER = 10.0
WORTH_DECLARED = 25.0
# So many lines or words, from all over a text, tell; and so many lines are judged at once.
DECIDING_PARTS = 100
BATCH_LINES = 1_000


class Beside(msgspec.Struct, frozen=True):
    """What stands in a file beside UTF-8."""

    charset: str
    lines: int
    """How many lines are in that charset, or have words in it."""
    first: int
    """The first of them, counted from 1."""


class Partly(NamedTuple):
    """Bytes as read that are UTF-8 in part."""

    text: str
    beside: Beside | None
    """None where all that is not UTF-8 is damage."""


def read_partly_utf8(data: bytes, declared: str | None = None) -> Partly | None:
    """The text, with U+FFFD for what is damaged; what is not UTF-8 is likeliest `declared`, where that is a charset.

    None where what is valid UTF-8 is so by chance, as some of any charset is: it is spelt better in another. Takes time
    proportional to the data.
    """
    text = data.decode("utf-8", "surrogateescape")  # a byte that is not UTF-8 is a lone surrogate, from which it comes back
    lines = text.split("\n")
    broken = {number: line for number, line in enumerate(lines) if _is_broken(line)}
    # Where broken lines have words that surely are UTF-8, only the others are in another charset, and else the whole line is.
    mixed = [line for line in broken.values() if _VALID.search(line)]
    in_words = _is_spelt_as_utf8([word for line in mixed for word in _BETWEEN_WORDS.split(line)])
    if not (in_words or _is_hardly_broken(data) or _is_spelt_as_utf8(lines)):
        return None
    doubtful = {number: line for number, line in broken.items() if not _is_surely_damaged(line)}
    charset = _other_charset([*doubtful.values()], declared, in_words=in_words) if doubtful else ""
    read = _in_charset(charset, [*doubtful.values()], in_words=in_words) if charset else ()
    in_other = {number: other for number, other in zip(doubtful, read, strict=False) if other is not None}
    for number, line in broken.items():
        lines[number] = in_other[number] if number in in_other else _as_damaged(line)
    return Partly("\n".join(lines), Beside(charset, len(in_other), min(in_other) + 1) if in_other else None)


def _is_surely_damaged(line: str) -> bool:
    """Whether a broken line was cut inside a character, or has nothing broken but bytes of marks and of filling."""
    return set(_BROKEN.findall(line)) <= _FILLING or is_cut_utf8(_bytes_of(line.rstrip("\r")))


_FILLING = frozenset("\udcfe\udcff")


def is_cut_utf8(data: bytes) -> bool:
    """Whether this is UTF-8 but for what is left of a character that was cut at its beginning or at its end.

    A byte alone at the end of what is else ASCII is a letter of another charset.
    """
    begin, end = _CUT_BEGIN.match(data), _CUT_END.search(data, max(len(data) - 3, 0))
    core = data[begin.end() if begin else 0 : end.start() if end else len(data)]
    if core.isascii() and not (end and len(end[0]) > 1 and not begin):
        return False
    return bool(begin or end) and strictly(core, "utf-8") is not None


_CUT_BEGIN = re.compile(rb"[\x80-\xbf]{1,3}")
_CUT_END = re.compile(rb"(?:[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})\Z")


# A byte that is not UTF-8, a character that is, and what is between words: none of that is half of a character in any charset.
_BROKEN = re.compile("[\udc80-\udcff]")
_VALID = re.compile("[^\x00-\x7f\udc80-\udcff]")
_BETWEEN_WORDS = re.compile("([\0-/:-?]+)")


def _is_broken(text: str) -> bool:
    return _BROKEN.search(text) is not None


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _as_damaged(text: str) -> str:
    return _bytes_of(text).decode("utf-8", "replace")


def _is_hardly_broken(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    whole = sum(len(run) for run in re.findall("[^\x00-\x7f\ufffd]+", text))
    return text.count("\ufffd") <= MAX_BROKEN_SHARE * whole


def _is_spelt_as_utf8(parts: Sequence[str]) -> bool:
    """Whether those parts of a text that are valid UTF-8, beyond ASCII, are spelt better so than in any other charset."""
    valid = _some([part for part in parts if not part.isascii() and not _is_broken(part)])
    words = _some([word for part in valid for word in part.split() if not word.isascii()])
    costs = {one.charset: one.cost for one in ranked(deciding(" ".join(words).encode()), "utf-8")}
    as_utf8 = costs.pop("utf-8")
    return bool(words) and as_utf8 + MARGIN_VALID <= min(costs.values(), default=math.inf)


def _some(parts: Sequence[str]) -> Sequence[str]:
    """Not too many of the parts of a text, from all over it."""
    return parts[:: len(parts) // DECIDING_PARTS + 1]


def _other_charset(lines: Sequence[str], declared: str | None, *, in_words: bool) -> str:
    """The charset that broken lines are likeliest in, but for those that are rather damaged; empty where all of them are."""
    near = [_near_broken(line) for line in _some(lines)]
    damaged = _costs_of_damage(near, DAMAGE)
    prices = {charset: RARER * price for charset, price in CHARSETS.items()}
    if declared:
        prices[declared] = -WORTH_DECLARED
    best, least = "", sum(damaged)
    for charset, price in prices.items():
        costs = _costs_in(charset, near, in_words=in_words)
        total = price + sum(min(pair) for pair in zip(costs, damaged, strict=True))
        if total < least:
            best, least = charset, total
    return best


def _in_charset(charset: str, lines: Sequence[str], *, in_words: bool) -> Iterator[str | None]:
    """Broken lines read in a charset; None for each that is rather damaged."""
    for start in range(0, len(lines), BATCH_LINES):
        batch = lines[start : start + BATCH_LINES]
        near = [_near_broken(line) for line in batch]
        costs = _costs_in(charset, near, in_words=in_words)
        damaged = _costs_of_damage(near, DAMAGE_BESIDE)
        for line, cost, damage in zip(batch, costs, damaged, strict=True):
            yield _in(charset, line, in_words=in_words) if cost < damage else None


def _near_broken(line: str) -> str:
    return " ".join(beside_each_other(line.split(), _is_broken))[:DECIDING_BYTES]


def _costs_of_damage(texts: Sequence[str], price: float) -> Sequence[float]:
    """What broken texts cost as damaged UTF-8, at a price for each broken sequence."""
    damaged = [_as_damaged(text) for text in texts]
    costs = spelling.costs([text.replace("\ufffd", "?") for text in damaged])
    return [cost + price * text.count("\ufffd") for cost, text in zip(costs, damaged, strict=True)]


def _costs_in(charset: str, texts: Sequence[str], *, in_words: bool) -> Sequence[float]:
    """What broken texts cost in another charset; infinite where they cannot be in that."""
    # Those that have been cut may have been so inside a character.
    errors = ("strict" if len(text) < DECIDING_BYTES else "replace" for text in texts)
    read = [_in(charset, text, how, in_words=in_words) for text, how in zip(texts, errors, strict=True)]
    words = [sum(map(_is_broken, text.split())) if charset in OF_PAIRS else 0 for text in texts]
    costs = spelling.costs([text or "" for text in read])
    return [
        math.inf if text is None else cost + WORD_OF_PAIRS * count for text, cost, count in zip(read, costs, words, strict=True)
    ]


def _in(charset: str, text: str, errors: str = "strict", *, in_words: bool) -> str | None:
    """A text read in a charset, or only those of its words that are not UTF-8; None where that cannot be."""
    try:
        if not in_words:
            return _bytes_of(text).decode(charset, errors)
        words = _BETWEEN_WORDS.split(text)
        return "".join(_bytes_of(word).decode(charset, errors) if _is_broken(word) else word for word in words)
    except UnicodeError:
        return None
