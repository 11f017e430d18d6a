"""A rule that is proposed, and what it rests on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from cleaner.learn.recurring import Collection, Place
from cleaner.rules import Position

Kind = Literal["lines", "value", "list", "headline", "phrases"]

# A rule is bound to an edge of the document where all of its places lie within so many lines of one.
MOST_WITHIN = 60
# Pages that were not seen may have somewhat more before it, or behind.
MORE_WITHIN, SLACK = 3, 1.25


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """An example or a counterexample of a rule."""

    lines: tuple[str, ...]
    result: tuple[str, ...] | None = None
    """What the rule leaves of an example."""
    find: tuple[str, ...] | None = None
    """What a rule that flags finds in it."""
    why: str = ""
    """How it was chosen, where that is not plain."""


class Seen(msgspec.Struct, frozen=True):
    """Where a proposal was seen."""

    domain: str
    """The site that it is bound to; empty for one that applies everywhere."""
    source: str
    """In how many documents of how many, and in which."""


class Proposal(msgspec.Struct, kw_only=True, eq=False):
    """A rule that is proposed."""

    kind: Kind
    words: str
    """What its name is made of."""
    summary: str
    fields: dict[str, Any]
    """What the rule says beside its name, summary, action and tests; see ``rules/FORMAT.md``."""
    seen: Seen
    places: Sequence[Place] = ()
    """The lines that it rests on, of a block its first lines, as long as their collection is at hand."""
    keys: Sequence[str] = ()
    """The keys of that."""
    groups: int
    """On pages of how many stories or sites."""
    evidence: str
    """What speaks for it, in words."""
    action: Literal["drop", "flag"] = "drop"
    label: Literal["boilerplate", "garbled"] = "boilerplate"
    phrases: Mapping[str, str] = msgspec.field(default_factory=dict)
    """What a rule for garbled phrases finds, and the likely originals."""
    after: "Proposal | None" = None
    """The rule whose line stands right before."""
    name: str = ""
    example: Trial | None = None
    counterexample: Trial | None = None


def seen(collection: Collection, places: Iterable[Place]) -> Seen:
    """Where these lines were seen."""
    ids = sorted({collection.pages[page].id for page, _ in places})
    site = collection.site
    several = ", one of each site that is told" if any(page.site for page in collection.pages) else ""
    whose = f"documents of {site.name}" if site else f"documents{several}"
    return Seen(site.name if site and site.by_url else "", f"{len(ids)} of {len(collection.pages)} {whose}: {shown(ids)}")


def position(collection: Collection, places: Iterable[Place]) -> Position | None:
    """Where in a document these lines stand; None where that is anywhere."""
    edges = [(line + 1, len(collection.pages[page].lines) - line) for page, line in places]
    heads, tails = zip(*edges, strict=True)
    within: list[tuple[int, Literal["head", "tail", "either"]]] = [(max(heads), "head"), (max(tails), "tail")]
    nearest = min(within)
    if nearest[0] > MOST_WITHIN:
        nearest = (max(map(min, heads, tails)), "either")
    return Position(nearest[1], int(SLACK * nearest[0]) + MORE_WITHIN) if nearest[0] <= MOST_WITHIN else None


def shown(ids: Sequence[str], most: int = 3) -> str:
    """Some of these ids, for a reader."""
    return ", ".join(ids[:most]) + (f" and {len(ids) - most} more" if len(ids) > most else "")


def as_builtins(position: Position | None) -> Mapping[str, Any] | None:
    """A position as a rule file has it."""
    return msgspec.to_builtins(position) if position else None
