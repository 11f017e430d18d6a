"""Which lines of a document are site chrome, told by evidence: their words, shape, place and neighbours.

Of an HTML page also by the elements that a line stood in. Two linear models over hashed words and hashed names of elements
give each line a first score. Boosted symmetric trees then look at the line, these scores, its neighbours and the page as a
whole; and a small convolutional network at what is true of each line by itself, and lets the lines tell each other. Both have
their say. All is computed over arrays, so that the cost grows with the text alone. Weights, data and figures are described in
``cleaner/models/chrome.md``.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from cleaner.chrome.characters import Floats, Integers, Masks
from cleaner.chrome.headline import first_headings, headline_features
from cleaner.chrome.line_breaks import with_lost_breaks
from cleaner.chrome.lines import line_features
from cleaner.chrome.model import (
    LIKELY,
    MODELS,
    Model,
    best_cut,
    digest,
    kinds_of_page,
    load,
    logistic,
    model_features,
    odds,
    page_vector,
)
from cleaner.chrome.surroundings import REASONS
from cleaner.chrome.wholes import as_wholes, code_as_a_whole, fenced, sentences_as_a_whole, terms_with_meanings
from cleaner.markdown import Links
from cleaner.text import Elements, Line

__all__ = [
    "LIKELY",
    "LIKELY_OF_PAGE",
    "MAX_LINES",
    "MODELS",
    "REASONS",
    "Verdict",
    "digest",
    "judge",
    "load",
    "with_lost_breaks",
]

MAX_LINES = 50_000
"""The model is not asked about longer documents: a line takes some 5 kB of memory. WCXB's longest page has 2,641."""
LIKELY_OF_PAGE = 0.7
"""`LIKELY` for a line of a page that an `unsafe` rule calls chrome, too: on pages the model leaves more chrome than content."""
HEADLINE_FROM = 0.2
"""A line of a text with this chance of being its headline stays, and so does the likeliest, unless the main content alone is
wanted; see the card."""
LEAST_LIKELY = 0.05
"""A page on which no line has this probability of being content has no main content."""


class Verdict(msgspec.Struct, frozen=True, eq=False):
    """What the model holds of a document and its lines."""

    model: Model
    """Who says so."""
    page: bool
    """Whether it saw the elements of an HTML page."""
    kind: str
    """What kind of page it believes in, such as ``article`` or ``forum``."""

    content: Floats
    """For each line the probability, 0 to 1, that it is main content."""
    words: Floats
    """For each line the number of its words."""
    features: Floats
    """What the trees saw, a row for each line."""
    groups: Integers
    """For each feature the reason that it stands for, an index into `REASONS`."""
    headline: Masks
    """Which lines of a text are likely its headline, which labels of main contents leave out; of a page none."""

    def cut(self, *, only_sure: bool) -> float:
        """The probability from which on lines are kept: where F1 is best, or all but those that are surely chrome.

        A page that is chrome alone, such as an application shell with its menus, has no line that reaches the cut.
        """
        if only_sure:
            return self.model.sure
        if self.page and self.content.max(initial=0) < LEAST_LIKELY:
            return math.inf
        return best_cut(self.content, self.words)

    def reasons(self, rows: Sequence[int]) -> list[str]:
        """What spoke most against each of these lines in the eyes of the trees, in words."""
        charged = self.model.trees.reasons(self.features[list(rows)], self.groups, len(REASONS))
        return [
            " and ".join(REASONS[reason] for reason in np.argsort(row)[:2] if row[reason] < 0) or "all taken together"
            for row in charged
        ]


def judge(
    text: str,
    lines: Sequence[Line],
    evidence: Floats,
    elements: Elements | None,
    models: Path = MODELS,
    links: Links | None = None,
) -> Verdict:
    """Judge the `lines` of `text`; with `elements` as those of an HTML page.

    `evidence` says for each line what rules hold of it: 1 where a `safe` rule calls it chrome, 0.5 where an `unsafe` one does.
    `links` are those of a text that tells them; one that goes over several lines stands or falls as a whole, and so does code.
    """
    model = load(models, "html" if elements else "text")
    made = line_features(text, lines, links.of_line if links else None)
    features, groups = model_features(model.words, model.elements, made, evidence, elements)
    content = logistic(odds(model, features, made, elements))
    headline = np.zeros(len(lines), bool)
    if elements:
        content = code_as_a_whole(content, made.words, elements)
        content = terms_with_meanings(content, lines)
    else:
        rows, known = headline_features(made, content, evidence)
        chance = logistic(known @ model.headline)
        headline[rows[chance >= min(HEADLINE_FROM, chance.max(initial=0))]] = True
        headline[first_headings(text, lines)] = True
        content = sentences_as_a_whole(content, made, [text[line.start] for line in lines])
        content = as_wholes(content, made.words, [*(links.across if links else ()), *fenced(lines)])
    kinds = kinds_of_page(model.kind_weights, page_vector(features, content, made.words))
    kind = str(model.kinds[int(np.argmax(kinds))])
    return Verdict(model, elements is not None, kind, content, made.words, features, groups, headline)
