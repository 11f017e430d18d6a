r"""The pattern language of rules: the common subset of `regex` and Hyperscan, checked, and what to look for.

`regex` decides what a pattern matches. The automaton only has to report every place where it might, so from each
pattern a few *literals* are drawn, one of which stands in whatever the pattern matches (Cox 2012, "Regular expression
matching with a trigram index"; RE2's FilteredRE2). Thousands of literals make one small, fast automaton, where the patterns
themselves would keep thousands of states alive at every byte.

Wherever the two engines disagree the literals are on the safe side, by construction:

* a class takes part only where it has few members: its ASCII ones are asked of `regex` itself, others are listed;
* outside ASCII case is never looked at, and white space, hyphens and the like are one (`cleaner.folding`);
* assertions (`^`, `\b`, lookaround) take no part.
"""

import contextlib
import functools
import hashlib
import itertools
import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import regex

from cleaner import cache, folding
from cleaner.folding import FOLDED

MAX_PATTERN_CHARACTERS = 20_000
MAX_DEPTH = 40
MAX_COUNT = 10_000
# Of more patterns than this the latest are kept for the next process.
MAX_REMEMBERED = 20_000
# `regex` writes counted repeats out, one inside the other.
MAX_COPIES = 200_000

TRAILING_DECORATION = " |•·»›>→▶►▸‹«<←↑×✕✖☰✉☐□*+=~–—-_"
"""Ornaments behind the words of a line. Sentence marks are not among them: every line of prose ends with one."""

# A class with more members than this is any character.
_MAX_LISTED = 24
# The most strings that one stretch of a pattern may stand for, and the most characters of one literal.
_MAX_STRETCH = 96
_LITERAL_CHARACTERS = 64
# Literals that together are expected at more than one byte in 2 ** 7 are too weak to be looked for; a stretch so rare that
# it hardly stands anywhere needs no more characters, which would only make more literals of it.
_LEAST_BITS = 7.0
_ENOUGH_BITS = 36.0
# Of stretches that are found so seldom (one byte in 2 ** 22: with a thousand rules, one candidate in 4,000 bytes), the one that
# stands for the fewest strings is looked for. And of a literal only its beginning, as far as it takes to be this rare.
_SELDOM_BITS = 22.0
_LEAST_BEGINNING = 5
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


@dataclass(frozen=True, slots=True)
class _Characters:
    """One character: its possible `members`, folded and each only once where case is ignored; None for too many."""

    members: tuple[str, ...] | None
    outside_words: bool = False
    """Whether no member is a letter or a digit."""


@dataclass(frozen=True, slots=True)
class _Assertion:
    """A condition without width; `lookahead` is how far it may look."""

    lookahead: float = 1


