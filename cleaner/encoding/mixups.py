"""Text of one charset of few characters that was read in another: ``Ìîñêâà`` for ``Москва``.

Nothing in the bytes tells; the reading is taken that is spelt as some language is, if there is one that is far likelier than
what stands there and than every other (`cleaner.encoding.spelling`).
"""

import functools
import itertools
import re
from collections.abc import Iterator, Mapping

import msgspec

from cleaner.encoding import spelling
from cleaner.encoding.sequences import is_rather_utf8, size

# What a reading must be better by (nats), than what stands there and than the next; and what its letters may cost at most.
MARGIN = 12.0
MARGIN_NEXT = 2.0
MAX_COST_OF_LETTER = 4.6
# How often each of the characters that change may stand in the words that decide.
MAX_REPEATED = 40
# The words that decide, all of them or as many as come first.
DECIDING_CHARACTERS = 500

# As what text is misread: what software takes for granted.
_READERS = (
    "windows-1252",
    "windows-1251",
    "koi8-r",
    "mac-roman",
    "windows-1250",
    "cp437",
    "cp866",
    "mac-cyrillic",
    "windows-1253",
)
# And what it was written in, with what it costs to assume so: some are rare, and some read anything as letters.
_WRITERS: Mapping[str, float] = {
    "windows-1251": 0, "windows-1252": 0, "windows-1250": 0, "windows-1253": 0, "windows-1254": 1, "windows-1255": 0,
    "windows-1256": 1, "windows-1257": 1, "iso-8859-2": 0, "iso-8859-5": 2, "iso-8859-7": 0, "koi8-r": 0, "koi8-u": 0,
    "cp866": 1, "mac-cyrillic": 1, "mac-roman": 1, "cp437": 3, "cp850": 3, "cp852": 3, "tis-620": 8, "gb18030": 2,
    "shift_jis": 2, "euc_jp": 2, "euc_kr": 2, "big5": 2,
}  # fmt: skip
_MULTIBYTE = frozenset(("gb18030", "shift_jis", "euc_jp", "euc_kr", "big5"))


# Signs of a mix-up; a line without any is not looked at.
SIGNS = (
    "[À-ÖØ-öø-ÿ]{3}",  # Cyrillic, Greek, Hebrew and Arabic read as windows-1252: no language has so many in a row
    "[¡-ÿ]{4}",  # Thai, Korean, Chinese
    "[A-Za-zÀ-ÿ][¡-©«-±´-¶¸¹»-¾ƒ†‡ˆ‰‹›˜‚„][a-zà-ÿ]",  # Polish, Czech
    "[a-z][¹³¶±¼¾¿]",
    "ì[b-df-hj-np-tv-z]|[øè][íáéù]|[íáé][øè]|ã[b-df-np-zº¾]|¾|[èÈæ][aiou]",  # Czech, Romanian, Slovene
    "[áéíóú][^\n]{0,40}õ[^e]|õ[^e\n][^\n]{0,40}[áéíóú]",  # Hungarian; Estonian has no acutes
    "[ÞÝÐ][a-z]|[a-z][ðþ]|[ùò][bdfghjklrstvz]",  # Turkish, Baltic
    "ý[^\n]{0,60}[üöç]|[üöç][^\n]{0,60}ý",  # Turkish; Czech and Slovak have the one, Icelandic has both
    "[a-z][ÕÔÓÒŽÈÉÊË‚ÁÂÄÅ][a-z]|[a-zéè]í(?:s|t|re|ve|ll|d|m)[^a-zà-ÿ]",  # Macintosh
    "[a-z][ŠŒŽŸÈÉË€‰™˜ˆ¸∑ÌÏÎ]|[a-zà-ÿ][\x80-\x9f]",
    "[а-яё][А-ЯЁ]|[А-ЯЁ]{4}",  # KOI8 and windows-1251, which have small and capital letters the other way round
    "[a-zA-Z][─-▟⌐¬÷ⁿ][a-zA-Z]|[a-z][ΓΘΣΦΩαδεπστφ]|[─-▟][А-я][А-я─-▟]",  # DOS
    "[‚ƒ].{1,2}[‚ƒ]",  # Shift JIS
    "[ƒ†‡ˆ‰Š‹ŒŽ•˜™š›œžŸ‚€ЂЉЊЌЋЏ][а-яё]{3}",  # Cyrillic of the Macintosh
)
_SIGN = re.compile("|".join(f"(?:{one})" for one in SIGNS))
# A single mark behind a word, as in names of products. It costs `spelling.PUNCTUATION` and `TOUCHING`, and what is right of it
# is no letter that would cost less behind another: no reading gains as much as `MARGIN`.
_ONE_MARK = re.compile("[\x00-\x7f]*+[™€](?![A-Za-z])[\x00-\x7f]*+")


class Reading(msgspec.Struct, frozen=True):
    """Text as it would be, had it been read otherwise."""

    text: str
    read: str
    """The charset that it was read in."""
    written: str
    """The charset that it was written in."""


def undo_mixup(line: str) -> str:
    """Bytes of one charset of few characters, read in another: ``Ìîñêâà`` for ``Москва``."""
    reading = best_reading(line)
    return reading.text if reading else line


def best_reading(line: str) -> Reading | None:
    """The reading that is far likelier than `line` as it stands and than every other; None where there is none."""
    if not _SIGN.search(line) or _ONE_MARK.fullmatch(line):
        return None
    charsets = _charsets_of(_deciding(line))
    if not charsets:
        return None
    whole = _reread_as(line, *charsets)
    return Reading(whole, *charsets) if whole and whole != line else None


