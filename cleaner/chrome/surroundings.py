"""What the trees see of a line: itself, its neighbours, the blocks and the like elements it stands in, the page as a whole."""

from collections.abc import Iterator, Sequence

import numpy as np

from cleaner.chrome.characters import Floats, Integers, mixed
from cleaner.chrome.lines import MOST_WORDS, N_PAGE, N_PLACE, N_SHAPE, SHAPE, LineFeatures, quantile, word_hashes
from cleaner.text import Elements

# Ancestors by which the surroundings of a line are measured.
_BLOCKS = (1, 2, 3, 4, 6, 8)
_NEIGHBOURS = (1, -1, 2, -2, 3, -3)
_WINDOWS = (2, 5, 15)
# So many lines in like elements count at most, for the reason that `MOST_LINES` has.
_MOST_ALIKE = 150

REASONS = (
    "its words",
    "its shape",
    "its place",
    "its neighbours",
    "its elements",
    "its block",
    "the page",
    "a rule",
    "its links",
)
"""What a feature may stand for, in words."""
_WORDS, _SHAPE, _PLACE, _AROUND, _ELEMENTS, _BLOCK, _PAGE, _RULE, _LINKS = range(len(REASONS))

N_LAYOUT = 22 + len(Elements.KINDS)
# What is true of a line by itself: its shape, place and page, its words, what rules say; of a text's its links, and of a page's
# its elements.
_N_OWN = N_SHAPE + N_PLACE + N_PAGE + 2
N_OWN_OF_TEXT = _N_OWN + 2
N_OWN_OF_PAGE = _N_OWN + 1 + N_LAYOUT
# The features of a line that its neighbours are told of, the gap before it among them.
_TOLD = (
    *(SHAPE.index(name) for name in ("characters", "words", "capitals", "digits", "marks", "short words", "long words")),
    *(SHAPE.index(name) for name in ("ends a sentence", "repeats", "long")),
    N_SHAPE,
)


def context(
    made: LineFeatures, words: Floats, evidence: Floats, elements: Elements | None, by_elements: Floats | None
) -> tuple[Floats, Integers]:
    """What the trees see: each line, what the linear models say of it (`words`, `by_elements`), and its surroundings.

    A row for each line; and for each feature the reason that it stands for, an index into `REASONS`.
    """
    columns = _Columns()
    weight = made.weight
    columns.add(_SHAPE, made.shape[:, :N_SHAPE])
    columns.add(_PLACE, made.shape[:, N_SHAPE : N_SHAPE + N_PLACE])
    columns.add(_PAGE, made.shape[:, N_SHAPE + N_PLACE :])
    columns.add(_WORDS, words)
    columns.add(_RULE, evidence)
    told = [made.shape[:, _TOLD], words[:, None], evidence[:, None]]
    means = [words, made.of("ends counted"), made.of("long"), evidence]
    if elements is None or by_elements is None:
        columns.add(_LINKS, made.links)
        told.append(made.links)
        means.append(made.links[:, 0])
    else:
        layout = _layout(elements, made.words)
        columns.add(_ELEMENTS, by_elements)
        columns.add(_ELEMENTS, layout)
        told += [by_elements[:, None], layout[:, :3]]
        means += [by_elements, elements.link_share]
    _add_neighbours(columns, np.concatenate(told, 1))
    _add_window_means(columns, np.stack(means, 1), weight)
    _add_totals(columns, words, weight)
    if elements is not None and by_elements is not None:
        _add_totals(columns, by_elements, weight)
        _add_blocks(columns, elements, (words, by_elements, words * by_elements), weight)
        for group in _alike(elements):
            _add_alike(columns, group, (words, by_elements, elements.link_share), weight)
        columns.add(_PAGE, _told_elsewhere(made, elements))
    return columns.joined()


def own_features(features: Floats, elements: Elements | None) -> Floats:
    """Of what the trees see that which is true of a line by itself; it stands first. The network sees this alone."""
    return features[:, : N_OWN_OF_TEXT if elements is None else N_OWN_OF_PAGE]


def _layout(elements: Elements, words: Floats) -> Floats:
    """Links, depth, the text and links of the elements around, and which of `Elements.KINDS` a line stands in."""
    around = elements.around
    plain, linked = (np.append(0, np.cumsum(words * share)) for share in (1 - elements.link_share, elements.link_share))
    text = plain[elements.end_line] - plain[elements.first_line]
    links = linked[elements.end_line] - linked[elements.first_line]
    columns: list[Floats] = [elements.link_share, np.log1p(elements.links) / 3, elements.depth[elements.of_line] / 20]
    for level in range(1, 9):
        there, element = around[:, level] >= 0, np.maximum(around[:, level], 0)
        columns.append(np.where(there, np.log1p(np.minimum(text[element], MOST_WORDS)) / 8, 0))
        columns.append(np.where(there, links[element] / np.maximum(text[element] + links[element], 1), 0))
        if level in (2, 4, 6):
            columns.append(np.where(there, text[element] / max(float(plain[-1]), 1.0), 0))
    kinds = elements.kinds[elements.of_line]
    columns += [(kinds >> bit) & 1 for bit in range(len(Elements.KINDS))]
    return np.stack(columns, 1).astype(np.float32)


