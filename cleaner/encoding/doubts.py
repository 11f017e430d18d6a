"""What may be damage or deceit and may be meant: told, never changed."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec

from cleaner.encoding import lines


class Doubt(msgspec.Struct, frozen=True):
    """A doubtful place. Offsets are code points."""

    name: str
    start: int
    end: int
    suggestion: str | None = None
    """What was likely meant."""


_MIXED = re.compile("[A-Za-zÀ-ÖØ-öø-ɏЀ-ԯ]{3,}")


def _mixed_scripts(text: str) -> Iterable[tuple[int, int, None]]:
    """Words of Latin and Cyrillic letters that are not one after the other, as in ``SMSка``."""
    for match in _MIXED.finditer(text):
        changes = len(_RUNS.findall(match[0]))
        if changes > 2:
            yield *match.span(), None


_RUNS = re.compile("[A-Za-zÀ-ÖØ-öø-ɏ]+|[Ѐ-ԯ]+")
# Tags follow a black flag (Unicode Technical Standard 51); anywhere else they are a text that nobody sees.
_TAGS = re.compile("(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0020-\U000e007f]{2,}")

DOUBTS: Mapping[str, Callable[[str], Iterable[tuple[int, int, str | None]]]] = {
    "mixed-scripts": _mixed_scripts,
    "hidden-text": lambda text: ((*match.span(), None) for match in _TAGS.finditer(text)),
    "maybe-broken-word": lines.broken,
}

EXPRESSIONS = {
    "mixed-scripts": ("[A-Za-zÀ-ÖØ-öø-ɏ][Ѐ-ԯ]",),
    "hidden-text": (r"[\x{e0020}-\x{e007f}]{2}",),
    "maybe-broken-word": lines.EXPRESSIONS,
}
"""What stands, for the automaton, in every text with such a doubt."""


def doubts(text: str, names: Collection[str]) -> list[Doubt]:
    """The doubts of these `names` about `text`."""
    return [Doubt(name, *found) for name, find in DOUBTS.items() if name in names for found in find(text)]
