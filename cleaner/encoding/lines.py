"""Words that a hard line break has cut in two."""

import re
from collections.abc import Iterator

from cleaner.edits import Edit

BROKEN_WORD = "broken-word"

_LOWER = "a-zß-öø-ÿāăąćčďđēęěğīķĺłńňōőœŕřśşšţťūůűźżžа-яёєіїґўά-ώ"
_HYPHENS = "-\u00ad\u2010"
EXPRESSIONS = (f"[{_LOWER}][{_HYPHENS}]\r?\n[{_LOWER}]",)
"""What stands, for the automaton, in every text with such a word."""

_BROKEN = re.compile(rf"(?<![^\W\d_])([^\W\d_]*[{_LOWER}])[{_HYPHENS}](\r?\n)([{_LOWER}][^\W\d_]*)([.,;:!?]*)([ \t]?)")
_WORD = re.compile(rf"[^\W\d_]+(?:[{_HYPHENS}][^\W\d_]+)*")


def joined(text: str) -> list[Edit]:
    """Words put together again that the text has elsewhere whole, and nowhere with a hyphen."""
    found = list(_BROKEN.finditer(text))
    if not found:
        return []
    words = {word.lower() for word in _WORD.findall(text)}
    edits = []
    for match in found:
        head, line_end, tail, marks, space = match.groups()
        whole = f"{head}{tail}".lower()
        if whole in words and f"{head}-{tail}".lower() not in words:
            # The line now ends behind the word.
            edits.append(Edit(match.end(1), match.end(), f"{tail}{marks}{line_end if space else ''}", BROKEN_WORD))
    return edits


def broken(text: str) -> Iterator[tuple[int, int, str]]:
    """What may be such a word: start, end, and the word as it would be."""
    for match in _BROKEN.finditer(text):
        yield match.start(), match.end(3), match[1] + match[3]
