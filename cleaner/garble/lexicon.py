"""What is known of English words, their neighbours and their stand-ins: arrays on disk, looked up many at a time.

The arrays are made by `benchmarks/build_garble.py` (see cleaner/models/garble.md) and mapped into memory, so that
processes share them and loading costs nothing. A word is known by a number, its place in the order of the hashes of all
words; a pair of neighbours by a key of 32 bits.
"""

import functools
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cleaner import cache

MODELS = Path(__file__).parent.parent / "models" / "garble"
ARRAYS = {
    "hashes": "<u8",  # of the words, ascending
    "letters": "|u1",  # of the words, one after another
    "letter_starts": "<u4",
    "frequency": "|u1",  # of the words
    "uses": "|u1",  # of the words, four each: as noun, verb, adjective, adverb, of 255
    "spun": "|u1",  # of the words, how much more often a spinner writes them than people do
    "swapped_in": "|u1",  # of the words, how much more often they stand for another in garbled phrases than in any text
    "technical": "|u1",  # of the words, how much more often papers on computing write them than anybody
    "left_vectors": "|i1",  # of the words as the first of two, `DIMENSIONS` each
    "right_vectors": "|i1",  # as the second
    "seconds": "<u2",  # of the pairs, ascending for each first word
    "pair_starts": "<u4",  # for each first word where its pairs begin
    "joint": "|u1",  # of the pairs; the highest bit: an entry of a dictionary
    "substitutes": "<u2",  # numbers of words
    "substitute_weights": "|u1",
    "substitute_starts": "<u4",
}
"""The arrays, each with the type of its elements."""

# Bytes stand for negative decimal logarithms of probabilities, in steps of these.
FREQUENCY_STEP = 0.04
JOINT_STEP = 0.08
WEIGHT_STEP = 0.02
SPUN_STEP, SPUN_ZERO = 0.05, 128
DIMENSIONS = 32
TERM_BIT = 128
UNKNOWN = 65_535
"""The number of a word that is not in the lexicon."""

LANGUAGE = "en"

# The closed classes of English: words of these are neither replaced nor put back.
FUNCTION_WORDS = frozenset(
    """a about above across after against ago all almost along already also although always am among an and another any
    anybody anyone anything anyway apart are around as aside at away back be became because become becomes been before behind
    being below beneath beside besides between beyond both but by can cannot could despite did do does doing done down during
    each either else elsewhere enough etc even ever every everybody everyone everything everywhere except few fewer for from
    further get gets getting given got had has have having he hence her here hers herself him himself his how however i if in
    inside instead into is it its itself just least less lest like many may me meanwhile might mine more moreover most much
    must my myself near nearly neither never nevertheless no nobody none nor not nothing now nowhere of off often on once one
    only onto or other others otherwise our ours ourselves out outside over own per perhaps please quite rather really said
    same say says several shall she should since so some somebody somehow someone something sometimes somewhere soon still
    such than that the their theirs them themselves then there therefore these they this those though through throughout thus
    till to together too toward towards under unless unlike until up upon us very via was we well were what whatever when
    whenever where whereas wherever whether which whichever while who whoever whom whose why will with within without would
    yes yet you your yours yourself yourselves two three four five six seven eight nine ten eleven twelve hundred thousand
    million billion first second third don didn doesn isn wasn won couldn wouldn shouldn aren weren ve ll re let lets
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october
    november december mr mrs ms dr jr sr st""".split()
)
# Counts of the web are full of pornography, and no suggestion should be.
NEVER_PUT_BACK = frozenset(
    """anal ass asses bitch boobs cock cum dick fuck fucked fucking gay hentai lesbian naked nigger nude nudes porn pussy rape
    sex sexual sexually sexy shit slut sluts teen teens tits whore xxx""".split()
)
# Shorter words are mostly abbreviations.
SHORTEST = 3

# How much more often than by chance two words stand together (a decimal logarithm) to be a strong collocation. Of the
# originals in a list of 3,126 garbled phrases (tortured-dev), 9 in 10 pairs that are known at all reach it.
STRONG = 0.6

_FILTER_BITS, _PAIR_BITS, _WORD_BITS = 24, 22, 18
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
# An odd base has an inverse modulo 2^64, so the hash of a word comes from sums over the whole text.
_BASE = 0xD6E8FEB86659FD93
_LETTER_VALUES = np.random.default_rng(5).integers(1, 2**63, 256, dtype=np.uint64)

