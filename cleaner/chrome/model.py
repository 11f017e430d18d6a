"""The weights, and what they say of a line: two linear models, then trees and a network, which know nothing of each other."""

import functools
import hashlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from cleaner.chrome.characters import Floats, Hashes, Integers, mixed
from cleaner.chrome.lines import LineFeatures
from cleaner.chrome.surroundings import context, own_features
from cleaner.network import Network
from cleaner.text import Elements
from cleaner.trees import Trees

MODELS = Path(__file__).parent.parent / "models"
LINE_BREAKS = MODELS / "line-breaks.npz"
"""The weights of `cleaner.chrome.line_breaks`, whatever folder the others come from."""

ELEMENT_WEIGHTS = 1 << 16
"""What the hashes of the names of elements, classes, ids and roles are cut to; see `cleaner.chrome.lines.WORD_WEIGHTS`."""
# Of the elements around a line, from the innermost on, those of one group share their weights.
_LEVEL_GROUPS = (0, 1, 2, 2, 3, 3, 3, 3, 3, 3)
# What the network's log-odds count beside those of the trees, and how large they are at most: of lines unlike those that it has
# learned from it is as certain, and then the trees are to be heard. See the card.
NETWORK_SHARE, NETWORK_MOST = np.float32(0.4), np.float32(5)

LIKELY = 0.5
"""A line with less than this probability of being content is likely chrome."""


class Model(msgspec.Struct, frozen=True, eq=False):
    """The weights for one kind of document."""

    words: Floats
    elements: Floats
    trees: Trees
    network: Network
    kinds: npt.NDArray[Any]
    kind_weights: Floats
    """For each kind the weights of `page_vector`."""
    headline: Floats
    """The weights of `headline_features`; of pages none."""
    sure: float = 0.0
    """Below this probability of content a line may go from text that is likely clean; chosen so that few clean articles lose
    any, see the card."""


@functools.lru_cache(maxsize=16)
def load(folder: Path, kind: str) -> Model:
    """The weights in ``chrome-KIND.npz``; nothing in the file is executed."""
    with np.load(folder / f"chrome-{kind}.npz", allow_pickle=False) as read:
        words, elements = (read[name].astype(np.float32) * np.float32(read[f"{name}_scale"]) for name in ("words", "elements"))
        trees = Trees.read(read, "trees_")
        network = Network.read(read, "network_")
        kinds, kind_weights = read["kinds"], read["kind_weights"]
        headline = read["headline"] if kind == "text" else np.zeros(0, np.float32)
        sure = float(read["sure"])
    return Model(words, elements, trees, network, kinds, kind_weights, headline, sure)


@functools.lru_cache(maxsize=16)
def digest(folder: Path = MODELS) -> str:
    """A name for exactly these weights, those for lost line breaks included."""
    found = hashlib.sha256()
    for file in (*sorted(folder.glob("chrome-*.npz")), LINE_BREAKS):
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


def model_features(
    word_weights: Floats, element_weights: Floats, made: LineFeatures, evidence: Floats, elements: Elements | None
) -> tuple[Floats, Integers]:
    """What the trees see of each line, after the linear models; and the reason that each feature stands for."""
    word_scores = logistic(linear(word_weights, made.tokens, made.starts))
    element_scores = logistic(element_linear(element_weights, elements)) if elements else None
    return context(made, word_scores, evidence, elements, element_scores)


def odds(model: Model, features: Floats, made: LineFeatures, elements: Elements | None) -> Floats:
    """The log-odds of each line, from what the trees see: theirs and those of the network."""
    by_network = model.network.score(own_features(features, elements), made.weight)
    by_network = np.clip(by_network, -NETWORK_MOST, NETWORK_MOST)
    return model.trees.score(features) * (1 - NETWORK_SHARE) + by_network * NETWORK_SHARE


