"""Phrases, and other rules with the unit span: looked for all at once, confirmed close around what was found."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import regex

from cleaner.automaton import CASELESS, Automaton
from cleaner.edits import Finding
from cleaner.folding import without_case
from cleaner.matcher.document import SoughtDocument, replacement
from cleaner.patterns import compile_regex
from cleaner.rules import Phrase, Rule
from cleaner.text import code_points


class _Sought(NamedTuple):
    """A span rule, or one phrase of it, and how far from one of its literals a match may begin, end, or look."""

    rule: Rule
    phrase: Phrase | None
    reach: int

    @property
    def pattern(self) -> str:
        if self.phrase:
            return self.phrase.inflected_pattern if self.rule.inflected else self.phrase.pattern
        return self.rule.pattern or ""

    def finding(self, text: str, match: "regex.Match[str]") -> Finding:
        if self.phrase:
            return self.rule.finding(text, *match.span(), _inflected(self.phrase.original, match), self.phrase.weight)
        return self.rule.finding(text, *match.span(), replacement(self.rule, match))


class SpanSearch:
    """The search for phrases, and for other rules with the unit span."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._sought: list[_Sought] = []
        self._targets: list[int] = []  # for each expression of the automaton, the number of what it is sought for
        expressions: list[tuple[str, int]] = []
        for rule in rules:
            for phrase in rule.phrases:
                expressions.append((without_case(phrase.literal), CASELESS))
                self._targets.append(len(self._sought))
                self._sought.append(_Sought(rule, phrase, phrase.longest + 1))
            if pattern := rule.parsed:
                expressions += ((without_case(literal), CASELESS * pattern.caseless) for literal in pattern.literals)
                self._targets += [len(self._sought)] * len(pattern.literals)
                self._sought.append(_Sought(rule, None, int(pattern.max_width + pattern.max_lookahead) + 1))
        self.automaton = Automaton(expressions, literal=True)

    def find(self, document: SoughtDocument) -> Iterator[Finding]:
        """The findings of all rules, in no order."""
        seen: set[tuple[str, int, int]] = set()
        for number, stretches in self._stretches(document).items():
            sought = self._sought[number]
            if not document.concerns(sought.rule):
                continue
            compiled = compile_regex(sought.pattern)
            for low, high in _joined(stretches):
                for match in _matches(document, sought.rule, compiled, low, high):
                    place = sought.rule.id, *match.span()
                    if match.end() > match.start() and place not in seen:
                        seen.add(place)
                        yield sought.finding(document.text, match)

    def _stretches(self, document: SoughtDocument) -> dict[int, list[tuple[int, int]]]:
        """Where to search, by the number of what is sought.

        The automaton sees one space for a line break and all white space around it.
        """
        stretches: dict[int, list[tuple[int, int]]] = defaultdict(list)
        ends, indices = self.automaton.scan(document.in_one)
        for point, index in zip(code_points(document.in_one, ends.tolist()), indices.tolist(), strict=True):
            number = self._targets[index]
            stretches[number].append(document.surroundings(point - 1, self._sought[number].reach))
        return stretches


def _matches(
    document: SoughtDocument, rule: Rule, compiled: "regex.Pattern[str]", low: int, high: int
) -> Iterator["regex.Match[str]"]:
    """The matches of `rule` from `low` to `high`, each with its own time: there may be a million of them."""
    while match := compiled.search(document.text, low, high, timeout=document.seconds(rule)):
        yield match
        low = max(match.end(), match.start() + 1)


def _joined(stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """`stretches` joined where they touch, so that each character is searched once."""
    ordered = sorted(stretches)
    low, high = ordered[0]
    for next_low, next_high in ordered[1:]:
        if next_low <= high:
            high = max(high, next_high)
        else:
            yield low, high
            low, high = next_low, next_high
    yield low, high


def _inflected(original: str, match: "regex.Match[str]") -> str:
    """What a phrase stands for, with the ending that it was found with."""
    ending = match[1] if match.re.groups else None
    if not ending:
        return original
    if ending[0] in "'’":
        return original + ending
    if original.endswith("y") and original[-2:-1] not in "aeiou":
        return original[:-1] + "ies"
    return original + ("es" if original.endswith(("s", "x", "z", "ch", "sh")) else "s")
