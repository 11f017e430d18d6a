"""Scripts, style sheets and data of a page, which a converter took for text.

Whoever strips the tags of a page by a pattern, or asks for all of its text, gets what stands in `<script>` and `<style>` along,
which may be ten times as much as the text. A model of pieces of lines and of what stands around them knows it
(`cleaner/models/page-code.npz`, with a card beside it). What a manual or a tutorial shows of code is laid out to be read, and
stands amid prose: nothing goes from a text that has no long piece of code. Pages are often one line, so lines are cut into
pieces, and words in a row stay wherever they are.
"""

import functools
import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cleaner.edits import Edit
from cleaner.text import LINE_SEPARATORS, RAW_LINE
from cleaner.trees import Floats, Trees

PAGE_CODE = "page-code"
MODEL = Path(__file__).parent.parent / "models" / "page-code.npz"

# A piece of so many characters with such log-odds says that there is code of a page, and then all go that have those of the
# second kind. See the card.
LONG, SURE_LONG, SURE = 200, 3.0, 1.0
# What has no more curly brackets than this has no such code.
_FEWEST_BRACKETS = 4
# Of what is surely code in a text, the densest piece has 6% of these at least.
_SIGNS_OF_CODE, _LEAST_DENSITY = '{}();=":,', 0.04
# So many words in a row are prose, wherever they stand.
_FEWEST_WORDS = 8
# And so many on a line that has no sign of a program: of 118 dumps of pages of WCXB, with 24 million characters of code, 298
# characters stay by it, most of them text.
_FEWEST_ON_A_LINE = 3
# Longer lines are cut, not before so many characters, where a statement or a sentence may end.
_SHORTEST_PIECE, _LONGEST_PIECE = 200, 600
_MAY_END = re.compile(r"[;})\]>.!?]+\s*|\s{2,}")

_SIGNS = ("{}", "()", ";", "=<>!&|+*?", "\"'`", ":", ",", "_$", "\\/", "[]", ".", "#@%", "-", "0123456789", " ")
_IN_BROWSERS = (
    "window|document|dataLayer|gtag|fbq|googletag|jQuery|navigator|localStorage|addEventListener|getElementById|querySelector"
    "|createElement|appendChild|innerHTML|className|setTimeout|prototype"
)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:function|var|let|const|return|typeof|null|true|false|undefined|this|new|if|else|for|catch|try)\b",
        rf"\b(?:{_IN_BROWSERS})\b|__\w|\$\(|https?:",
        r"[\w-]:\s*[^\s:;{}][^:;{}]{0,60}[;}]",
        r"\\?[\"'][\w@$-]{1,40}\\?[\"']\s*:",
        r"[a-z][A-Z]",
        r"\d(?:px|em|rem|vh|vw|%|ms|s)\b|#[0-9a-fA-F]{3,8}\b|!important",
        r"(?<!\S)[^\W\d_]+[,.;:!?]*(?!\S)",
        r"@(?:media|font-face|import|keyframes|context|type|graph|id)\b|schema\.org",
    )
)
_OWN = len(_SIGNS) + len(_PATTERNS) + 8
# Of a piece's own features the means over so many pieces on each side are features, too.
_AROUND = (3, 12, 60)


def pieces(text: str) -> list[tuple[int, int]]:
    """Where the lines of `text` that are not blank start and end, long ones in pieces; without white space at their ends."""
    found = []
    for line in RAW_LINE.finditer(text):
        start, end = line.span()
        while end - start > _LONGEST_PIECE:
            may_end = _MAY_END.search(text, start + _SHORTEST_PIECE, start + _LONGEST_PIECE)
            cut = may_end.end() if may_end else start + _LONGEST_PIECE
            found.append(_stripped(text, start, cut))
            start = cut
        found.append(_stripped(text, start, end))
    return [(start, end) for start, end in found if start < end]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    shown = text[start:end]
    begins = end - len(shown.lstrip())
    return begins, begins + len(shown.strip())


def features_of(shown: Sequence[str]) -> Floats:
    """What the pieces of a text are like, and what stands around each: a row for each."""
    own = np.array([_own(piece) for piece in shown], np.float32).reshape(len(shown), _OWN)
    length = np.array([len(piece) for piece in shown], np.float64)
    summed = np.vstack([np.zeros(_OWN), np.cumsum(own * length[:, None], 0)])
    lengths = np.concatenate([[0.0], np.cumsum(length)])
    at = np.arange(len(shown))
    means = []
    for reach in _AROUND:
        low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(shown))
        others = (lengths[high] - lengths[low] - length)[:, None]
        means.append((summed[high] - summed[low] - own * length[:, None]) / np.maximum(others, 1))
    return np.hstack([own, *means]).astype(np.float32)


