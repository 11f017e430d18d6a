"""An HTML page as text and lines that know where they stood, and the choice of its main content."""

import functools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from cleaner.text import Line, Origin

# Deeper elements are named by their innermost ancestors only; real pages stay far below.
PATH_ELEMENTS = 16
# HTML parsers take time by the square of the depth. Browsers stop at 512 levels; only a hostile page has this many.
MAX_DEPTH = 5_000
# Lines are recognised in an extractor's output by runs of this many words, at least this share of them.
SHINGLE_WORDS = 4
SHINGLE_SHARE = 0.6
# The declared charset must stand in the first 1,024 bytes (HTML standard); pages put it a little later.
CHARSET_BYTES = 4_096

_CHARSET = re.compile(rb"""(?:<meta[^>]{0,200}?charset|<\?xml[^>]{0,200}?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_UNSEEN = frozenset("script style template head svg math iframe object embed canvas audio video select datalist".split())
_PARAGRAPHS = frozenset(
    "address article aside blockquote body caption center dialog dl div fieldset figcaption figure footer form h1 "
    "h2 h3 h4 h5 h6 header hr legend main menu nav ol p pre section summary details table tbody tfoot thead ul".split()
)
_LINES = frozenset("br dd dt li option tr".split())
_CELLS = frozenset(("td", "th"))
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_SELF_CLOSING = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li dt dd option tr td th thead tbody".split()
)
_WORD = re.compile(r"\w+")


def declared_charset(page: bytes) -> str | None:
    """The charset that an HTML page declares for itself."""
    match = _CHARSET.search(page[:CHARSET_BYTES])
    return match[1].decode("ascii", "replace") if match else None


class TooDeepError(ValueError):
    """A page whose elements nest deeper than `MAX_DEPTH`."""


def page_text(page: str) -> tuple[str, list[Line]]:
    """The text of an HTML page as a reader sees it, and its lines with their origin.

    Paragraphs are apart by blank lines; table cells by tabs. Scripts, styles and embedded objects are left out; what stands
    there for readers without scripts is read. Raises `TooDeepError`.
    """
    from selectolax.lexbor import LexborHTMLParser

    if page.count("<") > MAX_DEPTH and _depth(page) > MAX_DEPTH:
        raise TooDeepError(f"elements nest deeper than {MAX_DEPTH:,} levels")
    root = LexborHTMLParser(page.replace("\0", "")).root
    builder = _Builder()
    path: list[str] = []
    node, links = root, 0
    while node is not None:
        tag = node.tag or ""
        if tag == "-text":
            builder.add(node.text_content or "", in_link=links > 0, preformatted="pre" in path[-PATH_ELEMENTS:])
        elif tag not in _UNSEEN:
            builder.enter(tag, path)
            if node.child is not None:
                path.append(tag)
                links += tag == "a"
                node = node.child
                continue
        while node is not None and node.next is None:
            node = node.parent
            if node is None or not path:
                node = None
                break
            left = path.pop()
            links -= left == "a"
            builder.enter(left, path)
        node = node.next if node is not None else None
    return builder.finish()


def _depth(page: str) -> int:
    """How many elements are open at most, if every end tag closes one; void elements and paragraphs close themselves."""
    depth = deepest = 0
    for match in _TAG.finditer(page):
        depth = max(depth - 1, 0) if match[1] else depth + (match[2].lower() not in _SELF_CLOSING)
        deepest = max(deepest, depth)
    return deepest


class _Builder:
    """Collects the text of a page line by line."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._link_characters = 0
        self._path = ""
        self._text: list[str] = []
        self._length = 0
        self._lines: list[Line] = []
        self._gap = ""

    def add(self, text: str, *, in_link: bool, preformatted: bool) -> None:
        if preformatted and "\n" in text:
            for number, line in enumerate(text.split("\n")):
                if number:
                    self._break("\n")
                self._pieces.append(line)
        else:
            self._pieces.append(text)
        if in_link:
            self._link_characters += len(text.strip())

    def enter(self, tag: str, path: Sequence[str]) -> None:
        """An element begins or ends below `path`."""
        if tag in _PARAGRAPHS:
            self._break("\n\n")
        elif tag in _LINES:
            self._break("\n")
        elif tag in _CELLS and self._pieces:
            self._pieces.append("\t")
        if not self._pieces:
            self._path = "/".join([*path[-PATH_ELEMENTS + 1 :], tag])

    def _break(self, gap: str) -> None:
        text = " ".join("".join(self._pieces).split()) if self._pieces else ""
        self._pieces.clear()
        if text:
            if self._lines:
                self._text.append(self._gap)
                self._length += len(self._gap)
            density = round(min(self._link_characters / len(text), 1.0), 3)
            self._lines.append(Line(self._length, self._length + len(text), Origin(self._path, density)))
            self._text.append(text)
            self._length += len(text)
            self._gap = gap
        elif len(gap) > len(self._gap):
            self._gap = gap
        self._link_characters = 0

    def finish(self) -> tuple[str, list[Line]]:
        self._break("")
        return "".join(self._text), self._lines


def outside_main_content(page: str, text: str, lines: Sequence[Line], url: str | None = None) -> list[tuple[int, int]]:
    """The runs of `lines` of a page's `text` that are not its main content, as spans; trafilatura chooses.

    Empty where it finds no main content at all.
    """
    extracted = _trafilatura(page, url)
    if not extracted:
        return []
    kept = list(_recognised(extracted, [text[line.start : line.end] for line in lines]))
    runs: list[tuple[int, int]] = []
    previous_dropped = False
    for line, keep in zip(lines, kept, strict=True):
        if not keep:
            runs[-1:] = [(runs[-1][0], line.end)] if previous_dropped else [*runs[-1:], (line.start, line.end)]
        previous_dropped = not keep
    return runs if any(kept) else []


def _trafilatura(page: str, url: str | None) -> str:
    import trafilatura

    return trafilatura.extract(page, url=url, include_comments=False, config=_trafilatura_config()) or ""


@functools.cache
def _trafilatura_config() -> Any:
    from trafilatura.settings import DEFAULT_CONFIG

    config = deepcopy(DEFAULT_CONFIG)
    config.set("DEFAULT", "EXTRACTION_TIMEOUT", "0")  # it would set a signal handler, which threads cannot
    return config


def _recognised(extracted: str, lines: Sequence[str]) -> Iterator[bool]:
    """For each line of a page whether it stands in the text that an extractor made of the page.

    By runs of words, since extractors re-wrap lines, mark list items and join table cells; each run counts as often as
    it occurs, so that a headline in a menu does not pass for the headline of the article twice.
    """
    words = [_WORD.findall(line.casefold()) for line in extracted.splitlines()]
    whole = Counter(tuple(line) for line in words if line)
    shingles = Counter(shingle for line in words for shingle in _shingles(line))
    for line in lines:
        own = _WORD.findall(line.casefold())
        if not own:
            yield False
        elif whole[tuple(own)] > 0:
            whole[tuple(own)] -= 1
            shingles.subtract(_shingles(own))
            yield True
        elif len(own) < SHINGLE_WORDS:
            yield False
        else:
            runs = list(_shingles(own))
            found = [run for run in runs if shingles[run] > 0]
            keep = len(found) >= SHINGLE_SHARE * len(runs)
            if keep:
                shingles.subtract(found)
            yield keep


def _shingles(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[start : start + SHINGLE_WORDS]) for start in range(len(words) - SHINGLE_WORDS + 1))
