"""The charsets that bytes can be in, ranked by how well they are spelt in each (`cleaner.encoding.spelling`)."""

import codecs
import re
from collections.abc import Callable, Mapping, Sequence
from typing import AnyStr, NamedTuple

from cleaner.encoding import spelling

DECIDING_BYTES = 1_500
"""So much is looked at of words that decide."""


class Reading(NamedTuple):
    """A sample, read in some charset."""

    cost: float
    charset: str
    text: str


def ranked(sample: bytes, declared: str | None) -> list[Reading]:
    """The charsets that the sample can be in, the likeliest first."""
    prices = {**CHARSETS, **({declared: CHARSETS.get(declared, 0.0)} if declared else {})}
    read: dict[str, str] = {}
    for charset in prices:
        if (text := beginning(sample, charset)) is not None:
            read[charset] = text
    texts = list(dict.fromkeys(read.values()))
    costs = dict(zip(texts, spelling.costs(texts) if texts else (), strict=True))
    readings = (Reading(costs[text] + prices[charset], charset, text) for charset, text in read.items())
    return sorted(readings, key=lambda one: one.cost)


def beginning(sample: bytes, charset: str) -> str | None:
    """The beginning of a text, which may end inside a character; None where it is not in that charset."""
    try:
        return codecs.getincrementaldecoder(charset)().decode(sample)
    except (UnicodeError, LookupError):
        return None


def strictly(data: bytes, charset: str) -> str | None:
    """A whole text; None where it is not in that charset."""
    try:
        return data.decode(charset)
    except (LookupError, ValueError):  # an unknown charset, or one that this is not
        return None


def deciding(data: bytes) -> bytes:
    """The words with bytes outside of ASCII and their neighbours, as many as it takes."""
    return b" ".join(beside_each_other(re.findall(rb"\S+", data), lambda word: not word.isascii()))[:DECIDING_BYTES]


def beside_each_other(words: Sequence[AnyStr], decides: Callable[[AnyStr], bool]) -> list[AnyStr]:
    """The words that decide, and their neighbours, as many as it takes."""
    near: dict[int, None] = {}
    length = 0
    for number, word in enumerate(words):
        if decides(word):
            for index in (number - 1, number, number + 1):
                if 0 <= index < len(words) and index not in near:
                    near[index] = None
                    length += len(words[index]) + 1
            if length > DECIDING_BYTES:
                break
    return [words[index] for index in near]


# What text on the web is found in, and what it costs (nats) to assume so: what few write, or what reads anything as letters,
# needs better words. Of two that read the same the first is meant.
CHARSETS: Mapping[str, float] = {
    "windows-1252": 0, "windows-1251": 1, "gb18030": 3, "shift_jis": 1, "euc_jp": 1, "euc_kr": 1, "big5": 2, "koi8-r": 2,
    "windows-1250": 2, "iso-8859-2": 2.5, "windows-1254": 2, "windows-1253": 2, "iso-8859-7": 2.5, "windows-1255": 2,
    "iso-8859-8": 3, "windows-1256": 3, "iso-8859-6": 4, "windows-1257": 2.5, "iso-8859-13": 3, "iso-8859-4": 5,
    "windows-1258": 4, "cp874": 8, "koi8-u": 2.5, "iso-8859-5": 4, "cp866": 4, "mac-cyrillic": 5, "iso-8859-15": 3,
    "mac-roman": 5, "cp850": 6, "cp437": 6.5, "cp852": 6, "iso-8859-3": 6, "iso-8859-10": 6, "iso-8859-14": 6,
    "iso-8859-16": 5, "cp949": 2, "cp932": 2, "big5hkscs": 4,
}  # fmt: skip
