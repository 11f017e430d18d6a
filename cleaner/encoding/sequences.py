"""What UTF-8 looks like when it was read as windows-1252, with or without all of its bytes."""

import functools
import re

LOST = "\ufffd"
"""What stands in place of a byte that had no character."""


def reread(match: re.Match[str], charset: str) -> str:
    """What was matched, turned back into bytes of `charset` and read as UTF-8; as it is where it is none."""
    try:
        return match[0].encode(charset).decode()
    except UnicodeError:
        return match[0]


def read_whole_sequences(text: str) -> str:
    """`text` with every sequence that is whole read rightly, and the rest as it is."""
    return INTACT.sub(functools.partial(reread, charset="sloppy-windows-1252"), text)


def is_rather_utf8(text: str) -> bool:
    """Whether half of what is not ASCII are sequences of misread UTF-8, which no mix-up of other charsets makes."""
    inside = sum(len(match[0]) for match in INTACT.finditer(text) if reread(match, "sloppy-windows-1252") != match[0])
    return 2 * inside >= sum(not char.isascii() for char in text)


def size(text: str) -> int:
    """The letters of a text, and what is not ASCII; at least 1."""
    return max(sum(char.isalpha() or not char.isascii() for char in text), 1)


def _byte_class(first: int, last: int) -> str:
    return "[" + "".join(re.escape(CHARACTER[byte]) for byte in range(first, last + 1)) + "]"


CHARACTER = [bytes([byte]).decode("windows-1252", "ignore") or chr(byte) for byte in range(256)]
"""The character of each byte, as browsers have it."""
TWO, THREE, TAIL = _byte_class(0xC2, 0xDF), _byte_class(0xE0, 0xEF), _byte_class(0x80, 0xBF)
"""Classes of characters: the first of two bytes, of three, and what follows."""
INTACT = re.compile(f"(?:{TWO}{TAIL}|{THREE}{TAIL}{{2}}|[ð-ô]{TAIL}{{3}})+")
LOSSY = re.compile(f"{THREE}{TAIL}[{LOST}?]|{THREE}[{LOST}?]{TAIL}|{TWO}{LOST}|[ÂÃÄÅÐÑÎÏ×ØÙ]\\?(?=\\w)|(?<=\\w)â\\?\\?(?=\\w)")
LOST_SEQUENCE = re.compile(f"{THREE}{TAIL}{LOST}|{THREE}{LOST}{TAIL}?|{TWO}{LOST}")
# Hyperscan's `\w` is about ASCII: widened, since a gate may open too often but never too seldom.
GATE = (LOST, "[ÂÃÄÅÐÑÎÏ×ØÙ][?][\\w\\x{80}-\\x{10ffff}]", f"{THREE}[?]|{THREE}{TAIL}[?]")
"""What stands, for the automaton, in every line with a sequence that has lost a byte."""
