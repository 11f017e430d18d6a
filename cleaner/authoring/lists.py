"""Lists that a user has, as rule files: phrases with what they stand for, boolean queries, lines of site chrome."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from cleaner.authoring import queries
from cleaner.authoring.drafts import name_of, pattern_of, quoted
from cleaner.patterns import parse
from cleaner.records import InputError, whole_file
from cleaner.rules import MAX_FILE_BYTES, MAX_PHRASE_CHARACTERS, Phrase
from cleaner.rules.writing import rule_file

# Names that the columns of such lists bear, the likeliest first.
FOUND_COLUMNS = ("found", "tortured", "garbled", "spun", "fingerprint", "query", "phrase", "wrong", "from", "before")
ORIGINAL_COLUMNS = (
    *("original", "expected", "correct", "normal", "established", "standard", "replacement"),
    *("right", "to", "after"),
)
# Words of these that lines are made of, too: a column is called so only where its name is nothing else.
_NAMES_ALONE = ("from", "to", "before", "after", "right")
MOST_WORDS = 4
"""So many words the name of a column has at most."""
TABLE_SUFFIXES = (".csv", ".tsv")
_COMMENT = re.compile(r"^#(?:[^\S\n].*)?$", re.MULTILINE)  # and not a line that begins with a hashtag
# What a phrase weighs that proves something only beside others, as the conditions of its query say. Such a row is told of
# in a text that has more of the kind, and not in one that is otherwise clean.
DOUBTFUL = 0.5
# One pattern has so many lines, and so many characters, which leaves room below the limits of the rule format.
LINES_A_RULE, CHARACTERS_A_RULE = 100, 12_000
MAX_LINE_CHARACTERS = 500

Kind = Literal["phrases", "lines"]


class Origin(msgspec.Struct, frozen=True):
    """Whose a list is."""

    source: str
    licence: str = ""

    def __str__(self) -> str:
        return f"{self.source}; licence: {self.licence}" if self.licence else f"{self.source}; licence not stated"


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a list."""

    files: Mapping[str, str]
    """The files of the rule folder, by name."""
    rows: int
    """Rows that were taken over."""
    doubtful: int
    """Of these, those with conditions that phrases cannot say: they count for half."""
    left: tuple[tuple[int, str], ...]
    """Rows that were not, by number from 1, and why."""
    columns: tuple[str, ...] = ()
    """Of a table, the names of the column with what is to be found and of that with what it stands for; "" where none is."""
    comments: int = 0
    """Lines that were passed over as comments."""


class _Row(msgspec.Struct, frozen=True):
    number: int
    found: str
    original: str


def read(
    file: Path,
    origin: Origin,
    *,
    kind: Kind | None = None,
    found: str | None = None,
    original: str | None = None,
    safe: bool = False,
) -> Imported:
    """The list in `file` as the files of a rule folder.

    Args:
        file: a CSV file (apart by commas, semicolons or tabs) whose first row names its columns, or text with one phrase
            or line in each of its lines. Lines that begin with ``#`` and white space are comments.
        origin: what the rules say of where they come from.
        kind: ``phrases`` that are garbled, to be flagged, or ``lines`` that are chrome, to be dropped. None: phrases where
            the file has columns.
        found: the column with what is to be found; else the one whose name is likeliest.
        original: the column with what it stands for; likewise.
        safe: whether the lines can hardly be anything else, and may go in every profile.

    Raises `InputError` for a file that is no such list, and `OSError`.
    """
    if file.stat().st_size > MAX_FILE_BYTES:
        raise InputError(f"{file} is larger than {MAX_FILE_BYTES:,} bytes")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8: byte {error.start}") from error
    text, comments = _COMMENT.subn("", text)
    table = _table(text, named=bool(found or original))
    if table is None and kind != "lines" and _has_columns(text, file):
        raise InputError(
            f"{file} has columns, but its first row names none that is known"
            f"\n  hint: put a row above with one of {', '.join(FOUND_COLUMNS)} and of {', '.join(ORIGINAL_COLUMNS)};"
            " or name your own columns with --found and --original; --as lines takes each row for one line"
        )
    header = table[0][1] if table else []
    columns = _chosen(header, file, found, original) if table else None
    rows = list(_rows(table[1:], columns) if table and columns else _plain(text))
    if not rows:
        raise InputError(f"{file} has no rows")
    name = name_of(file.stem)
    if (kind or ("phrases" if table else "lines")) == "phrases":
        imported = _phrases(rows, name, origin)
    else:
        imported = _lines(rows, name, origin, safe=safe)
    called = tuple("" if at is None else header[at].strip() for at in columns or ())
    return msgspec.structs.replace(imported, columns=called, comments=comments)


def write(imported: Imported, folder: Path) -> None:
    """Write the files into `folder`. Raises `InputError` where one is there already, before anything is written."""
    for name in imported.files:
        if (folder / name).exists():
            raise InputError(f"{folder / name} is there already")
    for name, text in sorted(imported.files.items(), reverse=True):  # a table before the rules that name it
        with whole_file(folder / name) as out:
            out.write(text.encode())


