r"""What varies in a line from page to page, and what of it stays: its template.

A template is written as a key: the line itself, with a `MARK` and a letter in place of each slot. Figures, dates, times and
addresses are slots wherever they stand (`masked`). What else varies, such as a name, is told by the lines that begin and end
alike (`freed`).
"""

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import regex
from babel.dates import get_day_names, get_month_names

MARK = "\0"
"""Stands in a key before the letter of a slot; in no line that has one."""
FREE = "a"
"""The letter of a slot that may hold anything."""

SLOTS = {
    "u": r"(?:https?://|www\.)\S{1,300}",
    "e": r"[\w.+-]{1,64}@[\w.-]{1,255}",
    "d": r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}",
    "t": r"\d[\d.:]{0,8}(?:\s?[AaPp]\.?[Mm]\.?)?",
    "n": r"\d[\d.,:/’]{0,20}",
    "w": r"[\p{L}\p{M}]{1,15}",
}
"""What a slot may hold, by its letter, as a rule's pattern says it: bounded, as all that repeats in a pattern."""
_DATED = frozenset("dtw")
# Where nothing but figures stays of a line, they are what it is found by: ten strings, not all digits of Unicode.
_FIGURE = r"[0-9][0-9.,:/’]{0,20}"
_MASKED = re.compile(
    r"""(?P<u>(?:https?://|www\.)[^\s<>"]{1,300})"""
    r"""|(?P<e>[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+)"""
    r"""|(?P<d>(?<![\d./-])\d{1,4}(?P<mark>[./-])\d{1,2}(?P=mark)\d{1,4}(?![\d/-]))"""
    r"""|(?P<t>\d[\d.:]{0,8}\s?[AaPp]\.?[Mm](?:\.|\b)|(?<![\d:])\d{1,2}:\d{2}(?::\d{2})?(?![\d:]))"""
    r"""|(?P<n>\d(?:[\d.,:/’]{0,20}\d)?)"""
)
# Control characters and lone surrogates: nothing that a rule file should have to spell.
UNUTTERABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd-\uffff]")
_WORD = re.compile(r"[^\W\d_]{3,15}")
# So near a figure the name of a month or a day is part of a date: "3. März", "3 de enero", "Mon, 3".
_NEAR = 6
# Shorter names of days are words elsewhere: "to" is a Thursday in Finnish.
_SHORT = 2
# The languages whose months and days are known, by CLDR.
_LANGUAGES = (
    "ar bg bn ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv ms nb nl pl pt ro ru sk sl sr sv th tr uk ur vi zh"
).split()


def masked(line: str) -> str:
    """The key of a stripped `line`; empty for one that can have none.

    That is one with neither letters nor figures, and one with characters that no rule file should spell.
    """
    if UNUTTERABLE.search(line):
        return ""
    key = _MASKED.sub(_slot, line)
    if f"{MARK}n" in key:
        for _ in range(2):  # a day beside a month beside a figure
            key = _WORD.sub(_date_word, key)
    return key if letters(key) or MARK in key else ""


def _slot(match: re.Match[str]) -> str:
    return MARK + next(slot for slot in SLOTS if slot != "w" and match[slot])


def _date_word(match: re.Match[str]) -> str:
    word, key = match[0], match.string
    before, behind = key[max(match.start() - _NEAR, 0) : match.start()], key[match.end() : match.end() + _NEAR]
    if key[match.start() - 1 : match.start()] == MARK or word.casefold() not in _date_words():
        return word
    return f"{MARK}w" if any(f"{MARK}{slot}" in near for slot in "nw" for near in (before, behind)) else word


@functools.cache
def _date_words() -> frozenset[str]:
    """The names of months and days, in full and short."""
    names: set[str] = set()
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for known in (get_month_names, get_day_names):
                    names.update(known(width, context, language).values())
    return frozenset(word for word in (name.casefold().rstrip(".") for name in names) if len(word) > _SHORT)


def parts(key: str) -> Iterator[tuple[str, str]]:
    """A template piece by piece: the letter of a slot, or literal text behind an empty one."""
    first, *others = key.split(MARK)
    if first:
        yield "", first
    for other in others:
        yield other[0], ""
        if other[1:]:
            yield "", other[1:]


