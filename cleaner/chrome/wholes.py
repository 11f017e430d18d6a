"""What goes or stays as a whole: code, sentences that go on in the next line, links over lines, questions and answers."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from cleaner.chrome.characters import Floats
from cleaner.chrome.lines import LineFeatures
from cleaner.text import Elements, Line

# What has more of the words of a page is its text, laid out as it is.
MOST_CODE = 0.5
# A line of so many characters may be one that was wrapped; one line break before a line. Both as features have them.
_WRAPPED, _ONE_BREAK = np.log1p(40) / 6, 0.5


def code_as_a_whole(content: Floats, words: Floats, elements: Elements) -> Floats:
    """The probabilities, where those of a `pre` are all the mean over its words: code is nothing without its brackets.

    One that is most of its page, as of a mail, is no code.
    """
    inside = (elements.kinds & (1 << Elements.KINDS.index("pre"))) > 0
    outermost = np.flatnonzero(inside & ~np.where(elements.parent >= 0, inside[elements.parent], False))
    return as_wholes(content, words, zip(elements.first_line[outermost], elements.end_line[outermost], strict=True))


def fenced(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """The first and end line of what is code in a text."""
    for is_code, group in itertools.groupby(range(len(lines)), lambda number: lines[number].origin is not None):
        if is_code:
            numbers = list(group)
            yield numbers[0], numbers[-1] + 1


def as_wholes(content: Floats, words: Floats, spans: Iterable[tuple[int, int]]) -> Floats:
    """The probabilities, where lines from the first to before the end of each span have all the mean over their words.

    What is most of its document is no part of it.
    """
    whole = words.sum()
    for first, end in spans:
        if end - first > 1 and 0 < words[first:end].sum() <= MOST_CODE * whole:
            content[first:end] = np.average(content[first:end], weights=words[first:end])
    return content


def sentences_as_a_whole(content: Floats, made: LineFeatures, first: Sequence[str]) -> Floats:
    """The probabilities, where lines that a sentence goes on in have all the mean over their words: half a sentence is none.

    A sentence goes on in a line whose `first` character is a small letter or a digit, if the line before, without a blank one
    between, is as long as wrapped ones and does not end a sentence.
    """
    goes_on = np.fromiter((char.islower() or char.isdigit() for char in first), bool, len(first))
    goes_on[:1] = False
    goes_on[1:] &= (made.of("characters") >= _WRAPPED)[:-1] & (made.of("ends a sentence") == 0)[:-1]
    goes_on &= made.gap_before <= _ONE_BREAK
    if not goes_on.any():
        return content
    sentence = np.cumsum(~goes_on) - 1
    mean = np.bincount(sentence, content * made.weight) / np.bincount(sentence, made.weight)
    return np.where(goes_on | np.append(goes_on[1:], False), mean[sentence], content).astype(np.float32)


def terms_with_meanings(content: Floats, lines: Sequence[Line]) -> Floats:
    """The probabilities, where a term (`dt`) has at least that of its meaning: an answer is none without its question."""
    for number in reversed(range(len(lines) - 1)):
        if _innermost(lines[number]) == "dt" and _innermost(lines[number + 1]):
            content[number] = max(content[number], content[number + 1])
    return content


def _innermost(line: Line) -> str:
    """Which of `dt` and `dd` a line stands in, the inner one of several; empty for neither."""
    path = line.origin.path if line.origin else ""
    if "dt" not in path and "dd" not in path:  # most lines of most pages
        return ""
    return next((tag for tag in reversed(path.split("/")) if tag in ("dt", "dd")), "")
