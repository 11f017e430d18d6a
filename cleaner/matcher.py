"""Where the rules of a set match a text: one automaton for all of them, then each candidate confirmed.

The automaton looks for literals of all rules in one pass, at a cost that hardly depends on their number; only where it
finds one is the rule itself tried, by `regex`, on that line or close around the place. Rules bound to other lines (`after`, `before`, `repeats`) are not in the automaton: they
are tried where their anchor was found, and nowhere else.
"""

import math
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import regex

from cleaner.automaton import CASELESS, Automaton
from cleaner.edits import Finding
from cleaner.patterns import TRAILING_DECORATION, compile_regex, lead, line_shape, parse, written
from cleaner.rules import MAX_EDGE_LINES, Cue, Phrase, Rule, Ruleset
from cleaner.text import Line, code_points, encode, fold

# Seconds for one confirmation, and for all of one document. An honest one takes microseconds; a pattern that reaches
# these limits backtracks without end, and `rules lint` refuses it.
CONFIRM_SECONDS = 1.0
DOCUMENT_SECONDS = 30.0

# Line rules are sorted by the longest line, in characters, that they can match, so that each sees no longer ones.
SHORT_LINES = (300,)



class MatchTimeout(RuntimeError):
    """A rule whose confirmation did not come to an end in time."""


class _Target(NamedTuple):
    """What an expression of the automaton stands for: a literal of a rule, or of one of its parts."""

    rule: Rule
    part: Phrase | Cue | None
    literal: str


class _Hit(NamedTuple):
    """A rule's match on lines `first` to `last`."""

    first: int
    last: int
    suggestion: str | None = None
    score: float | None = None


