"""Which lines of a document are site chrome, told by evidence: their words, shape, place and neighbours.

Of an HTML page also by the elements that a line stood in. Two linear models over hashed words and hashed names of elements
give each line a first score. Boosted symmetric trees then look at the line, these scores, its neighbours and the page as a
whole; and a small convolutional network at what is true of each line by itself, and lets the lines tell each other. Both have
their say. All is computed over arrays, so that the cost grows with the text alone. Weights, data and figures are described in
``cleaner/models/chrome.md``.
"""

import functools
import hashlib
import itertools
import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from cleaner.markdown import Links
from cleaner.network import Network
from cleaner.text import LINE_SEPARATORS, Elements, Line
from cleaner.trees import Trees

# Arrays by what they hold; numpy's stubs lose the width of numbers in arithmetic. Floats have 32 bits, hashes too.
Floats: TypeAlias = npt.NDArray[Any]
Integers: TypeAlias = npt.NDArray[Any]
Hashes: TypeAlias = npt.NDArray[Any]
Masks: TypeAlias = npt.NDArray[Any]

MODELS = Path(__file__).parent / "models"

WORD_WEIGHTS = 1 << 18
ELEMENT_WEIGHTS = 1 << 16
# Of the elements around a line, from the innermost on, those of one group share their weights.
_LEVEL_GROUPS = (0, 1, 2, 2, 3, 3, 3, 3, 3, 3)
# Ancestors by which the surroundings of a line are measured.
_BLOCKS = (1, 2, 3, 4, 6, 8)
_NEIGHBOURS = (1, -1, 2, -2, 3, -3)
_WINDOWS = (2, 5, 15)
# From so many characters on a line with marks of a sentence counts as running text.
RUNNING_CHARACTERS = 80
_HASHED_CHARACTERS = 31
_LINE_SEPARATORS = tuple(map(ord, LINE_SEPARATORS))
# What the network's log-odds count beside those of the trees, and how large they are at most: of lines unlike those that it has
# learned from it is as certain, and then the trees are to be heard. See the card.
NETWORK_SHARE, NETWORK_MOST = np.float32(0.4), np.float32(5)
MAX_LINES = 50_000
"""The model is not asked about longer documents: a line takes some 5 kB of memory. WCXB's longest page has 2,641."""
LIKELY = 0.5
"""A line with less than this probability of being content is likely chrome."""
LIKELY_OF_PAGE = 0.7
"""The same for a line of a page that an `unsafe` rule calls chrome, too: on pages the model leaves more chrome than content."""
HEADLINE_FROM = 0.15
"""A line of a text with this chance of being its headline stays, unless the main content alone is wanted; see the card."""
LEAST_LIKELY = 0.05
"""A page on which no line has this probability of being content has no main content."""

# Kinds of characters; those from _UPPER to _DIGIT make up words.
_N_KINDS = 12
_OTHER, _SPACE, _UPPER, _LOWER, _LETTER, _DIGIT, _END, _COMMA, _QUOTE, _SIGN, _SYMBOL, _IDEOGRAPH = range(_N_KINDS)
_MARKS = {
    _END: ".!?…。！？؟।۔",
    _COMMA: ",;:，、；：،؛",
    _QUOTE: "\"'“”‘’«»„‟‹›「」『』()（）[]",
    _SIGN: "|•·/\\>←→-–—_*#+=~^©®™@&%$€£",
}
_CATEGORIES = {"Lu": _UPPER, "Lt": _UPPER, "Ll": _LOWER, "Sm": _SIGN, "So": _SIGN, "Sk": _SIGN, "Sc": _SIGN}
# Scripts without spaces: each character counts as a word.
_UNSPACED = ((0x0E00, 0x0EFF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF))

# What has more of the words of a page is its text, laid out as it is.
MOST_CODE = 0.5

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
_WORDS, _SHAPE, _PLACE, _AROUND, _ELEMENTS, _BLOCK, _PAGE, _RULE, _LINKS = range(len(REASONS))


