"""A result told line by line."""

import itertools
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from cleaner.edits import EDITING, Action
from cleaner.pipeline import Result
from cleaner.report.characters import counted, readable, spelt_out, visible
from cleaner.report.marks import ALSO, Mark, Piece, Verb, around, cut, marks

COLOURS: Mapping[str, str] = {"drop": "red", "replace": "green", "flag": "yellow", "reject": "magenta"}
_STYLES: Mapping[Verb, str] = {
    "drop": "red strike",
    "replace": "red strike",
    "flag": "yellow underline",
    "reject": "magenta underline",
    "kept": "underline",
}
_INSERTED = "bold green"
# As wdiff writes them, and likewise for a doubt.
_SIGNS: Mapping[Verb, tuple[str, str]] = {
    "drop": ("[-", "-]"),
    "replace": ("[-", "-]"),
    "flag": ("{?", "?}"),
    "reject": ("{?", "?}"),
}
_INSERTED_SIGNS = ("{+", "+}")
# Of a long passage its first lines and its last one are shown.
_FIRST_LINES, _MOST_LINES = 3, 5
# Of a line so much is shown on either side of what happened in it, and of a long passage in it.
_KEPT_CHARACTERS = 80
_REMOVED_CHARACTERS = 200
_CONTEXT_LINE = 120
# What is shown on either side of a repair, which alone is often a single mark.
_CONTEXT_CHARACTERS = 16
_MARGIN = 8


def explain(result: Result, width: int | None = None, *, plain: bool = True) -> Iterator[str]:
    """What was done and why: the original line by line, with what happened to it in its place; in rich's markup.

    Args:
        result: what to tell of.
        width: cells of a line of the terminal, at which to wrap; None: nothing is wrapped.
        plain: write signs around what is removed (``[-…-]``), put in (``{+…+}``) and flagged (``{?…?}``), for where nobody sees
            colours.

    Long stretches in which nothing happened are folded.
    """
    if result.error:
        yield f"[bold red]error[/] {escape(readable(result.error))}"
    yield from _Sheet(result, width, plain=plain).rows()
    yield headline(result)


