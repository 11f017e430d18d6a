"""A rule file read and checked. Rule files are untrusted: data, bounded in size, none names a file outside its folder."""

import contextlib
import difflib
import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec
import regex

from cleaner.edits import Label
from cleaner.patterns import Pattern, PatternError, check, compile_regex, parse
from cleaner.rules import places
from cleaner.rules.parts import NAME as PART_NAME
from cleaner.rules.parts import TABLE as PARTS
from cleaner.rules.parts import Parts
from cleaner.rules.places import Place
from cleaner.rules.problems import Problem
from cleaner.rules.rule import Counterexample, Rule

MAX_FILE_BYTES = 32_000_000
MAX_PHRASE_CHARACTERS = 300
# A span's hit must end somewhere: the confirming search looks this far around a candidate and no further.
MAX_SPAN_CHARACTERS = 2_000
# A test's text, repeated, may be so long.
MAX_EXAMPLE_CHARACTERS = 4_000_000

_LABELS: tuple[Label, ...] = get_args(Label)
_WAYS = ("pattern", "phrases", "cues", "detector", "signal", "all", "any")
_BY_SIGNAL = ("signal", "all", "any")
# Fields that a rule decided by signals has no use for.
_FOR_PLACES = ("after", "before", "repeats", "until", "min_words", "max_words", "threshold", "replacement")
# Fields that a rule for spans has no use for.
_FOR_LINES = ("position", "min_words", "max_words")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile("[a-z]{2,3}")
_DOMAIN = re.compile(r"(?:\*\.)?[^\sA-Z*/:]+")
_FIELDS = [field.encode_name for field in msgspec.structs.fields(Rule) if field.name != "id"]
_AT_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")
_AT_FIELD = re.compile(r" - at `\$\.?(.*)`$")


def load_file(file: Path, root: Path, *, proven: bool) -> Iterator[Rule | Problem]:
    """The rules of a file and what is wrong with others; patterns are not looked into where they are `proven`."""
    name = str(file)
    try:
        source, content = _read(file)
        tables = content.get("rule", [])
        parts = _parts(content.get(PARTS, {}), proven=proven)
    except _FileError as error:
        yield error.problem
        return
    except _FieldError as error:
        place = places.find(source, None, error.field, error.offset, key=error.on_key)
        yield Problem(name, "", error.field, str(error), error.hint, place)
        return
    for key in content.keys() - {"rule", PARTS}:
        place = places.find(source, None, key, key=True)
        yield Problem(name, "", key, "unknown key", "a rule file holds [[rule]] tables and [parts] of patterns", place)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        yield Problem(name, "", "rule", "not an array of tables", "write [[rule]], with two brackets")
        return
    prefix = file.relative_to(root).with_suffix("").as_posix()
    for number, table in enumerate(tables, 1):
        try:
            rule = _rule(table, parts, file, root, prefix, proven=proven)
        except _FieldError as error:
            title = table.get("name") if isinstance(table.get("name"), str) else f"number {number}"
            place = places.find(source, number - 1, error.field, error.offset, key=error.on_key)
            yield Problem(name, str(title), error.field, str(error), error.hint, place)
        else:
            yield rule