class Verdict(msgspec.Struct, frozen=True, eq=False):
    """What the model holds of a document and its lines."""

    kind: str
    """What kind of page it believes in, such as ``article`` or ``forum``."""

    content: Floats
    """For each line the probability, 0 to 1, that it is main content."""
    words: Floats
    """For each line the number of its words."""
    features: Floats
    """What the trees saw, a row for each line."""
    groups: Integers
    """For each feature the reason that it stands for, an index into `REASONS`."""
    headline: Masks
    """Which lines of a text are likely its headline, which labels of main contents leave out; of a page none."""


def judge(
    text: str,
    lines: Sequence[Line],
    evidence: Floats,
    elements: Elements | None,
    models: Path = MODELS,
    links: Links | None = None,
) -> Verdict:
    """Judge the `lines` of `text`; with `elements` as those of an HTML page.

    `evidence` says for each line what rules hold of it: 1 where a `safe` rule calls it chrome, 0.5 where an `unsafe` one does.
    `links` are those of a text that tells them; one that goes over several lines stands or falls as a whole, and so does code.
    """
    model = load(models, "html" if elements else "text")
    made = line_features(text, lines, links.of_line if links else None)
    features, groups = model_features(model.words, model.elements, made, evidence, elements)
    content = logistic(odds(model, features, made, elements))
    headline = np.zeros(len(lines), bool)
    if elements:
        content = _code_as_a_whole(content, made.words, elements)
        content = _terms_with_meanings(content, lines)
    else:
        rows, known = headline_features(made, content, evidence)
        headline[rows[logistic(known @ model.headline) >= HEADLINE_FROM]] = True
        headline[_first_headings(text, lines)] = True
        content = _sentences_as_a_whole(content, made, [text[line.start] for line in lines])
        content = _as_wholes(content, made.words, [*(links.across if links else ()), *_fenced(lines)])
    kinds = kinds_of_page(model.kind_weights, page_vector(features, content, made.words))
    return Verdict(str(model.kinds[int(np.argmax(kinds))]), content, made.words, features, groups, headline)


def headline_features(made: "LineFeatures", content: Floats, evidence: Floats) -> tuple[Integers, Floats]:
    """The lines that may be the headline of a text, and what speaks for each: where it stands, and if its words come again.

    They are some of those before the first paragraph of the content that are neither a word nor a paragraph.
    """
    paragraphs = (content >= LIKELY) & (made.words >= _PARAGRAPH_WORDS)
    first = int(np.argmax(paragraphs)) if paragraphs.any() else 0
    rows = np.arange(max(first - _ABOVE, 0), first)
    rows = rows[(made.words[rows] >= _HEADLINE_WORDS[0]) & (made.words[rows] <= _HEADLINE_WORDS[1]) & (evidence[rows] < 1)]
    if not len(rows):
        return rows, np.zeros((0, N_HEADLINE), np.float32)
    before = slice(int(np.searchsorted(made.word_line, first)))
    line, is_telling = made.word_line[before], made.telling[before]
    again = np.isin(made.hashes[before], made.hashes[paragraphs[made.word_line]])
    telling, repeated = (np.bincount(line[mask], minlength=first)[rows] for mask in (is_telling, is_telling & again))
    words, shape = made.words[rows], made.shape[rows]
    columns = [
        np.log(content[rows] + 1e-4),
        repeated / np.maximum(telling, 1),
        np.log1p(repeated),
        np.log(np.maximum(words, 1)),
        words >= 4,
        words > 16,
        np.log1p(first - rows),
        shape[:, _ENDS_SENTENCE],
        shape[:, SHAPE.index("ends with a colon")],
        shape[:, SHAPE.index("begins with a mark")],
        np.ones(len(rows)),
    ]
    return rows, np.stack(columns, 1).astype(np.float32)


N_HEADLINE = 11
_PARAGRAPH_WORDS, _HEADLINE_WORDS, _ABOVE = 12, (2, 30), 40


def _first_headings(text: str, lines: Sequence[Line]) -> list[int]:
    """The lines that Markdown has as headings of the first level, with `#` or underlined."""
    headings = []
    for number, line in enumerate(lines):
        if text.startswith("# ", line.start):
            headings.append(number)
        elif text[line.start] == "=" and number and text.count("=", line.start, line.end) == line.end - line.start:
            headings += (number - 1, number)
    return headings


