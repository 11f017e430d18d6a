"""Which of the lines that recur are the site's own: by where and how steadily they stand, and by the chrome model's opinion."""

from collections.abc import Iterable, Sequence

from cleaner.learn.recurring import Collection, Recurring, recurring
from cleaner.learn.slots import is_dated, is_free, letters

# The chrome model's mean over all places of a line, from which on it is left alone. On the sites of WCXB with several pages
# (benchmarks/README.md) 0.9% of the lines with a mean of at most .2 are content by the labels; of those between .2 and .5 it is
# a third. Where the same line always stands beside, or it stands in one place, the model may be less sure.
MOST_CONTENT, MOST_CONTENT_STEADY = 0.12, 0.2
# A sentence is what texts are made of.
MOST_CONTENT_SENTENCE = 0.1
STEADY_BESIDE, STEADY_SPREAD = 0.9, 3
# Without a site a line must be steady, and stand in so many stories and in such a share of them.
LEAST_GROUPS, LEAST_SHARE, LEAST_SHARE_SENTENCE = 3, 0.02, 0.2
# What has fewer letters says too little to be looked for on all sites.
LEAST_LETTERS = 4

# What stands on nearly all pages, and always in one place, is fixed, and the model may doubt it: it knows English best.
# Headings of recipes and contracts are fixed, too: so more doubt is passed over only in a site's frame, the fixed lines from
# the first line of a page on, or up to its last.
FIXED_GROUPS, FIXED_SHARE = 4, 0.8
MOST_CONTENT_FIXED, MOST_CONTENT_FRAME = 0.5, 0.9
FRAME_LINES = 3
# Between the lines of the frame so many may differ from page to page: a headline before a byline, a list of other stories.
_GAP_AT_HEAD, _GAP_AT_TAIL = 1, 4

_ENDS = (".", "!", "?", "。", "！", "？", "।", "؟", "…")
_SENTENCE_WORDS, _SENTENCE_CHARACTERS = 4, 25
_LONG_SENTENCE_WORDS = 12


def chrome(collection: Collection) -> list[Recurring]:
    """The lines of a collection that recur and are the site's own, by their first place."""
    found = recurring(collection)
    frame = _frame(found, collection)
    return [one for one in found if _is_chrome(one, collection, in_frame=one.key in frame)]


def is_sentence(text: str) -> bool:
    """Whether a line ends as a sentence does, and is long enough for one."""
    long = len(text.split()) >= _SENTENCE_WORDS or (" " not in text and len(text) >= _SENTENCE_CHARACTERS)
    return text.endswith(_ENDS) and long


def _is_chrome(one: Recurring, collection: Collection, *, in_frame: bool) -> bool:
    steady = one.beside >= STEADY_BESIDE or one.spread <= STEADY_SPREAD
    long_sentence = one.longest >= _LONG_SENTENCE_WORDS and is_sentence(collection.line(one.places[0]))
    if one.known:
        return True
    if is_free(one.key) and not steady:
        return False
    if in_frame:
        return one.content <= MOST_CONTENT_FRAME
    limit = MOST_CONTENT_SENTENCE if long_sentence else MOST_CONTENT_STEADY if steady else MOST_CONTENT
    if collection.site is None:
        least = LEAST_SHARE_SENTENCE if long_sentence else LEAST_SHARE
        if not steady or one.groups < LEAST_GROUPS or one.share < least or letters(one.key) < LEAST_LETTERS:
            return False
    if _is_fixed(one) and one.beside >= STEADY_BESIDE and not is_sentence(collection.line(one.places[0])):
        limit = max(limit, MOST_CONTENT_FIXED)
    return one.content <= limit


def _is_fixed(one: Recurring) -> bool:
    """Whether a line stands on nearly all pages, and always in one place."""
    return one.groups >= FIXED_GROUPS and one.share >= FIXED_SHARE and one.spread <= STEADY_SPREAD


def _frame(found: Iterable[Recurring], collection: Collection) -> set[str]:
    """The keys of a site's frame, as it is on the page that has most of it."""
    fixed = {one.key: one for one in found if _is_fixed(one) and not is_sentence(collection.line(one.places[0]))}
    if not fixed:
        return set()
    keys = max(collection.keys, key=lambda keys: len(fixed.keys() & set(keys)))
    head = _from_edge(keys, fixed.keys(), _GAP_AT_HEAD, varying=True)
    return head | _from_edge(keys[::-1], fixed.keys(), _GAP_AT_TAIL, varying=False)


def _from_edge(keys: Sequence[str], fixed: Iterable[str], gap: int, *, varying: bool) -> set[str]:
    """The fixed keys from the first on; none unless there are enough of them before anything else stands there.

    Behind a gap only those with a date or a name count where `varying` says so: what stands behind a headline may be the first
    heading of the text.
    """
    known = {*fixed}
    edge = next((line for line, key in enumerate(keys) if key not in known or is_free(key)), len(keys))
    if edge < FRAME_LINES:
        return set()
    frame = {*keys[:edge]}
    missing = 0
    for key in keys[edge:]:
        if key in known and (not varying or is_free(key) or is_dated(key)):
            frame.add(key)
            missing = 0
        else:
            missing += 1
            if missing > gap:
                break
    return frame
