"""How much of a text stands in it twice: lines, paragraphs, sequences of tokens.

The measures are Gopher's (Rae et al. 2021, arXiv 2112.11446, table A1), computed as datatrove does, whose filters made
FineWeb: shares are of all characters of the text; a duplicate is what has stood before, so the first of several does not
count. Near-duplicate paragraphs are told by containment (Broder 1997, "On the resemblance and containment of documents").
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from cleaner.signals.hashing import Hashes, Places, mixed
from cleaner.signals.survey import Column, Survey, numbers_of, shares, sizes

TOP_SIZES = (2, 3, 4)
DUPLICATE_SIZES = (5, 6, 7, 8, 9, 10)
# A paragraph is nearly a duplicate where it has so many sequences of four tokens, and this share of them stood before.
NEAR_SHARE = 0.8
NEAR_GRAMS = 8

_ODD = 0x2545F4914F6CDD1D
_STEP = np.uint64(0x94D049BB133111EB)
# A table takes eight bytes for each of so many slots at most.
_MOST_TABLE_BITS = 21


def repetition(survey: Survey) -> Iterator[tuple[str, Column]]:
    """The signals of repetition, by name; see `cleaner.signals.DEFINITIONS`."""
    characters = [len(text) for text in survey.texts]
    yield from _duplicates(survey, characters)
    yield from _sequences(survey, survey.lines.starts[survey.paragraph_lines], characters)


def _duplicates(survey: Survey, characters: Sequence[int]) -> Iterator[tuple[str, Column]]:
    """Of lines and of paragraphs the share that has stood before, and the share of the characters that these are."""
    first = survey.paragraph_lines
    last = np.append(first[1:], len(survey.lines.starts)) - 1 if len(first) else first
    line_starts, line_ends = survey.lines.whole_starts, survey.lines.whole_ends
    starts, ends = np.append(line_starts, line_starts[first]), np.append(line_ends, line_ends[last])
    numbers = sizes(survey.line_bounds.tolist()) + sizes(survey.bounds(line_starts[first]).tolist())
    # A line is told from a paragraph, and one text from another, by where its duplicates are counted.
    count = len(survey.texts)
    counted_at = np.repeat(np.arange(2 * count), numbers)
    lengths = ends - starts
    # Equal ones are of one length, and have the same characters here and there.
    likeness = (counted_at << 32) + lengths
    for part in (2, 3):
        likeness = likeness * _ODD + survey.codes[starts + lengths // part]
    maybe = np.flatnonzero(_numbers(mixed(likeness.view(np.uint64))) > 1)
    seen: set[tuple[int, str]] = set()
    again, taken = [0] * 2 * count, [0] * 2 * count
    begins = starts[maybe] - survey.edges[counted_at[maybe] % max(count, 1)] - 1  # in its text
    for at, begin, length in zip(counted_at[maybe].tolist(), begins.tolist(), lengths[maybe].tolist(), strict=True):
        stretch = at, survey.texts[at % count][begin : begin + length]
        if stretch in seen:
            again[at] += 1
            taken[at] += length
        seen.add(stretch)
    for what, of in (("line", slice(count)), ("paragraph", slice(count, None))):
        yield f"duplicate_{what}_share", shares(again[of], numbers[of])
        yield f"duplicate_{what}_character_share", shares(taken[of], characters)


def _sequences(survey: Survey, paragraphs: Places, characters: Sequence[int]) -> Iterator[tuple[str, Column]]:
    """What stands twice as a sequence of n + 1 tokens does as one of n, so that there is ever less to look at."""
    bounds = survey.token_bounds
    # Characters in the tokens before each.
    behind = np.concatenate([[0], np.cumsum(survey.token_ends - survey.token_starts)])
    # Tokens of different texts are different: no sequence stands in two, and none that reaches into the next stands twice.
    hashes = survey.token_hashes
    if len(survey.texts) > 1:
        hashes = hashes + np.repeat(mixed(np.arange(len(survey.texts), dtype=np.uint64)), np.diff(bounds))
    places, values = np.arange(len(hashes) - 1), mixed(hashes[:-1] * _STEP + hashes[1:])
    for size in range(2, DUPLICATE_SIZES[-1] + 1):
        numbers = _numbers(values)
        if size in TOP_SIZES:
            tops = _tops(places, numbers, behind, bounds, size)
            yield f"top_{size}_gram_share", shares(tops, characters)
        repeated = numbers > 1
        places, values = places[repeated], values[repeated]
        if size == TOP_SIZES[-1]:
            yield "near_duplicate_paragraph_share", _near_duplicates(survey, places, values, paragraphs)
        if size in DUPLICATE_SIZES:
            of_texts = pairwise(np.searchsorted(places, bounds).tolist())
            again = [_greedy(places[start:end], values[start:end], behind, size) for start, end in of_texts]
            yield f"duplicate_{size}_gram_share", shares(again, characters)
        places = places[: np.searchsorted(places, len(hashes) - size)]
        values = mixed(values[: len(places)] * _STEP + hashes[places + size])


def _tops(places: Places, numbers: Places, behind: Places, bounds: Places, size: int) -> list[int]:
    """For each text the characters of its most frequent sequence, all times that it stands there.

    Of several that are the first, and where none stands there twice, the first of the text.
    """
    tops = []
    of_texts = zip(pairwise(bounds.tolist()), pairwise(np.searchsorted(places, bounds).tolist()), strict=True)
    for (first, last), (start, end) in of_texts:
        most, place = 1, first
        if start < end:
            at = start + int(np.argmax(numbers[start:end]))
            if numbers[at] > 1:
                most, place = int(numbers[at]), int(places[at])
        tops.append(most * (int(behind[place + size] - behind[place]) + size - 1) if first + size <= last else 0)
    return tops


def _numbers(values: Hashes) -> Places:
    """For each value how many are equal to it, itself included."""
    if not len(values):
        return np.zeros(0, np.intp)
    # A table with the last value of each slot tells of most of them, at a third of what sorting costs.
    bits = min((4 * len(values)).bit_length(), _MOST_TABLE_BITS)
    slots = (values >> np.uint64(64 - bits)).astype(np.intp)
    table = np.empty(1 << bits, np.intp)
    table[slots] = np.arange(len(values))
    equal = table[slots]
    del slots, table  # of a long text, that is much
    others = np.flatnonzero(values[equal] != values)
    equal[others] = len(values)
    numbers = np.bincount(equal, minlength=len(values) + 1)[equal]
    if len(others):
        numbers[others] = _numbers_sorted(values[others])
    return numbers


def _numbers_sorted(values: Hashes) -> Places:
    """As `_numbers`, by sorting them."""
    order = np.argsort(values)
    ordered = values[order]
    edges = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]]))
    equal = np.diff(edges)
    numbers = np.empty(len(values), np.intp)
    numbers[order] = np.repeat(equal, equal)
    return numbers


def _greedy(places: Places, values: Hashes, behind: Places, size: int) -> int:
    """The characters of the sequences of `size` tokens that have stood before, read from the start.

    `places` are those of all that stand there more than once. Reading goes on behind each: one that begins inside of one that
    was counted is neither counted nor remembered.
    """
    seen: set[int] = set()
    counted: list[int] = []
    free = 0
    for place, value in zip(places.tolist(), values.tolist(), strict=True):
        if place < free:
            continue
        if value in seen:
            counted.append(place)
            free = place + size
        else:
            seen.add(value)
    if not counted:
        return 0
    begins = np.array(counted)
    return int((behind[begins + size] - behind[begins]).sum())


def _near_duplicates(survey: Survey, places: Places, values: Hashes, paragraphs: Places) -> list[float]:
    """For each text the share of its paragraphs most of whose sequences stand in earlier ones.

    `places` are the sequences of four that stand twice, `paragraphs` where paragraphs begin.
    """
    bounds = survey.bounds(paragraphs).tolist()
    if not len(places):
        return [0.0] * len(survey.texts)
    size = TOP_SIZES[-1]
    first_tokens = np.searchsorted(survey.token_starts, paragraphs)
    grams = np.diff(first_tokens, append=len(survey.token_starts)) - size + 1
    of = np.searchsorted(first_tokens, places, "right") - 1  # the paragraph that each is of
    inside = of == np.searchsorted(first_tokens, places + size - 1, "right") - 1
    begins, values = of[inside], values[inside]
    least = np.where(grams >= NEAR_GRAMS, NEAR_SHARE * grams, np.inf)
    if not (np.bincount(begins, minlength=len(paragraphs)) >= least).any():
        return [0.0] * len(survey.texts)
    order = np.argsort(values, kind="stable")
    fresh = np.concatenate([[True], values[order[1:]] != values[order[:-1]]])
    first = begins[order][np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))]
    earlier = np.bincount(begins[order][first < begins[order]], minlength=len(paragraphs))
    return shares(numbers_of(earlier >= least, bounds), sizes(bounds))
