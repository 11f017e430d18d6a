"""What a pattern is looked for by: of the strings that its tree stands for, few and rare ones of which each match has one."""

import functools
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence

from cleaner.patterns.rarity import rarity, rarity_of
from cleaner.patterns.tree import Assertion, Characters, Group, Node, Repeat

TRAILING_DECORATION = " |•·»›>→▶►▸‹«<←↑×✕✖☰✉☐□*+=~–—-_"
"""Ornaments behind the words of a line. Sentence marks are not among them: every line of prose ends with one."""

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


def literals(body: tuple[Node, ...], *, whole_line: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The literals of a pattern: as much of each as is found seldom, and all that is known of each; none for weak ones."""
    if whole_line:
        kept = list(body)
        while kept and _is_trail(kept[-1]):
            kept.pop()
        chosen = _Search(whole_line=True).rarest((*kept, _LINE_END), _LINE_START)
    else:
        chosen = _Search(whole_line=False).rarest(body, frozenset([""]))
    found = _strong(map(_beginning, chosen))
    return found, _strong(chosen) if found else ()


def _is_lead(node: Node) -> bool:
    """Whether `node` matches nothing but what `lead` counts."""
    return all(characters.outside_words for characters in _characters(node))


def _is_trail(node: Node) -> bool:
    """Whether `node` matches nothing but trailing decoration."""
    return all(one.members is not None and set(one.members) <= _TRAILING for one in _characters(node))


def _characters(node: Node) -> Iterator[Characters]:
    """All characters that `node` is made of."""
    match node:
        case Characters():
            yield node
        case Repeat(body):
            yield from _characters(body)
        case Group(alternatives):
            for part in itertools.chain.from_iterable(alternatives):
                yield from _characters(part)


_TRAILING = frozenset(TRAILING_DECORATION + "\n\r")


def _strong(chosen: Iterable[str]) -> tuple[str, ...]:
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

    def rarest(self, nodes: Sequence[Node], before: frozenset[str]) -> frozenset[str]:
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
            if current == _LINE_START and isinstance(node, Repeat) and node.least == 0:
                # What may be missing at the start of a line: with it, or without it, the line starts in some way.
                present = self.rarest((node.body,), current)
                absent = self.rarest(nodes[index + 1 :], current)
                choices.append(present | absent if present and absent else frozenset())
            if strings is not None and len(current) * len(strings) <= _MAX_STRETCH:
                current = _joined(current, strings)
                continue
            if isinstance(node, Group):
                rest = list(itertools.takewhile(lambda one: not isinstance(one, Group), nodes[index + 1 :]))
                inner = [self.rarest((*alternative, *rest), current) for alternative in node.alternatives]
                choices.append(frozenset().union(*inner) if all(inner) else frozenset())
            elif isinstance(node, Repeat) and strings is None and node.least > 0:
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

    def strings(self, node: Node) -> frozenset[str] | None:
        """All strings that `node` matches; None where they are too many."""
        if id(node) not in self._memo:
            self._memo[id(node)] = self._all_strings(node)
        return self._memo[id(node)]

    def _all_strings(self, node: Node) -> frozenset[str] | None:
        match node:
            case Characters(members):
                return None if members is None else self._seen(members)
            case Assertion():
                return frozenset([""])
            case Group(alternatives):
                union: set[str] = set()
                for alternative in alternatives:
                    product = _product(self.strings(part) for part in alternative)
                    if product is None or len(union) + len(product) > _MAX_STRETCH:
                        return None
                    union |= product
                return frozenset(union)
            case Repeat(body, least, most):
                strings = self.strings(body)
                if strings is None or most > 3:
                    return None
                powers = [_product([strings] * count) for count in range(least, int(most) + 1)]
                whole = [power for power in powers if power is not None]
                union = set().union(*whole)
                return frozenset(union) if len(whole) == len(powers) and len(union) <= _MAX_STRETCH else None


_LINE_START = frozenset(["\n"])
_LINE_END = Characters(("\n",))


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
