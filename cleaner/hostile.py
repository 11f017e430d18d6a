"""Makes hostile pages cheap to parse, and says why a page has no text.

Figures are of selectolax 1.0.2 (lexbor) on one core. "Real pages" are the 1,497 of WCXB's development set: their trees are
at most 55 levels deep, and they have at most 21,646 "<".
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator

# Levels. Chromium and WebKit nest no deeper; twice their ancestors that end by themselves (li, tr, td) come on top.
MAX_DEPTH = 512
# Formatting elements that stay open. HTML's "reconstruct the active formatting elements" copies all of them into each
# paragraph after: 500 of them before 20,000 `<p>x`, a page of 85 kB, takes 2.9 GB.
MAX_FORMATTING = 4
# Attributes of one tag: lexbor compares each with all before it (20,000: 0.8 s), and copies those of formatting elements.
MAX_ATTRIBUTES = 256
# Options of a page: each makes lexbor go through its whole select (20,000 with `selected`: 11 s).
MAX_OPTIONS = 2_048
# Tags that are kept: about 360 bytes each in lexbor's tree, and as much for each line of text.
MAX_TAGS = 500_000

# Fewer "<" than this do no harm whatever they are (1,000 formatting elements before 1,000 paragraphs: 0.2 s, 270 MB).
_FEW = 2_048
# So many do harm enough to look at them all, if only in the square of the depth (20,000 nested lists: 3 s).
_MANY = 24_576
# Elements that formatting elements, options, html and body tags may be copied into or compared with, at most (580 MB).
_COPIES = 2_000_000
# Characters without "<" inside a tag that make it a long one: at most some 700 attributes pass.
_LONG = 1_024

_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_VOID = frozenset(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr".split()
)
# They end with the next of their kind or with their table; a table, a list or a button has to stand between two.
_UNCOUNTED = _VOID | frozenset("body caption colgroup head html p tbody td tfoot th thead tr".split())
_ITEMS = {"li": ("li",), "dd": ("dd", "dt"), "dt": ("dd", "dt"), "option": ("option",)}
# An end tag does not reach over these.
_BARRIERS = frozenset("annotation-xml applet desc foreignobject marquee mi mn mo ms mtext object select table template".split())
_BLOCKS = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form frameset h1 h2 "
    "h3 h4 h5 h6 header hgroup listing main menu nav ol pre search section summary table ul dd dt li".split()
)
# An end tag of an inline element does not reach over these ("special" elements of the HTML standard).
_SPECIAL = _BLOCKS | _BARRIERS | frozenset(("button", "noscript"))
# Their end tags reach as far as those of blocks.
_CLOSING = frozenset("applet button marquee object select table template".split())
_TRANSPARENT = frozenset(("address", "div"))  # to an item that looks for the item before it
_BROKEN = _BLOCKS | frozenset("caption option tbody td tfoot th thead tr".split())
_RAW = frozenset("iframe noembed noframes script style textarea title xmp".split())

_SPACE = "[ \\t\\n\\f\\r]"
_ATTRIBUTES = rf"""(?:(?:{_SPACE}|/)*+[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+
    (?:{_SPACE}*+={_SPACE}*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+)?+)?+)"""
_ATTRIBUTE = re.compile(_ATTRIBUTES, re.VERBOSE)
# One token, as the HTML standard has it: a comment, anything else that begins with "<!", "<?" or "</", or a tag with its
# attributes. Possessive throughout, so that no character is looked at more than twice.
_TOKEN = re.compile(
    rf"""<(?:
      !--(?:-?>|.*?(?:--!?>|\Z))
    | (?P<cdata>!\[CDATA\[)
    | (?:[!?]|/[^a-zA-Z>])[^>]*+>? | />
    | (?P<end>/?)(?P<name>[a-zA-Z][^ \t\n\f\r/>]*+)(?P<attributes>{_ATTRIBUTES}*+)(?P<slash>(?:{_SPACE}|/)*+)(?:>|\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_COPYING = re.compile(
    # Sets of letters instead of `re.IGNORECASE`, and the first letter apart: 0.27 instead of 0.43 ms for the mean page.
    "<(?=[bBcCeEfFhHiInNoOsStTuU])(?:[bBiIsSuU]|"
    + "|".join(
        "".join(f"[{letter}{letter.upper()}]" for letter in name)
        for name in "big body code em font html nobr option small strike strong tt".split()
    )
    + r")[\s/>]"
)
_SCRIPT = re.compile(r"<!--|-->|<(/?)script(?=[ \t\n\f\r/>])", re.IGNORECASE)
_RAW_END = {name: re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.IGNORECASE) for name in _RAW - {"script"}}


def flattened(page: str) -> str:
    """`page` made fit to parse in time and memory proportional to its length.

    The very same object where it is harmless as it is. Otherwise tags deeper than `MAX_DEPTH` are left out, those of blocks
    with a `<p>` in their place so that lines stay lines, and so is what goes beyond the other limits above. All text is
    kept, in its order; of scripts, styles and other raw text only "<" is left out.

    Expects a page without lone surrogates and NUL characters, which the parser ignores even inside names of tags.
    """
    if not _harmful(page):
        return page
    changed = "".join(_Flattener(page).pieces())
    return page if changed == page else changed


def _harmful(page: str) -> bool:
    tags = page.count("<")
    if tags > _MANY:
        return True
    copies = tags > _FEW and len(_COPYING.findall(page)) * tags > _COPIES
    return (copies and _copying(page) * tags > _COPIES) or _long_tag(page)


def _copying(page: str) -> int:
    """How many options, html and body tags there are, and formatting elements that may be open: at most three alike."""
    tags = []
    others = 0
    for match in _COPYING.finditer(page):
        # A tag is read as far as the next "<", lest a thousand of them be read to the end of the page. One that goes on
        # behind it is like no other.
        following = page.find("<", match.end())
        token = _TOKEN.match(page, match.start(), following + 1 or len(page))
        tag = token[0] if token else ""
        tags.append(tag if tag.endswith(">") else str(match.start()))
        others += match[0][1:5].lower() in {"opti", "html", "body"}
    return others + min(3 * len(set(tags)), len(tags))


def _long_tag(page: str) -> bool:
    """Whether a tag may have thousands of attributes: a block of `_LONG` characters without "<" begins inside one."""
    start = 0
    while start + _LONG <= len(page):
        if page.find("<", start, start + _LONG) >= 0:
            start += _LONG
            continue
        token = _TOKEN.match(page, max(page.rfind("<", 0, start), 0), start + _LONG)
        if token and token.end() > start and _heavy(token["attributes"] or ""):
            return True
        following = page.find("<", start)
        start = following + 1 if following >= 0 else len(page)
    return False


def _heavy(attributes: str) -> bool:
    """Whether a tag has more than `MAX_ATTRIBUTES`; each takes two characters at least."""
    found = _ATTRIBUTE.finditer(attributes) if len(attributes) > 2 * MAX_ATTRIBUTES else iter(())
    return sum(1 for _ in itertools.islice(found, MAX_ATTRIBUTES + 1)) > MAX_ATTRIBUTES


class _Flattener:
    """Follows what the parser will have open, by the tags that are kept.

    In doubt an element counts as open still: the worst is then that a tag is left out for nothing. Each step takes the same
    time however many are open.
    """

    def __init__(self, page: str) -> None:
        self._page = page
        self._open: list[tuple[str, ...]] = []
        """For each level the kinds that stand there: the element's name, and which end tags stop at it."""
        self._levels: defaultdict[str, list[int]] = defaultdict(list)
        """Where the elements of a name or a kind are open."""
        self._left_out: defaultdict[str, int] = defaultdict(int)
        """Start tags left out since the innermost open element began, by name; their end tags go too."""
        self._formatting: defaultdict[str, int] = defaultdict(int)
        """What the parser copies into new paragraphs, by name."""
        self._seen: set[str] = set()
        self._kept = self._options = 0

    def pieces(self) -> Iterator[str]:
        page, position = self._page, 0
        while token := _TOKEN.search(page, position):
            yield page[position : token.start()]
            position = token.end()
            name = (token["name"] or "").lower()
            if token["cdata"]:
                position, text = self._cdata(position)
                yield text
            elif not name:
                yield token[0] if token[0][:9].lower() == "<!doctype" else "</>"
            elif name == "plaintext" and not token["end"]:
                yield "<pre>" + page[position:].replace("&", "&amp;").replace("<", "&lt;")
                return
            elif name in _RAW:
                yield _lighter(token, name)
                if token["slash"].endswith("/") and self._in_foreign():
                    # Ended at once, as drawings have `<title/>`. With an end tag it is so too where the parser has left the
                    # drawing.
                    yield f"</{name}>"
                elif not token["end"]:
                    start, position = position, _raw_end(page, position, name)
                    yield page[start:position].replace("<", "&lt;" if name in {"textarea", "title"} else "")
            elif self._kept >= MAX_TAGS:
                yield "\n" if name in _BROKEN or name in _UNCOUNTED else "</>"
            elif self._end(name) if token["end"] else self._start(name):
                self._kept += 1
                yield _lighter(token, name)
            else:
                # The parser skips "</>"; with nothing in its place, a "<" before and a name after would make a new tag.
                self._kept += name in _BLOCKS
                yield "<p>" if name in _BLOCKS else "</>"
        yield page[position:]

    def _cdata(self, position: int) -> tuple[int, str]:
        """What stands for a CDATA section whose text begins at `position`, and where it ends; outside SVG it is a comment."""
        foreign = self._in_foreign()
        end = self._page.find("]]>" if foreign else ">", position)
        end = len(self._page) if end < 0 else end
        if not foreign:
            return end + 1, "</>"
        return end + 3, f"<![CDATA[{self._page[position:end].replace('<', '').replace('>', '')}]]>"

    def _in_foreign(self) -> bool:
        """Whether an SVG or MathML element is open, where tags mean something else."""
        return bool(self._levels["svg"] or self._levels["math"])

    def _start(self, name: str) -> bool:
        """Whether to keep a start tag."""
        if name in {"html", "body"}:
            new = name not in self._seen
            self._seen.add(name)
            return new
        if name in _UNCOUNTED and not self._in_foreign():  # there all names nest
            return True
        if name == "option":
            self._options += 1
        for item in _ITEMS.get(name, ()):
            reach = len(self._open) - 1 if item == "option" else self._last("#wall")
            if self._last(item) >= max(reach, 0):
                self._close(self._last(item))
        if name == "a" and self._formatting["a"]:
            self._end_formatting("a")
        copied = name in _FORMATTING and name != "a" and sum(self._formatting.values()) >= MAX_FORMATTING
        if len(self._open) >= MAX_DEPTH or copied or self._options > MAX_OPTIONS:
            self._left_out[name] += 1
            return False
        if name in _FORMATTING:
            self._formatting[name] += 1
        kinds = _kinds(name)
        for kind in kinds:
            self._levels[kind].append(len(self._open))
        self._open.append(kinds)
        return True

    def _end(self, name: str) -> bool:
        """Whether to keep an end tag."""
        if name in _UNCOUNTED:
            return True
        if self._left_out[name]:
            self._left_out[name] -= 1
            return False
        if name in _FORMATTING:
            if not self._formatting[name]:
                return False
            self._end_formatting(name)
        elif (level := self._last(name)) >= max(self._last(_limit(name)), 0):
            self._close(level, alone=name == "form")
        return True

    def _end_formatting(self, name: str) -> None:
        barrier, level = self._last("#barrier"), self._last(name)
        if level >= 0 and level > barrier:
            self._close(level, alone=True)
        elif barrier >= 0:
            return
        self._formatting[name] = max(self._formatting[name] - 1, 0)

    def _last(self, kind: str) -> int:
        """The innermost level that something of a kind is open at; -1 for none."""
        levels = self._levels[kind]
        return levels[-1] if levels else -1

    def _close(self, level: int, *, alone: bool = False) -> None:
        """The element at `level` ends: with all inside it, or leaving what is inside open, and its level with that."""
        if alone and level < len(self._open) - 1:
            for kind in self._open[level]:
                self._levels[kind].remove(level)
            self._open[level] = ()
            return
        while len(self._open) > level or (self._open and not self._open[-1]):
            for kind in self._open.pop():
                self._levels[kind].pop()
        self._left_out.clear()


def _kinds(name: str) -> tuple[str, ...]:
    special, barrier = name in _SPECIAL, name in _BARRIERS
    wall = special and name not in _TRANSPARENT
    return tuple(itertools.compress((name, "#special", "#barrier", "#wall"), (True, special, barrier, wall)))


def _limit(name: str) -> str:
    """What an end tag does not reach over."""
    if name in _ITEMS:
        return "#wall"
    block = name in _BLOCKS and name != "frameset"
    return "#barrier" if block or name in _CLOSING else "#special"


def _lighter(token: re.Match[str], name: str) -> str:
    """A tag without what the parser would copy or compare too often; empty where the page ends inside it."""
    if not token[0].endswith(">"):
        return ""
    bare = token["attributes"] and (name in _FORMATTING or _heavy(token["attributes"]))
    return f"<{token['end']}{name}>" if bare else token[0]


def _raw_end(page: str, position: int, name: str) -> int:
    """Where the raw text of an element ends that begins at `position`."""
    if name != "script":
        end = _RAW_END[name].search(page, position)
        return end.start() if end else len(page)
    commented = nested = False  # a script may hold "<!-- <script> </script> -->"
    for match in _SCRIPT.finditer(page, position):
        if match[0] == "<!--":
            commented = True
        elif match[0] == "-->":
            commented = nested = False
        elif not match[1]:
            nested = commented
        elif nested:
            nested = False
        else:
            return match.start()
    return len(page)


_DATA = re.compile(r"(?:^|[\s\"'])type\s*=\s*[\"']?[^\s\"'>]*(?:json|template)", re.IGNORECASE)


def why_empty(page: str) -> str:
    """Why a page has no text, given that it has none.

    ``frameset``: it only names other pages; ``script-only application shell``: scripts would make its text; ``nothing but
    markup``: it has elements and no scripts; ``empty``: not even those.
    """
    names = set(_start_tags(page))
    if "frameset" in names and "body" not in names:
        return "frameset"
    if "script" in names:
        return "script-only application shell"
    return "nothing but markup" if names else "empty"


def _start_tags(page: str) -> Iterator[str]:
    """The names of the elements of a page, without scripts that are data."""
    position = 0
    while token := _TOKEN.search(page, position):
        name, position = (token["name"] or "").lower(), token.end()
        if name and not token["end"]:
            yield "data" if name == "script" and _DATA.search(token["attributes"]) else name
            position = _raw_end(page, position, name) if name in _RAW else position
