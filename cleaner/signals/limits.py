"""What rules say of signals: which documents and lines lie outside of the limits that a rule sets."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from cleaner.edits import Finding
from cleaner.rules import Problem, Rule
from cleaner.signals.cleaning import REMOVED
from cleaner.signals.document import DEFINITIONS, FROM_CLEANING, LINE_DEFINITIONS, Signals, measure_lines
from cleaner.signals.survey import Survey
from cleaner.text import Line


def unknown_signals(rules: Sequence[Rule], files: Mapping[str, str]) -> Iterator[Problem]:
    """The signals in rules that there are none of; `files` are where the rules stand, by id."""
    for rule in rules:
        known = LINE_DEFINITIONS if rule.unit == "line" else {**DEFINITIONS, **FROM_CLEANING}
        for limit in rule.limits:
            if limit.signal not in known and not (rule.unit == "document" and limit.signal.startswith(f"{REMOVED}.")):
                message = f"no signal {limit.signal!r} of a {rule.unit}"
                close = difflib.get_close_matches(limit.signal, known, 1)
                hint = f"did you mean {close[0]!r}?" if close else f"one of: {', '.join(known)}"
                yield Problem(files[rule.id], rule.id, "signal", message, hint)


def broken(rule: Rule, signals: Signals) -> tuple[str, float] | None:
    """In what way a document with these signals breaks the limits of `rule`, and the first signal that does; None if none do.

    A signal that the document does not have breaks none.
    """
    reasons: list[tuple[str, float]] = []
    for limit in rule.limits:
        value = signals.get(limit.signal)
        if isinstance(value, int | float) and (reason := limit.broken_by(value)):
            reasons.append((reason, round(float(value), 4)))
        elif rule.all:
            return None
    return (" and ".join(reason for reason, _ in reasons), reasons[0][1]) if reasons else None


def find_lines(rules: Sequence[Rule], survey: Survey, lines: Sequence[Line]) -> Iterator[Finding]:
    """What `rules` for lines find in a text by the signals of its `lines`, as `cleaner.text.cut_lines` cuts them."""
    signals, text = measure_lines(survey), survey.text
    for rule in rules:
        outside = [
            (signals[limit.signal] < (-np.inf if limit.min is None else limit.min))
            | (signals[limit.signal] > (np.inf if limit.max is None else limit.max))
            for limit in rule.limits
        ]
        hits = np.logical_and.reduce(outside) if rule.all else np.logical_or.reduce(outside)
        for number in np.flatnonzero(hits).tolist():
            if rule.position is None or rule.position.holds(number, len(lines)):
                line = lines[number]
                original = text[line.start : line.end]
                yield Finding(rule.id, rule.action, line.start, line.end, rule.label, rule.summary, original)
