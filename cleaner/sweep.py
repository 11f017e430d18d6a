"""What thresholds of a signal would cost: the documents and characters below and above each, and examples at the edge."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

import msgspec
from rich.markup import escape
from rich.table import Table

from cleaner.pipeline import Result
from cleaner.report.characters import counted, readable, visible
from cleaner.rules import Ruleset
from cleaner.signals import BEFORE, DEFINITIONS, FROM_CLEANING
from cleaner.tables import plain_table

QUANTILES = (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99)
# Without a threshold of a rule or of the caller's, examples are shown at these.
EXAMPLE_QUANTILES = (0.05, 0.95)
MOST_POINTS = 200
SHOWN_CHARACTERS = 200


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a threshold would cost. Documents at the threshold itself stay."""

    threshold: float
    documents_below: int
    characters_below: int
    documents_above: int
    characters_above: int
    rules: tuple[str, ...] = ()
    """The rules that have it as a limit."""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A document near a threshold."""

    threshold: float
    id: str
    value: float
    beginning: str
    """Its first characters, on one line."""


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """A signal over some documents."""

    signal: str
    definition: str
    documents: int
    """How many have the signal."""
    characters: int
    without: int
    """How many have not, since it does not apply to them or they failed."""
    failed: int
    costs: tuple[Cost, ...]
    """At quantiles, at the limits of rules, and where the caller wants to know; by threshold."""
    curve: tuple[Cost, ...]
    """At values from the least to the greatest, for a plot."""
    examples: tuple[Example, ...]
    """Below and above each threshold that a rule or the caller has, the nearest ones."""


class _Seen(msgspec.Struct, frozen=True, gc=False):
    value: float
    characters: int
    id: str
    beginning: str


def sweep(
    signal: str, results: Iterable[Result], ruleset: Ruleset, thresholds: Sequence[float] = (), examples: int = 3
) -> Sweep:
    """Sweep `signal` over `results`, which were made by a `Cleaner` with `signals`; of each little stays in memory.

    Beside quantiles it looks at the limits that rules in `ruleset` set to the signal, and at `thresholds`; `examples` is how
    many documents are shown on either side of each. Raises `ValueError` for a signal that there is not, and where no document
    has it.
    """
    name = signal.removeprefix(BEFORE)
    definition = {**DEFINITIONS, **(FROM_CLEANING if name == signal else {})}.get(name)
    if name in FROM_CLEANING and name != signal:
        raise ValueError(f"{name!r} is measured by cleaning alone, and not of the text as it came")
    if definition is None:
        raise ValueError(f"no signal {signal!r}; there are {', '.join([*DEFINITIONS, *FROM_CLEANING])}")
    seen: list[_Seen] = []
    without = failed = 0
    for result in results:
        failed += result.error is not None
        value = result.signals.get(signal)
        if isinstance(value, int | float):
            beginning = " ".join(result.text[: 2 * SHOWN_CHARACTERS].split())[:SHOWN_CHARACTERS]
            seen.append(_Seen(float(value), len(result.text), result.id, beginning))
        else:
            without += 1
    if not seen:
        raise ValueError(f"none of {without} documents has the signal {signal!r}")
    seen.sort(key=lambda one: (one.value, one.id))
    axis = _Axis(seen)
    limits = _limits(name, ruleset)
    quantiles = {_rounded(axis.at(share)) for share in QUANTILES}
    marks = sorted({*limits, *thresholds}) or sorted({_rounded(axis.at(share)) for share in EXAMPLE_QUANTILES})
    return Sweep(
        signal=signal,
        definition=definition,
        documents=len(seen),
        characters=axis.characters[-1],
        without=without,
        failed=failed,
        costs=tuple(axis.cost(value, limits.get(value, ())) for value in sorted({*quantiles, *marks})),
        curve=tuple(axis.cost(value) for value in sorted({axis.at(step / MOST_POINTS) for step in range(MOST_POINTS + 1)})),
        examples=tuple(example for mark in marks for example in axis.examples(mark, examples)),
    )


class _Axis:
    """Documents in the order of their values."""

    def __init__(self, seen: Sequence[_Seen]) -> None:
        self.seen = seen
        self.values = [one.value for one in seen]
        self.characters = list(accumulate((one.characters for one in seen), initial=0))

    def at(self, share: float) -> float:
        """The value that this share of the documents does not reach."""
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]

    def cost(self, threshold: float, rules: Sequence[str] = ()) -> Cost:
        low, high = bisect_left(self.values, threshold), bisect_right(self.values, threshold)
        return Cost(
            threshold=threshold,
            documents_below=low,
            characters_below=self.characters[low],
            documents_above=len(self.values) - high,
            characters_above=self.characters[-1] - self.characters[high],
            rules=tuple(rules),
        )

    def examples(self, threshold: float, number: int) -> Iterator[Example]:
        low, high = bisect_left(self.values, threshold), bisect_right(self.values, threshold)
        for one in [*self.seen[max(low - number, 0) : low], *self.seen[high : high + number]]:
            yield Example(threshold=threshold, id=one.id, value=one.value, beginning=one.beginning)


def _rounded(value: float) -> float:
    """`value` to three digits, which is how a person would write a threshold."""
    return value if value == int(value) else float(f"{value:.{3 if abs(value) < 1e3 else 6}g}")


def _limits(signal: str, ruleset: Ruleset) -> dict[float, tuple[str, ...]]:
    """The limits that rules for documents set to the signal, with the ids of the rules."""
    limits: dict[float, tuple[str, ...]] = {}
    for rule in ruleset:
        for limit in rule.limits:
            if rule.unit == "document" and limit.signal == signal:
                for bound in (limit.min, limit.max):
                    if bound is not None and math.isfinite(bound):
                        limits[bound] = (*limits.get(bound, ()), rule.id)
    return limits


def tables(found: Sweep) -> Iterator[Table | str]:
    """A sweep in rich's tables."""
    documents = counted(found.documents, "document")
    yield f"[bold]{found.signal}[/] of {documents}, {found.characters:,} characters: {escape(found.definition)}"
    if found.without:
        yield f"{found.without} more have no such signal{f'; {found.failed} of them failed' if found.failed else ''}"
    costs = plain_table("threshold", numbers=("below: documents", "characters", "above: documents", "characters"))
    costs.add_column("limit of")
    for cost in found.costs:
        costs.add_row(f"{cost.threshold:g}", *shares(cost, found), escape(visible(", ".join(cost.rules))))
    yield costs
    if found.examples:
        examples = plain_table("threshold", "value", "document", "begins")
        for one in found.examples:
            examples.add_row(f"{one.threshold:g}", f"{one.value:.4g}", escape(visible(one.id)), escape(readable(one.beginning)))
        yield examples


def shares(cost: Cost, found: Sweep) -> list[str]:
    """What a threshold costs, as a table shows it: documents and characters below, then above."""
    sides = (
        (cost.documents_below, cost.characters_below),
        (cost.documents_above, cost.characters_above),
    )
    cells = []
    for documents, characters in sides:
        cells += [f"{documents} ({documents / found.documents:.1%})", f"{characters / max(found.characters, 1):.1%}"]
    return cells
