"""A result told: as JSON, as an explanation line by line, as a diff, as the summary of a run."""

import difflib
import json
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from rich.markup import escape
from rich.table import Table

from cleaner.edits import EDITING, Action, Finding, revert
from cleaner.pipeline import Result

SCHEMA = 1
"""Version of the JSON form; it changes when a reader of the old form would misread the new one."""

_COLOURS = {"drop": "red", "replace": "green", "flag": "yellow", "reject": "magenta"}
_SHOWN_CHARACTERS = 160
# What is shown on either side of a repair, which alone is often a single mark.
_CONTEXT_CHARACTERS = 16


def to_json(result: Result, *, with_text: bool = True) -> bytes:
    """A result as one line of JSON, without its original: `from_json` rebuilds that from text and findings."""
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
    try:
        return msgspec.json.encode(record)
    except UnicodeEncodeError:
        # Lone surrogates. JSON can escape one, but two side by side would be read back as one character: spelt out.
        return msgspec.json.encode(_in_all_strings(_spelt, {"escaped": True, **msgspec.to_builtins(record)}))


def _spelt(text: str) -> str:
    return _SPELT.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _read_back(text: str) -> str:
    return _WRITTEN.sub(lambda match: chr(int(match[1], 16)), text)


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
            read = _in_all_strings(_read_back, read)
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
        return f"{escape(_visible(was))} → {escape(_visible(is_now))}"
    shown = escape(_visible(finding.original.strip() or finding.original)) if finding.original else "the document"
    if finding.action == "drop" or finding.suggestion is None:
        return shown
    return f"{shown} ← likely {escape(_visible(finding.suggestion))}"


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


class Totals:
    """What a run did, summed up."""

    def __init__(self) -> None:
        self.documents = 0
        self.changed = 0
        self.rejected = 0
        self.failed: list[tuple[str, str]] = []
        self.characters_in = 0
        self.characters_out = 0
        self.by_rule: Counter[tuple[str, str]] = Counter()

    def add(self, result: Result) -> None:
        """Count one result."""
        self.documents += 1
        self.changed += any(finding.action in EDITING for finding in result.findings)
        self.rejected += result.rejected
        self.characters_in += len(result.original)
        self.characters_out += len(result.text)
        self.by_rule.update((finding.action, finding.rule) for finding in result.findings)
        if result.error:
            self.failed.append((result.id, result.error))

    def counts(self) -> dict[str, int]:
        """Findings by action."""
        counts: Counter[str] = Counter()
        for (action, _), number in self.by_rule.items():
            counts[action] += number
        return dict(counts)

    def table(self) -> Table:
        """Findings by action and rule, the most frequent first."""
        table = Table("action", "rule", "findings", box=None, header_style="bold", pad_edge=False)
        for (action, rule), number in sorted(self.by_rule.items(), key=lambda item: (_ORDER[item[0][0]], -item[1], item[0])):
            table.add_row(f"[{_COLOURS[action]}]{action}[/]", rule, str(number))
        return table

    def lines(self) -> Iterable[str]:
        """The run in a few lines, in rich's markup."""
        counts = self.counts()
        share = 1 - self.characters_out / self.characters_in if self.characters_in else 0.0
        yield (
            f"[bold]{self.documents}[/] documents, {self.changed} changed: {counts.get('drop', 0)} passages dropped "
            f"({share:.1%} of the characters), {counts.get('replace', 0)} repairs, {counts.get('flag', 0)} flags"
        )
        if self.rejected:
            yield f"[bold]{self.rejected}[/] documents rejected ({self.rejected / self.documents:.1%})"
        for name, error in self.failed[:20]:
            yield f"[bold red]failed[/] {escape(name)}: {escape(error)}"
        if len(self.failed) > 20:
            yield f"[bold red]failed[/] and {len(self.failed) - 20} more"


_ORDER = {"drop": 0, "replace": 1, "flag": 2, "reject": 3}
