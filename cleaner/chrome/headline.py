"""Which line of a text is its headline: labels of main contents mostly leave it out, and readers want it."""

from collections.abc import Sequence

import numpy as np

from cleaner.chrome.characters import Floats, Integers
from cleaner.chrome.lines import LineFeatures
from cleaner.chrome.model import LIKELY
from cleaner.text import Line

N_HEADLINE = 11
_PARAGRAPH_WORDS, _HEADLINE_WORDS, _ABOVE = 12, (2, 30), 40


def headline_features(made: LineFeatures, content: Floats, evidence: Floats) -> tuple[Integers, Floats]:
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
    words = made.words[rows]
    columns = [
        np.log(content[rows] + 1e-4),
        repeated / np.maximum(telling, 1),
        np.log1p(repeated),
        np.log(np.maximum(words, 1)),
        words >= 4,
        words > 16,
        np.log1p(first - rows),
        made.of("ends a sentence")[rows],
        made.of("ends with a colon")[rows],
        made.of("begins with a mark")[rows],
        np.ones(len(rows)),
    ]
    return rows, np.stack(columns, 1).astype(np.float32)


def first_headings(text: str, lines: Sequence[Line]) -> list[int]:
    """The lines that Markdown has as headings of the first level, with `#` or underlined."""
    headings = []
    for number, line in enumerate(lines):
        if text.startswith("# ", line.start):
            headings.append(number)
        elif text[line.start] == "=" and number and text.count("=", line.start, line.end) == line.end - line.start:
            headings += (number - 1, number)
    return headings
