r"""The text of a document and its lines.

Offsets everywhere in this package are code points into a `str`, half-open. Lines end at ``\n``, ``\r\n``, ``\r``,
U+2028 or U+2029; other characters that Unicode calls line breaks (U+000B, U+000C, U+0085) are damage more often than
layout and are left for `cleaner.encoding` to judge.
"""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

LINE_SEPARATORS = "\n\r\u2028\u2029"
LINE_BREAK = re.compile(f"\r\n|[{LINE_SEPARATORS}]")

# From the first to the last character of a line that is not white space: blank lines never match, and the greedy
# middle backtracks over trailing white space alone, so the cost stays linear.
_LINE = re.compile(r"\S.*(?<=\S)")


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One document as it came in."""

    id: str = ""
    """What the sender calls it; the result has the same."""
    text: str | bytes = ""
    """The text or the page; bytes are decoded."""
    media_type: str = "text/plain"
    """``text/plain``, ``text/markdown`` or ``text/html``, perhaps with the server's charset: ``text/html; charset=koi8-r``."""
    language: str | None = None
    """Its code by ISO 639 (``en``, ``eng``, ``en-US``), where the sender knows it; otherwise it is detected."""
    url: str | None = None
    """Where it came from, for rules that are bound to a site."""
    metadata: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What else its record holds; cleaning does not look at it."""


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where a line stood in its HTML page."""

    path: str
    """Names of the enclosing elements from the outermost on, joined by ``/``."""
    link_density: float
    """Share of the line's characters that are link text, 0 to 1."""


class Elements(msgspec.Struct, frozen=True, eq=False, dict=True):
    """The elements of an HTML page, as arrays: numbered in the order of the page from 0, which is the page itself."""

    LEVELS: ClassVar = 10
    """How many elements around a line are looked at, from the innermost on."""
    KINDS: ClassVar = ("main", "article", "nav", "aside", "header", "footer", "form", "table", "list", "pre", "item", "heading")

    parent: npt.NDArray[np.int32]
    """For each element the one that it stands in; -1 for the page."""
    depth: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.int32]
    """Which of `KINDS` it is or stands in, a bit each."""
    first_line: npt.NDArray[np.int32]
    end_line: npt.NDArray[np.int32]
    """Its lines go from the first to before the end."""
    sorts: npt.NDArray[np.int32]
    """For each element a number, from 0, that it shares with those of the same tag and attributes."""
    tokens: npt.NDArray[np.uint32]
    """Hashes of the names, classes, ids and roles of all sorts, one after another; the first is that of its tag."""
    token_starts: npt.NDArray[np.int32]
    """For each sort its first token."""
    of_line: npt.NDArray[np.int32]
    """For each line the innermost element in which it begins."""
    link_share: npt.NDArray[np.float32]
    """For each line the share of its characters that are link text, 0 to 1."""
    links: npt.NDArray[np.int32]
    """For each line the number of links that begin in it or that it begins in."""
    title: str = ""
    """What the page calls itself in its head."""
    description: str = ""
    """What the page says of itself in its head."""
    structured: str = ""
    """Running text that the page repeats for machines (JSON-LD)."""

    @functools.cached_property
    def around(self) -> npt.NDArray[np.int64]:
        """For each line the `LEVELS` innermost elements that it stands in, from the innermost on; -1 beyond the outermost."""
        result = np.full((len(self.of_line), self.LEVELS), -1, np.int64)
        current = self.of_line.astype(np.int64)
        for level in range(self.LEVELS):
            result[:, level] = current
            current = np.where(current > 0, self.parent[np.maximum(current, 0)], -1)
        return result


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line that is not blank, without its outer white space and its line break."""

    start: int
    end: int
    origin: Origin | None = None


def cut_lines(text: str) -> list[Line]:
    """The non-blank lines of `text`, in order."""
    for separator in LINE_SEPARATORS:
        text = text.replace(separator, "\n")  # `.` stops at nothing else, and far faster than at a class
    return [Line(*match.span()) for match in _LINE.finditer(text)]


def raw_lines(text: str) -> Iterator[tuple[int, int]]:
    """The start and end of each line of `text` that is not empty, blank ones and indents included."""
    return (match.span() for match in RAW_LINE.finditer(text))


RAW_LINE = re.compile(f"[^{LINE_SEPARATORS}]+")
"""What stands between two line breaks."""


def encode(text: str) -> bytes:
    """`text` as UTF-8; a lone surrogate, which has none, as U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()


def code_points(data: bytes, offsets: Sequence[int]) -> Sequence[int]:
    """Ascending byte offsets into the UTF-8 `data` as numbers of code points that begin before them; linear."""
    if data.isascii():
        return offsets
    result = []
    last_offset = points = 0
    for offset in offsets:
        points += len(data[last_offset:offset].translate(None, _CONTINUATION_BYTES))
        last_offset = offset
        result.append(points)
    return result


_CONTINUATION_BYTES = bytes(range(0x80, 0xC0))
