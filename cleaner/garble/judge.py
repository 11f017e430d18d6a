"""The learned judgements: how sure a hit is, how garbled a document, and what both say together."""

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cleaner.garble.document import FEATURES
from cleaner.garble.lexicon import MODELS, Floats
from cleaner.trees import Trees

FILE = "judge.npz"
HITS, DOCUMENTS, DOCUMENT_TREES = "hits_", "documents_", "document_trees_"
"""What the names of the arrays begin with of what judges hits and documents."""
MARKS = [FEATURES.index(name) for name in ("quotes", "fragments", "doubled", "entities")]
"""The figures of a document that tell a machine's traces beside the words that it swapped."""
# A log odds beyond this is no better known than this.
MOST = 15.0
# Nor is a figure of a document that lies so many standard deviations from the mean stranger than this.
FURTHEST = 4.0
# However garbled a document is, some of its odd pairs are its author's own.
MOST_PRIOR = 1.4


class Judge:
    """What judges hits and documents, over the features that their modules name."""

    def __init__(self, folder: Path = MODELS) -> None:
        """Read the weights in `folder`; raises `OSError` and `ValueError` where there are none."""
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            self._arrays = {name: arrays[name] for name in arrays.files}
        self._hits, trees = (Trees.read(self._arrays, kind) for kind in (HITS, DOCUMENT_TREES))
        others = {field: self._arrays[DOCUMENTS + field] for field in Documents._fields if field != "trees"}
        self._documents = Documents(trees, **others)

    @property
    def worth(self) -> Floats:
        """Weights of what tells pairs that are worth trying (see `cleaner.garble.phrases.find`)."""
        return self._arrays["worth"]

    def certainties(self, features: Floats) -> Floats:
        """How sure each hit is to be garbled, by itself: the logarithm of the odds."""
        odds: Floats = np.clip(self._hits.score(features), -MOST, MOST)
        return odds

    def document(self, features: Floats) -> float:
        """The logarithm of the odds that a document is garbled."""
        return float(np.clip(self._documents.odds(features[None])[0] - self._arrays["shift"], -MOST, MOST))

    def in_document(self, certainties: Floats, document: float) -> Floats:
        """How sure each hit is, given how garbled the document is (both logarithms of odds)."""
        constant, own, prior = self._arrays["together"]
        return np.asarray(constant + own * certainties + prior * min(document, MOST_PRIOR), np.float32)

    def words(self, out_of_place: Floats) -> Floats:
        """How sure each word is to be in the place of another in a garbled document, 0 to 1, by `cleaner.garble.context`."""
        constant, own = self._arrays["words"]
        return np.asarray(1 / (1 + np.exp(-(constant + own * out_of_place))), np.float32)


class Documents(NamedTuple):
    """What tells garbled documents by their figures: trees, and a quadratic model of standard scores."""

    trees: Trees
    mean: Floats
    scale: Floats
    weights: Floats
    """A constant, then those of `bent`."""
    marks: Floats
    """A constant, then those of `MARKS`."""

    def odds(self, rows: Floats) -> Floats:
        """The logarithms of the odds that documents are garbled, by all their figures or by a machine's traces alone.

        Such traces are rare, and one sum of all figures gives them little say: a text with few words swapped would pass for
        clean whatever else it shows.
        """
        bent_odds = self.weights[0] + bent((rows - self.mean) / self.scale) @ self.weights[1:]
        by_all, by_marks = (self.trees.score(rows) + bent_odds) / 2, self.marks[0] + rows[:, MARKS] @ self.marks[1:]
        odds: Floats = np.logaddexp(np.logaddexp(by_all, by_marks), by_all + by_marks)
        return odds


def bent(rows: Floats) -> Floats:
    """Standard scores with their squares and absolute values, so that what is unusual in either direction can count."""
    limited = np.clip(rows, -FURTHEST, FURTHEST)
    return np.concatenate([limited, limited**2, np.abs(limited)], -1)


@functools.cache
def judge(folder: Path = MODELS) -> Judge:
    """The judge in `folder`, read once."""
    return Judge(folder)