Ids = npt.NDArray[np.uint16]
Floats = npt.NDArray[np.float32]


class _Table:
    """Values by key, looked up many at a time; open addressing, so that a look-up is two or three steps, not twenty."""

    def __init__(self, keys: npt.NDArray[Any], values: npt.NDArray[Any], bits: int) -> None:
        """`keys` all differ, and none has all bits set: such a key is nowhere found.

        The table is kept for the next start: to put two million keys in their places takes longer than to read it.
        """
        self._shift = np.uint64(64 - bits)
        self._mask = np.int64((1 << bits) - 1)
        self._empty = keys.dtype.type(np.iinfo(keys.dtype).max)
        layout = f"{_MULTIPLIER} {bits} {keys.dtype.str} {values.dtype.str}"
        name, size = cache.name_of("table", layout.encode(), keys.data, values.data), 1 << bits
        if (kept := cache.read(name)) and len(kept) == size * (keys.itemsize + values.itemsize):
            self._keys = np.frombuffer(kept, keys.dtype, size)
            self._values = np.frombuffer(kept, values.dtype, size, self._keys.nbytes)
            return
        self._keys = np.full(size, self._empty, keys.dtype)
        self._values = np.zeros(size, values.dtype)
        self._put(keys, values)
        cache.write(name, self._keys.tobytes() + self._values.tobytes())

    def _put(self, keys: npt.NDArray[Any], values: npt.NDArray[Any]) -> None:
        left = np.arange(len(keys))
        slots = self._first(keys)
        while len(left):
            free = self._keys[slots] == self._empty
            self._keys[slots[free]] = keys[left[free]]
            won = self._keys[slots] == keys[left]
            self._values[slots[won]] = values[left[won]]
            left, slots = left[~won], (slots[~won] + 1) & self._mask

    def _first(self, keys: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        return ((keys.astype(np.uint64) * _MULTIPLIER) >> self._shift).astype(np.int64)

    def find(self, keys: npt.NDArray[Any]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[Any]]:
        """For each key whether it is there, and its value, or zero."""
        slots = self._first(keys)
        there = self._keys[slots]
        found = (there == keys) & (keys != self._empty)
        values = np.zeros(len(keys), self._values.dtype)
        values[found] = self._values[slots[found]]
        left = np.flatnonzero(~found & (there != self._empty))
        while len(left):
            slots[left] = (slots[left] + 1) & self._mask
            there = self._keys[slots[left]]
            hit = left[there == keys[left]]
            found[hit] = True
            values[hit] = self._values[slots[hit]]
            left = left[(there != keys[left]) & (there != self._empty)]
        return found, values


class Lexicon:
    """The arrays of one language."""

    def __init__(self, folder: Path = MODELS) -> None:
        """Map the arrays in `folder`; raises `OSError` and `ValueError` where one is missing or is something else."""
        # As plain arrays over the mapped memory: `np.memmap` takes its time for every slice.
        arrays = {name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)) for name in ARRAYS}
        for name, kind in ARRAYS.items():
            if arrays[name].dtype != np.dtype(kind):
                raise ValueError(f"{folder / name}.npy holds {arrays[name].dtype}, not {kind}")
        self._size = len(arrays["hashes"])
        self._numbers = _Table(arrays["hashes"], np.arange(self._size, dtype=np.uint16), _WORD_BITS)
        self._letters = arrays["letters"]
        self._letter_starts = arrays["letter_starts"]
        size = self._size
        if size > UNKNOWN:
            raise ValueError(f"{folder} holds more than {UNKNOWN:,} words")
        self.frequency: Floats = np.full(UNKNOWN + 1, -10, np.float32)
        """Of each word the decimal logarithm of its probability."""
        self.frequency[:size] = arrays["frequency"] * np.float32(-FREQUENCY_STEP)
        self.uses: Floats = np.zeros((UNKNOWN + 1, 4), np.float32)
        """Of each word the shares of its uses as noun, verb, adjective, adverb."""
        self.uses[:size] = arrays["uses"].reshape(-1, 4) / np.float32(255)
        self.spun = _relative(arrays["spun"])
        """Of each word how much more often spinners write it than people do: a decimal logarithm."""
        self.swapped_in = _relative(arrays["swapped_in"])
        """Of each word how much more often it stands for another in garbled phrases than in any text: a decimal logarithm."""
        self.technical = _relative(arrays["technical"])
        """Of each word how much more often papers on computing write it than anybody does: a decimal logarithm."""
        self.left: npt.NDArray[np.int8] = arrays["left_vectors"].reshape(-1, DIMENSIONS)
        """Of each word but `UNKNOWN` the company that it keeps as the first of two, in steps of 1/127."""
        self.right: npt.NDArray[np.int8] = arrays["right_vectors"].reshape(-1, DIMENSIONS)
        """The same as the second of two."""
        starts = arrays["pair_starts"].astype(np.int64)
        firsts = np.repeat(np.arange(size, dtype=np.uint32), np.diff(starts))
        keys = firsts << np.uint32(16) | arrays["seconds"]
        self._pairs = _Table(keys, arrays["joint"], _PAIR_BITS)
        self.substitutes: Ids = arrays["substitutes"]
        """What each word may stand for, all words' one after another."""
        self.substitute_weights = arrays["substitute_weights"]
        ends = arrays["substitute_starts"].astype(np.int64)
        self.substitute_starts: npt.NDArray[np.int64] = np.concatenate([ends, np.repeat(ends[-1:], UNKNOWN + 2 - len(ends))])
        """For each word where its stand-ins begin."""
        self.stand_in_count: npt.NDArray[np.int64] = np.diff(self.substitute_starts)
        self.lengths: npt.NDArray[np.int64] = np.zeros(UNKNOWN + 1, np.int64)
        """Of each word the number of its letters."""
        self.lengths[:size] = np.diff(self._letter_starts.astype(np.int64))
        self.content: npt.NDArray[np.bool_] = self.lengths >= SHORTEST
        """Of each word whether it is a content word: neither short nor of a closed class."""
        self.content[self.numbers(hash_words(sorted(FUNCTION_WORDS | NEVER_PUT_BACK)))] = False
        self._strong = self._strong_filter(keys, arrays["joint"])

    def _strong_filter(self, keys: npt.NDArray[np.uint32], coded: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """A bit for each hash of a strong pair of content words: most look-ups end here."""
        first, second = keys >> np.uint32(16), keys & np.uint32(0xFFFF)
        joint = (coded & (TERM_BIT - 1)) * np.float32(-JOINT_STEP)
        strong = (self.strength(first, second, joint) >= STRONG) | (coded >= TERM_BIT)
        strong &= self.content[first] & self.content[second]
        bits = np.zeros(1 << _FILTER_BITS, bool)
        bits[_filter_places(keys[strong])] = True
        return np.packbits(bits)

    def words(self, ids: npt.ArrayLike) -> list[str]:
        """The words with these numbers; `UNKNOWN` is empty."""
        found = []
        for number in np.asarray(ids).ravel().tolist():
            if number >= self._size:
                found.append("")
                continue
            start, end = self._letter_starts[number], self._letter_starts[number + 1]
            found.append(self._letters[start:end].tobytes().decode("ascii"))
        return found

    def numbers(self, hashes: npt.NDArray[np.uint64]) -> Ids:
        """The numbers of the words with these hashes."""
        found, numbers = self._numbers.find(hashes)
        return np.where(found, numbers, UNKNOWN).astype(np.uint16)

    def number(self, word: str) -> int:
        """The number of one word in lower case."""
        return int(self.numbers(hash_words([word]))[0])

    def joint(self, first: Ids, second: Ids) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Of each pair of neighbours the decimal logarithm of its probability (-inf: not known), and whether it is a term."""
        known, coded = self._pairs.find(pair_keys(first, second))
        joint = np.where(known, (coded & (TERM_BIT - 1)) * np.float32(-JOINT_STEP), np.float32(-np.inf))
        return joint, known & (coded >= TERM_BIT)

    def strength(self, first: Ids, second: Ids, joint: Floats) -> Floats:
        """How much more often than by chance pairs stand together whose `joint` this is: a decimal logarithm."""
        strength: Floats = joint - self.frequency[first] - self.frequency[second]
        return strength

    def affinity(self, first: Ids, second: Ids) -> Floats:
        """How well `second` fits behind `first`, -1 to 1, by the company that both keep; 0 where one is not known."""
        known = (first != UNKNOWN) & (second != UNKNOWN)
        left, right = self.left.take(np.where(known, first, 0), 0), self.right.take(np.where(known, second, 0), 0)
        return np.where(known, np.einsum("ij,ij->i", left, right, dtype=np.float32) / np.float32(127 * 127), np.float32(0))

    def maybe_strong(self, first: Ids, second: Ids) -> npt.NDArray[np.bool_]:
        """Whether each pair may be a term or a strong collocation: one in forty of the others passes too."""
        places = _filter_places(pair_keys(first, second))
        return (self._strong[places >> np.uint64(3)] >> (7 - (places & np.uint64(7))).astype(np.uint8)) & 1 == 1

    def collocation(self, first: str, second: str) -> float:
        """How much more often than by chance `second` follows `first`: a decimal logarithm, 0 where the pair is unknown."""
        a, b = np.array([self.number(first)], np.uint16), np.array([self.number(second)], np.uint16)
        joint = self.joint(a, b)[0][0]
        return float(joint - self.frequency[a[0]] - self.frequency[b[0]]) if np.isfinite(joint) else 0.0

    def is_term(self, first: str, second: str) -> bool:
        """Whether the two words are an entry of a dictionary (WordNet)."""
        a, b = np.array([self.number(first)], np.uint16), np.array([self.number(second)], np.uint16)
        return bool(self.joint(a, b)[1][0])

    def stand_ins(self, word: str) -> dict[str, float]:
        """The words that a spinner may have replaced by `word`, with the chance (0 to 1) that it does so with each."""
        number = self.number(word)
        if number == UNKNOWN:
            return {}
        part = slice(int(self.substitute_starts[number]), int(self.substitute_starts[number + 1]))
        chances = 10 ** (self.substitute_weights[part] * -WEIGHT_STEP)
        return dict(zip(self.words(self.substitutes[part]), chances.tolist(), strict=True))


def _relative(coded: npt.NDArray[np.uint8]) -> Floats:
    """Decimal logarithms by number of word; 0 for `UNKNOWN`."""
    logs = np.zeros(UNKNOWN + 1, np.float32)
    logs[: len(coded)] = (coded.astype(np.float32) - SPUN_ZERO) * np.float32(SPUN_STEP)
    return logs


@functools.cache
def lexicon(folder: Path = MODELS) -> Lexicon:
    """The lexicon in `folder`, loaded once."""
    return Lexicon(folder)


def pair_keys(first: Ids, second: Ids) -> npt.NDArray[np.uint32]:
    """The keys of pairs of neighbours."""
    return first.astype(np.uint32) << np.uint32(16) | second


def _filter_places(keys: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    return (keys * _MULTIPLIER) >> np.uint64(64 - _FILTER_BITS)


class Pairs(NamedTuple):
    """Words that stand side by side: known ones in small letters, the first at most as a sentence's first with a capital."""

    at: npt.NDArray[np.int64]
    """The number of the first word."""
    joint: Floats
    is_term: npt.NDArray[np.bool_]
    """Of each pair what `Lexicon.joint` says."""
    affinity: Floats


class Tokens(NamedTuple):
    """The words of a text, which are runs of letters. Offsets are code points."""

    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    id: Ids
    capital: npt.NDArray[np.bool_]
    """Whether it begins with a capital letter."""
    joined: npt.NDArray[np.bool_]
    """Whether only white space or a hyphen, no paragraph's end, stands between it and the next."""
    sentence_start: npt.NDArray[np.bool_]
    """Whether nothing or the end of a sentence stands before it."""
    pairs: Pairs


_CHUNK = 1 << 16
_MASK = (1 << 64) - 1


@functools.cache
def _powers() -> npt.NDArray[np.uint64]:
    powers = np.full(_CHUNK, _BASE, np.uint64)
    powers[0] = 1
    return np.cumprod(powers)


@functools.cache
def _inverse_powers() -> npt.NDArray[np.uint64]:
    powers = np.full(_CHUNK, pow(_BASE, -1, 1 << 64), np.uint64)
    powers[0] = 1
    return np.cumprod(powers)


def hash_words(words: list[str]) -> npt.NDArray[np.uint64]:
    """The hashes of words in lower-case ASCII letters."""
    found = []
    for word in words:
        total = 0
        for place, letter in enumerate(word.encode("ascii")):
            total += int(_LETTER_VALUES[letter]) * pow(_BASE, place, 1 << 64)
        found.append(total & _MASK)
    return np.array(found, np.uint64)


def _hash_spans(
    codes: npt.NDArray[np.uint8], start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    """The hashes of the words that stand in `codes` (lower-case ASCII), in chunks so that powers need no great tables."""
    hashes = np.zeros(len(start), np.uint64)
    first = 0
    while first < len(start):
        low = int(start[first])
        last = int(np.searchsorted(end, low + _CHUNK, side="right"))
        if last <= first:  # one word longer than a chunk: no word that is known
            first += 1
            continue
        part = codes[low : int(end[last - 1])]
        sums = np.zeros(len(part) + 1, np.uint64)
        np.cumsum(_LETTER_VALUES[part] * _powers()[: len(part)], out=sums[1:])
        at = start[first:last] - low
        hashes[first:last] = (sums[end[first:last] - low] - sums[at]) * _inverse_powers()[at]
        first = last
    return hashes


# What a code point is to the cutting of words, by class: a letter, what may stand between the words of a phrase, a line
# break, the end of a sentence, anything else.
_LETTER, _SPACE, _BREAK, _STOP, _OTHER = range(5)
_CLASSES = np.full(128, _OTHER, np.uint8)
_CLASSES[[*range(65, 91), *range(97, 123)]] = _LETTER
_CLASSES[[*b" \t-"]] = _SPACE
_CLASSES[[*b"\n\r"]] = _BREAK
_CLASSES[[*b".!?:;"]] = _STOP
_SPACES = (0xA0, 0x2010, 0x2011, 0x202F)


def cut_words(text: str, words: Lexicon) -> Tokens:
    """The words of `text`: runs of ASCII letters that no other letter or digit touches."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    narrow = np.minimum(codes, 127).astype(np.uint8)
    kind = _CLASSES[narrow]
    if len(codes) and codes.max() > 127:
        wide = np.flatnonzero(codes > 127)
        kind[wide] = np.where(np.isin(codes[wide], _SPACES), _SPACE, _OTHER)
    letter = kind == _LETTER
    edges = np.flatnonzero(np.diff(np.concatenate([[False], letter, [False]]).astype(np.int8)))
    start, end = edges[::2], edges[1::2]
    lower = narrow | np.where(letter, np.uint8(32), np.uint8(0))
    ids = words.numbers(_hash_spans(lower, start, end))
    # Letters of other scripts and digits make a word one that is not known; so does an apostrophe before its end.
    padded = np.concatenate([[32], codes, [32]])
    touched = _joins_words(padded[start]) | _joins_words(padded[end + 1])
    ids[touched] = UNKNOWN
    ahead = np.concatenate([start[1:], [len(codes)]])
    gap = ahead - end
    blank = np.concatenate([[0], np.cumsum((kind == _SPACE) | (kind == _BREAK))])
    breaks = np.concatenate([[0], np.cumsum(codes == 10)])
    joined = (gap <= 3) & (blank[ahead] - blank[end] == gap) & (breaks[ahead] - breaks[end] <= 1)
    if len(joined):
        joined[-1] = False
    stops = np.concatenate([[0], np.cumsum((kind == _STOP) | (kind == _BREAK))])
    behind = np.concatenate([[0], end[:-1]])
    sentence_start = stops[start] > stops[behind]
    if len(start):
        sentence_start[0] = True
    capital = narrow[start] < 97 if len(start) else np.zeros(0, bool)
    return Tokens(start, end, ids, capital, joined, sentence_start, _pairs(ids, capital, joined, sentence_start, words))


def _pairs(
    ids: Ids,
    capital: npt.NDArray[np.bool_],
    joined: npt.NDArray[np.bool_],
    sentence_start: npt.NDArray[np.bool_],
    words: Lexicon,
) -> Pairs:
    known = ids != UNKNOWN
    first, second = known & joined & (~capital | sentence_start), known & ~capital
    at = np.flatnonzero(first[:-1] & second[1:])
    return Pairs(at, *words.joint(ids[at], ids[at + 1]), words.affinity(ids[at], ids[at + 1]))


def _joins_words(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    return _JOINING.take(np.minimum(codes, len(_JOINING) - 1))


# By code point, all from the last on alike: digits, letters outside ASCII, and what holds words, names and addresses together.
_JOINING = np.zeros(0x3041, bool)
_JOINING[[*b"0123456789'_@/\\", ord("’")]] = True
_JOINING[0xC0:0x2000] = _JOINING[0x3040] = True
