"""Which documents of a folder may share passages: by a sketch of each, never by all pairs of texts."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

# What two documents share is looked for in pairs of neighbouring long words: function words, which all texts share, and most
# of what a spinner puts between them fall out. Of 19,900 pairs of unrelated articles (WCXB) 0.4% agree in 4 values of 256,
# of the ten pairs of seed articles on one journey all but one do.
LONG_WORD = re.compile(r"[^\W\d_]{5,}")
VALUES = 256
LEAST_AGREEING = 4
SEED = 1
# A text is compared with so many others at most, those it shares most with.
MAX_SIBLINGS = 8
# Where many documents have one value, as those of one site do by its boilerplate, each is paired with so many neighbours, in
# the order of their ids: the cost grows with the folder and not with its square.
NEIGHBOURS = 8

Sketch = npt.NDArray[np.uint32]


def sketch(text: str) -> Sketch | None:
    """A fingerprint of the passages of `text`, 1 kB of it; None where there is too little text for one."""
    words = LONG_WORD.findall(text.casefold())
    pairs = {f"{first} {second}" for first, second in pairwise(words)}
    if not pairs:
        return None
    minhash = RMinHash(num_perm=VALUES, seed=SEED)
    minhash.update(sorted(pairs))
    return np.array(minhash.digest(), np.uint32)


def siblings(sketches: Mapping[str, Sketch | None], least: int = LEAST_AGREEING) -> dict[str, tuple[str, ...]]:
    """For each document, by its id, the ids of those that it shares most with, most first; those without any are left out.

    What two documents share is at least about `least` / `VALUES` of what either has. The order in which they come does not
    matter.
    """
    names = sorted(name for name, values in sketches.items() if values is not None)
    if len(names) < 2:
        return {}
    agreeing: dict[str, list[tuple[int, str]]] = {}
    for first, second, values in _agreeing(np.array([sketches[name] for name in names]), least):
        agreeing.setdefault(names[first], []).append((-values, names[second]))
        agreeing.setdefault(names[second], []).append((-values, names[first]))
    return {name: tuple(other for _, other in sorted(others)[:MAX_SIBLINGS]) for name, others in sorted(agreeing.items())}


def _agreeing(sketches: npt.NDArray[np.uint32], least: int) -> Sequence[tuple[int, int, int]]:
    """Pairs of rows that have at least `least` values in common, and how many; of each value only neighbours."""
    rows = len(sketches)
    found = []
    for values in sketches.T:
        order = np.argsort(values, kind="stable")
        in_order = values[order]
        for step in range(1, min(NEIGHBOURS, rows - 1) + 1):
            at = np.flatnonzero(in_order[step:] == in_order[:-step])
            found.append(order[at] * rows + order[at + step])  # the sort is stable: the first of two is the lower row
    pairs, counts = np.unique(np.concatenate(found), return_counts=True)
    enough = counts >= least
    return [(*divmod(pair, rows), count) for pair, count in zip(pairs[enough].tolist(), counts[enough].tolist(), strict=True)]
