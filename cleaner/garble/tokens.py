"""The words of a text, and which of them stand side by side."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cleaner.garble.hashes import hash_spans
from cleaner.garble.lexicon import UNKNOWN, Floats, Ids, Lexicon


class Pairs(NamedTuple):
    """Words that stand side by side: known ones in small letters, the first at most as a sentence's first with a capital."""

    at: npt.NDArray[np.int64]
    """The number of the first word."""
    joint: Floats
    is_term: npt.NDArray[np.bool_]
    """Of each pair what `Lexicon.joint` says."""
    affinity: Floats


class Tokens(NamedTuple):
    """The words of a text, which are runs of letters. Offsets are code points."""

    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    id: Ids
    capital: npt.NDArray[np.bool_]
    """Whether it begins with a capital letter."""
    joined: npt.NDArray[np.bool_]
    """Whether only white space or a hyphen, no paragraph's end, stands between it and the next."""
    sentence_start: npt.NDArray[np.bool_]
    """Whether nothing or the end of a sentence stands before it."""
    pairs: Pairs


# What a code point is to the cutting of words, by class: a letter, what may stand between the words of a phrase, a line
# break, the end of a sentence, anything else.
_LETTER, _SPACE, _BREAK, _STOP, _OTHER = range(5)
_CLASSES = np.full(128, _OTHER, np.uint8)
_CLASSES[[*range(65, 91), *range(97, 123)]] = _LETTER
_CLASSES[[*b" \t-"]] = _SPACE
_CLASSES[[*b"\n\r"]] = _BREAK
_CLASSES[[*b".!?:;"]] = _STOP
_SPACES = (0xA0, 0x2010, 0x2011, 0x202F)


def cut_words(text: str, words: Lexicon) -> Tokens:
    """The words of `text`: runs of ASCII letters that no other letter or digit touches."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    narrow = np.minimum(codes, 127).astype(np.uint8)
    kind = _CLASSES[narrow]
    if len(codes) and codes.max() > 127:
        wide = np.flatnonzero(codes > 127)
        kind[wide] = np.where(np.isin(codes[wide], _SPACES), _SPACE, _OTHER)
    letter = kind == _LETTER
    edges = np.flatnonzero(np.diff(np.concatenate([[False], letter, [False]]).astype(np.int8)))
    start, end = edges[::2], edges[1::2]
    lower = narrow | np.where(letter, np.uint8(32), np.uint8(0))
    ids = words.numbers(hash_spans(lower, start, end))
    # Letters of other scripts and digits make a word one that is not known; so does an apostrophe before its end.
    padded = np.concatenate([[32], codes, [32]])
    touched = _joins_words(padded[start]) | _joins_words(padded[end + 1])
    ids[touched] = UNKNOWN
    ahead = np.concatenate([start[1:], [len(codes)]])
    gap = ahead - end
    blank = np.concatenate([[0], np.cumsum((kind == _SPACE) | (kind == _BREAK))])
    breaks = np.concatenate([[0], np.cumsum(codes == 10)])
    joined = (gap <= 3) & (blank[ahead] - blank[end] == gap) & (breaks[ahead] - breaks[end] <= 1)
    if len(joined):
        joined[-1] = False
    stops = np.concatenate([[0], np.cumsum((kind == _STOP) | (kind == _BREAK))])
    behind = np.concatenate([[0], end[:-1]])
    sentence_start = stops[start] > stops[behind]
    if len(start):
        sentence_start[0] = True
    capital = narrow[start] < 97 if len(start) else np.zeros(0, bool)
    return Tokens(start, end, ids, capital, joined, sentence_start, _pairs(ids, capital, joined, sentence_start, words))


def _pairs(
    ids: Ids,
    capital: npt.NDArray[np.bool_],
    joined: npt.NDArray[np.bool_],
    sentence_start: npt.NDArray[np.bool_],
    words: Lexicon,
) -> Pairs:
    known = ids != UNKNOWN
    first, second = known & joined & (~capital | sentence_start), known & ~capital
    at = np.flatnonzero(first[:-1] & second[1:])
    return Pairs(at, *words.joint(ids[at], ids[at + 1]), words.affinity(ids[at], ids[at + 1]))


def _joins_words(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    return _JOINING.take(np.minimum(codes, len(_JOINING) - 1))


# By code point, all from the last on alike: digits, letters outside ASCII, and what holds words, names and addresses together.
_JOINING = np.zeros(0x3041, bool)
_JOINING[[*b"0123456789'_@/\\", ord("’")]] = True
_JOINING[0xC0:0x2000] = _JOINING[0x3040] = True
