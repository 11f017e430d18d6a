"""The figures of a run, gathered from its results one by one in memory that does not grow with them."""

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from cleaner.pipeline import Result
from cleaner.report.account import Account, LimitInForce
from cleaner.report.marks import ALSO, KEPT, Mark, around
from cleaner.signals import BEFORE

MOST_EXAMPLES = 4
MOST_REASONS = 12
EXAMPLE_CHARACTERS = 400
CONTEXT_CHARACTERS = 24
BINS = 40
# A signal is plotted from the first to the last of these quantiles: a single odd document must not flatten the rest.
PLOTTED_FROM, PLOTTED_TO = 0.005, 0.995
# Of values so many times the median, the axis is one of logarithms.
LOGARITHMIC_FROM = 20.0
# Shares that reach so far are plotted up to 1.
HALF = 0.5
# A limit this many times the plotted range away still has its place in the plot.
NEAR = 3.0
# Values that are further from 0, or nearer to it, are plotted as if they were not: what is computed from them stays finite.
GREATEST, LEAST = 1e15, 1e-15


def family(rule: str) -> str:
    """The folder that a rule belongs to by its id: ``boilerplate`` of ``boilerplate/web/cookie-banner``."""
    return rule.split("/", 1)[0] if "/" in rule else "own"


class Example(msgspec.Struct, frozen=True):
    """A place where a rule did something."""

    document: str
    number: int
    """Of the document, from 0 on, among all that were read."""
    action: str
    before: str
    """What stands before it on its line, of a repair or a flag."""
    text: str
    after: str
    suggestion: str | None

    def alike(self, other: "Example") -> bool:
        """Whether both show the same."""
        return (self.before, self.text) == (other.before, other.text)


class RuleFigures(msgspec.Struct):
    """What one rule did in a run."""

    rule: str
    summary: str
    """What it looks for; where the run does not say, the message of its first finding."""
    actions: Counter[str]
    """Findings by action; `KEPT` for what was held back, `ALSO` for what another rule had already changed."""
    documents: int = 0
    characters: int = 0
    """Removed."""
    reasons: Counter[str] = msgspec.field(default_factory=Counter)
    """Why findings were held back, and how many."""
    examples: list[Example] = []
    spare: list[Example] = []
    """Examples from documents that have given one already."""

    def add_example(self, example: Example) -> None:
        """Keep an example, where there are not enough that are unlike it."""
        if len(self.examples) == MOST_EXAMPLES or any(example.alike(other) for other in (*self.examples, *self.spare)):
            return
        if all(example.number != other.number for other in self.examples):
            self.examples.append(example)
        elif len(self.spare) < MOST_EXAMPLES:
            self.spare.append(example)

    @property
    def shown_examples(self) -> list[Example]:
        """As many as there should be, from as many documents as possible."""
        return [*self.examples, *self.spare][:MOST_EXAMPLES]

    @property
    def family(self) -> str:
        return family(self.rule)

    @property
    def hits(self) -> int:
        """Findings that stand, whatever their action."""
        return sum(number for action, number in self.actions.items() if action not in (KEPT, ALSO))


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """A bar of a histogram: values from `low` to before `high`."""

    low: float
    high: float
    kept: int
    rejected: int
    before: int
    """Of the texts as they came."""


class Distribution(msgspec.Struct):
    """The values of a signal over documents, to three digits."""

    kept: Counter[float] = msgspec.field(default_factory=Counter)
    rejected: Counter[float] = msgspec.field(default_factory=Counter)
    before: Counter[float] = msgspec.field(default_factory=Counter)

    def add(self, value: float, *, rejected: bool) -> None:
        """Count a value of the text as it went out."""
        (self.rejected if rejected else self.kept)[_plotted(value)] += 1

    def add_before(self, value: float) -> None:
        """Count a value of the text as it came."""
        self.before[_plotted(value)] += 1

    def quantiles(self, shares: Sequence[float]) -> list[float]:
        """For each of `shares` the value that this share of the documents does not exceed; there must be some."""
        together = self.kept + self.rejected or self.before
        values = sorted(together)
        reached = []
        total = 0
        for value in values:
            total += together[value]
            reached.append(total)
        return [values[min(bisect_right(reached, share * total), len(values) - 1)] for share in shares]

    def axis(self, limits: Iterable[float] = ()) -> "Axis":
        """What a plot of the values reaches over: from one far quantile to the other, and to `limits` that are not far off."""
        low, middle, high = self.quantiles((PLOTTED_FROM, 0.5, PLOTTED_TO))
        logarithmic = low >= 0 and high > LOGARITHMIC_FROM * max(middle, 1.0)
        if low >= 0 and high <= 1:
            low, high = 0.0, high if 0 < high < HALF else 1.0
        reach = (LOGARITHMIC_FROM if logarithmic else NEAR) * (high - low)
        least = 0.0 if logarithmic else low - reach
        near = [bound for bound in limits if least <= bound <= high + reach]
        low, high = min([low, *near]), max([high, *near])
        whole = all(value == int(value) for value in (low, middle, high)) and high > 1
        if whole or high <= low:
            high += 1
        return Axis(low, high, min(BINS, int(high - low)) if whole and not logarithmic else BINS, logarithmic=logarithmic)

    def bins(self, axis: "Axis") -> list[Bin]:
        """The histogram along an axis; the outermost bars hold what lies beyond."""
        heights = [[0] * axis.bins for _ in range(3)]
        for bars, counted in zip(heights, (self.kept, self.rejected, self.before), strict=True):
            for value, times in counted.items():
                # A value that is the edge of two bars belongs to the upper one, whatever the arithmetic has made of it.
                place = axis.place(value) * axis.bins + 1e-9
                bars[int(min(max(place, 0), axis.bins - 1))] += times
        return [
            Bin(
                low=axis.value(at / axis.bins),
                high=axis.value((at + 1) / axis.bins),
                kept=heights[0][at],
                rejected=heights[1][at],
                before=heights[2][at],
            )
            for at in range(axis.bins)
        ]


