"""What every task of the benchmark is."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from cleaner.bench.cases import Data
from cleaner.bench.systems import Answer
from cleaner.text import Document

Scores = dict[str, float]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One document that every system of a task gets."""

    document: Document
    wanted: Any
    """What the score needs to know; the systems never see it."""
    groups: Mapping[str, str] = {}
    """What the scores are broken down by, such as page type and language."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do, on cases, scored."""

    name: str
    summary: str
    systems: tuple[str, ...]
    """What is compared unless the caller says otherwise; the first is the usual reference."""
    cases: Callable[[Data], Sequence[Case]]
    score: Callable[[Case, Answer], Scores]
    """The scores of one answer; a score that does not apply is left out. A system that failed is scored as an empty answer."""
    main: str
    """The score that ranks, of 0 to 1, higher is better."""
    columns: tuple[str, ...]
    """The scores to show, in this order."""
    derive: Callable[[Scores, Sequence[Scores]], Scores] = lambda _means, _each: {}
    """Figures that are no means over documents, from the means and from the scores of each document."""
    text: Callable[[Case], str] | None = None
    """The labelled text of a case, where answers can be shown beside it."""
