"""What is known of each word that the neural model has judged: what it holds of its neighbours, and what is counted of it.

The model knows which words fit; the lexicon knows which are rare, which spinners like, and which stand together. What one
takes for out of place the other often explains: "house training", "a gym rat". The small network of the other layers
(`cleaner.garble.context`) sees less and has learned from more kinds of prose.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cleaner.garble.lexicon import UNKNOWN, Floats, Ids, Lexicon
from cleaner.garble.tokens import Tokens

FEATURES = (
    "own before after second_before second_after mean surest frequency technical spun swapped_in capital "
    "sentence_start unknown noun verb adjective adverb letters strength_before known_before term_before "
    "affinity_before joined_before strength_after known_after term_after affinity_after joined_after content_before "
    "content_after frequency_before frequency_after uses out_of_place out_of_place_before out_of_place_after "
    "mean_out_of_place"
).split()

# Of a neighbour that is not there nothing speaks against: no word is surer to be in place.
NO_NEIGHBOUR = -6.0
# A window's surest words: one in ten, at least two.
SUREST_SHARE, FEWEST_SUREST = 10, 2


def features(
    tokens: Tokens, words: Lexicon, starts: npt.NDArray[np.int64], logits: Sequence[Floats], out_of_place: Floats
) -> Floats:
    """A row of `FEATURES` for each judged word.

    Args:
        tokens: the words of the text.
        words: the lexicon.
        starts: where each judged word begins, in code points, by place.
        logits: of each window what the model holds of its judged words, one window after another.
        out_of_place: what `cleaner.garble.context` holds of each of `tokens`.
    """
    at = np.minimum(np.searchsorted(tokens.start, starts), len(tokens.start) - 1)
    found = tokens.start[at] == starts
    number = np.where(found, tokens.id[at], UNKNOWN).astype(np.uint16)
    columns: list[npt.NDArray[Any]] = [
        *_of_windows(logits),
        words.frequency[number],
        words.technical[number],
        words.spun[number],
    ]
    columns += [words.swapped_in[number], found & tokens.capital[at], found & tokens.sentence_start[at], number == UNKNOWN]
    columns += [*words.uses[number].T, tokens.end[at] - tokens.start[at]]

    ahead, behind = np.maximum(at - 1, 0), np.minimum(at + 1, len(tokens.start) - 1)
    joined_before, joined_after = found & (at > 0) & tokens.joined[ahead], found & tokens.joined[at]
    before = np.where(joined_before, tokens.id[ahead], UNKNOWN).astype(np.uint16)
    after = np.where(joined_after, tokens.id[behind], UNKNOWN).astype(np.uint16)
    columns += [*_together(before, number, words), joined_before, *_together(number, after, words), joined_after]
    columns += [words.content[before], words.content[after], words.frequency[before], words.frequency[after]]
    # A word that the text keeps using is what it is about.
    used = np.bincount(tokens.id, minlength=UNKNOWN + 1)[number]
    columns.append(np.where(number == UNKNOWN, 0, np.log1p(used)))
    columns += [out_of_place[at], out_of_place[ahead], out_of_place[behind], np.full(len(at), out_of_place.mean())]
    return np.stack([np.asarray(column, np.float32) for column in columns], 1)


def _of_windows(logits: Sequence[Floats]) -> list[Floats]:
    """What the model holds of each word, of its neighbours among the judged ones, and of its window."""
    own = np.concatenate(logits)
    sizes = np.array([len(one) for one in logits])
    window = np.repeat(np.arange(len(sizes)), sizes)

    def shifted(by: int) -> Floats:
        place = np.arange(len(own)) + by
        inside = (place >= 0) & (place < len(own))
        place = np.clip(place, 0, len(own) - 1)
        return np.where(inside & (window[place] == window), own[place], np.float32(NO_NEIGHBOUR))

    surest = [np.sort(one)[-max(FEWEST_SUREST, len(one) // SUREST_SHARE) :].mean() for one in logits]
    means = [np.array([one.mean() for one in logits])[window], np.array(surest)[window]]
    return [own, shifted(-1), shifted(1), shifted(-2), shifted(2), *means]


def _together(first: Ids, second: Ids, words: Lexicon) -> list[npt.NDArray[Any]]:
    """Of pairs how much more often than by chance they stand together, whether that is known; whether they are a term; fit."""
    joint, is_term = words.joint(first, second)
    known = np.isfinite(joint)
    strength = np.where(known, words.strength(first, second, joint), np.float32(0))
    return [strength, known, is_term, words.affinity(first, second)]
