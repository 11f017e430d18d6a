"""What is known of English words, their neighbours and their stand-ins: arrays on disk, looked up many at a time.

The arrays are made by `benchmarks/build_garble.py` (see cleaner/models/garble.md) and mapped into memory, so that
processes share them and loading costs nothing. A word is known by a number, its place in the order of the hashes of all
words; a pair of neighbours by a key of 32 bits.
"""

import functools
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cleaner.garble.hashes import hash_words
from cleaner.garble.look_up import MULTIPLIER, LookUp

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

Ids = npt.NDArray[np.uint16]
Floats = npt.NDArray[np.float32]


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
        self._numbers = LookUp(arrays["hashes"], np.arange(self._size, dtype=np.uint16), _WORD_BITS)
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
        self._pairs = LookUp(keys, arrays["joint"], _PAIR_BITS)
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
    return (keys * MULTIPLIER) >> np.uint64(64 - _FILTER_BITS)
