"""What stands on many pages of a sample, and what speaks for its being the site's and not the stories'."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate

import msgspec
import numpy as np
import numpy.typing as npt

from cleaner.learn.pages import Page
from cleaner.learn.sampling import Site

EDGE = "\0"
"""Stands for the key of the line before the first and after the last."""

AROUND = 5
"""So many lines on each side are around a line."""

Place = tuple[int, int]
"""A page of a collection and a line of it, by their numbers."""


class Collection(msgspec.Struct, frozen=True, eq=False, dict=True):
    """Pages of one site, or of many."""

    pages: Sequence[Page]
    groups: Sequence[int]
    """For each page the number of its story, or of its site where there are many: what stands on pages of one group alone does
    not recur."""
    keys: Sequence[Sequence[str]]
    """For each page the keys of its lines, as `Page.keys`, with slots found in this collection."""
    site: Site | None = None
    """Whose pages they are; None for many sites', or where that is not told."""

    @property
    def bound(self) -> bool:
        """Whether rules can be bound to the site."""
        return self.site is not None and self.site.by_url

    @cached_property
    def size(self) -> int:
        """How many groups there are."""
        return len(set(self.groups))

    @cached_property
    def places(self) -> Mapping[str, Sequence[Place]]:
        """Where each key stands that stands on two pages at least."""
        page_of: dict[str, int] = {}
        twice: set[str] = set()
        for page, keys in enumerate(self.keys):
            for key in keys:
                if page_of.setdefault(key, page) != page:
                    twice.add(key)
        twice.discard("")
        found: dict[str, list[Place]] = defaultdict(list)
        for page, keys in enumerate(self.keys):
            for line, key in enumerate(keys):
                if key in twice:
                    found[key].append((page, line))
        return found

    def key(self, page: int, line: int) -> str:
        """The key of a line; `EDGE` outside of the page."""
        keys = self.keys[page]
        return keys[line] if 0 <= line < len(keys) else EDGE

    def line(self, place: Place) -> str:
        """The text of a line."""
        return self.pages[place[0]].lines[place[1]]

    def content(self, places: Sequence[Place]) -> float:
        """The mean of the chrome model's probabilities that these lines are content; 0 for none."""
        return float(np.mean([self.pages[page].content[line] for page, line in places])) if places else 0.0

    @cached_property
    def _recurring(self) -> Sequence[Sequence[int]]:
        """For each page how many of its lines before the first, the second and so on recur."""
        return [[0, *accumulate(key in self.places for key in keys)] for keys in self.keys]

    def amid(self, place: Place) -> float:
        """The share of the `AROUND` lines before a line, and as many after it, that recur; 1 where there are none."""
        page, line = place
        before = self._recurring[page]
        low, high = max(line - AROUND, 0), min(line + AROUND + 1, len(before) - 1)
        others = high - low - 1
        return (before[high] - before[low] - (self.keys[page][line] in self.places)) / others if others else 1.0

    def groups_of(self, places: Sequence[Place]) -> int:
        """On pages of how many groups these lines stand."""
        return len({self.groups[page] for page, _ in places})


class Recurring(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A line that recurs, with its evidence."""

    key: str
    places: Sequence[Place]
    groups: int
    share: float
    """The share of the collection's groups that have it, 0 to 1."""
    content: float
    """The mean of the chrome model's probabilities that it is content."""
    doubt: float
    """Its probability where it is least sure, but for the worst twentieth of the places."""
    amid: float
    """The share of the lines around that recur, too, where it is lowest, but for the worst twentieth of the places."""
    known: bool
    """Whether shipped rules take it already."""
    beside: float
    """At what share of its places the line before it is the same, or the line after, the better of the two; 0 where that does
    not recur itself."""
    spread: int
    """Between how many lines its distance from an edge of the document varies, in the middle nine tenths of its places."""
    longest: int
    """Words of the longest line."""


# Between the lowest twentieth and the highest is what is usual.
_USUAL = 0.95

# What the chrome model is as sure of counts for each page, also where pages of a site tell one story; of labels, which have no
# more than so many words, it need not be as sure: no story is told in them.
SURE, SURE_LABEL = 0.1, 0.2
_LABEL_WORDS = 5


def recurring(collection: Collection) -> list[Recurring]:
    """What recurs, by its first place."""
    found = []
    for key, places in collection.places.items():
        content = collection.content(places)
        pages = len({page for page, _ in places})
        sure = SURE_LABEL if len(collection.line(places[0]).split()) <= _LABEL_WORDS else SURE
        groups = pages if content <= sure and collection.site else collection.groups_of(places)
        if groups >= 2:
            found.append(_evidence(collection, key, places, groups, content))
    return sorted(found, key=lambda one: one.places[0])


def _evidence(collection: Collection, key: str, places: Sequence[Place], groups: int, content: float) -> Recurring:
    pages = collection.pages
    opinions = [pages[page].content[line] for page, line in places]
    around = [collection.amid(place) for place in places]
    head = np.array([line for _, line in places])
    tail = np.array([len(pages[page].lines) - 1 - line for page, line in places])
    return Recurring(
        key=key,
        places=places,
        groups=groups,
        share=min(groups / collection.size, 1.0),
        content=content,
        doubt=float(np.quantile(opinions, _USUAL, method="higher")),
        amid=float(np.quantile(around, 1 - _USUAL, method="lower")),
        known=float(np.mean([pages[page].known[line] for page, line in places])) >= KNOWN,
        beside=max(_same_beside(collection, places, -1), _same_beside(collection, places, 1)),
        spread=min(_spread(head), _spread(tail)),
        longest=max(len(collection.line(place).split()) for place in places),
    )


# Lines of which shipped rules take so much need no other.
KNOWN = 0.5


def _same_beside(collection: Collection, places: Sequence[Place], step: int) -> float:
    """At what share of the places the same line stands beside; 0 where that does not recur."""
    counted = Counter(collection.key(page, line + step) for page, line in places)
    key, number = max(counted.items(), key=lambda item: (item[1], item[0]))
    return number / len(places) if key == EDGE or key in collection.places else 0.0


def _spread(distances: npt.NDArray[np.int64]) -> int:
    low, high = np.quantile(distances, (1 - _USUAL, _USUAL), method="nearest")
    return int(high - low)