def best_cut(content: Floats, words: Floats) -> float:
    """The probability from which on lines are kept so that the expected word F1 is highest.

    With lines in falling order of probability p and n words each, the expected F1 of the first k is 2·Σpn over (Σn of these +
    Σpn of all), and the optimal cut is half the highest value of it (Lewis 1995; Lipton, Elkan and Naryanaswamy 2014).
    """
    if not len(content):
        return 0.0
    order = np.argsort(-content, kind="stable")
    gained = np.cumsum((content.astype(np.float64) * words)[order])
    expected = 2 * gained / np.maximum(np.cumsum(words[order]) + gained[-1], 1e-9)
    return float(expected.max() / 2)


def page_vector(features: Floats, content: Floats, words: Floats) -> Floats:
    """A page as a whole: the means of its lines' features, over all lines and over what is likely content; and a constant."""
    weight = content * words + np.float32(1e-6)
    parts = [features.sum(0) / max(len(features), 1), (features * weight[:, None]).sum(0) / max(weight.sum(), 1e-6), np.ones(1)]
    return np.concatenate(parts).astype(np.float32)


def kinds_of_page(kind_weights: Floats, page: Floats) -> Floats:
    """The probability of each kind of page, given the `page_vector` of one."""
    scores = kind_weights @ page
    chances = np.exp(scores - scores.max())
    return (chances / chances.sum()).astype(np.float32)


def linear(weights: Floats, tokens: Integers, starts: Integers) -> Floats:
    """For each line the sum of the weights of its tokens over the root of their number; `starts` are its first tokens."""
    count = np.diff(np.append(starts, len(tokens)))
    return _sums(weights[tokens], starts) / np.sqrt(np.maximum(count, 1)).astype(np.float32)


def element_linear(weights: Floats, elements: Elements) -> Floats:
    """As `linear`, over the tokens of the elements that a line stands in."""
    sums = np.stack([_sums(weights[_in_group(elements.tokens, group)], elements.token_starts) for group in range(4)])
    count = np.diff(np.append(elements.token_starts, len(elements.tokens)))
    there, sort = elements.around >= 0, elements.sorts[elements.around]
    score = np.where(there, sums[np.array(_LEVEL_GROUPS), sort], 0).sum(1)
    return (score / np.sqrt(np.maximum(np.where(there, count[sort], 0).sum(1), 1))).astype(np.float32)


def element_tokens(elements: Elements) -> tuple[Integers, Integers]:
    """The hashed tokens of the elements around each line, and with which token each line starts."""
    around = elements.around
    starts = elements.token_starts
    counts = np.diff(np.append(starts, len(elements.tokens)))
    lines, tokens = [], []
    for level in range(elements.LEVELS):
        there = np.flatnonzero(around[:, level] >= 0)
        sort = elements.sorts[around[there, level]]
        number = counts[sort]
        first = np.repeat(starts[sort], number)
        within = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
        lines.append(np.repeat(there, number))
        tokens.append(_in_group(elements.tokens[first + within], _LEVEL_GROUPS[level]))
    line = np.concatenate(lines)
    order = np.argsort(line, kind="stable")
    return np.concatenate(tokens)[order], np.searchsorted(line[order], np.arange(len(around)))


def _in_group(tokens: Hashes, group: int) -> Integers:
    return (mixed(tokens + np.uint32(group * 40_503 + 1)) % ELEMENT_WEIGHTS).astype(np.int64)


def _sums(values: Floats, starts: Integers) -> Floats:
    """The sum of the values from each start to the next; 0 where there are none."""
    sums = np.zeros(len(values) + 1, np.float64)
    np.cumsum(values, out=sums[1:])
    bounds = np.append(starts, len(values))
    return (sums[bounds[1:]] - sums[bounds[:-1]]).astype(np.float32)


def logistic(scores: Floats) -> Floats:
    return (1 / (1 + np.exp(-np.clip(scores, -15, 15)))).astype(np.float32)
