"""Parts of an output: files of records, written by one worker each, in the format of the run."""

import gzip
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Literal, Protocol

import msgspec
from fastwarc.stream_io import ZstdWriter

from cleaner.extras import needed
from cleaner.pipeline import Result
from cleaner.records.streams import opened
from cleaner.report import to_json

Format = Literal["txt", "jsonl", "jsonl.gz", "jsonl.zst", "parquet"]

Record = dict[str, Any]
"""What is written of a result, as plain data."""

_GZIP_LEVEL = 6


class UnlikePartsError(Exception):
    """Parts have columns of one name and different types, and cannot be one file."""


class LargePartsError(Exception):
    """Parts are too large, decompressed, to be put in order in memory."""


def suffix(output_format: Format) -> str:
    """How the names of parts end."""
    return "jsonl" if output_format == "txt" else output_format


class Part(Protocol):
    """A file of records that is being written. It is made with the first record."""

    def add(self, result: Result, fields: Mapping[str, Any]) -> None:
        """Write what became of a document, and the fields that travel along."""

    def keep(self, record: Record) -> None:
        """Write a record of an earlier part."""

    def close(self) -> None:
        """Finish the file, if there is one."""


def new_part(path: Path, output_format: Format, *, with_text: bool, columns: bytes | None) -> Part:
    """A part to be written at `path`.

    `columns` are those of the input's other fields (see `columns_of`), for Parquet; None: whatever the first records have.
    """
    if output_format == "parquet":
        return _columnar().ParquetPart(path, columns)  # type: ignore[no-any-return]
    return _JsonPart(path, with_text=with_text)


def read_part(path: Path) -> Iterator[Record]:
    """The records of a part, in their order."""
    if path.suffix == ".parquet":
        yield from _columnar().read(path)
    else:
        with opened(str(path)) as stream:
            for line in stream.content:
                yield msgspec.json.decode(line)


def concatenate(paths: Sequence[Path], target: IO[bytes]) -> None:
    """Write the records of several parts, which are of one format, as one."""
    if paths[0].suffix == ".parquet":
        _columnar().concatenate(paths, target)
        return
    for path in paths:
        with path.open("rb") as file:
            shutil.copyfileobj(file, target)  # archives of gzip and Zstandard, too, may follow one another


def write_in_order(paths: Sequence[Path], target: IO[bytes], end: str, most_bytes: int) -> None:
    """Write the records of several parts as one file, JSON lines by their ids.

    Raises `LargePartsError` where those would take more than `most_bytes` of memory, and `UnlikePartsError`.
    """
    if end == "parquet":
        if paths:
            _columnar().concatenate(paths, target)
        else:
            _columnar().write_empty(target)
        return
    lines: list[tuple[str, bytes]] = []
    size = 0
    for path in paths:
        with opened(str(path)) as stream:
            for line in stream.content:
                size += len(line)
                if size > most_bytes:
                    raise LargePartsError
                lines.append((_identified.decode(line).id, line))
    with ExitStack() as open_files:
        file = written_lines(target, f".{end}", open_files)
        for _, line in sorted(lines, key=lambda one: one[0]):
            file.write(line)


class _Identified(msgspec.Struct):
    """Of a record its id alone."""

    id: str


_identified = msgspec.json.Decoder(_Identified)


class _JsonPart:
    def __init__(self, path: Path, *, with_text: bool) -> None:
        self._path = path
        self._with_text = with_text
        self._open = ExitStack()
        self._file: IO[bytes] | None = None

    def add(self, result: Result, fields: Mapping[str, Any]) -> None:
        self._write(to_json(result, with_text=self._with_text, fields=fields))

    def keep(self, record: Record) -> None:
        self._write(msgspec.json.encode(record))

    def _write(self, line: bytes) -> None:
        if self._file is None:
            self._file = written_lines(self._path.open("wb"), self._path.name, self._open)
        self._file.write(line + b"\n")

    def close(self) -> None:
        self._open.close()


def written_lines(raw: IO[bytes], name: str, open_files: ExitStack) -> IO[bytes]:
    """What is written to `raw`, compressed as `name` says; `open_files` closes both.

    The same lines give the same bytes: archives hold no time.
    """
    open_files.enter_context(raw)
    archive: Any = None
    if name.endswith(".gz"):
        archive = gzip.GzipFile(filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=raw, mtime=0)
    elif name.endswith(".zst"):
        archive = _Zstandard(raw)
    if archive:
        open_files.callback(archive.close)
        return archive  # type: ignore[no-any-return]
    return raw


class _Zstandard:
    """FastWARC's writer, which at times takes only the beginning of what it is given and leaves the rest to its caller."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._writer = ZstdWriter(raw)

    def write(self, data: bytes) -> int:
        taken = 0
        while taken < len(data):
            taken += self._writer.write(data[taken:])
        return taken

    def close(self) -> None:
        self._writer.close()


def columns_of(fields: Sequence[Mapping[str, Any]]) -> bytes:
    """The columns that the other fields of some documents need in Parquet; see `cleaner.runs.columnar.columns_of`."""
    return _columnar().columns_of(fields)  # type: ignore[no-any-return]


def _columnar() -> ModuleType:
    """The module that knows Parquet. Raises `ExtraMissingError` where pyarrow is not installed."""
    return needed("cleaner.runs.columnar", "Parquet", "parquet")
