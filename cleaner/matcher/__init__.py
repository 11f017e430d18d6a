"""Where the rules of a set match a text: one pass for the literals of all of them, then each candidate confirmed.

The automata look for the literals of all rules at a cost that hardly depends on their number; only where one is found is
the rule itself tried, by `regex`, on that line or close around the place. Rules bound to other lines (`after`, `before`,
`repeats`) are not in the automata: they are tried where their anchor was found, and nowhere else.

Rules for the same languages have automata of their own, made when the first text in one of them comes, so that rules of
other languages cost a text nothing.

`document` is a text as the automata see it. `spans` looks for phrases and for other rules that are bound to no line; `lines`
says which lines may be hits of the others, and `hits` confirms these.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from cleaner.edits import Finding, by_place
from cleaner.matcher.document import SoughtDocument
from cleaner.matcher.hits import LineHits
from cleaner.matcher.lines import LineRule, LineSearch
from cleaner.matcher.spans import SpanSearch
from cleaner.patterns import remember
from cleaner.rules import Rule, Ruleset
from cleaner.text import Line


class MatchTimeoutError(RuntimeError):
    """A rule whose confirmation did not come to an end in time."""


# Stands for the languages of all rules; no language is called so.
_ALL = ("*",)


class Matcher:
    """A ruleset compiled for matching. Immutable; may be shared between threads and pickled."""

    def __init__(self, ruleset: Ruleset, only: Collection[str] | None = None) -> None:
        """Compile the rules whose ids are in `only` (None: all), and those that they refer to, which stay silent.

        Those that are for certain languages are compiled with the first text that may be in one of these.
        """
        self._only = None if only is None else frozenset(only)
        self._ruleset = ruleset
        speaking = frozenset(ruleset.by_id if only is None else only)
        needed = set(speaking)
        everything: list[_Ordered] = []
        for number in reversed(range(len(ruleset.in_order))):  # a rule before those that it refers to
            rule = ruleset.in_order[number]
            if rule.id in needed and rule.sought:
                needed.update(rule.references)
                everything.append(_Ordered(number, rule, speaks=rule.id in speaking))
        everything.reverse()
        groups: dict[tuple[str, ...], list[_Ordered]] = defaultdict(list)
        for ordered in everything:
            groups[ordered.rule.languages].append(ordered)
        self._groups = {**groups, _ALL: everything}
        # A text in no known language is looked at for all rules in one go, rather than for those of each language in turn.
        self._for_unknown = [_ALL] if len(groups) > 1 else [*groups]
        self._parts: dict[tuple[str, ...], _Part] = {}
        self._made([languages for languages in self._groups if not languages])

    def __reduce__(self) -> tuple[Any, ...]:
        return Matcher, (self._ruleset, self._only)

    @property
    def size(self) -> int:
        """Bytes of memory that the automata take, of those languages that have come so far."""
        return sum(part.size for part in list(self._parts.values()))

    def find(self, text: str, lines: Sequence[Line], language: str | None = None, host: str | None = None) -> list[Finding]:
        """All findings of the rules in `text`, by place; in an unknown language, those of all languages.

        Raises `MatchTimeoutError` and `cleaner.automaton.TooManyCandidatesError`.
        """
        if not lines:
            return []
        wanted = self._for_unknown if language is None else [one for one in self._groups if not one or language in one]
        parts = self._made(wanted)
        document = SoughtDocument(text, lines, language, host)
        try:
            findings = [finding for part in parts for finding in part.spans.find(document)]
            candidates = {rule: where for part in parts for rule, where in part.lines.candidates(document).items()}
            findings += LineHits(document).find(candidates)
        except TimeoutError as error:
            raise MatchTimeoutError(f"rule {document.trying} did not come to an end; `cleaner rules lint` says why") from error
        findings.sort(key=by_place)
        return findings

    def _made(self, wanted: Sequence[tuple[str, ...]]) -> "list[_Part]":
        """The parts for some groups of languages; two threads that both lack one both make it, and one of the two is kept."""
        if missing := [languages for languages in wanted if languages not in self._parts]:
            for languages in missing:
                self._parts.setdefault(languages, _Part(self._groups[languages]))
            remember()
        return [self._parts[languages] for languages in wanted]


class _Ordered(NamedTuple):
    """A rule and its place among all: after those that it refers to."""

    number: int
    rule: Rule
    speaks: bool


class _Part:
    """The rules for the same languages, ready to be looked for."""

    def __init__(self, rules: Sequence[_Ordered]) -> None:
        self.lines = LineSearch(
            [LineRule(number, rule, speaks=speaks) for number, rule, speaks in rules if rule.unit != "span"]
        )
        self.spans = SpanSearch([rule for _, rule, speaks in rules if rule.unit == "span" and speaks])

    @property
    def size(self) -> int:
        return self.lines.automaton.size + self.spans.automaton.size
