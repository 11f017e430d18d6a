"""One run of the benchmark: tasks on data, every system on every document, scored."""

import fnmatch
import platform
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

import cleaner
from cleaner.bench import apart, scores, speed, systems
from cleaner.bench.cases import Data
from cleaner.bench.results import Labelled, Row, RuleEffect, RunResult, SystemResult, TaskResult
from cleaner.bench.speed import Progress
from cleaner.bench.systems import CHAIN, Answer, MissingError, Settings
from cleaner.bench.tasks import TASKS, Case, Scores, Task
from cleaner.edits import EDITING
from cleaner.records import InputError

SPEED = "speed"
ALL = "all"

# Longer outputs are cut where they are shown.
SHOWN_CHARACTERS = 20_000


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What to run, and how."""

    tasks: tuple[str, ...] = (ALL,)
    systems: tuple[str, ...] = ()
    """Names, in which ``*`` stands for any text; empty for each task's own."""
    against: str | None = None
    """The reference of paired intervals; None: a chain's own beginning, or else the task's first system."""
    shown: int = 100
    """How many documents are kept with their text, those with the lowest scores."""
    workers: int = 1


def run(data: Data, options: Options, settings: Settings, progress: Progress = lambda *_: None, command: str = "") -> RunResult:
    """Run the tasks. Raises `InputError` for a task or system that is not known; a system that fails is part of the result."""
    chosen = _chosen(options.tasks)
    names = {task.name: _systems(task, options) for task in chosen}
    if options.against and not any(options.against in known for known in names.values()):
        raise InputError(f"no system {options.against!r} to measure against; there are:\n  " + "\n  ".join(_known(chosen)))
    every = [name for of_task in names.values() for name in of_task]
    if unmatched := [pattern for pattern in options.systems if not fnmatch.filter(every, pattern)]:
        raise InputError(f"no system {unmatched[0]!r} in these tasks; there are:\n  " + "\n  ".join(_known(chosen)))
    return RunResult(
        version=cleaner.__version__,
        python=platform.python_version(),
        command=command,
        data=data.name,
        checksum=data.checksum,
        pages=len(data.pages),
        left_out=data.left_out,
        settings=msgspec.to_builtins(settings.config),
        tasks=tuple(_run_task(task, data, names[task.name], options, settings, progress) for task in chosen),
        speed=speed.measure(data, settings, progress) if {SPEED, ALL} & set(options.tasks) else {},
    )


def merged(parts: Sequence[RunResult], options: Options) -> RunResult:
    """Runs on parts of the data as one: each part measured with a model that has not seen it, say."""
    tasks = []
    for first in parts[0].tasks:
        task = TASKS[first.name]
        found = [one for part in parts if (one := part.task(first.name))]
        documents = tuple(document for one in found for document in one.documents)
        groups = [document.groups for document in documents]
        together = []
        for system in first.systems:
            same = [next(other for other in one.systems if other.name == system.name) for one in found]
            rows = tuple(row for one in same for row in one.rows)
            together.append(_summed_up(task, groups, msgspec.structs.replace(system, rows=rows)) if rows else system)
        compared = tuple(_against(one, together, task, options) for one in together)
        tasks.append(msgspec.structs.replace(first, systems=compared, documents=documents))
    pages = sum(part.pages for part in parts)
    return msgspec.structs.replace(parts[0], tasks=tuple(tasks), pages=pages, speed={})


def _chosen(names: Sequence[str]) -> list[Task]:
    if unknown := [name for name in names if name not in (*TASKS, SPEED, ALL)]:
        raise InputError(f"no task {unknown[0]!r}; there are {', '.join((*TASKS, SPEED, ALL))}")
    return [task for task in TASKS.values() if ALL in names or task.name in names]


def _systems(task: Task, options: Options) -> list[str]:
    """The systems to run: of those the task names, and chains of any that exist, those that the options ask for."""
    if not options.systems:
        return list(task.systems)
    spelt_out = [name for name in options.systems if all(step in systems.SYSTEMS for step in name.split(CHAIN))]
    known = [*task.systems, *(name for name in spelt_out if CHAIN in name and name not in task.systems)]
    wanted = {name for pattern in options.systems for name in fnmatch.filter(known, pattern)}
    if wanted and options.against in known:
        wanted.add(options.against)
    return [name for name in known if name in wanted]


def _known(tasks: Sequence[Task]) -> list[str]:
    return [f"{task.name}: {', '.join(task.systems)}" for task in tasks]


def _run_task(
    task: Task, data: Data, names: Sequence[str], options: Options, settings: Settings, progress: Progress
) -> TaskResult:
    cases = task.cases(data)
    found = [_run_system(task, cases, name, options, settings, progress) for name in names]
    focus = _focus(found, settings)
    worst = _worst(task, found, focus, options.shown)
    return TaskResult(
        name=task.name,
        summary=task.summary,
        main=task.main,
        columns=task.columns,
        systems=tuple(_against(_showing(one, focus, worst), found, task, options) for one in found),
        documents=tuple(_labelled(task, case, worst) for case in cases),
        focus=focus,
    )


