"""Where line breaks stood in a text that has lost them.

Whoever joins all strings of a page by spaces, or puts a text into a cell of a table, has menus, headlines and paragraphs on one
line, and nothing that judges lines can part them. A linear model over hashed words, and a small convolutional network over the
words of a line, say before which of them a line likely began (``cleaner/models/line-breaks.npz``, with a card beside it). The
text is not changed: its long lines are judged in pieces.
"""

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from cleaner.chrome import characters
from cleaner.chrome.characters import Floats, Hashes, Integers, coded, mixed
from cleaner.chrome.model import LINE_BREAKS, logistic
from cleaner.network import Network
from cleaner.text import Line

LONG = 2_000
"""A line of so many characters may be several."""
LONG_TEXT = 400
"""So may one of so many that is nearly all of its text."""
_NEARLY_ALL = 0.8
LIKELY = 0.4
"""A line begins where the probability is higher; see the card."""
MOST_CHARACTERS = 2_000_000
"""Of longer texts the chrome model is not asked, whose lines would be too many."""

HASHED = 1 << 17
"""What the hashes of words around a gap are cut to."""
# So many words are judged at once, with as many on either side as the network sees: memory is bounded.
_AT_ONCE = 20_000

_KINDS = range(characters.UPPER, characters.N_KINDS)
_WORD_KINDS = (characters.UPPER, characters.LOWER, characters.LETTER, characters.DIGIT, characters.IDEOGRAPH)
_MARK_KINDS = (characters.END, characters.COMMA, characters.QUOTE, characters.SIGN, characters.SYMBOL)


# Behind one of these a capital is the first letter of a word.
_MAY_END = (characters.LOWER, characters.DIGIT, characters.END)


class Words(NamedTuple):
    """The words of a line, as white space parts them, or a capital or digit amid letters: "News" in "HomeNews" is one."""

    starts: Integers
    """The offset of each."""
    shape: Floats
    """A row for each: how it begins and ends, what it is made of, and how often it stands in the line."""
    hashes: Hashes
    """Of each its letters and digits, or where it has none its marks."""


class Model(msgspec.Struct, frozen=True, eq=False):
    """The weights."""

    hashed: Floats
    network: Network

    def begins(self, words: Words) -> Floats:
        """For each of the words the probability, 0 to 1, that it began a line."""
        table = features(words, self.hashed)
        reach = (1 << len(self.network.layers)) - 1
        parts = []
        for first in range(0, len(table), _AT_ONCE):
            low, high = max(first - reach, 0), first + _AT_ONCE + reach
            scores = self.network.score(table[low:high], np.ones(len(table[low:high]), np.float32))
            parts.append(scores[first - low :][:_AT_ONCE])
        return logistic(np.concatenate(parts))


@functools.cache
def load() -> Model:
    """The weights that the package has; nothing in the file is executed."""
    with np.load(LINE_BREAKS, allow_pickle=False) as read:
        hashed = read["hashed"].astype(np.float32) * np.float32(read["hashed_scale"])
        return Model(hashed, Network.read(read, "network_"))


def with_lost_breaks(text: str, lines: Sequence[Line]) -> Sequence[Line]:
    """The `lines` of `text`, long ones cut where they likely were several; code is as long as it is."""
    if len(text) > MOST_CHARACTERS or not any(_may_be_several(line, text) for line in lines):
        return lines
    cut: list[Line] = []
    for line in lines:
        cut += _pieces(text, line) if _may_be_several(line, text) else (line,)
    return cut


def _may_be_several(line: Line, text: str) -> bool:
    length = line.end - line.start
    return line.origin is None and (length >= LONG or (length >= LONG_TEXT and length >= _NEARLY_ALL * len(text)))


def _pieces(text: str, line: Line) -> Iterator[Line]:
    words = words_of(text[line.start : line.end])
    begins = load().begins(words) > LIKELY
    begins[0] = True
    starts = (words.starts[begins] + line.start).tolist()
    for start, behind in zip(starts, [*starts[1:], line.end], strict=True):
        yield Line(start, start + len(text[start:behind].rstrip()))


