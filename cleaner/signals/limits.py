"""What rules say of signals: which documents and lines lie outside of the limits that a rule sets."""

import difflib
import functools
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cleaner.edits import Finding
from cleaner.rules import Limit, Problem, Rule
from cleaner.signals.cleaning import REMOVED
from cleaner.signals.document import DEFINITIONS, FROM_CLEANING, LINE_DEFINITIONS, Signals, measure_lines
from cleaner.signals.survey import Survey


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


_NUMBER = (int, float)  # a union would be made anew at each look


def broken(rule: Rule, signals: Signals) -> tuple[str, float] | None:
    """In what way a document with these signals breaks the limits of `rule`, and the first signal that does; None if none do.

    A signal that the document does not have breaks none.
    """
    reasons: list[tuple[str, float]] = []
    for limit in rule.limits:
        value = signals.get(limit.signal)
        if isinstance(value, _NUMBER) and (reason := limit.broken_by(value)):
            reasons.append((reason, round(float(value), 4)))
        elif rule.all:
            return None
    return (" and ".join(reason for reason, _ in reasons), reasons[0][1]) if reasons else None


def find_lines(rules: Sequence[Rule], survey: Survey) -> list[list[Finding]]:
    """For each text of the survey what `rules` for lines find in it by the signals of its lines, rule by rule."""
    signals = measure_lines(survey)
    bounds, edges = survey.line_bounds.tolist(), survey.edges.tolist()
    starts, ends = survey.lines.starts.tolist(), survey.lines.ends.tolist()
    found: list[list[Finding]] = [[] for _ in survey.texts]
    for rule in rules:
        outside = [_outside(signals[limit.signal], limit) for limit in rule.limits]
        hits = functools.reduce(np.logical_and if rule.all else np.logical_or, outside)
        for number in np.flatnonzero(hits).tolist():
            of = bisect_right(bounds, number) - 1
            if rule.position is None or rule.position.holds(number - bounds[of], bounds[of + 1] - bounds[of]):
                start, end = starts[number] - edges[of] - 1, ends[number] - edges[of] - 1
                found[of].append(rule.finding(survey.texts[of], start, end))
    return found


def _outside(values: npt.NDArray[np.float64], limit: Limit) -> npt.NDArray[np.bool_]:
    """Which values lie outside of a limit."""
    outside = np.zeros(len(values), np.bool_)
    if limit.min is not None:
        outside |= values < limit.min
    if limit.max is not None:
        outside |= values > limit.max
    return outside