class _FileError(Exception):
    """Why nothing can be read from a file."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _read(file: Path) -> tuple[str, dict[str, Any]]:
    """The text of a file of TOML and what it says; raises `_FileError`."""
    name, source = str(file), ""
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise _FileError(Problem(name, "", "", f"larger than {MAX_FILE_BYTES:,} bytes"))
        source = file.read_text(encoding="utf-8-sig")
        return source, tomllib.loads(source)
    except OSError as error:
        raise _FileError(Problem(name, "", "", f"cannot be read: {error.strerror or error}")) from error
    except UnicodeDecodeError as error:
        raise _FileError(Problem(name, "", "", f"is not UTF-8: byte {error.start}", "save the file as UTF-8")) from error
    except (ValueError, RecursionError) as error:  # also numbers of thousands of digits
        hint = "patterns are best in single quotes, where nothing needs escaping"
        raise _FileError(Problem(name, "", "", f"is not TOML: {error}", hint, _stopped_at(source, str(error)))) from error


def _stopped_at(source: str, message: str) -> Place | None:
    """Where the parser of TOML says that it stopped."""
    if not (at := _AT_LINE.search(message)):
        return None
    line_start = sum(map(len, source.splitlines(keepends=True)[: int(at[1]) - 1]))
    start = line_start + int(at[2]) - 1
    return places.place(source, start, start + 1)


class _FieldError(ValueError):
    """What is wrong with a field: with its value, with the character of it at `offset`, or with its name (`on_key`)."""

    def __init__(self, field: str, message: str, hint: str = "", *, offset: int | None = None, on_key: bool = False) -> None:
        super().__init__(message)
        self.field = field
        self.hint = hint
        self.offset = offset
        self.on_key = on_key


def _parts(table: Any, *, proven: bool) -> Parts:
    """The parts of patterns in a table; raises `_FieldError`."""
    parts = Parts()
    if not isinstance(table, dict):
        raise _FieldError(PARTS, "not a table", "write [parts], and below it name = 'pattern'")
    for name, part in table.items():
        field = f"{PARTS}.{name}"
        if not PART_NAME.fullmatch(name):
            raise _FieldError(field, "not in kebab-case", "small letters and digits, joined by hyphens: month", on_key=True)
        if not isinstance(part, str):
            raise _FieldError(field, "needs text", "a pattern, in single quotes")
        try:
            spelled_out = parts.add(name, part)
        except PatternError as error:
            raise _bad_pattern(field, error) from error
        if not proven:
            with _as_written({field: part}, parts):
                _parsed(field, spelled_out)
    return parts


def _spelled_out(table: dict[str, Any], parts: Parts) -> dict[str, Any]:
    """The table of a rule with the parts of its patterns in their places; raises `_FieldError`."""
    made = dict(table)
    if isinstance(cues := table.get("cues"), list):
        made["cues"] = [dict(cue) if isinstance(cue, dict) else cue for cue in cues]
    for field, holder, key in _patterns(made):
        try:
            holder[key] = parts.spelled_out(holder[key])
        except PatternError as error:
            raise _bad_pattern(field, error) from error
    return made


def _patterns(table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Where patterns stand in the table of a rule: the path of the field, the table that holds it, and its key there."""
    cues = table.get("cues")
    holders = [("", table, "pattern"), ("", table, "until")]
    holders += [(f"cues[{number}].", cue, "pattern") for number, cue in enumerate(cues if isinstance(cues, list) else ())]
    for path, holder, key in holders:
        if isinstance(holder, dict) and isinstance(holder.get(key), str):
            yield path + key, holder, key


@contextlib.contextmanager
def _as_written(patterns: Mapping[str, str], parts: Parts) -> Iterator[None]:
    """Let an error in a pattern that was spelled out say where it stands as it was written."""
    try:
        yield
    except _FieldError as error:
        if error.offset is not None:
            error.offset = parts.written(patterns[error.field], error.offset)
        raise


def _rule(table: dict[str, Any], parts: Parts, file: Path, root: Path, prefix: str, *, proven: bool) -> Rule:
    """The rule of one table; raises `_FieldError`."""
    _check_keys(table)
    unit = "span" if "phrases" in table else "document" if any(way in table for way in _BY_SIGNAL) else "line"
    values = {"unit": unit, "label": _label(prefix), **_spelled_out(table, parts)}
    values["id"] = f"{prefix}/{table['name']}"
    if "phrases" in table:
        values["phrases"] = _phrases(table["phrases"], file, root)
    for key in ("after", "before"):
        if isinstance(reference := table.get(key), str) and "/" not in reference:
            values[key] = f"{prefix}/{reference}"
    try:
        rule = msgspec.convert(values, Rule)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from error
    with _as_written({field: holder[key] for field, holder, key in _patterns(table)}, parts):
        _check(rule, proven=proven)
    return rule


