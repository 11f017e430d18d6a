"""Files as streams of bytes: local or on any file system that `fsspec` knows, decompressed, in bounded memory."""

import gzip
import io
import lzma
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

import msgspec
from fastwarc.stream_io import ZstdReader

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

STANDARD_INPUT = "-"

MAX_DOCUMENT_BYTES = 100_000_000
"""No document may be larger, decompressed: one of this size takes 1.8 GB of memory to clean, and a small archive can hold
one without end."""

MAX_SPOOLED_BYTES = 8_000_000_000
"""So much of a file that is read from its end may be put on disk, where it cannot be read so as it comes."""

_BUFFER_BYTES = 1 << 20
# FastWARC's reader gives nothing of a piece in which an archive breaks off: pieces are small.
_ZSTANDARD_BYTES = 1 << 14
_NO_ARCHIVE = (zipfile.BadZipFile, tarfile.TarError)
DAMAGED = (EOFError, OSError, lzma.LZMAError, zlib.error, *_NO_ARCHIVE)
"""What reading a file raises that is not whole, or cannot be read at all."""


class InputError(ValueError):
    """An input that is not there or holds nothing to clean."""


class TooLargeError(Exception):
    """A document is larger than `MAX_DOCUMENT_BYTES`, or a file than what has to be read of it at once."""

    def __init__(self, most_bytes: int | None = None) -> None:
        super().__init__()
        self._most_bytes = most_bytes

    def __str__(self) -> str:
        return f"larger than {(self._most_bytes or MAX_DOCUMENT_BYTES) / 1e6:g} MB"


class Readable(Protocol):
    """Whatever bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """Up to so many bytes; none at the end."""


class File(msgspec.Struct, frozen=True):
    """A file that was found."""

    size: int
    """In bytes, as it lies there; 0 where that is not known."""
    stamp: str
    """Tells whether it is still the same, in the same state, or what a remote store says of it."""
    mode: int = 0
    """Of a local file what kind it is, see `stat`."""


def is_url(path: str) -> bool:
    """Whether `path` is for `fsspec` (``s3://…``, ``memory://…``) and not for this machine's own file system."""
    return "://" in path


def in_archive(url: str) -> tuple[str, str]:
    """A URL such as ``zip://a.txt::s3://bucket/x.zip`` in two: what is named, and the archive it is in, ``::`` before it."""
    named, chain, archive = url.partition("::")
    return (named, chain + archive) if is_url(named) else (url, "")


def file_system(url: str) -> "tuple[AbstractFileSystem, str]":
    """The file system of a URL and the path in it.

    Raises `InputError` where its package is missing, where it is not known, and where the archive that it is in is none.
    """
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError, *_NO_ARCHIVE) as error:
        raise InputError(f"{url}: {error}") from error
    return system, path


_OF_THIS_MACHINE = ("file://", "local://")


def without_scheme(name: str) -> str:
    """A URL of this machine's own file system (``file://…``, ``local://…``) as a plain path; any other name as it is."""
    if not name.startswith(_OF_THIS_MACHINE):
        return name
    _, path = file_system(name)
    return path


def look(path: str) -> File:
    """The file at `path`. Raises `OSError`."""
    if is_url(path):
        from fsspec.archive import AbstractArchiveFileSystem

        system, inside = file_system(path)
        told = system.info(inside)
        size = int(told.get("size") or 0)
        if isinstance(system, AbstractArchiveFileSystem):  # whose `ukey` is another each time the archive is opened
            return File(size, f"{size}:{told.get('date_time') or told.get('mtime')}:{told.get('CRC')}")
        return File(size, str(system.ukey(inside)))
    status = Path(path).stat()
    # Size and time are also those of a copy, or set back. The inode is a file's own, and the time of its change cannot be set.
    stamp = f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}"
    return File(status.st_size, stamp, status.st_mode)


class Stream:
    """The content of a file, decompressed, and how far into the file it has been read."""

    def __init__(self, content: IO[bytes], raw: IO[bytes]) -> None:
        self.content = content
        self._raw = raw

    @property
    def consumed(self) -> int:
        """Bytes of the file that have been read; 0 where it does not say."""
        try:
            return self._raw.tell()
        except (OSError, ValueError):
            return 0


@contextmanager
def opened(path: str) -> Iterator[Stream]:
    """The content of the file at `path`, or of standard input; ``.gz`` and ``.zst`` decompressed.

    Raises one of `DAMAGED`, also while it is read: an archive that ends early is not taken for a shorter one.
    """
    with _raw(path) as raw:
        lower = in_archive(path)[0].lower()
        if lower.endswith(".gz"):
            with gzip.GzipFile(fileobj=raw, mode="rb") as content:
                yield Stream(content, raw)  # type: ignore[arg-type]
        elif lower.endswith((".zst", ".zstd")):
            with io.BufferedReader(_Zstandard(raw), _ZSTANDARD_BYTES) as content:
                yield Stream(content, raw)
        else:
            yield Stream(raw, raw)


@contextmanager
def _raw(path: str) -> Iterator[IO[bytes]]:
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
    elif is_url(path):
        system, inside = file_system(path)
        with _opened_in(system, inside) as file:
            yield file
    else:
        with Path(path).open("rb", buffering=_BUFFER_BYTES) as file:
            yield file


def _opened_in(system: "AbstractFileSystem", path: str) -> IO[bytes]:
    try:
        return system.open(path, "rb")  # type: ignore[no-any-return]
    except RuntimeError as error:  # a file in a zip archive that is encrypted, or compressed in a way that is not known
        raise OSError(str(error)) from error


class _Zstandard(io.RawIOBase):
    """FastWARC's reader as a file: it tells a frame that was cut off, and refuses windows of more than 128 MiB."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._reader = ZstdReader(raw)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._reader.read(min(len(buffer), _ZSTANDARD_BYTES))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def seekable(content: IO[bytes]) -> Iterator[IO[bytes]]:
    """The same content, to be read in any order: by a temporary file where it is decompressed, or comes by a pipe.

    Raises one of `DAMAGED`, also for more than `MAX_SPOOLED_BYTES`.
    """
    if content.seekable() and not isinstance(content, gzip.GzipFile):  # which begins anew for each step back
        yield content
        return
    with tempfile.TemporaryFile() as file:
        while piece := content.read(_BUFFER_BYTES):
            if file.tell() + len(piece) > MAX_SPOOLED_BYTES:
                raise OSError(str(TooLargeError(MAX_SPOOLED_BYTES)))
            file.write(piece)
        yield file


def read_whole(content: Readable, most_bytes: int | None = None) -> bytes:
    """All that is left to read. Raises `TooLargeError`, and then has read little more than the limit.

    That is `most_bytes`, or `MAX_DOCUMENT_BYTES`.
    """
    pieces = []
    left = (most_bytes or MAX_DOCUMENT_BYTES) + 1
    while left and (piece := content.read(min(left, _BUFFER_BYTES))):
        pieces.append(piece)
        left -= len(piece)
    if not left:
        raise TooLargeError(most_bytes)
    return b"".join(pieces)


def lines(content: IO[bytes]) -> Iterator[bytes | None]:
    """The lines to read, ends included; None for one of more than `MAX_DOCUMENT_BYTES`."""
    limit = MAX_DOCUMENT_BYTES
    while line := content.readline(limit + 1):
        if len(line) <= limit:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = content.readline(_BUFFER_BYTES)
        yield None
