"""The pages and texts in WARC and WET archives, read by FastWARC."""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

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
# No file is longer, and `int` refuses numbers without end.
_LENGTH = re.compile("[0-9]{1,18}")


def archive(content: IO[bytes], name: str, _: ReadOptions) -> Iterator[tuple[int, Document | Unreadable]]:
    """The documents in an archive, each with the number of its record, from 1 on. Other media, as images, are left out."""
    for number, record in enumerate(ArchiveIterator(_Source(content), record_types=_RECORDS, parse_http=False), 1):
        place = f"{name}:{number}"
        try:
            document = _document(record, place)
        except TooLargeError as error:
            document = Unreadable(place, str(error))
        if document:
            yield number, document


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


def _document(record: WarcRecord, place: str) -> Document | Unreadable | None:
    """The page or text in a record; None for other media, as images."""
    if damage := _damage(record):
        return Unreadable(place, damage)
    headers = record.headers
    if record.is_http:
        media_type, charset, data = _http_body(record)
    else:
        media_type, charset, data = headers.get("Content-Type") or "", None, streams.read_whole(record.reader)
    known = _MEDIA_TYPES.get(media_type.split(";")[0].strip().lower())
    if known is None:
        return None
    url = (headers.get("WARC-Target-URI") or "").strip("<>") or None
    other = {"url": url, "date": headers.get("WARC-Date")}
    return Document(
        id=(record.record_id or "").strip("<>") or place,
        text=data,
        media_type=f"{known}; charset={charset}" if charset else known,
        url=url,
        metadata={key: value for key, value in other.items() if value},
    )


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


def _http_body(record: WarcRecord) -> tuple[str, str | None, bytes]:
    """Media type, charset and body of an HTTP response; raises `TooLargeError`.

    Where the body is not encoded as its header says, it was decoded when it was archived, and is taken as it stands.
    """
    written = io.BytesIO()
    record.write(written)
    for encoded in ("all", "none"):
        with suppress(OSError):
            # Apart, since an error in a body would end the reading of the archive.
            apart = WarcRecord.from_bytes(written.getvalue())
            apart.parse_http(auto_decode=encoded)
            return apart.http_content_type or "", apart.http_charset, streams.read_whole(apart.reader)
    return "", None, b""
