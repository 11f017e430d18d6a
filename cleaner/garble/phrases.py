"""Fixed expressions with words replaced by stand-ins: found by putting back what the words may stand for.

Two content words that hardly ever stand together are tried with what each may stand for; where that gives a dictionary's
entry or a strong collocation, the pair is a hit, with the expression as its likely original. How likely a hit is garbled
text, `cleaner.garble.judge` tells from what is known of both readings (`FEATURES`).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cleaner.garble.lexicon import STRONG, UNKNOWN, WEIGHT_STEP, Floats, Ids, Lexicon
from cleaner.garble.tokens import Tokens

# A pair that stands together so much more often than by chance (decimal logarithm) belongs together.
BELONGS = 0.3
# log10 of the chance that a spinner leaves a word of a fixed expression as it is.
KEPT = -0.4
# Where both words are replaced, so many of the likeliest stand-ins of each are tried.
BOTH = 12
# Look-ups at once: some 20 MB of arrays.
BATCH = 500_000
# A pair that the counts do not hold is at most as frequent as the rarest that they do.
RAREST = -9.6

FEATURES = (
    "constant channel goal_strength goal_is_term both_replaced left_replaced goal_joint seen expected readings "
    "gain_before gain_after before_is_function before_is_closed after_is_closed after_is_function "
    "a_noun a_verb a_adjective a_adverb b_noun b_verb b_adjective x_noun x_verb x_adjective y_noun y_verb "
    "a_rare b_rare replaced_weight other_reading a_spun b_spun x_spun y_spun "
    "a_swapped b_swapped affinity goal_affinity affinity_before affinity_after goal_affinity_before goal_affinity_after "
    "x_rare y_rare a_technical b_technical x_technical y_technical"
).split()

SUSPECT_FEATURES = (
    "constant affinity a_swapped b_swapped either_swapped a_spun b_spun a_rare b_rare a_verb a_adverb b_noun b_verb seen"
).split()


class Hits(NamedTuple):
    """Pairs of words with the best reading of each; arrays of equal length."""

    at: npt.NDArray[np.int64]
    """The number of the first word in the text."""
    first: Ids
    second: Ids
    """What the two words likely stand for."""
    features: Floats
    """A row of `FEATURES` for each."""
    suspicion: Floats
    """How suspect each pair was that might have been tried, before it was: the logarithm of its odds, less a limit."""

    def feature(self, name: str) -> Floats:
        """One of `FEATURES`, for each hit."""
        return self.features[:, FEATURES.index(name)]


def find(tokens: Tokens, words: Lexicon, worth: Floats) -> Hits:
    """All pairs that may be garbled, each with its best reading, by place.

    `worth` are weights of `SUSPECT_FEATURES`: what is below zero by them is not worth trying.
    """
    suspected = suspects(tokens, words)
    suspicion = suspect_features(tokens, words, suspected) @ worth
    tried = suspected[suspicion > 0]
    found = list(_readings(tokens.id, tokens.pairs.at[tried], words))
    if not found:
        none = np.zeros(0, np.int64)
        return Hits(none, none.astype(np.uint16), none.astype(np.uint16), np.zeros((0, len(FEATURES)), np.float32), suspicion)
    pair, first, second, weight = (np.concatenate(part) for part in zip(*found, strict=True))
    joint, is_term = words.joint(first, second)
    strong = (words.strength(first, second, joint) >= STRONG) | is_term
    real = strong & words.content[first] & words.content[second] & (first != second)
    readings = _Readings(pair, first, second, weight, joint, is_term).only(real)
    readings = readings.only(np.lexsort((-readings.channel, readings.pair)))
    firsts = np.flatnonzero(np.diff(readings.pair, prepend=-1))
    total = np.add.reduceat(10.0**readings.channel, firsts) if len(firsts) else np.zeros(0)
    best = readings.only(firsts)
    hit = tried[best.pair]
    return Hits(tokens.pairs.at[hit], best.first, best.second, _features(tokens, words, hit, best, total), suspicion)


class _Readings(NamedTuple):
    """What pairs may stand for; arrays of equal length."""

    pair: npt.NDArray[np.int64]
    """The number of the pair among those that are tried."""
    first: Ids
    second: Ids
    weight: Floats
    """log10 of the chance that a spinner makes the pair of the two words."""
    joint: Floats
    is_term: npt.NDArray[np.bool_]
    """Of the two words what `Lexicon.joint` says."""

    @property
    def channel(self) -> Floats:
        """log10 of the chance that somebody writes the two words and a spinner makes the pair of them."""
        channel: Floats = self.joint + self.weight
        return channel

    def only(self, chosen: npt.NDArray[Any]) -> "_Readings":
        """Some of them, by a mask or by numbers."""
        return _Readings(*(part[chosen] for part in self))


def suspects(tokens: Tokens, words: Lexicon) -> npt.NDArray[np.int64]:
    """Which of a text's pairs (`Tokens.pairs`) are content words that do not belong together."""
    pairs = tokens.pairs
    first, second = tokens.id[pairs.at], tokens.id[pairs.at + 1]
    together = words.strength(first, second, pairs.joint)
    content = words.content[first] & words.content[second]
    return np.flatnonzero(content & (together < BELONGS) & ~pairs.is_term & (first != second))


