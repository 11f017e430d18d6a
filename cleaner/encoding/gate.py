"""One scan that finds the lines that any repair could change."""

import functools
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from cleaner.automaton import ONCE, UTF8, Automaton, TooManyCandidatesError
from cleaner.encoding.repairs import EXPRESSIONS
from cleaner.encoding.utf8 import end_of_piece
from cleaner.text import encode, raw_lines

# Lines are repaired in pieces of this size: ftfy tries every encoding on the whole of what it is given.
SEGMENT_CHARACTERS = 100_000
# A text with more candidates than this is damaged all over: to be told of each takes longer than to look at line after line.
# Clean texts have one in some 8,000 bytes, mojibake one in 4 to 60.
FEW_CANDIDATES, BYTES_A_CANDIDATE = 50, 200

# And so much of what follows on a line is looked at with it, for words that a line break has cut: \r, \n and a letter.
_BEHIND_LINE = 3

NAMES = tuple(EXPRESSIONS)


class Places(msgspec.Struct, frozen=True, eq=False):
    """Where in a text some repair or doubt may have to do with what is right before."""

    points: npt.NDArray[np.int64]
    """Ascending code points."""
    owners: npt.NDArray[np.int64]
    """For each the number of a repair or doubt, in `NAMES`."""

    def names(self) -> frozenset[str]:
        """The repairs and doubts that may have to do with the text."""
        return frozenset(NAMES[number] for number in np.unique(self.owners))


def scan(text: str, names: Collection[str]) -> Places:
    """Where the repairs and doubts of these `names` could find something.

    Linear, whatever the text.
    """
    data = encode(text)
    try:
        ends, indices = _gate().scan(data, FEW_CANDIDATES + len(data) // BYTES_A_CANDIDATE)
    except TooManyCandidatesError:
        return _by_line(text, names)
    owner = _owners()[indices]
    wanted = np.isin(owner, [NAMES.index(name) for name in names])
    ends, owner = ends[wanted], owner[wanted]
    if len(ends) and not data.isascii():
        begins = np.frombuffer(data, np.uint8) & 0xC0 != 0x80  # all bytes but those that continue a character
        ends = np.cumsum(begins)[ends - 1]
    return Places(ends, owner)


def _by_line(text: str, names: Collection[str]) -> Places:
    """As `scan`, of a text that is damaged all over: which names have to do with a line, told at its first character."""
    owners = _owners()
    wanted = {NAMES.index(name) for name in names}
    gate = _gate(ONCE)
    found = [
        (start + 1, owner)
        for start, end in lines(text)
        for owner in np.unique(owners[gate.scan(encode(text[start : end + _BEHIND_LINE])).indices]).tolist()
    ]
    pairs = np.array([pair for pair in found if pair[1] in wanted], np.int64).reshape(-1, 2)
    return Places(pairs[:, 0], pairs[:, 1])


def suspects(spans: Sequence[tuple[int, int]], places: Places, names: Sequence[str]) -> Mapping[int, Collection[str]]:
    """For the index of each of the ascending `spans` that repairs of these `names` could change: which of them."""
    starts = np.array([start for start, _ in spans], np.int64)
    at = np.searchsorted(starts, places.points - 1, side="right") - 1
    found: defaultdict[int, set[str]] = defaultdict(set)
    for pair in np.unique(at * len(NAMES) + places.owners):
        index, owner = divmod(int(pair), len(NAMES))
        if index >= 0 and NAMES[owner] in names:
            found[index].add(NAMES[owner])
    return found


def lines(text: str) -> Iterator[tuple[int, int]]:
    """The lines of `text` that are not empty, without their ends; long ones in pieces."""
    for first, end in raw_lines(text):
        start = first
        while end - start > SEGMENT_CHARACTERS:
            cut = text.rfind(" ", start + 1, start + SEGMENT_CHARACTERS)
            cut = end_of_piece(text, start, start + SEGMENT_CHARACTERS) if cut < 0 else cut
            yield start, cut
            start = cut
        yield start, end


@functools.cache
def _gate(flags: int = 0) -> Automaton:
    """An automaton for everything that some repair or doubt could react to."""
    return Automaton([(source, UTF8 | flags) for sources in EXPRESSIONS.values() for source in sources])


@functools.cache
def _owners() -> npt.NDArray[np.int64]:
    """Of each expression of the gate the number of its repair or doubt, in `NAMES`."""
    return np.array([number for number, sources in enumerate(EXPRESSIONS.values()) for _ in sources], np.int64)
