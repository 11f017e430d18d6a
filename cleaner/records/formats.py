"""The documents in a file, format by format."""

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import IO, Any

import msgspec

from cleaner import markup
from cleaner.extras import needed
from cleaner.records import separated, streams
from cleaner.records.archives import archive
from cleaner.records.options import TOO_DEEP, Kind, ReadOptions, Unreadable, has_field
from cleaner.records.streams import DAMAGED, TooLargeError
from cleaner.text import Document

SUFFIXES: Mapping[str, Kind] = {
    **dict.fromkeys((".txt", ".text", ".md", ".markdown"), "text"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    ".json": "json",
    **dict.fromkeys((".csv", ".tsv"), "csv"),
    ".parquet": "parquet",
    **dict.fromkeys((".warc", ".wet"), "warc"),
}
COMPRESSED = (".gz", ".zst", ".zstd")
MAX_JSON_BYTES = 256_000_000
"""No file of JSON may be larger, decompressed: parsed it takes several times as much memory. JSON lines are read one by one."""
SINGLE: frozenset[Kind] = frozenset({"text", "html", "unknown"})
"""Kinds whose files are one document each."""


def kind_of(path: str) -> Kind | None:
    """What the name of a file says that it holds; None where it says nothing that is known."""
    name = path.lower()
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    return next((kind for suffix, kind in SUFFIXES.items() if name.endswith(suffix)), None)


def documents(
    path: str, name: str, kind: Kind, options: ReadOptions, leave_out: Callable[[str], None]
) -> Iterator[tuple[Document | Unreadable, int]]:
    """The documents in the file at `path`, and with each how many bytes of the file have been read.

    `name` is what the file is called in ids; `leave_out` is told of each record that is no document why not. Where the file
    turns out to be damaged, an `Unreadable` stands in the place where that is, and ends it.
    """
    last = 0
    try:
        with streams.opened(path) as stream:
            for number, document in _READERS[kind](stream.content, name, options):
                last = number
                if isinstance(document, str):
                    leave_out(document)
                else:
                    yield document, stream.consumed
    except DAMAGED as error:
        why = (error.strerror if isinstance(error, OSError) else None) or error
        if last:
            yield Unreadable(f"{name}:{last + 1}", f"from here on the file cannot be read: {why}"), 0
        else:
            yield Unreadable(name, f"cannot be read: {why}"), 0


# Each reader gives the documents of a file with their number, from 1 on.
_Numbered = Iterator[tuple[int, Document | Unreadable]]


# First bytes of files that are neither text nor HTML, and what those are.
_OTHERS = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a zip archive or a document of an office (.docx, .odt, .epub)",
    b"\xd0\xcf\x11\xe0": "a document of an older office (.doc, .xls)",
    b"{\\rtf": "an RTF document",
    b"\x1f\x8b": "compressed by gzip, which its name has to say (.gz)",
    b"\x28\xb5\x2f\xfd": "compressed by Zstandard, which its name has to say (.zst)",
    b"PAR1": "a Parquet file, which its name has to say (.parquet)",
    b"\x89PNG": "an image (PNG)",
    b"\xff\xd8\xff": "an image (JPEG)",
}
# Where a page says that it is one; what a charset makes of other characters does not matter there.
_PAGE_BYTES = 10_000
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


def _single(media_type: str | None) -> Callable[[IO[bytes], str, ReadOptions], _Numbered]:
    """What reads a file that is one document; of a `media_type` that its first bytes tell, where that is None."""

    def read(content: IO[bytes], name: str, _: ReadOptions) -> _Numbered:
        try:
            data = streams.read_whole(content)
        except TooLargeError as error:
            yield 1, Unreadable(name, str(error))
            return
        if other := next((other for first, other in _OTHERS.items() if data.startswith(first)), None):
            yield 1, Unreadable(name, f"neither text nor HTML, but {other}")
        else:
            yield 1, Document(id=name, text=data, media_type=media_type or _media_type(data[:_PAGE_BYTES]))

    return read


def _media_type(start: bytes) -> str:
    text = start.decode("utf-16" if start.startswith(_BYTE_ORDER_MARKS) else "utf-8", "replace")
    return "text/html" if markup.looks_like_page(text) else "text/plain"


