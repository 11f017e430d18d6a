"""Characters that a reader cannot see or tell from others, and that break words for everything that reads on.

Each function takes a line and gives it repaired; `in_one_form` is for comparing, and changes no text.
"""

import re
import unicodedata
from collections.abc import Collection

from ftfy import chardata, fixes

from cleaner.edits import Edit

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ſt", "ﬆ": "st"}
_LIGATURE_IN_WORD = re.compile(r"(?<=[^\W\d_])[ﬀ-ﬆ]|[ﬀ-ﬆ](?=[^\W\d_])")


def split_ligatures(line: str) -> str:
    """Typographic ligatures inside words; one that stands alone is being talked about."""
    return _LIGATURE_IN_WORD.sub(lambda match: _LIGATURES[match[0]], line)


def without_controls(line: str) -> str:
    """Control characters removed; surrogate pairs joined, and lone halves, which no file can hold, as U+FFFD.

    What parts words, as a soft line break of word processors does, leaves a space where there is none.
    """
    return fixes.remove_control_chars(_SEPARATORS.sub(" ", fixes.fix_surrogates(line)))


_SEPARATORS = re.compile(r"(?<=\S)[\x0b\x1c-\x1f]+(?=\S)")


def without_noncharacters(line: str) -> str:
    """Code points that Unicode says are no characters (The Unicode Standard, 23.7), removed."""
    return _NONCHARACTER.sub("", line)


_NONCHARACTERS = [*range(0xFDD0, 0xFDF0), *(plane * 0x10000 + low for plane in range(17) for low in (0xFFFE, 0xFFFF))]
_NONCHARACTER = re.compile("[" + "".join(map(chr, _NONCHARACTERS)) + "]")


def without_soft_hyphens(line: str) -> str:
    """Soft hyphens inside and at the end of words; what follows the first half of misread UTF-8 is none."""
    return _SOFT_HYPHEN.sub("", line)


# In scripts without joiners, which Latin, Greek and Cyrillic are.
_LETTER = "A-Za-zÀ-ÖØ-öø-ʯͰ-ϿЀ-ԯḀ-ỿ"
_SOFT_HYPHEN = re.compile(f"(?<=[{_LETTER}])(?<![ÂÃÄÅÎÏÐÑ])\u00ad+")


def without_zero_width(line: str) -> str:
    """Zero-width spaces and joiners inside words of scripts that have no use for them."""
    return _ZERO_WIDTH.sub("", line)


_ZERO_WIDTH = re.compile(f"(?<=[{_LETTER}])[\u200b-\u200d\u2060]+(?=[{_LETTER}])")


def unmixed(line: str) -> str:
    """Words of one script with letters of another that look the same: a Cyrillic а in a Latin word.

    A word changes where the letters of one script are more, and all others stand between or before them and have a twin
    there. Suffixes, as in ``SMSка``, are no damage.
    """
    return _WORD.sub(_unmixed_word, line)


def _unmixed_word(match: re.Match[str]) -> str:
    word = match[0]
    latin = sum("A" <= char <= "ɏ" for char in word)
    if latin in (0, len(word)):
        return word
    home = _TO_LATIN if latin * 2 > len(word) else _FROM_LATIN
    if home is _FROM_LATIN and any("Ͱ" <= char <= "Ͽ" for char in word):
        return word  # Latin letters in Greek: a name in a formula as often as not
    foreign = [char for char in word if ("A" <= char <= "ɏ") != (home is _TO_LATIN)]
    # The last letter has to be at home; two in a row, or as many as the others, may be a word of their own.
    if not all(char in home for char in foreign) or word[-1] in foreign or len(foreign) * 2 >= len(word):
        return word
    repaired = "".join(home.get(char, char) for char in word)
    return repaired if _cased_well(repaired) else word


def _cased_well(word: str) -> bool:
    return word.islower() or word.isupper() or word[1:].islower()


# The letters that have the same form in the common typefaces (Unicode Technical Standard 39, confusables, whole letters only).
_TO_LATIN = {
    **dict(zip("аеорсухіјѕһԁԛԝӏАВЕКМНОРСТХІЈЅԌԚԜ", "aeopcyxijshdqwlABEKMHOPCTXIJSGQW", strict=True)),
    **dict(zip("ονΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ovABEZHIKMNOPTYX", strict=True)),
}
_FROM_LATIN = dict(zip("aeopcyxijsABEKMHOPCTXIJS", "аеорсухіјѕАВЕКМНОРСТХІЈЅ", strict=True))
_WORD = re.compile("[A-Za-zÀ-ÖØ-öø-ɏЀ-ԯΑ-ω]{4,}")


# Letters with marks of their own behind them, as far as there may be one character for both, and syllables of Hangul in parts.
# In the scripts of India a vowel sign may be a mark of another one.
_APART = re.compile(
    "[^\u0300-\u0345][\u0300-\u0345]{1,4}|[\u0627-\u064a\u06c1-\u06d5][\u0653-\u0655]|[\u3040-\u30ff][\u3099\u309a]"
    "|[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[\u0928\u0930\u0933]\u093c"
    "|[\u0980-\u0dff\u1000-\u109f][\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0c56\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dca\u0dcf\u0ddf\u102e]{1,2}"
)
_TATWEEL = re.compile("(?<=[\u0620-\u064a])\u0640+(?=[\u0620-\u064a])")


def in_one_form(text: str) -> list[Edit]:
    """The edits that give letters the form in which rules are written: composed (NFC), and Arabic ones not stretched.

    Either form is right, so this is for those who compare, not for the text. Characters that NFC replaces by others stay.
    """
    if text.isascii():
        return []
    edits = [Edit(*match.span(), "", "in-one-form") for match in _TATWEEL.finditer(text)] if "\u0640" in text else []
    if not unicodedata.is_normalized("NFC", text):
        for match in _APART.finditer(text):
            composed = unicodedata.normalize("NFC", match[0])
            if len(composed) < len(match[0]):
                edits.append(Edit(*match.span(), composed, "in-one-form"))
        edits.sort(key=lambda edit: edit.start)
    return edits


def _class(codes: Collection[int]) -> str:
    return "[" + "".join(f"\\x{{{code:x}}}" for code in codes) + "]"


EXPRESSIONS = {
    "ligature": ("[ﬀ-ﬆ]",),
    "terminal-escape": (r"\x1b",),
    "control-character": (_class(chardata.CONTROL_CHARS), "\ufffd"),  # U+FFFD: a lone surrogate, encoded
    "non-character": (_class(_NONCHARACTERS),),
    "soft-hyphen": ("\u00ad",),
    "zero-width-in-word": (r"[\x{200b}-\x{200d}\x{2060}]",),
    "homoglyph": ("[A-Za-zÀ-ÖØ-öø-ɏ][Ѐ-ԯΑ-ω]|[Ѐ-ԯΑ-ω][A-Za-zÀ-ÖØ-öø-ɏ]",),
}
"""What stands, for the automaton, in every line that the repair of this name changes."""