@functools.lru_cache(maxsize=4_096)  # two repairs ask for the same line, and again when they have settled
def _charsets_of(deciding: str) -> tuple[str, str] | None:
    """In what charset these words were read and in what they were written, where that is sure enough."""
    if not deciding or is_rather_utf8(deciding):
        return None
    readings = list(_readings(deciding))
    if not readings:
        return None
    as_is, *costs = spelling.costs([deciding, *(reading.text for reading in readings)])
    priced = ((cost + _WRITERS[one.written], one) for cost, one in zip(costs, readings, strict=True))
    ranked = sorted(priced, key=lambda pair: pair[0])
    cost, best = ranked[0]
    rival = next((other for other, one in ranked[1:] if one.text != best.text), float("inf"))
    if as_is - cost < MARGIN or rival - cost < MARGIN_NEXT or cost > MAX_COST_OF_LETTER * size(best.text):
        return None
    is_sure = _is_of_words(best, deciding) and _cost_with_names(deciding) - cost >= MARGIN
    return (best.read, best.written) if is_sure else None


def _is_of_words(reading: Reading, was: str) -> bool:
    """Whether what comes out of a mix-up is words: not Latin ones with some Chinese, a rule across the page, or a cry."""
    if reading.written in _MULTIBYTE:
        words = "".join(word for word in reading.text.split() if not word.isascii())
        return 2 * sum(map(str.isascii, words)) <= len(words)
    changed = [is_now for before, is_now in zip(was, reading.text, strict=True) if before != is_now]
    of_words = sum(char.isalpha() or char == "’" or "\u0e31" <= char <= "\u0e4e" for char in changed)
    if 2 * of_words <= len(changed) or len(set(changed)) * MAX_REPEATED < len(changed):
        return False
    return "’" not in changed or len(_INSIDE_WORD.findall(reading.text)) <= len(_ELISION.findall(reading.text))


# An apostrophe in a word, and where words of the languages that are misread so have one.
_INSIDE_WORD = re.compile(r"(?<=[^\W\d_])’(?=[^\W\d_])")
_ELISION = re.compile(
    r"(?<=[^\W\d_])’(?=(?:s|t|re|ve|ll|d|m|em|n)\b)|\b(?:[cdjlmnso]|(?:\w{0,6}q)?u|\w{0,6}(?:ll|un))’(?=\w)", re.IGNORECASE
)


def _cost_with_names(text: str) -> float:
    """What a text costs if each word with letters outside of ASCII may be of another language: ``Guðrún`` amid English."""
    words = text.split()
    names = [word for word in words if not word.isascii()]
    rest, *of_names = spelling.costs([" ".join(word for word in words if word.isascii()), *names])
    return rest + sum(of_names)


def _deciding(line: str) -> str:
    """The words that a charset could change, with one word around each, for the language."""
    if len(line) <= DECIDING_CHARACTERS:
        return line
    words: list[str] = []
    length = 0
    for match in _WORDS_CHANGED.finditer(line):
        words.append(match[0])
        length += len(match[0]) + 1
        if length > DECIDING_CHARACTERS:
            break
    return " ".join(words)[: 2 * DECIDING_CHARACTERS]


_WORDS_CHANGED = re.compile(r"(?<!\S)\S{0,80}[^\x00-\x7f]\S{0,80}")


def _readings(text: str) -> Iterator[Reading]:
    outside = "".join(sorted({char for char in text if not char.isascii()}))
    for read, written in _charsets(outside):
        if whole := _reread_as(text, read, written):
            yield Reading(whole, read, written)


@functools.lru_cache(maxsize=1_024)
def _charsets(outside: str) -> tuple[tuple[str, str], ...]:
    """In what text with these characters outside of ASCII may have been read and written, each pair with another outcome."""
    found = []
    seen = {outside}
    for read, written in itertools.product(_READERS, _WRITERS):
        if read == written or (written in _MULTIBYTE and read != "windows-1252") or not _can_have_read(outside, read):
            continue
        if written not in _MULTIBYTE:
            # Most charsets agree about most characters, and the few that a text has are soon compared.
            reread = outside.translate(_retold(read, written))
            if reread in seen:
                continue
            seen.add(reread)
        found.append((read, written))
    return tuple(found)


def _can_have_read(outside: str, charset: str) -> bool:
    """Whether a charset has all letters among these characters; what is no letter may have come later."""
    known = bytes_of(charset)
    return all(char in known or not char.isalpha() for char in outside)


def _reread_as(text: str, read: str, written: str) -> str | None:
    """`text` turned back into the bytes that it was read from, and read in what it was written in; None where it cannot be."""
    if written not in _MULTIBYTE:
        return text.translate(_retold(read, written))
    known = bytes_of(read)
    try:
        return b"".join(known.get(char) or char.encode("ascii") for char in text).decode(written)
    except UnicodeError:
        return None


@functools.cache
def bytes_of(charset: str) -> Mapping[str, bytes]:
    """The byte of each character outside of ASCII; of windows-1252 also those of latin-1."""
    found = {chr(byte): bytes([byte]) for byte in range(0x80, 0xA0)} if charset == "windows-1252" else {}
    for byte in range(0x80, 0x100):
        if char := bytes([byte]).decode(charset, "ignore"):
            found[char] = bytes([byte])
    return found


@functools.cache
def _retold(read: str, written: str) -> Mapping[int, str]:
    """For each character outside of ASCII what stands in its place; what is no character in the other stays."""
    pairs = ((char, byte.decode(written, "ignore")) for char, byte in bytes_of(read).items())
    return {ord(char): other for char, other in pairs if other and other != char}
