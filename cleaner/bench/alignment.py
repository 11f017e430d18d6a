"""Which words of a text are those of its label: what tells content from chrome, word by word."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

# A line, or what a rule hit, counts as content where at least half of its words are aligned with the label.
CONTENT_SHARE = 0.5


class Run(NamedTuple):
    """So many words side by side in a text, from `start` on, that the label has side by side from `label` on."""

    start: int
    label: int
    length: int

    @property
    def end(self) -> int:
        """The word of the text behind the last."""
        return self.start + self.length


def runs(words: Sequence[str], label: Sequence[str]) -> list[Run]:
    """A longest common subsequence of the `words` of a text and those of its `label`, in order; any of those equally long."""
    from rapidfuzz.distance import LCSseq

    numbers: dict[str, int] = {}
    wanted = [numbers.setdefault(word, len(numbers)) for word in label]
    own = [numbers.get(word, -1) for word in words]
    if not (own and wanted):
        return []
    steps = LCSseq.opcodes(own, wanted)
    return [Run(step.src_start, step.dest_start, step.src_end - step.src_start) for step in steps if step.tag == "equal"]


def aligned(words: Sequence[str], label: Sequence[str]) -> npt.NDArray[np.bool_]:
    """For each of `words` whether it belongs to a longest common subsequence with the words of the `label`."""
    result = np.zeros(len(words), np.bool_)
    for run in runs(words, label):
        result[run.start : run.end] = True
    return result
