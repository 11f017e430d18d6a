"""Files that are whole or not there, and where the text of a document goes."""

import hashlib
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_UNSAFE = re.compile(r'[\x00-\x1f<>:"|?*\\%\x7f\ud800-\udfff]|^\.+')
# File systems take names of 255 bytes; the suffix, and what marks a temporary name, need some of them.
_NAME_BYTES = 200
_MAX_FOLDERS = 12
DOCUMENTS, FINDINGS, REJECTED = RECORD_FILES = ("documents", "findings", "rejected")
"""What the files of records in an output folder are called, before the first dot."""
RUN_FILE = "run.json"
HIDDEN = ".cleaner"
PAGE_FILE = "report.html"
"""What `cleaner report` calls its page."""
TEXT_SUFFIXES = (".txt", ".md")
"""How the files of a document end: its text, and what is left of a page as Markdown."""


def is_own_name(name: str) -> bool:
    """Whether a run may call a file or folder of its own so, right in the output folder."""
    lower = name.lower()  # some file systems do not tell capitals apart
    return lower.partition(".")[0] in RECORD_FILES or lower in (RUN_FILE, HIDDEN, PAGE_FILE)


def output_path(folder: Path, document_id: str) -> Path:
    """Where the text of a document goes below `folder`; never outside it, whatever the id.

    An id that ends in ``.txt`` keeps its name, any other gets ``.txt`` added. Characters that some file system refuses are
    written as ``%`` and their code, and a name of more than 200 bytes ends with a digest in place of the rest. A folder gets a
    ``%`` added that would be in the way: of a text or its Markdown by its end, or of what a run calls its own files.
    """
    parts = [part for part in document_id.split("/") if part not in ("", ".")] or ["document"]
    *folders, name = (_safe(part) for part in parts)
    reserved = [one.lower().endswith(TEXT_SUFFIXES) or (not at and is_own_name(one)) for at, one in enumerate(folders)]
    folders = [f"{one}%" if marked else one for one, marked in zip(folders, reserved, strict=True)][:_MAX_FOLDERS]
    return folder.joinpath(*folders, name if name.endswith(".txt") else f"{name}.txt")


def _safe(part: str) -> str:
    inner = part.rstrip(". ")
    escaped = _UNSAFE.sub(lambda match: _escaped(match[0]), inner) + _escaped(part[len(inner) :])
    if len(escaped.encode()) <= _NAME_BYTES:
        return escaped
    rest = f"%{hashlib.blake2b(escaped.encode(), digest_size=8).hexdigest()}"
    return escaped.encode()[: _NAME_BYTES - len(rest)].decode(errors="ignore") + rest


def _escaped(characters: str) -> str:
    return "".join(f"%{byte:02X}" for byte in characters.encode("utf-8", "surrogatepass"))


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears at `path` when the block ends, and not at all if it fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as file:  # unlike those of `tempfile` with the mode that the umask leaves
            yield file
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, its line breaks as they are; a lone surrogate, kept where repairs are off, as three bytes."""
    with whole_file(path) as file:
        file.write(text.encode("utf-8", "surrogatepass"))
