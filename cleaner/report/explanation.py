"""A result told line by line, and as a diff."""

import difflib
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping

from rich.markup import escape

from cleaner.edits import Action, Finding
from cleaner.pipeline import Result

COLOURS: Mapping[str, str] = {"drop": "red", "replace": "green", "flag": "yellow", "reject": "magenta"}
_SHOWN_CHARACTERS = 160
# What is shown on either side of a repair, which alone is often a single mark.
_CONTEXT_CHARACTERS = 16
# Longer repairs are words, which the eye can tell.
_SPELT_OUT_CHARACTERS = 3


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
    colour = COLOURS.get(verb, "dim")
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
        return f"{escape(visible(was))} → {escape(visible(is_now))}{_spelt_out(finding)}"
    shown = escape(visible(finding.original.strip() or finding.original)) if finding.original else "the document"
    if finding.action == "drop" or finding.suggestion is None:
        return shown
    return f"{shown} ← likely {escape(visible(finding.suggestion))}"


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


def visible(text: str) -> str:
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
