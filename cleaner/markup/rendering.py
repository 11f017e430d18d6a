"""What is left of an HTML page, as Markdown."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from cleaner.edits import Edit
from cleaner.markup.reading import Page

_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_LISTS = frozenset(("ul", "ol", "dl", "menu"))
_ITEMS = frozenset(("li", "dt", "dd"))
# What would begin a heading, a quotation, a list, code, a table or a rule gets a backslash here.
_BEGINS_BLOCK = re.compile(r"(?=[>|]|#{1,6}(?:\s|$)|[-+*=_](?:\s|[-+*=_]|$)|```|~~~)|\d{1,9}(?=[.)](?:\s|$))")
# And what would be code, an escape, emphasis (no underscore inside of a word), a tag, an entity or a link.
_MARKS = re.compile(
    r"`|\\(?=[!-/:-@\[-`{-~])|\*(?=\S)|(?<=\S)\*|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)|<(?=[A-Za-z/!?])|&(?=#?\w{1,31};)|\](?=\()"
)


def markdown(page: Page, edits: Sequence[Edit]) -> str:
    """What `edits` leave of a page's text, as Markdown: headings, lists, tables, code and quotations as such.

    What would pass for one of them is escaped, and so is what would be read as emphasis, code, a link, a tag or an entity.
    """
    pieces: list[str] = []
    before: _Placed | None = None
    for block, group in itertools.groupby(_placed(page, edits), lambda line: line.block):
        lines = list(group)
        if before is not None:
            broken = block[0] == before.block[0] == "text" and page.text[before.end : lines[0].start] == "\n"
            quoted_on = "> " * min(lines[0].quoted, before.quoted)
            pieces.append("\\\n" if broken else f"\n{quoted_on.rstrip()}\n")
        quoted = "> " * lines[0].quoted
        pieces.append("\n".join(quoted + line for line in _WRITERS[block[0]](page, lines)))
        before = lines[-1]
    return "".join(pieces) + "\n" if pieces else ""


class _Placed(msgspec.Struct, frozen=True):
    """A line of which something is left, and where it stood."""

    start: int
    end: int
    left: str
    indent: str
    """White space before it: of code, or of a row of a table for cells that are empty."""
    inside: list[tuple[str, int]]
    """Names and numbers of the elements that it begins in, from the innermost on."""
    block: tuple[str, int]
    """What it is written as, and together with which other lines."""

    @property
    def quoted(self) -> int:
        """How many quotations it stands in."""
        return sum(name == "blockquote" for name, _ in self.inside)


def _placed(page: Page, edits: Sequence[Edit]) -> Iterator[_Placed]:
    at = 0
    for number, line in enumerate(page.lines):
        pieces: list[str] = []
        position = line.start
        while at < len(edits) and edits[at].start < line.end:
            edit = edits[at]
            if edit.start >= line.start:
                pieces += (page.text[position : edit.start], edit.replacement)
            position = max(position, edit.end)
            if edit.end > line.end:
                break  # it goes on into the next line
            at += 1
        left = "".join((*pieces, page.text[position : line.end])).strip()
        if left:
            inside = list(_inside(page, number))
            indent = page.text[page.text.rfind("\n", 0, line.start) + 1 : line.start]
            yield _Placed(line.start, line.end, left, indent, inside, _block(inside, number, indent + left))


def _inside(page: Page, number: int) -> Iterator[tuple[str, int]]:
    origin = page.lines[number].origin
    element = int(page.elements.of_line[number])
    for name in reversed(origin.path.split("/") if origin else []):
        yield name, element
        element = int(page.elements.parent[element])


def _block(inside: Sequence[tuple[str, int]], number: int, row: str) -> tuple[str, int]:
    by_name = dict(inside)  # the outermost of each name
    lists = [element for name, element in inside if name in _LISTS]
    if "pre" in by_name:
        return "code", by_name["pre"]
    if not _HEADINGS.keys().isdisjoint(by_name):
        return "heading", number
    if "tr" in by_name and "\t" in row:
        return "table", by_name.get("table", 0)
    if lists and not _ITEMS.isdisjoint(by_name):
        return "list", lists[-1]
    return "text", number


def _escaped(line: str) -> str:
    match = _BEGINS_BLOCK.match(line)
    if not match:
        return _inside_line(line)
    at = match.end()
    return f"{match[0]}\\{line[at]}{_inside_line(line[at + 1 :])}"


def _inside_line(text: str) -> str:
    return _MARKS.sub(r"\\\g<0>", text)


def _as_text(_page: Page, lines: Sequence[_Placed]) -> list[str]:
    return [_escaped(line.left) for line in lines]


def _as_heading(_page: Page, lines: Sequence[_Placed]) -> list[str]:
    return [
        f"{next(_HEADINGS[name] for name, _ in line.inside if name in _HEADINGS)} {_inside_line(line.left)}" for line in lines
    ]


def _as_code(page: Page, lines: Sequence[_Placed]) -> list[str]:
    code = []
    end = lines[0].start
    for line in lines:
        between = page.text[end : line.start]
        code += [""] * (between.count("\n\n"))
        code.append(line.indent + line.left)
        end = line.end
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", "\n".join(code))), default=0))
    return [fence, *code, fence]


def _as_table(_page: Page, lines: Sequence[_Placed]) -> list[str]:
    rows = [[_inside_line(cell).replace("|", "\\|") for cell in (line.indent + line.left).split("\t")] for line in lines]
    columns = max(map(len, rows))
    rows[0] += [""] * (columns - len(rows[0]))  # a row that ends early is as good as filled up
    rows.insert(1, ["---"] * columns)
    return [f"| {' | '.join(row)} |" for row in rows]


def _as_list(page: Page, lines: Sequence[_Placed]) -> list[str]:
    numbers: Counter[int] = Counter()
    begun: set[int] = set()
    end = 0
    written: list[str] = []
    for line in lines:
        lists = [(name, element) for name, element in line.inside if name in _LISTS]
        item = next(element for name, element in line.inside if name in _ITEMS)
        kind, element = lists[0]
        if item in begun:
            mark = "   "
            if "\n\n" in page.text[end : line.start]:
                written.append("")
            else:
                written[-1] += "\\"
        elif kind == "ol":
            numbers[element] += 1
            mark = f"{numbers[element]}."
        else:
            mark = "-"
        begun.add(item)
        end = line.end
        written.append(f"{'    ' * (len(lists) - 1)}{mark} {_escaped(line.left)}")
    return written


_WRITERS = {"text": _as_text, "heading": _as_heading, "code": _as_code, "table": _as_table, "list": _as_list}
