"""The documents in a file, format by format."""

import json
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import IO, Any

import msgspec

from cleaner.extras import needed
from cleaner.records import streams
from cleaner.records.archives import archive
from cleaner.records.options import Kind, ReadOptions, Unreadable
from cleaner.records.streams import DAMAGED, TooLargeError
from cleaner.text import Document

SUFFIXES: Mapping[str, Kind] = {
    **dict.fromkeys((".txt", ".text", ".md"), "text"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    ".parquet": "parquet",
    **dict.fromkeys((".warc", ".wet"), "warc"),
}
COMPRESSED = (".gz", ".zst", ".zstd")
SINGLE: frozenset[Kind] = frozenset({"text", "html"})
"""Kinds whose files are one document each."""


def kind_of(path: str) -> Kind | None:
    """What the name of a file says that it holds; None where it says nothing that is known."""
    name = path.lower()
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    return next((kind for suffix, kind in SUFFIXES.items() if name.endswith(suffix)), None)


def documents(path: str, name: str, kind: Kind, options: ReadOptions) -> Iterator[tuple[Document | Unreadable, int]]:
    """The documents in the file at `path`, and with each how many bytes of the file have been read.

    `name` is what the file is called in ids. Where the file turns out to be damaged, an `Unreadable` stands in the place
    where that is, and ends it.
    """
    last = 0
    try:
        with streams.opened(path) as stream:
            for number, document in _READERS[kind](stream.content, name, options):
                last = number
                yield document, stream.consumed
    except DAMAGED as error:
        why = (error.strerror if isinstance(error, OSError) else None) or error
        if last:
            yield Unreadable(f"{name}:{last + 1}", f"from here on the file cannot be read: {why}"), 0
        else:
            yield Unreadable(name, f"cannot be read: {why}"), 0


# Each reader gives the documents of a file with their number, from 1 on.
_Numbered = Iterator[tuple[int, Document | Unreadable]]


def _single(media_type: str) -> Callable[[IO[bytes], str, ReadOptions], _Numbered]:
    def read(content: IO[bytes], name: str, _: ReadOptions) -> _Numbered:
        try:
            yield 1, Document(id=name, text=streams.read_whole(content), media_type=media_type)
        except TooLargeError as error:
            yield 1, Unreadable(name, str(error))

    return read


def _json_lines(content: IO[bytes], name: str, options: ReadOptions) -> _Numbered:
    for number, line in enumerate(streams.lines(content), 1):
        if line is None:
            yield number, Unreadable(f"{name}:{number}", str(TooLargeError()))
        elif line.strip():
            yield number, _json_document(line, f"{name}:{number}", options)


def _json_document(line: bytes, place: str, options: ReadOptions) -> Document | Unreadable:
    try:
        record = _parsed(line)
    except (ValueError, RecursionError) as error:
        return Unreadable(place, f"not JSON: {error}")
    return options.document(record, place) if isinstance(record, dict) else Unreadable(place, "not a JSON object")


def _parsed(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(line)  # slower; also takes NaN and lone surrogates, which others write


def _parquet(content: IO[bytes], name: str, options: ReadOptions) -> _Numbered:
    texts, pages = options.to_clean()
    columns, rows = _columnar().read(content)
    if not {*texts, *pages} & {*columns}:
        yield 1, Unreadable(name, f"no column {' or '.join((*texts, *pages))}; there are {', '.join(columns)}")
        return
    for number, row in enumerate(rows, 1):
        yield number, options.document(row, f"{name}:{number}")


def _columnar() -> ModuleType:
    """The module that knows Parquet. Raises `ExtraMissingError` where pyarrow is not installed."""
    return needed("cleaner.records.columnar", "Parquet", "parquet")


_READERS: Mapping[Kind, Callable[[IO[bytes], str, ReadOptions], _Numbered]] = {
    "text": _single("text/plain"),
    "html": _single("text/html"),
    "jsonl": _json_lines,
    "parquet": _parquet,
    "warc": archive,
}
