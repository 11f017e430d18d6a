"""What there is to tell of a result, place by place, and where in its original that changes."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from typing import Literal

import msgspec

from cleaner.edits import EDITING, Finding
from cleaner.pipeline import Result

Verb = Literal["drop", "replace", "flag", "reject", "kept", "also"]

KEPT: Verb = "kept"
ALSO: Verb = "also"

_BREAK = re.compile("\n")
# Of more that overlap in one place, which only a hostile record has, the rest are told but not marked: cost stays linear.
MOST_IN_ONE_PLACE = 8


class Mark(msgspec.Struct, frozen=True):
    """A finding as it is told."""

    finding: Finding
    verb: Verb
    """Its action; `KEPT` for what was seen but not done, `ALSO` where another finding has already changed its whole place."""
    line: int
    """The line of the original in which it begins, from 1 on."""
    reason: str = ""
    """Why it was not done."""

    @property
    def placed(self) -> bool:
        """Whether it is about a place, and not about the whole document."""
        return self.finding.start < self.finding.end or self.verb == "replace"


def marks(result: Result) -> list[Mark]:
    """All findings of a result, done or not, by place; those about the whole document first."""
    breaks = [found.start() for found in _BREAK.finditer(result.original)]
    edits = sorted((one for one in result.findings if one.action in EDITING), key=lambda one: one.start)
    starts = [finding.start for finding in edits]
    gone = _Gone(result.original, edits)
    told = [Mark(finding, finding.action, _line(breaks, finding)) for finding in result.findings]
    for skipped in result.skipped:
        at = bisect_right(starts, skipped.finding.start) - 1
        changed = at >= 0 and skipped.finding.end <= edits[at].end
        kept = None if changed else gone.left_of(skipped.finding)
        finding = kept or skipped.finding
        told.append(Mark(finding, KEPT if kept else ALSO, _line(breaks, finding), skipped.reason))
    return sorted(told, key=lambda mark: (mark.placed, mark.finding.start, mark.finding.end))


class _Gone:
    """The stretches of an original that were dropped; those with only white space between them as one."""

    def __init__(self, original: str, edits: Sequence[Finding]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for edit in edits:
            if edit.action != "drop":
                continue
            if self._ends and not original[self._ends[-1] : edit.start].strip():
                self._ends[-1] = edit.end
            else:
                self._starts.append(edit.start)
                self._ends.append(edit.end)

    def left_of(self, finding: Finding) -> Finding | None:
        """A finding without what of it is gone at its beginning and its end; None where no more than white space is left."""
        if len(finding.original) != finding.end - finding.start:  # in a hostile record, where it would cost what it likes
            return finding
        whole = _stripped(finding, finding.start, finding.end)
        before = bisect_right(self._starts, whole.start) - 1
        last = bisect_left(self._starts, whole.end) - 1
        start = max(whole.start, self._ends[before]) if before >= 0 else whole.start
        end = self._starts[last] if last >= 0 and self._ends[last] >= whole.end else whole.end
        if (start, end) == (whole.start, whole.end):
            return finding
        left = _stripped(finding, start, end)
        return left if left.original else None


def _stripped(finding: Finding, start: int, end: int) -> Finding:
    """What a finding has from `start` to before `end`, without the white space around it."""
    text = finding.original[start - finding.start : max(end - finding.start, 0)]
    start += len(text) - len(text.lstrip())
    text = text.strip()
    return msgspec.structs.replace(finding, start=start, end=start + len(text), original=text)


def _line(breaks: Sequence[int], finding: Finding) -> int:
    blank = len(finding.original) - len(finding.original.lstrip())
    return bisect_left(breaks, finding.start + blank) + 1


def around(original: str, finding: Finding, most: int) -> tuple[str, str]:
    """What stands on its line right before a finding, and right after it, `most` characters each."""
    before = original[max(finding.start - most, 0) : finding.start].rpartition("\n")[2]
    return before, original[finding.end : finding.end + most].partition("\n")[0]


class Piece(msgspec.Struct, frozen=True):
    """A stretch of the original in which nothing begins or ends; empty for an insertion."""

    start: int
    end: int
    marks: tuple[int, ...]
    """Which marks hold for it, by their numbers; an edit, of which there is one at most, first."""


def cut(length: int, told: Sequence[Mark], boundaries: Collection[int] = ()) -> Iterator[Piece]:
    """A text of `length` code points, cut wherever a mark begins or ends, and at `boundaries`."""
    placed = [
        number for number, mark in enumerate(told) if mark.placed and 0 <= mark.finding.start <= mark.finding.end <= length
    ]
    beginning = sorted(placed, key=lambda number: (told[number].finding.start, not _edits(told[number])))
    points = {0, length, *boundaries}
    for number in placed:
        points |= {told[number].finding.start, told[number].finding.end}
    active: list[int] = []
    following = 0
    ordered = sorted(points)
    for start, end in zip(ordered, [*ordered[1:], length], strict=True):
        active = [number for number in active if told[number].finding.end > start]
        while following < len(beginning) and told[beginning[following]].finding.start == start:
            number = beginning[following]
            following += 1
            if told[number].finding.end == start:
                yield Piece(start, start, (number,))
            elif _edits(told[number]):
                active.insert(0, number)
            elif len(active) < MOST_IN_ONE_PLACE:
                active.append(number)
        if start < end:
            yield Piece(start, end, tuple(active))


def _edits(mark: Mark) -> bool:
    return mark.verb in EDITING
