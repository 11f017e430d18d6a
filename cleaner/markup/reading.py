"""An HTML page as text, and lines that know where they stood."""

import functools
import itertools
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import numpy as np

from cleaner.hostile import flattened
from cleaner.markup.marks import Marks
from cleaner.text import Elements, Line, Origin

# Deeper elements are named by their innermost ancestors only; real pages stay far below.
PATH_ELEMENTS = 16
# The declared charset must stand in the first 1,024 bytes (HTML standard); pages put it a little later.
CHARSET_BYTES = 4_096

_CHARSET = re.compile(rb"""(?:<meta[^>]{0,200}?charset|<\?xml[^>]{0,200}?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
# A frame written like `<br/>`, as React does in `<noscript>`: HTML knows no such end, and a parser without scripts would take
# all that follows for text inside the frame. Browsers, which have scripts, do not read what is in `<noscript>`.
_FRAME_WITHOUT_END = re.compile(r"<iframe\b[^<>]*/>(?!\s*</iframe)")
_XHTML = re.compile(r"<html\b[^<>]*\bxmlns\s*=\s*[\"']http://www\.w3\.org/1999/xhtml", re.IGNORECASE)
_ENDED_AT_ONCE = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)\b)([A-Za-z][\w:-]*)(\s[^<>]*)?/>"
)
_WORD = re.compile(r"\w+")
_UNSEEN = frozenset(
    "script style head svg annotation annotation-xml iframe object embed canvas audio video select datalist rp rt rtc".split()
)
_PARAGRAPHS = frozenset(
    "address article aside blockquote body caption center dialog dl div fieldset figcaption figure footer form h1 "
    "h2 h3 h4 h5 h6 header hr legend main menu nav ol p pre section summary details table tbody tfoot thead ul".split()
)
_LINES = frozenset("br dd dt li option tr".split())
_GAPS = {**dict.fromkeys(_PARAGRAPHS, "\n\n"), **dict.fromkeys(_LINES, "\n")}
_CELLS = frozenset(("td", "th"))
_CODE = frozenset(("code", "kbd", "samp", "tt"))
_CELL = "\x1f"
_BREAKING = _GAPS.keys() | _CELLS


def declared_charset(page: bytes) -> str | None:
    """The charset that an HTML page declares for itself."""
    match = _CHARSET.search(page[:CHARSET_BYTES])
    return match[1].decode("ascii", "replace") if match else None


def looks_like_page(text: str) -> bool:
    """Whether a text begins as HTML pages do: with ``<!doctype html`` or ``<html``, comments and the like before it aside."""
    return _PAGE.match(text) is not None


def looks_like_fragment(text: str) -> bool:
    """Whether a text is a piece of a page in HTML: it begins and ends with an element, and elements end in it all along."""
    ends = _FRAGMENT_ENDS.search(text, max(len(text) - _LONGEST_END, 0))
    if not (ends and _FRAGMENT_BEGINS.match(text)):
        return False
    return text.count("</") >= max(2, len(text) / _FRAGMENT_CHARACTERS)


_FRAGMENT_ELEMENT = (
    "article|aside|blockquote|body|div|dl|figure|footer|form|h[1-6]|header|li|main|nav|ol|p|section|span|table|tbody|td|tr|ul"
)
_FRAGMENT_BEGINS = re.compile(rf"\s*+<(?:{_FRAGMENT_ELEMENT})[\s>]", re.IGNORECASE)
_FRAGMENT_ENDS = re.compile(rf"</(?:{_FRAGMENT_ELEMENT})\s{{0,9}}>\s{{0,99}}\Z", re.IGNORECASE)
_LONGEST_END = 200
# In the sources of WCXB's pages there is one every 150 characters; Markdown that begins with some HTML has far fewer.
_FRAGMENT_CHARACTERS = 1_000
# Possessive, so that no number of comments is tried in more than one way.
_PAGE = re.compile(r"(?:\s|\ufeff|<!--(?>.*?-->)|<\?[^>]*+>)*+<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL)


class Page(msgspec.Struct, frozen=True, eq=False):
    """An HTML page as read."""

    text: str
    """The page as a reader sees it. Paragraphs are apart by blank lines; table cells by tabs."""
    lines: list[Line]
    elements: Elements
    marks: list[tuple[int, int]]
    """Start and end of each mark that is a link within the page: to a footnote, back from it, or to its own heading."""
    code: list[tuple[int, int]]
    """Start and end of each piece of code in which an ampersand stands, which is no left-over of an entity there."""

    def headline(self) -> slice:
        """The lines of its headline: of the `h1` the longest that its title repeats, or the only one; else no line.

        Of 499 labelled titles of WCXB 378 stand on a line of their page, 333 on the one that is taken.
        """
        headings = []
        for inside, group in itertools.groupby(range(len(self.lines)), self._in_heading):
            numbers = list(group)
            if inside:
                headings.append(slice(numbers[0], numbers[-1] + 1))
        title = _words_of(self.elements.title)
        said = [_words_of(self.text[self.lines[one.start].start : self.lines[one.stop - 1].end]) for one in headings]
        repeated = [(len(words), one) for words, one in zip(said, headings, strict=True) if words.strip() and words in title]
        if repeated:
            return max(repeated, key=lambda told: told[0])[1]
        return headings[0] if len(headings) == 1 else slice(0)

    def _in_heading(self, number: int) -> bool:
        origin = self.lines[number].origin
        return origin is not None and "h1" in origin.path.split("/")


def read_page(page: str) -> Page:
    """The text of an HTML page, its lines with their origin, and its elements.

    Scripts, styles and embedded objects are left out; what stands there for readers without scripts is read, and so is what a
    browser shows of a template (declarative shadow DOM). Of a formula its TeX is read where it has any, else what stands in it,
    and not what draws it a second time. How words are said is not read (``ruby``), which would stand in the midst of them.
    Takes time and memory proportional to the page, whatever it holds.
    """
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(flattened(readable(page)))
    reader = _Reader()
    node = tree.root
    above = []
    while node is not None:
        tag = node.tag or ""
        following = None
        if tag == "-text":
            reader.add(node.text_content or "")
        elif tag == "math" and (formula := _formula(node)):
            reader.add(formula)
        elif tag and tag[0] != "-" and tag not in _UNSEEN and not _draws_formula(node, attributes := node.attributes):
            if tag in _BREAKING:
                reader.break_at(tag)
            following = node.child
            if following is None and tag == "template":
                following = _shadow_tree(node)
            if following is not None:
                reader.enter(tag, attributes)
                above.append(node)
        if following is None:
            following = node.next
        while following is None and above:
            reader.leave()
            following = above.pop().next
        node = following
    return reader.finish(tree)


def _shadow_tree(template: Any) -> Any:
    """The first node of what a template shows in its place; None for one that shows nothing."""
    trees = template.template_fragments() if "shadowrootmode" in template.attributes else ()
    return trees[0].child if trees else None  # within MathML it is an element like others


def _formula(math: Any) -> str:
    """What a formula is in words or TeX; nothing where it does not say."""
    if said := math.attributes.get("alttext"):
        return str(said)
    first = next(math.iter(), None)
    if first is not None and first.tag == "semantics":
        for node in first.iter():
            if node.tag == "annotation" and "tex" in (node.attributes.get("encoding") or "").lower():
                return str(node.text())
    return ""


def _draws_formula(node: Any, attributes: Mapping[str, str | None]) -> bool:
    """Whether an element shows to the eye alone what a formula beside it says, as KaTeX and MathJax write it."""
    if attributes.get("aria-hidden") != "true":
        return False
    beside = [one for one in (node.prev, node.next) if one is not None]
    return any("math" in (one.tag, one.child.tag if one.child else None) for one in beside)


def _words_of(text: str) -> str:
    """The words of a text and nothing else, each between spaces."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def readable(page: str) -> str:
    """`page` without what would mislead the parser.

    NUL characters and lone surrogates, which it ignores even inside names of tags; frames without an end; and in XHTML elements
    that end where they begin (``<script src="a.js"/>``), which in HTML would go on.
    """
    page = _FRAME_WITHOUT_END.sub("", page.replace("\0", ""))
    if _XHTML.search(page, 0, CHARSET_BYTES):
        page = _ENDED_AT_ONCE.sub(r"<\1\2></\1>", page)
    try:
        page.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "", page)
    return page


