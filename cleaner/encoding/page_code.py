"""Scripts, style sheets and data of a page, which a converter took for text.

Whoever strips the tags of a page by a pattern, or asks for all of its text, gets what stands in `<script>` and `<style>` along,
which may be ten times as much as the text. A model of pieces of lines, of where they stand in a program and of what stands
around them knows it (`cleaner/models/page-code.npz`, with a card beside it). Pages are often one line, so lines are cut into
pieces, and words in a row stay wherever they are, but for those in strings and comments. What a manual or a tutorial shows of
code stays, as far as it can be told from a page's: nothing goes where the code has nothing that hardly any but pages have.
"""

import functools
import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cleaner.edits import Edit
from cleaner.encoding.nesting import Nesting, Spans, nesting
from cleaner.text import LINE_SEPARATORS, RAW_LINE
from cleaner.trees import Floats, Trees

Masks: TypeAlias = npt.NDArray[np.bool_]

PAGE_CODE = "page-code"
MODEL = Path(__file__).parent.parent / "models" / "page-code.npz"

# Pieces with such log-odds are code; what is all in a string or a comment, where no text of a page stands, with the second.
SURE, SURE_QUOTED = 1.0, -4.0
# A text has code of a page where a piece of so many characters has the second log-odds, and one of `_OF_PAGES` is in its code;
# or where pieces of more characters together have more, and there are many. See the card.
LONG, SURE_LONG, FEWEST_SIGNS = 200, 3.0, 1
MUCH, SURE_MUCH, MANY_SIGNS = 600, 4.0, 8
# What has no more curly brackets than this has no such code, and neither has what is not dense with signs of programs: of what
# is surely code in a text, the densest piece has 6% of these at least.
_FEWEST_BRACKETS = 4
_SIGNS_OF_CODE, _LEAST_DENSITY = '{}();=":,', 0.04
# So many words in a row are prose, wherever they stand.
_FEWEST_WORDS = 8
# And so many on a line that has no sign of a program: of 118 dumps of pages of WCXB, with 24 million characters of code, 298
# characters stay by it, most of them text.
_FEWEST_ON_A_LINE = 3
# Longer lines are cut, not before so many characters, where a statement or a sentence may end.
_SHORTEST_PIECE, _LONGEST_PIECE = 200, 600
_MAY_END = re.compile(r"[;})\]>.!?]+\s*|\s{2,}")

# What stands before a block and behind it on its line, and belongs to it.
_LONGEST_HEAD = 80
_HEAD = re.compile(r"(?:\b(?:window|self|var|let|const|document|function|jQuery|if|try)\b|[(\[!;$@]|<!--)")
_TAIL = re.compile(r"[^\S\n]*(?:[\])};,][^\S\n]*)*+")

_SIGNS = ("{}", "()", ";", "=<>!&|+*?", "\"'`", ":", ",", "_$", "\\/", "[]", ".", "#@%", "-", "0123456789", " ")
_IN_BROWSERS = (
    "window|document|dataLayer|gtag|fbq|googletag|jQuery|navigator|localStorage|addEventListener|getElementById|querySelector"
    "|createElement|appendChild|innerHTML|className|setTimeout|prototype"
)
# What programs, style sheets and data of pages have, and hardly what a manual shows of others.
_OF_PAGES = re.compile(
    rf"\b(?:{_IN_BROWSERS})\b|schema\.org|@(?:media|font-face|keyframes)\b|!important|\dpx[;}}]|#[0-9a-fA-F]{{3,6}}[;}}]"
    r"|__next_f|webpack|&quot;|\\u003[cC]|</(?:div|a|p|span|li|script)>"
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
# So many characters tell what a block begins with.
_BEGINNING = 100
# Of a piece's own features the means over so many pieces on each side are features, too.
_AROUND = (3, 12, 60)


def pieces(text: str, nested: Nesting) -> list[tuple[int, int]]:
    """Where the lines of `text` that are not blank start and end, long ones in pieces; without white space at their ends."""
    edges = _edges(text, nested)
    found = []
    for line in RAW_LINE.finditer(text):
        start, last = line.span()
        for end in (*edges[bisect_right(edges, start) : bisect_left(edges, last)], last):
            while end - start > _LONGEST_PIECE:
                may_end = _MAY_END.search(text, start + _SHORTEST_PIECE, start + _LONGEST_PIECE)
                cut = may_end.end() if may_end else start + _LONGEST_PIECE
                found.append(_stripped(text, start, cut))
                start = cut
            found.append(_stripped(text, start, end))
            start = end
    return [(start, end) for start, end in found if start < end]


def _edges(text: str, nested: Nesting) -> list[int]:
    """Where text may go over into code within a line and code into text: around what is long in brackets and in quotes."""
    edges = set()
    for spans in (nested.outer, nested.quoted):
        for start, end in zip(spans.starts.tolist(), spans.ends.tolist(), strict=True):
            if end - start >= _SHORTEST_PIECE:
                head = _HEAD.search(text, max(start - _LONGEST_HEAD, 0), start)
                tail = _TAIL.match(text, end)
                edges |= {head.start() if head else start, tail.end() if tail else end}
    return sorted(edges)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    shown = text[start:end]
    begins = end - len(shown.lstrip())
    return begins, begins + len(shown.strip())


def features_of(text: str, found: Sequence[tuple[int, int]], nested: Nesting) -> Floats:
    """What the `found` pieces of a text are like, and what stands around each: a row for each."""
    shown = [text[start:end] for start, end in found]
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
    return np.hstack([own, *means, _nested(text, found, nested)]).astype(np.float32)


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


def _nested(text: str, found: Sequence[tuple[int, int]], nested: Nesting) -> Floats:
    """How much of each piece is in blocks, and in strings and comments; how deep; how long and dense what is around is."""
    places = Spans.of(found)
    middle = (places.starts + places.ends) // 2
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    signs = np.append(0, np.cumsum(np.isin(codes, [ord(sign) for sign in _SIGNS_OF_CODE])))
    columns = [
        nested.outer.shares(places, len(text)),
        nested.quoted.shares(places, len(text)),
        np.minimum(nested.blocks.depth(len(text))[middle], 10),
        *_around(nested.outer, middle, signs),
        *_around(nested.quoted, middle, signs),
    ]
    return np.stack(columns, 1).astype(np.float32)


def _around(spans: Spans, middle: npt.NDArray[np.int64], signs: npt.NDArray[np.int64]) -> Iterator[Floats]:
    """How long what is around each place is, how dense with signs of programs, and how dense where it begins."""
    around = spans.around(middle)
    starts, ends = (np.append(side, 0)[around] for side in spans)
    begun = np.minimum(starts + _BEGINNING, ends)
    yield np.log1p(ends - starts)
    for end in (ends, begun):
        yield (signs[end] - signs[starts]) / np.maximum(end - starts, 1)


def without_page_code(text: str, trees: Trees | None = None) -> list[Edit]:
    """The edits that take the code out of `text`, whole lines with their line breaks; `trees` in the place of the shipped ones.

    What has nothing that reads like text beside code is a program or data, and stays.
    """
    if text.count("{") + text.count("}") < _FEWEST_BRACKETS or not _OF_PAGES.search(text):
        return []
    nested = nesting(text)
    found = pieces(text, nested)
    if sum(end - start for start, end in found if _is_dense(text[start:end])) < LONG:
        return []
    odds = (trees or _trees()).score(features_of(text, found, nested))
    if not (odds > SURE).any():
        return []
    goes, reads = _told_apart(text, found, nested, odds)
    if not (reads & ~goes).any() or not _is_of_page(text, found, odds, goes):
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], goes.astype(np.int8), [0]]))).tolist()
    runs = (_run(text, found, first, behind) for first, behind in zip(edges[::2], edges[1::2], strict=True))
    return [Edit(start, end, "", PAGE_CODE) for start, end in runs if start < end]