def _check_keys(table: dict[str, Any]) -> None:
    """That a rule has what every rule needs, and nothing unknown; raises `_FieldError`."""
    for key in table:
        if key not in _FIELDS:
            raise _unknown_field(key, key, _FIELDS)
    for key in ("name", "summary", "action"):
        if key not in table:
            raise _FieldError(key, "missing", "every rule has a name, a summary, an action and a way to match")
    if not isinstance(table["name"], str) or not _NAME.fullmatch(table["name"]):
        raise _FieldError("name", "not in kebab-case", "lower-case letters and digits, joined by hyphens: cookie-banner")
    ways = [way for way in _WAYS if way in table]
    if len(ways) != 1:
        have = " and ".join(f"`{way}`" for way in ways) or "none"
        raise _FieldError(
            ways[1] if ways else "pattern", f"one way to match is needed, here is {have}", f"one of: {', '.join(_WAYS)}"
        )
    for key in ("example", "counterexample"):
        if key not in table:
            raise _FieldError(key, "missing", f"add a [[rule.{key}]] with a text: a rule carries its tests")


def _unknown_field(path: str, name: str, known: Sequence[str]) -> _FieldError:
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(known)}"
    return _FieldError(path, "unknown field", hint, on_key=True)


def _explained(message: str) -> _FieldError:
    """What msgspec says is wrong with a table, in the words of the format."""
    at = _AT_FIELD.search(message)
    field, message = (at[1], message[: at.start()]) if at else ("", message)
    if match := re.fullmatch(r"Object (contains unknown|missing required) field `(.*)`", message):
        known = _known(field)
        field = f"{field}.{match[2]}" if field else match[2]
        if match[1] == "missing required":
            return _FieldError(field, "missing", f"needed: {', '.join(known)}" if known else "")
        return _unknown_field(field, match[2], known)
    if match := re.fullmatch(r"Invalid enum value (.*)", message):
        info = _type_of(field)
        words = info.values if isinstance(info, msgspec.inspect.LiteralType) else ()
        return _FieldError(field, f"no such word: {match[1]}", f"one of: {', '.join(map(str, words))}" if words else "")
    if match := re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", message):
        wanted = match[1].removesuffix(" | null")
        hint = "write it in brackets: ['…']" if (wanted, match[2]) == ("array", "str") else ""
        return _FieldError(field, f"needs {_KINDS.get(wanted, wanted)}, here is {_KINDS.get(match[2], match[2])}", hint)
    if match := re.fullmatch(r"Expected `\w+` (of length )?>= (\d+)", message):
        return _FieldError(field, "empty" if match[1] else f"needs to be {match[2]} or more")
    return _FieldError(field, message)


_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}


def _type_of(path: str) -> msgspec.inspect.Type | None:
    """The type at a path such as ``cues[...].weight`` below a rule; that it may be missing is left out."""
    info: msgspec.inspect.Type | None = msgspec.inspect.type_info(Rule)
    for step in re.findall(r"[A-Za-z_]\w*|\[", path):
        if isinstance(info, msgspec.inspect.VarTupleType):
            info = info.item_type
        elif isinstance(info, msgspec.inspect.StructType):
            info = next((field.type for field in info.fields if field.encode_name == step), None)
        if isinstance(info, msgspec.inspect.UnionType):
            info = next(one for one in info.types if not isinstance(one, msgspec.inspect.NoneType))
    return info


def _known(path: str) -> list[str]:
    """The fields of the table at `path`."""
    info = _type_of(path)
    return [field.encode_name for field in info.fields] if isinstance(info, msgspec.inspect.StructType) else []


def _label(prefix: str) -> Label:
    """The label that follows from where a rule file lies."""
    top = prefix.split("/", 1)[0]
    return next((label for label in _LABELS if label == top), "boilerplate")


