"""Rule files: loading and checking them, and the digest that names a set of rules.

The format is described in ``rules/FORMAT.md``.
"""

from cleaner.rules.loading import MAX_FILE_BYTES, MAX_PHRASE_CHARACTERS, MAX_SPAN_CHARACTERS
from cleaner.rules.problems import Problem, RuleError
from cleaner.rules.rule import Counterexample, Cue, Example, Limit, Phrase, Position, Rule
from cleaner.rules.ruleset import SHIPPED, Ruleset, shipped_rules

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_PHRASE_CHARACTERS",
    "MAX_SPAN_CHARACTERS",
    "SHIPPED",
    "Counterexample",
    "Cue",
    "Example",
    "Limit",
    "Phrase",
    "Position",
    "Problem",
    "Rule",
    "RuleError",
    "Ruleset",
    "shipped_rules",
]
