"""What a run did, summed up."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from rich.markup import escape
from rich.table import Table

from cleaner.edits import EDITING, Action, Finding
from cleaner.pipeline import Result
from cleaner.report.characters import counted, readable, visible
from cleaner.report.explanation import COLOURS
from cleaner.report.record import as_written
from cleaner.tables import plain_table

SHOWN_FAILURES = 20
# A file may say anything; of greater numbers no share can be told.
_MOST = 2**63 - 1
# Of more rules than that a table shows fewer: it is to be taken in at a glance.
_MOST_ROWS, _ROWS_OF_MORE = 25, 20
_MOST_REASONS = 8


class Totals(msgspec.Struct, kw_only=True):
    """What a run did, summed up."""

    documents: int = 0
    changed: int = 0
    failed: int = 0
    rejected: int = 0
    characters_in: int = 0
    characters_out: int = 0
    """Of all documents, the rejected ones too."""
    findings: dict[str, dict[str, int]] = {}
    """How many there are, by action and rule."""
    rejected_by: dict[str, int] = {}
    """Documents by the rule that rejected them; where several did, under each."""
    languages: dict[str, int] = {}
    """Documents by language, ``unknown`` among them."""
    media_types: dict[str, int] = {}
    left_out: dict[str, int] = {}
    """Records of archives that are no documents, by why not."""
    failures: list[tuple[str, str]] = []
    """Id and error of the first documents that failed."""

    def __post_init__(self) -> None:
        numbers = (self.documents, self.changed, self.failed, self.rejected, self.characters_in, self.characters_out)
        counts = (self.rejected_by, self.languages, self.media_types, self.left_out, *self.findings.values())
        if not all(0 <= number <= _MOST for number in (*numbers, *(one for count in counts for one in count.values()))):
            raise ValueError("a number that counts nothing")

    def add(self, result: Result, media_type: str = "") -> None:
        """Count one result."""
        self._add(result.findings, result.language, len(result.original), len(result.text), media_type)
        if result.error:
            self.failed += 1
            if len(self.failures) < SHOWN_FAILURES:
                self.failures.append((_encodable(result.id), _encodable(result.error)))

    def add_record(self, record: Mapping[str, Any], media_type: str) -> None:
        """Count the record of an earlier result without an error, as `to_json` wrote it or as a row of `cleaner.columns`."""
        record = as_written(record)
        findings = msgspec.convert(record["findings"], tuple[Finding, ...])
        if "text" in record:
            after = len(record["text"])
        else:
            after = record["text_characters"] if "text_characters" in record else record["signals"]["characters"]  # of old
        edits = [finding for finding in findings if finding.action in EDITING]
        before = after + sum(len(finding.original) - len(finding.replacement) for finding in edits)
        self._add(findings, record["language"], before, after, media_type)

    def _add(self, findings: Sequence[Finding], language: str | None, before: int, after: int, media_type: str) -> None:
        self.documents += 1
        self.changed += any(finding.action in EDITING for finding in findings)
        self.characters_in += before
        self.characters_out += after
        for finding in findings:
            _count(self.findings.setdefault(finding.action, {}), finding.rule)
        _count(self.languages, language or "unknown")
        if media_type:
            _count(self.media_types, media_type)
        rejecting = {finding.rule for finding in findings if finding.action == "reject"}
        self.rejected += bool(rejecting)
        for rule in rejecting:
            _count(self.rejected_by, rule)

    def leave_out(self, why: str) -> None:
        """Count a record of an archive that is no document."""
        _count(self.left_out, why)

    def merge(self, other: "Totals") -> None:
        """Add what another counted."""
        for name in ("documents", "changed", "failed", "rejected", "characters_in", "characters_out"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for action, rules in other.findings.items():
            _add_counts(self.findings.setdefault(action, {}), rules)
        for name in ("rejected_by", "languages", "media_types", "left_out"):
            _add_counts(getattr(self, name), getattr(other, name))
        self.failures += other.failures[: SHOWN_FAILURES - len(self.failures)]

    def counts(self) -> dict[str, int]:
        """Findings by action."""
        return {action: sum(rules.values()) for action, rules in self.findings.items()}

    @property
    def dropped_share(self) -> float:
        """The share of the characters that is gone, 0 to 1."""
        return 1 - self.characters_out / self.characters_in if self.characters_in else 0.0

    def table(self) -> Table:
        """Findings by action and rule, the most frequent first; of very many rules those with the most findings."""
        table = plain_table("action", "rule", "findings")
        rows = [(action, rule, number) for action in COLOURS for rule, number in self.findings.get(action, {}).items()]
        rows.sort(key=lambda row: (-row[2], row[1]))
        shown = rows if len(rows) <= _MOST_ROWS else rows[:_ROWS_OF_MORE]
        for action, colour in COLOURS.items():
            for rule, number in ((rule, number) for one, rule, number in shown if one == action):
                table.add_row(f"[{colour}]{action}[/]", escape(visible(rule)), str(number))
        if more := rows[len(shown) :]:
            told = f"and {len(more)} more; OUT/run.json and `cleaner report OUT` have all"
            table.add_row("…", told, str(sum(number for *_, number in more)))
        return table

    def lines(self) -> Iterable[str]:
        """The run in a few lines, in rich's markup."""
        counts = self.counts()
        nouns: dict[Action, str] = {"drop": "passage", "replace": "repair", "flag": "flag"}
        passages, repairs, flags = (counted(counts.get(action, 0), noun) for action, noun in nouns.items())
        share = f" ({self.dropped_share:.1%} of the characters)" if counts.get("drop") else ""
        yield (
            f"[bold]{counted(self.documents, 'document')}[/], {self.changed:,} changed: "
            f"{passages} dropped{share}, {repairs}, {flags}"
        )
        if self.rejected:
            by_rule = sorted(self.rejected_by.items(), key=lambda item: (-item[1], item[0]))
            told = ", ".join(f"{number} by {escape(visible(rule))}" for rule, number in by_rule)
            yield f"[bold]{self.rejected}[/] rejected: {told}"
        for name, error in self.failures:
            yield f"[bold red]failed[/] {escape(visible(name))}: {escape(readable(error))}"
        if self.failed > len(self.failures):
            yield f"[bold red]failed[/] and {self.failed - len(self.failures)} more"
        if self.left_out:
            by_why = sorted(self.left_out.items(), key=lambda item: (-item[1], item[0]))
            more = ["…"] * (len(by_why) > _MOST_REASONS)
            told = ", ".join([*(f"{number:,} {escape(visible(why))}" for why, number in by_why[:_MOST_REASONS]), *more])
            yield f"records left out: {sum(self.left_out.values()):,} ({told})"


def _encodable(text: str) -> str:
    """`text` with lone surrogates spelt out: the id of a file may hold them, and totals are written as UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _count(counts: dict[str, int], name: str, times: int = 1) -> None:
    counts[name] = counts.get(name, 0) + times


def _add_counts(counts: dict[str, int], more: Mapping[str, int]) -> None:
    for name, number in more.items():
        _count(counts, name, number)
