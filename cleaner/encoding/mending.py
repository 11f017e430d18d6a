"""All repairs of a text, in rounds until nothing is left to do, as edits of the text as it came in."""

import itertools
import re
from bisect import bisect_right
from collections.abc import Collection, Sequence

import msgspec

from cleaner.edits import Edit, apply, compose, difference
from cleaner.encoding import gate
from cleaner.encoding.doubts import Doubt, doubts
from cleaner.encoding.page_code import PAGE_CODE, without_page_code
from cleaner.encoding.repairs import CHARACTER_REPAIRS, ENTITY, TEXT_REPAIRS

# Repairs can uncover others (an entity inside mojibake); real text settles in two rounds.
MAX_ROUNDS = 12
# And a line of real text has rarely more than three things done to it.
MAX_STEPS = 24


class UnsettledError(RuntimeError):
    """A text on which the repairs keep undoing each other."""


class Mended(msgspec.Struct, frozen=True):
    """A text with its repairs."""

    edits: list[Edit]
    """By place; the rule of each is the name of its repair."""
    text: str
    """The text repaired."""
    doubts: list[Doubt]
    """What is left doubtful in it."""


def mend(text: str, names: Collection[str], code: Sequence[tuple[int, int]] = ()) -> Mended:
    """The edits that mend `text`, what comes of them, and the doubts about it: those that are among the `names`.

    `names` are of `REPAIRS` and `DOUBTS`. What comes out needs no further repair, but for entities in `code` (start and end of
    each piece), which stay, and so does what looks like code of a page there. Raises `UnsettledError` for a text that never
    gets there.
    """
    mended = _mended(text, names)
    edits = [edit for edit in mended.edits if edit.rule not in _NOT_IN_CODE or not _touches(edit, code)]
    if len(edits) == len(mended.edits):
        return mended
    current = apply(text, edits)
    return Mended(edits, current, doubts(current, gate.scan(current, {*names} - {PAGE_CODE}).names()))


_NOT_IN_CODE = (ENTITY, PAGE_CODE)


def _touches(edit: Edit, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether an edit stands in one of the spans or at its edge; they are by place and apart."""
    behind = bisect_right(spans, edit.end, key=lambda span: span[0])
    return behind > 0 and edit.start <= spans[behind - 1][1]


def _mended(text: str, names: Collection[str]) -> Mended:
    edits: list[Edit] = []
    current = text
    gated = {*names} - {PAGE_CODE}
    for _ in range(MAX_ROUNDS):
        new = without_page_code(current) if PAGE_CODE in names else []
        if not new:
            places = gate.scan(current, gated)
            new = _repair_once(current, places, gated)
            if not new:
                return Mended(edits, current, doubts(current, places.names()))
        edits = compose(text, edits, new)
        current = apply(current, new)
    raise UnsettledError(f"repairs did not settle in {MAX_ROUNDS} rounds")


def _repair_once(text: str, places: gate.Places, names: Collection[str]) -> list[Edit]:
    """The edits of the first kind of repair that finds something to do: on lines, then on the text."""
    suspected = places.names()
    of_lines = [name for name in CHARACTER_REPAIRS if name in names]
    if not suspected.isdisjoint(of_lines) and (edits := _mended_lines(text, places, of_lines)):
        return edits
    return next((edits for name, repair in TEXT_REPAIRS.items() if name in suspected and (edits := repair(text))), [])


def _mended_lines(text: str, places: gate.Places, wanted: Sequence[str]) -> list[Edit]:
    """The edits of the repairs of characters, line by line.

    A line gets the first repair that changes it, and what came of it is scanned again with all other such lines: so each
    repair sees what a scan has seen, and a gate that opens too often changes nothing.
    """
    spans = list(gate.lines(text))
    suspected = gate.suspects(spans, places, wanted)
    mended: dict[int, _Line] = {}
    for _ in range(MAX_STEPS):
        changed = [
            line
            for index, names in sorted(suspected.items())
            if (line := mended.get(index) or _Line(index, text[slice(*spans[index])])).step(names)
        ]
        if not changed:
            break
        mended |= {line.index: line for line in changed}
        ends = list(itertools.accumulate(len(line.current) + 1 for line in changed))
        joined = [(end - 1 - len(line.current), end - 1) for end, line in zip(ends, changed, strict=True)]
        found = gate.scan("\n".join(line.current for line in changed), wanted)
        suspected = {changed[at].index: names for at, names in gate.suspects(joined, found, wanted).items()}
    return [
        Edit(edit.start + spans[index][0], edit.end + spans[index][0], edit.replacement, edit.rule)
        for index, line in sorted(mended.items())
        for edit in line.edits
    ]


class _Line:
    """A line on its way."""

    def __init__(self, index: int, text: str) -> None:
        self.index = index
        self.text = self.current = text
        self.edits: list[Edit] = []

    def step(self, suspected: Collection[str]) -> bool:
        """Make the first of the suspected repairs that changes the line; False where none does."""
        for name, repair in CHARACTER_REPAIRS.items():
            if name in suspected and (repaired := repair(self.current)) != self.current:
                self.edits = compose(self.text, self.edits, _edits_between(self.current, repaired, name))
                self.current = repaired
                return True
        return False


def _edits_between(before: str, after: str, rule: str) -> list[Edit]:
    """The edits that turn one line into the other: of runs outside of ASCII, where nothing else has changed, else of words."""
    if _RUN.sub(" ", before) != _RUN.sub(" ", after):
        return difference(before, after, rule)
    edits: list[Edit] = []
    for run, instead in zip(_RUN.finditer(before), _RUN.findall(after), strict=True):
        if run[0][0] == instead[0] or run[0][-1] == instead[-1]:
            edits += difference(run[0], instead, rule, run.start())
        else:
            edits.append(Edit(*run.span(), instead, rule))
    return edits


_RUN = re.compile("[^\x00-\x7f]+")