class Matcher:
    """A ruleset compiled for matching. Immutable; may be shared between threads and pickled."""

    def __init__(self, ruleset: Ruleset, only: Collection[str] | None = None) -> None:
        """Compile the rules whose ids are in `only` (None: all), and those that they refer to, which stay silent."""
        self._only = None if only is None else frozenset(only)
        self._ruleset = ruleset
        needed = set(ruleset.by_id) if only is None else set(only)
        ordered = []
        for rule in reversed(ruleset.in_order):  # a rule before those that it refers to
            if rule.id in needed and rule.status != "deprecated" and not rule.detector:
                needed.update(ref for ref in (rule.after, rule.before) if ref)
                ordered.append(rule)
        self._order = {rule.id: number for number, rule in enumerate(reversed(ordered))}
        self._rules = tuple(reversed(ordered))
        self._speaks = {rule.id for rule in self._rules if only is None or rule.id in only}
        self._anchored = tuple(rule for rule in self._rules if rule.anchored)
        self._repeats = any(rule.repeats for rule in self._rules)
        looked_for: dict[tuple[float, str], list[tuple[_Target, str, int]]] = defaultdict(list)
        for one in _looked_for(self._rules):
            looked_for[_zone(one[0])].append(one)
        self.zones = tuple(_Zone(longest, edge, looked_for[longest, edge]) for longest, edge in sorted(looked_for))

    def __reduce__(self) -> tuple[Any, ...]:
        return Matcher, (self._ruleset, self._only)

    def find(
        self, text: str, lines: Sequence[Line], language: str | None = None, host: str | None = None
    ) -> list[Finding]:
        """All findings of the rules in `text`, by place.

        Raises `MatchTimeout` and `cleaner.automaton.TooManyCandidates`.
        """
        page = _Page(text, lines, self._repeats)
        on_lines, in_spans = self._candidates(page)
        if not on_lines and not in_spans and not self._anchored:
            return []
        findings: list[Finding] = []
        try:
            findings += self._spans(in_spans, page, language, host)
            findings += self._on_lines(on_lines, page, language, host)
        except TimeoutError as error:
            raise MatchTimeout(f"rule {page.trying} did not come to an end; `cleaner rules lint` says why") from error
        findings.sort(key=lambda finding: (finding.start, finding.end, finding.rule))
        return findings

    def _on_lines(
        self, on_lines: dict[str, dict[int, set[Cue]]], page: "_Page", language: str | None, host: str | None
    ) -> Iterator[Finding]:
        hits: dict[str, list[_Hit]] = {}
        for rule in self._candidate_rules(on_lines):
            candidates: Iterable[int] = page.beside_anchors(rule, hits) if rule.anchored else sorted(on_lines[rule.id])
            if not candidates or not rule.applies(language, host):
                continue
            if found := page.confirmed(rule, candidates, on_lines.get(rule.id)):
                hits[rule.id] = found
                if rule.id in self._speaks:
                    yield from (_finding(rule, page.text, page.lines, hit) for hit in found)

    def _candidate_rules(self, on_lines: Iterable[str]) -> Iterable[Rule]:
        rules = [self._rules[self._order[rule_id]] for rule_id in on_lines]
        rules += (rule for rule in self._anchored if rule.id not in on_lines)
        return sorted(rules, key=lambda rule: self._order[rule.id])

    def _candidates(self, page: "_Page") -> tuple[dict[str, dict[int, set[Cue]]], dict[int, tuple[_Target, list[tuple[int, int]]]]]:
        """Candidate lines by rule, each with the cues that may be on it, and for span rules the stretches to search."""
        on_lines: dict[str, dict[int, set[Cue]]] = defaultdict(dict)
        in_spans: dict[int, tuple[_Target, list[tuple[int, int]]]] = {}
        for zone in self.zones:
            for index, line, column in zone.candidates(page.entries):
                rule_id, cue, is_span = zone.kinds[index]
                if is_span:
                    target = zone.targets[index]
                    stretches = in_spans.setdefault(id(target), (target, []))[1]
                    stretches.append(page.surroundings(line, column, _reach(target)))
                else:
                    cues = on_lines[rule_id].setdefault(line, set())
                    if cue:
                        cues.add(cue)
        return on_lines, in_spans

    def _spans(
        self, in_spans: dict[int, tuple[_Target, list[tuple[int, int]]]], page: "_Page", language: str | None, host: str | None
    ) -> Iterator[Finding]:
        found: set[tuple[str, int, int]] = set()
        for (rule, part, _), stretches in in_spans.values():
            if rule.id not in self._speaks or not rule.applies(language, host):
                continue
            phrase = part if isinstance(part, Phrase) else None
            compiled = compile_regex(phrase.pattern if phrase else rule.pattern or "")
            for low, high in _joined(stretches):
                for match in list(compiled.finditer(page.text, low, high, timeout=page.seconds(rule))):
                    start, end = match.span()
                    if start < end and (rule.id, start, end) not in found:
                        found.add((rule.id, start, end))
                        suggestion, score = (phrase.original, phrase.weight) if phrase else (_replacement(rule, match), None)
                        yield _named(rule, page.text, start, end, suggestion, score)


# A line as the automata see it: its number, a column, and its folded content from there on.
_Entry = tuple[int, int, str]


class _Zone:
    """The automaton for rules that can only match some lines of a document, and the choice of those lines.

    Site furniture is short or stands at an edge, and prose is long: most rules never see most of an article.
    """

    def __init__(self, longest: float, edge: str, looked_for: Sequence[tuple[_Target, str, int]]) -> None:
        """Lines of at most `longest` characters; only near the `edge` of the document if that is not empty."""
        self.longest = longest
        self.edge = edge
        self.targets = tuple(target for target, _, _ in looked_for)
        self.kinds = tuple(
            (rule.id, part if isinstance(part, Cue) else None, rule.unit == "span") for rule, part, _ in self.targets
        )
        self.automaton = Automaton([(expression, flags) for _, expression, flags in looked_for])

    def candidates(self, entries: Sequence[_Entry]) -> Iterator[tuple[int, int, int]]:
        """What may match: the number of the target, on which line, and the column of one character of it; by place."""
        shown = [entry for entry in self._near_edge(entries) if len(entry[2]) <= self.longest]
        data = encode("\n".join(("", *(content for _, _, content in shown), "")))
        found = self.automaton.scan(data)
        if not found:
            return
        starts = list(accumulate((len(content) + 1 for _, _, content in shown), initial=1))
        for point, (_, index) in zip(code_points(data, [end for end, _ in found]), found, strict=True):
            place = bisect_right(starts, point - 1) - 1  # a line break belongs to the line that it ends
            line, column, _ = shown[place]
            yield index, line, column + point - 1 - starts[place]

    def _near_edge(self, entries: Sequence[_Entry]) -> Sequence[_Entry]:
        if not self.edge or not entries:
            return entries
        last = entries[-1][0]
        head = MAX_EDGE_LINES if self.edge != "tail" else 0
        tail = last - MAX_EDGE_LINES if self.edge != "head" else last
        return [entry for entry in entries if entry[0] < head or entry[0] > tail]


