"""Texts in scripts that the labelled data lack: each word becomes letters of another script, and the text is laid out as there.

Nobody can read them, and nobody need: what is learned from them is how lines look and stand where words have no capitals or
no spaces between them. The same word is the same letters wherever it stands in one script.
"""

import re
import zlib
from collections.abc import Mapping
from typing import NamedTuple


class Script(NamedTuple):
    """How a text of Latin letters would look in another script."""

    first: int
    """The first code point of its letters."""
    letters: int
    of_letter: float
    """How many letters stand for one Latin letter: so long are translations."""
    spaced: bool = True
    """Whether spaces stand between words."""
    marks: Mapping[str, str] = {}
    """What stands for a mark."""


SCRIPTS = {
    "Han": Script(0x4E00, 20_000, 0.36, False, dict(zip(".,?!:;()", "。，？！：；（）", strict=True))),
    "kana": Script(0x3042, 82, 0.5, False, dict(zip('.,?!:()"“”', "。、？！：（）」「」", strict=True))),
    "Thai": Script(0x0E01, 46, 0.9, False, {".": " ", ",": " "}),
    "Hangul": Script(0xAC00, 11_000, 0.45),
    "Arabic": Script(0x0627, 36, 0.8, marks=dict(zip(",?;", "،؟؛", strict=True))),
    "Devanagari": Script(0x0905, 53, 0.9, marks={".": "।"}),
    "Hebrew": Script(0x05D0, 27, 0.75),
}

# Of words of so many letters one in so many stays as it is: a name, say.
KEPT_LETTERS, KEPT = 6, 20
_ADDRESS = r"\S*(?:://|@|www\.)\S*"
_WORD = r"[^\W\d_]+(?:['’][^\W\d_]+)*"
_MARK = r"(?:(?<=\w)|(?<=[\"”’)]))[.,?!:;](?=[\s\"”’)]|$)|[()\"“”]"
_PART = re.compile(f"(?P<address>{_ADDRESS})|(?P<word>{_WORD})|(?P<mark>{_MARK})")
_CAPITAL = re.compile(r" (?=[A-Z])")
_SPACE = re.compile(r"(?<=[\w。，、？！：；（）「」]) (?=[\w（「])")


def in_script(line: str, script: Script) -> str:
    """The text of a line in a script; the line itself where nothing would be left of it."""
    if not script.spaced and not re.search(r"[.,?!]", line) and zlib.crc32(line.encode(errors="replace")) % 2:
        # Links side by side: dumpers put a space between some and none between others.
        line = _CAPITAL.sub("\N{NO-BREAK SPACE}", line)

    def rewritten(match: re.Match[str]) -> str:
        part = match[0]
        if match["address"]:
            return part
        return script.marks.get(part, part) if match["mark"] else _word(part, script)

    written = _PART.sub(rewritten, line)
    if not script.spaced:
        written = _SPACE.sub("", written)
    return " ".join(written.split()) or line


def _word(word: str, script: Script) -> str:
    seed = zlib.crc32(word.lower().encode(errors="replace"))
    if len(word) >= KEPT_LETTERS and seed % KEPT == 0:
        return word
    exact = len(word) * script.of_letter + seed % 97 / 97 - 0.5
    letters = []
    for _ in range(max(round(exact), 1)):
        seed = (seed * 1_664_525 + 1_013_904_223) % (1 << 32)
        letters.append(chr(script.first + (seed >> 8) % script.letters))
    return "".join(letters)
