"""Rules for lines and blocks confirmed on the lines where they may match, and beside the hits of other rules."""

import functools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import regex

from cleaner.edits import Finding
from cleaner.matcher.document import SoughtDocument, replacement
from cleaner.matcher.lines import Candidates, LineRule
from cleaner.patterns import compile_regex
from cleaner.rules import Cue, Position, Rule

# After so many lines of one rule the clock is looked at: each look costs as much as a fifth of a confirmation.
_LINES_A_CLOCK = 16


class _Hit(NamedTuple):
    """A rule's match on lines `first` to `last`."""

    first: int
    last: int
    suggestion: str | None = None
    score: float | None = None


class LineHits:
    """The hits of line rules in one document, as far as they have been confirmed."""

    def __init__(self, document: SoughtDocument) -> None:
        self._document = document
        self._hits: dict[str, list[_Hit]] = {}
        self._repeats: dict[Position, set[int]] = {}

    def find(self, candidates: Mapping[LineRule, Candidates]) -> Iterator[Finding]:
        """The findings of the rules, each of which is tried on the lines where it may match; in no order."""
        for line_rule in sorted(candidates, key=lambda line_rule: line_rule.number):  # a rule after those that it refers to
            rule = line_rule.rule
            lines = candidates[line_rule]
            if rule.anchored and self._document.concerns(rule):
                lines = {line: rule.cues for line in self._beside_anchors(rule) if line_rule.may_match(self._document, line)}
            if lines and (found := self._confirmed(rule, lines)):
                self._hits[rule.id] = found
                if line_rule.speaks:
                    yield from (self._finding(rule, hit) for hit in found)

    def _finding(self, rule: Rule, hit: _Hit) -> Finding:
        document = self._document
        start, end = document.lines[hit.first].start, document.lines[hit.last].end
        return rule.finding(document.text, start, end, hit.suggestion, hit.score)

    # --- where an anchored rule is tried ---

    def _beside_anchors(self, rule: Rule) -> list[int]:
        """The lines where an anchored rule is to be tried."""
        if any(anchor not in self._hits for anchor in rule.references):
            return []
        places: list[set[int]] = []
        if rule.after:
            places.append({hit.last + 1 for hit in self._hits[rule.after]})
        if rule.before:
            places.append({hit.first - 1 for hit in self._hits[rule.before]})
        if rule.repeats:
            places.append(self._repeating(rule.repeats))
        if rule.position:
            places.append(self._lines_in(rule.position))
        return sorted(line for line in set.intersection(*places) if 0 <= line < len(self._document.lines))

    def _lines_in(self, position: Position) -> set[int]:
        outside = position.outside(len(self._document.lines))
        return {*range(outside.start), *range(outside.stop, len(self._document.lines))}

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
        often = {content for content, count in Counter(self._document.folded).items() if count > 1}
        places: dict[str, list[int]] = defaultdict(list)
        for line, content in enumerate(self._document.folded):
            if content in often:
                places[self._document.content(line)].append(line)
        return list(places.values())

    # --- whether it matches there ---

    def _confirmed(self, rule: Rule, candidates: Candidates) -> list[_Hit]:
        """The hits of `rule` that begin on one of the `candidates`, each with the cues that may stand there.

        Hits do not overlap.
        """
        hits: list[_Hit] = []
        behind = -1
        pattern = compile_regex(rule.pattern or "")
        matches: dict[str, regex.Match[str] | None] = {}  # a quarter of the lines stood there before, in another menu
        for number, line in enumerate(sorted(candidates)):
            if not number % _LINES_A_CLOCK:
                seconds = self._document.seconds(rule)
            if line <= behind:
                continue
            if rule.cues:
                hit = self._by_cues(rule, line, candidates[line])
            else:
                content = self._document.content(line)
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
        return None if last is None else _Hit(line, last, replacement(rule, match))

    def _by_cues(self, rule: Rule, line: int, seen: Collection[Cue]) -> _Hit | None:
        """The hit of a rule with cues on a line where of those that can be looked for only `seen` may stand."""
        content = self._document.content(line)
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
            if compile_regex(cue.pattern).search(content, timeout=self._document.seconds(rule)):
                total += cue.weight
        return _Hit(line, line, rule.replacement, round(total, 3)) if total >= threshold else None

    def _block_end(self, rule: Rule, first: int) -> int | None:
        """The last line of the block that begins on line `first`; None where it is too long to be one."""
        lines = len(self._document.lines)
        if rule.until:
            until = compile_regex(rule.until)
            for line in range(first + 1, min(lines, first + rule.max_lines + 1)):
                if until.fullmatch(self._document.content(line), timeout=self._document.seconds(rule)):
                    return line - 1
        return lines - 1 if lines - first <= rule.max_lines else None

    def _long_enough(self, rule: Rule, hit: _Hit) -> bool:
        if rule.min_words is None and rule.max_words is None:
            return True
        document = self._document
        words = len(document.text[document.lines[hit.first].start : document.lines[hit.last].end].split())
        return (rule.min_words or 0) <= words <= (rule.max_words or words)
