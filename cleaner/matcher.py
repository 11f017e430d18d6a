"""Where the rules of a set match a text: one pass for the literals of all of them, then each candidate confirmed.

The automata look for the literals of all rules at a cost that hardly depends on their number; only where one is found is
the rule itself tried, by `regex`, on that line or close around the place. Rules bound to other lines (`after`, `before`,
`repeats`) are not in the automata: they are tried where their anchor was found, and nowhere else.

Rules for the same languages have automata of their own, made when the first text in one of them comes, so that rules of
other languages cost a text nothing.
"""

import functools
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import regex

from cleaner.automaton import CASELESS, Automaton
from cleaner.edits import Finding, by_place
from cleaner.folding import fold, without_case
from cleaner.patterns import TRAILING_DECORATION, LineShape, Pattern, compile_regex, lead, parse, remember
from cleaner.rules import Cue, Phrase, Position, Rule, Ruleset
from cleaner.text import Line, code_points, encode

# Seconds for one confirmation, and for all of one document. An honest one takes microseconds; a pattern that reaches
# these limits backtracks without end, and `rules lint` refuses it.
CONFIRM_SECONDS = 1.0
DOCUMENT_SECONDS = 30.0
# After so many lines of one rule the clock is looked at: each look costs as much as a fifth of a confirmation.
_LINES_A_CLOCK = 16
# Where more rules than this share a literal, such as all that begin with "Published by", they are looked for by longer ones.
MOST_ALIKE = 8


class MatchTimeoutError(RuntimeError):
    """A rule whose confirmation did not come to an end in time."""


class _Hit(NamedTuple):
    """A rule's match on lines `first` to `last`."""

    first: int
    last: int
    suggestion: str | None = None
    score: float | None = None


# The lines on which a rule may match, each with those of its cues that may stand there.
_Candidates = Mapping[int, Collection[Cue]]


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
        document = _Document(text, lines, language, host)
        try:
            findings = [finding for part in parts for finding in part.spans.find(document)]
            findings += _find_on_lines(document, parts)
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
        line_rules = [_LineRule(*ordered) for ordered in rules if ordered.rule.unit != "span"]
        self.anchored = [line_rule for line_rule in line_rules if line_rule.rule.anchored]
        self.lines = _LineSearch(line_rules)
        self.spans = _SpanSearch([ordered.rule for ordered in rules if ordered.rule.unit == "span" and ordered.speaks])

    @property
    def size(self) -> int:
        return self.lines.automaton.size + self.spans.automaton.size


def _find_on_lines(document: "_Document", parts: Sequence[_Part]) -> Iterator[Finding]:
    """The findings of the line rules of all `parts`, in no order."""
    candidates: dict[_LineRule, _Candidates] = {}
    for part in parts:
        candidates.update({line_rule: {} for line_rule in part.anchored})
        candidates.update(part.lines.candidates(document))
    hits: dict[str, list[_Hit]] = {}
    for line_rule in sorted(candidates, key=lambda line_rule: line_rule.number):  # a rule after those that it refers to
        rule = line_rule.rule
        lines = candidates[line_rule]
        if rule.anchored and document.concerns(rule):
            lines = {line: rule.cues for line in document.beside_anchors(rule, hits) if line_rule.may_match(document, line)}
        if lines and (found := document.confirmed(rule, lines)):
            hits[rule.id] = found
            if line_rule.speaks:
                yield from (document.finding(rule, hit) for hit in found)


