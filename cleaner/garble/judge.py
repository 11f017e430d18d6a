"""The learned judgements: how sure a hit is, how garbled a document, and what both say together."""

import functools
from pathlib import Path

import numpy as np

from cleaner.garble.lexicon import MODELS, Floats

FILE = "judge.npz"
# A log odds beyond this is no better known than this.
MOST = 15.0
# However garbled a document is, some of its odd pairs are its author's own. With this, 90% of what is flagged in articles of
# which an unknown maker of spun text has swapped a quarter of the words is rightly flagged; with 0, 92% of half as much.
MOST_PRIOR = 1.0


class Judge:
    """A small network for hits and a linear model for documents, over the features that their modules name."""

    def __init__(self, folder: Path = MODELS) -> None:
        """Read the weights in `folder`; raises `OSError` and `ValueError` where there are none."""
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            self._arrays = {name: arrays[name] for name in arrays.files}

    @property
    def worth(self) -> Floats:
        """Weights of what tells pairs that are worth trying (see `cleaner.garble.phrases.find`)."""
        return self._arrays["worth"]

    def certainties(self, features: Floats) -> Floats:
        """How sure each hit is to be garbled, by itself: the logarithm of the odds."""
        weights = self._arrays
        hidden = np.tanh((features - weights["mean"]) / weights["scale"] @ weights["hidden"] + weights["hidden_bias"])
        odds: Floats = np.clip(hidden @ weights["out"] + weights["out_bias"], -MOST, MOST).astype(np.float32)
        return odds

    def document(self, features: Floats) -> float:
        """The logarithm of the odds that a document is garbled."""
        weights = self._arrays
        row = (features - weights["document_mean"]) / weights["document_scale"]
        return float(np.clip(row @ weights["document"] + weights["document_bias"], -MOST, MOST))

    def in_document(self, certainties: Floats, document: float) -> Floats:
        """How sure each hit is, given how garbled the document is (both logarithms of odds)."""
        constant, own, prior = self._arrays["together"]
        return np.asarray(constant + own * certainties + prior * min(document, MOST_PRIOR), np.float32)


@functools.cache
def judge(folder: Path = MODELS) -> Judge:
    """The judge in `folder`, read once."""
    return Judge(folder)
