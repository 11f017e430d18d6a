"""What the lines of a text are by themselves: their shape, their place, and hashes of their words.

All is computed over arrays of the text's code points, so that the cost grows with the text and not with its lines.
"""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from cleaner.chrome.characters import (
    COMMA,
    DIGIT,
    END,
    HASHED_CHARACTERS,
    IDEOGRAPH,
    LETTER,
    LOWER,
    N_KINDS,
    POWERS,
    QUOTE,
    SIGN,
    SYMBOL,
    UPPER,
    Floats,
    Hashes,
    Integers,
    Masks,
    coded,
    mixed,
)
from cleaner.text import LINE_SEPARATORS, Line

WORD_WEIGHTS = 1 << 18
"""What the hashes of words, pairs of words, last words and whole lines are cut to: places in a table of weights."""
# From so many characters on a line with marks of a sentence counts as running text.
RUNNING_CHARACTERS = 80
_LINE_SEPARATORS = tuple(map(ord, LINE_SEPARATORS))

SHAPE = (
    *("characters", "words", "letters of a word", "capitals", "small letters", "digits", "marks", "signs", "symbols"),
    *("ideographs", "ends counted", "commas counted", "quotes counted", "signs counted"),
    *("capitalised words", "short words", "long words", "begins with a capital", "begins with a digit", "begins with a mark"),
    *("ends a sentence", "ends with a colon", "ends with a digit", "several sentences", "long", "very long"),
    *("repeats", "seen before"),
)
"""What the first features of a line are, in their order."""
N_SHAPE, N_PLACE, N_PAGE = len(SHAPE), 8, 4
# A page counts as one of so many lines and words at most. The larger ones that were learned from are mostly lists and threads,
# and nothing but its length makes a long article one of these; see the card.
MOST_LINES, MOST_WORDS = 700, 6_500


class LineFeatures(msgspec.Struct, frozen=True, eq=False):
    """What the lines of a text are by themselves."""

    shape: Floats
    """A row for each line: `SHAPE`, then its place (`N_PLACE` features, the gap before it first), then the text (`N_PAGE`)."""
    words: Floats
    tokens: Integers
    """Hashed words, pairs of words, last words and whole lines, by line."""
    starts: Integers
    """For each line its first token."""
    hashes: Hashes
    """Hashed words."""
    word_line: Integers
    """For each word its line."""
    telling: Masks
    """For each word whether it is more than a particle: three characters long, or of a script without spaces."""
    links: Floats
    """For each line the share of its characters that are links, 0 to 1, and the logarithm of their number; -1 where unknown."""

    @property
    def weight(self) -> Floats:
        """What each line counts in means over lines: its words, and half a word, so that none counts nothing."""
        return self.words + np.float32(0.5)

    def of(self, name: str) -> Floats:
        """For each line one of `SHAPE`."""
        return self.shape[:, SHAPE.index(name)]

    @property
    def gap_before(self) -> Floats:
        """For each line half the number of line breaks before it, 2 at most."""
        return self.shape[:, N_SHAPE]


