"""Rule files: loading and checking them, and the digest that names a set of rules.

The format is described in ``rules/FORMAT.md``. Rule files are untrusted: they are data, are bounded in size, and cannot
name a file outside their own folder.
"""

import difflib
import functools
import graphlib
import hashlib
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import regex

from cleaner.edits import Action, Label
from cleaner.patterns import Pattern, PatternError, compile_regex, parse, rarity, rarity_of, remember
from cleaner.text import fold

MAX_FILE_BYTES = 32_000_000
MAX_PHRASE_CHARACTERS = 300
# A line with so many more characters than `max_words` allows is too long, whatever its words.
CHARACTERS_PER_WORD = 25
# A pattern without fixed letters may be tried on so many lines at the edge of a document.
MAX_EDGE_LINES = 12
# A span's hit must end somewhere: the confirming search looks this far around a candidate and no further.
MAX_SPAN_CHARACTERS = 2_000
# A test's text, repeated, may be so long.
MAX_EXAMPLE_CHARACTERS = 4_000_000

QUALITY = "quality"
"""The folder of rules that are off unless their file is named (`Cleaner`'s `quality`)."""
SHIPPED = "shipped"
"""Stands for the rules that come with the package, in a list of rule paths."""

_LABELS: tuple[Label, ...] = ("boilerplate", "encoding", "quotes", "garbled", "quality")
_WAYS = ("pattern", "phrases", "cues", "detector", "signal", "all", "any")
_BY_SIGNAL = ("signal", "all", "any")
# Fields that a rule decided by signals has no use for.
_FOR_PLACES = ("after", "before", "repeats", "until", "min_words", "max_words", "threshold", "replacement")
# Between the words of a phrase: a line break may bring the white space around it along.
_BETWEEN_WORDS = r"(?:[\s\-‐‑]|\s{0,16}[\n\r\u2028\u2029]\s{0,16})"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_AT_FIELD = re.compile(r" - at `\$\.?(.*)`$")

