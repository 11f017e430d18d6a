"""``cleaner clean`` and ``cleaner explain``."""

import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaner.cli.options import cleaner_of, config_of, read_options, reading_options, settings_options, siblings_option
from cleaner.cli.telling import FAILED, new_console, reported, say, summary, write

if TYPE_CHECKING:
    from cleaner.pipeline import Cleaner, Result
    from cleaner.records import ReadOptions, UniqueIds, Unreadable
    from cleaner.report import Totals
    from cleaner.runs import Folder, Format, Siblings
    from cleaner.runs import Progress as RunProgress
    from cleaner.text import Document

SHOWN_SUFFIXES = 5
MOST_SECONDS = 1_000_000.0
"""The longest that a document may be given, some eleven days: the clocks that watch over it have an end."""


def _seconds(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 < value <= MOST_SECONDS:  # nor is "nan"
        raise click.BadParameter(f"{value:g} is not a number of seconds above 0 and up to {MOST_SECONDS:,.0f}.")
    return value


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option("-o", "--output", metavar="OUT", help="Folder for the results; - for standard output.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["txt", "jsonl", "jsonl.gz", "jsonl.zst", "parquet"]),
    help="A text file for each document (txt, the default), or all in JSON lines or Parquet.",
)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes to clean with.")
@click.option(
    "--timeout",
    type=float,
    callback=_seconds,
    show_default="60",
    metavar="SECONDS",
    help="What a document may take, beside half a minute for each MB of it; then it is a failed one.",
)
@click.option("--overwrite", is_flag=True, help="Do everything anew, and replace files that no run has made.")
@click.option("--dry-run", is_flag=True, help="Write nothing; only say what would be done.")
@click.option("--diff", is_flag=True, help="Print the changes as a diff; write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where something would change.")
@siblings_option
@reading_options
@settings_options
def clean(
    inputs: tuple[str, ...],
    output: str | None,
    output_format: "Format | None",
    workers: int,
    timeout: float | None,
    *,
    overwrite: bool,
    dry_run: bool,
    diff: bool,
    check: bool,
    **settings: Any,
) -> None:
    """Clean files, folders and URLs, or - for standard input.

    Read are .txt, .text, .md, .html, .htm, .xhtml, .jsonl, .ndjson, .json, .csv, .tsv, .parquet, .warc and .wet, also with
    .gz, .zst or .zstd. Any other file that is named itself is read as plain text, or as HTML where it begins as a page does;
    folders leave such files out, and links to folders.
    """
    looking_only = dry_run or diff or check
    to_stdout = output == "-"
    with reported(resumes=not looking_only and not to_stdout):
        if output is None and not looking_only:
            raise click.UsageError("where to? Give -o OUT, or -o - for standard output (or --dry-run, --diff, --check)")
        from cleaner import records, report, runs

        reading = read_options(settings)
        chosen = config_of(settings)
        if looking_only or to_stdout:
            if not looking_only and output_format not in (None, "txt", "jsonl"):
                raise click.UsageError(f"--format {output_format} needs a folder: -o OUT")
            made = cleaner_of(chosen)
            with _siblings(made, inputs, None, reading, wanted=chosen.siblings) as siblings:
                left_out = Counter[str]()
                totals = report.Totals()
                documents = records.read(inputs, options=reading, left_out=left_out, leave_out=totals.leave_out)
                cleaned = _paired(documents, lambda given: runs.clean_all(made, given, workers, siblings, timeout))
                _clean_to_stdout(made, cleaned, totals, diff=diff, as_json=output_format == "jsonl", quiet=looking_only)
            summary(totals, with_table=looking_only)
            _say_left_out(left_out)
            if totals.failed or (check and totals.changed):
                sys.exit(FAILED)
        else:
            runs.start_early()
            made = cleaner_of(chosen)
            folder = _output_folder(str(output))
            ids = runs.unique_ids(output_format or "txt")
            with _siblings(made, inputs, folder, reading, ids, wanted=chosen.siblings) as siblings:
                settings_now = runs.Settings(ruleset=made.digest, format=output_format or "txt", options=reading)
                with runs.Folder(folder, settings_now, overwrite=overwrite) as opened:
                    _clean_to_folder(made, inputs, opened, siblings, workers, timeout or runs.SECONDS_A_DOCUMENT)


def _output_folder(output: str) -> Path:
    """The folder that ``-o`` names."""
    output = output.removeprefix("file://")
    if not output:
        raise click.UsageError("-o is empty; . is the working directory")
    if "://" in output:
        raise click.UsageError("-o takes a folder of this machine: a run that can be resumed needs locks and renames")
    folder = Path(output)
    there = next((one for one in (folder, *folder.parents) if one.exists()), None)
    if there and not there.is_dir():
        raise click.UsageError(f"-o {output}: {there} is a file; the results go to a folder")
    return folder


@contextmanager
def _siblings(
    made: "Cleaner",
    inputs: tuple[str, ...],
    exclude: Path | None,
    reading: "ReadOptions",
    ids: "UniqueIds | None" = None,
    *,
    wanted: bool | None,
) -> Iterator["Siblings | None"]:
    """The siblings among the documents of a run; None where they are not asked for, or cannot be."""
    from cleaner import records, runs

    if wanted and records.STANDARD_INPUT in inputs:
        raise click.UsageError("--siblings reads its inputs twice, which standard input does not allow")
    number = records.count(inputs, exclude, most=runs.SMALL_FOLDER) if wanted is None else None
    small = number is not None and number > 1
    if made.compares_siblings and (wanted or small):
        with runs.Siblings(records.read(inputs, exclude, reading, ids)) as siblings:
            yield siblings
    else:
        yield None


def _paired(
    documents: Iterable["Document | Unreadable"],
    clean_all: Callable[[Iterable["Document | Unreadable"]], Iterable["Result"]],
) -> Iterator[tuple["Document | Unreadable", "Result"]]:
    """Documents, each with its result; `clean_all` gives these in the order of what it is given."""
    on_the_way = deque["Document | Unreadable"]()

    def noted() -> Iterator["Document | Unreadable"]:
        for document in documents:
            on_the_way.append(document)
            yield document

    for result in clean_all(noted()):
        yield on_the_way.popleft(), result


def _clean_to_stdout(
    made: "Cleaner",
    cleaned: Iterable[tuple["Document | Unreadable", "Result"]],
    totals: "Totals",
    *,
    diff: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    from cleaner import report

    line_is_open = False
    for document, result in cleaned:
        if as_json and not quiet:
            written, line = _as_line(made, document, result)
            totals.add(written)
            write(line + b"\n")
            continue
        totals.add(result)
        if diff:
            write(report.diff(result).encode("utf-8", "replace"))
        elif not quiet and not result.rejected and not result.error:
            text = result.text if result.markdown is None else result.markdown
            write(("\n" * line_is_open + text).encode("utf-8", "surrogatepass"))
            line_is_open = bool(text) and not text.endswith("\n")


def _as_line(made: "Cleaner", document: "Document | Unreadable", result: "Result") -> tuple["Result", bytes]:
    """A result as JSON, with the fields that travel along; the result is another where these cannot be written."""
    from cleaner import report, runs

    try:
        return result, report.to_json(result, fields=document.metadata)
    except runs.UNWRITABLE as error:
        failed = runs.unwritable(made, document, error)
        return failed, report.to_json(failed)


def _say_left_out(left_out: Mapping[str, int]) -> None:
    """Say how many files were of no kind that is read, and the most frequent suffixes of their names."""
    from cleaner.report.characters import visible

    if left_out:
        suffixes = [visible(suffix) or "no suffix" for suffix in sorted(left_out, key=lambda one: (-left_out[one], one))]
        more = ["…"] if len(suffixes) > SHOWN_SUFFIXES else []
        say(f"files of other kinds left out: {sum(left_out.values())} ({', '.join([*suffixes[:SHOWN_SUFFIXES], *more])})")


def _clean_to_folder(
    made: "Cleaner", inputs: tuple[str, ...], folder: "Folder", siblings: "Siblings | None", workers: int, seconds: float
) -> None:
    from cleaner import runs
    from cleaner.report.characters import counted, visible

    if folder.held_others and any(folder.path.resolve().is_relative_to(Path(name).resolve()) for name in inputs):
        say(f"not read, since the results go there: what is in {folder.path} already")
    if folder.changed:
        say(f"{folder.changed} changed since the last run: everything is done again")
    with _run_progress(inputs, folder.path) as told:
        done = runs.clean_folder(made, inputs, folder, workers, siblings, seconds=seconds, told=told)
    summary(done.totals, with_table=True)
    _say_left_out(done.left_out)
    if done.before:
        say(f"{counted(done.before, 'document')} done before, and not changed since; --overwrite does everything again")
    if folder.gone:
        say(f"not among the inputs any more, nor in the results: {counted(folder.gone, 'document')} of an earlier run")
    if folder.removed:
        more = f" and {folder.removed - len(folder.removed_names)} more" * (folder.removed > len(folder.removed_names))
        names = ", ".join(map(visible, folder.removed_names))
        say(f"removed: {counted(folder.removed, 'text')} of an earlier run: {names}{more}")
    if folder.left:
        say(f"still there, without a record: {counted(folder.left, 'text')} of runs over other inputs")
    say(f"the results are in {folder.path}: {', '.join(folder.shown)}; {runs.RUN_FILE} sums them up")
    if done.totals.failed:
        sys.exit(FAILED)


@contextmanager
def _run_progress(inputs: tuple[str, ...], folder: Path) -> Iterator[Callable[["RunProgress"], None]]:
    """A bar with documents, MB/s, dropped share, failures and the time left, where somebody looks on."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from cleaner import records
    from cleaner.report.characters import counted

    console = new_console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.fields[now]}"), TimeRemainingColumn())
    total = records.total_bytes(inputs, exclude=folder) if console.is_terminal else None
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=total, now="cleaning")

        def told(progress: "RunProgress") -> None:
            totals = progress.totals
            speed = (bar.tasks[0].speed or 0.0) / 1e6
            documents = counted(totals.documents, "document")
            now = f"{documents}, {speed:.1f} MB/s, {totals.dropped_share:.1%} dropped, {totals.failed} failed"
            bar.update(task, completed=progress.consumed, now=now)

        yield told


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON for each document.")
@siblings_option
@reading_options
@settings_options
def explain(files: tuple[str, ...], *, as_json: bool, **settings: Any) -> None:
    """Show what would be done to files, or to those in folders, and why, line by line; nothing is written."""
    with reported():
        from cleaner import records, report, runs

        failed = False
        reading = read_options(settings)
        chosen = config_of(settings)
        made = cleaner_of(chosen)
        with _siblings(made, files, None, reading, wanted=chosen.siblings) as siblings:
            for result in runs.clean_all(made, records.read(files, options=reading), 1, siblings):
                failed = failed or result.error is not None
                if as_json:
                    write(report.to_json(result) + b"\n")
                else:
                    console = new_console()
                    seen = console.is_terminal
                    for line in report.explain(result, console.width if seen else None, plain=not seen):
                        console.print(line, soft_wrap=True)
        if failed:
            sys.exit(FAILED)