def _table(text: str, *, named: bool) -> list[tuple[int, list[str]]] | None:
    """The rows of a table, with their numbers; None where its first line names no column, and no columns were `named`."""
    first = _first_line(text)
    names = [name.strip(' "\r').lower() for name in first.split(_delimiter(first))]
    known = (*FOUND_COLUMNS, *ORIGINAL_COLUMNS)
    is_table = any(_is_called(name, one) for name in names for one in known) if len(names) > 1 else names[0] in known
    return _cells(text) if is_table or named else None


def _has_columns(text: str, file: Path) -> bool:
    """Whether each line of a text, or of a file that says to be a table the first, has more than one column.

    In other files a comma before a space is one of a sentence.
    """
    if file.suffix.lower() in TABLE_SUFFIXES:
        return _delimiter(first := _first_line(text)) in first
    lines = [re.split(r"[\t;]|,(?! )", line.strip()) for line in text.splitlines() if line.strip()]
    return len(lines) > 1 and len(lines[0]) > 1 and all(len(cells) == len(lines[0]) for cells in lines)


def _first_line(text: str) -> str:
    return text.lstrip().split("\n", 1)[0]


def _delimiter(first: str) -> str:
    return max("\t;,", key=first.count)


def _cells(text: str) -> list[tuple[int, list[str]]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(_first_line(text)))
    try:
        return [(number, cells) for number, cells in enumerate(rows, 1) if any(cells)]
    except csv.Error as error:
        raise InputError(f"not a table: {error}") from error


def _chosen(header: Sequence[str], file: Path, found: str | None, original: str | None) -> tuple[int, int | None]:
    """The places of the columns with what is to be found, and with what it stands for."""
    names = [name.strip().lower() for name in header]
    found_at = _column(names, found, FOUND_COLUMNS)
    original_at = _column(names, original, ORIGINAL_COLUMNS)
    if found_at is None or (original and original_at is None):
        wanted = found if found_at is None else original
        raise InputError(f"{file} has no column {wanted or 'with what is to be found'!r}; it has: {', '.join(header)}")
    return found_at, original_at


def _rows(table: list[tuple[int, list[str]]], columns: tuple[int, int | None]) -> Iterator[_Row]:
    found_at, original_at = columns
    for number, cells in table:
        if found_at < len(cells) and cells[found_at].strip():
            meant = cells[original_at] if original_at is not None and original_at < len(cells) else ""
            yield _Row(number, cells[found_at].strip(), " ".join(meant.split()))


def _column(names: Sequence[str], wanted: str | None, known: Sequence[str]) -> int | None:
    if wanted:
        return names.index(wanted.strip().lower()) if wanted.strip().lower() in names else None
    return next((index for one in known for index, name in enumerate(names) if _is_called(name, one)), None)


def _is_called(name: str, known: str) -> bool:
    """Whether a column is called so, or has the word in a name of a few ("Tortured phrase")."""
    words = re.findall(r"[^\W_]+", name)
    return words == [known] or (known in words and len(words) <= MOST_WORDS and known not in _NAMES_ALONE)


def _plain(text: str) -> Iterator[_Row]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _Row(number, line.strip(), "")


def _phrases(rows: Sequence[_Row], name: str, origin: Origin) -> Imported:
    weights: dict[str, float] = {}
    originals: dict[str, str] = {}
    apart: list[dict[str, Any]] = []
    left: list[tuple[int, str]] = []
    doubtful = 0
    for row in rows:
        try:
            ways = _ways(row.found)
        except ValueError as error:
            left.append((row.number, str(error)))
            continue
        certain = False
        for way in ways:
            unless = _unless_longer(way)
            if unless and not parse(unless).literals:
                left.append((row.number, "too short to be looked for"))
                continue
            if unless:
                apart.append(_table_unless(way, unless, row.original, [table["name"] for table in apart], origin))
            weight = 1.0 if len(way.wanted) == 1 and not way.unwanted else DOUBTFUL
            certain = certain or bool(unless) or weight == 1.0
            for phrase in () if unless else way.wanted:
                key = phrase.lower()
                weights[key] = max(weight, weights.get(key, 0.0))
                if row.original or key not in originals:
                    originals[key] = row.original
        doubtful += not certain
    files = {}
    if weights:
        cells = "".join(f"{found}\t{originals[found]}\t{weight}\n" for found, weight in weights.items())
        files[f"{name}.tsv"] = f"found\toriginal\tweight\n{cells}"
    tables = ([_table_of_phrases(f"{name}-phrase", f"{name}.tsv", next(iter(weights)), origin)] if weights else []) + apart
    if tables:
        files[f"{name}.toml"] = rule_file(tables, f"Phrases of a list; edit freely.\n{origin}")
    return Imported(files=files, rows=len(rows) - len(left), doubtful=doubtful, left=tuple(left))