class Axis(msgspec.Struct, frozen=True):
    """Values from `low` to `high` as places from 0 to 1, and back."""

    low: float
    high: float
    bins: int
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where `value` stands: below 0 or above 1 where it lies beyond."""
        if not self.logarithmic:
            return (value - self.low) / (self.high - self.low)
        if value < 0:
            return -1.0
        first = math.log1p(self.low)
        return (math.log1p(value) - first) / (math.log1p(self.high) - first)

    def value(self, place: float) -> float:
        """What stands at a place."""
        if not self.logarithmic:
            return self.low + place * (self.high - self.low)
        first = math.log1p(self.low)
        return math.expm1(first + place * (math.log1p(self.high) - first))


def three_digits(value: float) -> float:
    """`value` to three digits: so many values are told apart that plots do not change, and memory stays bounded."""
    return float(f"{value:.3g}")


def _plotted(value: float) -> float:
    return 0.0 if abs(value) < LEAST else three_digits(min(max(value, -GREATEST), GREATEST))


class Figures:
    """What is counted over all results of a run, beside `cleaner.report.Totals`."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.outside: Counter[LimitInForce] = Counter()
        """Documents beyond each limit in force."""
        self.rules: dict[str, RuleFigures] = {}
        self.signals: defaultdict[str, Distribution] = defaultdict(Distribution)
        self.removed = Distribution()
        """The share of its characters that a document lost, 0 to 1, of those that lost any."""
        self.documents = 0

    def add(self, result: Result, marks: Sequence[Mark]) -> None:
        """Count a result; `marks` are all that there is to tell of it."""
        number, rejected = self.documents, result.rejected
        self.documents += 1
        seen: set[str] = set()
        for mark in marks:
            self._add_mark(result, mark, number, new=mark.finding.rule not in seen)
            seen.add(mark.finding.rule)
        if len(result.text) < len(result.original):
            self.removed.add(1 - len(result.text) / len(result.original), rejected=rejected)
        for name, value in result.signals.items():
            if isinstance(value, int | float) and math.isfinite(value):
                self._add_signal(name, value, rejected=rejected)
        for limit in self._account.limits:
            measured = result.signals.get(limit.signal)
            self.outside[limit] += isinstance(measured, int | float) and bool(limit.broken_by(measured))

    def _add_signal(self, name: str, value: float, *, rejected: bool) -> None:
        distribution = self.signals[name.removeprefix(BEFORE)]
        if name.startswith(BEFORE):
            distribution.add_before(value)
        else:
            distribution.add(value, rejected=rejected)

    def _add_mark(self, result: Result, mark: Mark, number: int, *, new: bool) -> None:
        finding = mark.finding
        figures = self.rules.get(finding.rule)
        if figures is None:
            summary = self._account.summaries.get(finding.rule) or finding.message
            figures = self.rules[finding.rule] = RuleFigures(finding.rule, summary, Counter())
        figures.actions[mark.verb] += 1
        figures.documents += new
        if mark.verb == "drop":
            figures.characters += len(finding.original)
        if mark.verb == KEPT and (mark.reason in figures.reasons or len(figures.reasons) < MOST_REASONS):
            figures.reasons[mark.reason] += 1
        if mark.verb != ALSO:
            figures.add_example(_example(result, mark, number))

    def by_hits(self) -> list[RuleFigures]:
        """The rules, those with the most findings first."""
        return sorted(self.rules.values(), key=lambda one: (-one.hits, -one.characters, one.rule))

    def families(self) -> list[tuple[str, int, int]]:
        """Each family of rules with its findings and the characters that it removed; the greatest first."""
        hits: Counter[str] = Counter()
        characters: Counter[str] = Counter()
        for one in self.rules.values():
            hits[one.family] += one.hits
            characters[one.family] += one.characters
        return sorted(((name, hits[name], characters[name]) for name in hits), key=lambda row: (-row[2], -row[1], row[0]))


def _example(result: Result, mark: Mark, number: int) -> Example:
    finding = mark.finding
    before = after = ""
    if mark.placed and mark.verb in ("replace", "flag"):
        before, after = around(result.original, finding, CONTEXT_CHARACTERS)
    told = finding.original.strip() or finding.original if mark.placed else finding.message
    suggestion = finding.suggestion and finding.suggestion[:EXAMPLE_CHARACTERS]
    return Example(result.id, number, mark.verb, before, told[:EXAMPLE_CHARACTERS], after, suggestion)


def in_order(signals: dict[str, Distribution], limited: Sequence[str]) -> list[tuple[str, Distribution]]:
    """The distributions, those with limits in force first."""
    order = {name: place for place, name in enumerate(limited)}
    return sorted(signals.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))
