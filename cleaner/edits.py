"""Findings and edits: what was seen in a text, what was done about it, and the way back.

All edits of a document are collected in original coordinates and applied once. A `Finding` whose action is ``drop`` or
``replace`` carries what stood there and what stands there now, so the original can be rebuilt from the cleaned text
and the findings alone (`revert`).
"""

import difflib
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Literal, Protocol, TypeVar

import msgspec

Action = Literal["drop", "replace", "flag", "reject"]
Label = Literal["boilerplate", "encoding", "quotes", "garbled", "quality"]

EDITING: frozenset[Action] = frozenset({"drop", "replace"})

# Above this many differing tokens a difference is reported as one span: `difflib` is quadratic.
DIFF_TOKENS = 400

_TOKEN = re.compile(r"\s+|\S+")


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What a rule saw at one place of the original, and what was done about it."""

    rule: str
    """Id of the rule, such as ``boilerplate/comments/leave-a-reply``."""
    action: Action
    """``drop`` and ``replace`` have been done; ``flag`` changes nothing; ``reject`` is about the document as a whole."""
    start: int
    """First code point of the place in `Result.original`."""
    end: int
    """Code point after its last; equal to `start` for an insertion or a finding about the whole document."""
    label: Label
    """What it is about."""
    message: str
    """Why, in a line for a reader."""
    original: str
    """What stood there: `Result.original[start:end]`."""
    suggestion: str | None = None
    """What stands there now (``replace``), or what was likely meant (``flag``); None where nothing is to be said."""
    score: float | None = None
    """The rule's own measure of its certainty; its scale is the rule's."""

    @property
    def replacement(self) -> str:
        """What stands there after an edit: the suggestion of a ``replace``, nothing for a ``drop``."""
        return (self.suggestion or "") if self.action == "replace" else ""


class Edit(msgspec.Struct, frozen=True, gc=False):
    """Put `replacement` where `[start, end)` stands."""

    start: int
    end: int
    replacement: str
    rule: str


def by_place(finding: Finding) -> tuple[int, int, str]:
    """What findings are sorted by, to be told in the order of the text."""
    return finding.start, finding.end, finding.rule


def moved_to(finding: Finding, text: str, start: int, end: int) -> Finding:
    """The finding as one about ``[start, end)`` of `text`."""
    return msgspec.structs.replace(finding, start=start, end=end, original=text[start:end])


def edits_of(findings: Iterable[Finding]) -> tuple[Edit, ...]:
    """What has been done of `findings`, in their order."""
    return tuple(Edit(one.start, one.end, one.replacement, one.rule) for one in findings if one.action in EDITING)


def apply(text: str, edits: Sequence[Edit]) -> str:
    """`text` with all `edits` done at once.

    Raises `ValueError` where edits overlap, are out of order, or lie outside the text.
    """
    pieces: list[str] = []
    position = 0
    for edit in edits:
        if not position <= edit.start <= edit.end <= len(text):
            raise ValueError(f"edit by {edit.rule} at {edit.start}:{edit.end} overlaps another or leaves the text")
        pieces += (text[position : edit.start], edit.replacement)
        position = edit.end
    pieces.append(text[position:])
    return "".join(pieces)


def revert(text: str, findings: Iterable[Finding]) -> str:
    """The original of a cleaned `text`, from its `findings` alone, in any order; those that changed nothing may be left out.

    Raises `ValueError` where the findings do not belong to this text.
    """
    pieces: list[str] = []
    in_original = in_text = 0
    for finding in sorted((f for f in findings if f.action in EDITING), key=lambda f: (f.start, f.end)):
        kept = finding.start - in_original
        after = in_text + kept + len(finding.replacement)
        fits = kept >= 0 and after <= len(text) and len(finding.original) == finding.end - finding.start
        if not fits or text[in_text + kept : after] != finding.replacement:
            raise ValueError(f"finding of {finding.rule} at {finding.start}:{finding.end} does not belong to this text")
        pieces += (text[in_text : in_text + kept], finding.original)
        in_original, in_text = finding.end, after
    pieces.append(text[in_text:])
    return "".join(pieces)


class OffsetMap:
    """Offsets in an edited text as offsets in the original; its edits are by place and apart, as `apply` takes them.

    The map is monotone. An offset strictly inside a replacement has no place of its own: as a `start` it becomes the
    start of what was replaced, as an `end` its end.
    """

    __slots__ = ("_after", "_edits", "_starts")

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits
        self._starts: list[int] = []  # where each replacement starts and ends in the edited text
        self._after: list[int] = []
        shift = 0
        for edit in edits:
            self._starts.append(edit.start + shift)
            shift += len(edit.replacement) - (edit.end - edit.start)
            self._after.append(edit.end + shift)

    def start(self, offset: int) -> int:
        """The original offset where a span that starts at `offset` begins."""
        return self._original(offset, at_end=False)

    def end(self, offset: int) -> int:
        """The original offset where a span that ends at `offset` stops."""
        return self._original(offset, at_end=True)

    def widened(self, start: int, end: int) -> tuple[int, int]:
        """A span of the edited text, widened to the whole of the replacements that it begins and ends inside of."""
        first, last = bisect_right(self._starts, start) - 1, bisect_right(self._starts, end) - 1
        if first >= 0 and start < self._after[first]:
            start = self._starts[first]
        if last >= 0 and self._starts[last] < end < self._after[last]:
            end = self._after[last]
        return start, end

    def _original(self, offset: int, *, at_end: bool) -> int:
        index = bisect_right(self._starts, offset) - 1
        # Deletions and what follows them share one place in the edited text: the first of them decides.
        while index > 0 and self._starts[index] == offset == self._after[index - 1]:
            index -= 1
        if index < 0:
            return offset
        edit, after = self._edits[index], self._after[index]
        if offset == self._starts[index]:
            return edit.start
        if offset < after:
            return edit.end if at_end else edit.start
        return edit.end + (offset - after)


def compose(text: str, first: Sequence[Edit], second: Sequence[Edit]) -> list[Edit]:
    """One list of edits that does to `text` what `first` and then `second`, on its outcome, do.

    Edits of the two that touch become one, under the rule of the first; all others keep their exact span.
    """
    if not first or not second:
        return list(first or second)
    middle = apply(text, first)
    spans: list[tuple[int, int, Edit, bool]] = []  # in the middle text: start, end, edit, is of the second list
    shift = 0
    for edit in first:
        start = edit.start + shift
        spans.append((start, start + len(edit.replacement), edit, False))
        shift += len(edit.replacement) - (edit.end - edit.start)
    spans += [(edit.start, edit.end, edit, True) for edit in second]
    spans.sort(key=lambda span: span[:2])

    result: list[Edit] = []
    shift = 0  # from the middle text to the original, after the first list's edits so far
    index = 0
    while index < len(spans):
        cluster = [spans[index]]
        low, high = cluster[0][:2]
        index += 1
        while index < len(spans) and spans[index][0] <= high:
            cluster.append(spans[index])
            high = max(high, spans[index][1])
            index += 1
        start = low - shift
        for span_start, span_end, edit, is_second in cluster:
            if not is_second:
                shift += (span_end - span_start) - (edit.end - edit.start)
        inner = [Edit(s - low, e - low, edit.replacement, edit.rule) for s, e, edit, is_second in cluster if is_second]
        replacement = apply(middle[low:high], inner)
        rule = next((edit.rule for *_, edit, is_second in cluster if not is_second), cluster[0][2].rule)
        if replacement != text[start : high - shift]:
            result.append(Edit(start, high - shift, replacement, rule))
    return result


def difference(before: str, after: str, rule: str, offset: int = 0) -> list[Edit]:
    """The edits that turn `before` into `after`, as small as words allow, shifted by `offset`."""
    if before == after:
        return []
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    head, tail = common_ends(old, new)
    offset += sum(map(len, old[:head]))
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(old) == len(new):
        pairs = list(zip(old, new, strict=True))
    elif max(len(old), len(new)) <= DIFF_TOKENS:
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        pairs = [("".join(old[a:b]), "".join(new[c:d])) for _, a, b, c, d in matcher.get_opcodes()]
    else:
        pairs = [("".join(old), "".join(new))]
    edits = []
    for was, is_now in pairs:
        if was != is_now:
            edits.append(_trimmed(was, is_now, rule, offset))
        offset += len(was)
    return edits


def _trimmed(was: str, is_now: str, rule: str, offset: int) -> Edit:
    """One edit from `was` to `is_now` without the characters that both begin and end with."""
    head, tail = common_ends(was, is_now)
    return Edit(offset + head, offset + len(was) - tail, is_now[head : len(is_now) - tail], rule)


def common_ends(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many elements both begin with, and how many of those behind both end with."""
    shorter = min(len(before), len(after))
    head = tail = 0
    while head < shorter and before[head] == after[head]:
        head += 1
    while tail < shorter - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return head, tail


class Spanned(Protocol):
    """What stands somewhere in a text."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


One = TypeVar("One", bound=Spanned)


def apart(found: Iterable[One], others: Sequence[Spanned]) -> list[One]:
    """What of `found` overlaps none of the others, of which there are few."""
    return [one for one in found if not any(other.start < one.end and one.start < other.end for other in others)]