def suspect_features(tokens: Tokens, words: Lexicon, chosen: npt.NDArray[np.int64]) -> Floats:
    """What is known of pairs (numbers in `Tokens.pairs`) before they are tried: a row of `SUSPECT_FEATURES` for each."""
    at = tokens.pairs.at[chosen]
    a, b = tokens.id[at], tokens.id[at + 1]
    columns = [
        np.ones(len(at)),
        tokens.pairs.affinity[chosen],
        words.swapped_in[a],
        words.swapped_in[b],
        np.maximum(words.swapped_in[a], words.swapped_in[b]),
        words.spun[a],
        words.spun[b],
        words.frequency[a],
        words.frequency[b],
        words.uses[a, 1],
        words.uses[a, 3],
        words.uses[b, 0],
        words.uses[b, 1],
        np.isfinite(tokens.pairs.joint[chosen]),
    ]
    return np.stack([np.asarray(column, np.float32) for column in columns], 1)


def _readings(ids: Ids, at: npt.NDArray[np.int64], words: Lexicon) -> Iterator[tuple[npt.NDArray[np.int64], Ids, Ids, Floats]]:
    """What pairs may stand for and may be strong: the number of the pair, both words, and log10 of the chance."""
    a, b = ids[at], ids[at + 1]
    of_a, of_b = words.stand_in_count[a], words.stand_in_count[b]
    none = np.zeros_like(of_a)
    for lefts, rights in ((of_a, none), (none, of_b), (np.minimum(of_a, BOTH), np.minimum(of_b, BOTH))):
        for low, high in _batches(np.maximum(lefts, 1) * np.maximum(rights, 1)):
            part = slice(low, high)
            yield from _tried(a[part], b[part], lefts[part], rights[part], low, words)


