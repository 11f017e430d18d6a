"""Dropped lines, and the line breaks around them that go along."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from cleaner.edits import Finding, moved_to
from cleaner.text import LINE_BREAK, Line


def with_gaps(text: str, lines: Sequence[Line], wanted: Sequence[Finding]) -> list[Finding]:
    """Dropped lines widened to their line breaks, so that one gap remains where two were.

    Of the line breaks before and after a run of dropped lines the more numerous stay; at the start of the document those
    before, at its end those after. White space behind the line before and the indent of the line after are not the run's.
    """
    starts = [line.start for line in lines]
    ends = [line.end for line in lines]
    done = list(wanted)
    number = 0
    while number < len(done):
        first = _line_at(starts, done[number].start) if done[number].action == "drop" else None
        last = _line_at(ends, done[number].end) if first is not None else None
        if first is None or last is None:
            number += 1
            continue
        run = [number]
        number += 1
        last = _underline(text, lines, last)
        while number < len(done) and last + 1 < len(lines):
            if done[number].action != "drop" and done[number].end <= starts[last + 1]:
                number += 1  # a repair in the gap: it goes with the gap, or stays
                continue
            next_last = _line_at(ends, done[number].end)
            if done[number].action != "drop" or done[number].start != starts[last + 1] or next_last is None:
                break
            last = _underline(text, lines, next_last)
            run.append(number)
            number += 1
        low, high = _widened(text, lines, first, last)
        for place, index in enumerate(run):
            end = done[run[place + 1]].start if place + 1 < len(run) else high
            done[index] = moved_to(done[index], text, low, end)
            low = end
    return done


def _underline(text: str, lines: Sequence[Line], line: int) -> int:
    """The line that makes a heading of this one, in Markdown, or this one; alone it would make one of what comes before."""
    if line + 1 == len(lines):
        return line
    following = lines[line + 1]
    signs = _UNDERLINE.fullmatch(text, following.start, following.end)
    return line + 1 if signs and len(LINE_BREAK.findall(text, lines[line].end, following.start)) == 1 else line


_UNDERLINE = re.compile("=+|-+")


def _widened(text: str, lines: Sequence[Line], first: int, last: int) -> tuple[int, int]:
    """What goes with the lines `first` to `last`."""
    at_end = last + 1 == len(lines)
    before = (lines[first - 1].end if first else 0, lines[first].start)
    after = (lines[last].end, len(text) if at_end else lines[last + 1].start)
    breaks_before = list(LINE_BREAK.finditer(text, *before))
    breaks_after = list(LINE_BREAK.finditer(text, *after))
    if not at_end and (first == 0 or len(breaks_before) >= len(breaks_after)):
        low = breaks_before[-1].end() if breaks_before else lines[first].start if first else 0
        return low, breaks_after[-1].end() if breaks_after else after[1]
    low = breaks_before[0].start() if breaks_before and first else before[0]
    return low, breaks_after[0].start() if breaks_after else after[1]


def _line_at(offsets: Sequence[int], offset: int) -> int | None:
    at = bisect_left(offsets, offset)
    return at if at < len(offsets) and offsets[at] == offset else None
