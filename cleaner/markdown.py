"""Markdown as a reader sees it: links without their targets, words without the marks of their style.

Crawlers that feed language models write pages as Markdown, menus and all, and there a line of a menu is mostly addresses. What
rules and models know is what stands on the page, so that is what they are shown; what they say of it is then said of the
Markdown. Of its syntax (CommonMark 0.31) links, images, strong emphasis and backslashes matter for that, and bullets before
links, as in a menu. Rules know how headings and other lists are written.
"""

import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

import msgspec

from cleaner.edits import Edit, apply
from cleaner.text import LINE_SEPARATORS

# A link with more text than this is none: a bracket was left open.
LONGEST_LINK = 2_000

_OPENS, _CLOSES, _ALONE = 1, -1, 0

# A title may go on in the next line, and so may, behind a hyphen, an address that a program has wrapped.
_ADDRESS = r"<[^<>\n]*>|[^()\s<](?:[^()\s]|\([^()\s]*\)|(?<=-)\n(?=[\w%]))*"
_TITLE = r"""(?:"[^"\n]*(?:\n[^"\n]+)?"|'[^'\n]*(?:\n[^'\n]+)?')"""
_TARGET = rf"\]\([ \t]*(?:{_ADDRESS})?(?:[ \t]+{_TITLE})?[ \t]*\)"
_TOKEN = re.compile(
    rf"""
    (?P<escape>\\)[!-/:-@\[-`{{-~]
    |(?P<open>!?\[)
    |(?P<target>{_TARGET})
    |(?P<close>\])
    |(?P<strong>\*\*|(?<!\w)__(?=\w)|(?<=\w)__(?!\w))
    |(?P<break>\\+)$
    """,
    re.VERBOSE | re.MULTILINE,
)
_BEGINS_TOKEN = re.compile(r"[\\!\[\]*_]")
# Behind more white space than this a bullet is none.
_DEEPEST_INDENT = 40
_BULLET = re.compile(r"[ \t]*(?P<bullet>[*+-][ \t]+)")


class _Mark(NamedTuple):
    """A piece of syntax that a reader does not see."""

    start: int
    end: int
    part: int
    """Whether it opens or closes something, or stands alone."""


class Place(NamedTuple):
    """A span of the source."""

    start: int
    end: int
    whole: bool
    """Whether nothing of it can go without the rest: it has no end of a link without the other."""


class Markdown(msgspec.Struct, frozen=True):
    """A text in Markdown, and what a reader sees of it. Both have the same lines."""

    source: str
    text: str
    """What a reader sees."""
    marks: list[_Mark]
    """What a reader does not see, by place in the source."""
    places: list[int]
    """For each of the marks where it would stand in what a reader sees."""

    def place(self, start: int, end: int) -> "Place":
        """Where a span of what a reader sees stands in the source, without the marks at its ends."""
        between = self._past_closes(bisect_left(self.places, start), start)  # what ends there and what begins there
        first, last = bisect_right(self.places, start) if start < end else between, bisect_left(self.places, end)
        low = self._offset(first, start)
        return Place(low, max(low, self._offset(last, end)), whole=last <= first)

    def place_of_whole(self, start: int, end: int) -> "Place":
        """As `place`, with the marks of what it has from end to end: of a link all, and all of whole lines."""
        if self._are_lines(start, end):
            return self._lines(start, end)
        first = self._past_closes(bisect_left(self.places, start), start)
        last = self._past_closes(bisect_left(self.places, end), end)
        opened: list[int] = []
        number = first
        while number < last and (opened or self.marks[number].part != _CLOSES):
            if self.marks[number].part == _OPENS:
                opened.append(number)
            elif self.marks[number].part == _CLOSES:
                opened.pop()
            number += 1
        begins = opened[-1] + 1 if opened else first
        if (number < last and self.places[number] < end) or (begins > first and self.places[begins - 1] > start):
            return self.place(start, end)._replace(whole=False)
        return Place(self._with_mark(begins, start), self._offset(number, end), whole=True)

    def _lines(self, start: int, end: int) -> "Place":
        """Where lines stand in the source, all their marks included."""
        source = self.source
        low = self._offset(bisect_right(self.places, start), start)
        if self.text[start] not in LINE_SEPARATORS:
            while low and source[low - 1] not in LINE_SEPARATORS:
                low -= 1
            while source[low].isspace():
                low += 1
        high = self._offset(bisect_left(self.places, end), end)
        if self.text[end - 1] not in LINE_SEPARATORS:
            rest = _LINE.match(source, high)
            high += len(rest[0].rstrip()) if rest else 0
        return Place(low, high, whole=True)

    def _past_closes(self, mark: int, place: int) -> int:
        """The number of the first mark from `mark` on that closes nothing at a place: what ends there belongs before it."""
        while mark < len(self.marks) and self.places[mark] == place and self.marks[mark].part == _CLOSES:
            mark += 1
        return mark

    def _with_mark(self, mark: int, start: int) -> int:
        """The offset in the source of what a reader sees from `start` on, with the mark of that number if it is there."""
        there = mark < len(self.marks) and self.places[mark] == start
        return self.marks[mark].start if there else self._offset(mark, start)

    def _offset(self, mark: int, place: int) -> int:
        """The offset in the source of a place that stands behind so many marks."""
        return place if mark == 0 else self.marks[mark - 1].end + place - self.places[mark - 1]

    def _are_lines(self, start: int, end: int) -> bool:
        """Whether a span has nothing but white space before and behind it on its lines."""
        text = self.text
        if not text[start:end].strip():
            return False
        if text[start] not in LINE_SEPARATORS:
            while start and text[start - 1] not in LINE_SEPARATORS:
                start -= 1
                if not text[start].isspace():
                    return False
        return text[end - 1] in LINE_SEPARATORS or _BLANK_REST.match(text, end) is not None


