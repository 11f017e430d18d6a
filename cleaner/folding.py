"""What the automata see instead of characters, so that a literal is looked for in one form, whatever the text has.

Patterns are folded likewise (`cleaner.patterns`), so nothing is missed, and what is found too much is refused on the text
itself.
"""

import functools
import re

# Letters that `regex` takes for an ASCII letter when case is ignored; white space inside a line, and hyphens, as a space, and
# so NUL, with which a literal ends for the automaton; whatever ends a line as a line break. test_patterns proves the letters
# and the white space complete.
FOLDED = {
    "ſ": "s",
    "\u212a": "k",
    "İ": "i",
    "ı": "i",
    **dict.fromkeys("-‐‑\0", " "),
    **dict.fromkeys("\t\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u202f\u205f\u3000", " "),
    **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
    **dict.fromkeys("\r\u2028\u2029", "\n"),
}

# The blocks of Unicode that hold letters with case.
_CASED_BLOCKS = (
    *((0x80, 0x590), (0x10A0, 0x1100), (0x13A0, 0x1400), (0x1C80, 0x2000), (0x2100, 0x2190), (0x24B0, 0x24F0)),
    *((0x2C00, 0x2E00), (0xA640, 0xA800), (0xAB30, 0xABC0), (0xFB00, 0xFB20), (0xFF20, 0xFF60), (0x10400, 0x10600)),
    *((0x10C80, 0x10D00), (0x10D50, 0x10D90), (0x118A0, 0x118E0), (0x16E40, 0x16EE0), (0x1E900, 0x1E950)),
)


def fold(text: str) -> str:
    """`text` with the characters of `FOLDED` in their ASCII form, code point for code point."""
    for char, ascii_form in FOLDED.items():
        if char in text:
            text = text.replace(char, ascii_form)
    return text


def without_case(text: str) -> str:
    """`text`, which is folded, with one letter for all outside ASCII that differ in case alone, code point for code point.

    In ASCII case stays: there the automata can do without it themselves.
    """
    if text.isascii():
        return text
    letters = _letters()
    return _cased().sub(lambda match: letters.get(match[0], match[0]), text)


def caseless(char: str) -> str:
    """One character for all that differ from `char`, which is folded, in case alone."""
    return char.lower() if char.isascii() else _letters().get(char, char)


@functools.cache
def _cased() -> re.Pattern[str]:
    # Beyond the basic plane a range: the engine searches for a set with single characters from there 40 times as slowly.
    basic = [char for char in _letters() if char <= "\uffff"]
    beyond = sorted(_letters().keys() - set(basic))
    return re.compile(f"[{''.join(map(re.escape, basic))}{beyond[0]}-{beyond[-1]}]")


@functools.cache
def _letters() -> dict[str, str]:
    """For each cased letter outside ASCII the one that stands for all its variants, where that is another."""
    letters: dict[str, str] = {}
    for char, variants in _case_classes().items():
        one = min(variants, key=lambda variant: (not variant.isalnum(), variant != variant.lower(), variant))
        if not char.isascii() and char not in FOLDED and one != char:
            letters[char] = one
    return letters


def _case_classes() -> dict[str, set[str]]:
    """For each cased character outside ASCII, all characters that ignoring case makes equal to it, transitively."""
    classes: dict[str, set[str]] = {}
    alike: dict[str, str] = {}  # a character for each full case folding, which may be several characters long
    for low, high in _CASED_BLOCKS:
        for code in range(low, high):
            char = chr(code)
            forms = {char, alike.setdefault(char.casefold(), char)}
            forms |= {form for form in (char.lower(), char.upper(), char.title(), char.casefold()) if len(form) == 1}
            if len(forms) > 1:
                merged = forms.union(*(classes.get(form, ()) for form in forms))
                for form in merged:
                    classes[form] = merged
    return classes
