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

from cleaner.edits import Action, Label
from cleaner.patterns import Pattern, PatternError, parse, rarity, rarity_of
from cleaner.text import fold

MAX_FILE_BYTES = 32_000_000
MAX_PHRASE_CHARACTERS = 300
# A line with so many more characters than `max_words` allows is too long, whatever its words.
CHARACTERS_PER_WORD = 25
# A pattern without fixed letters may be tried on so many lines at the edge of a document.
MAX_EDGE_LINES = 12
# A span's hit must end somewhere: the confirming search looks this far around a candidate and no further.
MAX_SPAN_CHARACTERS = 2_000

SHIPPED = "shipped"
"""Stands for the rules that come with the package, in a list of rule paths."""

_LABELS: tuple[Label, ...] = ("boilerplate", "encoding", "quotes", "garbled", "quality")
_WAYS = ("pattern", "phrases", "cues", "detector")
# Between the words of a phrase: a line break may bring the white space around it along.
_BETWEEN_WORDS = r"(?:[\s\-‐‑]|\s{0,16}[\n\r\u2028\u2029]\s{0,16})"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_AT_FIELD = re.compile(r" - at `\$\.?(.*)`$")

NonEmpty = Annotated[str, msgspec.Meta(min_length=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A piece of a rule file: a key it does not know is an error."""


class Position(_Part):
    """Among the first or last `within` non-blank lines of a document."""

    edge: Literal["head", "tail", "either"]
    within: Positive

    def holds(self, index: int, lines: int) -> bool:
        """Whether line `index` of `lines` lines stands there."""
        in_head, in_tail = index < self.within, index >= lines - self.within
        return in_head if self.edge == "head" else in_tail if self.edge == "tail" else in_head or in_tail


class Cue(_Part):
    """One sign among several, with what it adds to the sum."""

    pattern: NonEmpty
    weight: float = 1.0


class Phrase(_Part):
    """A phrase to be found, and what it likely stands for."""

    found: NonEmpty
    original: str
    weight: float = 1.0

    @property
    def pattern(self) -> str:
        """The phrase for `regex`: whole words, any case, a line break or a hyphen as good as a space."""
        return r"(?i)(?<!\w)" + _BETWEEN_WORDS.join(map(re.escape, _words(self.found))) + r"(?!\w)"

    @property
    def literals(self) -> tuple[str, ...]:
        """What the automaton looks for: the three neighbouring words of the phrase that tell most, perhaps on two lines."""
        words = [fold(word) for word in _words(self.found)]
        groups = [words[start : start + 3] for start in range(max(len(words) - 2, 1))]
        best = max(groups, key=lambda group: rarity(" ".join(group)))
        breaks = (" ".join(best[:at]) + "\n" + " ".join(best[at:]) for at in range(1, len(best)))
        return (" ".join(best), *breaks)


class Example(_Part):
    """A text, and what the rule makes of it: the `result`, or for a flag the spans that it is to `find`."""

    text: str
    result: str | None = None
    find: tuple[str, ...] | None = None
    media_type: str = "text/plain"


class Counterexample(_Part):
    """A text, as much like a hit as honest text gets, on which no rule may act."""

    text: str


class Rule(_Part, kw_only=True, dict=True):
    """One rule, as its table in a rule file says, with its id."""

    id: str
    name: str
    summary: NonEmpty
    action: Action
    pattern: NonEmpty | None = None
    phrases: tuple[Phrase, ...] = ()
    cues: tuple[Cue, ...] = ()
    detector: NonEmpty | None = None
    unit: Literal["span", "line", "block"] = "line"
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
    counterexamples: Annotated[tuple[Counterexample, ...], msgspec.Meta(min_length=1)] = msgspec.field(
        name="counterexample"
    )

    @functools.cached_property
    def anchored(self) -> bool:
        """Whether the rule is tried at certain lines instead of where the automaton finds it: beside other rules' hits, or
        near the edge of the document where its pattern has nothing to be found by."""
        if self.after or self.before or self.repeats:
            return True
        near_edge = self.position is not None and self.position.within <= MAX_EDGE_LINES
        return near_edge and self.pattern is not None and not parse(self.pattern).literals(whole_line=self.unit != "span")

    @functools.cached_property
    def longest_line(self) -> float:
        """The most characters that a line can have for `pattern` to match it."""
        words = math.inf if self.max_words is None else self.max_words * CHARACTERS_PER_WORD
        return min(words, parse(self.pattern).max_width if self.pattern else math.inf)

    @functools.cached_property
    def cues_in_order(self) -> tuple[Cue, ...]:
        """The cues, those that speak for a hit before those that speak against it, the heavy ones first."""
        return tuple(sorted(self.cues, key=lambda cue: (cue.weight <= 0, -abs(cue.weight))))

    @functools.cached_property
    def unseen(self) -> frozenset[Cue]:
        """The cues with a positive weight that the automaton does not look for: it cannot, or they are so frequent that it
        is better to leave them out, as long as they do not reach half of the threshold together."""
        weights = {cue: rarity_of(parse(cue.pattern).literals(whole_line=False)) for cue in self.cues if cue.weight > 0}
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

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Raises `RuleError` where ids are doubled or rules refer to each other in circles or to nothing."""
        self.rules = tuple(rules)
        self.by_id: Mapping[str, Rule] = {rule.id: rule for rule in self.rules}
        problems = [*_duplicates(self.rules), *_bad_references(self.rules, self.by_id)]
        if problems:
            raise RuleError(problems)

    @classmethod
    def load(cls, paths: Sequence[str | Path] | None = None) -> "Ruleset":
        """The rules in `paths`: folders or files, `SHIPPED` for the package's own; None for those alone.

        Raises `RuleError` for a path without rules and for anything wrong in them.
        """
        rules: list[Rule] = []
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
                    found += 1
            if not found:
                problems.append(Problem(str(path), "", "", "no rule here", "give a folder of .toml rule files, or one file"))
        if problems:
            raise RuleError(problems)
        return cls(rules)

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
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
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
        raise _FieldError(ways[1] if ways else "pattern", f"one way to match is needed, here is {have}", f"one of: {', '.join(_WAYS)}")
    for key in ("example", "counterexample"):
        if key not in table:
            raise _FieldError(key, "missing", f"add a [[rule.{key}]] with a text: a rule carries its tests")
    values = {"unit": "span" if "phrases" in table else "line", "label": _label(prefix), **table}
    values["id"] = f"{prefix}/{table['name']}"
    if "phrases" in table:
        values["phrases"] = _phrases(table["phrases"], file, root)
    for key in ("after", "before"):
        if isinstance(reference := table.get(key), str) and "/" not in reference:
            values[key] = f"{prefix}/{reference}"
    try:
        rule = msgspec.convert(values, Rule)
    except msgspec.ValidationError as error:
        message = str(error)
        match = _AT_FIELD.search(message)
        field = match[1] if match else ""
        raise _FieldError(field, message[: match.start()] if match else message, _choices(field)) from error
    _check(rule)
    return rule


def _choices(field: str) -> str:
    """The words that a field of the format may hold, as a hint; empty where it takes more than words."""
    types = {item.encode_name: item.type for item in msgspec.structs.fields(Rule)}
    info = msgspec.inspect.type_info(types[field]) if field in types else None
    return "one of: " + ", ".join(map(str, info.values)) if isinstance(info, msgspec.inspect.LiteralType) else ""


def _label(prefix: str) -> Label:
    """The label that follows from where a rule file lies."""
    top = prefix.split("/", 1)[0]
    return next((label for label in _LABELS if label == top), "boilerplate")


def _phrases(value: Any, file: Path, root: Path) -> list[dict[str, Any]]:
    """The rows of a phrase table, inline or in a file beside the rule file."""
    if isinstance(value, dict):
        return [{"found": found, "original": original} for found, original in value.items()]
    if not isinstance(value, str):
        raise _FieldError("phrases", "neither a table nor the name of a .tsv file")
    path = (file.parent / value).resolve()
    if not path.is_relative_to(root.resolve()):
        raise _FieldError("phrases", f"{value!r} lies outside the rules folder")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise _FieldError("phrases", f"{value} is larger than {MAX_FILE_BYTES:,} bytes")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _FieldError("phrases", f"{value} cannot be read: {error}") from error
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
    if rule.unit == "span" and rule.anchored:
        raise _FieldError("unit", "`after`, `before` and `repeats` are for lines and blocks, not spans")
    if rule.unit == "span" and rule.cues:
        raise _FieldError("unit", "cues are for lines")
    if rule.phrases and rule.unit != "span":
        raise _FieldError("unit", "phrases are spans")
    if rule.until and rule.unit != "block":
        raise _FieldError("until", "only a block has an end", 'set unit = "block"')
    if rule.cues and rule.threshold is None:
        raise _FieldError("threshold", "missing", "the least sum of the cues' weights that makes a hit")
    if rule.action == "replace" and rule.replacement is None and not rule.phrases and not rule.detector:
        raise _FieldError("replacement", "missing", "what is to stand there")
    for index, example in enumerate(rule.examples):
        if rule.action == "flag" and example.find is None:
            raise _FieldError(f"example[{index}].find", "missing", "a rule that flags says what it finds: find = ['...']")
        if rule.action in ("drop", "replace") and example.result is None:
            raise _FieldError(f"example[{index}].result", "missing", "the text as it is after this rule")
    for phrase in rule.phrases:
        if len(phrase.found) > MAX_PHRASE_CHARACTERS or not _words(phrase.found):
            raise _FieldError("phrases", f"{phrase.found[:40]!r} is empty or too long")
    if rule.pattern:
        _checked_pattern(
            "pattern", rule.pattern, findable=not rule.anchored, span=rule.unit == "span", whole_line=rule.unit != "span"
        )
    if rule.until:
        _checked_pattern("until", rule.until)
    for index, cue in enumerate(rule.cues):
        _checked_pattern(f"cues[{index}].pattern", cue.pattern)
    if rule.cues and not rule.anchored and rule.unseen_weight >= (rule.threshold or 0.0):
        raise _FieldError("cues", "those with nothing to look for reach the threshold alone", "give more of them fixed letters")


def _checked_pattern(field: str, source: str, *, findable: bool = False, span: bool = False, whole_line: bool = False) -> Pattern:
    try:
        pattern = parse(source)
    except PatternError as error:
        caret = f"{source}\n        {' ' * error.position}^" if "\n" not in source and len(source) <= 100 else ""
        hint = "; ".join(part for part in (error.hint, caret and f"here:\n        {caret}") if part)
        raise _FieldError(field, f"bad pattern: {error}", hint) from error
    if findable and not pattern.literals(whole_line=whole_line):
        raise _FieldError(
            field, "gives nothing to look for", "add fixed letters, or say where to look: `after`, `before`, `repeats`, or a `position` within 12"
        )
    if span and max(pattern.max_width, pattern.max_lookahead) > MAX_SPAN_CHARACTERS:
        raise _FieldError(
            field, f"a span may be longer than {MAX_SPAN_CHARACTERS} characters", "bound what repeats: {0,160} for *"
        )
    return pattern


def _duplicates(rules: Sequence[Rule]) -> Iterator[Problem]:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            yield Problem("", rule.id, "name", "this id is already taken", "rules of one file differ in name")
        seen.add(rule.id)


def _bad_references(rules: Sequence[Rule], by_id: Mapping[str, Rule]) -> Iterator[Problem]:
    for rule in rules:
        for field, reference in (("after", rule.after), ("before", rule.before)):
            if reference and (target := by_id.get(reference)) is None:
                close = difflib.get_close_matches(reference, by_id, 1)
                yield Problem("", rule.id, field, f"no rule {reference!r}", f"did you mean {close[0]!r}?" if close else "")
            elif reference and target and target.unit == "span":
                yield Problem("", rule.id, field, f"{reference!r} matches spans, not lines")
    graph = {rule.id: [ref for ref in (rule.after, rule.before) if ref in by_id] for rule in rules}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        circle = " → ".join(error.args[1])
        yield Problem("", error.args[1][0], "after", f"rules wait for each other: {circle}")


def _words(phrase: str) -> list[str]:
    return [word for word in re.split(r"[\s\-‐‑]+", phrase.strip()) if word]


def _fits(host: str, domain: str) -> bool:
    if domain.startswith("*."):
        return host == domain[2:] or host.endswith(domain[1:])
    return host == domain