def _is_dense(piece: str) -> bool:
    """Whether so much of a piece is signs of programs that it may be code: what no text has need not be asked at length."""
    return sum(map(piece.count, _SIGNS_OF_CODE)) >= _LEAST_DENSITY * len(piece)


def _told_apart(text: str, found: Sequence[tuple[int, int]], nested: Nesting, odds: Floats) -> tuple[Masks, Masks]:
    """Which pieces are code, and which read like text and are in no string."""
    places = Spans.of(found)
    quoted, in_block = (spans.shares(places, len(text)) == 1 for spans in (nested.quoted, nested.outer))
    running, short = _are_prose(text, found)
    code = np.where(quoted, odds > SURE_QUOTED, (odds > SURE) & ~(running | short))
    # A piece between others, in a block or without a word, says nothing for itself.
    amid = np.append(code[1:], False) & np.append(False, code[:-1]) & ~(running | short)
    code |= amid & (in_block | [not _WORD_CHARACTER.search(text, *piece) for piece in found])
    return code, running & ~quoted


def _is_of_page(text: str, found: Sequence[tuple[int, int]], odds: Floats, goes: Masks) -> bool:
    """Whether the code that would go is that of a page, and not what a manual or a tutorial shows."""
    sizes = np.array([end - start for start, end in found])
    long = ((sizes >= LONG) & (odds > SURE_LONG)).any()
    if not long and sizes[odds > SURE_MUCH].sum() <= MUCH:
        return False
    needed = FEWEST_SIGNS if long else MANY_SIGNS
    signs = (sign for at in np.flatnonzero(goes).tolist() for sign in _OF_PAGES.finditer(text, *found[at]))
    return len(list(itertools.islice(signs, needed))) == needed


def _are_prose(text: str, found: Sequence[tuple[int, int]]) -> tuple[Masks, Masks]:
    """Which pieces have words in a row that are neither a program's string nor its comment; and which have a few, and no code.

    A few are enough on a line of their own without any sign of a program, whatever stands around it: so short are the turns of
    a chat in which somebody shows data.
    """
    shown = _QUOTED.sub(lambda match: "\0" * len(match[0]), text)
    gaps = zip([0, *(end for _, end in found)], [*(start for start, _ in found), len(text)], strict=True)
    breaks = [_BREAK.search(text, *gap) is not None for gap in gaps]
    breaks[0] = breaks[-1] = True
    running = np.array([_PROSE.search(shown, *piece) is not None for piece in found])
    short = [
        all(edges) and _NO_CODE.fullmatch(shown, *piece) is not None and _FEW.search(shown, *piece) is not None
        for piece, edges in zip(found, itertools.pairwise(breaks), strict=True)
    ]
    return running, np.array(short)


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
_WORD_CHARACTER = re.compile(r"\w")
_MAY_BE_TEXT = re.compile(rf"{_MARKS_BEFORE}[^\s{{}}()=<>;_\\|\"\[\]]+{_MARKS_BEHIND}")
_BREAK = re.compile(f"[^\\S{LINE_SEPARATORS}]*(?:\r\n|[{LINE_SEPARATORS}])")


@functools.cache
def _trees() -> Trees:
    with np.load(MODEL, allow_pickle=False) as arrays:
        return Trees.read(arrays)