def _tried(
    a: Ids, b: Ids, lefts: npt.NDArray[np.int64], rights: npt.NDArray[np.int64], low: int, words: Lexicon
) -> Iterator[tuple[npt.NDArray[np.int64], Ids, Ids, Floats]]:
    """Every combination of the first `lefts` stand-ins of `a` (none: the word itself) and the first `rights` of `b`."""
    across = np.maximum(rights, 1)
    sizes = np.maximum(lefts, 1) * across
    pair = np.repeat(np.arange(len(a)), sizes)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    left, right = (within // across[pair], within % across[pair]) if lefts.any() and rights.any() else (within, within)
    first, second = a[pair], b[pair]
    sides = []
    if lefts.any():
        place = words.substitute_starts[first] + left
        sides.append((lefts, place))
        first = words.substitutes[np.minimum(place, len(words.substitutes) - 1)]
    if rights.any():
        place = words.substitute_starts[second] + right
        sides.append((rights, place))
        second = words.substitutes[np.minimum(place, len(words.substitutes) - 1)]
    real = words.maybe_strong(first, second)
    for count, _ in sides:
        real &= count[pair] > 0
    chosen = np.flatnonzero(real)
    chance = np.zeros(len(chosen), np.float32)
    for _, place in sides:
        chance = chance + words.substitute_weights[place[chosen]] * np.float32(-WEIGHT_STEP)
    if len(sides) == 1:
        chance = chance + np.float32(KEPT)
    if sides:
        yield low + pair[chosen], first[chosen], second[chosen], chance


def _batches(sizes: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Runs of pairs with at most `BATCH` combinations together, or one pair."""
    total = np.cumsum(sizes)
    low = 0
    while low < len(total):
        done = int(total[low - 1]) if low else 0
        high = max(int(np.searchsorted(total, done + BATCH)), low + 1)
        yield low, high
        low = high


def _features(
    tokens: Tokens, words: Lexicon, hit: npt.NDArray[np.int64], best: _Readings, total: npt.NDArray[np.float64]
) -> Floats:
    """A row of `FEATURES` for each hit, with its best reading and the chance of all of them together."""
    first, second, joint = best.first, best.second, best.joint
    at, seen = tokens.pairs.at[hit], tokens.pairs.joint[hit]
    a, b = tokens.id[at], tokens.id[at + 1]
    frequency, uses = words.frequency, words.uses
    expected = frequency[a] + frequency[b]
    base = np.where(np.isfinite(seen), seen, np.minimum(expected - 0.5, RAREST))
    before = np.where((at > 0) & tokens.joined[at - 1], tokens.id[at - 1], UNKNOWN).astype(np.uint16)
    behind = np.minimum(at + 2, len(tokens.id) - 1)
    after = np.where(tokens.joined[at + 1], tokens.id[behind], UNKNOWN).astype(np.uint16)
    content = words.content
    closed_before, closed_after = ~((at > 0) & tokens.joined[at - 1]), ~tokens.joined[at + 1]
    together = words.strength(first, second, joint)
    one_left, one_right = first != a, second != b
    # What stands there and what was put back, each beside its neighbour; looked up in one go.
    sides = np.concatenate([before, b, before, second]), np.concatenate([a, after, first, after])
    fits = _fits(words, *sides).reshape(4, -1)
    known = ((sides[0] != UNKNOWN) & (sides[1] != UNKNOWN)).reshape(4, -1)
    gain = np.where(known[2:] & known[:2], fits[2:] - fits[:2], np.float32(0))
    affinity = words.affinity(np.append(sides[0], first), np.append(sides[1], second)).reshape(5, -1)
    columns = [
        np.ones(len(at)),
        best.channel - base,
        together,
        best.is_term,
        one_left & one_right,
        one_left,
        joint,
        np.isfinite(seen),
        np.maximum(expected, -12),
        np.log10(total) - best.channel,
        *gain,
        ~closed_before & ~content[before],
        closed_before,
        closed_after,
        ~closed_after & ~content[after],
        *uses[a].T,
        *uses[b].T[:3],
        *uses[first].T[:3],
        *uses[second].T[:2],
        frequency[a],
        frequency[b],
        best.weight,
        np.maximum(frequency[first] - frequency[a], frequency[second] - frequency[b]),
        np.where(one_left, words.spun[a], 0),
        np.where(one_right, words.spun[b], 0),
        words.spun[first],
        words.spun[second],
        np.where(one_left, words.swapped_in[a], 0),
        np.where(one_right, words.swapped_in[b], 0),
        tokens.pairs.affinity[hit],
        affinity[4],
        *affinity[:4],
        frequency[first],
        frequency[second],
        words.technical[a],
        words.technical[b],
        words.technical[first],
        words.technical[second],
    ]
    return np.stack([np.asarray(column, np.float32) for column in columns], 1)


def _fits(words: Lexicon, first: Ids, second: Ids) -> Floats:
    """How much more often than by chance pairs of words stand together, as a logarithm."""
    joint = words.joint(first, second)[0]
    return np.where(np.isfinite(joint), words.strength(first, second, joint), np.float32(-0.5))


def reason(tokens: Tokens, words: Lexicon, hits: Hits, hit: int) -> str:
    """What was put back in a hit, and why: ``container ← tank; “think tank” is a fixed term``."""
    at = int(hits.at[hit])
    now = words.words(tokens.id[at : at + 2])
    was = words.words([hits.first[hit], hits.second[hit]])
    changes = ", ".join(f"{one} ← {other}" for one, other in zip(now, was, strict=True) if one != other)
    kind = "a fixed term" if hits.feature("goal_is_term")[hit] else "a strong collocation"
    return f"{changes}; “{' '.join(was)}” is {kind}"