def _told_elsewhere(made: LineFeatures, elements: Elements) -> Floats:
    """How much of each line the page says in its head too: in its title, its description, its text for machines."""
    number = len(made.words)
    any_word = np.maximum(made.words, 1)
    columns: list[Floats] = []
    for told in (elements.title, elements.description):
        hashes = np.unique(word_hashes(told))
        there = np.bincount(made.word_line[np.isin(made.hashes, hashes)], minlength=number)
        columns += [there / any_word, there / max(len(hashes), 1)]
    pairs = made.hashes[:-1] * np.uint32(0x85EBCA6B) + made.hashes[1:]
    structured = word_hashes(elements.structured)
    known = np.isin(pairs, structured[:-1] * np.uint32(0x85EBCA6B) + structured[1:])
    there = np.bincount(made.word_line[1:][known], minlength=number)
    columns.append(there / any_word if len(structured) else np.full(number, -1.0))
    return np.stack(columns, 1).astype(np.float32)


def _alike(elements: Elements) -> Iterator[Integers]:
    """Two numbers for each line, equal where elements are alike: the names of five elements, the classes and all of three."""
    around = elements.around
    tokens = np.append(elements.tokens, np.uint32(0))
    sums = np.zeros(len(tokens), np.uint32)
    np.cumsum(mixed(elements.tokens), dtype=np.uint32, out=sums[1:])
    bounds = np.append(elements.token_starts, len(elements.tokens))
    names = sums[bounds[1:]] - sums[bounds[:-1]]
    sort = elements.sorts[np.maximum(around, 0)]
    for hashes, levels in ((tokens[bounds[:-1]], 5), (names, 3)):
        signature = np.zeros(len(around), np.uint32)
        for level in range(levels):
            own = np.where(around[:, level] >= 0, hashes[sort[:, level]], np.uint32(7))
            signature = signature * np.uint32(1_000_003) + own
        yield np.unique(signature, return_inverse=True)[1]


class _Columns:
    """Features and the reasons that they stand for."""

    def __init__(self) -> None:
        self._columns: list[Floats] = []
        self._groups: list[int] = []

    def add(self, reason: int, values: Floats) -> None:
        table = values[:, None] if values.ndim == 1 else values
        self._columns.append(table)
        self._groups += [reason] * table.shape[1]

    def joined(self) -> tuple[Floats, Integers]:
        table = np.concatenate(self._columns, 1, dtype=np.float32, casting="same_kind")
        return table, np.array(self._groups, np.int8)


def _add_neighbours(columns: _Columns, table: Floats) -> None:
    """The rows around each; zeros beyond the edges."""
    number, reach = len(table), max(_NEIGHBOURS)
    padded = np.zeros((number + 2 * reach, table.shape[1]), table.dtype)
    padded[reach : reach + number] = table
    for distance in _NEIGHBOURS:
        columns.add(_AROUND, padded[reach - distance : reach - distance + number])


def _add_window_means(columns: _Columns, table: Floats, weight: Floats) -> None:
    """Means over some lines on either side, a line counting with its words."""
    number = len(table)
    sums = np.zeros((number + 1, table.shape[1] + 1))
    np.cumsum(np.concatenate([table * weight[:, None], weight[:, None]], 1), axis=0, out=sums[1:])
    place = np.arange(number)
    for size in _WINDOWS:
        part = sums[np.minimum(place + size + 1, number)] - sums[np.maximum(place - size, 0)]
        columns.add(_AROUND, part[:, :-1] / np.maximum(part[:, -1:], 1e-6))


def _add_totals(columns: _Columns, scores: Floats, weight: Floats) -> None:
    """How much of what looks like content stands before and behind a line, and how much there is."""
    number = len(scores)
    mass = np.cumsum(scores * weight)
    total = float(mass[-1]) if number else 0.0
    columns.add(_PLACE, mass / max(total, 1e-6))
    likely = np.cumsum(np.where(scores > 0.5, weight, 0))
    columns.add(_PLACE, likely / max(float(likely[-1]) if number else 0.0, 1.0))
    columns.add(_PAGE, np.full(number, total / max(float(weight.sum()), 1e-6)))
    columns.add(_PAGE, np.full(number, quantile(scores, 0.9) if number else 0.0))


def _add_blocks(columns: _Columns, elements: Elements, scores: Sequence[Floats], weight: Floats) -> None:
    """What the linear models say of the elements around a line as wholes, and how much of the page these hold."""
    around = elements.around[:, _BLOCKS]
    there, element = around >= 0, np.maximum(around, 0)
    first, end = elements.first_line, elements.end_line
    weights = np.append(0, np.cumsum(weight))
    held = weights[end] - weights[first]
    for one in scores:
        sums = np.append(0, np.cumsum(one * weight))
        mean = (sums[end] - sums[first]) / np.maximum(held, 1e-6)
        columns.add(_BLOCK, np.where(there, mean[element], -1))
    columns.add(_BLOCK, np.where(there, held[element] / max(float(weights[-1]), 1e-6), -1))


def _add_alike(columns: _Columns, group: Integers, scores: Sequence[Floats], weight: Floats) -> None:
    """The lines in like elements (the names in a list of articles, say): how many, how long, where, and how they score."""
    count = np.bincount(group)
    number = len(group)
    place = np.arange(number)
    first, last = np.empty(len(count), np.int64), np.empty(len(count), np.int64)
    first[group[::-1]] = place[::-1]  # of several the last stays
    last[group] = place
    weights = np.bincount(group, weight, len(count))
    columns.add(_BLOCK, np.log1p(np.minimum(count, _MOST_ALIKE))[group])
    columns.add(_BLOCK, (weights / np.maximum(count, 1))[group])
    columns.add(_BLOCK, (weights / max(float(weight.sum()), 1e-6))[group])
    columns.add(_BLOCK, (first / max(number, 1))[group])
    columns.add(_BLOCK, (last / max(number, 1))[group])
    for one in scores:
        columns.add(_BLOCK, (np.bincount(group, one * weight, len(count)) / np.maximum(weights, 1e-6))[group])
