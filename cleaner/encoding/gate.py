"""One scan that finds the lines that any repair could change."""

import functools
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from cleaner.automaton import UTF8, Automaton, TooManyCandidatesError
from cleaner.encoding import characters, doubts, escapes, mixups, quotes, sequences, utf8
from cleaner.encoding import lines as broken_lines
from cleaner.text import LINE_SEPARATORS, code_points, encode

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

Places = Sequence[tuple[int, str]]
"""Ascending places in a text (code points), each with a repair or doubt that may have to do with what is right before it."""


def scan(text: str, repairs: Collection[str]) -> Places | None:
    """Where `repairs` could change `text`; None where that is everywhere. Linear, whatever the text."""
    gate, owners = _gate()
    data = encode(text)
    try:
        found = gate.scan(data)
    except TooManyCandidatesError:
        return None  # nothing but damage: to look at every line costs no more than to list it
    points = code_points(data, [end for end, _ in found])
    return [(at, owners[index]) for at, (_, index) in zip(points, found, strict=True) if owners[index] in repairs]


def suspects(spans: Sequence[tuple[int, int]], places: Places | None, repairs: Sequence[str]) -> Mapping[int, Collection[str]]:
    """For the index of each of the ascending `spans` that repairs could change: which of `repairs`."""
    if places is None:
        return dict.fromkeys(range(len(spans)), repairs)
    starts = [start for start, _ in spans]
    found: defaultdict[int, set[str]] = defaultdict(set)
    for at, name in places:
        if name in repairs:
            found[bisect_right(starts, at - 1) - 1].add(name)
    found.pop(-1, None)
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
def _gate() -> tuple[Automaton, Sequence[str]]:
    """An automaton for everything that some repair could react to, and the repair that each expression stands for."""
    owned = [(source, name) for name, sources in _EXPRESSIONS for source in sources]
    return Automaton([(source, UTF8) for source, _ in owned]), tuple(name for _, name in owned)
