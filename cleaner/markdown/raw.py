"""What converters to Markdown leave of a page for want of Markdown that says the same: tags, and attributes in braces."""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from cleaner.markdown.code import code_in, inside

# A link with more text than this is none: a bracket was left open.
LONGEST_LINK = 2_000


Span: TypeAlias = tuple[int, int]


class Raw(NamedTuple):
    """Raw markup. Offsets are code points into the Markdown; all spans are by place and apart."""

    spans: list[Span]
    links: list[Span]
    """Where links stand whose tags are among it, from tag to tag."""


# Of what is repeated nothing is tried in two ways, so that all is linear.
_TAG = re.compile(
    r"""
    (?<!\\)<(?:
        (?P<name>[a-zA-Z][\w:.-]*+)
        (?P<attributes>(?:\s++[^\s"'<>/={}]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>=`]++))?+)*+)\s*+/?
        |/(?P<ends>[a-zA-Z][\w:.-]*+)\s*+
        |!--[^<>]*+(?<=--)
    )>
    """,
    re.VERBOSE,
)
# What is written for browsers and style sheets. A page has hundreds of them, Markdown with some HTML of its own few.
_OF_PAGE = re.compile(r"\s(?:class|srcset|loading|role|slot|tabindex|data-[\w-]+|aria-[\w-]+|on[a-z]+)\s*=", re.IGNORECASE)
_ELEMENTS = frozenset(
    "a article aside button div figure footer form header i iframe img input label li main nav ol p path picture section source"
    " span svg table td th time tr ul video".split()
)
_FEWEST_TAGS = 8
# Where tags are all the markup there is, the text is HTML, or shows some. Among Markdown a page's elements have blank lines
# around them.
_LINK, _FEWEST_LINKS, _FEWEST_APART = "](", 3, 3
_APART = re.compile(r"(?:\A|\n[ \t]*\r?\n)[ \t]*<[a-z][^<>]*+>(?=[ \t]*+\r?\n[ \t]*+\r?\n)", re.IGNORECASE)
_PAGE = re.compile(r"\s*+<(?:!doctype|html)\b", re.IGNORECASE)
_HAS_TAG = re.compile(r"<[a-zA-Z][\w:.-]*+\s++[\w:-]++=")