_BLANK_REST = re.compile(rf"[^\S{LINE_SEPARATORS}]*(?:[{LINE_SEPARATORS}]|\Z)")
_LINE = re.compile(f"[^{LINE_SEPARATORS}]+")


def read(text: str) -> Markdown | None:
    """`text` as Markdown; None where it has no links, and so is as well read as it is."""
    if "](" not in text:
        return None
    marks = _seen_lines(text, _marks(text))
    if not any(text[mark.start] == "]" for mark in marks):
        return None
    seen_text = apply(text, [Edit(mark.start, mark.end, "", "markdown") for mark in marks])
    hidden = accumulate((mark.end - mark.start for mark in marks), initial=0)
    places = [mark.start - before for mark, before in zip(marks, hidden, strict=False)]
    return Markdown(text, seen_text, marks, places)


def seen(text: str) -> str:
    """What a reader sees of `text`."""
    markdown = read(text)
    return markdown.text if markdown else text


def _marks(text: str) -> list[_Mark]:
    """The marks of all that is opened and closed, and those that stand alone, by place."""
    marks: list[_Mark] = []
    brackets: deque[tuple[int, int]] = deque(maxlen=LONGEST_LINK)
    strong: re.Match[str] | None = None
    for match in _tokens(text):
        kind = match.lastgroup
        if kind == "open":
            brackets.append(match.span())
            if bullet := _BULLET.fullmatch(text, _line_start(text, match.start()), match.start()):
                marks.append(_Mark(*bullet.span("bullet"), _ALONE))
        elif kind in ("close", "target") and brackets:
            start, end = brackets.pop()
            if kind == "target" and match.start() - end <= LONGEST_LINK:
                marks += (_Mark(start, end, _OPENS), *_by_lines(text, match))
        elif kind == "strong":
            if strong and strong[0] == match[0] and "\n" not in text[strong.end() : match.start()]:
                marks += (_Mark(*strong.span(), _OPENS), _Mark(*match.span(), _CLOSES))
                strong = None
            else:
                strong = match
        elif kind in ("escape", "break"):
            marks.append(_Mark(*match.span(kind), _ALONE))
    return sorted(marks)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    end = 0
    while begins := _BEGINS_TOKEN.search(text, end):
        if token := _TOKEN.match(text, begins.start()):
            yield token
        end = token.end() if token else begins.end()


def _line_start(text: str, offset: int) -> int:
    """Where the line of an offset begins, if that is near."""
    near = max(offset - _DEEPEST_INDENT, 0)
    return max(text.rfind(char, near, offset) + 1 for char in LINE_SEPARATORS) or near


def _by_lines(text: str, target: re.Match[str]) -> Iterator[_Mark]:
    """The target of a link, as marks that lie in one line each; the first closes the link."""
    for number, line in enumerate(_LINE.finditer(text, *target.span())):
        yield _Mark(*line.span(), _ALONE if number else _CLOSES)


def _seen_lines(text: str, marks: list[_Mark]) -> list[_Mark]:
    """The marks, where one that would be all of its line has its last character left: so no line becomes blank."""
    seen: list[_Mark] = []
    number = 0
    for line in _LINE.finditer(text):
        first, end, visible = number, line.start(), False
        while number < len(marks) and marks[number].start < line.end():
            visible = visible or bool(text[end : marks[number].start].strip())
            end = marks[number].end
            number += 1
        seen += marks[first:number]
        if first < number and not visible and not text[end : line.end()].strip():
            last = marks[number - 1]
            seen[-1] = last._replace(end=last.start + len(text[last.start : last.end].rstrip()) - 1)
    return [mark for mark in seen if mark.start < mark.end]
