"""Rules tried on texts: what they would do, hit by hit, before and after. Nothing is written."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
from rich.markup import escape
from rich.table import Table

from cleaner.edits import EDITING, Finding
from cleaner.pipeline import Cleaner, Result
from cleaner.policy import Profile
from cleaner.report.characters import counted, readable, visible
from cleaner.rules import Ruleset
from cleaner.tables import plain_table
from cleaner.text import Line, cut_lines

# Whatever a rule says is done, be it `unsafe` or a `preview`; what protects quotations and the like still holds.
TRYING = Profile(name="trying", unsafe="apply", trust_preview=True)


class Effect(msgspec.Struct):
    """What one rule did to all documents."""

    documents: int = 0
    hits: int = 0
    characters: int = 0
    """Of the original, in its hits."""
    held_back: int = 0
    """Hits that protections stopped, or other rules of the trial."""


class Trial:
    """The rules of a folder or file on trial: they alone act, and may refer to the shipped ones."""

    def __init__(self, path: str | Path) -> None:
        """Raises `RuleError` for rules that cannot be used."""
        together, on_trial = Ruleset.beside_shipped(path)
        self.effects: dict[str, Effect] = {rule.id: Effect() for rule in on_trial}
        self.cleaner = Cleaner(TRYING, together, off=[rule.id for rule in together if rule.id not in self.effects])
        """What does to a document what the rules say, and nothing else."""

    def add(self, result: Result) -> None:
        """Count a result of the `cleaner`."""
        for rule in {finding.rule for finding in result.findings}:
            self.effects[rule].documents += 1
        for finding in result.findings:
            self.effects[finding.rule].hits += 1
            self.effects[finding.rule].characters += len(finding.original)
        for skipped in result.skipped:
            self.effects[skipped.finding.rule].held_back += 1

    def table(self) -> Table:
        """The rules by what they did, the busiest first."""
        table = plain_table("rule", "hits", "documents", "characters", "held back")
        for rule, effect in sorted(self.effects.items(), key=lambda item: (-item[1].hits, item[0])):
            row = (effect.hits, effect.documents, effect.characters, effect.held_back)
            table.add_row(escape(visible(rule)), *map(str, row), style="" if effect.hits else "dim")
        return table

    def only_flagged(self) -> Iterator[str]:
        """What of all this `cleaner clean` would only flag, as the rules stand."""
        rules = self.cleaner.ruleset.by_id
        acting = [(rules[rule], effect.hits) for rule, effect in self.effects.items() if rules[rule].action in EDITING]
        unsafe = sum(hits for rule, hits in acting if rule.safety == "unsafe")
        preview = sum(hits for rule, hits in acting if rule.status == "preview")
        if unsafe:
            yield f"unsafe: {counted(unsafe, 'hit')} that `balanced` only flags, unless the chrome model agrees to a drop"
        if preview:
            yield f"preview: {counted(preview, 'hit')} that every profile only flags, unless --preview is given"


def hits(result: Result, shown: Counter[str], most: int) -> Iterator[str]:
    """The hits in a document with the lines around them, before and after, in rich's markup.

    `shown` counts, for each rule, those shown so far, also such as were held back; further ones than `most` are left out.
    """
    title = f"[bold]{escape(visible(result.id) or 'document')}[/]"
    lines = cut_lines(result.original)
    for finding in result.findings:
        shown[finding.rule] += 1
        if shown[finding.rule] <= most:
            yield f"{title}  [cyan]{escape(visible(finding.rule))}[/]"
            yield from _around(result.original, lines, finding)
    for skipped in result.skipped:
        rule = skipped.finding.rule
        shown[rule] += 1
        if shown[rule] <= most:
            yield f"{title}  [cyan]{escape(visible(rule))}[/]  [dim]held back: {escape(readable(skipped.reason))}[/]"
            yield f"  [dim]{_shown(skipped.finding.original)}[/]"
    if result.error:
        yield f"{title}  [bold red]error[/] {escape(readable(result.error))}"


def _around(text: str, lines: list[Line], finding: Finding) -> Iterator[str]:
    def at(index: int) -> str:
        return text[lines[index].start : lines[index].end]

    if not finding.original.strip():
        yield f"  [yellow]! the document: {escape(readable(finding.message))}[/]"
        return
    start = finding.start + len(finding.original) - len(finding.original.lstrip())  # a drop takes a line break along
    end = max(start, finding.start + len(finding.original.rstrip()))
    first = max(bisect_right(lines, start, key=lambda line: line.start) - 1, 0)
    last = max(bisect_right(lines, end - 1, key=lambda line: line.start) - 1, first)
    if first:
        yield f"    [dim]{_shown(at(first - 1))}[/]"
    before = text[lines[first].start : lines[last].end]
    low, high = start - lines[first].start, end - lines[first].start
    if finding.action == "flag":
        likely = f"  [dim]← likely {_shown(finding.suggestion)}[/]" if finding.suggestion else ""
        yield f"  [yellow]! {_shown(before)}[/]{likely}"
    else:
        after = before[:low] + finding.replacement + before[high:]
        yield from (f"  [red]- {_shown(line)}[/]" for line in before.splitlines() if line.strip())
        yield from (f"  [green]+ {_shown(line)}[/]" for line in after.splitlines() if line.strip())
    if last + 1 < len(lines):
        yield f"    [dim]{_shown(at(last + 1))}[/]"


def _shown(text: str) -> str:
    return escape(visible(" ".join(text.split())))
