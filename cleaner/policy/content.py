"""Which lines go because they are none of the main content, as surely as the profile wants it.

Models and extractors say what they hold of each line, and the caller may want some kept whatever they say.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import regex

from cleaner import chrome
from cleaner.policy.keep import keeping
from cleaner.policy.profiles import Profile
from cleaner.text import Line

Masks = npt.NDArray[np.bool_]


class Run(NamedTuple):
    """Lines in a row, as a span of the text. Offsets are code points."""

    start: int
    end: int
    why: str = ""
    score: float | None = None
    """How sure it is that they go, 0 to 1; None where nobody says."""


class Wanted(NamedTuple):
    """What the caller wants kept."""

    patterns: Sequence["regex.Pattern[str]"]
    headline: bool
    """Whether that of a text has to stay also where its main content alone is wanted."""
    headline_of_page: slice = slice(0)
    """The lines of it, where that of a page has to stay."""

    def among(self, text: str, lines: Sequence[Line], content: Masks) -> Masks:
        """Which of the `lines` are content, with those that the caller wants kept. Raises `TimeoutError` as `keeping` does."""
        if self.patterns:
            content = content | [keeping(self.patterns, [text[line.start : line.end]]) is not None for line in lines]
        if content.any():
            content[self.headline_of_page] = True
        return content


def outside_extracted(text: str, lines: Sequence[Line], extracted: Sequence[bool], wanted: Wanted) -> list[Run]:
    """The lines of a page that an extractor leaves out."""
    content = wanted.among(text, lines, np.array(extracted))
    return [Run(*_span(lines, *run)) for run in _numbered(~content)]


def outside_content(
    text: str,
    lines: Sequence[Line],
    verdict: chrome.Verdict,
    evidence: npt.NDArray[np.float32],
    profile: Profile,
    wanted: Wanted,
) -> list[Run]:
    """The lines that the chrome model does not hold for main content; those of a text, as surely as the profile wants it.

    `evidence` is what rules hold of each line, of which 1 says more than the model does.
    """
    only_sure = not verdict.page and profile.chrome == "sure"
    content = wanted.among(text, lines, verdict.content >= verdict.cut(only_sure=only_sure))
    if not verdict.page:
        content |= evidence == 1
        if only_sure or wanted.headline:
            content |= verdict.headline
    # What has no word, such as the brackets of code, goes from a text only along with words.
    runs = [(first, end) for first, end in _numbered(~content) if verdict.page or verdict.words[first:end].any()]
    surest = [int(first + np.argmin(verdict.content[first:end])) for first, end in runs]
    told = [f"by {reason}" for reason in verdict.reasons(surest)]
    if verdict.page and not content.any():
        told = ["nothing on this page looks like its main content"] * len(runs)
    return [
        Run(*_span(lines, first, end), why, round(1 - float(verdict.content[first:end].max()), 3))
        for (first, end), why in zip(runs, told, strict=True)
    ]


def likely_chrome(lines: Sequence[Line], verdict: chrome.Verdict) -> list[tuple[int, int]]:
    """The spans, by place, that the chrome model holds for chrome rather than content."""
    least = chrome.LIKELY_OF_PAGE if verdict.page else chrome.LIKELY
    return [_span(lines, *run) for run in _numbered(verdict.content < least)]


def _numbered(mask: Masks) -> list[tuple[int, int]]:
    """The runs of true values, each from its first to before its end."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]


def _span(lines: Sequence[Line], first: int, end: int) -> tuple[int, int]:
    return lines[first].start, lines[end - 1].end