def _run_system(
    task: Task, cases: Sequence[Case], name: str, options: Options, settings: Settings, progress: Progress
) -> SystemResult:
    try:
        version = systems.version(name, settings)
    except MissingError as error:
        return SystemResult(name=name, missing=str(error))
    rows: list[Row] = []
    peak = 0.0
    outcomes = apart.run(name, settings, (case.document for case in cases), options.workers)
    for case, outcome in zip(cases, outcomes, strict=True):
        rows.append(_row(task, case, outcome))
        peak = max(peak, outcome.peak_mb)
        progress(task.name, name, len(rows), len(cases))
    return _summed_up(
        task, [case.groups for case in cases], SystemResult(name=name, version=version, rows=tuple(rows), peak_mb=peak)
    )


def _summed_up(task: Task, groups: Sequence[Mapping[str, str]], one: SystemResult) -> SystemResult:
    """A result with all that follows from its rows."""
    return msgspec.structs.replace(
        one,
        scores=_summary(task, [row.scores for row in one.rows]),
        groups=_by_group(groups, one.rows),
        interval=scores.mean_interval([row.scores[task.main] for row in one.rows]),
        milliseconds=sum(row.milliseconds for row in one.rows) / max(len(one.rows), 1),
        failures=dict(Counter(row.failure.split(":")[0] for row in one.rows if row.failure)),
    )


def _row(task: Task, case: Case, outcome: apart.Outcome) -> Row:
    answer = outcome.answer or Answer()
    return Row(
        id=case.document.id,
        scores=task.score(case, answer),
        milliseconds=1e3 * outcome.seconds,
        failure=outcome.failure,
        rules=_effects(task, case, answer),
        output=answer.text[:SHOWN_CHARACTERS] if task.text else None,
    )


def _effects(task: Task, case: Case, answer: Answer) -> dict[str, RuleEffect]:
    edits = [finding for finding in answer.findings if finding.action in EDITING]
    if task.text is None or not edits:
        return {}
    # Words of the label that did not come out; whatever took them first is charged with them.
    lacking = scores.words(task.text(case)) - scores.words(answer.text)
    findings: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for finding in edits:
        took = scores.words(finding.original) - scores.words(finding.replacement)
        charged = took & lacking
        lacking -= charged
        findings[finding.rule] += 1
        taken[finding.rule] += took.total()
        wanted[finding.rule] += charged.total()
    return {rule: RuleEffect(findings[rule], taken[rule], wanted[rule]) for rule in findings}


def _summary(task: Task, each: Sequence[Scores]) -> Scores:
    """The mean of every score over the documents that have it, and what the task derives from these."""
    means = _means(each)
    return {**means, **task.derive(means, each)} if means else {}


def _means(each: Sequence[Scores]) -> Scores:
    values: defaultdict[str, list[float]] = defaultdict(list)
    for one in each:
        for name, value in one.items():
            values[name].append(value)
    return {name: sum(found) / len(found) for name, found in values.items()}


def _by_group(groups: Sequence[Mapping[str, str]], rows: Sequence[Row]) -> dict[str, dict[str, dict[str, float]]]:
    parts: defaultdict[str, defaultdict[str, list[Scores]]] = defaultdict(lambda: defaultdict(list))
    for own, row in zip(groups, rows, strict=True):
        for grouping, group in own.items():
            parts[grouping][group].append(row.scores)
    return {
        grouping: {group: {**_means(each), "documents": float(len(each))} for group, each in sorted(groups.items())}
        for grouping, groups in parts.items()
    }


def _focus(found: Sequence[SystemResult], settings: Settings) -> str:
    """The system whose outputs are shown: this toolkit with the profile in force, else the last one that ran."""
    ran = [one.name for one in found if not one.missing]
    ours = list(filter(systems.is_ours, ran))
    return next((name for name in ours if name.endswith(settings.config.profile)), (ours or ran or [""])[-1])


def _worst(task: Task, found: Sequence[SystemResult], focus: str, shown: int) -> set[str]:
    rows = next((one.rows for one in found if one.name == focus), ())
    return {row.id for row in sorted(rows, key=lambda row: (row.scores[task.main], row.id))[:shown]} if task.text else set()


def _showing(one: SystemResult, focus: str, worst: set[str]) -> SystemResult:
    """The result without the outputs that are not shown."""
    rows = (row if one.name == focus and row.id in worst else msgspec.structs.replace(row, output=None) for row in one.rows)
    return msgspec.structs.replace(one, rows=tuple(rows))


def _labelled(task: Task, case: Case, worst: set[str]) -> Labelled:
    document = case.document
    wanted = task.text(case)[:SHOWN_CHARACTERS] if task.text and document.id in worst else None
    return Labelled(id=document.id, groups=case.groups, url=document.url, wanted=wanted)


def _against(one: SystemResult, found: Sequence[SystemResult], task: Task, options: Options) -> SystemResult:
    by_name = {other.name: other for other in found if not other.missing}
    chain_without_end = one.name.rpartition(CHAIN)[0]
    first = next(iter(by_name), "")
    reference = by_name.get(options.against or chain_without_end or first)
    if one.missing or reference is None or reference.name == one.name:
        return one
    ours = [row.scores[task.main] for row in one.rows]
    theirs = [row.scores[task.main] for row in reference.rows]
    mean = sum(ours) / len(ours) - sum(theirs) / len(theirs)
    low, high = scores.difference_interval(ours, theirs)
    return msgspec.structs.replace(one, reference=reference.name, difference=(mean, low, high))
