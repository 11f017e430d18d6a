"""Documents as data of the page: compressed, in blocks, each decoded only when a document in it is looked at."""

import base64
import json
import math
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import IO, Any

from cleaner.pipeline import Result
from cleaner.report.figures import three_digits
from cleaner.report.marks import ALSO, KEPT, Mark, cut

# Before compression. Larger blocks are smaller in sum, smaller ones are there at once.
BLOCK_CHARACTERS = 400_000
# So much of a text is put into the page at a time; the rest is leafed through.
PART_CHARACTERS = 50_000
# A part ends with a line, where one ends in its last tenth.
LINE_WITHIN = PART_CHARACTERS // 10
MOST_CHARACTERS = 10_000_000
"""Of a longer document the page holds the beginning."""
_LEVEL = 6


class Index:
    """Names by number, in the order in which they were first asked for."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))


class Sample:
    """Which documents a page shows: all, or where there are more than it may hold, each with the same chance.

    The choice hangs on the ids alone, so that the page of the same run is the same.
    """

    def __init__(self, documents: int, characters: int, most_documents: int, most_characters: int) -> None:
        self._share = min(1.0, most_documents / max(documents, 1), most_characters / max(characters, 1))
        self._documents = most_documents
        self._characters = most_characters

    def takes(self, result: Result) -> bool:
        """Whether the next document is shown; never more than there is room for."""
        chance = int.from_bytes(blake2b(result.id.encode("utf-8", "surrogatepass"), digest_size=8).digest()) / 2**64
        size = min(len(result.original), MOST_CHARACTERS)
        if chance >= self._share or not self._documents or size > self._characters:
            return False
        self._documents -= 1
        self._characters -= size
        return True


class Documents:
    """Writes the blocks of documents to `file`, and keeps of each document what lists and filters need."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._block: list[str] = []
        self._size = 0
        self._blocks = 0
        self._rules = Index()
        self._signals = Index()
        self._rows: list[list[Any]] = []
        self.numbers: set[int] = set()
        """Of the documents that were added."""

    def add(self, number: int, result: Result, marks: Sequence[Mark]) -> None:
        """Add a document; `number` is its place among all that were read, from 0 on."""
        self.numbers.add(number)
        told = _json(self._told(result, marks))
        self._rows.append(self._row(number, result, marks))
        self._block.append(told)
        self._size += len(told)
        if self._size >= BLOCK_CHARACTERS:
            self._end_block()

    def finish(self) -> None:
        """Write what is left, and the list of all documents."""
        if self._block:
            self._end_block()
        index = {"rules": [*self._rules.names], "signals": [*self._signals.names], "documents": self._rows}
        self._write("index", _json(index))

    def _end_block(self) -> None:
        self._write(f"block-{self._blocks}", f"[{','.join(self._block)}]")
        self._blocks += 1
        self._block = []
        self._size = 0

    def _write(self, name: str, told: str) -> None:
        packed = base64.b64encode(zlib.compress(told.encode(), _LEVEL))
        self._file.write(b'<script type="text/plain" id="%s">%s</script>\n' % (name.encode(), packed))

    def _row(self, number: int, result: Result, marks: Sequence[Mark]) -> list[Any]:
        """What the list and the filters know of a document, in the order of the viewer's `FIELDS`."""
        verbs = {mark.verb for mark in marks}
        return [
            *(number, result.id, self._blocks, len(self._block), _state(result)),
            *(len(result.original), len(result.text), sum(mark.verb != ALSO for mark in marks)),
            *(int("flag" in verbs), int(KEPT in verbs), result.language or ""),
            _number(result.signals.get("garbled")) or 0,
            sorted({self._rules[mark.finding.rule] for mark in marks if mark.verb != ALSO}),
        ]

    def _told(self, result: Result, marks: Sequence[Mark]) -> dict[str, Any]:
        text = result.original
        parts = _parts(text)
        findings = [
            {
                "rule": self._rules[mark.finding.rule],
                "verb": mark.verb,
                "line": mark.line if mark.placed else 0,
                "part": bisect_right(parts, mark.finding.start) - 1 if mark.placed else 0,
                "message": mark.finding.message,
                **({"suggestion": mark.finding.suggestion} if mark.finding.suggestion is not None else {}),
                **({"score": score} if (score := _number(mark.finding.score)) is not None else {}),
                **({"reason": mark.reason} if mark.reason else {}),
            }
            for mark in marks
        ]
        return {
            "error": result.error,
            "metadata": result.metadata,
            "signals": [[self._signals[name], _signal(value)] for name, value in result.signals.items()],
            "findings": findings,
            "parts": list(_pieces(text, marks, parts)),
            "lines": list(_first_lines(text, parts)),
            "left_out": max(len(text) - MOST_CHARACTERS, 0),
        }


def _state(result: Result) -> str:
    if result.error:
        return "failed"
    if result.rejected:
        return "rejected"
    return "same" if result.text == result.original else "changed"


def _number(value: Any) -> float | None:
    """A number as JSON has it; None for anything else."""
    if isinstance(value, int):
        return value
    return three_digits(value) if isinstance(value, float) and math.isfinite(value) else None


def _signal(value: float | str) -> float | str | None:
    return value if isinstance(value, str) else _number(value)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))  # escapes all that is not ASCII, lone surrogates too


def _parts(text: str) -> list[int]:
    """Where the parts of a text begin."""
    starts = [0]
    length = min(len(text), MOST_CHARACTERS)
    while length - starts[-1] > PART_CHARACTERS:
        end = starts[-1] + PART_CHARACTERS
        line = text.rfind("\n", end - LINE_WITHIN, end)
        starts.append(line + 1 if line >= 0 else end)
    return starts


def _first_lines(text: str, parts: Sequence[int]) -> Iterator[int]:
    """The number of the line in which each part begins, from 1 on."""
    line = 1
    for before, start in zip([0, *parts], parts, strict=False):
        line += text.count("\n", before, start)
        yield line


def _pieces(text: str, marks: Sequence[Mark], parts: Sequence[int]) -> Iterator[list[Any]]:
    """Each part of a text as its pieces: strings, or where marks hold, a string and their numbers."""
    length = min(len(text), MOST_CHARACTERS)
    part: list[Any] = []
    following = 1
    for piece in cut(length, marks, parts):
        if following < len(parts) and piece.start >= parts[following]:
            yield part
            part = []
            following += 1
        shown = text[piece.start : piece.end]
        part.append([shown, *piece.marks] if piece.marks else shown)
    yield part
