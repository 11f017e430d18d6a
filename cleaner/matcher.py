"""Where the rules of a set match a text: one pass for the literals of all of them, then each candidate confirmed.

The automata look for the literals of all rules at a cost that hardly depends on their number; only where one is found is
the rule itself tried, by `regex`, on that line or close around the place. Rules bound to other lines (`after`, `before`,
`repeats`) are not in the automata: they are tried where their anchor was found, and nowhere else.
"""

import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import regex

from cleaner.automaton import CASELESS, Automaton
from cleaner.edits import Finding
from cleaner.patterns import TRAILING_DECORATION, LineShape, compile_regex, lead, parse, written
from cleaner.rules import Cue, Phrase, Position, Rule, Ruleset
from cleaner.text import Line, code_points, encode, fold

# Seconds for one confirmation, and for all of one document. An honest one takes microseconds; a pattern that reaches
# these limits backtracks without end, and `rules lint` refuses it.
CONFIRM_SECONDS = 1.0
DOCUMENT_SECONDS = 30.0


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


class Matcher:
    """A ruleset compiled for matching. Immutable; may be shared between threads and pickled."""

    def __init__(self, ruleset: Ruleset, only: Collection[str] | None = None) -> None:
        """Compile the rules whose ids are in `only` (None: all), and those that they refer to, which stay silent."""
        self._only = None if only is None else frozenset(only)
        self._ruleset = ruleset
        speaking = frozenset(ruleset.by_id if only is None else only)
        needed = set(speaking)
        ordered: list[Rule] = []
        for rule in reversed(ruleset.in_order):  # a rule before those that it refers to
            if rule.id in needed and rule.status != "deprecated" and not rule.detector and not rule.limits:
                needed.update(ref for ref in (rule.after, rule.before) if ref)
                ordered.append(rule)
        self._line_rules = tuple(
            _LineRule(rule, speaks=rule.id in speaking) for rule in reversed(ordered) if rule.unit != "span"
        )
        self._anchored = frozenset(number for number, line_rule in enumerate(self._line_rules) if line_rule.rule.anchored)
        self._spans = _SpanSearch([rule for rule in reversed(ordered) if rule.unit == "span" and rule.id in speaking])
        self._lines = _LineSearch(self._line_rules)

    def __reduce__(self) -> tuple[Any, ...]:
        return Matcher, (self._ruleset, self._only)

    @property
    def size(self) -> int:
        """Bytes of memory that the automata take."""
        return self._lines.automaton.size + self._spans.automaton.size

    def find(self, text: str, lines: Sequence[Line], language: str | None = None, host: str | None = None) -> list[Finding]:
        """All findings of the rules in `text`, by place.

        Raises `MatchTimeoutError` and `cleaner.automaton.TooManyCandidatesError`.
        """
        if not lines:
            return []
        page = _Page(text, lines)
        try:
            findings = [*self._spans.find(page, language, host), *self._find_on_lines(page, language, host)]
        except TimeoutError as error:
            raise MatchTimeoutError(f"rule {page.trying} did not come to an end; `cleaner rules lint` says why") from error
        findings.sort(key=lambda finding: (finding.start, finding.end, finding.rule))
        return findings

    def _find_on_lines(self, page: "_Page", language: str | None, host: str | None) -> Iterator[Finding]:
        candidates = self._lines.candidates(page)
        hits: dict[str, list[_Hit]] = {}
        for number in sorted(self._anchored.union(candidates)):  # a rule after those that it refers to
            line_rule = self._line_rules[number]
            rule = line_rule.rule
            lines = candidates.get(number)
            if lines is None:
                lines = {line: rule.cues for line in page.beside_anchors(rule, hits) if line_rule.may_match(page, line)}
            if lines and rule.applies(language, host) and (found := page.confirmed(rule, lines)):
                hits[rule.id] = found
                if line_rule.speaks:
                    yield from (page.finding(rule, hit) for hit in found)


