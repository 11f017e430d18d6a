"""How much a document looks machine-garbled: one figure from all that the layers see."""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cleaner.garble.context import judged
from cleaner.garble.lexicon import Floats, Lexicon
from cleaner.garble.tokens import Tokens

# What a hit adds is bounded, so that one phrase repeated a hundred times is not a hundred proofs.
MOST_PER_PHRASE = 2

FEATURES = (
    "constant certain likely possible listed quotes fragments doubled entities unknown_pairs unknown_links fit spun "
    "length frequency suspects suspicious very_suspicious suspicion swapped often_swapped mostly_swapped often_spun "
    "pair_affinity misfits link_affinity places out_of_place mean_out_of_place most_out_of_place"
).split()

# Beyond these odds a chance is 0 or 1 as far as 32 bits go; of a mean chance less than this says nothing.
MOST_ODDS, LEAST_LIKELY = 30.0, 1e-3

# Punctuation that a swap of words has left doubled or astray; counted as plain strings, for speed.
_DOUBLED = (",,", ";;", ",.", " , ", " ; ", " . ", "( ", " )")
_ENTITY = re.compile(r"&\s?(?:amp|quot|nbsp|lt|gt|apos|#\d{2,5})\b;?", re.IGNORECASE)


class Marks(NamedTuple):
    """What other layers have counted in a document."""

    listed: float
    """The sum of the weights of phrases that stand on a list."""
    quotes: int
    """Quotation marks on the wrong side of a space."""
    fragments: int
    """Broken sentences."""


def features(
    text: str,
    tokens: Tokens,
    words: Lexicon,
    out_of_place: Floats,
    certainties: Floats,
    suspicion: Floats,
    repeated: Sequence[int],
    marks: Marks,
) -> Floats:
    """The figures of a document that its score is made of, in the order of `FEATURES`.

    `out_of_place` says how much each word is, by `cleaner.garble.context`. `certainties` are log odds, one for each hit,
    `suspicion` those of all pairs before they were tried, and `repeated` says how often the same phrase has been hit before it.
    """
    count = len(tokens.id)
    per_thousand = 1_000 / max(count, 100)
    counted = certainties[np.asarray(repeated, int) < MOST_PER_PHRASE] if len(certainties) else certainties
    chance = 1 / (1 + np.exp(-np.clip(counted, -30, 30)))

    def rate(number: float) -> float:
        return float(np.log1p(number * per_thousand))

    is_content = judged(tokens, words)
    small = ~tokens.capital[tokens.pairs.at]
    at, joint, affinity = tokens.pairs.at[small], tokens.pairs.joint[small], tokens.pairs.affinity[small]
    together = words.strength(tokens.id[at], tokens.id[at + 1], joint)
    both = is_content[at] & is_content[at + 1]
    link = is_content[at] ^ is_content[at + 1]
    seen = np.isfinite(joint)
    swapped = words.swapped_in[tokens.id[is_content]]
    return np.array(
        [
            1,
            rate(float((chance > 0.8).sum())),
            rate(float(chance.sum())),
            rate(float((chance > 0.1).sum())),
            rate(marks.listed),
            rate(marks.quotes),
            rate(marks.fragments),
            rate(sum(map(text.count, _DOUBLED))),
            rate(len(_ENTITY.findall(text)) if "&" in text else 0),
            _share(~seen & both, both),
            _share(~seen & link, link),
            _mean(together[seen & both]),
            _mean(words.spun[tokens.id[is_content]]),
            np.log10(max(count, 1)),
            _mean(words.frequency[tokens.id[is_content]]),
            rate(len(suspicion)),
            rate(float((suspicion > 0).sum())),
            rate(float((suspicion > 1).sum())),
            _mean(np.clip(suspicion, -4, 4)),
            _mean(np.clip(swapped, -0.5, 1.5)),
            _share(swapped > 0.3, is_content),
            _share(swapped > 0.8, is_content),
            _share(words.spun[tokens.id[is_content]] > 0.2, is_content),
            _mean(affinity[both]),
            _share(both & (affinity < 0.2), both),
            _mean(affinity[link]),
            *summary(out_of_place[is_content])[1:],
        ],
        np.float32,
    )


def summary(odds: Floats) -> Floats:
    """What the log-odds of a text's words say of it: 1, how many words, how much they are out of place on the whole."""
    if not len(odds):
        return np.array([1.0, 0.0, math.log(LEAST_LIKELY), 0.0, 0.0], np.float32)
    odds = np.clip(odds, -MOST_ODDS, MOST_ODDS)
    likely = 1 / (1 + np.exp(-odds))
    size = len(odds)
    surest = np.sort(odds)[-max(1, size // 20) :]
    return np.array(
        [1.0, math.log(size), math.log(float(likely.mean()) + LEAST_LIKELY), float(odds.mean()), float(surest.mean())],
        np.float32,
    )


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    # With few cases the share is drawn to the usual one of a quarter.
    return float((part.sum() + 5) / (whole.sum() + 20))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0
