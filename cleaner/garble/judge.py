"""The learned judgements: how sure a hit is, how garbled a document, and what both say together."""

import functools
from pathlib import Path

import numpy as np

from cleaner.garble.lexicon import MODELS, Floats
from cleaner.trees import Trees

FILE = "judge.npz"
TREES = "hits_"
"""What the names of the trees' arrays begin with."""
# A log odds beyond this is no better known than this.
MOST = 15.0
# Nor is a figure of a document that lies so many standard deviations from the mean stranger than this.
FURTHEST = 4.0
# However garbled a document is, some of its odd pairs are its author's own. With this, 90% of what is flagged in articles of
# which an unknown maker of spun text has swapped a quarter of the words is rightly flagged; with 0, 92% of half as much.
MOST_PRIOR = 1.0


class Judge:
    """Boosted trees for hits and a quadratic model for documents, over the features that their modules name."""

    def __init__(self, folder: Path = MODELS) -> None:
        """Read the weights in `folder`; raises `OSError` and `ValueError` where there are none."""
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            self._arrays = {name: arrays[name] for name in arrays.files}
        self._trees = Trees(**{field: self._arrays[TREES + field] for field in Trees.__struct_fields__})

    @property
    def worth(self) -> Floats:
        """Weights of what tells pairs that are worth trying (see `cleaner.garble.phrases.find`)."""
        return self._arrays["worth"]

    def certainties(self, features: Floats) -> Floats:
        """How sure each hit is to be garbled, by itself: the logarithm of the odds."""
        odds: Floats = np.clip(self._trees.score(features), -MOST, MOST)
        return odds

    def document(self, features: Floats) -> float:
        """The logarithm of the odds that a document is garbled."""
        weights = self._arrays
        row = bent((features - weights["document_mean"]) / weights["document_scale"])
        return float(np.clip(row @ weights["document"] + weights["document_bias"], -MOST, MOST))

    def in_document(self, certainties: Floats, document: float) -> Floats:
        """How sure each hit is, given how garbled the document is (both logarithms of odds)."""
        constant, own, prior = self._arrays["together"]
        return np.asarray(constant + own * certainties + prior * min(document, MOST_PRIOR), np.float32)


def bent(rows: Floats) -> Floats:
    """Standard scores with their squares and absolute values, so that what is unusual in either direction can count."""
    limited = np.clip(rows, -FURTHEST, FURTHEST)
    return np.concatenate([limited, limited**2, np.abs(limited)], -1)


@functools.cache
def judge(folder: Path = MODELS) -> Judge:
    """The judge in `folder`, read once."""
    return Judge(folder)