class _LineRule:
    """A rule for lines or blocks, with what tells cheaply that a line cannot match."""

    __slots__ = ("_longest", "_position", "_shape", "rule", "speaks")

    def __init__(self, rule: Rule, *, speaks: bool) -> None:
        self.rule = rule
        self.speaks = speaks
        self._longest = rule.longest_line
        self._position = rule.position
        self._shape = rule.parsed.shape if rule.parsed else LineShape(None, None)

    def may_match(self, page: "_Page", line: int) -> bool:
        content = page.folded[line]
        return (
            len(content) <= self._longest
            and self._shape.admits(content)
            and (self._position is None or self._position.holds(line, len(page.lines)))
        )

    def sought(self) -> Iterator[tuple[Cue | None, str, int]]:
        """What the automaton looks for: expressions with their flags, and the cue that each is of."""
        rule = self.rule
        if rule.anchored:
            return
        # A cue with a negative weight makes no line a candidate, nor do the most frequent ones alone.
        parts: list[tuple[Cue | None, str]] = [(None, rule.pattern)] if rule.pattern else []
        parts += ((cue, cue.pattern) for cue in rule.cues if cue.weight > 0 and cue not in rule.unseen)
        for cue, source in parts:
            pattern = parse(source, whole_line=cue is None)
            for literal in pattern.literals:
                yield cue, pattern.expression(literal), CASELESS * pattern.caseless


class _LineSearch:
    """The search for the literals of line rules."""

    def __init__(self, line_rules: Sequence[_LineRule]) -> None:
        sought = [(number, rule, *one) for number, rule in enumerate(line_rules) for one in rule.sought()]
        self._targets = tuple((number, rule, cue) for number, rule, cue, _, _ in sought)
        self.automaton = Automaton([(expression, flags) for *_, expression, flags in sought])

    def candidates(self, page: "_Page") -> Mapping[int, _Candidates]:
        """By the number of the rule, the lines on which it may match."""
        candidates: dict[int, dict[int, set[Cue]]] = {}
        data = page.as_lines
        place = -1
        counted = 0
        for end, index in self.automaton.scan(data):
            place += data.count(b"\n", counted, end - 1)  # a line break belongs to the line that it ends
            counted = end - 1
            line = page.line_at(place)
            number, rule, cue = self._targets[index]
            lines = candidates.get(number)
            if lines is None or line not in lines:
                if not rule.may_match(page, line):
                    continue
                lines = candidates.setdefault(number, {})
                lines[line] = set()
            if cue:
                lines[line].add(cue)
        return candidates


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
                expressions.append((written(phrase.literal, caseless=True), CASELESS))
                self._targets.append(len(self._sought))
                self._sought.append(_Sought(rule, phrase, len(phrase.found) + 4))
            if pattern := rule.parsed:
                expressions += ((pattern.expression(literal), CASELESS * pattern.caseless) for literal in pattern.literals)
                self._targets += [len(self._sought)] * len(pattern.literals)
                self._sought.append(_Sought(rule, None, int(pattern.max_width + pattern.max_lookahead) + 1))
        self.automaton = Automaton(expressions)

    def find(self, page: "_Page", language: str | None, host: str | None) -> Iterator[Finding]:
        """The findings of all rules, in no order."""
        seen: set[tuple[str, int, int]] = set()
        for number, stretches in self._stretches(page).items():
            rule, phrase, _ = self._sought[number]
            if not rule.applies(language, host):
                continue
            compiled = compile_regex(_pattern(rule, phrase))
            for low, high in _joined(stretches):
                for match in compiled.finditer(page.text, low, high, timeout=page.seconds(rule)):
                    start, end = match.span()
                    if start < end and (rule.id, start, end) not in seen:
                        seen.add((rule.id, start, end))
                        suggestion, score = (
                            (_inflected(phrase.original, match), phrase.weight) if phrase else (_replacement(rule, match), None)
                        )
                        yield _finding(rule, page.text, start, end, suggestion, score)

    def _stretches(self, page: "_Page") -> dict[int, list[tuple[int, int]]]:
        """Where to search, by the number of what is sought.

        The automaton sees one space for a line break and all white space around it.
        """
        stretches: dict[int, list[tuple[int, int]]] = defaultdict(list)
        data = page.as_lines[: page.bare_start].replace(b"\n", b" ")
        if found := self.automaton.scan(data):
            starts = list(accumulate((len(content) + 1 for content in page.folded), initial=1))
            for point, (_, index) in zip(code_points(data, [end for end, _ in found]), found, strict=True):
                line = max(bisect_right(starts, point - 1) - 1, 0)
                number = self._targets[index]
                reach = self._sought[number].reach
                stretches[number].append(page.surroundings(line, point - 1 - starts[line], reach))
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


