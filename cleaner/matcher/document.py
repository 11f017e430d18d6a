"""One document as the automata see it, the way from there to its text, and the time that rules may take on it."""

import functools
import time
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import regex

from cleaner.folding import fold, without_case
from cleaner.patterns import TRAILING_DECORATION, lead
from cleaner.rules import Rule
from cleaner.text import Line, encode

# Seconds for one confirmation, and for all of one document. An honest one takes microseconds; a pattern that reaches
# these limits backtracks without end, and `rules lint` refuses it.
CONFIRM_SECONDS = 1.0
DOCUMENT_SECONDS = 30.0


class SoughtDocument:
    """The lines of one document, for rules to be looked for and confirmed on."""

    def __init__(self, text: str, lines: Sequence[Line], language: str | None, host: str | None) -> None:
        self.text = text
        self.lines = lines
        self._language = language
        self._host = host
        folded = fold(text)
        self.folded = [folded[line.start : line.end] for line in lines]
        self.lengths = np.array([line.end - line.start for line in lines])
        # Lines are also shown to the automaton without the decoration around them, behind all that stand in the text.
        self._decorated = [
            number for number, line in enumerate(self.folded) if not line[0].isalnum() or line[-1] in TRAILING_DECORATION
        ]
        bare = (line[lead(line) :].rstrip(TRAILING_DECORATION) for line in map(self.folded.__getitem__, self._decorated))
        whole = _encoded(("", *self.folded, ""))
        self.as_lines = whole + _encoded((*bare, "")) if self._decorated else whole
        self._bare_start = len(whole)
        self.trying = ""
        """The rule that was tried last."""
        self._deadline = time.monotonic() + DOCUMENT_SECONDS

    @functools.cached_property
    def in_one(self) -> bytes:
        """The lines as one, with a space for each line break."""
        return self.as_lines[: self._bare_start].replace(b"\n", b" ")

    @functools.cached_property
    def _starts(self) -> list[int]:
        """Where the lines start there, in characters."""
        return list(accumulate((len(content) + 1 for content in self.folded), initial=1))

    @functools.cached_property
    def _breaks(self) -> npt.NDArray[np.int64]:
        """Where the lines that the automaton sees begin and end."""
        return np.flatnonzero(np.frombuffer(self.as_lines, np.uint8) == ord("\n"))

    @functools.cached_property
    def _numbers(self) -> npt.NDArray[np.int64]:
        """For each line that the automaton sees, the number of the line that it is in the text."""
        return np.array([*range(len(self.lines)), *self._decorated])

    def lines_at(self, ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The numbers of the lines in which candidates with these ends stand; a line break belongs to the line that it ends."""
        return self._numbers[np.searchsorted(self._breaks, ends - 1) - 1]

    def surroundings(self, point: int, reach: int) -> tuple[int, int]:
        """The stretch of the text within `reach` characters of a place in `in_one`, blank lines and indents not counted."""
        number = max(bisect_right(self._starts, point) - 1, 0)
        line = self.lines[number]
        place = line.start + point - self._starts[number]
        low, high = place - reach, place + reach
        if number and low < line.start:
            low = min(low, self.lines[number - 1].end - reach)
        if number + 1 < len(self.lines) and high > line.end:
            high = max(high, self.lines[number + 1].start + reach)
        return max(low, 0), high

    def content(self, line: int) -> str:
        """The line as it stands in the text."""
        return self.text[self.lines[line].start : self.lines[line].end]

    def concerns(self, rule: Rule) -> bool:
        """Whether the document is one that `rule` is meant for."""
        return rule.applies(self._language, self._host)

    def seconds(self, rule: Rule) -> float:
        """How long one confirmation of `rule`, tried next, may take. Raises `TimeoutError` where there is no time left."""
        self.trying = rule.id
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(CONFIRM_SECONDS, left)


def _encoded(lines: Iterable[str]) -> bytes:
    """Folded `lines` as the automaton sees them."""
    return encode("\n".join(line if line.isascii() else without_case(line) for line in lines))


def replacement(rule: Rule, match: "regex.Match[str]") -> str | None:
    """What `rule` puts in the place of a match, if it says so."""
    return None if rule.replacement is None else match.expand(rule.replacement)
