"""How well a text is spelt in some language: what tells a right reading of bytes from a wrong one.

The chance of each letter after the two before it, in 47 languages of six scripts (`cleaner/models/spelling.md`), and a price
for what no language does: a currency sign inside a word, a capital behind a small letter, two scripts in one word. Texts are
compared by what they cost; what they have in common costs the same.
"""

import functools
import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

MODEL = Path(__file__).parents[1] / "models" / "spelling.npz"
# Costs are natural logarithms of chances, in the file in steps of this size.
STEP = 0.05
# What a pair of letters costs beyond its last letter where it was never seen; three letters beyond the last two, where they are
# rare; and a letter foreign to the language.
NEVER_SEEN = 5.0
RARE = 1.5
FOREIGN = 10.0

# What stands beside letters. The prices are set by hand, on the texts of benchmarks/cases/languages.toml.
SCRIPT_CHANGE = 8.0
CAPITAL_INSIDE = 6.0
CAPITAL_AFTER_CAPITAL = 0.5
PUNCTUATION = 3.0
ODD = 7.0
CONTROL = 12.0
THAI_MARK, STRAY_MARK = 2.5, 12.0
UNKNOWN_LETTER = 11.0
# The further price of a mark or a sign between two letters, and of a sign that touches one.
INSIDE_WORD = 10.0
TOUCHING = 6.0
# For each script that a text has letters of; and for a Chinese character in a text with Hangul, which is rare by now.
SCRIPT = 6.0
HAN_BESIDE_HANGUL = 3.0
KANA, HANGUL, COMMON_HAN, HAN = 4.0, 5.2, 6.0, 9.5

SCRIPTS: Mapping[str, Callable[[str], bool]] = {
    "Latin": lambda char: char.isalpha() and unicodedata.name(char, "").startswith("LATIN"),
    "Cyrillic": lambda char: "\u0400" <= char <= "\u052f",
    "Greek": lambda char: "\u0370" <= char <= "\u03ff" and char.isalpha(),
    "Hebrew": lambda char: "\u05d0" <= char <= "\u05ea",
    "Arabic": lambda char: "\u0620" <= char <= "\u06d5" and char.isalpha(),
    "Thai": lambda char: "\u0e01" <= char <= "\u0e4e",
}

# Kinds of characters.
_NEUTRAL, _LOWER, _UPPER, _MARK, _DASH, _JOINER, _SIGN, _CONTROL, _OTHER = range(9)
_MARKS = "“”„«»‹›‘‚…¿¡\u00a0،؛؟"
_DASHES = "–—"
_JOINERS = "’´·\u00ad\u200c\u200d"
_COMMON_SIGNS = "€£§°№•©®™×÷ªº₴₽₺₪"
_TABLE = 0x2700  # beyond are no letters of these scripts


# A Bloom filter of runs of four letters: bits in all, and bits for each run.
FOURS_BITS = 1 << 22
FOURS_PLACES = 4


def places(four: str) -> Iterator[int]:
    """The bits that stand for a run of four letters."""
    digest = hashlib.blake2b(four.encode(), digest_size=4 * FOURS_PLACES).digest()
    for at in range(0, len(digest), 4):
        yield int.from_bytes(digest[at : at + 4], "little") % FOURS_BITS


@functools.lru_cache(maxsize=20_000)
def attested(word: str, at: int) -> tuple[int, int]:
    """How many of the runs of four letters around the letter at `at` of `word` some language has; and of how many."""
    word = word.lower()
    runs = [word[start : start + 4] for start in range(max(at - 3, 0), min(at, len(word) - 4) + 1)]
    bits = _fours()
    has = (run.isalpha() and all(bits[place >> 3] >> (7 - (place & 7)) & 1 for place in places(run)) for run in runs)
    return sum(has), len(runs)


@functools.cache
def _fours() -> bytes:
    with np.load(MODEL) as file:
        return bytes(file["fours"])


class _Script(msgspec.Struct, frozen=True, eq=False):
    """The letters of a script, and what they cost in each language."""

    languages: tuple[str, ...]
    size: int
    single: npt.NDArray[np.float32]
    double: npt.NDArray[np.float32]
    keys: npt.NDArray[np.uint32]
    triple: npt.NDArray[np.float32]