class _Reader:
    """Collects the text of a page line by line, and the elements that it stands in."""

    def __init__(self) -> None:
        # The elements that are open, by tag and by number, and how many of them are links, `pre` and code.
        self.path: list[str] = []
        self._open = [0]
        self._in_link = self._in_pre = self._in_code = 0
        # All elements, and all sorts of them (tag and what attributes tell), as `Elements` has them.
        self._parent, self._depth, self._kinds = [-1], [0], [0]
        self._first_line, self._end_line = [0], [-1]
        self._sorts, self._kind_of_sort = [0], [0]
        self._tokens: list[Sequence[int]] = [()]
        self._known: dict[tuple[str, tuple[str | None, ...], bool], int] = {}
        # The line in hand: its pieces, where it begins, its links, and the line breaks that stand before it.
        self._pieces: list[str] = []
        self._line_marks = Marks(self._pieces)
        self._code_of_line: list[str] = []
        self._begun = False
        self._element = 0
        self._origin = ""
        self._link_characters = self._links = self._links_from_above = 0
        self._cells = 0
        self._gap = ""
        self._broken_by = ""
        # The lines before it, and the text of all of them.
        self._text: list[str] = []
        self._length = 0
        self._lines: list[Line] = []
        self._of_line: list[int] = []
        self._links_of_line: list[int] = []
        self._marks: list[tuple[int, int]] = []
        self._code: list[tuple[int, int]] = []

    def enter(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """An element begins."""
        above = self._open[-1]
        self._open.append(len(self._parent))
        self._parent.append(above)
        self._depth.append(self._depth[above] + 1)
        told = tuple(map(attributes.get, _TOLD_BY)) if attributes else _NOTHING_TOLD
        hidden = "hidden" in attributes  # an attribute without a value
        sort = self._known.setdefault((tag, told, hidden), len(self._tokens))
        if sort == len(self._tokens):
            self._tokens.append(_tokens(tag, tuple([value and value[:_MAX_ATTRIBUTE] for value in told]), hidden))
            self._kind_of_sort.append(_KIND_BITS.get(tag) or _ROLE_BITS.get(told[_ROLE] or "", 0))
        self._kinds.append(self._kinds[above] | self._kind_of_sort[sort])
        self._sorts.append(sort)
        self._first_line.append(len(self._lines))
        self._end_line.append(-1)
        self.path.append(tag)
        if tag == "a":
            self._in_link += 1
            self._links += 1
            in_heading = bool(self._kinds[above] & _KIND_BITS["heading"])
            if (self._begun or in_heading) and "#" in (address := attributes.get("href") or ""):
                self._line_marks.enter_link((address, *filter(None, told[:_NAMED_BY])), in_heading=in_heading)
        elif tag == "sup" and self._begun:
            self._line_marks.enter_raised()
        elif tag == "pre":
            self._in_pre += 1
        elif tag == "q":
            self.add("“")
        elif tag in _CODE:
            self._in_code += 1

    def leave(self) -> None:
        """The innermost element ends."""
        tag = self.path.pop()
        if tag == "sup":
            self._line_marks.leave_raised()
        elif tag == "q":
            self.add("”")
        elif tag in _CODE:
            self._in_code -= 1
        elif tag == "a":
            self._line_marks.leave_link()
            self._in_link -= 1
            if self._links_from_above and not self._begun:  # nothing of the line stands in it
                self._links -= 1
                self._links_from_above -= 1
        element = self._open.pop()
        if tag in _GAPS:
            self.break_at(tag)
            self._in_pre -= tag == "pre"
        self._end_line[element] = len(self._lines) + self._begun

    def add(self, text: str) -> None:
        """Text stands here."""
        if not self._begun:
            if text.isspace() and not self._in_pre:
                return  # a line does not begin with white space
            self._element = self._open[-1]
            self._origin = "/".join(self.path[-PATH_ELEMENTS:])
            self._begun = bool(text.strip())
        if self._in_pre and "\n" in text:
            for number, line in enumerate(text.split("\n")):
                if number:
                    self._break("\n")
                self._pieces.append(line)
        else:
            self._pieces.append(text)
        if self._in_link:
            self._link_characters += len(text.strip())
        if self._in_code and "&" in text:
            self._code_of_line.append(" ".join(text.split()))

    def break_at(self, tag: str) -> None:
        """An element of `_BREAKING` begins, or one of `_GAPS` ends."""
        before, self._broken_by = self._broken_by, tag
        if tag in _CELLS:
            if self._cells or self._begun:  # a break in the cell before has begun a line of its own
                self._pieces.append(_CELL)
            self._cells += 1
            return
        gap = _GAPS[tag]
        if self._pieces:
            self._break(gap)
        else:
            self._links = self._links_from_above = self._in_link
            if len(gap) > len(self._gap):
                self._gap = gap
            elif tag == before == "br":  # so pages parted paragraphs that knew no others
                self._gap = "\n\n"
        if tag == "tr":
            self._cells = 0

    def _break(self, gap: str) -> None:
        indent, text = _laid_out("".join(self._pieces), code=self._in_pre > 0) if self._pieces else ("", "")
        self._pieces.clear()
        text, marks = self._line_marks.taken_out(text)
        if text:
            self._cells = 0
            between = (self._gap if self._lines else "") + indent
            self._text.append(between)
            self._length += len(between)
            density = round(min(self._link_characters / len(text), 1.0), 3)
            self._lines.append(Line(self._length, self._length + len(text), Origin(self._origin, density)))
            self._marks += [(self._length + start, self._length + end) for start, end in marks]
            self._code += [(self._length + start, self._length + end) for start, end in self._code_in(text)]
            self._of_line.append(self._element)
            self._links_of_line.append(self._links)
            self._text.append(text)
            self._length += len(text)
            self._gap = gap
        elif self._in_pre or len(gap) > len(self._gap):
            self._gap = "\n\n" if self._in_pre else gap  # a blank line in code
        self._begun = False
        self._code_of_line.clear()
        self._line_marks.next_line()
        self._link_characters = 0
        self._links = self._links_from_above = self._in_link

    def _code_in(self, text: str) -> Iterator[tuple[int, int]]:
        """Where in a line the code stands that has an ampersand."""
        if self._in_pre and "&" in text:
            yield 0, len(text)
            return
        end = 0
        for code in self._code_of_line:
            start = text.find(code, end)
            if start < 0:  # a mark was taken out of it
                return
            end = start + len(code)
            yield start, end

    def finish(self, tree: Any) -> Page:
        """The page as read; `tree` is asked for its head."""
        self._break("")
        number = len(self._lines)
        ends = np.array(self._end_line, np.int32)
        ends[ends < 0] = number
        counts = np.fromiter(map(len, self._tokens), np.int32, len(self._tokens))
        title, description, structured = _head(tree)
        elements = Elements(
            parent=np.array(self._parent, np.int32),
            depth=np.array(self._depth, np.int32),
            kinds=np.array(self._kinds, np.int32),
            first_line=np.minimum(np.array(self._first_line, np.int32), ends),
            end_line=ends,
            sorts=np.array(self._sorts, np.int32),
            tokens=np.fromiter(itertools.chain.from_iterable(self._tokens), np.uint32, int(counts.sum())),
            token_starts=(np.cumsum(counts) - counts).astype(np.int32),
            of_line=np.array(self._of_line, np.int32),
            link_share=np.fromiter((line.origin.link_density for line in self._lines if line.origin), np.float32, number),
            links=np.array(self._links_of_line, np.int32),
            title=title,
            description=description,
            structured=structured,
        )
        return Page("".join(self._text), self._lines, elements, self._marks, self._code)


def _laid_out(text: str, *, code: bool) -> tuple[str, str]:
    """The white space that a line begins with, and the rest: code as it stands, cells of a table apart by tabs."""
    if code:
        text = _BREAKS.sub(" ", text).rstrip()
    elif _CELL in text:
        text = "\t".join(" ".join(cell.split()) for cell in text.split(_CELL)).rstrip("\t")
    else:
        return "", " ".join(text.split())
    rest = text.lstrip()
    return text[: len(text) - len(rest)], rest


_BREAKS = re.compile("[\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]")

_TOLD_BY = ("class", "id", "role", "itemprop", "aria-label", "data-testid", "itemtype", "style", "aria-hidden")
_ROLE = _TOLD_BY.index("role")
_NAMING = 6  # of these hold names
_NAMED_BY = 3  # of these may name a footnote
_NOTHING_TOLD = (None,) * len(_TOLD_BY)
_NAME = re.compile(r"[A-Z]?[a-z]{3,20}|[A-Z]{3,20}")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# Names in attributes beyond these are made by machines.
_MAX_NAMES, _MAX_ATTRIBUTE = 24, 300


@functools.lru_cache(maxsize=20_000)
def _tokens(tag: str, told: tuple[str | None, ...], hidden: bool) -> tuple[int, ...]:  # noqa: FBT001 (faster to remember)
    """Hashes of what an element's tag and attributes (those of `_TOLD_BY`) say of it."""
    _, _, role, prop, _, _, kind, style, unheard = told
    names = set(map(str.lower, _NAME.findall(" ".join(filter(None, told[:_NAMING])))))
    tokens = [f"<{tag}>", *sorted(names)[:_MAX_NAMES]]
    if role:
        tokens.append(f"role={role[:30].lower()}")
    if prop:
        tokens.append(f"itemprop={prop[:30].lower()}")
    if kind:
        tokens.append(f"itemtype={kind.rpartition('/')[2][:30].lower()}")
    if hidden or unheard == "true" or (style and _HIDDEN.search(style)):
        tokens.append("hidden")
    return tuple(map(_hash, tokens))


@functools.lru_cache(maxsize=20_000)
def _hash(name: str) -> int:
    return zlib.crc32(name.encode("utf-8", "surrogatepass"))


_KIND_NAMES = {**dict.fromkeys(("ul", "ol", "dl"), "list"), **dict.fromkeys(("li", "dd", "dt"), "item"), "tr": "table"}
_KIND_NAMES |= dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading")
_KIND_BITS = {
    **{name: 1 << bit for bit, name in enumerate(Elements.KINDS)},
    **{tag: 1 << Elements.KINDS.index(name) for tag, name in _KIND_NAMES.items()},
}
# What an element is by its role (WAI-ARIA's landmarks), where its tag does not say.
_ROLES = {"navigation": "nav", "complementary": "aside", "banner": "header", "contentinfo": "footer", "main": "main"}
_ROLE_BITS = {role: _KIND_BITS[kind] for role, kind in _ROLES.items()}
_STRUCTURED = re.compile(r'"(?:articleBody|text|description|reviewBody)"\s*:\s*("(?:[^"\\]|\\.)*")')
_MAX_STRUCTURED = 500_000


def _head(tree: Any) -> tuple[str, str, str]:
    """Title, description and running text for machines (JSON-LD) of a page."""
    title = tree.css_first("title")
    descriptions = tree.css('meta[name="description"], meta[property="og:description"]')
    told = " ".join(dict.fromkeys(node.attributes.get("content") or "" for node in descriptions[:4]))
    scripts = (node.text() or "" for node in tree.css('script[type="application/ld+json"]')[:20])
    texts = []
    for script in scripts:
        for quoted in _STRUCTURED.findall(script[:_MAX_STRUCTURED]):
            with suppress(ValueError):
                texts.append(_MARKUP.sub(" ", json.loads(quoted, strict=False)))
    return (title.text() if title else "")[:1_000], told[:5_000], " ".join(texts)[:_MAX_STRUCTURED]


_MARKUP = re.compile(r"<[^<>]{0,500}>")
