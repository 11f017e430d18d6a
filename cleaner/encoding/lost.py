"""Misread UTF-8 of which bytes were lost on the way: restored where only one character can have stood there."""

import functools
import re
from collections.abc import Sequence

from ftfy import badness

from cleaner.encoding import spelling
from cleaner.encoding.mixups import bytes_of
from cleaner.encoding.sequences import CHARACTER, LOSSY, LOST, read_whole_sequences

# A restored character must be better by so much (nats) than every other that may have stood there.
MARGIN_LOST = 4.0
# More lost bytes in a line than this are left to ftfy, which says that something is missing.
MAX_LOST = 400
# What is looked at around a lost byte, on either side.
LOST_CONTEXT = 40
# Which bytes get lost: for U+FFFD those that windows-1252 has no character for; for the question mark those whose character
# latin-1 lacks. That it was another costs (nats):
LOST_BYTES = {"\ufffd": frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D)), "?": frozenset(range(0x80, 0xA0))}
UNLIKELY_BYTE = 5.0
# Each run of four letters that some language has speaks for a letter by so much (nats), and so many there must be.
ATTESTED = 4.0
LEAST_ATTESTED = 2


def restore_lost(line: str) -> str:
    """Misread UTF-8 of which a byte became ``?`` or U+FFFD, where only one character can have stood there."""
    matches = list(LOSSY.finditer(line))
    if not matches or len(matches) > MAX_LOST:
        return line
    if LOST not in line and not badness.is_bad(line):
        return line  # only beside damage that speaks for itself: the question mark may be one
    pieces: list[str] = []
    read = ""  # what precedes, read rightly
    position = 0
    for match in matches:
        between = line[position : match.start()]
        read = (read + read_whole_sequences(between))[-LOST_CONTEXT:]
        restored = _CERTAIN.get(match[0]) or _restored(match[0], read, line[match.end() : match.end() + LOST_CONTEXT])
        pieces += (between, restored or match[0])
        read += read_whole_sequences(restored) if restored else LOST
        position = match.end()
    pieces.append(line[position:])
    return "".join(pieces)


# Of what windows-1252 and latin-1 lose only one makes a mark that people write; two in a row, inside a word, an apostrophe.
_CERTAIN = {"â€\ufffd": "â€\x9d", "â??": "â€™"}


@functools.lru_cache(maxsize=10_000)  # asked again for each repair that the line gets, and when all are done
def _restored(known: str, before: str, after: str) -> str | None:
    """What the sequence `known` must have been, still misread; None where that cannot be told."""
    choices = _choices(known)
    if not choices:
        return None
    after = read_whole_sequences(LOSSY.sub(LOST, after))
    head, tail = _WORD_BEFORE.findall(before)[0], _WORD_AFTER.findall(after)[0]
    costs = spelling.costs([f"{before}{char}{after}" for char, _ in choices])
    ranked = sorted(
        (cost - ATTESTED * spelling.attested(f"{head}{char}{tail}", len(head))[0] + UNLIKELY_BYTE * (not likely), char)
        for cost, (char, likely) in zip(costs, choices, strict=True)
    )
    char = ranked[0][1]
    runs, possible = spelling.attested(f"{head}{char}{tail}", len(head))
    if char.isalpha() and runs < max(min(LEAST_ATTESTED, possible), 1):
        return None
    if len(ranked) > 1 and ranked[1][0] - ranked[0][0] < MARGIN_LOST:
        return None
    return "".join(CHARACTER[byte] for byte in ranked[0][1].encode())


@functools.lru_cache(maxsize=1_024)
def _choices(known: str) -> Sequence[tuple[str, bool]]:
    """The characters that a sequence which lost a byte may have stood for, and whether such bytes are the ones to get lost."""
    place = max(known.find("?"), known.find(LOST))
    likely = LOST_BYTES[known[place]]
    choices: list[tuple[str, bool]] = []
    for byte in range(0x80, 0xC0):
        mended = b"".join(bytes([byte]) if at == place else bytes_of("windows-1252")[char] for at, char in enumerate(known))
        try:
            char = mended.decode()
        except UnicodeDecodeError:
            continue
        if char.isprintable():
            choices.append((char, byte in likely))
    return choices


_WORD_BEFORE, _WORD_AFTER = re.compile(r"[^\W\d_]*$"), re.compile(r"[^\W\d_]*")