def line_features(text: str, lines: Sequence[Line], links: Sequence[tuple[float, int]] | None = None) -> LineFeatures:
    """The features of each line by itself, over arrays of the text's code points.

    `links` are, where they are known, the share of each line's characters that are links, 0 to 1, and their number.
    """
    number = len(lines)
    starts = np.fromiter((line.start for line in lines), np.int64, number)
    ends = np.fromiter((line.end for line in lines), np.int64, number)
    kind, small, codes = coded(text)
    first_of_word, word_line, hashes, lengths = _words(kind, small, starts)
    first = np.ones(len(hashes), bool)
    first[1:] = word_line[1:] != word_line[:-1]
    tokens, token_starts, whole = _tokens(hashes, word_line, first, number)

    counts = _kinds_of_lines(kind, starts, ends)
    characters = (ends - starts).astype(np.float32)
    words = np.bincount(word_line, minlength=number).astype(np.float32)
    some, any_word = np.maximum(characters, 1), np.maximum(words, 1)
    word_kind = kind[first_of_word]

    def words_that(mask: Masks) -> Floats:
        return (np.bincount(word_line[mask], minlength=number) / any_word).astype(np.float32)

    last = np.maximum(ends - 1, 0)
    last_kind, first_kind = kind[last], kind[starts]
    closing = np.where(last_kind == QUOTE, kind[np.maximum(ends - 2, 0)], last_kind)
    _, group, repeats = np.unique(whole, return_inverse=True, return_counts=True)
    marks = counts[:, [END, COMMA, QUOTE]].sum(1)
    letters = counts[:, [UPPER, LOWER, LETTER, DIGIT, IDEOGRAPH]].sum(1)
    running = (characters >= RUNNING_CHARACTERS) & (counts[:, END] + counts[:, COMMA] > 0)
    kinds = {"capitals": UPPER, "small letters": LOWER, "digits": DIGIT}
    signs = {"signs": SIGN, "symbols": SYMBOL, "ideographs": IDEOGRAPH}
    counted = {"ends counted": END, "commas counted": COMMA, "quotes counted": QUOTE, "signs counted": SIGN}
    shape = {
        "characters": np.log1p(characters) / 6,
        "words": np.log1p(words) / 4,
        "letters of a word": letters / any_word / 8,
        **{name: counts[:, wanted] / some for name, wanted in kinds.items()},
        "marks": marks / some * 4,
        **{name: counts[:, wanted] / some for name, wanted in signs.items()},
        **{name: np.log1p(counts[:, wanted]) for name, wanted in counted.items()},
        "capitalised words": words_that(word_kind == UPPER),
        "short words": words_that((lengths <= 3) & (word_kind == LOWER)),
        "long words": words_that(lengths >= 8),
        "begins with a capital": first_kind == UPPER,
        "begins with a digit": first_kind == DIGIT,
        "begins with a mark": (first_kind >= QUOTE) & (first_kind <= SYMBOL),
        "ends a sentence": closing == END,
        "ends with a colon": codes[last] == ord(":"),
        "ends with a digit": closing == DIGIT,
        "several sentences": counts[:, END] > 1,
        "long": characters >= RUNNING_CHARACTERS,
        "very long": characters >= 2.5 * RUNNING_CHARACTERS,
        "repeats": np.minimum(repeats[group] - 1, 5) / 2,
        "seen before": np.minimum(_seen_before(group), 5) / 2,
    }
    place = (*_gaps(codes, starts, ends), *_position(words, running * words))
    page = (np.full(number, value) for value in _page(words, running * words))
    columns = [*(shape[name] for name in SHAPE), *place, *page]
    linked = np.full((number, 2), -1, np.float32)
    if links:
        linked[:] = links
        linked[:, 1] = np.log1p(linked[:, 1])
    table = np.stack(columns, 1).astype(np.float32)
    telling = (lengths >= 3) | (word_kind == IDEOGRAPH)
    return LineFeatures(table, words, tokens, token_starts, hashes, word_line, telling, linked)


def _kinds_of_lines(kind: Integers, starts: Integers, ends: Integers) -> Floats:
    """For each line how many characters of each kind it has."""
    edges = np.zeros(len(kind) + 1, np.int8)
    edges[starts] += 1
    edges[ends] -= 1
    inside = np.cumsum(edges[:-1], dtype=np.int8).view(bool)
    cell = np.repeat(np.arange(len(starts)) * N_KINDS, ends - starts) + kind[inside]
    return np.bincount(cell, minlength=N_KINDS * len(starts)).reshape(-1, N_KINDS).astype(np.float32)


def _line_breaks(codes: Hashes) -> Integers:
    """Where the line breaks are that `cleaner.text` knows; a pair is where its second character is."""
    found = np.flatnonzero(np.logical_or.reduce([codes == code for code in _LINE_SEPARATORS]))
    following = codes[np.minimum(found + 1, max(len(codes) - 1, 0))]
    return found[(codes[found] != ord("\r")) | (following != ord("\n"))]


def _gaps(codes: Hashes, starts: Integers, ends: Integers) -> Iterator[Floats]:
    """Half the number of line breaks before each line, and behind it, 2 at most; one beyond the first and the last line.

    Where there is none between two lines, one was lost.
    """
    breaks = _line_breaks(codes)
    gap = np.full(len(starts) + 1, 2.0, np.float32)
    gap[1:-1] = np.maximum(np.searchsorted(breaks, starts[1:]) - np.searchsorted(breaks, ends[:-1]), 1)
    yield np.minimum(gap[:-1], 4) / 2
    yield np.minimum(gap[1:], 4) / 2


