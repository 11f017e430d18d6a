"""A pattern as a tree, and what that tells: how long a match is, how it begins and ends, what repeats inside what."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Characters:
    """One character: its possible `members`, folded and each only once where case is ignored; None for too many."""

    members: tuple[str, ...] | None
    outside_words: bool = False
    """Whether no member is a letter or a digit."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A condition without width."""


@dataclass(frozen=True, slots=True)
class Group:
    """Sequences of which one stands there."""

    alternatives: tuple["tuple[Node, ...]", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A node so many times over."""

    body: "Node"
    least: int
    most: float


Node = Characters | Assertion | Group | Repeat


def outermost(nodes: Sequence[Node], *, last: bool) -> tuple[frozenset[str] | None, bool]:
    """The characters that a match of `nodes` can begin (or end) with, None for any; and whether it can be empty."""
    union: frozenset[str] = frozenset()
    for node in reversed(nodes) if last else nodes:
        chars: frozenset[str] | None
        match node:
            case Characters(members):
                chars, empty = None if members is None else frozenset(map(str.lower, members)), False
            case Assertion():
                chars, empty = frozenset(), True
            case Repeat(body, least):
                chars, empty = outermost((body,), last=last)
                empty = empty or least == 0
            case Group(alternatives):
                results = [outermost(alternative, last=last) for alternative in alternatives]
                sets = [chars for chars, _ in results]
                chars = None if None in sets else frozenset().union(*(one for one in sets if one is not None))
                empty = any(empty for _, empty in results)
        if chars is None:
            return None, False
        union |= chars
        if not empty:
            return union, False
    return union, True


def widths(nodes: tuple[Node, ...]) -> tuple[int, float]:
    """The fewest and the most characters of a match of all, one after another."""
    each = list(map(_node_widths, nodes))
    return sum(least for least, _ in each), sum(most for _, most in each)


def _node_widths(node: Node) -> tuple[int, float]:
    match node:
        case Characters():
            return 1, 1
        case Assertion():
            return 0, 0
        case Group(alternatives):
            each = list(map(widths, alternatives))
            return min(least for least, _ in each), max(most for _, most in each)
        case Repeat(body, fewest, times):
            least, most = _node_widths(body)
            return fewest * least, times * most if times and most else 0  # without a bound on either one is not a number


def copies(nodes: tuple[Node, ...]) -> float:
    """How many single characters there are when all counted repeats are written out."""
    total = 0.0
    for node in nodes:
        match node:
            case Group(alternatives):
                total += sum(map(copies, alternatives))
            case Repeat(body, least, most):
                total += copies((body,)) * max(least, 1 if math.isinf(most) else most, 1)
            case _:
                total += 1
    return total


def nested_repeat(nodes: tuple[Node, ...], *, inside: bool = False) -> bool:
    """Whether one unbounded repeat stands inside another; `inside`: whether one stands around `nodes`."""
    for node in nodes:
        match node:
            case Group(alternatives):
                if any(nested_repeat(alternative, inside=inside) for alternative in alternatives):
                    return True
            case Repeat(body, _, most):
                unbounded = most == math.inf
                if (unbounded and inside) or nested_repeat((body,), inside=inside or unbounded):
                    return True
    return False