def _of_records(records: Iterable[tuple[int, Mapping[str, Any] | str]], name: str, options: ReadOptions) -> _Numbered:
    """The documents that numbered records are; in place of a record may stand why it cannot be read.

    A field that the caller names and none of them has is told behind them: it may well be missing from some.
    """
    missing = {field: option for option, field in (("--id-field", options.id), ("--url-field", options.url)) if field}
    last = 0
    for number, record in records:
        place = f"{name}:{number}"
        if isinstance(record, str):
            yield number, Unreadable(place, record)
            continue
        last = number
        missing = {field: option for field, option in missing.items() if not has_field(record, field)}
        yield number, options.document(record, place)
    if last and missing:
        told = " or ".join(f"{field} ({option})" for field, option in missing.items())
        yield last + 1, Unreadable(name, f"no record has a field {told}")


def _json_lines(content: IO[bytes], name: str, options: ReadOptions) -> _Numbered:
    return _of_records(_json_records(content), name, options)


def _json_records(content: IO[bytes]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for number, line in enumerate(streams.lines(content), 1):
        if line is None:
            yield number, str(TooLargeError())
        elif line.strip():
            yield number, _json_record(line)


def _json_record(line: bytes) -> Mapping[str, Any] | str:
    try:
        return _as_record(_parsed(line))
    except RecursionError:
        return TOO_DEEP
    except ValueError as error:
        return f"not JSON: {error}"


def _as_record(value: Any) -> Mapping[str, Any] | str:
    return value if isinstance(value, dict) else "not a JSON object"


def _json(content: IO[bytes], name: str, options: ReadOptions) -> _Numbered:
    return _of_records(enumerate(_records_of_one(content), 1), name, options)


def _records_of_one(content: IO[bytes]) -> list[Mapping[str, Any] | str]:
    """The records in a file that is one value of JSON: an object, or an array of objects.

    So crawlers save what they answer, at times with the records as the field ``data`` of an object that tells how it went.
    """
    try:
        value = _parsed(streams.read_whole(content, MAX_JSON_BYTES))
    except TooLargeError as error:
        return [f"{error}, and JSON is read as a whole; JSON lines (.jsonl) may be of any size"]
    except RecursionError:
        return [TOO_DEEP]
    except ValueError as error:
        lines = "; one object a line is JSON lines (.jsonl)" if "Extra data" in str(error) else ""
        return [f"not JSON: {error}{lines}"]
    inner = value.get("data") if isinstance(value, dict) else None
    if isinstance(inner, dict) or (isinstance(inner, list) and all(isinstance(one, dict) for one in inner)):
        value = inner
    return [_as_record(one) for one in (value if isinstance(value, list) else [value])]


def _parsed(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(line)  # slower; also takes NaN and lone surrogates, which others write


def _parquet(content: IO[bytes], name: str, options: ReadOptions) -> _Numbered:
    with streams.seekable(content) as file:
        columns, rows = _columnar().read(file)
        yield from _of_table(columns, rows, name, options)


def _csv(content: IO[bytes], name: str, options: ReadOptions) -> Iterator[tuple[int, Document | Unreadable | str]]:
    """As `_parquet`; a table in which nobody said that there is text may be one of figures, and is left out."""
    columns, rows = separated.read(content, frozenset(itertools.chain(*options.to_clean())))
    if not columns:
        return
    if options.text or options.html or _has_text(columns, options):
        yield from _of_table(columns, rows, name, options)
    else:
        yield 1, "table without a column of text, as --text-field would name it"


def _of_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any] | str], name: str, options: ReadOptions) -> _Numbered:
    """The documents that the rows of a table are, if one of its columns may hold text."""
    if _has_text(columns, options):
        yield from _of_records(enumerate(rows, 1), name, options)
    else:
        wanted = " or ".join(options.told_to_clean())
        yield 1, Unreadable(name, f"no column {wanted}; there are {', '.join(columns)}")


def _has_text(columns: Sequence[str], options: ReadOptions) -> bool:
    return any(one in columns or one.partition(".")[0] in columns for one in itertools.chain(*options.to_clean()))


def _columnar() -> ModuleType:
    """The module that knows Parquet. Raises `ExtraMissingError` where pyarrow is not installed."""
    return needed("cleaner.records.columnar", "Parquet", "parquet")


# In place of a document may stand why a record is none.
_READERS: Mapping[Kind, Callable[[IO[bytes], str, ReadOptions], Iterator[tuple[int, Document | Unreadable | str]]]] = {
    "text": _single("text/plain"),
    "html": _single("text/html"),
    "unknown": _single(None),
    "jsonl": _json_lines,
    "json": _json,
    "csv": _csv,
    "parquet": _parquet,
    "warc": archive,
}