def _page(words: Floats, running: Floats) -> Iterator[float]:
    """The text as a whole: its lines, its words, the share of these in running text, and the words of a line."""
    total = max(float(words.sum()), 1.0)
    yield np.log1p(min(len(words), MOST_LINES)) / 7
    yield np.log1p(min(total, MOST_WORDS)) / 8
    yield float(running.sum()) / total
    yield quantile(words, 0.5) / 20 if len(words) else 0.0


def _position(words: Floats, running: Floats) -> Iterator[Floats]:
    """Where each line stands: among the lines, among the words, and among the running text."""
    number = len(words)
    place = np.arange(number, dtype=np.float64)
    yield place / max(number - 1, 1)
    yield np.log1p(np.minimum(place, MOST_LINES)) / 6
    yield np.log1p(np.minimum(number - 1 - place, MOST_LINES)) / 6
    yield np.cumsum(words) / max(float(words.sum()), 1.0)
    before = np.cumsum(running)
    total = max(float(running.sum()), 1.0)
    yield before / total
    yield (total - before) / total


def _seen_before(group: Integers) -> Integers:
    """For each member of a group how many of the same group stand before it."""
    order = np.argsort(group, kind="stable")
    here = group[order]
    place = np.arange(len(group))
    begins = np.ones(len(group), bool)
    begins[1:] = here[1:] != here[:-1]
    seen = np.zeros(len(group), np.int64)
    seen[order] = place - np.maximum.accumulate(np.where(begins, place, 0)) if len(group) else place
    return seen


def quantile(values: Floats, share: float) -> float:
    """As `numpy.quantile`, to the last bit; of the lines of one text that takes as long as all else that is done with them."""
    ordered = np.sort(values)
    place = share * (len(ordered) - 1)
    low, high = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    beyond = place % 1
    return float(low + (high - low) * beyond if beyond < 0.5 else high - (high - low) * (1 - beyond))


# --- words and their hashes ---


def word_hashes(text: str) -> Hashes:
    """The hashed words of a text."""
    kind, small, _ = coded(text)
    return _words(kind, small, np.zeros(0, np.int64))[2]


def _words(kind: Integers, small: Hashes, starts: Integers) -> tuple[Integers, Integers, Hashes, Integers]:
    """For each word its first character, its line, its hash and its length."""
    ideograph = kind == IDEOGRAPH
    in_word = ((kind >= UPPER) & (kind <= DIGIT)) | ideograph
    goes_on = np.zeros(len(kind), bool)
    goes_on[1:] = in_word[:-1] & ~ideograph[1:] & ~ideograph[:-1]
    goes_on[starts] = False
    first = np.flatnonzero(in_word & ~goes_on)
    if not len(first):
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, np.zeros(0, np.uint32), nothing
    place = np.zeros(len(kind), np.int64)
    place[first[0] :] = np.arange(first[0], len(kind)) - np.repeat(first, np.diff(first, append=len(kind)))
    terms = np.where(in_word, small * POWERS.take(np.minimum(place, HASHED_CHARACTERS)), np.uint32(0))
    hashes = mixed(np.add.reduceat(terms, first, dtype=np.uint32))
    return first, np.searchsorted(starts, first, "right") - 1, hashes, np.add.reduceat(in_word.astype(np.int32), first)


def _tokens(hashes: Hashes, line: Integers, first: Masks, number: int) -> tuple[Integers, Integers, Hashes]:
    """Tokens by line, the first token of each line, and a hash of each whole line."""
    last = np.ones(len(hashes), bool)
    last[:-1] = first[1:]
    before = np.zeros(len(hashes), np.uint32)
    before[1:] = hashes[:-1]
    before[first] = np.uint32(0x9E3779B9)
    pairs = mixed(before * np.uint32(0x85EBCA6B) + hashes)
    lasts = mixed(hashes[last] * np.uint32(0xC2B2AE35) + np.uint32(77))
    whole = np.zeros(number, np.uint32)
    if len(hashes):
        start = np.flatnonzero(first)
        place = np.arange(len(hashes)) - np.repeat(start, np.diff(np.append(start, len(hashes))))
        whole[line[start]] = np.add.reduceat(hashes * POWERS[np.minimum(place, HASHED_CHARACTERS)], start, dtype=np.uint32)
    wholes = mixed(whole + np.uint32(12_345))
    tokens = np.concatenate([hashes, pairs, lasts, wholes])
    lines = np.concatenate([line, line, line[last], np.arange(number)])
    order = np.argsort(lines, kind="stable")
    return (tokens[order] % WORD_WEIGHTS).astype(np.int64), np.searchsorted(lines[order], np.arange(number)), whole