class _Page:
    """The lines of one document, for rules to be confirmed on."""

    def __init__(self, text: str, lines: Sequence[Line]) -> None:
        self.text = text
        self.lines = lines
        folded = fold(text)
        self.folded = [folded[line.start : line.end] for line in lines]
        # Lines are also shown to the automaton without the decoration around them, behind all that stand in the text.
        self._decorated = [
            number for number, line in enumerate(self.folded) if not line[0].isalnum() or line[-1] in TRAILING_DECORATION
        ]
        bare = (line[lead(line) :].rstrip(TRAILING_DECORATION) for line in map(self.folded.__getitem__, self._decorated))
        whole = encode("\n".join(("", *self.folded, "")))
        self.as_lines = whole + encode("\n".join((*bare, ""))) if self._decorated else whole
        self.bare_start = len(whole)
        self.trying = ""
        self._repeats: dict[Position, set[int]] = {}
        self._deadline = time.monotonic() + DOCUMENT_SECONDS

    def content(self, line: int) -> str:
        """The line as it stands in the text."""
        return self.text[self.lines[line].start : self.lines[line].end]

    def line_at(self, place: int) -> int:
        """The number of the line that the automaton sees in that place."""
        return place if place < len(self.lines) else self._decorated[place - len(self.lines)]

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
        if any(anchor and anchor not in hits for anchor in (rule.after, rule.before)):
            return []
        places: list[set[int]] = []
        if rule.after:
            places.append({hit.last + 1 for hit in hits[rule.after]})
        if rule.before:
            places.append({hit.first - 1 for hit in hits[rule.before]})
        if rule.repeats:
            places.append(self._repeating(rule.repeats))
        if not places and rule.position:
            places.append(self._lines_in(rule.position))
        return sorted(line for line in set.intersection(*places) if 0 <= line < len(self.lines))

    def _lines_in(self, position: Position) -> set[int]:
        count = len(self.lines)
        within = min(position.within, count)
        head = range(within) if position.edge != "tail" else ()
        tail = range(count - within, count) if position.edge != "head" else ()
        return {*head, *tail}

    def _repeating(self, position: Position) -> set[int]:
        """The lines that repeat an earlier one in `position`."""
        if position not in self._repeats:
            first: dict[str, int] = {}
            for line in sorted(self._lines_in(position)):
                first.setdefault(self.content(line), line)
            lengths = set(map(len, first))  # cheaper to compare than lines
            same_length = [line for line, content in enumerate(self.folded) if len(content) in lengths]
            self._repeats[position] = {line for line in same_length if first.get(self.content(line), line) < line}
        return self._repeats[position]

    def confirmed(self, rule: Rule, candidates: _Candidates) -> list[_Hit]:
        """The hits of `rule` that begin on one of the `candidates`, each with the cues that may stand there.

        Hits do not overlap.
        """
        hits: list[_Hit] = []
        behind = -1
        seconds = self.seconds(rule)
        for line in sorted(candidates):
            if line <= behind:
                continue
            hit = self._cues(rule, line, candidates[line], seconds) if rule.cues else self._whole(rule, line, seconds)
            if hit and self._long_enough(rule, hit):
                behind = hit.last
                hits.append(hit)
        return hits

    def _whole(self, rule: Rule, line: int, seconds: float) -> _Hit | None:
        match = compile_regex(rule.pattern or "").fullmatch(self.content(line), timeout=seconds)
        if not match:
            return None
        last = self._block_end(rule, line, seconds) if rule.unit == "block" else line
        return None if last is None else _Hit(line, last, _replacement(rule, match))

    def _cues(self, rule: Rule, line: int, seen: Collection[Cue], seconds: float) -> _Hit | None:
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
            if compile_regex(cue.pattern).search(content, timeout=seconds):
                total += cue.weight
        return _Hit(line, line, rule.replacement, round(total, 3)) if total >= threshold else None

    def _block_end(self, rule: Rule, first: int, seconds: float) -> int | None:
        """The last line of the block that begins on line `first`; None where it is too long to be one."""
        if rule.until:
            until = compile_regex(rule.until)
            for line in range(first + 1, min(len(self.lines), first + rule.max_lines + 1)):
                if until.fullmatch(self.content(line), timeout=seconds):
                    return line - 1
        return len(self.lines) - 1 if len(self.lines) - first <= rule.max_lines else None

    def _long_enough(self, rule: Rule, hit: _Hit) -> bool:
        if rule.min_words is None and rule.max_words is None:
            return True
        words = len(self.text[self.lines[hit.first].start : self.lines[hit.last].end].split())
        return (rule.min_words or 0) <= words <= (rule.max_words or words)

    def finding(self, rule: Rule, hit: _Hit) -> Finding:
        start, end = self.lines[hit.first].start, self.lines[hit.last].end
        return _finding(rule, self.text, start, end, hit.suggestion, hit.score)


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


def _finding(rule: Rule, text: str, start: int, end: int, suggestion: str | None, score: float | None) -> Finding:
    return Finding(rule.id, rule.action, start, end, rule.label, rule.summary, text[start:end], suggestion, score)
