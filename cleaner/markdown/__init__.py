"""Markdown as a reader sees it: links without their targets, words without the marks of their style.

Crawlers that feed language models write pages as Markdown, menus and all, and there a line of a menu is mostly addresses. What
rules and models know is what stands on the page, so that is what they are shown; what they say of it is then said of the
Markdown. Of its syntax (CommonMark 0.31) links, images, strong emphasis and backslashes matter for that, and bullets before
links, as in a menu. Addresses in brackets, as html-to-text writes them behind links, are hidden as well. Rules for lines are
shown headings and emphasised lines without their marks, too (`without_style`); fenced code is one thing, as in HTML (`code`).
What a converter has left of a page as it was is hidden, too (`raw`).
"""

import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

import msgspec

from cleaner.edits import Edit, apply
from cleaner.markdown.raw import LONGEST_LINK, raw_markup, with_lines
from cleaner.text import LINE_SEPARATORS, RAW_LINE, Line

_OPENS, _CLOSES, _ALONE = 1, -1, 0

# A title may go on in the next line, and so may, behind a hyphen, an address that a program has wrapped.
_ADDRESS = r"<[^<>\n]*>|[^()\s<](?:[^()\s]|\([^()\s]*\)|(?<=-)\n(?=[\w%]))*"
_TITLE = r"""(?:"[^"\n]*(?:\n[^"\n]+)?"|'[^'\n]*(?:\n[^'\n]+)?')"""
_TARGET = rf"\]\([ \t]*+(?:{_ADDRESS})?(?:[ \t]+{_TITLE})?[ \t]*\)"
_TOKEN = re.compile(
    rf"""
    (?P<escape>\\)[!-/:-@\[-`{{-~]
    |(?P<address>\[(?:https?:|mailto:|tel:|data:|javascript:|[/#.])[^\s\[\]]*\])(?![(:\[])
    |(?P<open>!?\[)
    |(?P<target>{_TARGET})
    |(?P<close>\])
    |(?P<strong>\*\*|(?<!\w)__(?=\w)|(?<=\w)__(?!\w))
    |(?P<break>\\+)$
    """,
    re.VERBOSE | re.MULTILINE,
)
# As html-to-text writes an address behind its link. Of the shorter ones, such as `[#]` and `[/login]`, there may be others.
_BRACKETED = re.compile(r"\[https?:[^\s\[\]]*\]")
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
    raw: bool = False
    """Whether it is raw markup, which may be all of its line."""


class Place(NamedTuple):
    """A span of the source."""

    start: int
    end: int
    whole: bool
    """Whether nothing of it can go without the rest: it has no end of a link without the other."""


class Links(NamedTuple):
    """What is link in some lines."""

    of_line: list[tuple[float, int]]
    """For each line the share of its characters that are links, 0 to 1, and how many it has."""
    across: list[tuple[int, int]]
    """Of each link that goes over several lines the first of them, and the one behind the last."""


