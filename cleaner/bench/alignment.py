"""Which words of a text are those of its label: what tells content from chrome, word by word."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

# A line, or what a rule hit, counts as content where at least half of its words are aligned with the label.
CONTENT_SHARE = 0.5


def aligned(words: Sequence[str], label: Sequence[str]) -> npt.NDArray[np.bool_]:
    """For each of `words` whether it belongs to a longest common subsequence with the words of the `label`."""
    from rapidfuzz.distance import LCSseq

    numbers: dict[str, int] = {}
    wanted = [numbers.setdefault(word, len(numbers)) for word in label]
    own = [numbers.get(word, -1) for word in words]
    result = np.zeros(len(own), np.bool_)
    if own and wanted:
        for step in LCSseq.opcodes(own, wanted):
            if step.tag == "equal":
                result[step.src_start : step.src_end] = True
    return result
