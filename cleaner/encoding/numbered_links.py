"""The numbers that text browsers write before links, and Crawl4AI behind them; and the list of addresses below the page."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from cleaner.edits import Edit
from cleaner.text import raw_lines

NUMBERED_LINKS = "numbered-links"

# A scheme and what follows it. Browsers write addresses out in full, also those that a page has in short.
_SCHEME = "[a-zA-Z][a-zA-Z0-9+.-]{1,20}:"
EXPRESSIONS = (rf"[^0-9][1-9][.\]] {{1,4}}{_SCHEME}[^ ]", "[^ \n]⟨1⟩")
"""What stands, for the automaton, in every text with such a list or such numbers."""

_NUMBER = r"[ \t]*\[?([0-9]{1,5})[.\]][ \t]+"
_ENTRY = re.compile(rf"{_NUMBER}{_SCHEME}.*")
# Of a link with a title the address stands on a line of its own.
_TITLE, _ADDRESS_OF_TITLE = re.compile(rf"{_NUMBER}\S.*"), re.compile(rf"\t{_SCHEME}.*")
_HEADING_WORDS = 4
# A mark stands before its link, so before a word or first on a line; what cites stands behind a word, and what numbers an item
# of a list before a space. Between letters it may be either, as in scripts without spaces.
_ENDS = ".,;:!?)\\]、。」』】》”’»…،؛؟।\uff0c\uff1b\uff1a\uff01\uff1f\uff09"
_MARK = re.compile(
    rf"""
    (?P<first>^[ \t]{{0,80}})?(?P<behind_letter>(?<=[^\W\d_]))?
    (?P<mark>\[(?P<number>[0-9]{{1,5}})\])
    (?:(?P<of_item>(?=[ \t]+[^\s\[]))|(?P<before_letter>(?=[^\W\d_]))|(?P<before_word>(?=[^\s{_ENDS}])))?
    """,
    re.MULTILINE | re.VERBOSE,
)
# An article may have two references whose addresses alone are listed. Of the links of a page many may be hidden.
_FEWEST, _SHARE, _SHARE_BEFORE = 3, 0.25, 0.6
# Of an image the text stands in brackets, its number, too.
_CITED = re.compile(
    r"(?P<image>!\[)?(?P<inside>(?(image)[^\n\[\]⟨⟩]*|(?<=\S)))(?P<mark>⟨(?P<number>[0-9]{1,5})⟩)(?(image)(?P<close>\]))"
)
_CITED_ENTRY = re.compile(r"⟨[0-9]{1,5}⟩[ \t]+\S.*")
_REFERENCES = re.compile(r"#{1,6}[ \t]+References[ \t]*")


def link_numbers(text: str) -> list[Edit]:
    """What ``lynx -dump`` and its like add to a page: ``[12]`` before its twelfth link, and where all links lead at its end.

    Both or none: numbers in brackets that rise through the text, most of them right before a word, each in the list. References
    of an article stand behind what they prove.
    """
    if cited := _citations(text):
        return cited
    found = _list(text)
    if found is None:
        return []
    start, end, numbers = found
    most = max(numbers)
    marks = _rising([mark for mark in _MARK.finditer(text, 0, start) if int(mark["number"]) <= most])
    telling = [mark for mark in marks if mark["behind_letter"] is None or mark["before_letter"] is None]
    before = sum(map(_is_before_link, telling))
    if len(marks) < _SHARE * len(numbers) or len(telling) < _FEWEST or before < _SHARE_BEFORE * len(telling):
        return []
    return [*(Edit(*mark.span("mark"), "", NUMBERED_LINKS) for mark in marks), Edit(start, end, "", NUMBERED_LINKS)]


def _citations(text: str) -> list[Edit]:
    """What Crawl4AI writes for links in its Markdown “with citations”: numbers in order of their first use, ``the harbour⟨2⟩``.

    What they lead to is listed at the end or left out.
    """
    marks = list(_CITED.finditer(text))
    used = 0
    for mark in marks:
        number = int(mark["number"])
        if number > used + 1:
            return []
        used = max(used, number)
    if used < _FEWEST:
        return []
    groups = ("image", "mark", "close")
    edits = [Edit(*mark.span(group), "", NUMBERED_LINKS) for mark in marks for group in groups if mark[group]]
    lines = _lines_with_text(text)
    first = len(lines)
    while first and _CITED_ENTRY.fullmatch(text, *lines[first - 1]):
        first -= 1
    if first and first < len(lines) and _REFERENCES.fullmatch(text, *lines[first - 1]):
        start = lines[first - 2][1] if first > 1 else 0
        edits = [edit for edit in edits if edit.end <= start]
        edits.append(Edit(start, lines[-1][1], "", NUMBERED_LINKS))
    return edits


def _list(text: str) -> tuple[int, int, set[int]] | None:
    """Where the list at the end of a text starts and ends, its heading and the blank lines above included, and its numbers."""
    lines = _lines_with_text(text)
    numbers: set[int] = set()
    first = len(lines)
    while first:
        if first > 1 and _ADDRESS_OF_TITLE.fullmatch(text, *lines[first - 1]):
            first -= 1
            entry = _TITLE.fullmatch(text, *lines[first - 1])
        else:
            entry = _ENTRY.fullmatch(text, *lines[first - 1])
        if entry:
            numbers.add(int(entry[1]))
        elif not numbers or not _is_heading(text, lines[first - 1]):
            break
        first -= 1
        if not entry and not text[lines[first][0]].isspace():  # “References”; what is indented is “Visible links”
            break
    return (lines[first - 1][1], lines[-1][1], numbers) if first and numbers else None


def _lines_with_text(text: str) -> list[tuple[int, int]]:
    return [line for line in raw_lines(text) if not text[slice(*line)].isspace()]


def _is_heading(text: str, line: tuple[int, int]) -> bool:
    return len(text[slice(*line)].split()) <= _HEADING_WORDS and not _MARK.search(text, *line)


def _is_before_link(mark: "re.Match[str]") -> bool:
    is_first = mark["first"] is not None and mark["of_item"] is None
    return is_first or mark["before_letter"] is not None or mark["before_word"] is not None


def _rising(marks: Sequence["re.Match[str]"]) -> list["re.Match[str]"]:
    """The longest series of marks whose numbers rise."""
    least: list[int] = []  # for each length the least number that a series of it ends with
    ends: list[int] = []  # and the mark that it ends with
    before: list[int] = []  # for each mark the one before it in the longest series that it ends
    for at, mark in enumerate(marks):
        number = int(mark["number"])
        length = bisect_left(least, number)
        before.append(ends[length - 1] if length else -1)
        if length == len(least) or number < least[length]:  # of the same number the first
            least[length : length + 1], ends[length : length + 1] = [number], [at]
    series = []
    at = ends[-1] if ends else -1
    while at >= 0:
        series.append(marks[at])
        at = before[at]
    return series[::-1]
