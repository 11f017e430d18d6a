"""The task ``encoding``: texts damaged in known ways, to be restored exactly; and the same texts, to be left alone."""

import html
from collections.abc import Callable, Mapping

import msgspec

from cleaner.bench.cases import Data, texts
from cleaner.bench.systems import Answer
from cleaner.bench.tasks.task import Case, Scores, Task
from cleaner.text import Document

_SINGLE_BYTE = ("latin-1", "windows-1250", "windows-1251", "windows-1252", "mac-roman", "cp437", "koi8-r")


def _misread(text: str, written: str, read: str) -> str | None:
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


_READ = {charset: _table(charset) for charset in (*_SINGLE_BYTE, "windows-1253")}


def _twice(charset: str) -> Callable[[str], str | None]:
    def damage(text: str) -> str | None:
        once = _misread(text, "utf-8", charset)
        return once and _misread(once, "utf-8", charset)

    return damage


def _lost_byte(instead: str) -> Callable[[str], str | None]:
    """Mojibake in which the second byte of every fifth damaged character did not survive."""

    def damage(text: str) -> str:
        pieces = []
        seen = 0
        for char in text:
            piece = _misread(char, "utf-8", "windows-1252") or ""
            if len(piece) > 1:
                seen += 1
                if seen % 5 == 1:
                    piece = piece[0] + instead + piece[2:]
            pieces.append(piece)
        return "".join(pieces)

    return damage


def _entities(text: str) -> str:
    return html.escape(text, quote=False).encode("ascii", "xmlcharrefreplace").decode()


def _mixed(text: str) -> str:
    """Two lines of which one is damaged and one is not."""
    return f"{_misread(text, 'utf-8', 'windows-1252')}\n\n{text}"


# What a text had before it could be written in a charset of 256 characters.
_TYPEWRITER = str.maketrans(
    {**dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‘’‚", "'"), **dict.fromkeys("–—", "-"), "…": "..."}
)


class Damage(msgspec.Struct, frozen=True):
    """Something that befalls texts on their way."""

    do: Callable[[str], str | None]
    """The text damaged; None where that cannot befall it."""
    wanted: Callable[[str], str] = lambda text: text
    """What should come of it."""


def _read_as(written: str, read: str) -> Damage:
    if written == "utf-8":
        return Damage(lambda text: _misread(text, written, read))
    return Damage(lambda text: _misread(text.translate(_TYPEWRITER), written, read), lambda text: text.translate(_TYPEWRITER))


_MISREADINGS = (
    *(("utf-8", charset) for charset in _SINGLE_BYTE),
    ("windows-1251", "windows-1252"),
    ("koi8-r", "windows-1251"),
    ("iso-8859-7", "windows-1252"),
    ("windows-1250", "windows-1252"),
)
DAMAGES: Mapping[str, Damage] = {
    "none": Damage(lambda text: text),
    **{f"{written} read as {read}": _read_as(written, read) for written, read in _MISREADINGS},
    "twice as latin-1": Damage(_twice("latin-1")),
    "twice as windows-1252": Damage(_twice("windows-1252")),
    "lost byte, U+FFFD": Damage(_lost_byte("\ufffd")),
    "lost byte, question mark": Damage(_lost_byte("?")),
    "entities": Damage(_entities),
    "entities of entities": Damage(lambda text: _entities(_entities(text))),
    "mixed lines": Damage(_mixed, lambda text: f"{text}\n\n{text}"),
}


def _cases(_data: Data) -> list[Case]:
    cases = []
    for language, text in texts().items():
        for name, damage in DAMAGES.items():
            damaged, wanted = damage.do(text.paragraph), damage.wanted(text.paragraph)
            if damaged is None or (damaged == wanted and name != "none"):
                continue
            document = Document(id=f"{language}/{name}", text=damaged)
            cases.append(Case(document=document, wanted=wanted, groups={"damage": name, "language": language}))
    return cases


def _score(case: Case, answer: Answer) -> Scores:
    exact = float(answer.text.strip() == case.wanted.strip())
    return {"exact": exact, "left_alone" if case.groups["damage"] == "none" else "restored": exact}


TASK = Task(
    name="encoding",
    summary="Damaged encoding, restored exactly or not; clean text in many languages, left alone or not",
    systems=("ftfy", "ftfy encoding", "plsfix", "cleaner careful", "cleaner balanced"),
    cases=_cases,
    score=_score,
    main="exact",
    columns=("exact", "restored", "left_alone"),
    text=lambda case: case.wanted,
)