def _phrases(value: Any, file: Path, root: Path) -> list[dict[str, Any]]:
    """The rows of a phrase table, inline or in a file beside the rule file."""
    if isinstance(value, dict):
        return [{"found": found, "original": original} for found, original in value.items()]
    if not isinstance(value, str) or "\0" in value:
        raise _FieldError("phrases", "neither a table nor the name of a .tsv file", 'phrases = { "found" = "likely original" }')
    path = (file.parent / value).resolve()
    if not path.is_relative_to(root.resolve()):
        raise _FieldError("phrases", f"{value!r} lies outside the rules folder", "move it beside this file")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise _FieldError("phrases", f"{value} is larger than {MAX_FILE_BYTES:,} bytes")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise _FieldError("phrases", f"{value} cannot be read: {reason}", "name a .tsv file beside this one") from error
    rows = []
    for number, line in enumerate(lines, 1):
        cells = line.split("\t")
        if not line.strip() or cells[0] == "found":
            continue
        try:
            rows.append({"found": cells[0], "original": cells[1], "weight": float(cells[2]) if len(cells) > 2 else 1.0})
        except (IndexError, ValueError) as error:
            raise _FieldError("phrases", f"{value}, line {number}: not found, original, weight, apart by tabs") from error
    return rows


def _check(rule: Rule, *, proven: bool) -> None:
    """What the types cannot say; raises `_FieldError`."""
    _check_documents(rule)
    _check_unit(rule)
    _check_limits(rule)
    _check_examples(rule)
    if not proven:
        _check_matching(rule)


def _check_documents(rule: Rule) -> None:
    """That there may be documents that the rule is meant for."""
    for field, names, shape in (("languages", rule.languages, _LANGUAGE), ("domains", rule.domains, _DOMAIN)):
        for name in names:
            if not shape.fullmatch(name):
                hint = "as in en, pt" if field == "languages" else "a host in small letters, as in example.org, *.example.org"
                raise _FieldError(field, f"{name!r} fits no document", hint)


def _check_unit(rule: Rule) -> None:
    if rule.unit == "span" and (given := [key for key in _FOR_LINES if getattr(rule, key) is not None]):
        raise _FieldError(given[0], "is for lines and blocks, not spans", "leave it out")
    if rule.unit == "span" and rule.anchored:
        raise _FieldError("unit", "`after`, `before` and `repeats` are for lines and blocks, not spans", 'set unit = "line"')
    if rule.unit in ("span", "block") and rule.cues:
        raise _FieldError("unit", "cues are for lines", 'set unit = "line"')
    if rule.phrases and rule.unit != "span":
        raise _FieldError("unit", "phrases are spans", "leave `unit` out")
    if rule.until and rule.unit != "block":
        raise _FieldError("until", "only a block has an end", 'set unit = "block"')
    if rule.cues and rule.threshold is None:
        raise _FieldError("threshold", "missing", "the least sum of the cues' weights that makes a hit")
    if rule.action == "replace" and rule.replacement is None and not rule.phrases and not rule.detector:
        raise _FieldError("replacement", "missing", "what is to stand there")


def _check_limits(rule: Rule) -> None:
    if rule.signal is None and (rule.min, rule.max) != (None, None):
        raise _FieldError("min" if rule.max is None else "max", "only a signal has limits", 'say of which: signal = "words"')
    if not rule.limits:
        if rule.unit == "document":
            raise _FieldError("unit", "documents are for rules with a signal", "leave `unit` out")
        return
    for field, limit in zip(_limit_fields(rule), rule.limits, strict=True):
        bounds = [bound for bound in (limit.min, limit.max) if bound is not None]
        if not bounds or not all(map(math.isfinite, bounds)) or bounds != sorted(bounds):
            raise _FieldError(field, "needs a least value, a greatest, or both, in order", "min = 50, max = 100_000")
    if rule.unit not in ("document", "line"):
        raise _FieldError("unit", "signals are of documents or lines", 'unit = "document" or unit = "line"')
    actions = ("flag", "reject") if rule.unit == "document" else ("flag", "drop")
    if rule.action not in actions:
        raise _FieldError("action", f"cannot be done to a {rule.unit} for its signals", f"one of: {', '.join(actions)}")
    useless = (*_FOR_PLACES, "position") if rule.unit == "document" else _FOR_PLACES
    if given := [key for key in useless if getattr(rule, key) is not None]:
        raise _FieldError(given[0], "has no meaning beside a signal", "leave it out")


