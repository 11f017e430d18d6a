"""How an output is scored against what was wanted, and how sure a mean of scores is."""

import functools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

RESAMPLES = 2_000
SHINGLE_WORDS = 4

_WORD = re.compile(r"\w+")


def words(text: str) -> Counter[str]:
    r"""The bag of words of a text as WCXB counts them: ``\w+`` of the lower-cased text."""
    return Counter(_WORD.findall(text.lower()))


# A label is scored against every system's output.
_label_words = functools.lru_cache(maxsize=8_192)(words)


def word_scores(output: str, wanted: str) -> dict[str, float]:
    """Word F1, precision and recall as WCXB (arXiv 2605.21097) defines them.

    An empty output scores 0; an empty label scores 1, but only for an empty output.
    """
    if not wanted.strip():
        right = float(not output.strip())
        return {"f1": right, "precision": right, "recall": right}
    got, expected = words(output), _label_words(wanted)
    common = _common(got, expected)
    if not common:
        return {"f1": 0.0, "precision": 0.0, "recall": 0.0}
    precision, recall = common / got.total(), common / expected.total()
    return {"f1": 2 * precision * recall / (precision + recall), "precision": precision, "recall": recall}


def _common(got: Counter[Any], expected: Counter[Any]) -> int:
    # Counter's own & builds a third bag; this loop runs for every page and system.
    return sum(min(number, expected[one]) for one, number in got.items() if one in expected)


def snippet_scores(output: str, wanted: Sequence[str], unwanted: Sequence[str]) -> dict[str, float]:
    """The shares of snippets that came out, of content and of chrome, white space aside; nothing where there are none."""
    text = " ".join(output.split())
    shares = {}
    for name, snippets in (("wanted", wanted), ("unwanted", unwanted)):
        if snippets:
            shares[name] = sum(" ".join(snippet.split()) in text for snippet in snippets) / len(snippets)
    return shares


def shingle_scores(output: str, wanted: str) -> dict[str, float]:
    """Precision and recall over runs of four words, as the article extraction benchmark of Scrapinghub defines them.

    Words keep their case; a text shorter than four words is one run; a side without words has no score. `shingle_f1` makes
    the benchmark's figure of them.
    """
    got, expected = _shingles(output), _shingles(wanted)
    common = _common(got, expected)
    shares = {}
    if got:
        shares["shingle_precision"] = common / got.total()
    if expected:
        shares["shingle_recall"] = common / expected.total()
    return shares


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    found = _WORD.findall(text)
    if len(found) < SHINGLE_WORDS:
        return Counter([tuple(found)] if found else [])
    return Counter(zip(*(found[at:] for at in range(SHINGLE_WORDS)), strict=False))


def shingle_f1(summary: Mapping[str, float]) -> float:
    """The F1 of mean precision and mean recall: the mean comes first in that benchmark."""
    precision, recall = summary.get("shingle_precision", 0.0), summary.get("shingle_recall", 0.0)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def mean_interval(values: Sequence[float], share: float = 0.95) -> tuple[float, float]:
    """The percentile bootstrap interval of a mean (Efron 1979), with `RESAMPLES` seeded resamples."""
    number = len(values)
    if not number:
        return 0.0, 0.0
    drawn = np.random.default_rng(0).multinomial(number, np.full(number, 1 / number), RESAMPLES)
    low, high = np.quantile(drawn @ np.array(values, np.float64) / number, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def difference_interval(values: Sequence[float], reference: Sequence[float]) -> tuple[float, float]:
    """The interval of the mean difference to a reference on the same documents: both are drawn together (paired)."""
    return mean_interval([value - other for value, other in zip(values, reference, strict=True)])
