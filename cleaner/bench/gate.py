"""The floors below which quality on the built-in set must not fall."""

import os
from pathlib import Path

import msgspec

from cleaner.bench import cases, run, table
from cleaner.bench.results import RunResult
from cleaner.bench.systems import Settings
from cleaner.records import InputError, write_text

# What is held, of each task: figures that this toolkit's code and rules alone decide, and that do not depend on the machine.
HELD = {
    "html": ("cleaner balanced", ("f1", "precision", "recall", "unwanted")),
    "dump": ("inscriptis > cleaner balanced", ("f1", "precision", "recall", "unwanted")),
    "after": ("trafilatura > cleaner balanced", ("f1", "precision", "recall")),
    "loss": ("cleaner balanced", ("kept", "touched", "flags_per_10000_words")),
    "encoding": ("cleaner balanced", ("exact", "restored", "left_alone")),
    "charset": ("cleaner charset", ("right",)),
    "garbled": ("cleaner balanced", ("found", "named", "document_auc", "false_flags_per_10000_words")),
    "language": ("cleaner language", ("right", "wrong")),
}
# Another release of a library underneath may move a figure by this much.
SLACK = 0.003
SLACK_PER_10000 = 0.1


class Baseline(msgspec.Struct, frozen=True):
    """What ``benchmarks/baseline.json`` holds."""

    checksum: str
    """Of the data that the floors were measured on."""
    floors: dict[str, dict[str, float]]
    """By task and score: the least, or of a score that is better when low the most, that passes."""


def measure() -> RunResult:
    """The figures that are held, on the built-in set with the shipped rules."""
    names = tuple(dict.fromkeys(system for system, _ in HELD.values()))
    options = run.Options(tasks=tuple(HELD), systems=names, shown=0, workers=os.cpu_count() or 1)  # no times are held
    return run.run(cases.load(None), options, Settings())


def figures(result: RunResult) -> dict[str, dict[str, float]]:
    """The held figures of a run. Raises `InputError` where one was not measured."""
    found: dict[str, dict[str, float]] = {}
    for task, (name, held) in HELD.items():
        ran = result.task(task)
        system = next((one for one in ran.systems if one.name == name), None) if ran else None
        if system is None or system.missing:
            raise InputError(f"{name} could not be run: {system.missing if system else 'no such system'}")
        found[task] = {score: round(system.scores[score], 5) for score in held}
    return found


def broken(baseline: Baseline, result: RunResult) -> list[str]:
    """What a run falls short of, a line each."""
    if baseline.checksum != result.checksum:
        return [
            f"the cases have changed (checksum {baseline.checksum}, now {result.checksum}): take the floors anew with --update"
        ]
    complaints = []
    for task, found in figures(result).items():
        for score, value in found.items():
            floor = baseline.floors.get(task, {}).get(score)
            if floor is None:
                complaints.append(f"{task}: {score} has no floor yet: --update")
            elif _worse(score, value, floor):
                complaints.append(f"{task}: {score} is {table.shown(score, value)}, the floor is {table.shown(score, floor)}")
    return complaints


def updated(baseline: Baseline | None, result: RunResult, *, lower: bool) -> Baseline:
    """The floors at the figures of a run. Raises `InputError` where one would fall and `lower` does not allow it."""
    found = figures(result)
    if baseline and not lower:
        fallen = [
            f"{task}: {score} would fall from {table.shown(score, floor)} to {table.shown(score, found[task][score])}"
            for task, floors in baseline.floors.items()
            for score, floor in floors.items()
            if score in found.get(task, {}) and _worse(score, found[task][score], floor)
        ]
        if fallen:
            raise InputError("floors fall only with --lower:\n  " + "\n  ".join(fallen))
        for task, scores in found.items():
            for score, value in scores.items():
                # Nor do they sink, slack by slack.
                better = min if table.lower_is_better(score) else max
                scores[score] = better(value, baseline.floors.get(task, {}).get(score, value))
    return Baseline(result.checksum, found)


def _worse(score: str, value: float, floor: float) -> bool:
    slack = SLACK_PER_10000 if table.is_per_10000(score) else SLACK
    return value > floor + slack if table.lower_is_better(score) else value < floor - slack


def read(path: Path) -> Baseline:
    """Read a baseline; raises `InputError` for anything else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Baseline)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is not a baseline: {error}") from error


def write(baseline: Baseline, path: Path) -> None:
    """Write a baseline."""
    write_text(path, msgspec.json.format(msgspec.json.encode(baseline), indent=2).decode() + "\n")