class _Sheet:
    """The lines of an original that are worth showing."""

    def __init__(self, result: Result, width: int | None, *, plain: bool) -> None:
        self._original = result.original
        self._width = width
        self._plain = plain
        everything = marks(result)
        self._marks = [mark for mark in everything if mark.verb != ALSO]
        self._also = len(everything) - len(self._marks)
        self._starts = [0, *(found.end() for found in re.finditer("\n", result.original))]
        self._pieces = list(cut(len(result.original), self._marks))
        self._piece_starts = [piece.start for piece in self._pieces]

    def rows(self) -> Iterator[str]:
        notes: defaultdict[int, list[Mark]] = defaultdict(list)
        for mark in self._marks:
            notes[mark.line - 1 if mark.placed else -1].append(mark)
        for mark in notes.pop(-1, []):
            yield from self._note(mark)
        marked = self._marked() | {*notes}
        before = -1
        for line in sorted(marked | self._beside(marked)):
            yield from self._gap(before + 1, line)
            yield from self._line(line, context=line not in marked)
            for _, alike in itertools.groupby(notes[line], _told_together):
                yield from self._note(*alike)
            before = line
        if marked:
            yield from self._gap(before + 1, len(self._starts))
        if self._also:
            yield ""  # it is about the document, not about the finding above
            yield self._aside(f"{counted(self._also, 'more finding')} in places that other rules had changed already")

    def _following(self, line: int) -> int:
        """Where the next line begins."""
        return self._starts[line + 1] if line + 1 < len(self._starts) else len(self._original)

    def _end(self, line: int) -> int:
        """The end of a line, its line break left out."""
        end = self._following(line)
        for character in "\n\r":
            if end > self._starts[line] and self._original[end - 1] == character:
                end -= 1
        return end

    def _filled(self, lines: Sequence[int]) -> list[int]:
        """Those of `lines` that are not blank."""
        return [line for line in lines if self._original[self._starts[line] : self._end(line)].strip()]

    def _marked(self) -> set[int]:
        """The lines in which something happened; of a long passage the first ones and the last."""
        lines: set[int] = set()
        for mark in self._marks:
            if mark.placed:
                last = bisect_right(self._starts, mark.finding.end - 1) - 1
                touched = self._filled(range(mark.line - 1, last + 1))
                lines |= {*touched} if len(touched) <= _MOST_LINES else {*touched[:_FIRST_LINES], touched[-1]}
        return lines

    def _beside(self, marked: set[int]) -> set[int]:
        """The lines before and after marked ones that are not blank, and that something is left of."""
        lines: set[int] = set()
        for line in marked:
            for step in (-1, 1):
                beside = line + step
                while 0 <= beside < len(self._starts) and not self._filled([beside]):
                    beside += step
                if 0 <= beside < len(self._starts) and not self._dropped(beside):
                    lines.add(beside)
        return lines

    def _dropped(self, line: int) -> bool:
        """Whether a line lies in the midst of a passage that was dropped."""
        piece = self._pieces[bisect_right(self._piece_starts, self._starts[line]) - 1]
        return bool(piece.marks) and self._marks[piece.marks[0]].verb == "drop"

    def _gap(self, first: int, end: int) -> Iterator[str]:
        """What stands for the lines from `first` to before `end`, which are not shown."""
        lines = self._filled(range(first, end))
        if len(lines) == 1:
            yield from self._line(lines[0], context=True)
        elif lines:
            told = "more lines dropped" if self._dropped(lines[0]) else "lines kept"
            yield self._aside(f"… {len(lines):,} {told}")

    def _line(self, line: int, *, context: bool) -> Iterator[str]:
        start, end = self._starts[line], self._end(line)
        text = Text()
        seen: list[Verb | None] = []
        for mark, pieces in itertools.groupby(self._pieces_of(start, end), self._foremost):
            together = list(pieces)
            verb = mark.verb if mark else None
            content = self._original[max(together[0].start, start) : min(together[-1].end, end)]
            if content.strip() or verb == "replace":  # what is blank is not seen to be dropped
                seen.append(verb)
            self._append(text, self._shortened(content, verb, context=context), verb)
            if mark and verb == "replace" and together[-1].end == mark.finding.end <= self._following(line):
                self._append_signed(text, visible(mark.finding.replacement), _INSERTED, _INSERTED_SIGNS)
        if context:
            text.stylize("dim")
        yield from self._wrapped(f"{line + 1:>5} {_sign(seen)} ", text)

    def _pieces_of(self, start: int, end: int) -> Iterator[Piece]:
        """The pieces that a line reaches into."""
        at = bisect_left(self._piece_starts, start)
        if at and self._pieces[at - 1].end > start:
            at -= 1
        while at < len(self._pieces) and self._pieces[at].start <= end:
            yield self._pieces[at]
            at += 1

    def _foremost(self, piece: Piece) -> Mark | None:
        """What is shown of the marks of a piece: what was done, or else the first of what was seen."""
        return self._marks[piece.marks[0]] if piece.marks else None

    def _shortened(self, content: str, verb: Verb | None, *, context: bool) -> str:
        if context:
            return content if len(content) <= _CONTEXT_LINE else f"{_to_word(content[:_CONTEXT_LINE])} …"
        most = _REMOVED_CHARACTERS if verb else _KEPT_CHARACTERS
        return content if len(content) <= 3 * most else f"{_to_word(content[:most])} … {_from_word(content[-most:])}"

    def _append(self, text: Text, content: str, verb: Verb | None) -> None:
        self._append_signed(text, readable(content), _STYLES.get(verb, "") if verb else "", _SIGNS.get(verb) if verb else None)

    def _append_signed(self, text: Text, content: str, style: str, signs: tuple[str, str] | None) -> None:
        if not content:
            return
        before, after = signs if signs and self._plain else ("", "")
        text.append(f"{before}{content}{after}", style)

    def _note(self, mark: Mark, *more: Mark) -> Iterator[str]:
        """What there is to say of a finding, and of more like it in the same line."""
        colour = COLOURS.get(mark.verb, "bold")
        words = Text.assemble(
            (mark.verb, colour),
            " ",
            _told(mark, self._original),
            f"and {len(more):,} more in the line " if more else "",
            (f"{readable(mark.finding.rule)}: ", "cyan"),
        )
        words.append(readable(mark.finding.message) + (f" ({readable(mark.reason)})" if mark.reason else ""), "dim")
        yield from self._wrapped(f"{'':{_MARGIN}}", words)

    def _aside(self, words: str) -> str:
        return f"{'':{_MARGIN}}[dim]{words}[/]"

    def _wrapped(self, margin: str, text: Text) -> Iterator[str]:
        """`text` as lines beside a margin, which its direction does not turn."""
        mark = _LEFT_TO_RIGHT if any(unicodedata.bidirectional(char) in ("R", "AL") for char in text.plain) else ""
        if self._width is None:
            yield f"{margin}{mark}{text.markup}"
            return
        width = max(self._width - _MARGIN, _LEAST_WIDTH)
        for line in text.wrap(Console(width=width), width):
            line.rstrip()
            yield f"{margin}{mark}{line.markup}"
            margin = f"{'':{_MARGIN}}"