NonEmpty = Annotated[str, msgspec.Meta(min_length=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A piece of a rule file: a key it does not know is an error."""


class Position(_Part, frozen=True):
    """Among the first or last `within` non-blank lines of a document."""

    edge: Literal["head", "tail", "either"]
    within: Positive

    def holds(self, index: int, lines: int) -> bool:
        """Whether line `index` of `lines` lines stands there."""
        in_head, in_tail = index < self.within, index >= lines - self.within
        return in_head if self.edge == "head" else in_tail if self.edge == "tail" else in_head or in_tail


class Cue(_Part, frozen=True):
    """One sign among several, with what it adds to the sum."""

    pattern: NonEmpty
    weight: float = 1.0


class Phrase(_Part, frozen=True):
    """A phrase to be found, and what it likely stands for."""

    found: NonEmpty
    original: str
    weight: float = 1.0

    @property
    def pattern(self) -> str:
        """The phrase for `regex`: whole words, any case, a line break or a hyphen as good as a space."""
        return r"(?i)(?<!\w)" + _BETWEEN_WORDS.join(map(re.escape, _words(self.found))) + r"(?!\w)"

    @property
    def inflected_pattern(self) -> str:
        """As `pattern`, and the last word may have the ending of the plural or the genitive, which is group 1."""
        return self.pattern.removesuffix(r"(?!\w)") + r"(e?s|['’]s)?(?!\w)"

    @property
    def literal(self) -> str:
        """What the automaton looks for: the three neighbouring words of the phrase that tell most."""
        words = [fold(word) for word in _words(self.found)]
        groups = (" ".join(words[start : start + 3]) for start in range(max(len(words) - 2, 1)))
        return max(groups, key=rarity)


class Limit(_Part, frozen=True):
    """A signal, and the values from `min` to `max`, both included, that are all right."""

    signal: NonEmpty
    min: float | None = None
    max: float | None = None

    def broken_by(self, value: float) -> str:
        """In what way `value` lies outside; empty where it does not."""
        if self.min is not None and value < self.min:
            return f"{self.signal} {value:.4g}, below {self.min:g}"
        if self.max is not None and value > self.max:
            return f"{self.signal} {value:.4g}, above {self.max:g}"
        return ""


class Example(_Part, frozen=True):
    """A text, and what the rule makes of it: the `result`, or for a flag the spans that it is to `find`.

    A rule for documents fires on it, which is all there is to say.
    """

    text: str
    result: str | None = None
    find: tuple[str, ...] | None = None
    media_type: str = "text/plain"
    charset: str | None = None
    """The text comes as bytes, in this charset."""
    sibling: str | None = None
    """Another version of the text, for a rule that compares the two."""
    times: Positive = 1
    """How often the text stands there, for rules about long documents."""


class Counterexample(_Part, frozen=True):
    """A text, as much like a hit as honest text gets, on which no rule may act."""

    text: str
    sibling: str | None = None
    times: Positive = 1
    """As of an `Example`."""


class Rule(_Part, frozen=True, kw_only=True, dict=True):
    """One rule, as its table in a rule file says, with its id."""

    id: str
    name: str
    summary: NonEmpty
    action: Action
    pattern: NonEmpty | None = None
    phrases: tuple[Phrase, ...] = ()
    inflected: bool = False
    cues: tuple[Cue, ...] = ()
    detector: NonEmpty | None = None
    signal: NonEmpty | None = None
    min: float | None = None
    max: float | None = None
    all: tuple[Limit, ...] = ()
    any: tuple[Limit, ...] = ()
    unit: Literal["span", "line", "block", "document"] = "line"
    label: Label
    languages: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    position: Position | None = None
    after: str | None = None
    before: str | None = None
    repeats: Position | None = None
    min_words: Positive | None = None
    max_words: Positive | None = None
    until: NonEmpty | None = None
    max_lines: Positive = 60
    threshold: float | None = None
    replacement: str | None = None
    safety: Literal["safe", "unsafe"] = "unsafe"
    status: Literal["preview", "stable", "deprecated"] = "stable"
    source: str = ""
    examples: Annotated[tuple[Example, ...], msgspec.Meta(min_length=1)] = msgspec.field(name="example")
    counterexamples: Annotated[tuple[Counterexample, ...], msgspec.Meta(min_length=1)] = msgspec.field(name="counterexample")

    @functools.cached_property
    def limits(self) -> tuple[Limit, ...]:
        """The limits by which the rule decides, if by any; all of them must be broken where they stand in `all`, else one."""
        return (Limit(self.signal, self.min, self.max),) if self.signal else self.all or self.any

    @functools.cached_property
    def quality_set(self) -> str:
        """The rule file below the folder `QUALITY` that it stands in; empty for other rules."""
        folder, _, _ = self.id.rpartition("/")
        return folder.removeprefix(f"{QUALITY}/") if folder.startswith(f"{QUALITY}/") else ""

    @functools.cached_property
    def parsed(self) -> Pattern | None:
        """What is known of `pattern`."""
        return parse(self.pattern, whole_line=self.unit != "span") if self.pattern else None

    @functools.cached_property
    def anchored(self) -> bool:
        """Whether the rule is tried at certain lines instead of where the automaton finds it.

        That is beside other rules' hits, or near the edge of the document where its pattern has nothing to be found by.
        """
        if self.after or self.before or self.repeats:
            return True
        near_edge = self.position is not None and self.position.within <= MAX_EDGE_LINES
        return near_edge and self.parsed is not None and not self.parsed.literals

    @functools.cached_property
    def longest_line(self) -> float:
        """The most characters that a line can have for `pattern` to match it."""
        words = math.inf if self.max_words is None else self.max_words * CHARACTERS_PER_WORD
        return min(words, self.parsed.max_width if self.parsed else math.inf)

    @functools.cached_property
    def cues_in_order(self) -> tuple[Cue, ...]:
        """The cues, those that speak for a hit before those that speak against it, the heavy ones first."""
        return tuple(sorted(self.cues, key=lambda cue: (cue.weight <= 0, -abs(cue.weight))))

    @functools.cached_property
    def unseen(self) -> frozenset[Cue]:
        """The cues with a positive weight that the automaton does not look for.

        It cannot, or they are so frequent that they are better left out, as long as they do not reach half of the threshold
        together.
        """
        weights = {cue: rarity_of(parse(cue.pattern).literals) for cue in self.cues if cue.weight > 0}
        unseen = {cue for cue, bits in weights.items() if not bits}
        for cue in sorted(weights, key=lambda cue: weights[cue]):
            if sum(one.weight for one in unseen | {cue}) <= (self.threshold or 0.0) / 2:
                unseen.add(cue)
        return frozenset(unseen)

    @functools.cached_property
    def unseen_weight(self) -> float:
        """The sum of the weights of `unseen`."""
        return sum(cue.weight for cue in self.unseen)

    def applies(self, language: str | None, host: str | None) -> bool:
        """Whether the rule is meant for documents in this language, from this host."""
        if self.languages and language is not None and language not in self.languages:
            return False
        return not self.domains or (host is not None and any(_fits(host, domain) for domain in self.domains))


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a rule file."""

    file: str
    rule: str
    field: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = ": ".join(
            part for part in (self.file, self.rule and f"rule {self.rule!r}", self.field and f"field `{self.field}`") if part
        )
        return f"{place}: {self.message}" + (f"\n  hint: {self.hint}" if self.hint else "")


class RuleError(ValueError):
    """Rules that cannot be used; `problems` has each with file, rule, field and a hint."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class Ruleset:
    """Rules that were loaded together, in the order of their files."""

    def __init__(self, rules: Iterable[Rule], files: Sequence[str] = ()) -> None:
        """`files` are where the rules stand, one for each, for messages.

        Raises `RuleError` where ids are doubled or rules refer to each other in circles or to nothing.
        """
        self.rules = tuple(rules)
        self.by_id: Mapping[str, Rule] = {rule.id: rule for rule in self.rules}
        places = [*files, *[""] * (len(self.rules) - len(files))]
        self.files: Mapping[str, str] = {rule.id: file for rule, file in zip(self.rules, places, strict=True)}
        problems = [*_duplicates(self.rules, places), *_bad_references(self.rules, self.by_id, self.files)]
        if problems:
            raise RuleError(problems)

    @classmethod
    def load(cls, paths: Sequence[str | Path] | None = None) -> "Ruleset":
        """The rules in `paths`: folders or files, `SHIPPED` for the package's own; None for those alone.

        Raises `RuleError` for a path without rules and for anything wrong in them.
        """
        rules: list[Rule] = []
        places: list[str] = []
        problems: list[Problem] = []
        for path in [SHIPPED] if paths is None else paths:
            root = shipped_rules() if path == SHIPPED else Path(path)
            files = sorted(root.rglob("*.toml")) if root.is_dir() else [root]
            found = 0
            for file in files:
                for item in _load_file(file, root if root.is_dir() else root.parent):
                    if isinstance(item, Problem):
                        problems.append(item)
                    else:
                        rules.append(item)
                        places.append(str(file))
                    found += 1
            if not found:
                problems.append(Problem(str(path), "", "", "no rule here", "give a folder of .toml rule files, or one file"))
        if not problems and not rules:
            problems.append(Problem("", "", "", "no rules at all", f"name a folder or file of rules, or {SHIPPED!r}"))
        if problems:
            raise RuleError(problems)
        remember()
        return cls(rules, places)

    @functools.cached_property
    def digest(self) -> str:
        """A name for exactly these rules, 16 hexadecimal digits."""
        return hashlib.sha256(msgspec.json.encode(self.rules)).hexdigest()[:16]

    def __reduce__(self) -> tuple[Any, ...]:
        return Ruleset, (self.rules,)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    @functools.cached_property
    def in_order(self) -> tuple[Rule, ...]:
        """The rules, each after those that its `after` and `before` name."""
        graph = {rule.id: [ref for ref in (rule.after, rule.before) if ref] for rule in self.rules}
        return tuple(self.by_id[rule_id] for rule_id in graphlib.TopologicalSorter(graph).static_order())


def shipped_rules() -> Path:
    """The folder of the package's own rules: inside an installed wheel, or the repository's of an editable install."""
    inside = Path(__file__).parent / "_rules"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "rules"


def _load_file(file: Path, root: Path) -> Iterator[Rule | Problem]:
    name = str(file)
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            yield Problem(name, "", "", f"larger than {MAX_FILE_BYTES:,} bytes")
            return
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        yield Problem(name, "", "", f"cannot be read: {error.strerror or error}")
        return
    except UnicodeDecodeError as error:
        yield Problem(name, "", "", f"is not UTF-8: byte {error.start}", "save the file as UTF-8")
        return
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        yield Problem(name, "", "", f"is not TOML: {error}", "patterns are best in single quotes, where nothing needs escaping")
        return
    for key in content.keys() - {"rule"}:
        yield Problem(name, "", key, "unknown key", "a rule file holds [[rule]] tables and nothing else")
    tables = content.get("rule", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        yield Problem(name, "", "rule", "not an array of tables", "write [[rule]], with two brackets")
        return
    prefix = file.relative_to(root).with_suffix("").as_posix()
    for number, table in enumerate(tables, 1):
        try:
            rule = _rule(table, file, root, prefix)
        except _FieldError as error:
            title = table.get("name") if isinstance(table.get("name"), str) else f"number {number}"
            yield Problem(name, str(title), error.field, str(error), error.hint)
        else:
            yield rule


class _FieldError(ValueError):
    def __init__(self, field: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.hint = hint


def _rule(table: dict[str, Any], file: Path, root: Path, prefix: str) -> Rule:
    """The rule of one table; raises `_FieldError`."""
    _check_keys(table)
    unit = "span" if "phrases" in table else "document" if any(way in table for way in _BY_SIGNAL) else "line"
    values = {"unit": unit, "label": _label(prefix), **table}
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
    _check(rule)
    return rule


def _check_keys(table: dict[str, Any]) -> None:
    """That a rule has what every rule needs, and nothing unknown; raises `_FieldError`."""
    known = [field.encode_name for field in msgspec.structs.fields(Rule) if field.name != "id"]
    for key in table:
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            raise _FieldError(key, "unknown field", f"did you mean `{close[0]}`?" if close else f"known: {', '.join(known)}")
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


def _explained(message: str) -> _FieldError:
    """What msgspec says is wrong with a table, in the words of the format."""
    at = _AT_FIELD.search(message)
    field, message = (at[1], message[: at.start()]) if at else ("", message)
    if match := re.fullmatch(r"Object (contains unknown|missing required) field `(.*)`", message):
        known = _known(field)
        field = f"{field}.{match[2]}" if field else match[2]
        if match[1] == "missing required":
            return _FieldError(field, "missing", f"needed: {', '.join(known)}" if known else "")
        close = difflib.get_close_matches(match[2], known, 1)
        return _FieldError(field, "unknown field", f"did you mean `{close[0]}`?" if close else f"known: {', '.join(known)}")
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
    """The type at a path such as ``cues[...].weight`` below a rule."""
    info: msgspec.inspect.Type | None = msgspec.inspect.type_info(Rule)
    for step in re.findall(r"[A-Za-z_]\w*|\[", path):
        if isinstance(info, msgspec.inspect.UnionType):
            info = next(one for one in info.types if not isinstance(one, msgspec.inspect.NoneType))
        if isinstance(info, msgspec.inspect.VarTupleType):
            info = info.item_type
        elif isinstance(info, msgspec.inspect.StructType):
            info = next((field.type for field in info.fields if field.encode_name == step), None)
    return info


def _known(path: str) -> list[str]:
    """The fields of the table at `path`."""
    info = _type_of(path)
    if isinstance(info, msgspec.inspect.UnionType):
        info = next(one for one in info.types if not isinstance(one, msgspec.inspect.NoneType))
    return [field.encode_name for field in info.fields] if isinstance(info, msgspec.inspect.StructType) else []


def _label(prefix: str) -> Label:
    """The label that follows from where a rule file lies."""
    top = prefix.split("/", 1)[0]
    return next((label for label in _LABELS if label == top), "boilerplate")


def _phrases(value: Any, file: Path, root: Path) -> list[dict[str, Any]]:
    """The rows of a phrase table, inline or in a file beside the rule file."""
    if isinstance(value, dict):
        return [{"found": found, "original": original} for found, original in value.items()]
    if not isinstance(value, str):
        raise _FieldError("phrases", "neither a table nor the name of a .tsv file", 'phrases = { "found" = "likely original" }')
    path = (file.parent / value).resolve()
    if not path.is_relative_to(root.resolve()):
        raise _FieldError("phrases", f"{value!r} lies outside the rules folder", "move it beside this file")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise _FieldError("phrases", f"{value} is larger than {MAX_FILE_BYTES:,} bytes")
        lines = path.read_text(encoding="utf-8").splitlines()
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


def _check(rule: Rule) -> None:
    """What the types cannot say; raises `_FieldError`."""
    _check_unit(rule)
    _check_limits(rule)
    _check_examples(rule)
    _check_matching(rule)


def _check_unit(rule: Rule) -> None:
    if rule.unit == "span" and rule.anchored:
        raise _FieldError("unit", "`after`, `before` and `repeats` are for lines and blocks, not spans", 'set unit = "line"')
    if rule.unit == "span" and rule.cues:
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
    tests: list[tuple[str, Sequence[Example | Counterexample]]] = [
        ("example", rule.examples),
        ("counterexample", rule.counterexamples),
    ]
    for key, of_kind in tests:
        for index, test in enumerate(of_kind):
            if test.times > 1 and len(test.text) * test.times > MAX_EXAMPLE_CHARACTERS:
                raise _FieldError(f"{key}[{index}].times", f"more than {MAX_EXAMPLE_CHARACTERS:,} characters in all")
    if rule.unit == "document":
        return
    for index, example in enumerate(rule.examples):
        if rule.action == "flag" and example.find is None:
            raise _FieldError(f"example[{index}].find", "missing", "a rule that flags says what it finds: find = ['...']")
        if rule.action in ("drop", "replace") and example.result is None:
            raise _FieldError(f"example[{index}].result", "missing", "the text as it is after this rule")


def _check_matching(rule: Rule) -> None:
    for phrase in rule.phrases:
        if len(phrase.found) > MAX_PHRASE_CHARACTERS or not _words(phrase.found):
            raise _FieldError("phrases", f"{phrase.found[:40]!r} is empty or too long")
    if rule.pattern:
        _checked_pattern(
            "pattern", rule.pattern, findable=not rule.anchored, span=rule.unit == "span", whole_line=rule.unit != "span"
        )
        if rule.replacement is not None:
            _check_replacement(rule.pattern, rule.replacement)
    if rule.until:
        _checked_pattern("until", rule.until)
    for index, cue in enumerate(rule.cues):
        _checked_pattern(f"cues[{index}].pattern", cue.pattern)
    if rule.cues and not rule.anchored and rule.unseen_weight >= (rule.threshold or 0.0):
        raise _FieldError("cues", "those with nothing to look for reach the threshold alone", "give more of them fixed letters")


def _check_replacement(pattern: str, replacement: str) -> None:
    try:
        compile_regex(f"{pattern}\n|").sub(replacement, "")  # it is only expanded where something matched: here nothing
    except (regex.error, IndexError) as error:
        raise _FieldError("replacement", str(error), r"\1 is the pattern's first group, \\ a backslash") from error


def _pointed_at(source: str, position: int) -> str:
    """The line of a pattern with a caret below the place; of a long line a window around it."""
    start = source.rfind("\n", 0, position) + 1
    line = source[start:].split("\n", 1)[0]
    low = max(position - start - 60, 0)
    return f"\n        {line[low : low + 100]}\n        {' ' * (position - start - low)}^"


def _checked_pattern(
    field: str, source: str, *, findable: bool = False, span: bool = False, whole_line: bool = False
) -> Pattern:
    try:
        pattern = parse(source, whole_line=whole_line)
    except PatternError as error:
        hint = "; ".join(part for part in (error.hint, f"here:{_pointed_at(source, error.position)}") if part)
        raise _FieldError(field, f"bad pattern: {error}", hint) from error
    if findable and not pattern.literals:
        raise _FieldError(
            field,
            "gives nothing to look for",
            "add fixed letters, or say where to look: `after`, `before`, `repeats`, or a `position` within 12",
        )
    if span and max(pattern.max_width, pattern.max_lookahead) > MAX_SPAN_CHARACTERS:
        raise _FieldError(
            field, f"a span may be longer than {MAX_SPAN_CHARACTERS} characters", "bound what repeats: {0,160} for *"
        )
    return pattern


def _duplicates(rules: Sequence[Rule], files: Sequence[str]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for rule, file in zip(rules, files, strict=True):
        if rule.id in seen:
            taken = f"this id is already taken, in {seen[rule.id]}" if seen[rule.id] else "this id is already taken"
            yield Problem(file, rule.id, "name", taken, "rules of one file differ in name; files of two folders differ in path")
        seen.setdefault(rule.id, file)


def _bad_references(rules: Sequence[Rule], by_id: Mapping[str, Rule], files: Mapping[str, str]) -> Iterator[Problem]:
    for rule in rules:
        for field, reference in (("after", rule.after), ("before", rule.before)):
            if reference and (target := by_id.get(reference)) is None:
                close = difflib.get_close_matches(reference, by_id, 1)
                hint = f"did you mean {close[0]!r}?" if close else "a name in this file, or a full id: folder/file/name"
                yield Problem(files[rule.id], rule.id, field, f"no rule {reference!r}", hint)
            elif reference and target and target.unit == "span":
                message = f"{reference!r} matches spans, not lines"
                yield Problem(files[rule.id], rule.id, field, message, "name a rule for lines or blocks")
            elif reference and target and target.limits:
                message = f"{reference!r} is decided by signals, when all places are known"
                yield Problem(files[rule.id], rule.id, field, message, "name a rule with a pattern")
    graph = {rule.id: [ref for ref in (rule.after, rule.before) if ref in by_id] for rule in rules}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        circle = error.args[1]
        field = "after" if by_id[circle[1]].after == circle[0] else "before"
        hint = "one of them must do without `after` and `before`"
        yield Problem(files[circle[1]], circle[1], field, f"rules wait for each other: {' → '.join(circle)}", hint)


def _words(phrase: str) -> list[str]:
    return [word for word in re.split(r"[\s\-‐‑]+", phrase.strip()) if word]


def _fits(host: str, domain: str) -> bool:
    if domain.startswith("*."):
        return host == domain[2:] or host.endswith(domain[1:])
    return host == domain
