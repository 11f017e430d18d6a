"""What messages are made of: characters that the eye cannot see or tell apart, made plain; numbers of things."""

import re
import unicodedata

SHOWN_CHARACTERS = 160
# Longer repairs are words, which the eye can tell.
_SPELT_OUT_CHARACTERS = 3
# Controls, lone surrogates, hyphens that are not seen, and what changes the direction or the lines of the text around it.
_DISTURBING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    """`text` on one line, shortened to `SHOWN_CHARACTERS`; characters that cannot be seen by their code point."""
    shown = "".join(
        "⏎"
        if char == "\n"
        else f"<U+{ord(char):04X}>"
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or char == "\xa0"
        else char
        for char in text[: SHOWN_CHARACTERS + 1]
    )
    return shown if len(text) <= SHOWN_CHARACTERS else f"{shown[: SHOWN_CHARACTERS - 1]}…"


def readable(text: str) -> str:
    """`text` for running prose: only what would disturb a terminal or the direction of the text stands by its code point."""
    return _DISTURBING.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)


def counted(number: int, noun: str) -> str:
    """A number of things that an s makes many."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def spelt_out(was: str, is_now: str) -> str:
    """Code points and bytes of a short repair; empty where the eye can tell it."""
    if max(len(was), len(is_now)) > _SPELT_OUT_CHARACTERS or (was + is_now).isascii():
        return ""
    told = " → ".join(" ".join(f"U+{ord(char):04X}" for char in text) or "nothing" for text in (was, is_now))
    return f"{told}; UTF-8 {is_now.encode('utf-8', 'surrogatepass').hex(' ').upper()}" if is_now else told
