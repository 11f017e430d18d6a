"""One scan that finds the lines that any repair could change."""

import functools
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from cleaner.automaton import UTF8, Automaton, TooManyCandidatesError
from cleaner.encoding import characters, doubts, escapes, mixups, quotes, sequences, utf8
from cleaner.encoding import lines as broken_lines
from cleaner.text import LINE_SEPARATORS, encode

# Lines are repaired in pieces of this size: ftfy tries every encoding on the whole of what it is given.
SEGMENT_CHARACTERS = 100_000

_EXPRESSIONS = (
    *escapes.EXPRESSIONS.items(),
    ("lost-byte", sequences.GATE),
    ("mojibake", utf8.EXPRESSIONS),
    ("wrong-charset", mixups.SIGNS),
    *characters.EXPRESSIONS.items(),
    (quotes.QUOTES, quotes.EXPRESSIONS),
    (broken_lines.BROKEN_WORD, broken_lines.EXPRESSIONS),
    *doubts.EXPRESSIONS.items(),
)
NAMES = tuple(name for name, _ in _EXPRESSIONS)


class Places(msgspec.Struct, frozen=True, eq=False):
    """Where in a text some repair or doubt may have to do with what is right before."""

    points: npt.NDArray[np.int64]
    """Ascending code points."""
    owners: npt.NDArray[np.int64]
    """For each the number of a repair or doubt, in `NAMES`."""

    def names(self) -> frozenset[str]:
        """The repairs and doubts that may have to do with the text."""
        return frozenset(NAMES[number] for number in np.unique(self.owners))


def scan(text: str, names: Collection[str]) -> Places | None:
    """Where the repairs and doubts of these `names` could find something; None where that is everywhere.

    Linear, whatever the text.
    """
    gate, owners = _gate()
    data = encode(text)
    try:
        found = gate.scan(data)
    except TooManyCandidatesError:
        return None  # nothing but damage: to look at every line costs no more than to list it
    hits = np.array(found, np.int64).reshape(-1, 2)
    owner = owners[hits[:, 1]]
    wanted = np.isin(owner, [NAMES.index(name) for name in names])
    ends, owner = hits[wanted, 0], owner[wanted]
    if len(ends) and not data.isascii():
        begins = np.frombuffer(data, np.uint8) & 0xC0 != 0x80  # all bytes but those that continue a character
        ends = np.cumsum(begins)[ends - 1]
    return Places(ends, owner)


def suspects(spans: Sequence[tuple[int, int]], places: Places | None, names: Sequence[str]) -> Mapping[int, Collection[str]]:
    """For the index of each of the ascending `spans` that repairs of these `names` could change: which of them."""
    if places is None:
        return dict.fromkeys(range(len(spans)), names)
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
    for match in _RAW_LINE.finditer(text):
        start, end = match.span()
        while end - start > SEGMENT_CHARACTERS:
            cut = text.rfind(" ", start + 1, start + SEGMENT_CHARACTERS)
            cut = start + SEGMENT_CHARACTERS if cut < 0 else cut
            yield start, cut
            start = cut
        yield start, end


_RAW_LINE = re.compile(f"[^{LINE_SEPARATORS}]+")


@functools.cache
def _gate() -> tuple[Automaton, npt.NDArray[np.int64]]:
    """An automaton for everything that some repair could react to, and for each expression whose it is."""
    owned = [(source, number) for number, (_, sources) in enumerate(_EXPRESSIONS) for source in sources]
    return Automaton([(source, UTF8) for source, _ in owned]), np.array([number for _, number in owned], np.int64)