def words_of(text: str) -> Words:
    """The words of a line, which begins with one."""
    kind, small, codes = coded(text)
    before, inside = np.append(np.uint8(characters.SPACE), kind[:-1]), kind != characters.SPACE
    runs_on = (kind == characters.UPPER) & np.isin(before, _MAY_END) | (kind == characters.DIGIT) & (before == characters.LOWER)
    begins = inside & ((before == characters.SPACE) | runs_on)
    ends = inside & np.append(begins[1:] | ~inside[1:], True)
    starts, ends = np.flatnonzero(begins), np.flatnonzero(ends) + 1
    hashes = _hashes(kind, small, starts)
    return Words(starts, _shape(kind, codes, starts, ends, hashes), hashes)


def _shape(kind: Integers, codes: Hashes, starts: Integers, ends: Integers, hashes: Hashes) -> Floats:
    length = ends - starts
    first, last = kind[starts], kind[ends - 1]
    closing = np.where((last == characters.QUOTE) & (length > 1), kind[np.maximum(ends - 2, 0)], last)
    shares = [_share(kind == wanted, starts, ends) for wanted in (*_WORD_KINDS, *_MARK_KINDS)]
    columns = [
        *(first == wanted for wanted in _KINDS),
        *(last == wanted for wanted in _KINDS),
        *(closing == wanted for wanted in (characters.END, characters.COMMA)),
        *(codes[ends - 1] == ord(mark) for mark in ".,:"),
        *shares,
        np.log1p(length) / 3,
        length == 1,
        length <= 3,
        length >= 8,
        (shares[0] == 1) & (length > 1),
        np.minimum(starts - np.append(0, ends[:-1]), 3) / 2,
        np.log1p(_counts(hashes)) / 4,
        np.minimum(_counts(mixed(hashes * np.uint32(31) + _shifted(hashes, -1))) - 1, 5) / 2,
    ]
    return np.stack(columns, 1).astype(np.float32)


def _share(wanted: characters.Masks, starts: Integers, ends: Integers) -> Floats:
    """For each word the share of its characters that are wanted."""
    before = np.concatenate([[0], np.cumsum(wanted)])
    return (before[ends] - before[starts]) / (ends - starts)


def _counts(hashes: Hashes) -> Integers:
    """For each how often it is there."""
    _, group, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    return counts[group]


def _hashes(kind: Integers, small: Hashes, starts: Integers) -> Hashes:
    """For each word a hash of its letters and digits, or where it has none of its marks."""
    of_letters, of_marks = (_hashed(chosen, small, starts) for chosen in (np.isin(kind, _WORD_KINDS), kind != characters.SPACE))
    return mixed(np.where(of_letters == 0, of_marks + np.uint32(7), of_letters))


def _hashed(chosen: characters.Masks, small: Hashes, starts: Integers) -> Hashes:
    """For each word a hash of those of its characters that are chosen, 0 where there are none."""
    before = np.cumsum(chosen) - chosen
    place = before - np.repeat(before[starts], np.diff(np.append(starts, len(small))))
    terms = small * characters.POWERS.take(np.minimum(place, characters.HASHED_CHARACTERS))
    return np.add.reduceat(np.where(chosen, terms, np.uint32(0)), starts, dtype=np.uint32)


def _shifted(hashes: Hashes, by: int) -> Hashes:
    """The hash of the word so many before each; that of no word beyond the ends."""
    result = np.full(len(hashes), 0x9E3779B9, np.uint32)
    if by > 0:
        result[by:] = hashes[:-by]
    else:
        result[:by] = hashes[-by:]
    return result


def gap_hashes(hashes: Hashes) -> Integers:
    """For the gap before each word a row: the hashes of the words around it, of pairs and of triples, cut to `HASHED`."""
    before_last, last, following = _shifted(hashes, 2), _shifted(hashes, 1), _shifted(hashes, -1)
    combined = (
        (hashes,),
        (last,),
        (following,),
        (before_last,),
        (last, hashes),
        (hashes, following),
        (before_last, last),
        (last, hashes, following),
        (before_last, last, hashes),
    )
    columns = []
    for salt, ones in enumerate(combined, 1):
        total = np.full(len(hashes), salt, np.uint32)
        for one in ones:
            total = mixed(total * np.uint32(0x85EBCA6B) + one)
        columns.append(total)
    return (np.stack(columns, 1) % HASHED).astype(np.int64)


def features(words: Words, hashed: Floats) -> Floats:
    """What the network sees of each word: its shape, and what the linear model holds of the gap before it."""
    score = hashed[gap_hashes(words.hashes)].mean(1)
    return np.hstack([words.shape, score[:, None]]).astype(np.float32)
