"""How much of a text stands in it twice: lines, paragraphs, sequences of tokens.

The measures are Gopher's (Rae et al. 2021, arXiv 2112.11446, table A1), computed as datatrove does, whose filters made
FineWeb: shares are of all characters of the text; a duplicate is what has stood before, so the first of several does not
count. Near-duplicate paragraphs are told by containment (Broder 1997, "On the resemblance and containment of documents").
"""

from bisect import bisect_left
from collections.abc import Iterator

import numpy as np

from cleaner.signals.hashing import Hashes, Places, mixed
from cleaner.signals.survey import Survey

TOP_SIZES = (2, 3, 4)
DUPLICATE_SIZES = (5, 6, 7, 8, 9, 10)
# A paragraph is nearly a duplicate where it has so many sequences of four tokens, and this share of them stood before.
NEAR_SHARE = 0.8
NEAR_GRAMS = 8

_STEP = np.uint64(0x94D049BB133111EB)
# A table of counts takes eight bytes for each of so many slots at most.
_MOST_TABLE_BITS = 21


def repetition(survey: Survey) -> Iterator[tuple[str, float]]:
    """The signals of repetition, by name; see `cleaner.signals.DEFINITIONS`."""
    text = survey.text
    characters = max(len(text), 1)
    starts, ends = survey.lines.whole_starts - 1, survey.lines.whole_ends - 1  # in `text`
    yield from _duplicates("line", text, starts, ends, characters)
    first = survey.paragraph_lines
    last = np.append(first[1:], len(starts)) - 1 if len(first) else first
    yield from _duplicates("paragraph", text, starts[first], ends[last], characters)
    yield from _sequences(survey, survey.lines.starts[first], characters)


def _duplicates(what: str, text: str, starts: Places, ends: Places, characters: int) -> Iterator[tuple[str, float]]:
    """Share of the stretches that have stood before, and share of the characters that these are."""
    # Python's own hash of each stretch: exact but for one chance in 2**64, and nobody can make it collide.
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    hashes = np.fromiter((hash(text[start:end]) for start, end in spans), np.int64, len(starts))
    order = np.argsort(hashes)
    again = hashes[order[1:]] == hashes[order[:-1]]
    repeated = order[1:][again]
    yield f"duplicate_{what}_share", len(repeated) / max(len(starts), 1)
    yield f"duplicate_{what}_character_share", int((ends - starts)[repeated].sum()) / characters


def _sequences(survey: Survey, paragraphs: Places, characters: int) -> Iterator[tuple[str, float]]:
    """What stands twice as a sequence of n + 1 tokens does as one of n, so that there is ever less to look at."""
    hashes = survey.token_hashes
    # Characters in the tokens before each.
    behind = np.concatenate([[0], np.cumsum(survey.token_ends - survey.token_starts)])
    places, values = np.arange(len(hashes)), hashes
    for size in TOP_SIZES:
        places = places[: np.searchsorted(places, len(hashes) - size, "right")]
        values = mixed(values[: len(places)] * _STEP + hashes[places + size - 1])
        places, values, most, first = _repeated(places, values)
        top = most * (int(behind[first + size] - behind[first]) + size - 1) if len(hashes) >= size else 0
        yield f"top_{size}_gram_share", top / characters
    yield "near_duplicate_paragraph_share", _near_duplicates(places, values, survey.token_starts, paragraphs)
    for size in DUPLICATE_SIZES:
        # All the sequences of four in it stand twice, too, one behind the other.
        more = size - TOP_SIZES[-1]
        begins = places[:-more][places[more:] - places[:-more] == more]
        yield f"duplicate_{size}_gram_share", _greedy(begins, hashes, behind, size) / characters


def _repeated(places: Places, values: Hashes) -> tuple[Places, Hashes, int, int]:
    """Those places whose values stand at several, with them; how often the most frequent one does, and its first place.

    Where none stands twice that is once, and the first place of all.
    """
    if len(values):
        # A table of counts tells most of those that stand there once, at a tenth of what sorting costs.
        bits = min((4 * len(values)).bit_length(), _MOST_TABLE_BITS)
        slots = (values >> np.uint64(64 - bits)).astype(np.intp)
        maybe = np.bincount(slots, minlength=1 << bits)[slots] > 1
        places, values = places[maybe], values[maybe]
    order = np.argsort(values)
    ordered = values[order]
    begins = np.concatenate([[True], ordered[1:] != ordered[:-1], [True]])
    edges = np.flatnonzero(begins)
    numbers = edges[1:] - edges[:-1]
    most = int(numbers.max()) if len(values) else 1
    if most == 1:
        return places[:0], values[:0], 1, 0
    firsts = np.minimum.reduceat(places[order], edges[:-1])[numbers == most]
    repeated = np.empty(len(values), np.bool_)
    repeated[order] = ~(begins[:-1] & begins[1:])
    return places[repeated], values[repeated], most, int(firsts.min())


def _greedy(places: Places, hashes: Hashes, behind: Places, size: int) -> int:
    """The characters of the sequences of `size` tokens that have stood before, read from the start; `places` are where one may.

    Reading goes on behind each: one that begins inside of one that was counted is neither counted nor remembered.
    """
    if not len(places):
        return 0
    data, width = hashes.tobytes(), hashes.itemsize
    listed = places.tolist()
    seen: set[int] = set()
    counted: list[int] = []
    at = 0
    while at < len(listed):
        place = listed[at]
        sequence = hash(data[width * place : width * (place + size)])
        if sequence in seen:
            counted.append(place)
            at = bisect_left(listed, place + size, at + 1, min(at + size, len(listed)))
        else:
            seen.add(sequence)
            at += 1
    again = np.array(counted, np.intp)
    return int((behind[again + size] - behind[again]).sum())


def _near_duplicates(places: Places, values: Hashes, token_starts: Places, paragraphs: Places) -> float:
    """The share of the paragraphs most of whose sequences stand in earlier ones; the `places` are those that stand twice."""
    if not len(places):
        return 0.0
    size = TOP_SIZES[-1]
    first_tokens = np.searchsorted(token_starts, paragraphs)
    grams = np.diff(first_tokens, append=len(token_starts)) - size + 1
    of = np.searchsorted(first_tokens, places, "right") - 1  # the paragraph that each is of
    inside = of == np.searchsorted(first_tokens, places + size - 1, "right") - 1
    begins, values = of[inside], values[inside]
    order = np.argsort(values, kind="stable")
    fresh = np.concatenate([[True], values[order[1:]] != values[order[:-1]]])
    first = begins[order][np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))]
    earlier = np.bincount(begins[order][first < begins[order]], minlength=len(paragraphs))
    near = (grams >= NEAR_GRAMS) & (earlier >= NEAR_SHARE * grams)
    return float(np.count_nonzero(near)) / len(paragraphs)
