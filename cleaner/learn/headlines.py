"""Headlines that stand a second time in the text, as the alternative text of a picture does."""

from collections import Counter
from collections.abc import Iterator

from cleaner.learn.proposals import MOST_WITHIN, SLACK, Proposal, seen
from cleaner.learn.recurring import Collection, Place

# A headline has so many words and characters, no end of a sentence, and stands on one page alone.
_LEAST_WORDS, _MOST_WORDS = 4, 40
_LEAST_CHARACTERS, _MOST_CHARACTERS = 20, 300
# So many pages have theirs twice, and such a share: a poem here and there repeats its first line, too.
_LEAST_PAGES = 3
_LEAST_SHARE = 0.3
# No page has more than so many lines twice on average, or lines that come again are the habit of its texts, as refrains are.
_MOST_ON_PAGE = 1.25
_MOST_CONTENT = 0.8


def proposals(collection: Collection) -> Iterator[Proposal]:
    """The rule for headlines that stand twice on pages of a site; none where that is not its habit."""
    twice = [pair for page in range(len(collection.pages)) for pair in _twice(collection, page)]
    second = [again for _, again in twice]
    pages = {page for page, _ in second}
    groups = collection.groups_of(second)
    within = max((first for first, _ in twice), default=0) + 1
    if (
        groups < _LEAST_PAGES
        or groups < _LEAST_SHARE * collection.size
        or len(twice) > _MOST_ON_PAGE * len(pages)
        or within > MOST_WITHIN
        or collection.content(second) > _MOST_CONTENT
    ):
        return
    yield Proposal(
        kind="headline",
        words="headline again",
        summary="The headline once more, as a picture's alternative text has it",
        fields={
            "repeats": {"edge": "head", "within": int(SLACK * within) + 1},
            "min_words": _LEAST_WORDS,
            "max_words": _MOST_WORDS,
            "pattern": f".{{{_LEAST_CHARACTERS},{_MOST_CHARACTERS}}}",
        },
        seen=seen(collection, second),
        places=second,
        groups=groups,
        evidence=f"a line of the first {within} again further down on pages of {groups} of {collection.size} stories, "
        f"content by the chrome model: {collection.content(second):.2f}",
    )


def _twice(collection: Collection, page: int) -> list[tuple[int, Place]]:
    """The lines of a page that stand there twice, and no more than that: the first time, and the place of the second."""
    there = collection.pages[page]
    times = Counter(there.lines)
    first: dict[str, int] = {}
    found = []
    for line, text in enumerate(there.lines):
        if times[text] == 2 and _is_headline(text) and collection.keys[page][line] not in collection.places:
            if text in first and not there.known[line]:
                found.append((first[text], (page, line)))
            first.setdefault(text, line)
    return found


def _is_headline(text: str) -> bool:
    return _LEAST_CHARACTERS <= len(text) <= _MOST_CHARACTERS and _LEAST_WORDS <= len(text.split()) <= _MOST_WORDS
