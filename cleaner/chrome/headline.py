"""Which line of a text is its headline: labels of main contents mostly leave it out, and readers want it."""

from collections.abc import Sequence

import numpy as np

from cleaner.chrome.characters import Floats, Integers
from cleaner.chrome.lines import N_PAGE, N_PLACE, N_SHAPE, LineFeatures
from cleaner.chrome.model import LIKELY
from cleaner.text import Line

_PARAGRAPH_WORDS, _HEADLINE_WORDS, _ABOVE = 12, (2, 30), 40
# What rules hold of the lines so far below and above, as of a byline, and what the model does.
_RULED, _JUDGED = (1, 2, 3, 4, 5, -1, -2, -3), (1, 2, -1, -2)
_LEAST_CHANCE = 1e-4
N_HEADLINE = 12 + N_PLACE + N_PAGE + len(_RULED) + len(_JUDGED)


def headline_features(made: LineFeatures, content: Floats, evidence: Floats) -> tuple[Integers, Floats]:
    """The lines that may be the headline of a text, and what speaks for each.

    That is where it stands and between what, and if its words come again; nothing that depends on a script or a language. The
    lines are some of those before the first paragraph of the content that are neither a word nor a paragraph.
    """
    long = made.words >= _PARAGRAPH_WORDS
    paragraphs = long & (content >= min(LIKELY, content[long].max(initial=0)))
    first = int(np.argmax(paragraphs)) if paragraphs.any() else 0
    rows = np.arange(max(first - _ABOVE, 0), first)
    rows = rows[(made.words[rows] >= _HEADLINE_WORDS[0]) & (made.words[rows] <= _HEADLINE_WORDS[1]) & (evidence[rows] < 1)]
    if not len(rows):
        return rows, np.zeros((0, N_HEADLINE), np.float32)
    before = slice(int(np.searchsorted(made.word_line, first)))
    line, is_telling = made.word_line[before], made.telling[before]
    again = np.isin(made.hashes[before], made.hashes[paragraphs[made.word_line]])
    telling, repeated = (np.bincount(line[mask], minlength=first)[rows] for mask in (is_telling, is_telling & again))
    words = made.words[rows]
    chance = np.log(content + _LEAST_CHANCE)
    columns = [
        chance[rows],
        repeated / np.maximum(telling, 1),
        np.log1p(repeated),
        np.log(np.maximum(words, 1)),
        words >= 4,
        words > 16,
        np.log(words / np.maximum(_most_of_others(words), 1)),
        np.log1p(first - rows),
        made.of("ends a sentence")[rows],
        made.of("ends with a colon")[rows],
        made.of("begins with a mark")[rows],
        *made.shape[rows, N_SHAPE:].T,
        *(_beside(evidence, rows + step) for step in _RULED),
        *(_beside(chance, rows + step) for step in _JUDGED),
        np.ones(len(rows)),
    ]
    return rows, np.stack(columns, 1).astype(np.float32)


def _most_of_others(words: Floats) -> Floats:
    """For each line the words of the longest of the others."""
    ordered = np.sort(words)
    longest, second = ordered[-1], ordered[-2] if len(ordered) > 1 else 0
    return np.where(words == longest, second, longest)


def _beside(values: Floats, rows: Integers) -> Floats:
    """The values of some lines; 0 where there is no such line."""
    there = (rows >= 0) & (rows < len(values))
    return np.where(there, values.take(rows, mode="clip"), np.float32(0))


def first_headings(text: str, lines: Sequence[Line]) -> list[int]:
    """The lines that Markdown has as headings of the first level, with `#` or underlined."""
    headings = []
    for number, line in enumerate(lines):
        if text.startswith("# ", line.start):
            headings.append(number)
        elif text[line.start] == "=" and number and text.count("=", line.start, line.end) == line.end - line.start:
            headings += (number - 1, number)
    return headings