class _Page:
    """The lines of one document, for rules to be confirmed on."""

    def __init__(self, text: str, lines: Sequence[Line], repeats: bool) -> None:
        self.text = text
        self.lines = lines
        self.contents = [text[line.start : line.end] for line in lines]
        self.folded = fold("\n".join(self.contents)).split("\n")
        self.entries = _entries(self.folded)
        self.trying = ""
        self._deadline = time.monotonic() + DOCUMENT_SECONDS
        self._first_copies: dict[int, int] = {}  # line that repeats an earlier one: the earliest such
        if repeats:
            first: dict[str, int] = {}
            for index, content in enumerate(self.contents):
                earlier = first.setdefault(content, index)
                if earlier != index:
                    self._first_copies[index] = earlier

    def surroundings(self, line: int, column: int, reach: int) -> tuple[int, int]:
        """The stretch of the text within `reach` characters of a place, blank lines and indents not counted."""
        low, high = self.lines[line].start + column - reach, self.lines[line].start + column + reach
        if line and low < self.lines[line].start:
            low = min(low, self.lines[line - 1].end - reach)
        if line + 1 < len(self.lines) and high > self.lines[line].end:
            high = max(high, self.lines[line + 1].start + reach)
        return max(low, 0), high

    def seconds(self, rule: Rule) -> float:
        """How long one confirmation of `rule`, tried next, may take."""
        self.trying = rule.id
        return max(min(CONFIRM_SECONDS, self._deadline - time.monotonic()), 1e-3)

    def beside_anchors(self, rule: Rule, hits: dict[str, list[_Hit]]) -> list[int]:
        """The lines where an anchored rule is to be tried."""
        places: list[set[int]] = []
        if rule.after:
            places.append({hit.last + 1 for hit in hits.get(rule.after, ())})
        if rule.before:
            places.append({hit.first - 1 for hit in hits.get(rule.before, ())})
        if where := rule.repeats:
            count = len(self.lines)
            places.append({line for line, first in self._first_copies.items() if where.holds(first, count)})
        if not places and rule.position:
            within = rule.position.within
            places.append({*range(within), *range(len(self.lines) - within, len(self.lines))})
        return sorted(line for line in set.intersection(*places) if 0 <= line < len(self.lines))

    def confirmed(self, rule: Rule, candidates: Iterable[int], cues: Mapping[int, Collection[Cue]] | None) -> list[_Hit]:
        """The hits of `rule` that begin on one of the `candidates`, which ascend; hits do not overlap.

        `cues` are those that may stand on each line, for a rule with cues that the automaton looked for.
        """
        hits: list[_Hit] = []
        behind = -1
        seconds = self.seconds(rule)
        shape = line_shape(rule.pattern) if rule.pattern else None
        longest = rule.longest_line if rule.unit == "line" else math.inf
        for index in candidates:
            content = self.contents[index]
            if index <= behind or len(content) > longest or (shape and not shape.admits(self.folded[index])):
                continue
            if rule.position and not rule.position.holds(index, len(self.lines)):
                continue
            if rule.cues:
                hit = self._cues(rule, index, cues[index] if cues else rule.cues, seconds)
            else:
                hit = self._whole(rule, index, seconds)
            if hit and self._long_enough(rule, hit):
                behind = hit.last
                hits.append(hit)
        return hits

    def _whole(self, rule: Rule, index: int, seconds: float) -> _Hit | None:
        match = compile_regex(rule.pattern or "").fullmatch(self.contents[index], timeout=seconds)
        if not match:
            return None
        last = self._block_end(rule, index, seconds) if rule.unit == "block" else index
        return None if last is None else _Hit(index, last, _replacement(rule, match))

    def _cues(self, rule: Rule, index: int, seen: Collection[Cue], seconds: float) -> _Hit | None:
        """The hit of a rule with cues on a line where of those that can be looked for only `seen` may stand."""
        content = self.contents[index]
        threshold = rule.threshold or 0.0
        possible = rule.unseen_weight + sum(cue.weight for cue in seen if cue.weight > 0 and cue not in rule.unseen)
        total = 0.0
        for cue in rule.cues_in_order:
            if cue.weight > 0 and (cue in seen or cue in rule.unseen):
                possible -= cue.weight
            elif cue.weight > 0:
                continue
            if compile_regex(cue.pattern).search(content, timeout=seconds):
                total += cue.weight
            if total + possible < threshold:
                return None
        return _Hit(index, index, rule.replacement, round(total, 3))

    def _block_end(self, rule: Rule, first: int, seconds: float) -> int | None:
        """The last line of the block that begins on line `first`; None where it is too long to be one."""
        if rule.until:
            until = compile_regex(rule.until)
            for index in range(first + 1, min(len(self.lines), first + rule.max_lines + 1)):
                if until.fullmatch(self.contents[index], timeout=seconds):
                    return index - 1
        return len(self.lines) - 1 if len(self.lines) - first <= rule.max_lines else None

    def _long_enough(self, rule: Rule, hit: _Hit) -> bool:
        if rule.min_words is None and rule.max_words is None:
            return True
        words = len(self.text[self.lines[hit.first].start : self.lines[hit.last].end].split())
        return (rule.min_words or 0) <= words <= (rule.max_words or words)


