"""The caller's keep patterns: a line in which one is found is never dropped."""

from collections.abc import Iterable, Sequence

import regex

from cleaner.edits import Finding
from cleaner.patterns import PatternError, compile_regex
from cleaner.text import raw_lines

# A keep pattern that takes longer on one line backtracks without end.
KEEP_SECONDS = 1.0


def keep_pattern(pattern: str) -> "regex.Pattern[str]":
    """A keep pattern made ready; raises `ValueError` where it is none, or empty, and `TypeError` for no string."""
    if not isinstance(pattern, str):
        raise TypeError(f"a keep pattern is a string, not {pattern!r}")
    if not pattern:
        raise ValueError("an empty keep pattern would keep every line")
    try:
        pattern.encode()  # for the digest
        return compile_regex(pattern)
    except UnicodeEncodeError as error:
        raise ValueError(f"keep pattern {pattern!r}: half of a surrogate pair is no character") from error
    except PatternError as error:
        raise ValueError(f"keep pattern {pattern!r}: {error}") from error


def keeping(patterns: Iterable["regex.Pattern[str]"], lines: Sequence[str]) -> "regex.Pattern[str] | None":
    """The first of the `patterns` that wants one of the `lines` kept.

    Raises `TimeoutError` for one that takes longer than `KEEP_SECONDS` on a line.
    """
    return next((one for one in patterns if any(one.search(line, timeout=KEEP_SECONDS) for line in lines)), None)


def why_kept(finding: Finding, patterns: Sequence["regex.Pattern[str]"]) -> str:
    """Which pattern wants kept what a finding would drop, as a reason; empty where none does. Raises as `keeping` does."""
    lines = [finding.original[start:end] for start, end in raw_lines(finding.original)] if patterns else []
    pattern = keeping(patterns, lines)
    return f"keep pattern {pattern.pattern}" if pattern else ""
