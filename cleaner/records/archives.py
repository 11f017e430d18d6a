"""The pages and texts in WARC and WET archives, read by FastWARC."""

import io
import mimetypes
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import IO
from urllib.parse import urlsplit

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from cleaner.records import streams
from cleaner.records.options import ReadOptions, Unreadable
from cleaner.records.streams import TooLargeError
from cleaner.text import Document

_RECORDS = WarcRecordType.response | WarcRecordType.conversion | WarcRecordType.resource
_MEDIA_TYPES = {
    **dict.fromkeys(("text/html", "application/xhtml+xml"), "text/html"),
    **dict.fromkeys(("text/plain", "text/markdown"), "text/plain"),
}
# Media types that are told by their names: an archive may say anything, and what is counted must not grow with it.
_NAMED = frozenset(mimetypes.MimeTypes().types_map[True].values())
# No file is longer, and `int` refuses numbers without end.
_LENGTH = re.compile("[0-9]{1,18}")


def archive(content: IO[bytes], name: str, _: ReadOptions) -> Iterator[tuple[int, Document | Unreadable | str]]:
    """The documents in an archive, each with the number of its record, from 1 on.

    In place of one stands, in a word or two, why a record is none: the server answered with something else than what was asked
    for, such as an error or a redirect, it is what the site says to crawlers, or other media, as images.
    """
    for number, record in enumerate(ArchiveIterator(_Source(content), record_types=_RECORDS, parse_http=False), 1):
        place = f"{name}:{number}"
        try:
            yield number, _document(record, place)
        except TooLargeError as error:
            yield number, Unreadable(place, str(error))


class _Source:
    """A stream that says where it is: FastWARC asks, and some streams, as pipes, do not know.

    It gives what there is, not waiting for more: an error comes after what could be read before it.
    """

    def __init__(self, content: IO[bytes]) -> None:
        self._read = getattr(content, "read1", content.read)
        self._position = 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._read(size)
        self._position += len(data)
        return data

    def tell(self) -> int:
        return self._position

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def close(self) -> None:
        """Its content is closed by who opened it."""


def _document(record: WarcRecord, place: str) -> Document | Unreadable | str:
    """The page or text in a record, or why it is none (`archive`)."""
    if damage := _damage(record):
        return Unreadable(place, damage)
    headers = record.headers
    if record.is_http:
        status, media_type, charset, data = _http_body(record)
    else:
        status, media_type, charset, data = None, headers.get("Content-Type") or "", None, streams.read_whole(record.reader)
    url = (headers.get("WARC-Target-URI") or "").strip("<>") or None
    if status and not 200 <= status <= 299:
        return f"HTTP {status}"
    if url and _path(url) == "/robots.txt":
        return "robots.txt"
    media_type = media_type.split(";")[0].strip().lower()
    known = _MEDIA_TYPES.get(media_type)
    if known is None:
        return media_type if media_type in _NAMED else "another media type" if media_type else "no media type"
    other = {"url": url, "date": headers.get("WARC-Date")}
    return Document(
        id=(record.record_id or "").strip("<>") or place,
        text=data,
        media_type=f"{known}; charset={charset}" if charset else known,
        url=url,
        metadata={key: value for key, value in other.items() if value},
    )


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # a malformed address
        return ""


def _damage(record: WarcRecord) -> str | None:
    """What is wrong with a record, which is then in memory; None where nothing is. Raises `TooLargeError`."""
    length = (record.headers.get("Content-Length") or "").strip()
    if not _LENGTH.fullmatch(length):
        return "the record is cut off or damaged in its header"
    if record.content_length > streams.MAX_DOCUMENT_BYTES:
        raise TooLargeError
    record.freeze()
    if record.content_length < int(length):
        return f"the record is cut off after {record.content_length} of {length} bytes"
    return None


def _http_body(record: WarcRecord) -> tuple[int | None, str, str | None, bytes]:
    """Status, media type, charset and body of an HTTP response; raises `TooLargeError`.

    The status is None where the response has none, or one that there cannot be. Where the body is not encoded as its header
    says, it was decoded when it was archived, and is taken as it stands.
    """
    written = io.BytesIO()
    record.write(written)
    for encoded in ("all", "none"):
        with suppress(OSError):
            # Apart, since an error in a body would end the reading of the archive.
            apart = WarcRecord.from_bytes(written.getvalue())
            apart.parse_http(auto_decode=encoded)
            status = apart.http_headers.status_code
            status = status if status and 100 <= status <= 999 else None
            return status, apart.http_content_type or "", apart.http_charset, streams.read_whole(apart.reader)
    return None, "", None, b""