_LEFT_TO_RIGHT = "\u200e"
_LEAST_WIDTH = 20


def _to_word(text: str) -> str:
    """`text` up to its last space, if it has one towards its end."""
    shorter = text.rpartition(" ")[0]
    return shorter if len(shorter) > len(text) // 2 else text


def _from_word(text: str) -> str:
    """`text` from its first space on, if it has one towards its beginning."""
    shorter = text.partition(" ")[2]
    return shorter if len(shorter) > len(text) // 2 else text


def _told_together(mark: Mark) -> tuple[str, ...]:
    """What repairs share that one line of words tells; nothing is shared with other findings."""
    finding = mark.finding
    return (finding.rule, finding.message) if mark.verb == "replace" else (str(id(mark)),)


def _sign(seen: Sequence[Verb | None]) -> str:
    """What stands before a line, for those who do not see colours: removed, changed, doubted, or none of that."""
    verbs = {*seen}
    if verbs == {"drop"}:
        return "-"
    return "~" if verbs & EDITING else "?" if verbs & {"flag", "reject"} else " "


def _told(mark: Mark, original: str) -> str:
    finding = mark.finding
    if not mark.placed:
        return "the document "
    if mark.verb == "replace":
        before, after = around(original, finding, _CONTEXT_CHARACTERS)
        was, is_now = (f"{before}{middle}{after}" for middle in (finding.original, finding.replacement))
        points = spelt_out(finding.original, finding.replacement) if finding.label == "encoding" else ""
        return f"{visible(was)} → {visible(is_now)} {f'({points}) ' if points else ''}"
    if mark.verb == "drop" or finding.suggestion is None:
        return ""
    return f"“{visible(finding.original)}” ← likely “{visible(finding.suggestion)}” "


def headline(result: Result) -> str:
    """One line about a result, in rich's markup."""
    name = readable(result.id) or "document"
    if result.error:
        return f"[bold]{escape(name)}[/]: failed, and left as it came"
    counts = Counter(finding.action for finding in result.findings)
    words = f"{result.signals.get('before.words', 0)} → {result.signals.get('words', 0)} words"
    done = [f"{counts[action]} {verb}" for action, verb in _VERBS.items() if counts[action]]
    if counts["reject"]:
        done.append(f"{counted(counts['reject'], 'reason')} to reject")
    language = readable(result.language or "language unknown")
    return f"[bold]{escape(name)}[/]: {escape(language)}, {words}; {', '.join(done) or 'nothing to do'}"


_VERBS: dict[Action, str] = {"drop": "dropped", "replace": "repaired", "flag": "flagged"}