class _Model(msgspec.Struct, frozen=True, eq=False):
    scripts: tuple[_Script, ...]
    script_of: npt.NDArray[np.int8]
    """By code point: which script its letter is of; -1 for none."""
    letter_of: npt.NDArray[np.int32]
    """By code point: the number of its letter, small or capital."""
    kind_of: npt.NDArray[np.int8]
    price_of: npt.NDArray[np.float32]
    """By code point: what it costs wherever it stands."""


def costs(texts: Sequence[str]) -> list[float]:
    """What each of `texts` costs, in nats, in the language of each script that suits it best; lower is likelier.

    Takes time proportional to the texts.
    """
    model = _model()
    joined = "\n".join(texts) + "\n"
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    starts = np.concatenate([[0], np.cumsum([len(text) + 1 for text in texts])[:-1]])
    near = np.minimum(points, _TABLE - 1)
    script, letter, kind = model.script_of[near], model.letter_of[near], model.kind_of[near]
    price = model.price_of[near]
    far = np.flatnonzero(points >= _TABLE - 1)
    thai = (points >= 0x0E01) & (points <= 0x0E4E)
    price = price + STRAY_MARK * (thai & (script < 0) & ~np.concatenate([[False], thai[:-1]]))
    if len(far):
        kind = kind.copy()
        kind[far] = _OTHER
        price[far] = [_price_of_far(int(point)) for point in points[far]]
        price[far] += HAN_BESIDE_HANGUL * _han_beside_hangul(points, far, starts)
    total = np.add.reduceat(price + _price_beside(kind, script), starts)
    for number, known in enumerate(model.scripts):
        places = np.flatnonzero(script == number)
        if len(places):
            total = total + _letters_cost(known, places, letter, script, starts)
    return [float(one) for one in total]


def _letters_cost(
    known: _Script,
    places: npt.NDArray[np.int64],
    letter: npt.NDArray[np.int32],
    script: npt.NDArray[np.int8],
    starts: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]:
    """For each text what its letters of one script cost in the language that suits them best."""
    own = script[places[0]]
    last = letter[places]
    second = (places >= 1) & (script[places - 1] == own)
    first = second & (places >= 2) & (script[places - 2] == own)
    cost = known.single[last]
    at = np.flatnonzero(second)
    before = letter[places[at] - 1]
    double = known.double[before, last[at]]
    cost[at] = np.where(np.isfinite(double), double, np.minimum(cost[at] + NEVER_SEEN, FOREIGN))
    at = np.flatnonzero(first)
    keys = (letter[places[at] - 2] * known.size + letter[places[at] - 1]) * known.size + last[at]
    rows = np.minimum(np.searchsorted(known.keys, keys), len(known.keys) - 1)
    triple = np.where((known.keys[rows] == keys)[:, None], known.triple[rows], np.inf)
    cost[at] = np.where(np.isfinite(triple), triple, np.minimum(cost[at] + RARE, FOREIGN))
    of_text = np.searchsorted(starts, places, side="right") - 1
    result = np.zeros(len(starts), np.float32)
    bounds = np.flatnonzero(np.diff(of_text, prepend=-1))
    sums: npt.NDArray[np.float32] = np.add.reduceat(cost, bounds, axis=0)
    result[of_text[bounds]] = SCRIPT + sums.min(axis=1)
    return result


