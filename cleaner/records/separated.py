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
    first = next(lines, "").removeprefix("\ufeff")
    if first.encode("utf-8", "surrogateescape").startswith(_WIDE_MARKS):
        raise OSError("a table in UTF-16; it has to be saved as UTF-8")
    separators = Counter(char for char in _QUOTED.sub("", first) if char in _SEPARATORS)
    separator = separators.most_common(1)[0][0] if separators else ","
    # A limit of the whole process, of 131,072 characters unless it is raised.
    csv.field_size_limit(max(csv.field_size_limit(), streams.MAX_DOCUMENT_BYTES))
    rows = csv.reader(itertools.chain([first], lines), delimiter=separator, strict=True)
    try:
        header = next(rows, [])
    except csv.Error as error:
        raise OSError(f"no table: its first row is {error}") from error
    return _names(header), _records(rows, lines, _names(header), undecoded)


class _Lines(Iterator[str]):
    """The lines of a file. Raises `OSError` where those of one row are larger than a document may be.

    So much a quotation mark that nobody closes may swallow.
    """

    def __init__(self, content: IO[bytes]) -> None:
        self._lines = streams.lines(content)
        self.of_row = 0
        """How many bytes of the current row have been read."""

    def __next__(self) -> str:
        line = next(self._lines)
        self.of_row += len(line or b"")
        if line is None or self.of_row > streams.MAX_DOCUMENT_BYTES:
            raise OSError(f"a row is {TooLargeError()}")
        return line.decode("utf-8", "surrogateescape")


def _names(header: Sequence[str]) -> list[str]:
    """What the columns are called: a name that comes again gets its number."""
    seen = Counter[str]()
    names = []
    for name in header:
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return names


def _records(
    rows: Iterator[list[str]], lines: _Lines, names: Sequence[str], undecoded: Collection[str]
) -> Iterator[dict[str, Any] | str]:
    while True:
        lines.of_row = 0
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield f"not a row of the table: {error}"
            continue
        if row is None:
            return
        if row and len(row) != len(names):
            yield f"a row of {len(row)} values, where the first row has {len(names)}"
        elif row:
            yield _record(names, row, undecoded)


def _record(names: Sequence[str], row: Sequence[str], undecoded: Collection[str]) -> dict[str, Any]:
    whole = "\n".join(row)
    if not _ESCAPED.search(whole):
        return dict(zip(names, row, strict=True))
    values = [value.encode("utf-8", "surrogateescape") for value in row]
    try:
        charset = read_bytes(b"\n".join(values)).charset
    except UndecodableError:
        charset = "utf-8"
    return {
        name: value if name in undecoded and not value.isascii() else value.decode(charset, "replace")
        for name, value in zip(names, values, strict=True)
    }
