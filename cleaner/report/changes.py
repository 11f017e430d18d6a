"""What was done to a text, as a unified diff: made from the edits, which are known, so that it costs what the text is long."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from cleaner.edits import EDITING, Edit, common_ends
from cleaner.pipeline import Result
from cleaner.report.characters import visible

# Lines that are shown on either side of a change.
_CONTEXT = 1
# Only these are lines to `diff` and `patch`.
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_NO_LINE_BREAK = "\n\\ No newline at end of file\n"


def diff(result: Result) -> str:
    """The change as a unified diff, which `patch` applies; empty where there is none."""
    if result.text == result.original:
        return ""
    lines = _LINE.findall(result.original)
    changes = _joined(_changes(result.original, _apart(result)))
    name = visible(result.id) or "document"
    return "".join([f"--- {name} (as it came)\n+++ {name} (cleaned)\n", *_hunks(lines, changes)])


class _Change(msgspec.Struct, frozen=True):
    """The lines from `first` to before `end` of the original become others."""

    first: int
    end: int
    after: list[str]


def _apart(result: Result) -> Iterator[Edit]:
    """The edits of a result in their order, those that touch as one."""
    done = sorted((one for one in result.findings if one.action in EDITING), key=lambda one: (one.start, one.end))
    for near in _grouped(done, lambda last, following: following.start <= last.end):
        yield Edit(near[0].start, near[-1].end, "".join(one.replacement for one in near), near[0].rule)


def _changes(original: str, edits: Iterable[Edit]) -> Iterator[_Change]:
    """What edits do to the lines of the original."""
    starts = [0, *(found.end() for found in re.finditer("\n", original))]
    bounds = [*starts, len(original)]
    for first, end, together in _by_lines(starts, edits):
        position, stop = bounds[first], bounds[end]
        before = _LINE.findall(original, position, stop)
        pieces: list[str] = []
        for edit in together:
            pieces += (original[position : edit.start], edit.replacement)
            position = edit.end
        after = _LINE.findall("".join([*pieces, original[position:stop]]))
        if before != after:
            yield _trimmed(first, before, after)


def _by_lines(starts: Sequence[int], edits: Iterable[Edit]) -> Iterator[tuple[int, int, list[Edit]]]:
    """The edits that share lines, with the first of these lines and the one after the last."""
    held: list[Edit] = []
    first = end = 0
    for edit in edits:
        line = bisect_right(starts, edit.start) - 1
        if held and line >= end:
            yield first, end, held
            held = []
        first = first if held else line
        held.append(edit)
        # Where what is left ends with a line, the next one is not touched.
        whole = edit.replacement.endswith("\n") if edit.replacement else edit.start == starts[line]
        end = (bisect_left if whole else bisect_right)(starts, edit.end)
    if held:
        yield first, end, held


def _trimmed(first: int, before: Sequence[str], after: list[str]) -> _Change:
    """That the lines `before`, the first of which is `first`, become those `after`; without what both begin and end with."""
    head, tail = common_ends(before, after)
    return _Change(first + head, first + len(before) - tail, after[head : len(after) - tail])


def _joined(changes: Iterable[_Change]) -> Iterator[_Change]:
    """The changes, those of lines that follow each other as one."""
    for near in _grouped(changes, lambda last, following: following.first <= last.end):
        yield _Change(near[0].first, near[-1].end, [line for change in near for line in change.after])


def _hunks(lines: Sequence[str], changes: Iterable[_Change]) -> Iterator[str]:
    """The changes with the lines around them; those that are near each other in one hunk."""
    shift = 0
    for near in _grouped(changes, lambda last, following: following.first - last.end <= 2 * _CONTEXT):
        low, high = max(near[0].first - _CONTEXT, 0), min(near[-1].end + _CONTEXT, len(lines))
        longer = sum(len(one.after) - (one.end - one.first) for one in near)
        yield f"@@ -{_range(low, high - low)} +{_range(low + shift, high - low + longer)} @@\n"
        for one in near:
            yield from _signed(" ", lines[low : one.first])
            yield from _signed("-", lines[one.first : one.end])
            yield from _signed("+", one.after)
            low = one.end
        yield from _signed(" ", lines[low:high])
        shift += longer


def _range(first: int, number: int) -> str:
    """Lines as the head of a hunk says them: the first, from 1 on, and how many; of none the one before."""
    if number == 1:
        return f"{first + 1}"
    return f"{first + 1 if number else first},{number}"


def _signed(sign: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}{_NO_LINE_BREAK}"


One = TypeVar("One")


def _grouped(ordered: Iterable[One], belong: Callable[[One, One], bool]) -> Iterator[list[One]]:
    """Neighbours of which each belongs to the one before it."""
    held: list[One] = []
    for one in ordered:
        if held and not belong(held[-1], one):
            yield held
            held = []
        held.append(one)
    if held:
        yield held
