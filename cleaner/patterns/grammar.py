"""The grammar of patterns: what both engines take alike, read into a tree, and refused with a way out where it is more."""

import functools
import math
import re
from collections.abc import Iterator
from typing import NamedTuple

import regex

from cleaner import folding
from cleaner.folding import FOLDED
from cleaner.patterns.tree import Assertion, Characters, Group, Node, Repeat, copies, widths

MAX_PATTERN_CHARACTERS = 20_000
MAX_DEPTH = 40
MAX_COUNT = 10_000
# `regex` writes counted repeats out, one inside the other.
MAX_COPIES = 200_000

# A class with more members than this is any character.
_MAX_LISTED = 24
_CLASS_LETTERS = set("dDwWsS")
_CONTROL_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
# Characters that stand for themselves, none of them repeated.
_PLAIN = re.compile(r"[^\\.^$*+?{\[|()]+(?![*+?{])")
_PLAIN_VERBOSE = re.compile(r"[^\\.^$*+?{\[|()\s#]+(?![*+?{\s#])")
_QUANTIFIER = re.compile(r"\{(\d*)(?:(,)(\d*))?\}")
_OUTSIDE_WORDS = re.compile(r"\\W|\[(?:\\[Ws]|_)+\]")
_PROPERTY = re.compile(r"\{\^?[A-Za-z_=]+\}|[A-Z]")
_FLAGS = re.compile(r"\(\?([a-zA-Z]+)\)")


