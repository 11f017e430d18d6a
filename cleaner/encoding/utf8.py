"""UTF-8 that was read as something else: ``cafÃ©`` for ``café``.

It leaves sequences that are hardly ever anything else, and ftfy (Speer 2019, https://ftfy.readthedocs.io) knows those of ten
charsets. The commonest case, a line that is misread as a whole, is undone here directly, which gives the same and is faster.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import ftfy
from ftfy import badness, chardata

from cleaner.encoding import spelling
from cleaner.encoding.mixups import best_reading
from cleaner.encoding.sequences import LOST, LOST_SEQUENCE, is_rather_utf8, read_whole_sequences, reread, size


def undo_utf8(line: str) -> str:
    """UTF-8 that was read as something else; where that happened several times over, the last of them at least."""
    undone = _undone(line)
    return line if undone == line or _holds_no_text(undone) else _without_cited(line, undone)


def _without_cited(line: str, undone: str) -> str:
    """A line read rightly, but for what it cites beside the right form: ``“cafÃ©” instead of “café”``, ``é becomes Ã©``."""
    before, after = line.split(" "), undone.split(" ")
    if len(before) != len(after):
        return undone
    right = {_AROUND_WORD.sub("", word) for word in before if not word.isascii()}

    def is_cited(was: str, now: str) -> bool:
        letter = now.rstrip(",.;:!?")
        if len(letter) == 1:
            return letter in before
        return bool(_QUOTED.match(was)) and _AROUND_WORD.sub("", now) in right

    return " ".join(was if was != now and is_cited(was, now) else now for was, now in zip(before, after, strict=True))


_AROUND_WORD = re.compile(r"^[\W_]+|[\W_]+$")
_QUOTED = re.compile("[(]?[\"'“‘«`*_].{3,}[\"'”’»`*_]")


def _undone(line: str) -> str:
    if not badness.is_bad(line):
        return _undo_rarer(line)
    if "Ã " in line and is_rather_utf8(line):
        line = _FLATTENED.sub("Ã\u00a0", line)
    undone = None if _FOOTNOTED.search(line) else _undo_whole(line)
    if undone is not None:
        return undone if undone != line else _undo_rarer(line)
    rarer = _undo_rarer(line)
    return rarer if rarer != line else _undo_parts(line)


def _holds_no_text(line: str) -> bool:
    """Whether there is what nobody writes: characters for private use or none at all, marks of another script on a letter."""
    if line.isascii():
        return False
    return _FOREIGN_MARK.search(line) is not None or any(unicodedata.category(char) in ("Cn", "Co") for char in line)


# A Latin letter with a mark of Cyrillic, Hebrew or Arabic.
_FOREIGN_MARK = re.compile("[A-Za-z\u00c0-\u024f][\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u06d6-\u06dc]")


def _undo_whole(line: str) -> str | None:
    """A line that is UTF-8 misread as a whole, read rightly; None where ftfy has to look closer."""
    if LOST in line or "\x1a" in line:
        return None
    for charset in chardata.CHARMAP_ENCODINGS:
        try:
            data = line.encode(charset)
        except UnicodeEncodeError:
            continue
        try:
            return data.decode()
        except UnicodeDecodeError:
            return None
    return None


def end_of_piece(text: str, start: int, end: int) -> int:
    """Where to cut a text at `end` or right before, so that no character that was misread as several is cut.

    Halves of one would keep both pieces from being read rightly as wholes.
    """
    for charset in chardata.CHARMAP_ENCODINGS:
        with suppress(UnicodeEncodeError):
            data = text[start : end + 1].encode(charset)  # a byte for each character
            last = range(len(data) - 1, len(data) - 1 - _MOST_BYTES, -1)
            return next((start + index for index in last if data[index] & 0xC0 != 0x80), end)
    return end


# So many bytes has a character in UTF-8.
_MOST_BYTES = 4


def _undo_parts(line: str) -> str:
    """What ftfy makes of a line that is misread in parts, unless that is doubtful."""
    # Two letters of another charset may look like a sequence: ``Å¸`` is Ё in the middle of Russian.
    if best_reading(line) or _names_letters(line):
        return line
    undo = _by_sequence if is_rather_utf8(line) else _by_ftfy
    return "".join(part if number % 2 else undo(part) for number, part in enumerate(_LEFT_ALONE.split(line)))


def _names_letters(line: str) -> bool:
    """Whether letters that stand by themselves are all that looks misread: ``Ã, Õ and Ç``, ``the letter Ã was``."""
    rest = _LETTER_ALONE.sub(" ", line)
    if rest == line or badness.is_bad(rest):
        return False
    if any(char.isalpha() and not char.isascii() for char in rest):
        return True
    if "Ã" not in line:
        return False
    as_is, as_word = spelling.costs([line, line.replace("Ã", "à")])
    return as_is - as_word < MARGIN_WORD


# Before a space it would be what is left of ``à`` or of a no-break space; ``à la`` is what English has of it.
_LETTER_ALONE = re.compile(r"(?<!\S)[ÂÃ](?=\s(?!la\b))")


def _by_sequence(part: str) -> str:
    """Every whole sequence read rightly, and one that lost a byte as U+FFFD."""
    return LOST_SEQUENCE.sub(LOST, read_whole_sequences(part)) if badness.is_bad(part) else part


def _by_ftfy(part: str) -> str:
    plain = ftfy.fix_encoding(part, restore_byte_a0=False)
    # A space taken for the byte A0 is a guess, except beside other damage.
    bold = ftfy.fix_encoding(part)
    if bold == plain or plain != part:
        return bold
    was, is_now = spelling.costs([part, bold])
    return bold if was - is_now >= MARGIN_SPACE else plain


# ``“Ã©”`` in quotation marks is what somebody writes about.
# Not so where the first of the marks is the second half of a letter itself.
_TALKED_ABOUT = re.compile("(?<=(?<![Â-ô])[\"'“‘«`])[^\x00-\x7f]{1,4}(?=[\"'”’»`])")
# A letter with the mark of a footnote or a power, ``ROSÉ¹``: it would be a letter that hardly anybody writes.
_FOOTNOTED = re.compile("(?<![^\x00-\x7f])[ÇÈÉÊËÌÍÑÒÓÔÕÖÛÜÝ][¹²³](?![^\x00-\x7f])")
# The second byte of ``à`` is a no-break space, which may have become a space like others before the one that follows the word.
_FLATTENED = re.compile(r"Ã (?=[ ,.;:!?)»”])")
_LEFT_ALONE = re.compile(f"({_TALKED_ABOUT.pattern}|{_FOOTNOTED.pattern})")
# What a text must be better by (nats) for a space to be taken for a byte, for a letter by itself to be a word that lost that
# byte (lines in French gain some 4, most in English nothing), and for each run of sequences in a rarer charset.
MARGIN_SPACE = 1.0
MARGIN_WORD = 0.5
MARGIN_UTF8 = 5.0
# What a character may cost at most, beyond which nothing has been made any better.
MAX_COST_OF_CHARACTER = 11.5


def _undo_rarer(line: str) -> str:
    """UTF-8 misread in charsets that ftfy leaves out or is careful about, sequence by sequence; kept where spelt better."""
    charsets = [charset for charset, (sign, _) in _rarer().items() if sign.search(line)]
    if not charsets or _TALKED_ABOUT.search(line) or is_rather_utf8(line):
        return line
    readings = []
    for charset in charsets:
        undone, count = _rarer()[charset][1].subn(functools.partial(_reread, charset=charset), line)
        if undone != line:
            readings.append((undone, MARGIN_UTF8 * count))
    if not readings:
        return line
    mixup = best_reading(line)
    others = [mixup.text if mixup else line, read_whole_sequences(line)]  # “Ã©” is é, and in MacRoman U+0329
    as_is, as_mixup, as_usual, *costs = spelling.costs([line, *others, *(undone for undone, _ in readings)])
    cost, (undone, margin) = min(zip(costs, readings, strict=True), key=lambda one: one[0])
    is_best = as_is - cost >= margin and (mixup is None or cost < as_mixup) and (others[1] == line or cost < as_usual)
    return undone if is_best and cost <= MAX_COST_OF_CHARACTER * size(undone) else line


def _reread(match: re.Match[str], charset: str) -> str:
    """A run of sequences read rightly; but capitals that stand by themselves are a name, such as ``ТАТА`` (``°°``)."""
    around = match.string[max(match.start() - 1, 0) : match.end() + 1]
    return match[0] if match[0].isalpha() and match[0].isupper() and not _LATIN.search(around) else reread(match, charset)


_LATIN = re.compile("[A-Za-z]")
_RARER = (
    "windows-1251",
    "windows-1250",
    "mac-roman",
    "koi8-r",
    "cp866",
    "mac-cyrillic",
    "iso-8859-5",
    "windows-1255",
    "windows-1256",
)
# UTF-8 of Chinese and of typographic quotes, read as GBK or Shift JIS, is full of these; other text has them once in a while.
_CHINESE, _JAPANESE = "[锛銆鈥绗鐨勬槸]", "[縲縺繧]"


class _Sequences(NamedTuple):
    """What UTF-8 looks like in a charset."""

    sign: str
    """What hardly stands anywhere else: two sequences of two, one with a sign in it, or one behind a Latin letter."""
    any: str
    """All of it."""


# Signs that stand behind letters in any text, and those of them that are written without a space: ``м²``.
_TOUCHING = "¹²³™®°±≤≥≈√÷"
_ORDINARY = "\u00a0·§©«»—–“”„’‘•…،؛؟" + _TOUCHING
# What UTF-8 of emoji and of letters of mathematics begins with, the rest of what has four bytes being rare.
_FOUR = (b"\xf0\x9f", b"\xf0\x9d")


@functools.cache
def _sequences(charset: str) -> _Sequences:
    def characters(first: int, last: int, keep: Callable[[str], bool] = bool) -> str:
        read = (bytes([byte]).decode(charset, "ignore") for byte in range(first, last + 1))
        return "[" + "".join(re.escape(char) for char in read if keep(char)) + "]"

    tail = characters(0x80, 0xBF)
    sign = characters(0x80, 0xBF, lambda char: char != "" and not char.isalpha() and char not in _ORDINARY)
    apart = characters(0x80, 0xBF, lambda char: char not in _TOUCHING)
    two, three, four = characters(0xC2, 0xDF), characters(0xE0, 0xEF), characters(0xF0, 0xF4)
    signs = [f"{two}{tail}{two}{tail}", f"{two}{sign}", f"{three}{sign}{tail}", f"{three}{tail}{sign}"]
    begun = [begin.decode(charset, "ignore") for begin in _FOUR]
    signs += [f"{begin}{tail}{{2}}" for begin in begun if len(begin) == len(_FOUR[0])]
    return _Sequences("|".join([*signs, f"[A-Za-z]{two}{apart}"]), f"(?:{two}{tail}|{three}{tail}{{2}}|{four}{tail}{{3}})+")


@functools.cache
def _rarer() -> Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    found = {charset: (re.compile(_sequences(charset).sign), re.compile(_sequences(charset).any)) for charset in _RARER}
    outside = re.compile("[^\x00-\x7f]+")
    return found | {"gb18030": (re.compile(_CHINESE), outside), "shift_jis": (re.compile(_JAPANESE), outside)}


# Hyperscan's `\s` and `\w` are about ASCII: widened, since a gate may open too often but never too seldom.
_SPACE = r"[\s\x{1c}-\x{1f}\x{80}-\x{10ffff}]"
_NON_SPACE = r"[\w\x{80}-\x{10ffff}]"


def _alternatives(verbose: str) -> Sequence[str]:
    """The top-level alternatives of ftfy's badness expression, each as an expression for the automaton."""
    alternatives, current, in_class = [], "", False
    for piece in re.findall(r"\\.|#[^\n]*|.", verbose, re.DOTALL):
        if in_class:
            in_class = piece != "]"
            current += piece
        elif piece == "|":
            alternatives.append(current)
            current = ""
        elif not (piece.isspace() or piece.startswith("#")):
            in_class = piece == "["
            # A line may start behind any separator, not just the one that the automaton knows.
            current += {r"\s": _SPACE, r"\w": _NON_SPACE, "^": ""}.get(piece, piece)
    return [*alternatives, current]


EXPRESSIONS = (*_alternatives(badness.BADNESS_RE.pattern), *(_sequences(one).sign for one in _RARER), _CHINESE, _JAPANESE)
"""What stands, for the automaton, in every line that `undo_utf8` changes."""