def _han_beside_hangul(
    points: npt.NDArray[np.uint32], far: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Which of the characters at the places `far` are Chinese in a text that also has Hangul."""
    hangul = (points[far] >= 0xAC00) & (points[far] < 0xD7A4)
    of_text = np.searchsorted(starts, far, side="right") - 1
    return ~hangul & (points[far] >= 0x4E00) & (points[far] < 0xA000) & np.isin(of_text, of_text[hangul])


def _price_beside(kind: npt.NDArray[np.int8], script: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
    """What each character costs for what stands beside it."""
    price = np.zeros(len(kind), np.float32)
    is_letter = (kind == _LOWER) | (kind == _UPPER)
    before, after = np.zeros(len(kind), bool), np.zeros(len(kind), bool)
    before[1:], after[:-1] = is_letter[:-1], is_letter[1:]
    upper = kind == _UPPER
    price[1:] += CAPITAL_INSIDE * (upper[1:] & (kind[:-1] == _LOWER))
    price[1:] += CAPITAL_AFTER_CAPITAL * (upper[1:] & upper[:-1])
    price[1:] += SCRIPT_CHANGE * (is_letter[1:] & is_letter[:-1] & (script[1:] != script[:-1]))
    price += INSIDE_WORD * (((kind == _MARK) | (kind == _SIGN) | (kind == _OTHER)) & before & after)
    price += INSIDE_WORD / 2 * ((kind == _DASH) & before & after)
    price += TOUCHING * ((kind == _SIGN) & (before ^ after))
    return price


@functools.cache
def _model() -> _Model:
    scripts: list[_Script] = []
    script_of = np.full(_TABLE, -1, np.int8)
    letter_of = np.zeros(_TABLE, np.int32)
    kind_of = np.full(_TABLE, _SIGN, np.int8)
    with np.load(MODEL) as file:
        for number, name in enumerate(SCRIPTS):
            single, double, triple = (_as_costs(file[f"{name}.{part}"]) for part in ("single", "double", "triple"))
            letters = file[f"{name}.letters"]
            single[~np.isfinite(single)] = FOREIGN
            languages = tuple(map(str, file[f"{name}.languages"]))
            scripts.append(_Script(languages, len(letters), single, double, file[f"{name}.keys"], triple))
            for index, point in enumerate(letters):
                for char in {chr(point), chr(point).upper()}:
                    if len(char) == 1 and ord(char) < _TABLE:
                        script_of[ord(char)], letter_of[ord(char)] = number, index
    price_of = np.zeros(_TABLE, np.float32)
    for point in range(_TABLE):
        kind_of[point], price_of[point] = _kind_and_price(chr(point), known=script_of[point] >= 0)
    return _Model(tuple(scripts), script_of, letter_of, kind_of, price_of)


def _as_costs(quantized: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    costs = (quantized.astype(np.float32) - 1) * np.float32(STEP)
    costs[quantized == 0] = np.inf
    return costs


def _kind_and_price(char: str, *, known: bool) -> tuple[int, float]:
    category = unicodedata.category(char)
    if known:
        return (_UPPER if char.isupper() else _LOWER), 0.0
    if char in "\t\n\r" or (char.isascii() and category != "Cc"):
        return _NEUTRAL, 0.0
    if category == "Mn" and "\u0e00" <= char <= "\u0e7f":
        return _JOINER, THAI_MARK
    for characters, kind in ((_JOINERS, _JOINER), (_DASHES, _DASH), (_MARKS, _MARK), (_COMMON_SIGNS, _SIGN)):
        if char in characters:
            return kind, PUNCTUATION
    if category[0] == "C":
        return _CONTROL, CONTROL
    return (_OTHER, UNKNOWN_LETTER) if category[0] in "LM" else (_SIGN, ODD)


@functools.lru_cache(20_000)
def _price_of_far(point: int) -> float:
    char = chr(point)
    if 0x3040 <= point < 0x3100:
        return KANA
    if 0xAC00 <= point < 0xD7A4:
        return HANGUL
    if 0x4E00 <= point < 0xA000:
        return COMMON_HAN if char in _common_han() else HAN
    if char in "　、。「」『』（），：；！？・ー～":
        return PUNCTUATION
    return CONTROL if unicodedata.category(char)[0] == "C" else UNKNOWN_LETTER


@functools.cache
def _common_han() -> frozenset[str]:
    """The frequent characters of Chinese and Japanese: the first levels of GB 2312, JIS X 0208 and Big5."""
    rows = [("gb2312", range(0xB0, 0xD8)), ("euc_jp", range(0xB0, 0xD0)), ("big5", range(0xA4, 0xC7))]
    codes = ((charset, bytes([lead, trail])) for charset, leads in rows for lead in leads for trail in range(0x40, 0xFF))
    return frozenset("".join(code.decode(charset, "ignore") for charset, code in codes))