class PatternError(ValueError):
    """A pattern outside the common subset. `position` is the offset of the offending character, `hint` a way out."""

    def __init__(self, message: str, position: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.position = position
        self.hint = hint


class Parsed(NamedTuple):
    """A pattern read."""

    body: tuple[Node, ...]
    caseless: bool
    lookahead: float
    """How many characters after its end a match may depend on; `math.inf` without a bound."""


def read(source: str) -> Parsed:
    """A pattern as a tree; raises `PatternError` where it leaves the common subset."""
    if len(source) > MAX_PATTERN_CHARACTERS:
        raise PatternError(f"pattern is longer than {MAX_PATTERN_CHARACTERS} characters")
    flags = ""
    if match := _FLAGS.match(source):
        flags = match[1]
        if unknown := set(flags) - set("ismx"):
            raise PatternError(f"inline flag {min(unknown)!r} is not supported", 2, "use i, s, m or x")
    parser = _Parser(source, flags, match.end() if match else 0)
    body = parser.parse()
    if copies(body) > MAX_COPIES:
        raise PatternError(f"counts multiply to more than {MAX_COPIES:,} copies", 0, "bound what repeats more tightly")
    return Parsed(body, parser.caseless, parser.lookahead)


@functools.lru_cache(maxsize=65_536)
def compile_regex(source: str) -> "regex.Pattern[str]":
    """`source` compiled by `regex`; raises `PatternError`."""
    try:
        return regex.compile(source)
    except (regex.error, RecursionError, OverflowError, MemoryError, ValueError) as error:
        position = getattr(error, "pos", None) or 0
        raise PatternError(getattr(error, "msg", str(error)), position) from error


class _Parser:
    """Recursive descent over a pattern; its depth is bounded by `MAX_DEPTH`."""

    def __init__(self, source: str, flags: str, position: int) -> None:
        self.source = source
        self.caseless = "i" in flags
        self.verbose = "x" in flags
        self.flag_prefix = "(?i)" if self.caseless else ""
        self._plain = _PLAIN_VERBOSE if self.verbose else _PLAIN
        self.position = position
        self.lookahead: float = 0

    def parse(self) -> tuple[Node, ...]:
        body = self._alternatives(0)
        if self.position < len(self.source):
            raise PatternError("unbalanced parenthesis", self.position)
        return body.alternatives[0] if len(body.alternatives) == 1 else (body,)

    def _alternatives(self, depth: int) -> Group:
        if depth > MAX_DEPTH:
            raise PatternError(f"groups nest deeper than {MAX_DEPTH}", self.position)
        alternatives: list[tuple[Node, ...]] = []
        while True:
            alternatives.append(tuple(self._sequence(depth)))
            if not self._take("|"):
                return Group(tuple(alternatives))

    def _sequence(self, depth: int) -> Iterator[Node]:
        while True:
            if self.verbose:
                self._skip_comments()
            if self.position >= len(self.source) or self.source[self.position] in "|)":
                return
            if plain := self._plain.match(self.source, self.position):
                self.position = plain.end()
                yield from map(self._literal, plain[0])
            else:
                yield self._quantified(self._atom(depth))

    def _skip_comments(self) -> None:
        while self.position < len(self.source):
            char = self.source[self.position]
            if char == "#":
                newline = self.source.find("\n", self.position)
                self.position = len(self.source) if newline < 0 else newline
            elif not char.isspace():
                return
            self.position += 1

    def _take(self, expected: str) -> bool:
        if self.source.startswith(expected, self.position):
            self.position += len(expected)
            return True
        return False

    def _quantified(self, node: Node) -> Node:
        while True:
            if self.verbose:
                self._skip_comments()
            start = self.position
            least, most = 1, 1.0
            if self._take("*"):
                least, most = 0, math.inf
            elif self._take("+"):
                most = math.inf
            elif self._take("?"):
                least = 0
            elif (match := _QUANTIFIER.match(self.source, start)) and (match[1] or match[3]):
                self.position = match.end()
                least = _count(match[1] or "0", start)
                most = least if not match[2] else _count(match[3], start) if match[3] else math.inf
            elif self.source.startswith("{", start):
                raise PatternError("a bare brace", start, r"write \{ for the character; fuzzy matching is refused")
            else:
                return node
            if self._take("+"):
                raise PatternError("possessive quantifiers are not supported", start, "use a plain quantifier")
            self._take("?")  # lazy or greedy is the same to an automaton
            node = Repeat(node, least, most)

    def _atom(self, depth: int) -> Node:
        start = self.position
        char = self.source[start]
        self.position += 1
        if char == "(":
            return self._group(start, depth)
        if char == "[":
            return self._class(start)
        if char == ".":
            return Characters(None)
        if char in "^$":
            return Assertion()
        if char in "*+?":
            raise PatternError("nothing to repeat", start)
        if char == "{":
            raise PatternError("a bare brace", start, r"write \{ for the character; fuzzy matching is refused")
        if char == "\\":
            return self._escape(start)
        return self._literal(char)

    def _group(self, start: int, depth: int) -> Node:
        looks_ahead = looks_around = False
        if self._take("?"):
            if self._take("=") or self._take("!"):
                looks_ahead = looks_around = True
            elif self._take("<=") or self._take("<!"):
                looks_around = True
            elif not (self._take(":") or self._take("P<") or self._take("<")):
                raise PatternError(
                    "this kind of group is not supported", start, "flags stand at the very start; groups are (…) or (?:…)"
                )
            elif self.source[self.position - 1] == "<":
                end = self.source.find(">", self.position)
                if end < 0 or not self.source[self.position : end].isidentifier():
                    raise PatternError("a group's name is not closed or not a name", start)
                self.position = end + 1
        seen_lookahead = self.lookahead
        body = self._alternatives(depth + 1)
        if not self._take(")"):
            raise PatternError("missing )", start)
        if looks_ahead:
            self.lookahead = max(seen_lookahead, widths((body,))[1] + self.lookahead)
        return Assertion() if looks_around else body

    def _escape(self, start: int) -> Node:
        if self.position >= len(self.source):
            raise PatternError("a lone backslash at the end", start)
        char = self.source[self.position]
        if char in "bBAZz":
            self.position += 1
            self.lookahead = max(self.lookahead, 1)
            return Assertion()
        if char in _CLASS_LETTERS or char in "pP":
            return _class(self._class_escape(start), () if char == "s" else None, self.flag_prefix, self.caseless)
        return self._literal(self._character_escape(start))

    def _class_escape(self, start: int) -> str:
        r"""A class such as ``\w`` or ``\p{Lu}``, as written; the position moves past it."""
        char = self.source[self.position]
        self.position += 1
        if char in "pP":
            match = _PROPERTY.match(self.source, self.position)
            if not match:
                raise PatternError("a property without a name", start, r"write \p{Lu} or \p{Greek}")
            self.position = match.end()
        return self.source[start : self.position]

    def _character_escape(self, start: int) -> str:
        """The character that an escape stands for; the position moves past it."""
        char = self.source[self.position]
        self.position += 1
        if char in _CONTROL_LETTERS:
            return _CONTROL_LETTERS[char]
        if length := {"x": 2, "u": 4, "U": 8}.get(char):
            digits = self.source[self.position : self.position + length]
            self.position += length
            try:
                return chr(int(digits, 16))
            except ValueError as error:
                raise PatternError(f"\\{char} needs {length} hexadecimal digits", start) from error
        if char.isdigit():
            raise PatternError("backreferences are not supported", start, "spell the repetition out, or use `repeats`")
        if char.isalpha():
            raise PatternError(f"\\{char} is not supported", start, "see the list in rules/FORMAT.md")
        return char

    def _class(self, start: int) -> Characters:
        self._take("^")
        exhaustive = self.source[start + 1] != "^" if start + 1 < len(self.source) else True
        members: list[str | None] = []  # None for a set of characters, which cannot begin or end a range
        ranges: list[tuple[str, str]] = []
        first = True
        while first or not self._take("]"):
            first = False
            if self.position >= len(self.source):
                raise PatternError("missing ]", start)
            item_start = self.position
            char = self.source[self.position]
            if char == "[":
                raise PatternError("a bare [ inside a class", item_start, r"write \[")
            self.position += 1
            if char != "\\":
                member: str | None = char
            elif self.position >= len(self.source):
                raise PatternError("missing ]", start)
            elif self.source[self.position] in _CLASS_LETTERS or self.source[self.position] in "pP":
                exhaustive = exhaustive and self.source[self.position] == "s"  # white space is all in ASCII: folded
                self._class_escape(item_start)
                member = None
            elif self.source[self.position] == "b":
                raise PatternError(r"\b inside a class", item_start)
            else:
                member = self._character_escape(item_start)
            if char == "-" and members and members[-1] and not self.source.startswith("]", self.position):
                last = self._class_member(start)
                ranges.append((members[-1], last))
                members.append(None)
                continue
            members.append(member)
        ranges += ((char, char) for char in members if char)
        return _class(
            self.source[start : self.position], tuple(ranges) if exhaustive else None, self.flag_prefix, self.caseless
        )

    def _class_member(self, start: int) -> str:
        """The character that ends a range; the position moves past it."""
        if self.position >= len(self.source):
            raise PatternError("missing ]", start)
        char = self.source[self.position]
        self.position += 1
        return self._character_escape(self.position - 1) if char == "\\" else char

    def _literal(self, char: str) -> Characters:
        return _one_character(char, caseless=self.caseless)


def _count(digits: str, position: int) -> int:
    if len(digits) > len(str(MAX_COUNT)) or int(digits) > MAX_COUNT:
        raise PatternError(f"a count above {MAX_COUNT}", position)
    return int(digits)


@functools.lru_cache(maxsize=65_536)
def _one_character(char: str, *, caseless: bool) -> Characters:
    folded = FOLDED.get(char, char)
    one = folding.caseless(folded) if caseless else folded
    return Characters((one,), not one.isalnum())


@functools.lru_cache(maxsize=4_096)
def _class(source: str, ranges: tuple[tuple[str, str], ...] | None, flags: str, caseless: bool) -> Characters:  # noqa: FBT001
    """A class: its ASCII members are asked of `regex`, others stand in `ranges`; None where they are too many."""
    if ranges is None or sum(ord(last) - ord(first) + 1 for first, last in ranges) > 128 + _MAX_LISTED:
        return Characters(None, outside_words=bool(_OUTSIDE_WORDS.fullmatch(source)))
    found = compile_regex(flags + source).findall(_ASCII_AND_FOLDED)
    members = {FOLDED.get(char, char) for char in found}
    members |= {chr(code) for low, high in ranges for code in range(max(ord(low), 0x80), ord(high) + 1)} - FOLDED.keys()
    if caseless:
        members = set(map(folding.caseless, members))
    outside_words = not any(map(str.isalnum, members))
    return Characters(tuple(sorted(members)) if len(members) <= _MAX_LISTED else None, outside_words)


_ASCII_AND_FOLDED = "".join(map(chr, range(128))) + "".join(FOLDED)