def _limit_fields(rule: Rule) -> list[str]:
    way = "all" if rule.all else "any"
    return ["signal"] if rule.signal else [f"{way}[{index}]" for index in range(len(rule.limits))]


def _check_examples(rule: Rule) -> None:
    for field, test in rule.tests:
        if test.times > 1 and len(test.text) * test.times > MAX_EXAMPLE_CHARACTERS:
            raise _FieldError(f"{field}.times", f"more than {MAX_EXAMPLE_CHARACTERS:,} characters in all")
        if isinstance(test, Counterexample):
            continue
        if test.charset is not None and not _can_be_in(test.charset, test.text):
            hint = "one that Python knows, as in windows-1251, koi8-r"
            raise _FieldError(f"{field}.charset", f"no charset {test.charset!r}", hint)
        if rule.unit == "document":
            continue
        if rule.action == "flag" and test.find is None:
            raise _FieldError(f"{field}.find", "missing", "a rule that flags says what it finds: find = ['...']")
        if rule.action in ("drop", "replace") and test.result is None:
            raise _FieldError(f"{field}.result", "missing", "the text as it is after this rule")


def _can_be_in(charset: str, text: str) -> bool:
    """Whether there is such a charset, in which a text can be written at least in part."""
    try:
        text.encode(charset, "replace")
    except (LookupError, ValueError):
        return False
    return True


def _check_matching(rule: Rule) -> None:
    for phrase in rule.phrases:
        if len(phrase.found) > MAX_PHRASE_CHARACTERS or not phrase.words:
            raise _FieldError("phrases", f"{phrase.found[:40]!r} is empty or too long")
    if rule.pattern:
        _check_pattern(rule, _parsed("pattern", rule.pattern, whole_line=rule.unit != "span"))
        if rule.replacement is not None:
            _check_replacement(rule.pattern, rule.replacement)
    if rule.until:
        _parsed("until", rule.until)
    for index, cue in enumerate(rule.cues):
        _parsed(f"cues[{index}].pattern", cue.pattern)
    if rule.cues and not rule.anchored and rule.unseen_weight >= (rule.threshold or 0.0):
        raise _FieldError("cues", "those with nothing to look for reach the threshold alone", "give more of them fixed letters")


def _check_replacement(pattern: str, replacement: str) -> None:
    try:
        compile_regex(f"{pattern}\n|").sub(replacement, "")  # it is only expanded where something matched: here nothing
    except (regex.error, IndexError) as error:
        raise _FieldError("replacement", str(error), r"\1 is the pattern's first group, \\ a backslash") from error


def _parsed(field: str, source: str, *, whole_line: bool = False) -> Pattern:
    """What is known of a pattern; raises `_FieldError` for a bad one."""
    try:
        pattern = parse(source, whole_line=whole_line)
        check(source)
    except PatternError as error:
        raise _bad_pattern(field, error) from error
    return pattern


def _bad_pattern(field: str, error: PatternError) -> _FieldError:
    return _FieldError(field, f"bad pattern: {error}", error.hint, offset=error.position)


def _check_pattern(rule: Rule, pattern: Pattern) -> None:
    """That a rule's `pattern` can be looked for."""
    if not rule.anchored and not pattern.literals:
        raise _FieldError(
            "pattern",
            "gives nothing to look for",
            "add fixed letters, or say where to look: `after`, `before`, `repeats`, or a `position` within 12",
        )
    if rule.unit == "span" and max(pattern.max_width, pattern.max_lookahead) > MAX_SPAN_CHARACTERS:
        message = f"a span may be longer than {MAX_SPAN_CHARACTERS} characters"
        raise _FieldError("pattern", message, "bound what repeats: {0,160} for *")