def _ways(found: str) -> tuple[queries.Alternative, ...]:
    """The ways to fit a query; raises `ValueError` for what cannot be looked for."""
    ways = queries.alternatives(found)
    if not ways:
        raise ValueError("nothing that is to be found")
    for phrase in (phrase for way in ways for phrase in way.wanted + way.unwanted):
        if len(phrase) > MAX_PHRASE_CHARACTERS:
            raise ValueError(f"a phrase is longer than {MAX_PHRASE_CHARACTERS} characters")
        if not re.search(r"\w", phrase):
            raise ValueError("a phrase without words")
    return ways


def _unless_longer(way: queries.Alternative) -> str:
    """The pattern for a phrase that is meant only where it is no part of longer ones; empty where that is not what is said."""
    if len(way.wanted) != 1 or not way.unwanted:
        return ""
    phrase = Phrase(way.wanted[0], "").pattern
    before, after = "", ""
    for longer in way.unwanted:
        match = re.search(phrase, longer)
        lead, tail = (longer[: match.start()], longer[match.end() :]) if match else ("", "")
        if bool(lead) == bool(tail):  # no part of it, the same, or inside of it
            return ""
        before += rf"(?<!\b{_spaced(lead)})" if lead else ""
        after += rf"(?!{_spaced(tail)}\b)" if tail else ""
    return f"(?i){before}{phrase.removeprefix('(?i)')}{after}"


def _spaced(text: str) -> str:
    return r"\s".join(map(re.escape, re.split(r"\s", text)))


def _table_unless(
    way: queries.Alternative, pattern: str, original: str, taken: Sequence[str], origin: Origin
) -> dict[str, Any]:
    (phrase,) = way.wanted
    return {
        "name": name_of(phrase, taken),
        "summary": f"“{phrase}”, where it is no part of {' or '.join(f'“{longer}”' for longer in way.unwanted)}",
        "unit": "span",
        "label": "garbled",
        "pattern": pattern,
        "replacement": original.replace("\\", "\\\\"),
        "action": "flag",
        "status": "stable",
        "source": str(origin),
        "example": [{"text": f"They speak of {phrase} here.", "find": [phrase]}],
        "counterexample": [{"text": f"They speak of {longer} here."} for longer in way.unwanted],
    }


def _table_of_phrases(name: str, file: str, first: str, origin: Origin) -> dict[str, Any]:
    words = Phrase(first, "").words
    return {
        "name": name,
        "summary": "Phrase of an imported list of garbled ones",
        "label": "garbled",
        "phrases": file,
        "action": "flag",
        "status": "stable",
        "source": str(origin),
        "example": [{"text": f"They speak of {first} here.", "find": [first]}],
        "counterexample": [{"text": f"They speak of {', then of '.join(words) if len(words) > 1 else 'nothing'} here."}],
    }


def _lines(rows: Sequence[_Row], name: str, origin: Origin, *, safe: bool) -> Imported:
    left = [
        (row.number, f"longer than {MAX_LINE_CHARACTERS} characters") for row in rows if len(row.found) > MAX_LINE_CHARACTERS
    ]
    left += [(row.number, "no letters to look for") for row in rows if not re.search(r"[^\W\d_]{2}", row.found)]
    refused = {number for number, _ in left}
    lines = list(dict.fromkeys(row.found for row in rows if row.number not in refused))
    tables = [_table_of_lines(f"{name}-{number}", part, origin, safe=safe) for number, part in enumerate(_parts(lines), 1)]
    files = {f"{name}.toml": rule_file(tables, f"Lines of a list; edit freely.\n{origin}")} if tables else {}
    return Imported(files=files, rows=len(rows) - len(left), doubtful=0, left=tuple(sorted(left)))


def _parts(lines: Sequence[str]) -> Iterator[list[str]]:
    part: list[str] = []
    size = 0
    for line in lines:
        length = len(pattern_of(line))
        if part and (len(part) == LINES_A_RULE or size + length > CHARACTERS_A_RULE):
            yield part
            part, size = [], 0
        part.append(line)
        size += length
    if part:
        yield part


def _table_of_lines(name: str, lines: Sequence[str], origin: Origin, *, safe: bool) -> dict[str, Any]:
    bodies = [pattern_of(line).removeprefix("(?i)") for line in lines]
    return {
        "name": name,
        "summary": "Line of an imported list",
        "unit": "line",
        "max_words": max(len(line.split()) for line in lines) + 4,
        "pattern": "(?ix)\n  " + "\n  |".join(bodies) + "\n",
        "action": "drop",
        "safety": "safe" if safe else "unsafe",
        "status": "stable",
        "source": str(origin),
        "example": [{"text": line, "result": ""} for line in (lines[0], lines[-1])[: len(lines)]],
        "counterexample": [{"text": quoted(lines[0])}],
    }
