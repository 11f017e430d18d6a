"""Which lines of a document may be hits of rules for lines and blocks."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from cleaner.automaton import CASELESS, Automaton
from cleaner.folding import without_case
from cleaner.matcher.document import SoughtDocument
from cleaner.patterns import LineShape, Pattern, parse
from cleaner.rules import Cue, Position, Rule

# Where more rules than this share a literal, such as all that begin with "Published by", they are looked for by longer ones.
MOST_ALIKE = 8

Candidates = Mapping[int, Collection[Cue]]
"""The lines on which a rule may match, each with those of its cues that may stand there."""


class LineRule:
    """A rule for lines or blocks, with what tells cheaply that a line cannot match."""

    __slots__ = ("longest", "number", "rule", "shape", "shortest", "speaks")

    def __init__(self, number: int, rule: Rule, *, speaks: bool) -> None:
        self.number = number
        self.rule = rule
        self.speaks = speaks
        self.shortest = rule.parsed.min_width if rule.parsed else 0
        self.longest = rule.longest_line
        self.shape = rule.parsed.shape if rule.parsed else LineShape(None, None)

    def may_match(self, document: SoughtDocument, line: int) -> bool:
        """Whether the rule is worth trying on a line that stands where it may."""
        fits = self.shortest <= len(document.folded[line]) <= self.longest
        return fits and self.shape.admits(document.folded[line])

    def sought(self) -> Iterator[tuple[Cue | None, Pattern]]:
        """What the automaton looks for the literals of: patterns, and the cue that each is of."""
        if not self.rule.anchored:
            if self.rule.pattern:
                yield None, parse(self.rule.pattern, whole_line=True)
            for cue in self.rule.sought_cues:
                yield cue, parse(cue.pattern, whole_line=False)


class LineSearch:
    """The search for the literals of line rules."""

    def __init__(self, line_rules: Sequence[LineRule]) -> None:
        self._anchored = [line_rule for line_rule in line_rules if line_rule.rule.anchored]
        patterns = [(line_rule, *one) for line_rule in line_rules for one in line_rule.sought()]
        literals = _literals([pattern for *_, pattern in patterns])
        sought = [(line_rule, cue, *one) for (line_rule, cue, _), ones in zip(patterns, literals, strict=True) for one in ones]
        self._targets = [(line_rule, cue) for line_rule, cue, _, _ in sought]
        self._shortest = np.array([line_rule.shortest for line_rule, *_ in sought])
        self._longest = np.array([line_rule.longest for line_rule, *_ in sought])
        numbers: dict[Position | None, int] = {}
        of_rule = {line_rule: numbers.setdefault(line_rule.rule.position, len(numbers)) for line_rule in line_rules}
        self._position = np.array([of_rule[line_rule] for line_rule, *_ in sought])
        self._positions = [*numbers]
        self.automaton = Automaton([(literal, flags) for *_, literal, flags in sought], literal=True)

    def candidates(self, document: SoughtDocument) -> Mapping[LineRule, Candidates]:
        """For each rule that may match, the lines on which it may; for anchored ones none, since others' hits say where."""
        candidates: dict[LineRule, dict[int, set[Cue]]] = {line_rule: {} for line_rule in self._anchored}
        ends, indices = self.automaton.scan(document.as_lines)
        if not len(ends):
            return candidates
        lines = document.lines_at(ends)
        lengths = document.lengths[lines]
        possible = (self._shortest[indices] <= lengths) & (lengths <= self._longest[indices])
        outside = [position.outside(len(document.lines)) if position else range(0) for position in self._positions]
        starts, stops = np.array([(one.start, one.stop) for one in outside])[self._position[indices]].T
        possible &= (lines < starts) | (lines >= stops)
        for line, index in zip(lines[possible].tolist(), indices[possible].tolist(), strict=True):
            line_rule, cue = self._targets[index]
            of_rule = candidates.get(line_rule)
            if of_rule is None or line not in of_rule:
                if not line_rule.shape.admits(document.folded[line]) or (
                    line_rule.rule.domains and not document.concerns(line_rule.rule)
                ):
                    continue
                of_rule = candidates.setdefault(line_rule, {})
                of_rule[line] = set()
            if cue:
                of_rule[line].add(cue)
        return candidates


def _literals(patterns: Sequence[Pattern]) -> Iterator[list[tuple[str, int]]]:
    """Of each pattern the literals that are looked for, with their flags: whole ones where many begin alike."""
    often = Counter(literal for pattern in patterns for literal in pattern.literals)
    for pattern in patterns:
        crowded = any(often[literal] > MOST_ALIKE for literal in pattern.literals)
        literals = pattern.whole_literals if crowded else pattern.literals
        yield [(without_case(literal), CASELESS * pattern.caseless) for literal in literals]