def letters(key: str) -> int:
    """How many letters of a template stand outside of its slots."""
    return sum(sum(map(str.isalpha, text)) for _, text in parts(key))


def is_dated(key: str) -> bool:
    """Whether a template has a slot for a date or a time."""
    return any(slot in _DATED for slot, _ in parts(key))


def is_figure(key: str) -> bool:
    """Whether a template is figures alone, with signs around them: a price, a rank, a number of votes."""
    slots = {slot for slot, _ in parts(key)} - {""}
    return slots == {"n"} and not letters(key)


def is_free(key: str) -> bool:
    """Whether a template has a slot that may hold anything."""
    return MARK + FREE in key


# ---- slots that may hold anything

# Lines of up to so many characters, in so many pieces, have such slots; what is longer is a sentence.
_LONGEST, _MOST_PIECES = 120, 20
# Words and labels, each with what parts it from the next.
_PIECE = re.compile(r"[^\s:：|｜]*[:：|｜]+\s*|[^\s:：|｜]+\s*")
# What stands between a slot and the words behind it belongs to the template.
_MARKS = " \t\u00a0,.;:!?)]}»”’|｜·•—–-/"
# A slot holds so many different things at least, or it is none.
_LEAST_DIFFERENT = 3
# Where less stays than so many letters, the line has to stand on more pages: "By Ada Obi". So often it stands on a page.
_TELLING_LETTERS = 8
_LEAST_LETTERS = 2
_ON_PAGE = 1.2
# The share of the groups that a line with a slot stands in, where much of it stays and where little does.
_LEAST_SHARE, _LEAST_SHARE_WEAK = 0.4, 0.5
# What so many of the lines with one beginning go on with, or end with, is part of the template.
_SAME = 0.8


class _Rare(NamedTuple):
    """A line that stands on few pages as it is."""

    pieces: tuple[str, ...]
    page: int
    line: int


class Freed(NamedTuple):
    """A template with a slot that may hold anything, and its lines by page and number."""

    key: str
    places: Sequence[tuple[int, int]]


def freed(keys: Sequence[Sequence[str]], groups: Sequence[int], rare: Iterable[tuple[int, int]]) -> list[Freed]:
    """The templates of the lines at `rare` (page and line) that begin or end alike on pages of several groups.

    `keys` are those of all lines, by page; `groups` tell for each page which it belongs to. The cost grows with the lines, and
    with `_MOST_PIECES`.
    """
    lines = []
    for page, line in rare:
        pieces = tuple(_PIECE.findall(keys[page][line]))
        if 1 < len(pieces) <= _MOST_PIECES and len(keys[page][line]) <= _LONGEST:
            lines.append(_Rare(pieces, page, line))
    found: list[Freed] = []
    taken: set[tuple[int, int]] = set()
    for backwards in (False, True):
        left = [one._replace(pieces=one.pieces[::-1]) if backwards else one for one in lines if one[1:] not in taken]
        for free in _alike(left, 0, groups, backwards=backwards):
            found.append(free)
            taken.update(free.places)
    return found


def _alike(lines: Sequence[_Rare], depth: int, groups: Sequence[int], *, backwards: bool) -> Iterator[Freed]:
    """The templates of lines of which the first `depth` pieces are the same: with as few more as make one."""
    by_piece: dict[str, list[_Rare]] = defaultdict(list)
    for one in lines:
        if depth < len(one.pieces) - 1:  # something is left for the slot
            by_piece[one.pieces[depth]].append(one)
    for piece in sorted(by_piece):
        same = by_piece[piece]
        if _groups(same, groups) < _LEAST_DIFFERENT:
            continue
        longest = max(_groups(part, groups) for part in _parted(same, depth + 1))
        key, held = _template(same, depth + 1, backwards=backwards)
        if longest < _SAME * _groups(same, groups) and _tells(key, held, groups):
            yield Freed(key, [(one.page, one.line) for one in held])
        else:
            yield from _alike(same, depth + 1, groups, backwards=backwards)


def _parted(lines: Sequence[_Rare], depth: int) -> Iterable[Sequence[_Rare]]:
    """The lines by their piece at `depth`."""
    parts: dict[str, list[_Rare]] = defaultdict(list)
    for one in lines:
        parts["".join(one.pieces[depth : depth + 1])].append(one)
    return parts.values()


