"""Documents read for what repeats in them: their lines, what shipped rules know of these, and what the chrome model holds."""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from cleaner import chrome
from cleaner.automaton import TooManyCandidatesError
from cleaner.detection import rule_evidence
from cleaner.edits import Finding
from cleaner.language import detect
from cleaner.learn.sampling import MAX_LINE, Kept
from cleaner.learn.slots import masked
from cleaner.matcher import Matcher, MatchTimeoutError
from cleaner.rules import Ruleset
from cleaner.text import Line


class Page(msgspec.Struct, frozen=True, eq=False):
    """A document of a sample, line by line."""

    id: str
    site: str
    lines: tuple[str, ...]
    keys: tuple[str, ...]
    """The key of each line's template; empty for a line that can have none."""
    language: str | None
    """ISO 639-1, as it was detected."""
    known: npt.NDArray[np.bool_]
    """Which lines a shipped rule takes, or would flag."""
    content: npt.NDArray[np.float32]
    """For each line the chrome model's probability, 0 to 1, that it is main content."""


class Reader:
    """Reads documents with the rules that are known already."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._rules = ruleset.by_id
        chrome_rules = [rule.id for rule in ruleset if rule.label == "boilerplate" and rule.action == "drop"]
        self._matcher = Matcher(ruleset, chrome_rules)

    def read(self, kept: Kept) -> Page:
        """A document with all that has to be known of its lines."""
        text = "\n".join(kept.lines)
        lines = _places(kept.lines)
        language = detect(text).language
        found = self._found(text, lines, language, kept.site or None)
        evidence = rule_evidence(found, lines, self._rules)
        content = chrome.judge(text, lines, evidence, None).content if len(lines) <= chrome.MAX_LINES else np.ones(len(lines))
        keys = tuple(masked(line) if len(line) < MAX_LINE else "" for line in kept.lines)
        return Page(kept.id, kept.site, kept.lines, keys, language, evidence > 0, content.astype(np.float32))

    def _found(self, text: str, lines: Sequence[Line], language: str | None, host: str | None) -> list[Finding]:
        try:
            return self._matcher.find(text, lines, language, host)
        except (MatchTimeoutError, TooManyCandidatesError):
            return []


def _places(lines: Iterable[str]) -> list[Line]:
    places = []
    start = 0
    for line in lines:
        places.append(Line(start, start + len(line)))
        start += len(line) + 1
    return places
