"""Rules for what recurs: lines that stand together as one rule, what stands after a label, and lists between two lines."""

from collections import Counter, defaultdict
from collections.abc import Collection as Group
from collections.abc import Iterator, Mapping, Sequence

import regex

from cleaner.learn.judging import is_sentence
from cleaner.learn.proposals import Proposal, as_builtins, position, seen
from cleaner.learn.recurring import EDGE, SURE, Collection, Place, Recurring
from cleaner.learn.slots import NAME, is_figure, is_free, letters, parts, pattern
from cleaner.rules import Position

# ---- lines that stand together

MOST_LINES = 30
"""So many lines are one rule, at most."""
# Lines stand together with no more than so many others between them: what differs from page to page there, or is known.
_BETWEEN = 4


def runs(chosen: Sequence[Recurring], collection: Collection) -> list[list[Recurring]]:
    """The chosen lines in runs of those that stand together on a page, the one with most of them.

    Those that the chrome model is sure of stand apart from the others, and those near an edge from those in the middle: a rule
    is as good as the worst of its lines, and as narrow as the widest.
    """
    left = {one.key: one for one in chosen}
    pages_of: dict[int, set[str]] = defaultdict(set)
    for one in chosen:
        for page, _ in one.places:
            pages_of[page].add(one.key)
    found = []
    while left:
        page = max(pages_of, key=lambda number: (len(pages_of[number]), -number))
        run: list[Recurring] = []
        last = 0
        for line, key in enumerate(collection.keys[page]):
            if key not in left:
                continue
            one = left.pop(key)
            if run and (line - last > _BETWEEN + 1 or not _alike(run[-1], one, collection)):
                found.append(run)
                run = []
            run.append(one)
            last = line
        found.append(run)
        for keys in pages_of.values():
            keys.intersection_update(left)
    return found


def _alike(one: Recurring, other: Recurring, collection: Collection) -> bool:
    """Whether two lines are as sure as each other, and bound to the same edge."""
    first, second = position(collection, one.places), position(collection, other.places)
    edges = (first.edge if first else None), (second.edge if second else None)
    return edges[0] == edges[1] and (one.content <= SURE) == (other.content <= SURE)


def proposals(collection: Collection, chosen: Sequence[Recurring]) -> Iterator[Proposal]:
    """The rules for lines that are chrome, and for what stands between them."""
    by_key = {one.key: one for one in chosen}
    figures = [one for one in chosen if is_figure(one.key)]
    for run in runs([one for one in chosen if not is_figure(one.key)], collection):
        part: list[Recurring] = []
        for one in run:
            if behind := values(one, collection, by_key):
                yield from _lines(part, collection)
                part = []
                if label := _rule([one], collection):  # a rule of its own, for another to refer to
                    yield label
                    yield _value(one, behind, label, collection)
            elif not one.known and letters(one.key):
                part.append(one)
            elif not one.known and (date := _rule([one], collection)):
                yield date
        yield from _lines(part, collection)
    for rule in _lines([one for one in figures if not one.known], collection):
        rule.words, rule.summary = "figures", f"Figures alone on a line, such as {rule.summary}"
        yield rule
    ends = {one.key: one for one in chosen if not is_figure(one.key)}
    for one in ends.values():
        if block := _list(one, collection, ends):
            yield block