def _groups(lines: Iterable[_Rare], groups: Sequence[int]) -> int:
    return len({groups[one.page] for one in lines})


def _template(same: Sequence[_Rare], depth: int, *, backwards: bool) -> tuple[str, list[_Rare]]:
    """The key of lines whose first `depth` pieces are the same, and the lines that it holds for."""
    ends: tuple[str, ...] = ()
    held = list(same)
    while True:
        size = len(ends) + 1
        by_end: dict[tuple[str, ...], list[_Rare]] = defaultdict(list)
        for one in held:
            if len(one.pieces) > depth + size:
                by_end[one.pieces[-size:]].append(one)
        best = max(by_end, key=lambda end: (len(by_end[end]), end), default=None)
        if best is None or len(by_end[best]) < _SAME * len(same):
            break
        ends, held = best, by_end[best]
    before, behind = "".join(same[0].pieces[:depth]), "".join(ends)
    if backwards:
        before, behind = "".join(ends[::-1]), "".join(same[0].pieces[:depth][::-1])
    slots = ("".join(one.pieces[::-1] if backwards else one.pieces)[len(before) : -len(behind) or None] for one in held)
    marks = {slot[len(slot.rstrip(_MARKS)) :] for slot in slots}
    return f"{before}{MARK}{FREE}{marks.pop() if len(marks) == 1 else ''}{behind}", held


def _tells(key: str, held: Sequence[_Rare], groups: Sequence[int]) -> bool:
    """Whether what stays of these lines is a template, and no turn of phrase."""
    there = _groups(held, groups)
    least = _LEAST_SHARE if letters(key) >= _TELLING_LETTERS else _LEAST_SHARE_WEAK
    return (
        len({one.pieces for one in held}) >= _LEAST_DIFFERENT
        and letters(key) >= _LEAST_LETTERS
        and there >= max(_LEAST_DIFFERENT, least * len(set(groups)))
        and len(held) <= _ON_PAGE * len({one.page for one in held})
    )


# ---- patterns

_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")
_INVISIBLE = re.compile(r"[^\S ]|[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
# A longer line is known by its beginning.
_LONG, _TOLD = 160, 100
# A slot may hold somewhat more than was seen.
_MARGIN, _MORE = 1.5, 10
_MOST_HELD = 300
NAME = r"\p{Lu}[\p{L}\p{M}.'’-]{0,30}(?: \p{L}[\p{L}\p{M}.'’-]{0,30}){0,4}"


def pattern(key: str, lines: Iterable[str]) -> str:
    """A template as a pattern for whole lines; `lines` are those that it was seen in."""
    if len(key) > _LONG and not is_free(key):
        return _beginning(key, max(map(len, lines)))
    held = _held(key, lines)
    slots = {**SLOTS, FREE: held} if not is_figure(key) else {"n": _FIGURE}
    return "".join(slots[slot] if slot else written(text) for slot, text in parts(key))


def written(text: str) -> str:
    """Literal text in a pattern."""
    return _INVISIBLE.sub(_escaped, _SPECIAL.sub(r"\\\g<0>", text))


def _escaped(match: re.Match[str]) -> str:
    return r"\s" if match[0].isspace() else f"\\u{ord(match[0]):04x}"


def _beginning(key: str, longest: int) -> str:
    room = _TOLD
    told = []
    for slot, text in parts(key):
        told.append(SLOTS[slot] if slot else written(text[:room].rpartition(" ")[0] if len(text) > room else text))
        room -= len(text)
        if room <= 0:
            break
    return f"{''.join(told)}.{{0,{int(_MARGIN * longest)}}}"


def _held(key: str, lines: Iterable[str]) -> str:
    """What the free slot of a template may hold, by what it was seen to."""
    if not is_free(key):
        return ""
    whole = "".join(
        "(.+)" if slot == FREE else f"(?:{SLOTS[slot]})" if slot else regex.escape(text) for slot, text in parts(key)
    )
    expression = regex.compile(whole)
    seen = [match[1] for line in lines if (match := expression.fullmatch(line))]
    if seen and all(regex.fullmatch(NAME, one) for one in seen):
        return NAME
    longest = max(map(len, seen), default=_LONGEST)
    return f".{{1,{min(int(_MARGIN * longest) + _MORE, _MOST_HELD)}}}"
