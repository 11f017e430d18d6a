r"""Characters that were written out for some carrier and never read back: ``&amp;``, ``\u2019``, ``%E2%80%99``, ``=E2=80=99``.

Each function takes a line and gives it with its escapes read, as far as they are left-overs in running text: one that stands
alone, in an address, or in code is being talked about.
"""

import base64
import binascii
import quopri
import re
import unicodedata
from urllib.parse import unquote_to_bytes

from ftfy import fixes

# What an escape may stand for in running text; anything else was no escape.
_TYPOGRAPHY = frozenset("“”„‘’‚«»‹›–—…€£§°·•©®™¿¡\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f")

EXPRESSIONS = {
    "html-entity": (r"&#?[0-9A-Za-z]{1,24};",),
    "backslash-escape": (r"\\u[0-9A-Fa-f]{4}",),
    "percent-escape": ("%[C-Fc-f][0-9A-Fa-f]%[89ABab][0-9A-Fa-f]",),
    "quoted-printable": ("=[C-F][0-9A-F]=[89AB][0-9A-F]",),
    "utf-7": (r"\+[0-9A-Za-z+/]{3,}-",),
}
"""What stands, for the automaton, in every line that the function of this name changes."""


def html_entities(line: str) -> str:
    """Entities, but not in a line with a tag, which is about HTML (ftfy's rule), nor in code or alone in quotation marks."""
    if "<" in line:
        return line
    parts = _TALKED_ABOUT.split(line)
    return "".join(part if at % 2 else fixes.unescape_html(_AMPERSANDS.sub("&amp;", part)) for at, part in enumerate(parts))


_TALKED_ABOUT = re.compile("(`+[^`]+`+|(?<=[\"'“‘«])&#?[0-9A-Za-z]{1,24};(?=[\"'”’»]))")
# ``&amp;amp;amp;`` says ``&`` however often it was written out; read one by one, it would take a round for each.
_AMPERSANDS = re.compile("&(?:amp;){2,}")


def backslash_escapes(line: str) -> str:
    r"""``\u2019`` and the like, left over from JSON or a program.

    All of a line in which one touches a word, or three stand in a row: one or two alone are what somebody writes about.
    """
    if _CODE.search(line) or _BACKSLASH.sub(_backslash_read, line) == line:
        return line
    return _ANY_BACKSLASH.sub(_backslash_read, line)


def _backslash_read(match: re.Match[str]) -> str:
    units = b"".join(int(unit, 16).to_bytes(2, "big") for unit in re.findall(r"\\u([0-9A-Fa-f]{4})", match[0]))
    return _text_in(units, "utf-16-be") or match[0]


_UNIT = r"\\u[0-9A-Fa-f]{4}"
_BACKSLASH = re.compile(rf"(?<=[^\W_])(?<!{_UNIT})(?:{_UNIT})+|(?<!\\)(?:(?:{_UNIT})+(?=[^\W_])|(?:{_UNIT}){{3,}})")
_ANY_BACKSLASH = re.compile(rf"(?<!\\)(?:{_UNIT})+")
_CODE = re.compile(r"[`{}]|\w\([\"']|[\"']\)|\\\\|\\[a-tv-zA-Z]|=\s*[\"'/]|[(\[,]\s*[\"']\\u|[\"']\\u[0-9A-Fa-f]{4}[\"']")


def percent_escapes(line: str) -> str:
    """UTF-8 in percent signs, outside of addresses."""
    return _PERCENT_WORD.sub(lambda word: word[0] if _ADDRESS.search(word[0]) else _PERCENT.sub(_percent_read, word[0]), line)


def _percent_read(match: re.Match[str]) -> str:
    return _text_in(unquote_to_bytes(match[0]), "utf-8") or match[0]


_PERCENT_WORD = re.compile(r"(?<!\S)[^\s%]*%[^\s]*")
_PERCENT = re.compile("(?:%[C-Fc-f][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f])+)+")
_ADDRESS = re.compile(r"[/&=@#\\]|\?\w|www\.|\.\w{2,4}%")


def quoted_printable(line: str) -> str:
    """UTF-8 as mails carry it; where a line has any, also its ``=20`` and ``=3D``."""
    read = _QUOTED.sub(_quoted_read, line)
    return read if read == line else _QUOTED_ASCII.sub(lambda match: chr(int(match[1], 16)), read)


def _quoted_read(match: re.Match[str]) -> str:
    return _text_in(quopri.decodestring(match[0].encode()), "utf-8") or match[0]


_QUOTED = re.compile("(?:=[C-F][0-9A-F](?:=[89AB][0-9A-F])+)+")
_QUOTED_ASCII = re.compile("=(20|2C|2E|3D|3F|5F)")


def utf7(line: str) -> str:
    """UTF-7, in which ``+`` opens and ``-`` closes base64 of UTF-16: all of a line in which one is surely that."""
    if not any(_is_sure(_utf7_of(match["packed"])) for match in _UTF7.finditer(line)):
        return line
    return _UTF7.sub(_utf7_read, line)


def _utf7_read(match: re.Match[str]) -> str:
    read = _utf7_of(match["packed"])
    return match["before"] + read if read else match[0]


def _is_sure(read: str) -> bool:
    """Whether letters at random would hardly give this: letters of Europe, quotation marks, or several characters."""
    return bool(read) and (len(read) > 2 or all(ord(char) < 0x2100 for char in read))


def _utf7_of(packed: str) -> str:
    """What base64 holds; empty where that is no text."""
    try:
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    # What is left beyond whole characters must be zero bits, and less than another base64 digit.
    if len(packed) % 8 not in (0, 3, 6) or base64.b64encode(data).decode().rstrip("=") != packed:
        return ""
    read = _text_in(data, "utf-16-be")
    return "" if any(map(str.isascii, read)) else read


# Where a plus may stand for itself, what is before it is read with it: else each of a row of them would be tried to the end.
_UTF7 = re.compile(r"(?<![0-9A-Za-z+/])(?P<before>[0-9A-Za-z/]*)\+(?P<packed>[0-9A-Za-z+/]{3,})-")


def _text_in(data: bytes, charset: str) -> str:
    """What `data` says; empty where that is nothing, or nothing that somebody may have meant to write."""
    try:
        read = data.decode(charset)
    except UnicodeDecodeError:
        return ""
    return read if all(map(_may_be_meant, read)) else ""


def _may_be_meant(char: str) -> bool:
    return char in _TYPOGRAPHY or (unicodedata.category(char)[0] in "LMNPS" and char not in "\ufffc\ufffd")