class _LineRule:
    """A rule for lines or blocks, with what tells cheaply that a line cannot match."""

    __slots__ = ("longest", "number", "rule", "shape", "shortest", "speaks")

    def __init__(self, number: int, rule: Rule, speaks: bool) -> None:  # noqa: FBT001 (the fields of `_Ordered`)
        self.number = number
        self.rule = rule
        self.speaks = speaks
        self.shortest = rule.parsed.min_width if rule.parsed else 0
        self.longest = rule.longest_line
        self.shape = rule.parsed.shape if rule.parsed else LineShape(None, None)

    def may_match(self, document: "_Document", line: int) -> bool:
        """Whether the rule is worth trying on a line that stands where it may."""
        fits = self.shortest <= len(document.folded[line]) <= self.longest
        return fits and self.shape.admits(document.folded[line])

    def sought(self) -> Iterator[tuple[Cue | None, Pattern]]:
        """What the automaton looks for the literals of: patterns, and the cue that each is of."""
        rule = self.rule
        if rule.anchored:
            return
        parts: list[tuple[Cue | None, str]] = [(None, rule.pattern)] if rule.pattern else []
        parts += ((cue, cue.pattern) for cue in rule.sought_cues)
        for cue, source in parts:
            yield cue, parse(source, whole_line=cue is None)


class _LineSearch:
    """The search for the literals of line rules."""

    def __init__(self, line_rules: Sequence[_LineRule]) -> None:
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

    def candidates(self, document: "_Document") -> Mapping[_LineRule, _Candidates]:
        """For each rule that may match, the lines on which it may."""
        ends, indices = self.automaton.scan(document.as_lines)
        if not len(ends):
            return {}
        lines = document.lines_at(ends)
        lengths = document.lengths[lines]
        possible = (self._shortest[indices] <= lengths) & (lengths <= self._longest[indices])
        outside = [position.outside(len(document.lines)) if position else range(0) for position in self._positions]
        starts, stops = np.array([(one.start, one.stop) for one in outside])[self._position[indices]].T
        possible &= (lines < starts) | (lines >= stops)
        candidates: dict[_LineRule, dict[int, set[Cue]]] = {}
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


class _Sought(NamedTuple):
    """A span rule, or one phrase of it, and how far from one of its literals a match may begin, end, or look."""

    rule: Rule
    phrase: Phrase | None
    reach: int


class _SpanSearch:
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

    def find(self, document: "_Document") -> Iterator[Finding]:
        """The findings of all rules, in no order."""
        seen: set[tuple[str, int, int]] = set()
        for number, stretches in self._stretches(document).items():
            rule, phrase, _ = self._sought[number]
            if not document.concerns(rule):
                continue
            compiled = compile_regex(_pattern(rule, phrase))
            for low, high in _joined(stretches):
                for match in document.matches(rule, compiled, low, high):
                    start, end = match.span()
                    if start < end and (rule.id, start, end) not in seen:
                        seen.add((rule.id, start, end))
                        suggestion = _inflected(phrase.original, match) if phrase else _replacement(rule, match)
                        yield rule.finding(document.text, start, end, suggestion, phrase.weight if phrase else None)

    def _stretches(self, document: "_Document") -> dict[int, list[tuple[int, int]]]:
        """Where to search, by the number of what is sought.

        The automaton sees one space for a line break and all white space around it.
        """
        stretches: dict[int, list[tuple[int, int]]] = defaultdict(list)
        ends, indices = self.automaton.scan(document.in_one)
        if len(ends):
            starts = document.starts
            for point, index in zip(code_points(document.in_one, ends.tolist()), indices.tolist(), strict=True):
                line = max(bisect_right(starts, point - 1) - 1, 0)
                number = self._targets[index]
                reach = self._sought[number].reach
                stretches[number].append(document.surroundings(line, point - 1 - starts[line], reach))
        return stretches


def _pattern(rule: Rule, phrase: Phrase | None) -> str:
    if phrase:
        return phrase.inflected_pattern if rule.inflected else phrase.pattern
    return rule.pattern or ""


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


