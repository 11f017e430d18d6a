"""Bytes to text, and repairs of damaged text: mojibake, entities, control characters, misplaced quotation marks.

The repairs of characters are ftfy's (Speer 2019, https://ftfy.readthedocs.io), each step a repair of its own with exact
spans; what ftfy would merely restyle (curly quotes, full-width forms, ligatures of other scripts, line breaks, Unicode
normal form) is left as it is. One scan of the text finds the lines that any step could change; all others cost nothing.
"""

import functools
import re
from collections.abc import Callable, Collection, Iterator, Sequence

import charset_normalizer
import ftfy
from ftfy import badness, chardata, fixes
from resiliparse.parse.encoding import detect_encoding

from cleaner.automaton import UTF8, Automaton
from cleaner.edits import Edit, apply, compose, difference
from cleaner.text import LINE_SEPARATORS, code_points, encode

# Bytes shown to the charset detector; more makes it slower, not surer.
DETECTION_BYTES = 65_536
# A file that is UTF-8 but for this share of its multi-byte sequences is UTF-8 with damage, not another charset.
MAX_BROKEN_SHARE = 0.05
# ftfy tries every encoding on the whole of what it is given; its own limit is 1,000,000.
SEGMENT_CHARACTERS = 100_000
# Repairs can uncover others (an entity inside mojibake); real text settles in two rounds.
MAX_ROUNDS = 12
# Misplaced double quotes in a document from which on single ones are believed to be misplaced too: an apostrophe
# before a space is usually a plural possessive.
SINGLES_FROM_DOUBLES = 2
# The most characters between single quotes that were misplaced as a pair.
MAX_SINGLE_QUOTED = 120


class UndecodableError(ValueError):
    """Bytes that are no text."""


class UnsettledError(RuntimeError):
    """A text on which the repairs keep undoing each other."""


