"""What kind of character each of a text is, and hashes of what is made of them; over arrays of the text's code points."""

import functools
import unicodedata
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

# Arrays by what they hold; numpy's stubs lose the width of numbers in arithmetic. Floats have 32 bits, hashes too.
Floats: TypeAlias = npt.NDArray[Any]
Integers: TypeAlias = npt.NDArray[Any]
Hashes: TypeAlias = npt.NDArray[Any]
Masks: TypeAlias = npt.NDArray[Any]

# Kinds of characters; those from UPPER to DIGIT make up words.
N_KINDS = 12
OTHER, SPACE, UPPER, LOWER, LETTER, DIGIT, END, COMMA, QUOTE, SIGN, SYMBOL, IDEOGRAPH = range(N_KINDS)
_MARKS = {
    END: ".!?…。！？؟।۔",
    COMMA: ",;:，、；：،؛",
    QUOTE: "\"'“”‘’«»„‟‹›「」『』()（）[]",
    SIGN: "|•·/\\>←→-–—_*#+=~^©®™@&%$€£",
}
_CATEGORIES = {"Lu": UPPER, "Lt": UPPER, "Ll": LOWER, "Sm": SIGN, "So": SIGN, "Sk": SIGN, "Sc": SIGN}
# Scripts without spaces: each character counts as a word.
_UNSPACED = ((0x0E00, 0x0EFF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF))
HASHED_CHARACTERS = 31


def mixed(hashes: Hashes) -> Hashes:
    """Hashes whose low bits depend on all bits (the finaliser of Mueller's lowbias32)."""
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x21F0AAAD)
    hashes = (hashes ^ (hashes >> np.uint32(15))) * np.uint32(0xD35A2D97)
    return hashes ^ (hashes >> np.uint32(15))


POWERS = np.array([pow(0x01000193, power, 1 << 32) for power in range(HASHED_CHARACTERS + 1)], np.uint32)


def coded(text: str) -> tuple[Integers, Hashes, Hashes]:
    """For each character of `text` its kind, its lower case and its code point."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds, lower = _characters()
    if codes.max(initial=0) <= 0xFFFF:
        return kinds.take(codes), lower.take(codes), codes
    basic = np.minimum(codes, 0xFFFF)
    beyond = codes > 0xFFFF
    return np.where(beyond, np.uint8(SIGN), kinds[basic]), np.where(beyond, codes, lower[basic]), codes


@functools.cache
def _characters() -> tuple[Integers, Hashes]:
    """For each character of the basic plane its kind, and its lower case, in which all digits are one."""
    kinds = np.full(0x10000, SYMBOL, np.uint8)
    lower = np.arange(0x10000, dtype=np.uint32)
    marks = {ord(char): kind for kind, chars in _MARKS.items() for char in chars}
    for code in range(0x10000):
        char = chr(code)
        category = unicodedata.category(char)
        if category[0] == "Z" or char.isspace():
            kinds[code] = SPACE
        elif category[0] in "LM":
            unspaced = any(low <= code <= high for low, high in _UNSPACED)
            kinds[code] = IDEOGRAPH if unspaced else _CATEGORIES.get(category, LETTER)
        elif category[0] == "N":
            kinds[code] = DIGIT
        else:
            kinds[code] = marks.get(code, _CATEGORIES.get(category, SYMBOL))
        lowered = char.lower()
        lower[code] = ord("0") if category == "Nd" else ord(lowered) if len(lowered) == 1 else code
    return kinds, lower
