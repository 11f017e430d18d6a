"""The rows of a table in a text file: values between commas, semicolons or tabs (RFC 4180, and what spreadsheets write)."""

import codecs
import csv
import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import IO, Any

from cleaner.encoding import UndecodableError, read_bytes
from cleaner.records import streams
from cleaner.records.streams import TooLargeError

_SEPARATORS = ",;\t|"
# What a spreadsheet is told above the names.
_DECLARED = re.compile(f"sep=([{_SEPARATORS}])", re.IGNORECASE)
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_QUOTED = re.compile('"[^"]*"')
# Bytes that are no UTF-8, as `surrogateescape` has them.
_ESCAPED = re.compile("[\udc80-\udcff]")


def read(content: IO[bytes], undecoded: Collection[str]) -> tuple[list[str], Iterator[dict[str, Any] | str]]:
    """The names in the first row, and the other rows; in place of a row may stand why it cannot be read.

    A value that is not UTF-8 stays bytes in a column named `undecoded`; in the others it is read in the charset that its row
    seems to be in. Raises `OSError` for a file that is no such table.
    """
    lines = _Lines(content)
    shown = (line for line in lines if line.strip("\ufeff\r\n"))
    first = next(shown, "").removeprefix("\ufeff")
    if first.encode("utf-8", "surrogateescape").startswith(_WIDE_MARKS):
        raise OSError("a table in UTF-16; it has to be saved as UTF-8")
    if declared := _DECLARED.fullmatch(first.rstrip("\r\n")):
        first = next(shown, "")
    separators = Counter(char for char in _QUOTED.sub("", first) if char in _SEPARATORS)
    separator = declared[1] if declared else separators.most_common(1)[0][0] if separators else ","
    # A limit of the whole process, of 131,072 characters unless it is raised.
    csv.field_size_limit(max(csv.field_size_limit(), streams.MAX_DOCUMENT_BYTES))
    rows = csv.reader(itertools.chain([first], lines), delimiter=separator, strict=True)
    try:
        header = next(rows, [])
    except csv.Error as error:
        raise OSError(f"no table: its first row is {error}") from error
    names = _names(_decoded(header))
    return names, _records(rows, lines, names, undecoded)


class _Lines(Iterator[str]):
    """The lines of a file. Raises `OSError` where those of one row are larger than a document may be.

    So much a quotation mark that nobody closes may swallow.
    """

    def __init__(self, content: IO[bytes]) -> None:
        self._lines = streams.lines(content)
        self.of_row = 0
        """How many bytes of the current row have been read."""
        self.in_row = 0
        """How many lines these are."""

    def __next__(self) -> str:
        line = next(self._lines)
        self.of_row += len(line or b"")
        self.in_row += 1
        if line is None or self.of_row > streams.MAX_DOCUMENT_BYTES:
            raise OSError(f"a row is {TooLargeError()}")
        return line.decode("utf-8", "surrogateescape")


def _names(header: Sequence[str]) -> list[str]:
    """What the columns are called: a name that comes again gets its number, or the next one that makes it no other's name."""
    given = set(header)
    seen = Counter[str]()
    names: dict[str, None] = {}
    for name in header:
        new = name
        while new in names or (new != name and new in given):
            seen[name] += 1
            new = f"{name}_{seen[name] + 1}"
        names[new] = None
    return list(names)


def _records(
    rows: Iterator[list[str]], lines: _Lines, names: Sequence[str], undecoded: Collection[str]
) -> Iterator[dict[str, Any] | str]:
    while True:
        lines.of_row = lines.in_row = 0
        try:
            row = next(rows, None)
        except csv.Error as error:
            # A quotation mark that nobody closes swallows other rows.
            reach = f", in {lines.in_row} lines from here on" if lines.in_row > 1 else ""
            yield f"not a row of the table: {error}{reach}"
            continue
        if row is None:
            return
        if row and len(row) != len(names):
            yield f"a row of {len(row)} values, where the first row has {len(names)}"
        elif row:
            yield _record(names, row, undecoded)


def _record(names: Sequence[str], row: Sequence[str], undecoded: Collection[str]) -> dict[str, Any]:
    if not _ESCAPED.search("\n".join(row)):
        return dict(zip(names, row, strict=True))
    kept = {name: _bytes_of(value) for name, value in zip(names, row, strict=True) if name in undecoded and not value.isascii()}
    others = "\n".join(value for name, value in zip(names, row, strict=True) if name not in kept)
    values = _decoded(row) if _ESCAPED.search(others) else row  # which takes far longer than reading the row
    return {**dict(zip(names, values, strict=True)), **kept}


def _decoded(row: Sequence[str]) -> Sequence[str]:
    """The values of a row, those that are not UTF-8 in the charset that the row seems to be in."""
    if not _ESCAPED.search("\n".join(row)):
        return row
    values = [_bytes_of(value) for value in row]
    try:
        decoded = read_bytes(b"\n".join(values))
    except UndecodableError:
        return [value.decode("utf-8", "replace") for value in values]
    if not decoded.beside:
        return [value.decode(decoded.charset, "replace") for value in values]
    lines = iter(decoded.text.split("\n"))  # what is UTF-8 in part was read line by line
    return ["\n".join(itertools.islice(lines, value.count("\n") + 1)) for value in row]


def _bytes_of(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")
