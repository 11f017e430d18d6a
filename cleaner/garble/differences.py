"""Where two texts that share passages differ inside of these: one word, or two, and what stands in their place.

Passages are found wherever they stand, so that order and length of the two texts do not matter.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import product

import msgspec
import numpy as np
import numpy.typing as npt

# Texts are aligned by runs of 2 and of 4 words that both have. What stands more often than this in either text is layout or a
# turn of phrase: it would pair everything with everything, and the cost would grow with the square.
SEED_WORDS = (2, 4)
MAX_REPEATS = 4
# A difference has at most so many words on either side; a longer one is another sentence.
MAX_GAP = 4
# More equal words than this beside a difference say no more.
MAX_FRAME = 8
# What the sibling has as well, word for word, is not changed, whatever else it has elsewhere.
AGREED_WORDS = 3
# A frame of less is met by chance: "of the".
MIN_FRAME = 1.5
# Words of up to 3 letters are mostly function words: "of the" stands everywhere, and two of them count as one word.
SHORT_LETTERS = 3
SHORT_WORD = 0.5
# Only so many words of each text are aligned, some 3 MB of English: more would take minutes and a GB.
MAX_WORDS = 500_000


class Words(msgspec.Struct, frozen=True):
    """The words of a text, in order."""

    text: str
    spans: Sequence[tuple[int, int]]
    """Where each stands, in code points of `text`."""
    plain: Sequence[str]
    """Each in lower case, with straight apostrophes and without the dots of an abbreviation."""


class Difference(msgspec.Struct, frozen=True, gc=False):
    """One word of the suspect, or two, and what stands in its place in a sibling. Places are word numbers."""

    place: int
    other: int
    size: int
    """Words, of either text: 1 or 2."""
    frame: float
    """How many words stand the same around both, short ones counted as `SHORT_WORD`."""
    left: bool
    """Whether the word right before both is the same."""
    right: bool
    """Whether the word right after both is the same."""
    framed: bool
    """Whether a long word at least is the same on either side."""


_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\w+(?:['’\-‐‑]\w+)*")


def read_words(text: str) -> Words:
    """The words of `text`, at most `MAX_WORDS`."""
    spans: list[tuple[int, int]] = []
    plain: list[str] = []
    for match in _WORD.finditer(text):
        if len(spans) == MAX_WORDS:
            break
        spans.append(match.span())
        plain.append(_plain(match[0]))
    return Words(text, spans, plain)


def _plain(word: str) -> str:
    return word.casefold().replace("’", "'").replace(".", "")


def differences(suspect: Words, sibling: Words) -> list[Difference]:
    """The places where one word differs inside a passage that the two share, by place.

    The cost grows with the words of the two, and with `MAX_REPEATS`.
    """
    pair = _pair(suspect, sibling)
    runs = list(_shared_runs(pair.ours, pair.theirs))
    shared = {place for start, _, length in runs if length >= AGREED_WORDS for place in range(start, start + length)}
    found: dict[tuple[int, int], Difference] = {}
    for start, other, length in runs:
        for difference in (*pair.parting(start + length, other + length, 1), *pair.parting(start - 1, other - 1, -1)):
            key = difference.place, difference.other
            if (
                difference.frame >= MIN_FRAME
                and shared.isdisjoint(range(difference.place, difference.place + difference.size))
                and (key not in found or found[key].frame < difference.frame)
            ):
                found[key] = difference
    return [found[key] for key in sorted(found)]


def _shared_runs(ours: Sequence[int], theirs: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Runs of equal words: where they start in either text, and their length in words."""
    pairs = [_seeds(np.asarray(ours, np.int64), np.asarray(theirs, np.int64), length) for length in SEED_WORDS]
    both = np.unique(np.concatenate(pairs), axis=0)  # by diagonal, then by place
    if not len(both):
        return
    ends_here = (np.diff(both[:, 0]) != 0) | (np.diff(both[:, 1]) > 1)
    firsts = np.flatnonzero(np.concatenate([[True], ends_here]))
    lasts = np.flatnonzero(np.concatenate([ends_here, [True]]))
    for first, last in zip(both[firsts].tolist(), both[lasts].tolist(), strict=True):
        diagonal, place = first
        yield place, place - diagonal, last[1] - place + 1