def _lines(run: Sequence[Recurring], collection: Collection) -> Iterator[Proposal]:
    number = -(-len(run) // MOST_LINES)
    for part in range(number):
        if rule := _rule(run[part * len(run) // number : (part + 1) * len(run) // number], collection):
            yield rule


# A template without letters, such as a date, is only looked for so near an edge.
_NEAR_EDGE = 12
# A single letter says something among so many lines.
_BLOCK = 4
# In a rule for all sites a line of less says too little to be looked for anywhere.
_LEAST_LETTERS = 10


def _rule(run: Sequence[Recurring], collection: Collection) -> Proposal | None:
    places = sorted(place for one in run for place in one.places)
    where = position(collection, places)
    figures = collection.bound and all(is_figure(one.key) for one in run)
    if not figures and not any(letters(one.key) for one in run):
        where = _nearer(where, places, collection)
    near = where is not None and where.within <= _NEAR_EDGE
    kept = [one for one in run if letters(one.key) > (len(run) < _BLOCK) or near or figures]
    if not collection.bound and where is None:
        kept = [one for one in kept if letters(one.key) >= _LEAST_LETTERS]
    if not kept:
        return None
    patterns = sorted({pattern(one.key, map(collection.line, one.places)) for one in kept}, key=lambda each: (len(each), each))
    shown = [readable(one.key) for one in kept]
    languages = set() if collection.site else {collection.pages[page].language or "" for page, _ in places} - {""}
    kept_places = sorted(place for one in kept for place in one.places)
    return Proposal(
        kind="lines",
        words=" ".join(shown[:2]),
        summary=_summary(shown),
        fields={
            "languages": sorted(languages) or None,
            "position": as_builtins(where),
            "pattern": patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(patterns)})",
        },
        seen=seen(collection, kept_places),
        places=kept_places,
        keys=[one.key for one in kept],
        groups=max(one.groups for one in kept),
        evidence=_evidence(kept),
    )


def _nearer(where: Position | None, places: Sequence[Place], collection: Collection) -> Position | None:
    """A position that what has no letters can be looked for in; None where it stands farther off."""
    if where is None:
        return None
    closer = Position(where.edge, min(where.within, _NEAR_EDGE))
    return closer if all(closer.holds(line, len(collection.pages[page].lines)) for page, line in places) else None


def _summary(shown: Sequence[str]) -> str:
    first = shown[0] if len(shown[0]) <= 60 else f"{shown[0][:60].rstrip()}…"
    others = len(shown) - 1
    with_it = f" and {others} {'line that stands' if others == 1 else 'lines that stand'} with it" if others else ""
    return f"“{first}”{with_it}"


def readable(key: str) -> str:
    """A template as a reader would write it: a dash of dots in each slot."""
    return "".join("…" if slot else text for slot, text in parts(key))


def _evidence(run: Sequence[Recurring]) -> str:
    content = max(one.content for one in run)
    beside = min(one.beside for one in run)
    spread = max(one.spread for one in run)
    place = f"within {spread} lines of one place" if spread else "always in one place"
    return f"beside the same line in {beside:.0%} of places, {place}, content by the chrome model: {content:.2f}"


# ---- what stands after a label

# What stands after a label has up to so many words, and is something else on nearly every page.
_VALUE_WORDS = 6
_VALUE_LENGTH = 60
_VALUE_DIFFERENT = 3
_VALUE_SHARE = 0.9
_MOST_CONTENT_VALUE = 0.5


def values(one: Recurring, collection: Collection, chosen: Group[str]) -> list[Place]:
    """The lines right after a label, such as a name after “Published by:”; none where it is no label."""
    if not collection.line(one.places[0]).endswith((":", "：")) or is_free(one.key):
        return []
    behind = [(page, line + 1) for page, line in one.places if line + 1 < len(collection.pages[page].lines)]
    behind = [(page, line) for page, line in behind if collection.key(page, line) not in chosen]
    texts = [collection.line(place) for place in behind]
    short = all(len(text) <= _VALUE_LENGTH and len(text.split()) <= _VALUE_WORDS and not is_sentence(text) for text in texts)
    enough = len(behind) >= _VALUE_SHARE * len(one.places) and len({*texts}) >= _VALUE_DIFFERENT
    return behind if enough and short and collection.content(behind) <= _MOST_CONTENT_VALUE else []


def _value(one: Recurring, behind: Sequence[Place], label: Proposal, collection: Collection) -> Proposal:
    texts = [collection.line(place) for place in behind]
    names = all(regex.fullmatch(NAME, text) for text in texts)
    return Proposal(
        kind="value",
        words=f"after {readable(one.key)}",
        summary=f"What stands after “{readable(one.key)}”",
        fields={"pattern": NAME if names else f".{{1,{_VALUE_LENGTH}}}", "max_words": _VALUE_WORDS},
        seen=seen(collection, behind),
        places=behind,
        groups=collection.groups_of(behind),
        evidence=f"{len({*texts})} different lines in {len(behind)} places, all right after that one, "
        f"content by the chrome model: {collection.content(behind):.2f}",
        after=label,
    )


# ---- lists between two lines

# Between a heading, such as “Read more”, and the next line that recurs: so many lines that differ from page to page. Where they
# are as many on each page, near the end of it, the chrome model may be less sure.
_LEAST_IN_LIST, _LIST_LINES = 2, 20
_LIST_WORDS = 30
_LIST_SHARE = 0.9
_MOST_CONTENT_LIST, _MOST_CONTENT_COUNTED_LIST = 0.2, 0.9


def _list(heading: Recurring, collection: Collection, chosen: Mapping[str, Recurring]) -> Proposal | None:
    """The list that begins with a heading; None where nothing says that it is one, or where it ends."""
    if letters(heading.key) <= 1 or collection.groups_of(heading.places) < _VALUE_DIFFERENT:
        return None
    least = _LIST_SHARE * heading.groups
    lists = [(place, *_up_to_next(place, collection, chosen, least)) for place in heading.places]
    ends = Counter(end for _, _, end in lists)
    end, number = max(ends.items(), key=lambda item: (item[1], item[0]))
    held = [(page, line) for (page, first), length, _ in lists for line in range(first + 1, first + length)]
    texts = {collection.line(place) for place in held}
    if number < _LIST_SHARE * len(lists) or not held or min(length for _, length, _ in lists) <= _LEAST_IN_LIST:
        return None
    if end == heading.key or (end != EDGE and letters(end) <= 1):
        return None
    long = any(len(text.split()) > _LIST_WORDS for text in texts)
    longest = max(length for _, length, _ in lists)
    where = position(collection, heading.places)
    ends_sentence = sum(map(is_sentence, texts)) > len(texts) / 2
    counted = where is not None and where.edge == "tail" and len({length for _, length, _ in lists}) == 1 and not ends_sentence
    limit = _MOST_CONTENT_COUNTED_LIST if counted else _MOST_CONTENT_LIST
    if long or longest > _LIST_LINES or len(texts) < len(held) / 2 or collection.content(held) > limit:
        return None
    until = None if end == EDGE else pattern(end, map(collection.line, chosen[end].places))
    if (until is None and where is None) or (where and where.edge == "head"):  # there the headline stands, and the text begins
        return None
    return Proposal(
        kind="list",
        words=f"list {readable(heading.key)}",
        summary=f"The list that begins with “{readable(heading.key)}”",
        fields={
            "unit": "block",
            "position": as_builtins(where),
            "pattern": pattern(heading.key, map(collection.line, heading.places)),
            "until": until,
            "max_lines": longest + 3,
        },
        seen=seen(collection, heading.places),
        places=heading.places,
        groups=heading.groups,
        evidence=f"{len(texts)} different lines, up to {longest - 1} in one place, "
        + ("at the end of the document" if end == EDGE else f"before “{readable(end)}”")
        + f", content by the chrome model: {collection.content(held):.2f}",
    )


def _up_to_next(place: Place, collection: Collection, chosen: Mapping[str, Recurring], least: float) -> tuple[int, str]:
    """How many lines there are from a place to the next line that recurs as chrome, and the key of that.

    What stands on pages of fewer than `least` groups is no end of a list but one of its lines.
    """
    page, first = place
    keys = collection.keys[page]
    for line in range(first + 1, min(len(keys), first + _LIST_LINES + 2)):
        if keys[line] in chosen and chosen[keys[line]].groups >= least:
            return line - first, keys[line]
    return (len(keys) - first, EDGE) if len(keys) - first <= _LIST_LINES + 1 else (_LIST_LINES + 2, "")
