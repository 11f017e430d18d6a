"""What a rule is: one table of a rule file, with its tests."""

import functools
import math
import re
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from cleaner.edits import Action, Finding, Label
from cleaner.folding import fold
from cleaner.patterns import Pattern, parse, rarity, rarity_of

# A line with so many more characters than `max_words` allows is too long, whatever its words.
CHARACTERS_PER_WORD = 25
# A pattern without fixed letters may be tried on so many lines at the edge of a document.
MAX_EDGE_LINES = 12

QUALITY = "quality"
"""The folder of rules that are off unless their file is named (`Cleaner`'s `quality`)."""

# Between the words of a phrase: a line break may bring the white space around it along.
_BETWEEN_WORDS = r"(?:[\s\-‐‑]|\s{0,16}[\n\r\u2028\u2029]\s{0,16})"
_MOST_BETWEEN_WORDS = 33  # characters

NonEmpty = Annotated[str, msgspec.Meta(min_length=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a rule file: a key it does not know is an error."""


class Position(_Table, frozen=True, omit_defaults=True):
    """Among the first or last `within` non-blank lines of a document, and no more than a `share` of them all."""

    edge: Literal["head", "tail", "either"]
    within: Positive
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None

    def outside(self, lines: int) -> range:
        """Those of `lines` lines that do not stand there."""
        reach = min(self.within, math.ceil((self.share or 1) * lines))
        return range(0 if self.edge == "tail" else reach, lines if self.edge == "head" else lines - reach)

    def holds(self, index: int, lines: int) -> bool:
        """Whether line `index` of `lines` lines stands there."""
        return index not in self.outside(lines)


class Cue(_Table, frozen=True):
    """One sign among several, with what it adds to the sum."""

    pattern: NonEmpty
    weight: float = 1.0


class Phrase(_Table, frozen=True):
    """A phrase to be found, and what it likely stands for."""

    found: NonEmpty
    original: str
    weight: float = 1.0

    @property
    def words(self) -> list[str]:
        """The words of what is to be found."""
        return [word for word in re.split(r"[\s\-‐‑]+", self.found.strip()) if word]

    @property
    def pattern(self) -> str:
        """The phrase for `regex`: whole words, any case, a line break or a hyphen as good as a space."""
        return r"(?i)(?<!\w)" + _BETWEEN_WORDS.join(map(re.escape, self.words)) + r"(?!\w)"

    @property
    def inflected_pattern(self) -> str:
        """As `pattern`, and the last word may have the ending of the plural or the genitive, which is group 1."""
        return self.pattern.removesuffix(r"(?!\w)") + r"(e?s|['’]s)?(?!\w)"

    @property
    def longest(self) -> int:
        """How many characters a hit may have, with the ending that it may be found with."""
        words = self.words
        return sum(map(len, words)) + _MOST_BETWEEN_WORDS * (len(words) - 1) + 2

    @property
    def literal(self) -> str:
        """What the automaton looks for: the three neighbouring words of the phrase that tell most."""
        words = [fold(word) for word in self.words]
        groups = [" ".join(words[start : start + 3]) for start in range(max(len(words) - 2, 1))]
        return max(groups, key=rarity) if len(groups) > 1 else groups[0]


class Limit(_Table, frozen=True):
    """A signal, and the values from `min` to `max`, both included, that are all right."""

    signal: NonEmpty
    min: float | None = None
    max: float | None = None

    def broken_by(self, value: float) -> str:
        """In what way `value` lies outside; empty where it does not."""
        if self.min is not None and value < self.min:
            return f"{self.signal} {value:.4g}, below {self.min:g}"
        if self.max is not None and value > self.max:
            return f"{self.signal} {value:.4g}, above {self.max:g}"
        return ""


class Example(_Table, frozen=True):
    """A text, and what the rule makes of it: the `result`, or for a flag the spans that it is to `find`.

    A rule for documents fires on it, which is all there is to say.
    """

    text: str
    result: str | None = None
    find: tuple[str, ...] | None = None
    media_type: str = "text/plain"
    charset: str | None = None
    """The text comes as bytes, in this charset."""
    sibling: str | None = None
    """Another version of the text, for a rule that compares the two."""
    times: Positive = 1
    """How often the text stands there, for rules about long documents."""


class Counterexample(_Table, frozen=True):
    """A text, as much like a hit as honest text gets, on which no rule may act."""

    text: str
    sibling: str | None = None
    times: Positive = 1
    """As of an `Example`."""


class Rule(_Table, frozen=True, kw_only=True, dict=True):
    """One rule, as its table in a rule file says, with its id."""

    id: str
    name: str
    summary: NonEmpty
    action: Action
    pattern: NonEmpty | None = None
    phrases: tuple[Phrase, ...] = ()
    inflected: bool = False
    cues: tuple[Cue, ...] = ()
    detector: NonEmpty | None = None
    signal: NonEmpty | None = None
    min: float | None = None
    max: float | None = None
    all: tuple[Limit, ...] = ()
    any: tuple[Limit, ...] = ()
    unit: Literal["span", "line", "block", "document"] = "line"
    label: Label
    languages: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    position: Position | None = None
    after: str | None = None
    before: str | None = None
    repeats: Position | None = None
    may_be_title: bool = False
    min_words: Positive | None = None
    max_words: Positive | None = None
    until: NonEmpty | None = None
    max_lines: Positive = 60
    threshold: float | None = None
    replacement: str | None = None
    safety: Literal["safe", "unsafe"] = "unsafe"
    status: Literal["preview", "stable", "deprecated"] = "stable"
    source: str = ""
    examples: Annotated[tuple[Example, ...], msgspec.Meta(min_length=1)] = msgspec.field(name="example")
    counterexamples: Annotated[tuple[Counterexample, ...], msgspec.Meta(min_length=1)] = msgspec.field(name="counterexample")

    @property
    def tests(self) -> Iterator[tuple[str, Example | Counterexample]]:
        """Examples and counterexamples, each with the path of its field: ``example[0]``, ``counterexample[0]``."""
        yield from ((f"example[{number}]", test) for number, test in enumerate(self.examples))
        yield from ((f"counterexample[{number}]", test) for number, test in enumerate(self.counterexamples))

    @functools.cached_property
    def references(self) -> tuple[str, ...]:
        """The ids of the rules that `after` and `before` name."""
        return tuple(filter(None, (self.after, self.before)))

    @property
    def sought(self) -> bool:
        """Whether a matcher looks for it, by a pattern, phrases or cues: not by detectors and signals, nor once deprecated."""
        return self.status != "deprecated" and not self.detector and not self.limits

    @functools.cached_property
    def limits(self) -> tuple[Limit, ...]:
        """The limits by which the rule decides, if by any; all of them must be broken where they stand in `all`, else one."""
        return (Limit(self.signal, self.min, self.max),) if self.signal else self.all or self.any

    @functools.cached_property
    def quality_set(self) -> str:
        """The rule file below the folder `QUALITY` that it stands in; empty for other rules."""
        folder, _, _ = self.id.rpartition("/")
        return folder.removeprefix(f"{QUALITY}/") if folder.startswith(f"{QUALITY}/") else ""

    @functools.cached_property
    def parsed(self) -> Pattern | None:
        """What is known of `pattern`."""
        return parse(self.pattern, whole_line=self.unit != "span") if self.pattern else None

    @functools.cached_property
    def anchored(self) -> bool:
        """Whether the rule is tried at certain lines instead of where the automaton finds it.

        That is beside other rules' hits, or near the edge of the document where its pattern has nothing to be found by.
        """
        if self.after or self.before or self.repeats:
            return True
        near_edge = self.position is not None and self.position.within <= MAX_EDGE_LINES
        return near_edge and self.parsed is not None and not self.parsed.literals

    @functools.cached_property
    def longest_line(self) -> float:
        """The most characters that a line can have for `pattern` to match it."""
        words = math.inf if self.max_words is None else self.max_words * CHARACTERS_PER_WORD
        return min(words, self.parsed.max_width if self.parsed else math.inf)

    @functools.cached_property
    def cues_in_order(self) -> tuple[Cue, ...]:
        """The cues, those that speak for a hit before those that speak against it, the heavy ones first."""
        return tuple(sorted(self.cues, key=lambda cue: (cue.weight <= 0, -abs(cue.weight))))

    @functools.cached_property
    def unseen(self) -> frozenset[Cue]:
        """The cues with a positive weight that the automaton does not look for.

        It cannot, or they are so frequent that they are better left out, as long as they do not reach half of the threshold
        together.
        """
        weights = {cue: rarity_of(parse(cue.pattern).literals) for cue in self.cues if cue.weight > 0}
        unseen = {cue for cue, bits in weights.items() if not bits}
        for cue in sorted(weights, key=lambda cue: weights[cue]):
            if sum(one.weight for one in unseen | {cue}) <= (self.threshold or 0.0) / 2:
                unseen.add(cue)
        return frozenset(unseen)

    @property
    def sought_cues(self) -> list[Cue]:
        """The cues whose literals make a line a candidate: not those that speak against it, nor the most frequent ones."""
        return [cue for cue in self.cues if cue.weight > 0 and cue not in self.unseen]

    @functools.cached_property
    def unseen_weight(self) -> float:
        """The sum of the weights of `unseen`."""
        return sum(cue.weight for cue in self.unseen)

    def applies(self, language: str | None, host: str | None) -> bool:
        """Whether the rule is meant for documents in this language, from this host."""
        if self.languages and language is not None and language not in self.languages:
            return False
        return not self.domains or (host is not None and any(_fits(host, domain) for domain in self.domains))

    def finding(self, text: str, start: int, end: int, suggestion: str | None = None, score: float | None = None) -> Finding:
        """What the rule says of a span of `text`."""
        return Finding(self.id, self.action, start, end, self.label, self.summary, text[start:end], suggestion, score)


def _fits(host: str, domain: str) -> bool:
    if domain.startswith("*."):
        return host == domain[2:] or host.endswith(domain[1:])
    return host == domain
