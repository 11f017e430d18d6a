"""A result told: as JSON, as an explanation line by line, as a diff, as the summary of a run."""

import difflib
import json
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from rich.markup import escape
from rich.table import Table

from cleaner.edits import EDITING, Action, Finding, revert
from cleaner.pipeline import Result

SCHEMA = 1
"""Version of the JSON form; it changes when a reader of the old form would misread the new one."""

_COLOURS: Mapping[str, str] = {"drop": "red", "replace": "green", "flag": "yellow", "reject": "magenta"}
_SHOWN_CHARACTERS = 160
# What is shown on either side of a repair, which alone is often a single mark.
_CONTEXT_CHARACTERS = 16
# Longer repairs are words, which the eye can tell.
_SPELT_OUT_CHARACTERS = 3


def to_json(result: Result, *, with_text: bool = True, fields: Mapping[str, Any] | None = None) -> bytes:
    """A result as one line of JSON, without its original: `from_json` rebuilds that from text and findings.

    `fields` are those of the input's record that travel along; see `beside`. What JSON has no form for is written as `str`
    gives it, bytes in base 64.
    """
    record: dict[str, Any] = {"schema": SCHEMA, "id": result.id}
    if with_text:
        record["text"] = result.text
    record |= {
        "language": result.language,
        "signals": result.signals,
        "findings": result.findings,
        "skipped": result.skipped,
        "ruleset": result.ruleset,
        "error": result.error,
    }
    if result.metadata:
        record["metadata"] = result.metadata
    if result.markdown is not None and with_text:
        record["markdown"] = result.markdown
    if fields:
        record |= beside(fields)
    try:
        return msgspec.json.encode(record, enc_hook=str)
    except UnicodeEncodeError:
        # Lone surrogates. JSON can escape one, but two side by side would be read back as one character: spelt out.
        return msgspec.json.encode(spell_out({"escaped": True, **msgspec.to_builtins(record, enc_hook=str)}))


RECORD_FIELDS = frozenset(
    {
        "schema",
        "id",
        "text",
        "language",
        "signals",
        "findings",
        "skipped",
        "ruleset",
        "error",
        "metadata",
        "markdown",
        "escaped",
    }
)
"""The names that a result's record has for itself."""


