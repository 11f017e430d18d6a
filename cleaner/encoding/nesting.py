"""What stands in the blocks, strings and comments of a program, as far as a text that has other things in it lets that be told.

The text of a page is never inside the curly brackets or the strings of its scripts, and much of what is inside reads like text.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple, Self, TypeAlias

import numpy as np
import numpy.typing as npt

# What is quoted at less length may be quoted by a sentence.
_SHORTEST_STRING = 40
# Before a string, and before a pattern, an operator stands or a bracket, and behind a string another, or its line ends. What
# does not end within so many characters was not begun; double quotes end with their line.
_BEFORE = r"(?<=[\[{(,:=+?!&|;>])\s{0,100}"
_BEHIND = r"(?=[^\S\n]{0,100}(?:[\]}),:;+.?&|=<>!*/\\\n-]|\Z))"
_TOKEN = re.compile(
    rf"""
    (?P<open>{{)
    |(?P<close>}})
    |(?P<string>{_BEFORE}(?:"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.){{0,2000}}+'){_BEHIND})
    |(?P<template>(?:{_BEFORE}|(?<=\w)|(?<=\breturn\s))`(?:[^`\\]|\\[\s\S]){{0,5000}}+`)
    |(?P<pattern>{_BEFORE}/(?![*/])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.){{0,100}}+\]){{1,200}}+/)
    |(?P<comment>/\*)
    |(?<![\w:"'\\/(=])//[^\n]{{0,300}}+(?=\n)
    |\\.
    """,
    re.VERBOSE,
)

Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]


class Spans(NamedTuple):
    """Where some things start and end, by place."""

    starts: Integers
    ends: Integers

    @classmethod
    def of(cls, found: Sequence[tuple[int, int]]) -> Self:
        """The spans with these starts and ends."""
        return cls(*np.array(found, np.int64).reshape(-1, 2).T)

    def around(self, places: Integers) -> Integers:
        """For each place the number of the span that it is in, -1 outside of all; of spans that do not overlap."""
        if not len(self.starts):
            return np.full(len(places), -1)
        last = np.searchsorted(self.starts, places, "right") - 1
        return np.where((last >= 0) & (places < self.ends[last]), last, -1)

    def depth(self, length: int) -> Integers:
        """In how many each character of a text is."""
        edges = np.bincount(self.starts, minlength=length + 1) - np.bincount(self.ends, minlength=length + 1)
        return np.cumsum(edges)[:length]

    def shares(self, pieces: "Spans", length: int) -> Floats:
        """What share of each of the `pieces` of a text is in any."""
        inside = np.append(0, np.cumsum(self.depth(length) > 0))
        shares: Floats = (inside[pieces.ends] - inside[pieces.starts]) / (pieces.ends - pieces.starts)
        return shares


class Nesting(NamedTuple):
    """Where a text has blocks, which are what curly brackets enclose, strings and comments."""

    blocks: Spans
    """All that are closed, one in another."""
    outer: Spans
    """Those that stand in no other."""
    quoted: Spans
    """Strings and comments."""


def nesting(text: str) -> Nesting:
    """Where `text` has blocks, strings and comments; in time that grows with its length alone."""
    blocks: list[tuple[int, int]] = []
    quoted: list[tuple[int, int]] = []
    opened: list[int] = []
    last_comment = text.rfind("*/")
    place = 0
    while token := _TOKEN.search(text, place):
        start, place = token.span()
        match token.lastgroup:
            case "open":
                opened.append(start)
            case "close" if opened:
                blocks.append((opened.pop(), place))
            case "string" | "template" if place - start >= _SHORTEST_STRING:
                quoted.append((start, place))
            case "comment" if place <= last_comment:
                place = text.index("*/", place) + 2
                quoted.append((start, place))
    blocks.sort()
    outer: list[tuple[int, int]] = []
    for block in blocks:
        if not outer or block[0] >= outer[-1][1]:
            outer.append(block)
    return Nesting(Spans.of(blocks), Spans.of(outer), Spans.of(quoted))