def _entries(folded: Sequence[str]) -> list[_Entry]:
    """Each line, and again without the decoration around it where it has any."""
    entries = []
    for line, content in enumerate(folded):
        entries.append((line, 0, content))
        if content and (not content[0].isalnum() or content[-1] in TRAILING_DECORATION):
            column = lead(content)
            entries.append((line, column, content[column:].rstrip(TRAILING_DECORATION)))
    return entries


def _looked_for(rules: Iterable[Rule]) -> Iterator[tuple[_Target, str, int]]:
    """What the automaton looks for, each with what it stands for and its flags."""
    for rule in rules:
        if rule.anchored:
            continue
        for phrase in rule.phrases:
            for literal in phrase.literals:
                yield _Target(rule, phrase, literal), written(literal, caseless=True), CASELESS
        # A cue with a negative weight makes no line a candidate, nor do the most frequent ones alone.
        sources = [(cue, cue.pattern) for cue in rule.cues if cue.weight > 0 and cue not in rule.unseen]
        sources += [(None, rule.pattern)] if rule.pattern else []
        for part, source in sources:
            pattern = parse(source)
            whole_line = rule.unit != "span" and part is None
            for literal in pattern.literals(whole_line=whole_line):
                yield _Target(rule, part, literal), pattern.expression(literal), CASELESS if pattern.caseless else 0


def _zone(target: _Target) -> tuple[float, str]:
    """The longest lines that a target needs to see, and the edge of the document that it is bound to, if any."""
    rule, part, _ = target
    near_edge = rule.position is not None and rule.position.within <= MAX_EDGE_LINES
    edge = rule.position.edge if rule.position and near_edge else ""
    if part is not None or rule.unit == "span" or edge:
        return math.inf, edge
    return next((longest for longest in SHORT_LINES if rule.longest_line <= longest), math.inf), ""


def _reach(target: _Target) -> int:
    """How far from a literal's place a match of a span rule may begin, end, or look."""
    if isinstance(target.part, Phrase):
        return len(target.part.found) + 2
    pattern = parse(target.rule.pattern or "")
    return int(pattern.max_width + pattern.max_lookahead) + 1


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


def _finding(rule: Rule, text: str, lines: Sequence[Line], hit: _Hit) -> Finding:
    return _named(rule, text, lines[hit.first].start, lines[hit.last].end, hit.suggestion, hit.score)


def _named(rule: Rule, text: str, start: int, end: int, suggestion: str | None, score: float | None) -> Finding:
    return Finding(rule.id, rule.action, start, end, rule.label, rule.summary, text[start:end], suggestion, score)