class Markdown(msgspec.Struct, frozen=True):
    """A text in Markdown, and what a reader sees of it. Both have the same lines."""

    source: str
    text: str
    """What a reader sees."""
    marks: list[_Mark]
    """What a reader does not see, by place in the source."""
    places: list[int]
    """For each of the marks where it would stand in what a reader sees."""
    links: list[tuple[int, int]]
    """Where links and images stand in what a reader sees, by place; of one in another the outer one alone. Nothing says where
    links begin whose addresses stand in brackets."""
    bound: list[tuple[int, int]]
    """Those of Markdown itself: half of one cannot go without the other."""
    raw: list[tuple[int, int]]
    """Where raw markup stands in the source, by place, with the lines that would else be left blank."""

    def place(self, start: int, end: int) -> Place:
        """Where a span of what a reader sees stands in the source, without the marks at its ends."""
        between = self._past_closes(bisect_left(self.places, start), start)  # what ends there and what begins there
        first, last = bisect_right(self.places, start) if start < end else between, bisect_left(self.places, end)
        low = self._offset(first, start)
        return Place(low, max(low, self._offset(last, end)), whole=last <= first)

    def place_of_whole(self, start: int, end: int) -> Place:
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

    def without_half_links(self, start: int, end: int) -> tuple[int, int]:
        """What is left of a span of what a reader sees without the parts of links at its ends whose rest is outside."""
        if link := self._link_over(start):
            start = link[1]
        if link := self._link_over(end):
            end = link[0]
        return start, max(start, end)

    def links_of(self, lines: Sequence[tuple[int, int]]) -> Links:
        """What is link in `lines` of what a reader sees, given as start and end of each, by place."""
        starts, ends = [start for start, _ in lines], [end for _, end in lines]
        linked, counts = [0] * len(lines), [0] * len(lines)
        across = []
        for low, high in self.links:
            first, end = bisect_right(ends, low), bisect_left(starts, high)
            for line in range(first, end):
                linked[line] += min(high, ends[line]) - max(low, starts[line])
                counts[line] += 1
            if end - first > 1:
                across.append((first, end))
        shares = [part / (end - start) for part, (start, end) in zip(linked, lines, strict=True)]
        return Links(list(zip(shares, counts, strict=True)), across)

    def _lines(self, start: int, end: int) -> Place:
        """Where lines stand in the source, all their marks included; not whole where a link is in others, too."""
        source = self.source
        if self.text[start].isspace() and self.text[start] not in LINE_SEPARATORS:
            low = self._offset(bisect_left(self.places, start), start)
        else:
            low = self._offset(bisect_right(self.places, start), start)
        if not self.text[start].isspace():
            while low and source[low - 1] not in LINE_SEPARATORS:
                low -= 1
            while source[low].isspace():
                low += 1
        high = self._offset(bisect_left(self.places, end), end)
        if self.text[end - 1] not in LINE_SEPARATORS:
            rest = RAW_LINE.match(source, high)
            high += len(rest[0].rstrip()) if rest else 0
        return Place(low, high, whole=not self._link_over(start) and not self._link_over(end))

    def _link_over(self, place: int) -> tuple[int, int] | None:
        """The link that a place is inside of."""
        at = bisect_left(self.bound, (place, place)) - 1
        return self.bound[at] if at >= 0 and place < self.bound[at][1] else None

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


def read(text: str) -> Markdown | None:
    """`text` as Markdown; None where it has no links, addresses in brackets or raw markup, and so is as well read as it is."""
    raw = raw_markup(text)
    if not raw.spans and "](" not in text and not _BRACKETED.search(text):
        return None
    all_marks, links = _marks(text, raw.spans)
    marks = _seen_lines(text, all_marks)
    if not raw.spans and not any(text[mark.start] == "]" or text[mark.end - 1] == "]" for mark in marks):
        return None
    seen_text = apply(text, [Edit(mark.start, mark.end, "", "markdown") for mark in marks])
    hidden = list(accumulate((mark.end - mark.start for mark in marks), initial=0))
    starts, ends = [mark.start for mark in marks], [0, *(mark.end for mark in marks)]
    places = [start - before for start, before in zip(starts, hidden, strict=False)]

    def seen_at(offset: int) -> int:
        before = bisect_left(starts, offset)
        return max(offset, ends[before]) - hidden[before]

    def outer_seen(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(seen_at(start), seen_at(end)) for start, end in _outer(spans)]

    bound = outer_seen(links)
    all_links = outer_seen([*links, *raw.links]) if raw.links else bound
    return Markdown(text, seen_text, marks, places, all_links, bound, list(with_lines(text, raw.spans)))


def seen(text: str) -> str:
    """What a reader sees of `text`."""
    markdown = read(text)
    return markdown.text if markdown else text


def without_style(text: str, lines: Sequence[Line]) -> Sequence[Line]:
    """The `lines` of `text` as rules are written: without the signs of headings and items, and of emphasis around a line.

    Code, and a line that knows where it stood in HTML, has such signs for other reasons. Items that a sentence with a colon
    announces keep theirs: what would be a menu's word elsewhere is what that sentence speaks of.
    """
    bare = list(lines)
    announced = False
    for number, line in enumerate(lines):
        if text[line.start] not in _BULLETS:
            announced = text[line.end - 1] == ":" and text.count(" ", line.start, line.end) >= _ANNOUNCING_WORDS
        elif announced:
            continue
        if text[line.start] in _STYLED and line.origin is None:
            start, end = line.start, line.end
            if sign := _SIGN.match(text, start, end):
                start = sign.end()
            if emphasis := _EMPHASIS.fullmatch(text, start, end):
                start, end = emphasis.span("inside")
            bare[number] = Line(start, end)
    return bare


_BULLETS = "*+-"
_STYLED = f"#_{_BULLETS}"
_ANNOUNCING_WORDS = 5
_SIGN = re.compile(r"(?:#{1,6}[ \t]+(?=[^\s#])|[*+-][ \t]+(?=\S))")
_EMPHASIS = re.compile(r"(\*{1,3}|_{1,3})(?P<inside>[^\s*_](?:[^*_]*[^\s*_])?)\1")


