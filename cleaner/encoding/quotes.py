"""Curly quotation marks on the wrong side of a space, put on the right one."""

import re
from collections.abc import Iterator, Sequence

from cleaner.edits import Edit
from cleaner.text import raw_lines

QUOTES = "misplaced-quote"

# Misplaced double quotes in a document from which on single ones are believed to be misplaced too: an apostrophe
# before a space is usually a plural possessive.
SINGLES_FROM_DOUBLES = 2
# The most characters between single quotes that were misplaced as a pair.
MAX_SINGLE_QUOTED = 120

EXPRESSIONS = ("^[^“”„\n]*”", "”[^“”„\n]*”", r"[^\s(\[]“\s", r"\s”[\w\x{80}-\x{10ffff}]")
"""What stands, for the automaton, in every text with a misplaced mark."""

_DOUBLE = re.compile("[“”„]")
_SINGLE_OPENER = re.compile(r"(?:(?<![\w’][i]n)(?<=[^\W\d_sxzSXZ])|(?<=[,:;]))’ (?=\w)")
_SINGLE_CLOSER = re.compile(r"(?<=[\w,.!?…])’(?=[\s,.;:!?”)]|$)")
# After a closing mark: who said it. Then the quotation began in an earlier paragraph, or its opening mark is missing.
_SPEECH_TAG = re.compile(
    r"\W*(?!(?:but|and|or|when|if|that|to|because)\b)"
    r"(?:(?:\w+[ ]){0,4}?(?:said|says|told|tells|added|adds|asked|asks|wrote|writes|noted"
    r"|explained|replied|recalled|insisted|argued|warned|continued|concluded|tweeted|posted|announced|stated|declared|remarked|admitted)\b)"
)


def misplaced(text: str) -> list[Edit]:
    """Curly quotation marks on the wrong side of a space, put on the right one.

    ``agreed to a” no limits” relationship`` becomes ``agreed to a “no limits” relationship``. A mark is taken for
    misplaced where none is open, it is followed by a space, and the next mark on the line closes again; not where a
    quotation may have run on from the paragraph before, behind the end of a sentence, or after a number (inches).
    """
    doubles: list[Edit] = []
    lines = list(raw_lines(text))
    carried = False  # a quotation left open by an earlier line
    for start, end in lines:
        marks = [match.start() for match in _DOUBLE.finditer(text, start, end)]
        if marks:
            edits, carried = _double_edits(text, start, end, marks, carried=carried)
            doubles += edits
    if len(doubles) < SINGLES_FROM_DOUBLES:
        return doubles
    singles = [edit for start, end in lines for edit in _single_edits(text, start, end)]
    return sorted(doubles + singles, key=lambda edit: edit.start)


def _double_edits(text: str, start: int, end: int, marks: Sequence[int], *, carried: bool) -> tuple[list[Edit], bool]:  # noqa: C901 (one case for each way that a mark can stand)
    edits: list[Edit] = []
    opener = ""
    for number, place in enumerate(marks):
        mark = text[place]
        before = text[place - 1] if place > start else " "
        after = text[place + 1] if place + 1 < end else ""
        next_closes = number + 1 < len(marks) and text[marks[number + 1]] == "”"
        detached = not before.isspace() and after == " "
        if mark != "”":
            if mark == "“" and opener == "„":
                opener = ""
                continue
            if mark == "“" and not opener and detached and before.isalpha() and next_closes:
                edits.append(Edit(place, place + 2, " “", QUOTES))
            opener = mark
        elif opener:
            free = max(start, edits[-1].end if edits else start)
            if opener == "“" and before == " " and after.isalnum() and place - 2 >= free and text[place - 2] != " ":
                edits.append(Edit(place - 1, place + 1, "” ", QUOTES))
            opener = ""
        elif before.isdigit():
            continue
        elif before.isspace() and after.isalnum():
            opener = "”"  # as Swedish and Finnish open
        elif carried and number == 0:
            continue
        elif next_closes and after == " " and _may_open(text, place, marks[number + 1], before):
            edits.append(Edit(place, place + 2, "“" if before.isspace() else " “", QUOTES))
            opener = "“"
    return edits, opener in ("“", "„") and not edits


def _may_open(text: str, place: int, closer: int, before: str) -> bool:
    """Whether a closing mark at `place` can be one that should open the quotation closed at `closer`."""
    inner = text[closer - 1]
    if not (before.isalpha() or before in ",:;—–" or before.isspace()) or inner.isdigit() or inner.isspace():
        return False
    following = text[place + 2 : place + 3]
    return (following.isalnum() or following in "‘’") and not _SPEECH_TAG.match(text, place + 1, closer)


def _single_edits(text: str, start: int, end: int) -> Iterator[Edit]:
    if "‘" in text[start:end]:
        return
    position = start
    while opener := _SINGLE_OPENER.search(text, position, end):
        closer = _SINGLE_CLOSER.search(text, opener.end(), min(end, opener.end() + MAX_SINGLE_QUOTED))
        if not closer:
            return
        yield Edit(opener.start(), opener.end(), " ‘", QUOTES)
        position = closer.end()
