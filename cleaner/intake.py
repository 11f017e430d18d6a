"""From a document as it comes to the text that is looked at: of bytes decoded, of HTML the page's, of Markdown what is seen."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from cleaner import encoding, markdown, markup
from cleaner.markdown import Markdown
from cleaner.text import Document

_HTML = ("text/html", "application/xhtml+xml")
# A text with links is read as Markdown, whichever of the two it is called.
MEDIA_TYPES = ("text/plain", "text/markdown", *_HTML)


class Read(NamedTuple):
    """A document as read."""

    text: str
    """What is looked at."""
    source: str
    """The decoded document: the same, or the HTML or Markdown of it."""
    decoded: encoding.Decoded | None = None
    """How the source was got, where the document was bytes."""
    markdown: Markdown | None = None
    """None for a text without links."""
    page: markup.Page | None = None


def read(document: Document) -> Read:
    """The text of a document. Raises what `decode` does."""
    source, decoded = decode(document)
    if is_page(document):
        page = markup.read_page(source)
        return Read(page.text, source, decoded, page=page)
    written = markdown.read(source)
    return Read(written.text if written else source, source, decoded, markdown=written)


def text_of(document: Document) -> str:
    """The text that the findings of a document would be about; empty where there is none."""
    try:
        return read(document).text
    except Exception:  # noqa: BLE001 (cleaning the document tells what is wrong with it)
        return ""


def unchanged(document: Document) -> str:
    """The text of a document that failed, of a page its source; empty for bytes that are no text."""
    try:
        return decode(document)[0]
    except (TypeError, encoding.UndecodableError):
        return ""


def decode(document: Document) -> tuple[str, encoding.Decoded | None]:
    """The text of a document, or the source of a page; and how its bytes were read, if it was bytes.

    Raises `TypeError` for what is neither text nor bytes, and `cleaner.encoding.UndecodableError` for bytes that are no text.
    """
    if isinstance(document.text, str):
        return document.text, None
    if not isinstance(document.text, bytes | bytearray | memoryview):
        raise TypeError(f"a document is str or bytes, not {type(document.text).__name__}")
    data = bytes(document.text)
    # What the server says goes before what the page says of itself (HTML standard, 13.2.3.2).
    charset = _CHARSET_PARAMETER.search(str(document.media_type))
    declared = charset[1] if charset else markup.declared_charset(data) if is_page(document) else None
    decoded = encoding.read_bytes(data, declared)
    return decoded.text, decoded


_CHARSET_PARAMETER = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)


def is_page(document: Document) -> bool:
    """Whether a document is HTML."""
    return bare_media_type(document) in _HTML


def bare_media_type(document: Document) -> str:
    """The media type of a document, its parameters left out."""
    return str(document.media_type).split(";")[0].strip().lower()


def host_of(document: Document) -> str | None:
    """The site that a document came from, for rules that are bound to one; None where its address is not one."""
    try:
        return urlsplit(document.url).hostname if document.url else None
    except ValueError:
        return None
