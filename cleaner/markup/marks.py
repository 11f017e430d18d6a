"""Marks that are links within their page: to a footnote, back from it, or to the heading that they stand in.

They tell a reader nothing without the page, and stand glued to a word: "built in 1830.2", "Tests#". By its text alone such a
mark is not told from what it looks like ("m2", "C#").
"""

import re
from collections.abc import Iterable

# Stands around a mark while its line is read; no text of a page holds it (`cleaner.markup.reading.readable`).
_AROUND = "\0"
_ONE = r"[\[(]?(?:\d{1,3}|[a-z]|[ivx]{2,5}|[*†‡§]{1,3}|[↩↑^]\ufe0e?)[\])]?"
_FOOTNOTE = re.compile(rf"(\s*)({_ONE}(?:(?:\s?[,;–-]\s?|(?<=\])\s?(?=\[)){_ONE})*)(\s*)")
_ANCHOR = re.compile(r"(\s*)([#¶§🔗\u200b\uf0c1]\ufe0e?)(\s*)")
_NUMBER = re.compile(r"\s*[+\-−–]?[0-9]+\s*")
_RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
# What the address, class, id or role of a link says that is a mark although no element raises it.
_NAMED = re.compile(r"foot-?note|note-?ref|fnref|(?:^|[\s#_-])fn[\d:_-]", re.IGNORECASE)
# Behind these a mark stands in brackets of its own, and would leave them empty.
_OPEN = ("[", "(", ",", "-", "–", ";")


class Marks:
    """Finds the marks of one line after the other, while the pieces of its text are collected."""

    def __init__(self, pieces: list[str]) -> None:
        """`pieces` are those of the line that is read; around a mark two are added, for `taken_out` to remove."""
        self._pieces = pieces
        self.next_line()

    def next_line(self) -> None:
        """A line ends; a mark does not go on in the next."""
        # With which piece a link within the page and a raised element begin; -1 outside of them.
        self._link_from = self._raised_from = -1
        # What the outer one of them has to hold to be a mark; None where it cannot be one.
        self._expected: re.Pattern[str] | None = None
        self._any = False

    def enter_link(self, names: Iterable[str], *, in_heading: bool) -> None:
        """A link within the page begins, not at the start of a line that is no heading: that is the footnote itself."""
        self._link_from = len(self._pieces)
        if in_heading:
            self._expected = _ANCHOR
        elif not (self._pieces and self._pieces[-1].endswith(_OPEN)) and any(map(_NAMED.search, names)):
            self._expected = _FOOTNOTE

    def enter_raised(self) -> None:
        """A raised element begins behind other text."""
        self._raised_from = len(self._pieces)

    def leave_link(self) -> None:
        """A link ends."""
        self._leave(self._link_from, self._raised_from)
        self._link_from = -1

    def leave_raised(self) -> None:
        """A raised element ends. A number that is no mark is written as one that is raised: 10⁶ is not 106."""
        if self._raised_from > self._link_from and not self._expected:  # not all that a link holds
            raised = "".join(self._pieces[self._raised_from :])
            if _NUMBER.fullmatch(raised):
                self._pieces[self._raised_from :] = [raised.translate(_RAISED)]
        self._leave(self._raised_from, self._link_from)
        self._raised_from = -1

    def _leave(self, start: int, around: int) -> None:
        if start < 0:
            return
        if around >= 0:
            self._expected = _FOOTNOTE  # raised and a link: with little text the outer one is the mark of a footnote
        elif self._expected:
            expected, self._expected = self._expected, None
            if match := expected.fullmatch("".join(self._pieces[start:])):
                before, mark, after = match.groups()
                self._pieces[start:] = [before, _AROUND, mark, _AROUND, after]
                self._any = True

    def taken_out(self, text: str) -> tuple[str, list[tuple[int, int]]]:
        """The text of the line as its reader sees it, and start and end of its marks, each with a space that it would leave."""
        if not self._any:
            return text, []
        line = ""
        marks = []
        for number, part in enumerate(text.split(_AROUND)):
            if number % 2:
                marks.append((len(line), len(line) + len(part)))
            line += part
        return line, [_with_space(line, *mark) for mark in marks]


def _with_space(line: str, start: int, end: int) -> tuple[int, int]:
    """A mark with the space before it, where a word does not follow, or with that behind it at the start of the line."""
    if not start:
        return 0, end + (line[end : end + 1] == " ")
    return start - (line[start - 1] == " " and not line[end : end + 1].isalnum()), end
