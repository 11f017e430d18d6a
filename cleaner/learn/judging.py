"""Which of the lines that recur are the site's own: by where and how steadily they stand, and by the chrome model's opinion."""

from collections.abc import Iterable, Sequence

from cleaner.learn.recurring import Collection, Recurring, recurring
from cleaner.learn.slots import is_dated, is_figure, is_free, letters

# The chrome model's probability, where it is least sure of a line, from which on the line is left alone. On the sites of WCXB
# with several pages (benchmarks/README.md) of what stands amid other lines that recur 0.4% up to here are content by the labels
# somewhere; of what stands between lines that do not 3% up to .12, 15% beyond, and from .2 on a quarter.
MOST_DOUBT_AMID, MOST_DOUBT, MOST_DOUBT_STEADY = 0.4, 0.14, 0.16
# Of that which no more than half of a site's stories have, 15% from here on; but what is steady and has one line beside it that
# does not recur may be a section's name between a menu and a headline.
RARE_SHARE, MOST_DOUBT_RARE, NEARLY_AMID = 0.5, 0.06, 0.9
# A sentence that several stories have is rarely content, even where the model may think so (2%).
MOST_DOUBT_SENTENCE = 0.35
# Figures alone on a line, such as prices, stand in very many places. By their mean over these, and where the model doubts most.
MOST_CONTENT_FIGURES, MOST_DOUBT_FIGURES = 0.2, 0.5
STEADY_BESIDE, STEADY_SPREAD = 0.9, 3
# Without a site a line must be steady, and stand in so many stories and in such a share of them.
LEAST_GROUPS, LEAST_SHARE, LEAST_SHARE_SENTENCE = 3, 0.02, 0.2
# What has fewer letters says too little to be looked for on all sites.
LEAST_LETTERS = 4

# What stands on nearly all pages, and always in one place, is fixed. Where the fixed lines are a site's frame, those from the
# first line of a page on, or up to its last, the model may doubt them: it knows English best. Headings of recipes and contracts
# are fixed, too, but no frame.
FIXED_GROUPS, FIXED_SHARE = 4, 0.8
MOST_CONTENT_FRAME = 0.9
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
    if one.known:
        return True
    if is_free(one.key) and not _is_steady(one):
        return False
    if in_frame:
        return one.content <= MOST_CONTENT_FRAME
    if is_figure(one.key):
        return collection.bound and one.content <= MOST_CONTENT_FIGURES and one.doubt <= MOST_DOUBT_FIGURES
    return (collection.site is not None or _is_everywhere(one, collection)) and one.doubt <= _most_doubt(one, collection)


def _most_doubt(one: Recurring, collection: Collection) -> float:
    if _is_long_sentence(one, collection):
        return MOST_DOUBT_SENTENCE
    if one.amid == 1 and not _is_first(one):
        return MOST_DOUBT_AMID
    steady = _stands_beside(one) and _stands_still(one)
    if one.share <= RARE_SHARE:
        return MOST_DOUBT if steady and one.amid >= NEARLY_AMID and not _is_first(one) else MOST_DOUBT_RARE
    return MOST_DOUBT_STEADY if steady else MOST_DOUBT


def _is_first(one: Recurring) -> bool:
    """Whether it is a first line somewhere, where titles stand."""
    return any(line == 0 for _, line in one.places)


def _stands_beside(one: Recurring) -> bool:
    """Whether the same line stands beside it nearly always."""
    return one.beside >= STEADY_BESIDE


def _stands_still(one: Recurring) -> bool:
    """Whether it stands as far from an edge of the document nearly always."""
    return one.spread <= STEADY_SPREAD


def _is_steady(one: Recurring) -> bool:
    return _stands_beside(one) or _stands_still(one)


def _is_long_sentence(one: Recurring, collection: Collection) -> bool:
    return one.longest >= _LONG_SENTENCE_WORDS and is_sentence(collection.line(one.places[0]))


def _is_everywhere(one: Recurring, collection: Collection) -> bool:
    """Whether a line is frequent and steady enough to be no site's own."""
    least = LEAST_SHARE_SENTENCE if _is_long_sentence(one, collection) else LEAST_SHARE
    seen = one.groups >= LEAST_GROUPS and one.share >= least
    return seen and _is_steady(one) and letters(one.key) >= LEAST_LETTERS


def _is_fixed(one: Recurring) -> bool:
    """Whether a line stands on nearly all pages, and always in one place."""
    return one.groups >= FIXED_GROUPS and one.share >= FIXED_SHARE and _stands_still(one)


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