@dataclass(frozen=True, slots=True)
class _Group:
    alternatives: tuple["tuple[_Node, ...]", ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    body: "_Node"
    least: int
    most: float


_Node = _Characters | _Assertion | _Group | _Repeat


class LineShape(msgspec.Struct, frozen=True):
    """What every line that a pattern matches begins and ends with: ASCII characters in lower case; None for any."""

    first: frozenset[str] | None
    last: frozenset[str] | None

    def admits(self, line: str) -> bool:
        """Whether a stripped line that is not empty can be one; cheaper to ask than to match."""
        first, last = line[0], line[-1]
        if self.first is not None and first.isascii() and first.lower() not in self.first:
            return False
        return self.last is None or not last.isascii() or last.lower() in self.last


class Pattern(msgspec.Struct, frozen=True):
    """What is known of a pattern that has been found good."""

    caseless: bool
    min_width: int
    """The fewest characters a match can have."""
    max_width: float
    """The most characters a match can have; `math.inf` without a bound."""
    max_lookahead: float
    """How many characters after its end a match may depend on; `math.inf` without a bound."""
    nested_repeat: bool
    """Whether one unbounded repeat stands inside another, the shape that backtracks without end."""
    shape: LineShape
    literals: tuple[str, ...]
    """Strings of which one at least stands in every match; none where they would be found everywhere.

    Of a pattern that must match a whole line, a line break in a literal is an end of that line, without the `lead` and the
    `TRAILING_DECORATION` that may stand there; otherwise one space stands for a line break and all white space around it.
    """
    whole_literals: tuple[str, ...]
    """The same with all that is known of each, not only as much as is found seldom: for patterns that begin alike."""


@functools.lru_cache(maxsize=65_536)
def parse(source: str, *, whole_line: bool = False) -> Pattern:
    """What is known of a pattern that is searched for, or must match a whole line; raises `PatternError`.

    Whether `regex` takes it is for `check` to say.
    """
    key = f"{'^' if whole_line else '-'}{source}"
    pattern = _known().get(key)
    if pattern is None:
        pattern = _known()[key] = _analysed(source, whole_line=whole_line)
        _new.add(key)
    return pattern


def check(source: str) -> None:
    """Raises `PatternError` for what `regex` does not take; that takes it as long as all else that is done with a pattern."""
    key = f"={source}"
    if key not in _known():
        compile_regex(source)
        _known()[key] = None
        _new.add(key)


_new: set[str] = set()


@functools.cache
def _known() -> dict[str, Pattern | None]:
    """What this process and those before it have worked out, which took them seconds for a library of rules."""
    return _read()


def _read() -> dict[str, Pattern | None]:
    if content := cache.read(_cache_name()):
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.msgpack.decode(content, type=dict[str, Pattern | None])
    return {}


@functools.cache
def _cache_name() -> str:
    """Another version of the analysis, or of the engine that finds a pattern good, has another cache."""
    made_by = hashlib.sha256(regex.__version__.encode())
    for module in (__file__, str(folding.__file__)):
        made_by.update(Path(module).read_bytes())
    return f"{made_by.hexdigest()[:32]}.patterns"


def remember() -> None:
    """Keep what is known of patterns for the next process."""
    if not _new:
        return
    _new.clear()
    kept = [*{**_read(), **_known()}.items()][-MAX_REMEMBERED:]
    with contextlib.suppress(UnicodeEncodeError):  # a pattern with lone surrogates comes from no rule file
        cache.write(_cache_name(), msgspec.msgpack.encode(dict(kept)))


def _analysed(source: str, *, whole_line: bool) -> Pattern:
    """A pattern parsed; raises `PatternError` where it leaves the common subset."""
    if len(source) > MAX_PATTERN_CHARACTERS:
        raise PatternError(f"pattern is longer than {MAX_PATTERN_CHARACTERS} characters")
    flags = ""
    if match := _FLAGS.match(source):
        flags = match[1]
        if unknown := set(flags) - set("ismx"):
            raise PatternError(f"inline flag {min(unknown)!r} is not supported", 2, "use i, s, m or x")
    parser = _Parser(source, flags, match.end() if match else 0)
    body = parser.parse()
    if _copies(body) > MAX_COPIES:
        raise PatternError(f"counts multiply to more than {MAX_COPIES:,} copies", 0, "bound what repeats more tightly")
    shape = LineShape(_outermost(body, last=False)[0], _outermost(body, last=True)[0])
    chosen = _rarest_in_line(body) if whole_line else _Search(whole_line=False).rarest(body, frozenset([""]))
    literals = _literals(map(_beginning, chosen))
    whole = _literals(chosen) if literals else ()
    return Pattern("i" in flags, *_widths(body), parser.lookahead, _nested_repeat(body), shape, literals, whole)


def _rarest_in_line(body: tuple[_Node, ...]) -> frozenset[str]:
    kept = list(body)
    while kept and _is_trail(kept[-1]):
        kept.pop()
    return _Search(whole_line=True).rarest((*kept, _LINE_END), _LINE_START)


def _outermost(nodes: Sequence[_Node], *, last: bool) -> tuple[frozenset[str] | None, bool]:
    """The characters that a match of `nodes` can begin (or end) with, None for any; and whether it can be empty."""
    union: frozenset[str] = frozenset()
    for node in reversed(nodes) if last else nodes:
        chars: frozenset[str] | None
        match node:
            case _Characters(members):
                chars, empty = None if members is None else frozenset(map(str.lower, members)), False
            case _Assertion():
                chars, empty = frozenset(), True
            case _Repeat(body, least):
                chars, empty = _outermost((body,), last=last)
                empty = empty or least == 0
            case _Group(alternatives):
                results = [_outermost(alternative, last=last) for alternative in alternatives]
                sets = [chars for chars, _ in results]
                chars = None if None in sets else frozenset().union(*(one for one in sets if one is not None))
                empty = any(empty for _, empty in results)
        if chars is None:
            return None, False
        union |= chars
        if not empty:
            return union, False
    return union, True


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

    def parse(self) -> tuple[_Node, ...]:
        body = self._alternatives(0)
        if self.position < len(self.source):
            raise PatternError("unbalanced parenthesis", self.position)
        return body.alternatives[0] if len(body.alternatives) == 1 else (body,)

    def _alternatives(self, depth: int) -> _Group:
        if depth > MAX_DEPTH:
            raise PatternError(f"groups nest deeper than {MAX_DEPTH}", self.position)
        alternatives: list[tuple[_Node, ...]] = []
        while True:
            alternatives.append(tuple(self._sequence(depth)))
            if not self._take("|"):
                return _Group(tuple(alternatives))

    def _sequence(self, depth: int) -> Iterator[_Node]:
        while True:
            if self.verbose:
                self._skip_comments()
            if self.position >= len(self.source) or self.source[self.position] in "|)":
                return
            if plain := self._plain.match(self.source, self.position):
                self.position = plain.end()
                for char in plain[0]:
                    yield _one_character(char, caseless=self.caseless)
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

    def _quantified(self, node: _Node) -> _Node:
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
            node = _Repeat(node, least, most)

    def _atom(self, depth: int) -> _Node:
        start = self.position
        char = self.source[start]
        self.position += 1
        if char == "(":
            return self._group(start, depth)
        if char == "[":
            return self._class(start)
        if char == ".":
            return _Characters(None)
        if char in "^$":
            return _Assertion()
        if char in "*+?":
            raise PatternError("nothing to repeat", start)
        if char == "{":
            raise PatternError("a bare brace", start, r"write \{ for the character; fuzzy matching is refused")
        if char == "\\":
            return self._escape(start)
        return self._literal(char)

    def _group(self, start: int, depth: int) -> _Node:
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
            self.lookahead = max(seen_lookahead, _widths((body,))[1] + self.lookahead)
        return _Assertion() if looks_around else body

    def _escape(self, start: int) -> _Node:
        if self.position >= len(self.source):
            raise PatternError("a lone backslash at the end", start)
        char = self.source[self.position]
        if char in "bBAZz":
            self.position += 1
            self.lookahead = max(self.lookahead, 1)
            return _Assertion()
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

    def _class(self, start: int) -> _Characters:
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

    def _literal(self, char: str) -> _Characters:
        return _one_character(char, caseless=self.caseless)


def _count(digits: str, position: int) -> int:
    if len(digits) > len(str(MAX_COUNT)) or int(digits) > MAX_COUNT:
        raise PatternError(f"a count above {MAX_COUNT}", position)
    return int(digits)


@functools.lru_cache(maxsize=65_536)
def _one_character(char: str, *, caseless: bool) -> _Characters:
    folded = FOLDED.get(char, char)
    one = folding.caseless(folded) if caseless else folded
    return _Characters((one,), not one.isalnum())


@functools.lru_cache(maxsize=4_096)
def _class(source: str, ranges: tuple[tuple[str, str], ...] | None, flags: str, caseless: bool) -> _Characters:  # noqa: FBT001
    """A class: its ASCII members are asked of `regex`, others stand in `ranges`; None where they are too many."""
    if ranges is None or sum(ord(last) - ord(first) + 1 for first, last in ranges) > 128 + _MAX_LISTED:
        return _Characters(None, outside_words=bool(_OUTSIDE_WORDS.fullmatch(source)))
    found = compile_regex(flags + source).findall(_ASCII_AND_FOLDED)
    members = {FOLDED.get(char, char) for char in found}
    members |= {chr(code) for low, high in ranges for code in range(max(ord(low), 0x80), ord(high) + 1)} - FOLDED.keys()
    if caseless:
        members = set(map(folding.caseless, members))
    outside_words = not any(map(str.isalnum, members))
    return _Characters(tuple(sorted(members)) if len(members) <= _MAX_LISTED else None, outside_words)


_ASCII_AND_FOLDED = "".join(map(chr, range(128))) + "".join(FOLDED)


def _widths(nodes: tuple[_Node, ...]) -> tuple[int, float]:
    """The fewest and the most characters of a match of all, one after another."""
    widths = list(map(_node_widths, nodes))
    return sum(least for least, _ in widths), sum(most for _, most in widths)


def _node_widths(node: _Node) -> tuple[int, float]:
    match node:
        case _Characters():
            return 1, 1
        case _Assertion():
            return 0, 0
        case _Group(alternatives):
            widths = list(map(_widths, alternatives))
            return min(least for least, _ in widths), max(most for _, most in widths)
        case _Repeat(body, fewest, times):
            least, most = _node_widths(body)
            return fewest * least, times * most if times and most else 0  # without a bound on either one is not a number


def _copies(nodes: tuple[_Node, ...]) -> float:
    """How many single characters there are when all counted repeats are written out."""
    total = 0.0
    for node in nodes:
        match node:
            case _Group(alternatives):
                total += sum(map(_copies, alternatives))
            case _Repeat(body, least, most):
                total += _copies((body,)) * max(least, 1 if math.isinf(most) else most, 1)
            case _:
                total += 1
    return total


def _nested_repeat(nodes: tuple[_Node, ...], *, inside: bool = False) -> bool:
    for node in nodes:
        match node:
            case _Group(alternatives):
                if any(_nested_repeat(alternative, inside=inside) for alternative in alternatives):
                    return True
            case _Repeat(body, _, most):
                unbounded = most == math.inf
                if (unbounded and inside) or _nested_repeat((body,), inside=inside or unbounded):
                    return True
    return False


def _is_lead(node: _Node) -> bool:
    """Whether `node` matches nothing but what `lead` counts."""
    return all(characters.outside_words for characters in _characters(node))


def _is_trail(node: _Node) -> bool:
    """Whether `node` matches nothing but trailing decoration."""
    return all(one.members is not None and set(one.members) <= _TRAILING for one in _characters(node))


def _characters(node: _Node) -> Iterator[_Characters]:
    """All characters that `node` is made of."""
    match node:
        case _Characters():
            yield node
        case _Repeat(body):
            yield from _characters(body)
        case _Group(alternatives):
            for part in itertools.chain.from_iterable(alternatives):
                yield from _characters(part)


_TRAILING = frozenset(TRAILING_DECORATION + "\n\r")


def _literals(chosen: Iterable[str]) -> tuple[str, ...]:
    """Those `chosen` that begin with no other one; none where they are too weak together."""
    kept: list[str] = []
    for one in sorted(chosen):
        if not kept or not one.startswith(kept[-1]):
            kept.append(one)
    return tuple(kept) if rarity_of(kept) >= _LEAST_BITS else ()


def _beginning(literal: str) -> str:
    """As much of a literal as it takes to be found seldom enough, also beside others of its pattern."""
    if rarity(literal) < _ENOUGH_BITS:
        return literal
    for end in range(_LEAST_BEGINNING, len(literal)):
        if rarity(literal[:end]) >= _ENOUGH_BITS:
            return literal[:end]
    return literal


def lead(line: str) -> int:
    """How many characters of `line` stand before its first letter or digit: bullets, brackets, arrows."""
    match = _LEAD.match(line)
    return match.end() if match else 0


_LEAD = re.compile(r"[\W_]*")


@functools.lru_cache(maxsize=65_536)
def _undecorated(literal: str) -> str:
    """A literal that is bound to the line's end, as it stands in a line that has lost its decoration."""
    first, last = literal.startswith("\n"), literal.endswith("\n", 1)
    if not first and not last:
        return literal
    core = literal.strip("\n")
    if not any(map(str.isalnum, core)):
        return "\n\n" if first and last else ""
    return "\n" * first + core[lead(core) :].rstrip(TRAILING_DECORATION) + "\n" * last


class _Search:
    """The search for literals in one pattern."""

    def __init__(self, *, whole_line: bool) -> None:
        self._whole_line = whole_line
        self._memo: dict[int, frozenset[str] | None] = {}

    def rarest(self, nodes: Sequence[_Node], before: frozenset[str]) -> frozenset[str]:
        """The rarest strings of which one stands in whatever a sequence of `nodes` matches, one of `before` directly before it.

        Each stretch of the sequence that stands for few strings is a choice; so is, where alternatives differ too much for
        that, one choice from each of them.
        """
        choices: list[frozenset[str]] = []
        current = before
        for index, node in enumerate(nodes):
            if current == _LINE_START and _is_lead(node):
                continue
            strings = self.strings(node)
            if (strings is None or len(strings) > 1) and self._is_enough(current):
                break
            if current == _LINE_START and isinstance(node, _Repeat) and node.least == 0:
                # What may be missing at the start of a line: with it, or without it, the line starts in some way.
                present = self.rarest((node.body,), current)
                absent = self.rarest(nodes[index + 1 :], current)
                choices.append(present | absent if present and absent else frozenset())
            if strings is not None and len(current) * len(strings) <= _MAX_STRETCH:
                current = _joined(current, strings)
                continue
            if isinstance(node, _Group):
                rest = list(itertools.takewhile(lambda one: not isinstance(one, _Group), nodes[index + 1 :]))
                inner = [self.rarest((*alternative, *rest), current) for alternative in node.alternatives]
                choices.append(frozenset().union(*inner) if all(inner) else frozenset())
            elif isinstance(node, _Repeat) and strings is None and node.least > 0:
                strings = self.strings(node.body)
                if strings is None:
                    choices.append(self.rarest((node.body,), current))
            solid = strings if strings and "" not in strings else frozenset([""])
            if len(current) * len(solid) <= _MAX_STRETCH:
                current = _joined(current, solid)
            choices.append(current)
            current = solid
        choices.append(current)
        usable = (frozenset(map(self._usable, choice)) for choice in choices if choice)
        possible = [choice for choice in usable if "" not in choice]
        seldom = [choice for choice in possible if rarity_of(choice) >= _SELDOM_BITS]
        return min(seldom, key=len) if seldom else max(possible, key=rarity_of, default=frozenset())

    def _is_enough(self, literals: frozenset[str]) -> bool:
        """Whether these hardly stand anywhere, even if all of them did as often as the shortest."""
        if len(shortest := min(literals, key=lambda literal: (len(literal), literal), default="")) < _LEAST_BEGINNING:
            return False
        return rarity(self._usable(shortest)) - math.log2(len(literals)) >= _ENOUGH_BITS

    def _usable(self, literal: str) -> str:
        """What of `literal` is certain to stand in the text that the automaton sees."""
        if self._whole_line:
            return _undecorated(literal[:_LITERAL_CHARACTERS])
        # Of several spaces some may have been white space around a line break.
        return max(literal.split("  "), key=rarity)[:_LITERAL_CHARACTERS]

    def _seen(self, members: tuple[str, ...]) -> frozenset[str]:
        """The characters as they stand in the text that the automaton sees: inside a line there is no line break."""
        if members is _LINE_END.members:
            return _LINE_START
        return frozenset(members) - {"\n"} if self._whole_line else frozenset(" " if char == "\n" else char for char in members)

    def strings(self, node: _Node) -> frozenset[str] | None:
        """All strings that `node` matches; None where they are too many."""
        if id(node) not in self._memo:
            self._memo[id(node)] = self._all_strings(node)
        return self._memo[id(node)]

    def _all_strings(self, node: _Node) -> frozenset[str] | None:
        match node:
            case _Characters(members):
                return None if members is None else self._seen(members)
            case _Assertion():
                return frozenset([""])
            case _Group(alternatives):
                union: set[str] = set()
                for alternative in alternatives:
                    product = _product(self.strings(part) for part in alternative)
                    if product is None or len(union) + len(product) > _MAX_STRETCH:
                        return None
                    union |= product
                return frozenset(union)
            case _Repeat(body, least, most):
                strings = self.strings(body)
                if strings is None or most > 3:
                    return None
                powers = [_product([strings] * count) for count in range(least, int(most) + 1)]
                whole = [power for power in powers if power is not None]
                union = set().union(*whole)
                return frozenset(union) if len(whole) == len(powers) and len(union) <= _MAX_STRETCH else None


_LINE_START = frozenset(["\n"])
_LINE_END = _Characters(("\n",))


def _joined(first: Iterable[str], second: Iterable[str]) -> frozenset[str]:
    """Each of the one behind each of the other, as far as a literal goes: what is longer is cut off, and stays so."""
    return frozenset((one + other)[:_LITERAL_CHARACTERS] for one in first for other in second)


def _product(factors: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    result = frozenset([""])
    word = ""  # what has one string each is joined in one go
    for factor in factors:
        if factor is not None and len(factor) == 1:
            word += next(iter(factor))
            continue
        if factor is None or len(result) * len(factor) > _MAX_STRETCH:
            return None
        result = _joined(_joined(result, [word]), factor)
        word = ""
    return _joined(result, [word])


# Bits that a character tells, from its frequency in English prose (Norvig's letter counts); others are rarer.
_BITS = {
    **dict(zip(" etaoinsrhldcu", (2.5, 3.2, 3.6, 3.8, 3.9, 3.9, 4.0, 4.1, 4.2, 4.5, 4.8, 4.9, 5.2, 5.4), strict=True)),
    **dict(zip("mfpgwyb,.v\nk", (5.5, 5.6, 5.7, 5.9, 6.1, 6.1, 6.3, 6.6, 6.6, 7.0, 7.0, 7.2), strict=True)),
    **dict(zip("xjqz@", (9.0, 9.5, 10.0, 10.5, 13.0), strict=True)),
    **dict.fromkeys("0129", 6.5),
}
_RARE_BITS = 9.0
_FOREIGN_BITS = 13.0
# What a capital tells beside its letter, where case counts; and how much less letters tell in a row.
_CAPITAL_BITS = 3.0
_REDUNDANCY = 0.85

# The most frequent English words, in order; by Zipf's law the word of rank r is one in about 10 * (r + 2).
_COMMON_WORDS = {
    word: math.log2(60 * (rank + 2))
    for rank, word in enumerate(
        "the of and to in a is that for it on was with as you i are be this by at have from or not they his we but had he her "
        "your all which can will their has more if an about when what there one so up out our who them been were new some my "
        "time would like other no do its me just people into than how also two first only get these him over may now could "
        "use any work make see us most day after then should well where many way even back good know year years because very "
        "need help here find through much take best long those home free site data using page using content search service "
        "company website business read view used between each world part every both made while without information news "
        "love life right same experience great available post share team high support including used please online".split(),
        1,
    )
}


# Of any other word, by the same law at rank 10,000: letters alone make too much of those that are frequent. Not in scripts
# that write words together, which begin with Thai.
_MOST_WORD_BITS = 20.0
_UNSPACED = "\u0e00"


def rarity_of(literals: Collection[str]) -> float:
    """As `rarity`, of finding any one of `literals`."""
    chance = sum(2.0 ** -rarity(literal) for literal in literals)
    return -math.log2(chance) if chance else 0.0


@functools.lru_cache(maxsize=65_536)
def rarity(literal: str) -> float:
    """The bits that a literal tells: minus the logarithm of its chance at any one byte of English prose."""
    return sum(map(_token_bits, _TOKEN.findall(literal.lower()))) + _CAPITAL_BITS * sum(map(str.isupper, literal))


_TOKEN = re.compile(r"^ ?\w+|\w+|[^\w ]|^ ")


@functools.lru_cache(maxsize=65_536)
def _token_bits(token: str) -> float:
    bits = sum(_BITS.get(char, _RARE_BITS if char.isascii() else _FOREIGN_BITS) for char in token)
    word = token.strip()
    return min(bits * _REDUNDANCY, _COMMON_WORDS.get(word, _MOST_WORD_BITS)) if word.isalpha() and word < _UNSPACED else bits
