"""How seldom a string stands in English prose: by its letters, and by what Zipf's law says of whole words."""

import functools
import math
import re
from collections.abc import Collection

# Bits that a character tells, from its frequency in English prose (Norvig's letter counts); others are rarer.
_BITS = {
    **dict(zip(" etaoinsrhldcu", (2.5, 3.2, 3.6, 3.8, 3.9, 3.9, 4.0, 4.1, 4.2, 4.5, 4.8, 4.9, 5.2, 5.4), strict=True)),
    **dict(zip("mfpgwyb,.v\nk", (5.5, 5.6, 5.7, 5.9, 6.1, 6.1, 6.3, 6.6, 6.6, 7.0, 7.0, 7.2), strict=True)),
    **dict(zip("xjqz@", (9.0, 9.5, 10.0, 10.5, 13.0), strict=True)),
    **dict.fromkeys("0129", 6.5),
}
_RARE_BITS = 9.0
_FOREIGN_BITS = 13.0
# What a capital tells beside its letter, where case counts; and how much less letters tell in a row.
_CAPITAL_BITS = 3.0
_REDUNDANCY = 0.85

# The most frequent English words, in order; by Zipf's law the word of rank r is one in about 10 * (r + 2).
_COMMON_WORDS = {
    word: math.log2(60 * (rank + 2))
    for rank, word in enumerate(
        "the of and to in a is that for it on was with as you i are be this by at have from or not they his we but had he her "
        "your all which can will their has more if an about when what there one so up out our who them been were new some my "
        "time would like other no do its me just people into than how also two first only get these him over may now could "
        "use any work make see us most day after then should well where many way even back good know year years because very "
        "need help here find through much take best long those home free site data using page using content search service "
        "company website business read view used between each world part every both made while without information news "
        "love life right same experience great available post share team high support including used please online".split(),
        1,
    )
}


# Of any other word, by the same law at rank 10,000: letters alone make too much of those that are frequent. Not in scripts
# that write words together, which begin with Thai.
_MOST_WORD_BITS = 20.0
_UNSPACED = "\u0e00"


def rarity_of(literals: Collection[str]) -> float:
    """As `rarity`, of finding any one of `literals`."""
    chance = sum(2.0 ** -rarity(literal) for literal in literals)
    return -math.log2(chance) if chance else 0.0


@functools.lru_cache(maxsize=65_536)
def rarity(literal: str) -> float:
    """The bits that a literal tells: minus the logarithm of its chance at any one byte of English prose."""
    return sum(map(_token_bits, _TOKEN.findall(literal.lower()))) + _CAPITAL_BITS * sum(map(str.isupper, literal))


_TOKEN = re.compile(r"^ ?\w+|\w+|[^\w ]|^ ")


@functools.lru_cache(maxsize=65_536)
def _token_bits(token: str) -> float:
    bits = sum(_BITS.get(char, _RARE_BITS if char.isascii() else _FOREIGN_BITS) for char in token)
    word = token.strip()
    return min(bits * _REDUNDANCY, _COMMON_WORDS.get(word, _MOST_WORD_BITS)) if word.isalpha() and word < _UNSPACED else bits
