"""Two results compared: which documents won and lost, and what the rules did differently."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
from rich.markup import escape
from rich.table import Table

from cleaner.bench import results, scores
from cleaner.bench.results import RuleEffect, SystemResult
from cleaner.records import InputError
from cleaner.tables import plain_table

# Smaller differences are told as none: the last digits of a floating-point sum.
SAME = 1e-9
SHOWN = 15


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What B does better and worse than A, at one task, on the documents that both have."""

    task: str
    main: str
    systems: tuple[str, str]
    means: tuple[float, float]
    difference: tuple[float, float]
    """The interval of the mean difference (paired bootstrap, 95%)."""
    documents: int
    moved: tuple[tuple[str, float, float], ...]
    """Documents with another main score: id, score of A, score of B; the greatest loss first, the greatest gain last."""
    rules: tuple[tuple[str, RuleEffect, RuleEffect], ...]
    """Rules with another effect, the most words first."""


def compare(first: Path, second: Path, task: str | None, system: str | None, against: str | None) -> list[Comparison]:
    """Compare system `against` of the first run (the same one by default) with `system` of the second, task by task.

    Raises `InputError` where there is nothing to compare.
    """
    one, other = results.read(first), results.read(second)
    if one.checksum != other.checksum:
        raise InputError(f"{first} and {second} were measured on different data: checksums {one.checksum} and {other.checksum}")
    compared = []
    for after in other.tasks:
        before = one.task(after.name)
        if before is None or task not in (None, after.name):
            continue
        name = system or after.focus
        a, b = _find(before, against or system or before.focus), _find(after, name)
        if a and b:
            compared.append(_compared(after.name, after.main, a, b))
    if not compared:
        wanted = f"{system!r}" if system else "a system"
        raise InputError(f"{first} and {second} have no task in common in which {wanted} has run")
    return compared


def _find(task: results.TaskResult, name: str) -> SystemResult | None:
    return next((one for one in task.systems if one.name == name and not one.missing), None)


def _compared(task: str, main: str, a: SystemResult, b: SystemResult) -> Comparison:
    before = {row.id: row for row in a.rows}
    pairs = [(before[row.id], row) for row in b.rows if row.id in before]
    values = [(old.scores[main], new.scores[main]) for old, new in pairs]
    moved = [(new.id, *both) for (_, new), both in zip(pairs, values, strict=True) if abs(both[1] - both[0]) > SAME]
    olds, news = [old for old, _ in values], [new for _, new in values]
    effects = _effects(a), _effects(b)
    none = RuleEffect(0, 0, 0)
    rules = [(rule, effects[0].get(rule, none), effects[1].get(rule, none)) for rule in {**effects[0], **effects[1]}]
    return Comparison(
        task=task,
        main=main,
        systems=(a.name, b.name),
        means=(sum(olds) / max(len(olds), 1), sum(news) / max(len(news), 1)),
        difference=scores.difference_interval(news, olds),
        documents=len(pairs),
        moved=tuple(sorted(moved, key=lambda one: one[2] - one[1])),
        rules=tuple(sorted((one for one in rules if one[1] != one[2]), key=lambda one: -max(one[1].words, one[2].words))),
    )


def _effects(system: SystemResult) -> dict[str, RuleEffect]:
    """What each rule did over all documents."""
    sums: dict[str, Counter[str]] = {}
    for row in system.rows:
        for rule, effect in row.rules.items():
            sums.setdefault(rule, Counter()).update(msgspec.structs.asdict(effect))
    return {rule: RuleEffect(**counts) for rule, counts in sums.items()}


def lines(found: Comparison) -> Iterator[str | Table]:
    """A comparison in rich's markup."""
    low, high = found.difference
    wins, losses = (sum(sign * (new - old) > 0 for _, old, new in found.moved) for sign in (1, -1))
    names = " → ".join(escape(name) for name in dict.fromkeys(found.systems))
    yield (
        f"[bold]{found.task}[/] {names}: {found.main} {found.means[0]:.4f} → {found.means[1]:.4f} "
        f"({low:+.4f} to {high:+.4f}, paired); of {found.documents} documents {wins} won, {losses} lost"
    )
    for verb, colour, moved in (
        ("lost", "red", found.moved[:SHOWN]),
        ("won", "green", found.moved[::-1][:SHOWN]),
    ):
        for name, old, new in moved:
            if (new < old) == (verb == "lost"):
                yield f"  [{colour}]{verb:<4}[/] {old:.3f} → {new:.3f} {escape(name)}"
    if found.rules:
        table = plain_table("rule", "findings", "words taken", "of them wanted")
        for rule, before, after in found.rules[:SHOWN]:
            counts = zip(msgspec.structs.astuple(before), msgspec.structs.astuple(after), strict=True)
            table.add_row(escape(rule), *(f"{was} → {now}" for was, now in counts))
        yield table