class _Document:
    """The lines of one document, for rules to be confirmed on."""

    def __init__(self, text: str, lines: Sequence[Line], language: str | None, host: str | None) -> None:
        self.text = text
        self.lines = lines
        self._language = language
        self._host = host
        folded = fold(text)
        self.folded = [folded[line.start : line.end] for line in lines]
        self.lengths = np.array([line.end - line.start for line in lines])
        # Lines are also shown to the automaton without the decoration around them, behind all that stand in the text.
        self._decorated = [
            number for number, line in enumerate(self.folded) if not line[0].isalnum() or line[-1] in TRAILING_DECORATION
        ]
        bare = (line[lead(line) :].rstrip(TRAILING_DECORATION) for line in map(self.folded.__getitem__, self._decorated))
        whole = _encoded(("", *self.folded, ""))
        self.as_lines = whole + _encoded((*bare, "")) if self._decorated else whole
        self._bare_start = len(whole)
        self.trying = ""
        self._repeats: dict[Position, set[int]] = {}
        self._deadline = time.monotonic() + DOCUMENT_SECONDS

    @functools.cached_property
    def in_one(self) -> bytes:
        """The lines as one, with a space for each line break."""
        return self.as_lines[: self._bare_start].replace(b"\n", b" ")

    @functools.cached_property
    def starts(self) -> list[int]:
        """Where the lines start there, in characters."""
        return list(accumulate((len(content) + 1 for content in self.folded), initial=1))

    @functools.cached_property
    def _breaks(self) -> npt.NDArray[np.int64]:
        """Where the lines that the automaton sees begin and end."""
        return np.flatnonzero(np.frombuffer(self.as_lines, np.uint8) == ord("\n"))

    def lines_at(self, ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The numbers of the lines in which candidates with these ends stand; a line break belongs to the line that it ends."""
        return self._numbers[np.searchsorted(self._breaks, ends - 1) - 1]

    @functools.cached_property
    def _numbers(self) -> npt.NDArray[np.int64]:
        """For each line that the automaton sees, the number of the line that it is in the text."""
        return np.array([*range(len(self.lines)), *self._decorated])

    def content(self, line: int) -> str:
        """The line as it stands in the text."""
        return self.text[self.lines[line].start : self.lines[line].end]

    def concerns(self, rule: Rule) -> bool:
        """Whether the document is one that `rule` is meant for."""
        return rule.applies(self._language, self._host)

    def surroundings(self, line: int, column: int, reach: int) -> tuple[int, int]:
        """The stretch of the text within `reach` characters of a place, blank lines and indents not counted."""
        low, high = self.lines[line].start + column - reach, self.lines[line].start + column + reach
        if line and low < self.lines[line].start:
            low = min(low, self.lines[line - 1].end - reach)
        if line + 1 < len(self.lines) and high > self.lines[line].end:
            high = max(high, self.lines[line + 1].start + reach)
        return max(low, 0), high

    def seconds(self, rule: Rule) -> float:
        """How long one confirmation of `rule`, tried next, may take. Raises `TimeoutError` where there is no time left."""
        self.trying = rule.id
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(CONFIRM_SECONDS, left)

    def matches(self, rule: Rule, compiled: "regex.Pattern[str]", low: int, high: int) -> Iterator["regex.Match[str]"]:
        """The matches of `rule` from `low` to `high`, each with its own time: there may be a million of them."""
        while match := compiled.search(self.text, low, high, timeout=self.seconds(rule)):
            yield match
            low = max(match.end(), match.start() + 1)

    def beside_anchors(self, rule: Rule, hits: dict[str, list[_Hit]]) -> list[int]:
        """The lines where an anchored rule is to be tried."""
        if any(anchor not in hits for anchor in rule.references):
            return []
        places: list[set[int]] = []
        if rule.after:
            places.append({hit.last + 1 for hit in hits[rule.after]})
        if rule.before:
            places.append({hit.first - 1 for hit in hits[rule.before]})
        if rule.repeats:
            places.append(self._repeating(rule.repeats))
        if rule.position:
            places.append(self._lines_in(rule.position))
        return sorted(line for line in set.intersection(*places) if 0 <= line < len(self.lines))

    def _lines_in(self, position: Position) -> set[int]:
        outside = position.outside(len(self.lines))
        return {*range(outside.start), *range(outside.stop, len(self.lines))}

    def _repeating(self, position: Position) -> set[int]:
        """The lines that repeat an earlier one in `position`."""
        if position not in self._repeats:
            repeating = self._repeats[position] = set()
            there = self._lines_in(position)
            for lines in self._doubled:
                first = next((line for line in lines if line in there), lines[-1])
                repeating.update(line for line in lines if line > first)
        return self._repeats[position]

    @functools.cached_property
    def _doubled(self) -> list[list[int]]:
        """The lines that stand there more than once: the numbers of each, ascending."""
        often = {content for content, count in Counter(self.folded).items() if count > 1}
        places: dict[str, list[int]] = defaultdict(list)
        for line, content in enumerate(self.folded):
            if content in often:
                places[self.content(line)].append(line)
        return list(places.values())

    def confirmed(self, rule: Rule, candidates: _Candidates) -> list[_Hit]:
        """The hits of `rule` that begin on one of the `candidates`, each with the cues that may stand there.

        Hits do not overlap.
        """
        hits: list[_Hit] = []
        behind = -1
        pattern = compile_regex(rule.pattern or "")
        matches: dict[str, regex.Match[str] | None] = {}  # a quarter of the lines stood there before, in another menu
        for number, line in enumerate(sorted(candidates)):
            if not number % _LINES_A_CLOCK:
                seconds = self.seconds(rule)
            if line <= behind:
                continue
            if rule.cues:
                hit = self._cues(rule, line, candidates[line])
            else:
                content = self.content(line)
                if content not in matches:
                    matches[content] = pattern.fullmatch(content, timeout=seconds)
                match = matches[content]
                hit = self._whole(rule, line, match) if match else None
            if hit and self._long_enough(rule, hit):
                behind = hit.last
                hits.append(hit)
        return hits

    def _whole(self, rule: Rule, line: int, match: "regex.Match[str]") -> _Hit | None:
        """The hit of a rule whose pattern has a `match` on a line."""
        last = self._block_end(rule, line) if rule.unit == "block" else line
        return None if last is None else _Hit(line, last, _replacement(rule, match))

    def _cues(self, rule: Rule, line: int, seen: Collection[Cue]) -> _Hit | None:
        """The hit of a rule with cues on a line where of those that can be looked for only `seen` may stand."""
        content = self.content(line)
        threshold = rule.threshold or 0.0
        possible = rule.unseen_weight + sum(cue.weight for cue in seen if cue.weight > 0 and cue not in rule.unseen)
        total = 0.0
        for cue in rule.cues_in_order:
            if total + possible < threshold:
                return None
            if cue.weight > 0:
                if cue not in seen and cue not in rule.unseen:
                    continue
                possible -= cue.weight
            if compile_regex(cue.pattern).search(content, timeout=self.seconds(rule)):
                total += cue.weight
        return _Hit(line, line, rule.replacement, round(total, 3)) if total >= threshold else None

    def _block_end(self, rule: Rule, first: int) -> int | None:
        """The last line of the block that begins on line `first`; None where it is too long to be one."""
        if rule.until:
            until = compile_regex(rule.until)
            for line in range(first + 1, min(len(self.lines), first + rule.max_lines + 1)):
                if until.fullmatch(self.content(line), timeout=self.seconds(rule)):
                    return line - 1
        return len(self.lines) - 1 if len(self.lines) - first <= rule.max_lines else None

    def _long_enough(self, rule: Rule, hit: _Hit) -> bool:
        if rule.min_words is None and rule.max_words is None:
            return True
        words = len(self.text[self.lines[hit.first].start : self.lines[hit.last].end].split())
        return (rule.min_words or 0) <= words <= (rule.max_words or words)

    def finding(self, rule: Rule, hit: _Hit) -> Finding:
        start, end = self.lines[hit.first].start, self.lines[hit.last].end
        return rule.finding(self.text, start, end, hit.suggestion, hit.score)


def _encoded(lines: Iterable[str]) -> bytes:
    """Folded `lines` as the automaton sees them."""
    return encode("\n".join(line if line.isascii() else without_case(line) for line in lines))


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


def _replacement(rule: Rule, match: "regex.Match[str]") -> str | None:
    return None if rule.replacement is None else match.expand(rule.replacement)