def decode(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """The text in `data` and the name of its encoding.

    In this order: byte order mark, strict UTF-8, `declared` (from HTTP or HTML; latin-1 means windows-1252, as in
    browsers), UTF-8 with a few broken bytes (each becomes U+FFFD), detection by resiliparse, by charset-normalizer,
    windows-1252.
    Raises `UndecodableError` for binary data.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding
    if b"\0" in data[:DETECTION_BYTES]:
        raise UndecodableError("binary data, not text: it holds NUL bytes")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    if declared:
        try:
            encoding = _WEB_ALIASES.get(declared.lower(), declared)
            return data.decode(encoding), encoding
        except (LookupError, UnicodeDecodeError, ValueError):
            pass
    text = data.decode("utf-8", "replace")
    whole = sum(len(run) for run in re.findall("[^\x00-\x7f\ufffd]+", text))
    if text.count("\ufffd") <= MAX_BROKEN_SHARE * whole:
        return text, "utf-8"
    detected: str | None = detect_encoding(data[:DETECTION_BYTES])
    if detected in (None, "utf-8"):  # which it is not: so resiliparse answers for EUC-KR
        best = charset_normalizer.from_bytes(data[:DETECTION_BYTES]).best()
        detected = best.encoding if best else None
    encoding = detected or "windows-1252"
    return data.decode(encoding, "replace"), encoding


_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_WEB_ALIASES = {"latin-1": "windows-1252", "latin1": "windows-1252", "iso-8859-1": "windows-1252", "ascii": "windows-1252"}


def repair(text: str, repairs: Collection[str]) -> list[Edit]:
    """The edits that mend `text`; each edit's rule is the name of its repair, one of `REPAIRS`.

    What comes out needs no further repair. Raises `UnsettledError` for a text that never gets there.
    """
    edits: list[Edit] = []
    current = text
    for _ in range(MAX_ROUNDS):
        new = _repair_once(current, repairs)
        if not new:
            return edits
        edits = compose(text, edits, new)
        current = apply(current, new)
    raise UnsettledError(f"repairs did not settle in {MAX_ROUNDS} rounds")


def _repair_once(text: str, repairs: Collection[str]) -> list[Edit]:
    gate, owners = _gate()
    data = encode(text)
    found = gate.scan(data)
    points = code_points(data, [end for end, _ in found])
    suspects = [(point, owners[index]) for point, (_, index) in zip(points, found, strict=True) if owners[index] in repairs]
    damaged = [point for point, owner in suspects if owner != QUOTES]
    if damaged:
        edits = [edit for start, end in _segments(text, damaged) for edit in _character_edits(text, start, end, repairs)]
        if edits:
            return edits
    return _quote_edits(text) if len(damaged) < len(suspects) else []


def _character_edits(text: str, start: int, end: int, repairs: Collection[str]) -> list[Edit]:
    """The edits of every character repair on one segment, in ftfy's order."""
    before = text[start:end]
    current = before
    edits: list[Edit] = []
    for name, step in CHARACTER_REPAIRS.items():
        if name in repairs:
            fixed = step(current)
            edits = compose(before, edits, difference(current, fixed, name))
            current = fixed
    return [Edit(edit.start + start, edit.end + start, edit.replacement, edit.rule) for edit in edits]


def _unescape_html(text: str) -> str:
    """Entities, but not in a line with a tag in it: that is about HTML (ftfy's rule)."""
    return text if "<" in text else fixes.unescape_html(text)


def _split_ligatures(text: str) -> str:
    """Typographic ligatures inside words; one that stands alone is being talked about."""
    return _LIGATURE_IN_WORD.sub(lambda match: _LIGATURES[match[0]], text)


def _without_controls(text: str) -> str:
    """Control characters removed; surrogate pairs joined, and lone halves, which no file can hold, as U+FFFD."""
    return fixes.remove_control_chars(fixes.fix_surrogates(text))


_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ſt", "ﬆ": "st"}
_LIGATURE_IN_WORD = re.compile(r"(?<=[^\W\d_])[ﬀ-ﬆ]|[ﬀ-ﬆ](?=[^\W\d_])")

CHARACTER_REPAIRS: dict[str, Callable[[str], str]] = {
    "html-entity": _unescape_html,
    "mojibake": ftfy.fix_encoding,
    "ligature": _split_ligatures,
    "terminal-escape": fixes.remove_terminal_escapes,
    "control-character": _without_controls,
}
QUOTES = "misplaced-quote"
REPAIRS = (*CHARACTER_REPAIRS, QUOTES)


@functools.cache
def _gate() -> tuple[Automaton, tuple[str, ...]]:
    """An automaton for everything that some repair could react to, and the repair that each expression stands for."""
    expressions = {
        "html-entity": [r"&#?[0-9A-Za-z]{1,24};"],
        "mojibake": _alternatives(badness.BADNESS_RE.pattern),
        "ligature": ["[ﬀ-ﬆ]"],
        "terminal-escape": [r"\x1b"],
        "control-character": [_class(chardata.CONTROL_CHARS), "\ufffd"],  # U+FFFD: a lone surrogate, encoded
        QUOTES: ["^[^“”„\n]*”", "”[^“”„\n]*”", r"[^\s(\[]“\s", rf"\s”{_NON_SPACE}"],
    }
    owned = [(source, name) for name, sources in expressions.items() for source in sources]
    return Automaton([(source, UTF8) for source, _ in owned]), tuple(name for _, name in owned)


# Hyperscan's `\\s` and `\\w` are about ASCII: widened, since a gate may open too often but never too seldom.
_SPACE = r"[\s\x{1c}-\x{1f}\x{80}-\x{10ffff}]"
_NON_SPACE = r"[\w\x{80}-\x{10ffff}]"


def _class(codes: Collection[int]) -> str:
    return "[" + "".join(f"\\x{{{code:x}}}" for code in codes) + "]"


def _alternatives(verbose: str) -> list[str]:
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


def _segments(text: str, points: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The lines of `text` in which any of the ascending `points` ends, long ones in pieces."""
    remaining = iter(points)
    point: int | None = next(remaining, None)
    for match in _RAW_LINE.finditer(text):
        if point is None:
            return
        if point - 1 < match.end():
            start = match.start()
            while match.end() - start > SEGMENT_CHARACTERS:
                cut = text.rfind(" ", start + 1, start + SEGMENT_CHARACTERS)
                cut = start + SEGMENT_CHARACTERS if cut < 0 else cut
                yield start, cut
                start = cut
            yield start, match.end()
        while point is not None and point - 1 < match.end():
            point = next(remaining, None)


_RAW_LINE = re.compile(f"[^{LINE_SEPARATORS}]+")


# --- quotation marks ----------------------------------------------------------------------------------------------

_DOUBLE = re.compile("[“”„]")
_SINGLE_OPENER = re.compile(r"(?:(?<![\w’][i]n)(?<=[^\W\d_sxzSXZ])|(?<=[,:;]))’ (?=\w)")
_SINGLE_CLOSER = re.compile(r"(?<=[\w,.!?…])’(?=[\s,.;:!?”)]|$)")
# After a closing mark: who said it. Then the quotation began in an earlier paragraph, or its opening mark is missing.
_SPEECH_TAG = re.compile(
    r"\W*(?!(?:but|and|or|when|if|that|to|because)\b)"
    r"(?:(?:\w+[ ]){0,4}?(?:said|says|told|tells|added|adds|asked|asks|wrote|writes|noted"
    r"|explained|replied|recalled|insisted|argued|warned|continued|concluded|tweeted|posted|announced|stated|declared|remarked|admitted)\b)"
)


def _quote_edits(text: str) -> list[Edit]:
    """Curly quotation marks on the wrong side of a space, put on the right one.

    ``agreed to a” no limits” relationship`` becomes ``agreed to a “no limits” relationship``. A mark is taken for
    misplaced where none is open, it is followed by a space, and the next mark on the line closes again; not where a
    quotation may have run on from the paragraph before, behind the end of a sentence, or after a number (inches).
    """
    doubles: list[Edit] = []
    lines = [match.span() for match in _RAW_LINE.finditer(text)]
    carried = False  # a quotation left open by an earlier line
    for start, end in lines:
        marks = [match.start() for match in _DOUBLE.finditer(text, start, end)]
        if marks:
            edits, carried = _double_edits(text, start, end, marks, carried=carried)
            doubles += edits
    if len(doubles) < SINGLES_FROM_DOUBLES:
        return doubles
    singles = [edit for start, end in lines for edit in _single_edits(text, start, end)]
    return sorted(doubles + singles, key=lambda edit: edit.start)


def _double_edits(text: str, start: int, end: int, marks: Sequence[int], *, carried: bool) -> tuple[list[Edit], bool]:  # noqa: C901 (one case for each way that a mark can stand)
    edits: list[Edit] = []
    opener = ""
    for number, place in enumerate(marks):
        mark = text[place]
        before = text[place - 1] if place > start else " "
        after = text[place + 1] if place + 1 < end else ""
        next_closes = number + 1 < len(marks) and text[marks[number + 1]] == "”"
        detached = not before.isspace() and after == " "
        if mark != "”":
            if mark == "“" and opener == "„":
                opener = ""
                continue
            if mark == "“" and not opener and detached and before.isalnum() and next_closes:
                edits.append(Edit(place, place + 2, " “", QUOTES))
            opener = mark
        elif opener:
            free = max(start, edits[-1].end if edits else start)
            if opener == "“" and before == " " and after.isalnum() and place - 2 >= free and text[place - 2] != " ":
                edits.append(Edit(place - 1, place + 1, "” ", QUOTES))
            opener = ""
        elif before.isdigit():
            continue
        elif before.isspace() and after.isalnum():
            opener = "”"  # as Swedish and Finnish open
        elif carried and number == 0:
            continue
        elif next_closes and after == " " and _may_open(text, place, marks[number + 1], before):
            edits.append(Edit(place, place + 2, "“" if before.isspace() else " “", QUOTES))
            opener = "“"
    return edits, opener in ("“", "„") and not edits


def _may_open(text: str, place: int, closer: int, before: str) -> bool:
    """Whether a closing mark at `place` can be one that should open the quotation closed at `closer`."""
    inner = text[closer - 1]
    if not (before.isalpha() or before in ",:;—–" or before.isspace()) or inner.isdigit() or inner.isspace():
        return False
    following = text[place + 2 : place + 3]
    return (following.isalnum() or following in "‘’") and not _SPEECH_TAG.match(text, place + 1, closer)


def _single_edits(text: str, start: int, end: int) -> Iterator[Edit]:
    if "‘" in text[start:end]:
        return
    position = start
    while opener := _SINGLE_OPENER.search(text, position, end):
        closer = _SINGLE_CLOSER.search(text, opener.end(), min(end, opener.end() + MAX_SINGLE_QUOTED))
        if not closer:
            return
        yield Edit(opener.start(), opener.end(), " ‘", QUOTES)
        position = closer.end()