_BRACES = r"""\{(?:\s*+(?:[.#][^\s{}="]++|[^\s{}="]++="(?:[^"\\]|\\.)*+"|=html))++\s*+\}"""
_ATTRIBUTES = re.compile(
    rf"""
    \\.
    |(?P<open>\[)
    |\]\((?:<[^<>\n]*+>|[^\s()<>]*+(?:\([^\s()]*+\)[^\s()<>]*+)*+)(?:\s++"(?:[^"\\]|\\.)*+")?+\)(?P<of_link>{_BRACES})?+
    |\](?P<of_span>{_BRACES})?+
    |^[ \t]*+(?:[-*+][ \t]++|[0-9]{{1,9}}[.)][ \t]++)?+(?P<division>:{{3,}}(?:[ \t]*+(?:{_BRACES}|[\w-]++))?+[ \t]*+$)
    |(?P<of_heading>(?<=\S)[ \t]++{_BRACES}[ \t]*+$)
    """,
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
_HAVE_ATTRIBUTES = (":::", "]{", "){")
_RAW_FENCED, _RAW_BEHIND = re.compile(r"[`~]{3,}[ \t]*\{=html\}"), re.compile(r"\{=html\}")
# Pandoc's own Markdown is also written by hand: there it has few.
_FEWEST_ATTRIBUTES = 10


def raw_markup(text: str) -> Raw:
    """The raw markup in `text`; nothing where it has little, or is no Markdown. What stands in code stays."""
    has_tags = "<" in text and _HAS_TAG.search(text) is not None and _is_markdown(text)
    has_attributes = any(map(text.__contains__, _HAVE_ATTRIBUTES))
    if not has_tags and not has_attributes:
        return Raw([], [])
    code = code_in(text)
    attributes = sorted(_attributes(text, code)) if has_attributes else []
    if len(attributes) < _FEWEST_ATTRIBUTES:
        attributes = []
    tags = _tags(text, code, _FEWEST_TAGS if not attributes else 0)
    spans: list[Span] = []
    for span in sorted([*(tag.span() for tag in tags), *attributes]):
        if not spans or span[0] >= spans[-1][1]:
            spans.append(span)
    starts, ends = ({span[side] for span in spans} for side in (0, 1))
    return Raw(spans, [link for link in _links(tags) if link[0] in starts and link[1] in ends])


def _is_markdown(text: str) -> bool:
    if _PAGE.match(text):
        return False
    apart = itertools.islice(_APART.finditer(text), _FEWEST_APART)
    return text.count(_LINK) >= _FEWEST_LINKS or len(list(apart)) == _FEWEST_APART


def with_lines(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """The `spans` of raw markup with the line breaks of what has lines to itself; between two blank lines, with one of these.

    Behind the bullet of an item all white space goes along, so that its text follows.
    """
    on_line: list[Span] = []
    line = before = blank_until = 0
    alone = True
    for start, end in spans:
        between = text[before:start]
        if (line_break := max(between.rfind("\n"), between.rfind("\r"))) >= 0:
            yield from on_line
            on_line = []
            line, alone = before + line_break + 1, True
        alone = alone and not between[line_break + 1 :].strip()
        on_line.append((start, end))
        before = end
        if not alone and len(on_line) == 1 and _ITEM_BEGINS.fullmatch(between, line_break + 1) and _LINE_END.match(text, end):
            on_line = [(start, _WHITE.match(text, end).end())]  # type: ignore[union-attr]
        if alone and (line_end := _LINE_END.match(text, end)):
            after = line_end.end()
            if line == blank_until or text[max(line - 4, 0) : line].replace("\r", "").endswith("\n\n"):
                blank = _BLANK.match(text, after)
                after = blank_until = blank.end() if blank else after
            yield line, after
            on_line = []
    yield from on_line


_LINE_END, _BLANK, _WHITE = re.compile(r"[ \t]*+(?:\r?\n|\Z)"), re.compile(r"[ \t]*+\r?\n"), re.compile(r"\s*+")
_ITEM_BEGINS = re.compile(r"[ \t]*+(?:[-*+]|[0-9]{1,9}[.)])[ \t]++")


def _tags(text: str, code: Sequence[Span], fewest: int) -> list[re.Match[str]]:
    """All tags; nothing where fewer are of a page."""
    tags = [tag for tag in _TAG.finditer(text) if not inside(tag.start(), code)]
    return tags if sum(map(_is_of_page, tags)) >= fewest else []


def _links(tags: Sequence[re.Match[str]]) -> Iterator[Span]:
    """Where links stand, from tag to tag."""
    opens: re.Match[str] | None = None
    for tag in tags:
        if (tag["name"] or "").lower() == "a":
            opens = tag
        elif (tag["ends"] or "").lower() == "a" and opens and tag.start() - opens.end() <= LONGEST_LINK:
            yield opens.start(), tag.end()
            opens = None


def _is_of_page(tag: re.Match[str]) -> bool:
    return bool(tag["name"]) and tag["name"].lower() in _ELEMENTS and _OF_PAGE.search(tag["attributes"]) is not None


def _attributes(text: str, code: Sequence[Span]) -> Iterator[Span]:
    """Attributes behind links, spans and headings, the brackets of such spans, fences of divisions, and raw HTML."""
    for start, end in code:
        if _RAW_FENCED.match(text, start):
            yield start, end
        elif behind := _RAW_BEHIND.match(text, end):
            yield start, behind.end()
    brackets: list[int] = []
    for token in _ATTRIBUTES.finditer(text):
        if inside(token.start(), code):
            continue
        kind = token.lastgroup
        if kind in ("division", "of_link") or (kind == "of_heading" and text[text.rfind("\n", 0, token.start()) + 1] == "#"):
            yield token.span(kind)
        if kind == "open":
            brackets.append(token.start())
        elif token[0].startswith("]") and brackets:
            opens = brackets.pop()
            if kind == "of_span":
                yield from ((opens, opens + 1), token.span())
