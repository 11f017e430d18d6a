"""How much a document looks machine-garbled."""

import math
from collections.abc import Iterable

from cleaner.edits import Finding

# Evidence per 1,000 words at which the score reaches 1 - 1/e. One sure phrase in 1,000 words happens in honest text
# (a quotation, a joke); four do not.
EVIDENCE_SCALE = 4.0
# A quotation mark on the wrong side of a space is left by spinners, but by careless typists too.
QUOTE_EVIDENCE = 0.3
# Shorter texts are judged as if they had this many words: one hit in a tweet proves little.
LEAST_WORDS = 300


def score(findings: Iterable[Finding], words: int) -> float:
    """From 0 (nothing garbled seen) to 1, by the weighted hits of garbled phrases and misplaced quotes per 1,000 words.

    A monotone figure for ranking, not a probability.
    """
    evidence = 0.0
    for finding in findings:
        if finding.label == "garbled":
            evidence += 1.0 if finding.score is None else finding.score
        elif finding.label == "quotes":
            evidence += QUOTE_EVIDENCE
    per_thousand = 1_000 * evidence / max(words, LEAST_WORDS)
    return round(1 - math.exp(-per_thousand / EVIDENCE_SCALE), 4)
