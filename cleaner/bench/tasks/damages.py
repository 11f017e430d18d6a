"""What befalls texts on their way: the made set of the tasks about encoding."""

import base64
import html
import json
import quopri
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

import msgspec


class Damage(msgspec.Struct, frozen=True):
    """Something that befalls texts on their way."""

    do: Callable[[str], str | None]
    """The text damaged; None where that cannot befall it."""
    wanted: Callable[[str], str] = lambda text: text
    """What should come of it."""


def misread(text: str, written: str, read: str) -> str | None:
    """`text` written in one charset and read in another; None where the first lacks a character.

    A byte that the second leaves undefined becomes the control character of its number, as in browsers.
    """
    try:
        data = text.encode(written)
    except UnicodeEncodeError:
        return None
    return "".join(_READ[read][byte] for byte in data)


def _table(charset: str) -> list[str]:
    return [bytes([byte]).decode(charset, "ignore") or chr(byte) for byte in range(256)]


# What UTF-8 is misread as, and what other charsets are misread for each other.
_SINGLE_BYTE = ("latin-1", "windows-1250", "windows-1251", "windows-1252", "mac-roman", "cp437", "koi8-r")
_MIXUPS = (
    *(
        (written, "windows-1252")
        for written in ("windows-1250", "windows-1251", "windows-1253", "windows-1254", "windows-1255")
    ),
    *((written, "windows-1252") for written in ("windows-1256", "windows-1257", "iso-8859-7", "koi8-r", "mac-cyrillic")),
    *((written, "windows-1252") for written in ("iso-8859-2", "cp874", "mac-roman")),
    ("koi8-r", "windows-1251"),
    ("windows-1251", "koi8-r"),
    ("mac-cyrillic", "windows-1251"),
    ("cp866", "windows-1251"),
    ("windows-1252", "mac-roman"),
    ("windows-1252", "cp437"),
)
_READ = {charset: _table(charset) for charset in _SINGLE_BYTE}


def _twice(charset: str) -> Callable[[str], str | None]:
    def damage(text: str) -> str | None:
        once = misread(text, "utf-8", charset)
        return once and misread(once, "utf-8", charset)

    return damage


def _entities(text: str) -> str:
    return html.escape(text, quote=False).encode("ascii", "xmlcharrefreplace").decode()


def _halves(text: str) -> tuple[str, str]:
    words = text.split(" ")
    return " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])


def _mixed_lines(text: str) -> str | None:
    """The first half damaged, the second, on a line of its own, not."""
    first, second = _halves(text)
    return f"{misread(first, 'utf-8', 'windows-1252')}\n{second}" if second else None


def _mixed_words(text: str) -> str:
    """Every third word with a character outside of ASCII is left as it was."""
    words = iter(range(len(text)))
    outside = re.compile(r"\S*[^\x00-\x7f\s]\S*")
    return outside.sub(lambda word: (next(words) % 3 and misread(word[0], "utf-8", "windows-1252")) or word[0], text)


def _backslashes(text: str) -> str:
    return json.dumps(text)[1:-1].replace('\\"', '"')


def _percents(text: str) -> str:
    return re.sub("[^\x00-\x7f]+", lambda run: quote(run[0]), text)


def _quoted_printable(text: str) -> str:
    return re.sub("[^\x00-\x7f]+", lambda run: quopri.encodestring(run[0].encode()).decode().replace("=\n", ""), text)


def _utf7(text: str) -> str:
    def packed(run: re.Match[str]) -> str:
        return f"+{base64.b64encode(run[0].encode('utf-16-be')).decode().rstrip('=')}-"

    return re.sub("[^\x00-\x7f]+", packed, text)


# What a text had before it could be written in a charset of 256 characters.
_TYPEWRITER = str.maketrans(
    {**dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‘’‚", "'"), **dict.fromkeys("–—", "-"), "…": "...", "\u00a0": " "}
)


def typed(text: str) -> str:
    """`text` as a typewriter has it."""
    return text.translate(_TYPEWRITER)


def _read_as(written: str, read: str) -> Damage:
    if written == "utf-8":
        return Damage(lambda text: misread(text, written, read))
    return Damage(lambda text: misread(typed(text), written, read), typed)


DAMAGES: Mapping[str, Damage] = {
    "none": Damage(lambda text: text),
    **{f"utf-8 read as {charset}": _read_as("utf-8", charset) for charset in _SINGLE_BYTE},
    **{f"{written} read as {read}": _read_as(written, read) for written, read in _MIXUPS},
    "twice as latin-1": Damage(_twice("latin-1")),
    "twice as windows-1252": Damage(_twice("windows-1252")),
    "entities": Damage(_entities),
    "entities of entities": Damage(lambda text: _entities(_entities(text))),
    "entities of misread utf-8": Damage(lambda text: _entities(misread(text, "utf-8", "windows-1252") or "")),
    "mixed lines": Damage(_mixed_lines, lambda text: "\n".join(_halves(text))),
    "mixed words": Damage(_mixed_words),
    "backslash escapes": Damage(_backslashes),
    "percent escapes": Damage(_percents),
    "quoted-printable": Damage(_quoted_printable),
    "utf-7": Damage(_utf7),
}


def _lost(text: str) -> str:
    """UTF-8 read as windows-1252 by a decoder that knows no character for five of the bytes."""
    return text.encode().decode("windows-1252", "replace")


def _asked(text: str) -> str:
    """UTF-8 read as windows-1252 and stored as latin-1, which has no character for 27 of those."""
    return (misread(text, "utf-8", "windows-1252") or "").encode("latin-1", "replace").decode("latin-1")


LOSSES: Mapping[str, Damage] = {"U+FFFD": Damage(_lost), "question mark": Damage(_asked)}
"""Damages after which not everything can be known."""