def _code_as_a_whole(content: Floats, words: Floats, elements: Elements) -> Floats:
    """The probabilities, where those of a `pre` are all the mean over its words: code is nothing without its brackets.

    One that is most of its page, as of a mail, is no code.
    """
    inside = (elements.kinds & (1 << Elements.KINDS.index("pre"))) > 0
    outermost = np.flatnonzero(inside & ~np.where(elements.parent >= 0, inside[elements.parent], False))
    return _as_wholes(content, words, zip(elements.first_line[outermost], elements.end_line[outermost], strict=True))


def _fenced(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """The first and end line of what is code in a text."""
    for is_code, group in itertools.groupby(range(len(lines)), lambda number: lines[number].origin is not None):
        if is_code:
            numbers = list(group)
            yield numbers[0], numbers[-1] + 1


def _as_wholes(content: Floats, words: Floats, spans: Iterable[tuple[int, int]]) -> Floats:
    """The probabilities, where lines from the first to before the end of each span have all the mean over their words.

    What is most of its document is no part of it.
    """
    whole = words.sum()
    for first, end in spans:
        if end - first > 1 and 0 < words[first:end].sum() <= MOST_CODE * whole:
            content[first:end] = np.average(content[first:end], weights=words[first:end])
    return content


def _terms_with_meanings(content: Floats, lines: Sequence[Line]) -> Floats:
    """The probabilities, where a term (`dt`) has at least that of its meaning: an answer is none without its question."""
    for number in reversed(range(len(lines) - 1)):
        if _innermost(lines[number]) == "dt" and _innermost(lines[number + 1]):
            content[number] = max(content[number], content[number + 1])
    return content


def _sentences_as_a_whole(content: Floats, made: "LineFeatures", first: Sequence[str]) -> Floats:
    """The probabilities, where lines that a sentence goes on in have all the mean over their words: half a sentence is none.

    A sentence goes on in a line whose `first` character is a small letter or a digit, if the line before, without a blank one
    between, is as long as wrapped ones and does not end a sentence.
    """
    shape = made.shape
    goes_on = np.fromiter((char.islower() or char.isdigit() for char in first), bool, len(first))
    goes_on[:1] = False
    goes_on[1:] &= (
        (shape[:-1, _CHARACTERS] >= _WRAPPED) & (shape[:-1, _ENDS_SENTENCE] == 0) & (shape[1:, N_SHAPE] <= _ONE_BREAK)
    )
    if not goes_on.any():
        return content
    sentence = np.cumsum(~goes_on) - 1
    mean = np.bincount(sentence, content * made.weight) / np.bincount(sentence, made.weight)
    return np.where(goes_on | np.append(goes_on[1:], False), mean[sentence], content).astype(np.float32)


def _innermost(line: Line) -> str:
    """Which of `dt` and `dd` a line stands in, the inner one of several; empty for neither."""
    path = line.origin.path if line.origin else ""
    if "dt" not in path and "dd" not in path:  # most lines of most pages
        return ""
    return next((tag for tag in reversed(path.split("/")) if tag in ("dt", "dd")), "")


def model_features(
    word_weights: Floats, element_weights: Floats, made: "LineFeatures", evidence: Floats, elements: Elements | None
) -> tuple[Floats, Integers]:
    """What the trees see of each line, after the linear models; and the reason that each feature stands for."""
    word_scores = logistic(linear(word_weights, made.tokens, made.starts))
    element_scores = logistic(element_linear(element_weights, elements)) if elements else None
    return context(made, word_scores, evidence, elements, element_scores)


def own_features(features: Floats, elements: Elements | None) -> Floats:
    """Of what the trees see that which is true of a line by itself; it stands first. The network sees this alone."""
    return features[:, : N_OWN_OF_TEXT if elements is None else N_OWN_OF_PAGE]


def odds(model: "Model", features: Floats, made: "LineFeatures", elements: Elements | None) -> Floats:
    """The log-odds of each line, from what the trees see: theirs and those of the network."""
    by_network = model.network.score(own_features(features, elements), made.weight)
    by_network = np.clip(by_network, -NETWORK_MOST, NETWORK_MOST)
    return model.trees.score(features) * (1 - NETWORK_SHARE) + by_network * NETWORK_SHARE


def reasons(verdict: Verdict, rows: Sequence[int], *, html: bool, models: Path = MODELS) -> list[str]:
    """What spoke most against each of these lines in the eyes of the trees, in words."""
    charged = load(models, "html" if html else "text").trees.reasons(verdict.features[list(rows)], verdict.groups, len(REASONS))
    return [
        " and ".join(REASONS[reason] for reason in np.argsort(row)[:2] if row[reason] < 0) or "all taken together"
        for row in charged
    ]


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


def cut(verdict: Verdict, *, html: bool, only_sure: bool, models: Path = MODELS) -> float:
    """The probability from which on lines are kept: where F1 is best, or all but those that are surely chrome.

    A page that is chrome alone, such as an application shell with its menus, has no line that reaches the cut.
    """
    if only_sure:
        return load(models, "html" if html else "text").sure
    if html and verdict.content.max(initial=0) < LEAST_LIKELY:
        return math.inf
    return best_cut(verdict.content, verdict.words)


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
        trees = Trees(**{field: read[f"trees_{field}"] for field in Trees.__struct_fields__})
        network = Network(**{field: read[f"network_{field}"] for field in Network.__struct_fields__})
        kinds, kind_weights = read["kinds"], read["kind_weights"]
        headline = read["headline"] if kind == "text" else np.zeros(0, np.float32)
        sure = float(read["sure"])
    return Model(words, elements, trees, network, kinds, kind_weights, headline, sure)


@functools.lru_cache(maxsize=16)
def digest(folder: Path = MODELS) -> str:
    """A name for exactly these weights."""
    found = hashlib.sha256()
    for file in sorted(folder.glob("chrome-*.npz")):
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


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
    return (_mixed(tokens + np.uint32(group * 40_503 + 1)) % ELEMENT_WEIGHTS).astype(np.int64)


class LineFeatures(msgspec.Struct, frozen=True, eq=False):
    """What the lines of a text are by themselves."""

    shape: Floats
    """A row for each line: `_SHAPE` features first, then `_PLACE`, then `_PAGE`."""
    words: Floats
    tokens: Integers
    """Hashed words, pairs of words, last words and whole lines, by line."""
    starts: Integers
    """For each line its first token."""
    hashes: Hashes
    """Hashed words."""
    word_line: Integers
    """For each word its line."""
    telling: Masks
    """For each word whether it is more than a particle: three characters long, or of a script without spaces."""
    links: Floats
    """For each line the share of its characters that are links, 0 to 1, and the logarithm of their number; -1 where unknown."""

    @property
    def weight(self) -> Floats:
        """What each line counts in means over lines: its words, and half a word, so that none counts nothing."""
        return self.words + np.float32(0.5)


@functools.cache
def _characters() -> tuple[Integers, Hashes]:
    """For each character of the basic plane its kind, and its lower case, in which all digits are one."""
    kinds = np.full(0x10000, _SYMBOL, np.uint8)
    lower = np.arange(0x10000, dtype=np.uint32)
    marks = {ord(char): kind for kind, chars in _MARKS.items() for char in chars}
    for code in range(0x10000):
        char = chr(code)
        category = unicodedata.category(char)
        if category[0] == "Z" or char.isspace():
            kinds[code] = _SPACE
        elif category[0] in "LM":
            unspaced = any(low <= code <= high for low, high in _UNSPACED)
            kinds[code] = _IDEOGRAPH if unspaced else _CATEGORIES.get(category, _LETTER)
        elif category[0] == "N":
            kinds[code] = _DIGIT
        else:
            kinds[code] = marks.get(code, _CATEGORIES.get(category, _SYMBOL))
        lowered = char.lower()
        lower[code] = ord("0") if category == "Nd" else ord(lowered) if len(lowered) == 1 else code
    return kinds, lower


def _coded(text: str) -> tuple[Integers, Hashes, Hashes]:
    """For each character of `text` its kind, its lower case and its code point."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds, lower = _characters()
    if codes.max(initial=0) <= 0xFFFF:
        return kinds.take(codes), lower.take(codes), codes
    basic = np.minimum(codes, 0xFFFF)
    beyond = codes > 0xFFFF
    return np.where(beyond, np.uint8(_SIGN), kinds[basic]), np.where(beyond, codes, lower[basic]), codes


_POWERS = np.array([pow(0x01000193, power, 1 << 32) for power in range(_HASHED_CHARACTERS + 1)], np.uint32)


def _mixed(hashes: Hashes) -> Hashes:
    """Hashes whose low bits depend on all bits (the finaliser of Mueller's lowbias32)."""
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x21F0AAAD)
    hashes = (hashes ^ (hashes >> np.uint32(15))) * np.uint32(0xD35A2D97)
    return hashes ^ (hashes >> np.uint32(15))


def line_features(text: str, lines: Sequence[Line], links: Sequence[tuple[float, int]] | None = None) -> LineFeatures:
    """The features of each line by itself, over arrays of the text's code points.

    `links` are, where they are known, the share of each line's characters that are links, 0 to 1, and their number.
    """
    number = len(lines)
    starts = np.fromiter((line.start for line in lines), np.int64, number)
    ends = np.fromiter((line.end for line in lines), np.int64, number)
    kind, small, codes = _coded(text)
    first_of_word, word_line, hashes, lengths = _words(kind, small, starts)
    first = np.ones(len(hashes), bool)
    first[1:] = word_line[1:] != word_line[:-1]
    tokens, token_starts, whole = _tokens(hashes, word_line, first, number)

    counts = _kinds_of_lines(kind, starts, ends)
    characters = (ends - starts).astype(np.float32)
    words = np.bincount(word_line, minlength=number).astype(np.float32)
    some, any_word = np.maximum(characters, 1), np.maximum(words, 1)
    word_kind = kind[first_of_word]

    def words_that(mask: Masks) -> Floats:
        return (np.bincount(word_line[mask], minlength=number) / any_word).astype(np.float32)

    last = np.maximum(ends - 1, 0)
    last_kind, first_kind = kind[last], kind[starts]
    closing = np.where(last_kind == _QUOTE, kind[np.maximum(ends - 2, 0)], last_kind)
    breaks = _line_breaks(codes)
    gap = np.full(number + 1, 2.0, np.float32)
    gap[1:-1] = np.searchsorted(breaks, starts[1:]) - np.searchsorted(breaks, ends[:-1])
    _, group, repeats = np.unique(whole, return_inverse=True, return_counts=True)
    marks = counts[:, [_END, _COMMA, _QUOTE]].sum(1)
    letters = counts[:, [_UPPER, _LOWER, _LETTER, _DIGIT, _IDEOGRAPH]].sum(1)
    running = (characters >= RUNNING_CHARACTERS) & (counts[:, _END] + counts[:, _COMMA] > 0)
    kinds = {"capitals": _UPPER, "small letters": _LOWER, "digits": _DIGIT}
    signs = {"signs": _SIGN, "symbols": _SYMBOL, "ideographs": _IDEOGRAPH}
    counted = {"ends counted": _END, "commas counted": _COMMA, "quotes counted": _QUOTE, "signs counted": _SIGN}
    shape = {
        "characters": np.log1p(characters) / 6,
        "words": np.log1p(words) / 4,
        "letters of a word": letters / any_word / 8,
        **{name: counts[:, wanted] / some for name, wanted in kinds.items()},
        "marks": marks / some * 4,
        **{name: counts[:, wanted] / some for name, wanted in signs.items()},
        **{name: np.log1p(counts[:, wanted]) for name, wanted in counted.items()},
        "capitalised words": words_that(word_kind == _UPPER),
        "short words": words_that((lengths <= 3) & (word_kind == _LOWER)),
        "long words": words_that(lengths >= 8),
        "begins with a capital": first_kind == _UPPER,
        "begins with a digit": first_kind == _DIGIT,
        "begins with a mark": (first_kind >= _QUOTE) & (first_kind <= _SYMBOL),
        "ends a sentence": closing == _END,
        "ends with a colon": codes[last] == ord(":"),
        "ends with a digit": closing == _DIGIT,
        "several sentences": counts[:, _END] > 1,
        "long": characters >= RUNNING_CHARACTERS,
        "very long": characters >= 2.5 * RUNNING_CHARACTERS,
        "repeats": np.minimum(repeats[group] - 1, 5) / 2,
        "seen before": np.minimum(_seen_before(group), 5) / 2,
    }
    place = [
        np.minimum(gap[:-1], 4) / 2,
        np.minimum(gap[1:], 4) / 2,
        *_position(words, running * words),
    ]
    total = max(float(words.sum()), 1.0)
    page = [
        np.log1p(number) / 7,
        np.log1p(total) / 8,
        float((running * words).sum()) / total,
        _quantile(words, 0.5) / 20 if number else 0.0,
    ]
    columns = [*(shape[name] for name in SHAPE), *place, *(np.full(number, value) for value in page)]
    linked = np.full((number, 2), -1, np.float32)
    if links:
        linked[:] = links
        linked[:, 1] = np.log1p(linked[:, 1])
    table = np.stack(columns, 1).astype(np.float32)
    telling = (lengths >= 3) | (word_kind == _IDEOGRAPH)
    return LineFeatures(table, words, tokens, token_starts, hashes, word_line, telling, linked)


SHAPE = (
    *("characters", "words", "letters of a word", "capitals", "small letters", "digits", "marks", "signs", "symbols"),
    *("ideographs", "ends counted", "commas counted", "quotes counted", "signs counted"),
    *("capitalised words", "short words", "long words", "begins with a capital", "begins with a digit", "begins with a mark"),
    *("ends a sentence", "ends with a colon", "ends with a digit", "several sentences", "long", "very long"),
    *("repeats", "seen before"),
)
"""What the first features of a line are, in their order."""
N_SHAPE, N_PLACE, N_PAGE = len(SHAPE), 8, 4
N_LAYOUT = 22 + len(Elements.KINDS)
# What is true of a line by itself: its shape, place and page, its words, what rules say; of a text's its links, and of a page's
# its elements.
_N_OWN = N_SHAPE + N_PLACE + N_PAGE + 2
N_OWN_OF_TEXT = _N_OWN + 2
N_OWN_OF_PAGE = _N_OWN + 1 + N_LAYOUT
_ENDS, _LONG = SHAPE.index("ends counted"), SHAPE.index("long")
_CHARACTERS, _ENDS_SENTENCE = SHAPE.index("characters"), SHAPE.index("ends a sentence")
# A line of so many characters may be one that was wrapped; one line break before a line. Both as features have them.
_WRAPPED, _ONE_BREAK = np.log1p(40) / 6, 0.5
# The features of a line that its neighbours are told of, the gap before it among them.
_TOLD = (
    *(SHAPE.index(name) for name in ("characters", "words", "capitals", "digits", "marks", "short words", "long words")),
    *(SHAPE.index(name) for name in ("ends a sentence", "repeats", "long")),
    N_SHAPE,
)


def _line_breaks(codes: Hashes) -> Integers:
    """Where the line breaks are that `cleaner.text` knows; a pair is where its second character is."""
    found = np.flatnonzero(np.logical_or.reduce([codes == code for code in _LINE_SEPARATORS]))
    following = codes[np.minimum(found + 1, max(len(codes) - 1, 0))]
    return found[(codes[found] != ord("\r")) | (following != ord("\n"))]


def _words(kind: Integers, small: Hashes, starts: Integers) -> tuple[Integers, Integers, Hashes, Integers]:
    """For each word its first character, its line, its hash and its length."""
    ideograph = kind == _IDEOGRAPH
    in_word = ((kind >= _UPPER) & (kind <= _DIGIT)) | ideograph
    goes_on = np.zeros(len(kind), bool)
    goes_on[1:] = in_word[:-1] & ~ideograph[1:] & ~ideograph[:-1]
    first = np.flatnonzero(in_word & ~goes_on)
    if not len(first):
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, np.zeros(0, np.uint32), nothing
    place = np.zeros(len(kind), np.int64)
    place[first[0] :] = np.arange(first[0], len(kind)) - np.repeat(first, np.diff(first, append=len(kind)))
    terms = np.where(in_word, small * _POWERS.take(np.minimum(place, _HASHED_CHARACTERS)), np.uint32(0))
    hashes = _mixed(np.add.reduceat(terms, first, dtype=np.uint32))
    return first, np.searchsorted(starts, first, "right") - 1, hashes, np.add.reduceat(in_word.astype(np.int32), first)


def _tokens(hashes: Hashes, line: Integers, first: Masks, number: int) -> tuple[Integers, Integers, Hashes]:
    """Tokens by line, the first token of each line, and a hash of each whole line."""
    last = np.ones(len(hashes), bool)
    last[:-1] = first[1:]
    before = np.zeros(len(hashes), np.uint32)
    before[1:] = hashes[:-1]
    before[first] = np.uint32(0x9E3779B9)
    pairs = _mixed(before * np.uint32(0x85EBCA6B) + hashes)
    lasts = _mixed(hashes[last] * np.uint32(0xC2B2AE35) + np.uint32(77))
    whole = np.zeros(number, np.uint32)
    if len(hashes):
        start = np.flatnonzero(first)
        place = np.arange(len(hashes)) - np.repeat(start, np.diff(np.append(start, len(hashes))))
        whole[line[start]] = np.add.reduceat(hashes * _POWERS[np.minimum(place, _HASHED_CHARACTERS)], start, dtype=np.uint32)
    wholes = _mixed(whole + np.uint32(12_345))
    tokens = np.concatenate([hashes, pairs, lasts, wholes])
    lines = np.concatenate([line, line, line[last], np.arange(number)])
    order = np.argsort(lines, kind="stable")
    return (tokens[order] % WORD_WEIGHTS).astype(np.int64), np.searchsorted(lines[order], np.arange(number)), whole


def _kinds_of_lines(kind: Integers, starts: Integers, ends: Integers) -> Floats:
    """For each line how many characters of each kind it has."""
    edges = np.zeros(len(kind) + 1, np.int8)
    edges[starts] += 1
    edges[ends] -= 1
    inside = np.cumsum(edges[:-1], dtype=np.int8).view(bool)
    cell = np.repeat(np.arange(len(starts)) * _N_KINDS, ends - starts) + kind[inside]
    return np.bincount(cell, minlength=_N_KINDS * len(starts)).reshape(-1, _N_KINDS).astype(np.float32)


def _sums(values: Floats, starts: Integers) -> Floats:
    """The sum of the values from each start to the next; 0 where there are none."""
    sums = np.zeros(len(values) + 1, np.float64)
    np.cumsum(values, out=sums[1:])
    bounds = np.append(starts, len(values))
    return (sums[bounds[1:]] - sums[bounds[:-1]]).astype(np.float32)


def _seen_before(group: Integers) -> Integers:
    """For each member of a group how many of the same group stand before it."""
    order = np.argsort(group, kind="stable")
    here = group[order]
    place = np.arange(len(group))
    begins = np.ones(len(group), bool)
    begins[1:] = here[1:] != here[:-1]
    seen = np.zeros(len(group), np.int64)
    seen[order] = place - np.maximum.accumulate(np.where(begins, place, 0)) if len(group) else place
    return seen


def _position(words: Floats, running: Floats) -> Iterator[Floats]:
    """Where each line stands: among the lines, among the words, and among the running text."""
    number = len(words)
    place = np.arange(number, dtype=np.float64)
    yield place / max(number - 1, 1)
    yield np.log1p(place) / 6
    yield np.log1p(number - 1 - place) / 6
    yield np.cumsum(words) / max(float(words.sum()), 1.0)
    before = np.cumsum(running)
    total = max(float(running.sum()), 1.0)
    yield before / total
    yield (total - before) / total


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
    means = [words, made.shape[:, _ENDS], made.shape[:, _LONG], evidence]
    layout = None
    if elements is None:
        columns.add(_LINKS, made.links)
        told.append(made.links)
        means.append(made.links[:, 0])
    elif by_elements is not None:
        layout = _layout(elements, made.words)
        columns.add(_ELEMENTS, by_elements)
        columns.add(_ELEMENTS, layout)
        told += [by_elements[:, None], layout[:, :3]]
        means += [by_elements, elements.link_share]
    _add_neighbours(columns, np.concatenate(told, 1))
    _add_window_means(columns, np.stack(means, 1), weight)
    _add_totals(columns, words, weight)
    if elements is not None and by_elements is not None and layout is not None:
        _add_totals(columns, by_elements, weight)
        _add_blocks(columns, elements, (words, by_elements, words * by_elements), weight)
        for group in _alike(elements):
            _add_alike(columns, group, (words, by_elements, elements.link_share), weight)
        columns.add(_PAGE, _told_elsewhere(made, elements))
    return columns.joined()


def _alike(elements: Elements) -> Iterator[Integers]:
    """Two numbers for each line, equal where elements are alike: the names of five elements, the classes and all of three."""
    around = elements.around
    tokens = np.append(elements.tokens, np.uint32(0))
    sums = np.zeros(len(tokens), np.uint32)
    np.cumsum(_mixed(elements.tokens), dtype=np.uint32, out=sums[1:])
    bounds = np.append(elements.token_starts, len(elements.tokens))
    names = sums[bounds[1:]] - sums[bounds[:-1]]
    sort = elements.sorts[np.maximum(around, 0)]
    for hashes, levels in ((tokens[bounds[:-1]], 5), (names, 3)):
        signature = np.zeros(len(around), np.uint32)
        for level in range(levels):
            own = np.where(around[:, level] >= 0, hashes[sort[:, level]], np.uint32(7))
            signature = signature * np.uint32(1_000_003) + own
        yield np.unique(signature, return_inverse=True)[1]


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


def word_hashes(text: str) -> Hashes:
    """The hashed words of a text."""
    kind, small, _ = _coded(text)
    return _words(kind, small, np.zeros(1, np.int64))[2]


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
    columns.add(_PAGE, np.full(number, _quantile(scores, 0.9) if number else 0.0))


def _quantile(values: Floats, share: float) -> float:
    """As `numpy.quantile`, to the last bit; of the lines of one text that takes as long as all else that is done with them."""
    ordered = np.sort(values)
    place = share * (len(ordered) - 1)
    low, high = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    beyond = place % 1
    return float(low + (high - low) * beyond if beyond < 0.5 else high - (high - low) * (1 - beyond))


def _layout(elements: Elements, words: Floats) -> Floats:
    """Links, depth, the text and links of the elements around, and which of `Elements.KINDS` a line stands in."""
    around = elements.around
    plain, linked = (np.append(0, np.cumsum(words * share)) for share in (1 - elements.link_share, elements.link_share))
    text = plain[elements.end_line] - plain[elements.first_line]
    links = linked[elements.end_line] - linked[elements.first_line]
    columns: list[Floats] = [elements.link_share, np.log1p(elements.links) / 3, elements.depth[elements.of_line] / 20]
    for level in range(1, 9):
        there, element = around[:, level] >= 0, np.maximum(around[:, level], 0)
        columns.append(np.where(there, np.log1p(text[element]) / 8, 0))
        columns.append(np.where(there, links[element] / np.maximum(text[element] + links[element], 1), 0))
        if level in (2, 4, 6):
            columns.append(np.where(there, text[element] / max(float(plain[-1]), 1.0), 0))
    kinds = elements.kinds[elements.of_line]
    columns += [(kinds >> bit) & 1 for bit in range(len(Elements.KINDS))]
    return np.stack(columns, 1).astype(np.float32)


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
    columns.add(_BLOCK, np.log1p(count)[group])
    columns.add(_BLOCK, (weights / np.maximum(count, 1))[group])
    columns.add(_BLOCK, (weights / max(float(weight.sum()), 1e-6))[group])
    columns.add(_BLOCK, (first / max(number, 1))[group])
    columns.add(_BLOCK, (last / max(number, 1))[group])
    for one in scores:
        columns.add(_BLOCK, (np.bincount(group, one * weight, len(count)) / np.maximum(weights, 1e-6))[group])


def logistic(scores: Floats) -> Floats:
    return (1 / (1 + np.exp(-np.clip(scores, -15, 15)))).astype(np.float32)
