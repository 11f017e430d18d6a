"""Figures about a text, before and after cleaning: what the field's quality filters look at."""

from cleaner.signals.cleaning import REMOVED, removed
from cleaner.signals.document import (
    ALWAYS,
    BEFORE,
    DEFINITIONS,
    FROM_CLEANING,
    LINE_DEFINITIONS,
    Signals,
    counts,
    measure,
    measure_all,
    measure_lines,
)
from cleaner.signals.limits import broken, find_lines, unknown_signals
from cleaner.signals.survey import Survey, surveys

__all__ = [
    "ALWAYS",
    "BEFORE",
    "DEFINITIONS",
    "FROM_CLEANING",
    "LINE_DEFINITIONS",
    "REMOVED",
    "Signals",
    "Survey",
    "broken",
    "counts",
    "find_lines",
    "measure",
    "measure_all",
    "measure_lines",
    "removed",
    "surveys",
    "unknown_signals",
]
