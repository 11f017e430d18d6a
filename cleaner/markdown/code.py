"""Code in Markdown: between fences, indented, and between backticks in a paragraph."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from cleaner.text import LINE_BREAK, Line, Origin, cut_lines, raw_lines

_FENCE = re.compile(r"(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)")
_INDENT, _ITEM = re.compile(r" {4}|\t| {1,3}\t"), re.compile(r" {0,3}(?:[-*+]|[0-9]{1,9}[.)])[ \t]")
_CODE = Origin("pre", 0.0)
# Of one paragraph, and no longer than a few sentences: beyond that a backtick is a stray one.
_BETWEEN_TICKS = re.compile(r"(?<!`)(?P<ticks>`{1,4})(?!`)(?:[^`\n]|\n(?![ \t]*\n)){1,1000}+(?P=ticks)(?!`)")


def with_code(text: str, lines: Sequence[Line]) -> Sequence[Line]:
    """The `lines` of `text`, those of fenced code and its fences with the origin that code has in HTML."""
    marked = list(lines)
    for first, end in _fenced(text, lines):
        marked[first:end] = [Line(one.start, one.end, _CODE) for one in lines[first:end]]
    return marked


def code_in(text: str) -> list[tuple[int, int]]:
    """Where code stands in `text`, by place: fenced, from fence to fence; indented lines; and what stands between backticks."""
    lines = cut_lines(text)
    fenced = [(lines[first].start, lines[end - 1].end) for first, end in _fenced(text, lines)]
    blocks = sorted([*fenced, *(span for span in _indented(text) if not inside(span[0], fenced))])
    ends = [0, *(end for _, end in blocks)]
    between = zip(ends, [*(start for start, _ in blocks), len(text)], strict=True)
    return sorted([*blocks, *(match.span() for low, high in between for match in _BETWEEN_TICKS.finditer(text, low, high))])


def inside(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a place is in one of the spans, which are by place and apart."""
    behind = bisect_right(spans, place, key=lambda span: span[0])
    return behind > 0 and place < spans[behind - 1][1]


def _indented(text: str) -> Iterator[tuple[int, int]]:
    """Lines that are indented as code is: behind a blank line, and not as what an item of a list goes on with."""
    end = 0
    in_list = in_code = False
    for start, line_end in raw_lines(text):
        if text[start:line_end].isspace():
            continue
        is_indented = _INDENT.match(text, start, line_end) is not None
        after_blank = start == 0 or len(LINE_BREAK.findall(text, end, start)) > 1
        in_code = is_indented and not in_list and (in_code or after_blank)
        if in_code:
            yield start, line_end
        elif not is_indented and (after_blank or not in_list):
            in_list = _ITEM.match(text, start, line_end) is not None
        end = line_end


def _fenced(text: str, lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Of each piece of fenced code the number of its first line among `lines`, and of the one behind its last."""
    if "```" not in text and "~~~" not in text:
        return
    opened: tuple[int, str] | None = None
    for number, line in enumerate(lines):
        fence = _FENCE.fullmatch(text, line.start, line.end)
        if fence is None:
            continue
        if opened is None:
            opened = number, fence["fence"]
        elif fence["fence"].startswith(opened[1]) and not fence["info"]:
            yield opened[0], number + 1
            opened = None
