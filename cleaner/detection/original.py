"""The way back: what is seen in a text after edits of it, as what is seen in the text before them."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from cleaner import markup
from cleaner.edits import EDITING, Edit, Finding, OffsetMap, moved_to
from cleaner.intake import Read
from cleaner.text import Line


class Edited:
    """A text, and what edits have made of it."""

    def __init__(self, before: str, edits: Sequence[Edit], text: str) -> None:
        self.edits = edits
        self.text = text
        """What they have made of it."""
        self._before = before
        self._offsets = OffsetMap(edits)

    def back(self, seen: Iterable[Finding]) -> list[Finding]:
        """What was seen in the edited text, as findings about the text before."""
        return [self._back(one) for one in seen] if self.edits else [*seen]

    def spans_back(self, lines: Sequence[Line]) -> list[tuple[int, int]]:
        """Where lines of the edited text stood in the text before."""
        return [(self._offsets.start(line.start), self._offsets.end(line.end)) for line in lines]

    def _back(self, finding: Finding) -> Finding:
        """A finding about the text before.

        An edit that begins or ends inside what an edit before it put there takes all of that along, and so puts the rest of it
        back, unless that is white space.
        """
        moved = moved_to(finding, self._before, self._offsets.start(finding.start), self._offsets.end(finding.end))
        low, high = self._offsets.widened(finding.start, finding.end)
        if finding.action not in EDITING or (low, high) == (finding.start, finding.end):
            return moved
        suggestion = self.text[low : finding.start] + finding.replacement + self.text[finding.end : high]
        if finding.action == "drop" and not suggestion.strip():
            return moved
        return replace(moved, action="replace", suggestion=suggestion)


class Original:
    """A document as it came, for what is seen in it after its repairs."""

    def __init__(self, came: Read, repaired: Edited, lines: Sequence[Line], blocks: Collection[str]) -> None:
        """`lines` are those of the repaired text; `blocks` the ids of rules for blocks."""
        self._page = came.page
        self._repaired = repaired
        self._blocks = blocks
        self._lines_of_page: Sequence[int] | None = None
        self.lines = lines
        """The lines seen; in a page each with the origin of the line of the page that it lies in."""
        if repaired.edits:
            spans = repaired.spans_back(lines)
            origins = [line.origin for line in lines]
            if came.page:
                ends = [line.end for line in came.page.lines]
                self._lines_of_page = [min(bisect_right(ends, start), len(ends) - 1) for start, _ in spans]
                origins = [came.page.lines[number].origin for number in self._lines_of_page]
            self.lines = [Line(*span, origin) for span, origin in zip(spans, origins, strict=True)]

    def findings(self, seen: Iterable[Finding]) -> list[Finding]:
        """What was seen, with offsets as it came; in a page, of blocks what stands in one element."""
        found = self._repaired.back(seen)
        if page := self._page:
            found = [_in_one_element(one, page) if one.rule in self._blocks else one for one in found]
        return found

    def by_line(self, of_page: Sequence[bool] | None) -> Sequence[bool] | None:
        """What is said of each line of the page, for each of the `lines` that lie in these; of a text it is said as it is."""
        if of_page is None or self._lines_of_page is None:
            return of_page
        return [of_page[number] for number in self._lines_of_page]


def _in_one_element(block: Finding, page: markup.Page) -> Finding:
    """A block that rules saw in the text of a page, as far as the innermost element that goes on behind its first line.

    Its lines alone do not tell a list of links that is set into an article from the paragraph behind it. What begins in a
    footer ends where they say.
    """
    lines, elements = page.lines, page.elements
    first = bisect_right(lines, block.start, key=lambda line: line.start) - 1
    element = elements.of_line[first]
    if elements.kinds[element] & (1 << elements.KINDS.index("footer")):
        return block
    while element > 0 and elements.end_line[element] <= first + 1:
        element = elements.parent[element]
    end = min(block.end, lines[elements.end_line[element] - 1].end)
    return block if end == block.end else moved_to(block, page.text, block.start, end)
