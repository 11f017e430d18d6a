"""Phrases that signals count: which of them a text has is told by one scan for all."""

import functools

from cleaner.automaton import CASELESS, ONCE, Automaton
from cleaner.text import encode

POLICY_PHRASES = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
"""C4's, from its code."""

_SOUGHT = (*POLICY_PHRASES, "javascript", "lorem ipsum", "://", "www.", "://www.", "{", "...")


class Phrases:
    """The phrases in a text, in small or capital letters."""

    def __init__(self, text: str) -> None:
        data = encode(text)
        self._there = {_SOUGHT[index] for index in _automaton().scan(data).indices.tolist()}
        self._data = data.lower() if self._there else b""  # ASCII letters, which is all that is sought

    def number(self, phrase: str) -> int:
        """How often a phrase of those above stands there, one behind the other."""
        return self._data.count(phrase.encode()) if phrase in self._there else 0

    def lines_with(self, *phrases: str) -> int:
        """How many lines have one of the phrases in them."""
        there = self._there.intersection(phrases)
        if not there:
            return 0
        data = self._data
        for separator in ("\r", "\u2028", "\u2029"):
            data = data.replace(separator.encode(), b"\n")
        ends: set[int] = set()
        for phrase in map(str.encode, there):
            at = data.find(phrase)
            while at >= 0:
                end = data.find(b"\n", at)
                ends.add(end)
                at = data.find(phrase, end) if end >= 0 else -1
        return len(ends)


@functools.cache
def _automaton() -> Automaton:
    return Automaton([(phrase, ONCE | CASELESS) for phrase in _SOUGHT], literal=True)
