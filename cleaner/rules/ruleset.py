"""Rules that act together."""

import difflib
import functools
import graphlib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from cleaner import cache
from cleaner.patterns import remember
from cleaner.rules.loading import load_file
from cleaner.rules.problems import Problem, RuleError
from cleaner.rules.rule import Rule

SHIPPED = "shipped"
"""Stands for the rules that come with the package, in a list of rule paths."""
_GUESSES = 3


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

        Raises `RuleError` for a path without rules and for anything wrong in them. The patterns of the package's own have been
        proven when it was made, and are analysed as they are needed.
        """
        return cls._of([SHIPPED] if paths is None else paths)[0]

    @classmethod
    def _of(cls, paths: Sequence[str | Path]) -> "tuple[Ruleset, int]":
        """The rules in `paths`, and how many of them are not of the last one."""
        rules: list[Rule] = []
        places: list[str] = []
        problems: list[Problem] = []
        before = 0
        for path in paths:
            before = len(rules)
            root = shipped_rules() if path == SHIPPED else Path(path)
            files = sorted(root.rglob("*.toml")) if root.is_dir() else [root]
            folder = root if root.is_dir() else root.parent
            read = _read_shipped(folder, files) if path == SHIPPED else list(_read(folder, files, proven=False))
            for file, item in read:
                if isinstance(item, Problem):
                    problems.append(item)
                else:
                    rules.append(item)
                    places.append(str(file))
            if not read:
                problems.append(Problem(str(path), "", "", "no rule here", "give a folder of .toml rule files, or one file"))
        if not problems and not rules:
            problems.append(Problem("", "", "", "no rules at all", f"name a folder or file of rules, or {SHIPPED!r}"))
        if problems:
            raise RuleError(problems)
        remember()
        return cls(rules, places), before

    @classmethod
    def beside_shipped(cls, path: str | Path) -> "tuple[Ruleset, tuple[Rule, ...]]":
        """The rules in `path` with the package's own, to which they may refer; and those in `path` alone.

        Raises `RuleError`, as `load`.
        """
        together, shipped = cls._of([SHIPPED, path])
        return together, together.rules[shipped:]

    def fitting(self, pattern: str) -> list[str]:
        """The ids that `pattern` fits, in which ``*`` stands for any text."""
        expression = re.compile(".*".join(map(re.escape, pattern.split("*"))))
        return [rule_id for rule_id in self.by_id if expression.fullmatch(rule_id)]

    def guess(self, wrong: str) -> str:
        """The question whether other ids are meant, where `wrong` is none: those that end with it, or are spelt like it."""
        # Many languages have a rule of the same name: those for English, or for any language, are likelier meant.
        foreign = {rule.id: bool(rule.languages) and "en" not in rule.languages for rule in self.rules}
        ids = sorted(foreign, key=foreign.__getitem__)
        meant = [rule_id for rule_id in ids if rule_id.endswith(f"/{wrong}")]
        if not meant and "/" in wrong:
            meant = difflib.get_close_matches(wrong, ids, _GUESSES)
        elif not meant:
            names = {rule_id.rpartition("/")[2]: rule_id for rule_id in reversed(ids)}
            meant = [names[name] for name in difflib.get_close_matches(wrong, names, _GUESSES)]
        meant = [rule_id for rule_id in meant if not foreign[rule_id]] or meant
        return f"; did you mean {' or '.join(meant[:_GUESSES])}?" if meant else ""

    def located(self, problem: Problem) -> Problem:
        """The same problem of one of these rules, with its place in the rule's file where there is one."""
        return msgspec.structs.replace(problem, file=self.files.get(problem.rule, "")).located()

    @functools.cached_property
    def digest(self) -> str:
        """A name for exactly these rules, 16 hexadecimal digits."""
        return hashlib.sha256(msgspec.json.encode(self.rules)).hexdigest()[:16]

    def __reduce__(self) -> tuple[Any, ...]:
        return Ruleset, (self.rules, tuple(self.files.values()))

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    @functools.cached_property
    def in_order(self) -> tuple[Rule, ...]:
        """The rules, each after those that its `after` and `before` name."""
        graph = {rule.id: rule.references for rule in self.rules}
        return tuple(self.by_id[rule_id] for rule_id in graphlib.TopologicalSorter(graph).static_order())


def shipped_rules() -> Path:
    """The folder of the package's own rules: inside an installed wheel, or the repository's of an editable install."""
    package = Path(__file__).parent.parent
    inside = package / "_rules"
    return inside if inside.is_dir() else package.parent / "rules"


def _read(root: Path, files: Iterable[Path], *, proven: bool) -> Iterator[tuple[Path, Rule | Problem]]:
    """What stands in the `files` of a folder, each with its file."""
    for file in files:
        yield from ((file, item) for item in load_file(file, root, proven=proven))


def _read_shipped(root: Path, files: Sequence[Path]) -> Sequence[tuple[Path, Rule | Problem]]:
    """What stands in the package's own files; kept for the next start, of which reading so much TOML is a good part."""
    readers = sorted(Path(__file__).parent.glob("*.py"))
    read_from = sorted(file for file in root.rglob("*") if file.is_file())  # phrases stand in tables beside the rules
    names = "\0".join(file.relative_to(root).as_posix() for file in read_from)
    try:
        name = cache.name_of("rules", names.encode(), *(file.read_bytes() for file in (*readers, *read_from)))
    except OSError:
        return list(_read(root, files, proven=True))
    if kept := cache.read(name):
        with suppress(msgspec.DecodeError):
            return [(files[number], rule) for number, rule in msgspec.msgpack.decode(kept, type=list[tuple[int, Rule]])]
    read = list(_read(root, files, proven=True))
    numbers = {file: number for number, file in enumerate(files)}
    rules = [(numbers[file], item) for file, item in read if isinstance(item, Rule)]
    if len(rules) == len(read):
        cache.write(name, msgspec.msgpack.encode(rules))
    return read


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
            if not reference:
                continue
            target = by_id.get(reference)
            if target is None:
                close = difflib.get_close_matches(reference, by_id, 1)
                hint = f"did you mean {close[0]!r}?" if close else "a name in this file, or a full id: folder/file/name"
                yield Problem(files[rule.id], rule.id, field, f"no rule {reference!r}", hint)
            elif target.unit == "span":
                message = f"{reference!r} matches spans, not lines"
                yield Problem(files[rule.id], rule.id, field, message, "name a rule for lines or blocks")
            elif target.limits:
                message = f"{reference!r} is decided by signals, when all places are known"
                yield Problem(files[rule.id], rule.id, field, message, "name a rule with a pattern")
    graph = {rule.id: [reference for reference in rule.references if reference in by_id] for rule in rules}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        circle = error.args[1]
        field = "after" if by_id[circle[1]].after == circle[0] else "before"
        hint = "one of them must do without `after` and `before`"
        yield Problem(files[circle[1]], circle[1], field, f"rules wait for each other: {' → '.join(circle)}", hint)