def _seeds(ours: npt.NDArray[np.int64], theirs: npt.NDArray[np.int64], length: int) -> npt.NDArray[np.int64]:
    """Words in runs of `length` that stand in both texts and are rare in both: a row each of diagonal and place."""
    if min(len(ours), len(theirs)) < length:
        return np.empty((0, 2), np.int64)
    our_runs, their_runs = _run_numbers(ours, theirs, length)
    order = np.argsort(their_runs, kind="stable")
    in_order = their_runs[order]
    low = np.searchsorted(in_order, our_runs, "left")
    count = np.searchsorted(in_order, our_runs, "right") - low
    rare_here = np.bincount(our_runs)[our_runs] <= MAX_REPEATS
    places = np.flatnonzero((count > 0) & (count <= MAX_REPEATS) & rare_here)
    count = count[places]
    which = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    others = order[np.repeat(low[places], count) + which]
    places = np.repeat(places, count)
    return np.concatenate([np.stack([places - others, places + shift], axis=1) for shift in range(length)])


def _run_numbers(
    ours: npt.NDArray[np.int64], theirs: npt.NDArray[np.int64], length: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """A number for each run of `length` words; the same for equal runs, in both texts, and for no others."""
    both = np.concatenate([ours, theirs])
    numbers = both
    for shift in range(1, length):
        pair = numbers[:-1] * (int(both.max()) + 1) + both[shift:]
        numbers = np.unique(pair, return_inverse=True)[1].reshape(-1)
    return numbers[: len(ours) - length + 1], numbers[len(ours) :]


# How far two texts may part before they meet again, the shortest way first.
_GAPS = sorted(product(range(MAX_GAP + 1), repeat=2), key=lambda gap: (sum(gap), abs(gap[0] - gap[1])))[1:]


class _Pair(msgspec.Struct, frozen=True):
    """Two texts as numbers, one for each word."""

    ours: Sequence[int]
    theirs: Sequence[int]
    counts: Sequence[float]
    """For how much each word counts in a frame, by its number."""

    def equal(self, place: int, other: int) -> bool:
        """Whether the same word stands in both places; False beyond either text."""
        inside = 0 <= place < len(self.ours) and 0 <= other < len(self.theirs)
        return inside and self.ours[place] == self.theirs[other]

    def frame(self, place: int, other: int, step: int) -> tuple[float, int]:
        """How much the equal words from here on count, and how many they are, up to `MAX_FRAME`."""
        words, counted = 0, 0.0
        while words < MAX_FRAME and self.equal(place, other):
            counted += self.counts[self.ours[place]]
            place, other, words = place + step, other + step, words + 1
        return counted, words

    def parting(self, place: int, other: int, step: int) -> Iterator[Difference]:
        """The differences right after (`step` 1) or before (-1) a shared run, whose neighbours are `place` and `other`."""
        words = self.frame(place, other, step)[1]
        place, other = place + step * words, other + step * words
        if words == MAX_FRAME or not (0 <= place < len(self.ours) and 0 <= other < len(self.theirs)):
            return  # the run goes on, or a text ends
        near = self.frame(place - step, other - step, -step)[0]
        ours, theirs = _onwards(self.ours, place, step), _onwards(self.theirs, other, step)
        meet = (gaps for gaps in _GAPS if gaps[0] < len(ours) and gaps[1] < len(theirs) and ours[gaps[0]] == theirs[gaps[1]])
        gap, other_gap = next(meet, (0, 0))
        far = self.frame(place + step * gap, other + step * other_gap, step)[0] if gap or other_gap else 0.0
        framed = min(near, far) >= 1
        if not gap and not other_gap:
            yield self.difference(place, other, near)
        elif gap == other_gap == 2 and framed:
            yield self.difference(min(place, place + step), min(other, other + step), near + far, size=2, framed=True)
        elif gap == other_gap:
            for index in range(gap):
                yield self.difference(place + step * index, other + step * index, near + far, framed=framed and gap == 1)
        elif gap and other_gap:  # else something was put in or left out, and nothing stands for anything
            yield self.difference(place, other, near + far / 2, framed=framed)
            yield self.difference(place + step * (gap - 1), other + step * (other_gap - 1), near / 2 + far, framed=framed)

    def difference(self, place: int, other: int, frame: float, *, size: int = 1, framed: bool = False) -> Difference:
        left, right = self.equal(place - 1, other - 1), self.equal(place + size, other + size)
        return Difference(place, other, size, frame, left, right, framed)


def _onwards(words: Sequence[int], place: int, step: int) -> Sequence[int]:
    """The words from a place on, in either direction, as far as two texts may part."""
    return words[place : place + MAX_GAP + 1] if step > 0 else words[max(place - MAX_GAP, 0) : place + 1][::-1]


def _pair(suspect: Words, sibling: Words) -> _Pair:
    numbers: dict[str, int] = {}
    ours, theirs = ([numbers.setdefault(word, len(numbers)) for word in words.plain] for words in (suspect, sibling))
    return _Pair(ours, theirs, [SHORT_WORD if len(word) <= SHORT_LETTERS else 1.0 for word in numbers])
