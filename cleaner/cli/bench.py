"""``cleaner bench``."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from cleaner.cli.options import cleaner_of, config_of, settings_options
from cleaner.cli.telling import FAILED, fail, new_console, reported, say, wide_console

_TASKS = "html, dump, after, loss, encoding, lost-bytes, charset, garbled, language, speed, or all. May be repeated."


@click.group()
def bench() -> None:
    """Measure cleaning quality and speed, side by side with other tools."""


@bench.command("run")
@click.option("--task", "tasks", multiple=True, default=["all"], show_default=True, metavar="T", help=_TASKS)
@click.option("--data", type=click.Path(path_type=Path), help="Pages to measure on, beside their labels; see the manual.")
@click.option("--system", "systems", multiple=True, metavar="S", help="Only these; * stands for any text, A > B chains two.")
@click.option("--against", metavar="S", help="The system that differences are taken to.")
@click.option("--fold", "folds", multiple=True, type=click.IntRange(0, 4), help="Only pages of this fifth of the sites.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Only N pages, drawn at random but always the same.")
@click.option("--interpreter", metavar="PYTHON", help="Another Python, for systems that this one cannot install.")
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), default=20, show_default=True, help="Limit for a document."
)
@click.option("--shown", type=click.IntRange(0), default=100, show_default=True, help="Documents to show with their text.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes to work with.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Write everything as JSON.")
@click.option("--html", "html_file", type=click.Path(path_type=Path), metavar="FILE", help="Write a page with plots and texts.")
@settings_options
def run_bench(
    tasks: tuple[str, ...],
    data: Path | None,
    systems: tuple[str, ...],
    against: str | None,
    folds: tuple[int, ...],
    sample: int | None,
    interpreter: str | None,
    seconds: float,
    shown: int,
    workers: int,
    json_file: Path | None,
    html_file: Path | None,
    **settings: Any,
) -> None:
    """Run tasks: every system on every document, scored; without --data on the built-in pages."""
    with reported(), bench_installed():
        from cleaner.bench import cases, page, results, run, table
        from cleaner.bench.systems import Settings

        chosen = config_of(settings)
        cleaner_of(chosen)  # a mistake in the rules is told before anything is measured
        pages = cases.load(data).part(folds, sample)
        options = run.Options(tasks=tasks, systems=systems, against=against, shown=shown, workers=workers)
        measured = Settings(config=chosen, interpreter=interpreter, seconds=seconds)
        with _bench_progress() as progress:
            result = run.run(pages, options, measured, progress, command="cleaner " + shlex.join(sys.argv[1:]))
        for part in table.tables(result):
            wide_console().print(part)
        if json_file:
            results.write(result, json_file)
        if html_file:
            page.write(result, html_file)


@bench.command("compare")
@click.argument("first", metavar="A", type=click.Path(path_type=Path))
@click.argument("second", metavar="B", type=click.Path(path_type=Path))
@click.option("--task", metavar="T", help="Only this task.")
@click.option("--system", metavar="S", help="The system of B; this toolkit's own unless said otherwise.")
@click.option("--against", metavar="S", help="The system of A; the same as of B unless said otherwise.")
def compare_bench(first: Path, second: Path, task: str | None, system: str | None, against: str | None) -> None:
    """Name the documents and rules that won and lost between two runs, each the JSON of `bench run`."""
    with reported(), bench_installed():
        from cleaner.bench import compare

        for found in compare.compare(first, second, task, system, against):
            for part in compare.lines(found):
                wide_console().print(part)


@bench.command("gate")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    default=Path("benchmarks/baseline.json"),
    show_default=True,
    help="The floors.",
)
@click.option("--update", is_flag=True, help="Raise the floors to what is measured now.")
@click.option("--lower", is_flag=True, help="With --update: let floors fall, too.")
def gate_bench(baseline: Path, *, update: bool, lower: bool) -> None:
    """Fail where quality on the built-in pages has fallen below its floors."""
    with reported(), bench_installed():
        from cleaner.bench import gate

        held = gate.read(baseline) if baseline.exists() or not update else None
        result = gate.measure()
        if update:
            gate.write(gate.updated(held, result, lower=lower), baseline)
            say(f"floors written to {baseline}")
        elif held and (complaints := gate.broken(held, result)):
            for complaint in complaints:
                click.echo(complaint, err=True)
            fail(f"floors that do not hold: {len(complaints)}", FAILED)
        else:
            say("all floors hold")


@contextmanager
def _bench_progress() -> Iterator[Callable[[str, str, int, int], None]]:
    """A bar where somebody looks on, a line for each system that is done where the output is kept."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = new_console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        line = bar.add_task("")

        def progress(task: str, system: str, done: int, total: int) -> None:
            bar.update(line, description=f"{task} {system}", completed=done, total=total)
            if done == total and not console.is_terminal:
                click.echo(f"{task}: {system} done", err=True)

        yield progress


@contextmanager
def bench_installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise click.UsageError(f"{error.name} is not installed: pip install 'cleaner-text[bench]'") from error