def beside(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an input's record that travel along with its result: under their names, or ``source_`` before them.

    The latter where the result's record has a field of that name itself.
    """
    named = {}
    for name, value in fields.items():
        free = name
        while free in RECORD_FIELDS or (free != name and free in fields):
            free = f"source_{free}"
        named[free] = value
    return named


def spell_out(value: Any) -> Any:
    """Plain data with each lone surrogate in its strings written as backslash, ``u`` and four digits; backslashes too."""
    return _in_all_strings(lambda text: _SPELT.sub(lambda match: f"\\u{ord(match[0]):04x}", text), value)


def read_back(value: Any) -> Any:
    """The plain data that `spell_out` was given."""
    return _in_all_strings(lambda text: _WRITTEN.sub(lambda match: chr(int(match[1], 16)), text), value)


_SPELT = re.compile(r"[\ud800-\udfff\\]")
_WRITTEN = re.compile(r"\\u([0-9a-f]{4})")


def _in_all_strings(change: Callable[[str], str], value: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _in_all_strings(change, one) for key, one in value.items()}
    return [_in_all_strings(change, one) for one in value] if isinstance(value, list | tuple) else value


class _Record(msgspec.Struct, rename={"id_": "id"}):
    """The JSON form of a result."""

    text: str
    schema: int
    id_: str
    language: str | None
    signals: dict[str, float | int | str]
    findings: tuple[Finding, ...]
    skipped: tuple[Any, ...]
    ruleset: str
    error: str | None
    metadata: dict[str, str] = {}
    markdown: str | None = None


def from_json(line: bytes | str) -> Result:
    """The result that `to_json` wrote, its original rebuilt.

    Raises `ValueError` for anything else.
    """
    try:
        read = json.loads(line)
        if isinstance(read, dict) and read.get("escaped"):
            read = read_back(read)
        record = msgspec.convert(read, _Record)
    except msgspec.ValidationError as error:
        raise ValueError(f"not a record of this toolkit: {error}") from error
    if record.schema != SCHEMA:
        raise ValueError(f"schema {record.schema} is not known, only {SCHEMA}")
    names = ("text", "language", "signals", "findings", "ruleset", "error", "metadata", "markdown")
    fields = {name: getattr(record, name) for name in names}
    original = revert(record.text, record.findings)
    return msgspec.convert({**fields, "id": record.id_, "original": original, "skipped": record.skipped}, Result)


def explain(result: Result) -> Iterator[str]:
    """What was done and why, place by place, in rich's markup."""
    starts = [0]
    starts += (at + 1 for at, char in enumerate(result.original) if char == "\n")
    if result.error:
        yield f"[bold red]error[/] {escape(result.error)}"
    for finding in result.findings:
        number = bisect_right(starts, finding.start + len(finding.original) - len(finding.original.lstrip()))
        yield _told(number, finding, finding.action, result.original)
    for skipped in result.skipped:
        number = bisect_right(starts, skipped.finding.start)
        yield _told(number, skipped.finding, "kept", result.original) + f" [dim]({escape(skipped.reason)})[/]"
    yield headline(result)


def _told(number: int, finding: Finding, verb: str, original: str) -> str:
    colour = _COLOURS.get(verb, "dim")
    lines = [
        f"[dim]{number:>5}[/] [{colour}]{verb:<7}[/] {_shown(finding, original)}",
        f"              [dim]{finding.rule}: {escape(finding.message)}[/]",
    ]
    return "\n".join(lines)


def _shown(finding: Finding, original: str) -> str:
    if finding.action == "replace":
        before = original[max(finding.start - _CONTEXT_CHARACTERS, 0) : finding.start].rsplit("\n", 1)[-1]
        after = original[finding.end : finding.end + _CONTEXT_CHARACTERS].split("\n", 1)[0]
        was, is_now = (f"{before}{middle}{after}" for middle in (finding.original, finding.suggestion or ""))
        return f"{escape(_visible(was))} → {escape(_visible(is_now))}{_spelt_out(finding)}"
    shown = escape(_visible(finding.original.strip() or finding.original)) if finding.original else "the document"
    if finding.action == "drop" or finding.suggestion is None:
        return shown
    return f"{shown} ← likely {escape(_visible(finding.suggestion))}"


def _spelt_out(finding: Finding) -> str:
    """Code points and bytes of a short repair of characters, which the eye may not tell apart."""
    was, is_now = finding.original, finding.suggestion or ""
    if finding.label != "encoding" or max(len(was), len(is_now)) > _SPELT_OUT_CHARACTERS or (was + is_now).isascii():
        return ""
    told = " → ".join(" ".join(f"U+{ord(char):04X}" for char in text) or "nothing" for text in (was, is_now))
    return (
        f" [dim]({told}; UTF-8 {is_now.encode('utf-8', 'surrogatepass').hex(' ').upper()})[/]"
        if is_now
        else f" [dim]({told})[/]"
    )


def _visible(text: str) -> str:
    """`text` on one line, shortened; characters that cannot be seen by their code point."""
    shown = "".join(
        "⏎"
        if char == "\n"
        else f"<U+{ord(char):04X}>"
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or char == "\xa0"
        else char
        for char in text[: _SHOWN_CHARACTERS + 1]
    )
    return shown if len(text) <= _SHOWN_CHARACTERS else f"{shown[: _SHOWN_CHARACTERS - 1]}…"


def headline(result: Result) -> str:
    """One line about a result, in rich's markup."""
    counts = Counter(finding.action for finding in result.findings)
    words = f"{result.signals.get('before.words', 0)} → {result.signals.get('words', 0)} words"
    done = ", ".join(f"{counts[action]} {verb}" for action, verb in _VERBS.items() if counts[action]) or "nothing to do"
    return f"[bold]{escape(result.id or 'document')}[/]: {result.language or 'language unknown'}, {words}; {done}"


_VERBS: dict[Action, str] = {"drop": "dropped", "replace": "repaired", "flag": "flagged", "reject": "reasons to reject"}


def diff(result: Result) -> str:
    """The change as a unified diff; empty where there is none."""
    before = result.original.splitlines(keepends=True)
    after = result.text.splitlines(keepends=True)
    name = result.id or "document"
    lines = difflib.unified_diff(before, after, f"{name} (as it came)", f"{name} (cleaned)", n=1)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


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
    failures: list[tuple[str, str]] = []
    """Id and error of the first documents that failed."""

    def add(self, result: Result, media_type: str = "") -> None:
        """Count one result."""
        self._add(result.findings, result.language, len(result.original), len(result.text), media_type)
        if result.error:
            self.failed += 1
            if len(self.failures) < SHOWN_FAILURES:
                self.failures.append((result.id, result.error))

    def add_record(self, record: Mapping[str, Any], media_type: str) -> None:
        """Count the record of an earlier result without an error, as `to_json` wrote it or as a row of `cleaner.columns`."""
        findings = msgspec.convert(record["findings"], tuple[Finding, ...])
        after = len(record["text"]) if "text" in record else record["signals"]["characters"]
        edits = [finding for finding in findings if finding.action in EDITING]
        instead = sum(len(finding.suggestion or "") for finding in edits if finding.action == "replace")
        before = after + sum(len(finding.original) for finding in edits) - instead
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

    def merge(self, other: "Totals") -> None:
        """Add what another counted."""
        for name in ("documents", "changed", "failed", "rejected", "characters_in", "characters_out"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for action, rules in other.findings.items():
            _add_counts(self.findings.setdefault(action, {}), rules)
        for name in ("rejected_by", "languages", "media_types"):
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
        """Findings by action and rule, the most frequent first."""
        table = Table("action", "rule", "findings", box=None, header_style="bold", pad_edge=False)
        for action, colour in _COLOURS.items():
            for rule, number in sorted(self.findings.get(action, {}).items(), key=lambda item: (-item[1], item[0])):
                table.add_row(f"[{colour}]{action}[/]", rule, str(number))
        return table

    def lines(self) -> Iterable[str]:
        """The run in a few lines, in rich's markup."""
        counts = self.counts()
        yield (
            f"[bold]{self.documents}[/] documents, {self.changed} changed: {counts.get('drop', 0)} passages dropped "
            f"({self.dropped_share:.1%} of the characters), {counts.get('replace', 0)} repairs, {counts.get('flag', 0)} flags"
        )
        if self.rejected:
            by_rule = sorted(self.rejected_by.items(), key=lambda item: (-item[1], item[0]))
            yield f"[bold]{self.rejected}[/] rejected: {', '.join(f'{number} by {rule}' for rule, number in by_rule)}"
        for name, error in self.failures:
            yield f"[bold red]failed[/] {escape(name)}: {escape(error)}"
        if self.failed > len(self.failures):
            yield f"[bold red]failed[/] and {self.failed - len(self.failures)} more"


def _count(counts: dict[str, int], name: str, times: int = 1) -> None:
    counts[name] = counts.get(name, 0) + times


def _add_counts(counts: dict[str, int], more: Mapping[str, int]) -> None:
    for name, number in more.items():
        _count(counts, name, number)


SHOWN_FAILURES = 20
