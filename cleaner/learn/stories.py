"""Which documents tell one story: what they share is no template, however often it stands there."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from cleaner.garble.sketches import VALUES, siblings, sketch
from cleaner.learn.pages import Page

# Two documents tell one story where their running text has a quarter of its pairs of long words in common. Versions of one
# story that editors have worked on have more; of two stories on one event 1% is common (see `cleaner.garble.sketches`).
SAME_STORY = VALUES // 4
# Running text: lines of so many characters that the chrome model does not take for chrome, and which few pages have.
_LONG_LINE = 60
_MAY_BE_CONTENT = 0.3
_FEW, _FEW_SHARE = 3, 0.2


def stories(pages: Sequence[Page]) -> list[int]:
    """For each page a number; pages that tell one story have the same."""
    pages_with = Counter(key for page in pages for key in {*page.keys})
    few = max(_FEW, _FEW_SHARE * len(pages))
    names = [f"{number:06}" for number in range(len(pages))]
    sketches = {}
    for name, page in zip(names, pages, strict=True):
        running = (
            line
            for line, key, content in zip(page.lines, page.keys, page.content, strict=True)
            if len(line) >= _LONG_LINE and content >= _MAY_BE_CONTENT and (not key or pages_with[key] <= few)
        )
        sketches[name] = sketch("\n".join(running))
    first = firsts(siblings(sketches, SAME_STORY))
    return [int(first.get(name, name)) for name in names]


def firsts(related: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """For each document, by its id, the first of those that are siblings of siblings of it; those without any are left out.

    It is enough that one of two siblings names the other in `related`, where each names but those that it shares most with.
    """
    above: dict[str, str] = {}

    def first(name: str) -> str:
        while (higher := above.setdefault(name, name)) != name:
            above[name] = above[higher]
            name = above[name]
        return name

    for name, others in related.items():
        for other in others:
            one, two = sorted((first(name), first(other)))
            above[two] = one
    return {name: first(name) for name in above}