def _outer(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """By place, those of nested spans that are in no other."""
    last = 0
    for start, end in sorted(spans):
        if start >= last:
            yield start, end
            last = end


def _marks(text: str, raw: Sequence[tuple[int, int]]) -> tuple[list[_Mark], list[tuple[int, int]]]:
    """The marks of all that is opened and closed, and those that stand alone, by place; and where links and images are."""
    marks = [_Mark(*line.span(), _ALONE, raw=True) for span in raw for line in RAW_LINE.finditer(text, *span)]
    links: list[tuple[int, int]] = []
    brackets: deque[tuple[int, int]] = deque(maxlen=LONGEST_LINK)
    strong: re.Match[str] | None = None
    for match in _tokens(text, raw):
        kind = match.lastgroup
        if kind == "open":
            brackets.append((match.start(), _inside(text, match)))
            if bullet := _BULLET.fullmatch(text, _line_start(text, match.start()), match.start()):
                marks.append(_Mark(*bullet.span("bullet"), _ALONE))
        elif kind in ("close", "target") and brackets:
            start, end = brackets.pop()
            if kind == "target" and match.start() - end <= LONGEST_LINK:
                marks += (_Mark(start, end, _OPENS), *_by_lines(text, _inner_end(text, end, match), match.end()))
                links.append((start, match.end()))
        elif kind == "strong":
            if strong and strong[0] == match[0] and "\n" not in text[strong.end() : match.start()]:
                marks += (_Mark(*strong.span(), _OPENS), _Mark(*match.span(), _CLOSES))
                strong = None
            else:
                strong = match
        elif kind in ("escape", "break", "address"):
            marks.append(_Mark(*match.span(kind), _ALONE))
    return sorted(marks), links


def _tokens(text: str, raw: Sequence[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """All tokens outside of raw markup."""
    end = 0
    for raw_start, raw_end in (*raw, (len(text), len(text))):
        while begins := _BEGINS_TOKEN.search(text, end, raw_start):
            token = _TOKEN.match(text, begins.start())
            if token and token.end() <= raw_start:
                yield token
                end = token.end()
            else:
                end = begins.end()
        end = raw_end


def _line_start(text: str, offset: int) -> int:
    """Where the line of an offset begins, if that is near."""
    near = max(offset - _DEEPEST_INDENT, 0)
    return max(text.rfind(char, near, offset) + 1 for char in LINE_SEPARATORS) or near


def _inside(text: str, opens: re.Match[str]) -> int:
    """Where the text of a link begins: behind the blanks that some converters write there, if they part no words."""
    begin = opens.end()
    if not text[opens.start() - 1 : opens.start()].isalnum():
        while text[begin : begin + 1] in (" ", "\t"):
            begin += 1
    return begin


def _inner_end(text: str, begin: int, target: re.Match[str]) -> int:
    """Where the text of a link that begins at `begin` ends: before such blanks."""
    end = target.start()
    if not _GOES_ON.match(text, target.end()):
        while end > begin and text[end - 1] in " \t":
            end -= 1
    return end


_GOES_ON = re.compile(r"[\w\[]")


def _by_lines(text: str, start: int, end: int) -> Iterator[_Mark]:
    """The target of a link, as marks that lie in one line each; the first closes the link."""
    for number, line in enumerate(RAW_LINE.finditer(text, start, end)):
        yield _Mark(*line.span(), _ALONE if number else _CLOSES)


def _seen_lines(text: str, marks: list[_Mark]) -> list[_Mark]:
    """The marks, where of those that would be all of a line one has its last character left: so only raw markup goes unseen."""
    seen: list[_Mark] = []
    number = 0
    for line in RAW_LINE.finditer(text):
        first, end, visible = number, line.start(), False
        while number < len(marks) and marks[number].start < line.end():
            visible = visible or bool(text[end : marks[number].start].strip())
            end = marks[number].end
            number += 1
        seen += marks[first:number]
        if not visible and not text[end : line.end()].strip():
            left = next((at for at in range(len(seen) - 1, len(seen) - 1 - number + first, -1) if not seen[at].raw), None)
            if left is not None:
                last = seen[left]
                seen[left] = last._replace(end=last.start + len(text[last.start : last.end].rstrip()) - 1)
    return [mark for mark in seen if mark.start < mark.end]