def _own(piece: str) -> list[float]:
    size = len(piece)
    words = piece.split()
    return [
        *(sum(map(piece.count, signs)) / size for signs in _SIGNS),
        *(len(pattern.findall(piece)) / size * 10 for pattern in _PATTERNS),
        size**0.25,
        max(map(len, words)) ** 0.5,
        size / len(words),
        float(piece[0] in "{}[]().#@$_/*<\"'!;"),
        float(piece[-1] in "{};,(>*/"),
        float(piece[-1] in '.!?…”"。'),
        float(piece[0].isupper()),
        float(not piece.isascii()),
    ]


def without_page_code(text: str) -> list[Edit]:
    """The edits that take the code out of `text`, whole lines with their line breaks."""
    if text.count("{") + text.count("}") < _FEWEST_BRACKETS:
        return []
    found = pieces(text)
    if not any(end - start >= LONG and _is_dense(text[start:end]) for start, end in found):
        return []
    odds = _trees().score(features_of([text[start:end] for start, end in found]))
    if not any(end - start >= LONG and sure for (start, end), sure in zip(found, (odds > SURE_LONG).tolist(), strict=True)):
        return []
    goes = (odds > SURE) & ~_are_prose(text, found)
    if goes.all():  # a program or data, and no page
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], goes.astype(np.int8), [0]]))).tolist()
    runs = (_run(text, found, first, behind) for first, behind in zip(edges[::2], edges[1::2], strict=True))
    return [Edit(start, end, "", PAGE_CODE) for start, end in runs if start < end]


def _is_dense(piece: str) -> bool:
    """Whether so much of a piece is signs of programs that it may be code: what no text has need not be asked at length."""
    return sum(map(piece.count, _SIGNS_OF_CODE)) >= _LEAST_DENSITY * len(piece)


def _are_prose(text: str, found: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """Which pieces have words in a row that are neither a program's string nor its comment.

    A few are enough on a line of their own without any sign of a program, whatever stands around it: so short are the turns of
    a chat in which somebody shows data.
    """
    shown = _QUOTED.sub(lambda match: "\0" * len(match[0]), text)
    gaps = zip([0, *(end for _, end in found)], [*(start for start, _ in found), len(text)], strict=True)
    breaks = [_BREAK.search(text, *gap) is not None for gap in gaps]
    breaks[0] = breaks[-1] = True
    return np.array(
        [
            _PROSE.search(shown, *piece) is not None
            or (all(edges) and _NO_CODE.fullmatch(shown, *piece) is not None and _FEW.search(shown, *piece) is not None)
            for piece, edges in zip(found, itertools.pairwise(breaks), strict=True)
        ]
    )


# Each ends after so many characters at the latest, closed or not, so that none is looked through twice.
_QUOTED = re.compile(
    r"""/\*(?:(?!\*/)[\s\S]){0,4000}+|(?<![:\w])//[^\n]{0,2000}
    |"(?:[^"\\\n]|\\.){0,8000}+"?|(?<=[=(,:\[+?])\s{0,4}'(?:[^'\\\n]|\\.){0,2000}+'?""",
    re.VERBOSE,
)
_MARKS_BEFORE, _MARKS_BEHIND = "[“„«‘\"'(]?", "[,.;:!?”“»’\"')…]{0,3}"
_WORD = rf"(?:{_MARKS_BEFORE}[^\W\d_][^\W_]*+(?:[’'-][^\W_]++)*+{_MARKS_BEHIND}(?:\s++|\Z))"
_PROSE, _FEW = (re.compile(rf"{_WORD}{{{count}}}") for count in (_FEWEST_WORDS, _FEWEST_ON_A_LINE))
# Selectors of a style sheet may stand on lines of their own.
_NO_CODE = re.compile(r"(?![.#@*&>+~/])[^\0{}()=<>;\"\n]*(?<![,\\])")


def _run(text: str, found: Sequence[tuple[int, int]], first: int, behind: int) -> tuple[int, int]:
    """From where to where pieces of code go that follow each other.

    Where text stands on the same line a sentence may have been cut, so words next to it stay.
    """
    start, end = found[first][0], found[behind - 1][1]
    after_text = first > 0 and _BREAK.search(text, found[first - 1][1], start) is None
    line_break = _BREAK.match(text, end)
    before_text = behind < len(found) and line_break is None
    tokens = [match.span() for match in _TOKEN.finditer(text, start, end)]
    low, high = 0, len(tokens)
    while after_text and low < high and _MAY_BE_TEXT.fullmatch(text, *tokens[low]):
        low += 1
    while before_text and low < high and _MAY_BE_TEXT.fullmatch(text, *tokens[high - 1]):
        high -= 1
    if low == high:
        return start, start
    return tokens[low][0], line_break.end() if line_break and not after_text else tokens[high - 1][1]


_TOKEN = re.compile(r"\S+")
_MAY_BE_TEXT = re.compile(rf"{_MARKS_BEFORE}[^\s{{}}()=<>;_\\|\"\[\]]+{_MARKS_BEHIND}")
_BREAK = re.compile(f"[^\\S{LINE_SEPARATORS}]*(?:\r\n|[{LINE_SEPARATORS}])")


@functools.cache
def _trees() -> Trees:
    with np.load(MODEL, allow_pickle=False) as arrays:
        return Trees.read(arrays)
