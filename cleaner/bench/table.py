"""A run of the benchmark as tables for the terminal."""

from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from cleaner.bench.results import RunResult, SystemResult, TaskResult
from cleaner.bench.systems import CHAIN
from cleaner.tables import plain_table

# Shares and scores of 0 to 1 are told in thousandths; anything else has a name that says its unit.
_PER_10000 = "per_10000"
# Shares of which a thousandth is much.
_SMALL = frozenset({"lost_share", "dropped_share"})
LOWER_IS_BETTER = _SMALL | {"unwanted", "touched", "wrong", "silent", "falsely_caught"}


def tables(result: RunResult) -> Iterator[Table | str]:
    """The tables of all tasks, and what was left out, in rich's markup."""
    yield f"[bold]{escape(result.data)}[/]: {result.pages} pages, checksum {result.checksum}; cleaner {escape(result.version)}"
    for reason in result.left_out[:20]:
        yield f"[yellow]left out[/] {escape(reason)}"
    if len(result.left_out) > 20:
        yield f"[yellow]left out[/] and {len(result.left_out) - 20} more"
    for task in result.tasks:
        yield _task(task)
        yield from _remarks(task)
    if result.speed:
        table = plain_table("speed", numbers=("",))
        for name, value in result.speed.items():
            table.add_row(escape(name), f"{value:,.10g}")
        yield table


def _task(task: TaskResult) -> Table:
    columns = [f"{name.replace('_', ' ')}{' ↓' if lower_is_better(name) else ''}" for name in task.columns]
    title = f"[bold]{task.name}[/] {escape(task.summary)}, {len(task.documents)} documents"
    numbers = (*columns, f"{task.main}: 95% of means", "± reference", "ms/document", "failed")
    table = plain_table("system", numbers=numbers, title=title)
    for system in ranked(task):
        cells = [shown(name, system.scores.get(name)) for name in task.columns]
        interval = f"{system.interval[0]:.3f} to {system.interval[1]:.3f}"
        failed = sum(system.failures.values())
        table.add_row(
            escape(system.name), *cells, interval, _difference(system), f"{system.milliseconds:.2f}", str(failed or "")
        )
    return table


def ranked(task: TaskResult) -> list[SystemResult]:
    """The systems that ran, the best by the task's main score first."""
    return sorted((one for one in task.systems if not one.missing), key=lambda one: -one.scores.get(task.main, 0.0))


def shown(name: str, value: float | None) -> str:
    """A figure as people read it."""
    if value is None:
        return ""
    return f"{value:.2f}" if is_per_10000(name) else f"{value:.5f}" if name in _SMALL else f"{value:.3f}"


def is_per_10000(name: str) -> bool:
    """Whether a figure counts things in 10,000 words, and so is no share."""
    return _PER_10000 in name


def lower_is_better(name: str) -> bool:
    """Whether a score is the better the lower it is."""
    return name in LOWER_IS_BETTER or is_per_10000(name)


def _difference(system: SystemResult) -> str:
    mean, low, high = system.difference
    return f"{mean:+.3f} ({low:+.3f} to {high:+.3f})" if system.reference else ""


def _remarks(task: TaskResult) -> Iterator[str]:
    references = {system.reference for system in task.systems if system.reference and CHAIN not in system.name}
    if references:
        yield f"[dim]± against {escape(references.pop())}, paired; a chain against itself without its last step[/]"
    for system in task.systems:
        if system.missing:
            yield f"[yellow]not run[/] {escape(system.name)}: {escape(system.missing)}"
        for reason, number in system.failures.items():
            example = next(row for row in system.rows if row.failure.startswith(reason))
            told = escape(f"{number} × {example.failure}, first on {example.id}")
            yield f"[yellow]failed[/] {escape(system.name)}: {told}"
