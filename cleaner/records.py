"""Documents in files: reading txt, html and JSON lines, and writing what became of them.

Whatever cannot be read becomes an `Unreadable` in its place, so that no input is silently missing from the output. A file is
written under a temporary name and renamed when it is whole.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from cleaner.text import Document

STANDARD_INPUT = "-"

_MEDIA_TYPES = {
    **dict.fromkeys((".txt", ".text", ".md"), "text/plain"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "text/html"),
}
_JSON_LINES = (".jsonl", ".ndjson")
# The fields of a record, the likeliest first.
_TEXT_FIELDS = ("text", "content", "body", "article", "raw_content", "maintext")
_HTML_FIELDS = ("html", "raw_html", "page")
_ID_FIELDS = ("id", "doc_id", "_id", "url", "uri")
_URL_FIELDS = ("url", "uri", "source_url", "link")


class Unreadable(msgspec.Struct, frozen=True):
    """A document that could not be read, and why."""

    id: str
    error: str


MODIFIED = "$modified"
"""Key of a document's metadata: when the file it came from last changed, in seconds since 1970."""


class InputError(ValueError):
    """An input that is not there or holds nothing to clean."""


def read(inputs: Sequence[str], exclude: Path | None = None) -> Iterator[Document | Unreadable]:
    """The documents in `inputs`: files, folders (searched through, links not followed), or ``-`` for standard input.

    A document's id is its path below the folder that was named, or the name of the file; in JSON lines the record's own
    id, or else file and line. Ids are made unique. `exclude` is a folder that is left out, such as the output.
    Raises `InputError` for an input that does not exist or has no readable kind of file.
    """
    seen: dict[str, int] = {}
    for document in _read(inputs, exclude):
        number = seen[document.id] = seen.get(document.id, 0) + 1
        yield document if number == 1 else msgspec.structs.replace(document, id=f"{document.id}~{number}")


def _read(inputs: Sequence[str], exclude: Path | None) -> Iterator[Document | Unreadable]:
    for name in inputs:
        path = Path(name)
        if name == STANDARD_INPUT:
            yield Document(id="stdin", text=sys.stdin.buffer.read())
        elif path.is_dir():
            files = list(_files(path, exclude))
            if not files:
                raise InputError(f"{name}: no .txt, .md, .html or .jsonl file in this folder")
            for file in files:
                yield from _read_file(file, file.relative_to(path).as_posix())
        elif path.exists():
            yield from _read_file(path, path.name)
        else:
            raise InputError(f"{name}: no such file or folder")


def count(inputs: Sequence[str], exclude: Path | None = None) -> int | None:
    """How many documents `read` will give; None where that would take reading them (JSON lines, standard input)."""
    total = 0
    for name in inputs:
        path = Path(name)
        files = list(_files(path, exclude)) if path.is_dir() else [path]
        if name == STANDARD_INPUT or any(file.suffix.lower() in _JSON_LINES for file in files):
            return None
        total += len(files)
    return total


def _files(folder: Path, exclude: Path | None) -> Iterator[Path]:
    """The readable kinds of files below a folder, in the order of their paths; hidden ones and `exclude` left out."""
    excluded = exclude.resolve() if exclude else None
    for directory, folders, names in os.walk(folder):
        here = Path(directory)
        folders[:] = sorted(one for one in folders if not one.startswith(".") and (here / one).resolve() != excluded)
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in (*_MEDIA_TYPES, *_JSON_LINES):
                yield here / name


def _read_file(path: Path, name: str) -> Iterator[Document | Unreadable]:
    media_type = _MEDIA_TYPES.get(path.suffix.lower(), "text/plain")
    try:
        source = {MODIFIED: path.stat().st_mtime}
        if path.suffix.lower() in _JSON_LINES:
            with path.open("rb") as file:
                yield from _read_json_lines(file, name, source)
        else:
            yield Document(id=name, text=path.read_bytes(), media_type=media_type, metadata=source)
    except OSError as error:
        yield Unreadable(name, f"cannot be read: {error.strerror or error}")


def _read_json_lines(file: Iterable[bytes], name: str, source: Mapping[str, float]) -> Iterator[Document | Unreadable]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Unreadable(place, f"not JSON: {error}")
            continue
        yield _document({**record, **source}, place) if isinstance(record, dict) else Unreadable(place, "not a JSON object")


def _document(record: dict[str, Any], place: str) -> Document | Unreadable:
    text_field = next((field for field in _TEXT_FIELDS if isinstance(record.get(field), str)), None)
    html_field = next((field for field in _HTML_FIELDS if isinstance(record.get(field), str)), None)
    field = text_field or html_field
    if field is None:
        return Unreadable(place, f"no text in any of the fields {', '.join((*_TEXT_FIELDS, *_HTML_FIELDS))}")
    name = next((str(record[one]) for one in _ID_FIELDS if isinstance(record.get(one), str | int)), place)
    url = next((record[one] for one in _URL_FIELDS if isinstance(record.get(one), str)), None)
    return Document(
        id=name,
        text=record[field],
        media_type="text/plain" if text_field else "text/html",
        url=url,
        metadata={key: value for key, value in record.items() if key != field},
    )


_UNSAFE = re.compile(r'[\x00-\x1f<>:"|?*\\%\x7f]|^\.+|[. ]+$')


def output_path(folder: Path, document_id: str) -> Path:
    """Where the text of a document goes below `folder`; never outside it, whatever the id.

    An id that ends in ``.txt`` keeps its name, any other gets ``.txt`` added. Characters that some file system refuses are
    written as ``%`` and their code.
    """
    parts = [part for part in document_id.split("/") if part not in ("", ".")] or ["document"]
    safe = [_UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), part)[:200] for part in parts]
    if not safe[-1].endswith(".txt"):
        safe[-1] += ".txt"
    return folder.joinpath(*safe)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears at `path` when the block ends, and not at all if it fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, its line breaks as they are; a lone surrogate, kept where repairs are off, as three bytes."""
    with whole_file(path) as file:
        file.write(text.encode("utf-8", "surrogatepass"))
