"""The command line. Heavy modules are loaded by the commands that need them, so that ``--version`` answers at once."""

import shlex
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import cleaner
from cleaner.extras import ExtraMissingError

if TYPE_CHECKING:
    from rich.console import Console

    from cleaner.config import Config
    from cleaner.pipeline import Cleaner, Result
    from cleaner.records import ReadOptions, UniqueIds
    from cleaner.rules import Ruleset
    from cleaner.runs import Folder, Format, Siblings
    from cleaner.runs import Progress as RunProgress

FAILED = 1
"""Exit status: some documents failed, something would change (``--check``), or a rule did not hold."""
WRONG_CALL = 2
"""Exit status: the call or a rule file is wrong."""
INTERRUPTED = 130
"""Exit status: stopped by the user."""


_TASKS = "html, dump, after, loss, encoding, lost-bytes, charset, garbled, language, speed, or all. May be repeated."


def _settings(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every cleaning command shares."""
    options = [
        click.option(
            "--profile", metavar="P", help="careful, balanced or strict; balanced unless cleaner.toml says otherwise."
        ),
        click.option("--rules", multiple=True, metavar="PATH", help="Rules to add: a folder or a file. May be repeated."),
        click.option("--no-shipped-rules", is_flag=True, help="Leave out the rules that come with the package."),
        click.option("--off", multiple=True, metavar="ID", help="Turn a rule off; * stands for any text. May be repeated."),
        click.option(
            "--keep", multiple=True, metavar="REGEX", help="Never drop a line in which this is found. May be repeated."
        ),
        click.option("--preview", is_flag=True, help="Let rules act that are still on trial."),
        click.option(
            "--extractor",
            type=click.Choice(["model", "trafilatura"]),
            help="Who chooses the main content of HTML; the chrome model unless cleaner.toml says otherwise.",
        ),
        click.option("--deep", is_flag=True, help="Flag words out of place, too, by a neural model (extra: deep)."),
        click.option("--metadata", is_flag=True, help="Record title, author, date, language and site of HTML pages."),
        click.option("--markdown", is_flag=True, help="Write what is left of HTML pages as Markdown too."),
        click.option(
            "--quality",
            multiple=True,
            metavar="NAME",
            help="Hold documents to quality rules: gopher, c4, fineweb … Repeatable.",
        ),
        click.option("--signals", is_flag=True, help="Record all quality signals, before and after cleaning."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


_siblings_option = click.option(
    "--siblings/--no-siblings",
    default=None,
    help="Compare versions of one text among the inputs; on for files and folders of 2 to 200 documents.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(cleaner.__version__, prog_name="cleaner")
def main() -> None:
    """Clean scraped article text for NLP, and prove what was done."""


def _reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how inputs are read."""
    options = [
        click.option(
            "--text-field", metavar="F", help="Field of JSON lines and Parquet that holds the text; else the likeliest."
        ),
        click.option("--html-field", metavar="F", help="Field that holds HTML, where it is no text."),
        click.option("--id-field", metavar="F", help="Field that holds the document's id."),
        click.option("--url-field", metavar="F", help="Field that holds the URL it came from."),
        click.option(
            "--stdin",
            type=click.Choice(["text", "html", "jsonl", "warc"]),
            default="text",
            show_default=True,
            help="What standard input holds.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@main.command()
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
    type=click.FloatRange(min=0, min_open=True),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="What a document may take, beside half a minute for each MB of it; then it is a failed one.",
)
@click.option("--overwrite", is_flag=True, help="Do everything anew, also what an earlier run has done.")
@click.option("--dry-run", is_flag=True, help="Write nothing; only say what would be done.")
@click.option("--diff", is_flag=True, help="Print the changes as a diff; write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where something would change.")
@_siblings_option
@_reading
@_settings
def clean(
    inputs: tuple[str, ...],
    output: str | None,
    output_format: "Format | None",
    workers: int,
    timeout: float,
    *,
    overwrite: bool,
    dry_run: bool,
    diff: bool,
    check: bool,
    **settings: Any,
) -> None:
    """Clean files, folders and URLs, or - for standard input.

    Read are .txt, .md, .html, .jsonl, .parquet, .warc and .wet, also with .gz or .zst.
    """
    with _reported():
        looking_only = dry_run or diff or check
        if output is None and not looking_only:
            raise click.UsageError("where to? Give -o OUT, or -o - for standard output (or --dry-run, --diff, --check)")
        from cleaner import records, runs

        to_stdout = output == "-"
        reading = _read_options(settings)
        chosen = _config(settings)
        if looking_only or to_stdout:
            if output_format not in (None, "txt", "jsonl"):
                raise click.UsageError(f"--format {output_format} needs a folder: -o OUT")
            made = chosen.cleaner()
            with _siblings(made, inputs, None, reading, wanted=chosen.siblings) as siblings:
                results = runs.clean_all(made, records.read(inputs, options=reading), workers, siblings)
                _clean_to_stdout(results, diff=diff, check=check, as_json=output_format == "jsonl", quiet=looking_only)
        else:
            runs.start_early()
            made = chosen.cleaner()
            folder = _output_folder(output or "")
            ids = runs.unique_ids(output_format or "txt")
            with _siblings(made, inputs, folder, reading, ids, wanted=chosen.siblings) as siblings:
                settings_now = runs.Settings(ruleset=made.digest, format=output_format or "txt", options=reading)
                with runs.Folder(folder, settings_now, overwrite=overwrite) as opened:
                    _clean_to_folder(made, inputs, opened, siblings, workers, timeout)


def _output_folder(output: str) -> Path:
    """The folder that ``-o`` names."""
    output = output.removeprefix("file://")
    if "://" in output:
        raise click.UsageError("-o takes a folder of this machine: a run that can be resumed needs locks and renames")
    return Path(output)


def _read_options(options: dict[str, Any]) -> "ReadOptions":
    """The options of `_reading`, taken out of all options."""
    from cleaner.records import ReadOptions

    fields = {name: options.pop(f"{name}_field") for name in ("text", "html", "id", "url")}
    return ReadOptions(**fields, standard_input=options.pop("stdin"))


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
        with runs.Siblings(made, records.read(inputs, exclude, reading, ids)) as siblings:
            yield siblings
    else:
        yield None


def _clean_to_stdout(results: Iterable["Result"], *, diff: bool, check: bool, as_json: bool, quiet: bool) -> None:
    from cleaner import report

    totals = report.Totals()
    for result in results:
        totals.add(result)
        if diff:
            _write(report.diff(result).encode("utf-8", "replace"))
        elif as_json and not quiet:
            _write(report.to_json(result) + b"\n")
        elif not quiet and not result.rejected:
            text = result.text if result.markdown is None else result.markdown
            _write(text.encode("utf-8", "surrogatepass"))
    _summary(totals, with_table=quiet)
    if totals.failed or (check and totals.changed):
        sys.exit(FAILED)


def _clean_to_folder(
    made: "Cleaner", inputs: tuple[str, ...], folder: "Folder", siblings: "Siblings | None", workers: int, seconds: float
) -> None:
    from cleaner import runs

    if folder.changed:
        _say(f"{folder.changed} changed since the last run: everything is done again")
    with _run_progress(inputs, folder.path) as told:
        done = runs.clean_folder(made, inputs, folder, workers, siblings, seconds=seconds, told=told)
    _summary(done.totals, with_table=True)
    if done.before:
        _say(f"{done.before} documents were done before and have not changed; --overwrite does them again")
    _say(f"the results are in [bold]{folder.path}[/]: {', '.join(folder.shown)}; {runs.RUN_FILE} sums them up")
    if done.totals.failed:
        sys.exit(FAILED)


@contextmanager
def _run_progress(inputs: tuple[str, ...], folder: Path) -> Iterator[Callable[["RunProgress"], None]]:
    """A bar with documents, MB/s, dropped share, failures and the time left, where somebody looks on."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from cleaner import records

    console = _console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.fields[now]}"), TimeRemainingColumn())
    total = records.total_bytes(inputs, exclude=folder) if console.is_terminal else None
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=total, now="cleaning")

        def told(progress: "RunProgress") -> None:
            totals = progress.totals
            speed = (bar.tasks[0].speed or 0.0) / 1e6
            now = f"{totals.documents} documents, {speed:.1f} MB/s, {totals.dropped_share:.1%} dropped, {totals.failed} failed"
            bar.update(task, completed=progress.consumed, now=now)

        yield told


@main.command()
@click.argument("file", metavar="FILE")
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON for each document.")
@_siblings_option
@_reading
@_settings
def explain(file: str, *, as_json: bool, **settings: Any) -> None:
    """Show what would be done to FILE, or to each file of a folder, and why, line by line; nothing is written."""
    with _reported():
        from cleaner import records, report, runs

        failed = False
        reading = _read_options(settings)
        chosen = _config(settings)
        made = chosen.cleaner()
        with _siblings(made, (file,), None, reading, wanted=chosen.siblings) as siblings:
            for result in runs.clean_all(made, records.read([file], options=reading), 1, siblings):
                failed = failed or result.error is not None
                if as_json:
                    _write(report.to_json(result) + b"\n")
                else:
                    console = _console()
                    for line in report.explain(result):
                        console.print(line, soft_wrap=True)
        if failed:
            sys.exit(FAILED)


@main.group()
def rules() -> None:
    """List, show, test and document rules."""


@rules.command("list")
@click.option("--label", help="Only rules with this label.")
@_settings
def list_rules(*, label: str | None, **settings: Any) -> None:
    """List all rules: id, action, safety, summary."""
    with _reported():
        from rich.table import Table

        console = _console()
        table = Table("rule", "action", "safety", "summary", box=None, header_style="bold", pad_edge=False)
        for rule in _ruleset(_config(settings)):
            row = (rule.id, rule.action, rule.safety if rule.status == "stable" else rule.status, rule.summary)
            if label not in (None, rule.label):
                continue
            if console.is_terminal:
                table.add_row(*row)
            else:
                click.echo("\t".join(row))
        if console.is_terminal:
            console.print(table)


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@_settings
def show_rule(rule_id: str, **settings: Any) -> None:
    """Show one rule in full."""
    with _reported():
        import difflib

        from cleaner import rulecheck

        ruleset = _ruleset(_config(settings))
        if rule_id not in ruleset.by_id:
            close = difflib.get_close_matches(rule_id, ruleset.by_id, 3)
            raise click.UsageError(f"no rule {rule_id!r}" + (f"; did you mean {' or '.join(close)}?" if close else ""))
        click.echo(rulecheck.show(ruleset.by_id[rule_id]))


@rules.command("test")
@click.argument("path", required=False)
def test_rules(path: str | None) -> None:
    """Run the tests that rules carry: of the shipped ones, or of those in PATH beside the shipped ones."""
    with _reported():
        from cleaner import rulecheck
        from cleaner.rules import SHIPPED, Ruleset

        ruleset = Ruleset.load([SHIPPED, path] if path else None)
        only = [rule.id for rule in Ruleset.load([path])] if path else []
        _report_problems(list(rulecheck.run_tests(ruleset, only)), f"the tests of all rules hold: {len(only or ruleset)}")


@rules.command("lint")
@click.argument("path", required=False)
def lint_rules(path: str | None) -> None:
    """Refuse patterns that backtrack without end, or are found at every other line."""
    with _reported():
        from cleaner import rulecheck
        from cleaner.rules import Ruleset

        ruleset = Ruleset.load([path] if path else None)
        _report_problems(list(rulecheck.lint(ruleset)), f"nothing to complain of in any rule: {len(ruleset)}")


@rules.command("sweep")
@click.argument("signal", metavar="SIGNAL")
@click.argument("inputs", nargs=-1, required=True, metavar="PATH...")
@click.option("--before", is_flag=True, help="Of the text as it came, not of the cleaned one.")
@click.option("--at", "thresholds", multiple=True, type=float, metavar="T", help="Also this threshold. May be repeated.")
@click.option("--examples", type=click.IntRange(0), default=3, show_default=True, help="Documents to show on either side.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes to work with.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.option("--html", "html_file", type=click.Path(path_type=Path), metavar="FILE", help="Write a page with a plot.")
@_settings
def sweep_rules(
    signal: str,
    inputs: tuple[str, ...],
    thresholds: tuple[float, ...],
    examples: int,
    workers: int,
    html_file: Path | None,
    *,
    before: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Show what thresholds of SIGNAL would cost: documents and characters below and above each, and examples at the edge."""
    with _reported():
        import msgspec

        from cleaner import records, runs, sweep

        chosen = _config({**settings, "signals": True})
        made = chosen.cleaner()
        name = f"before.{signal}" if before else signal
        results = runs.clean_all(made, records.read(inputs), workers)
        found = sweep.sweep(name, results, made.ruleset, thresholds, examples)
        if as_json:
            _write(msgspec.json.encode(found) + b"\n")
        else:
            for part in sweep.tables(found):
                _wide_console().print(part)
        if html_file:
            with _bench_installed():
                from cleaner.bench import sweep_page

                sweep_page.write(found, html_file)


@rules.command("doc")
@_settings
def document_rules(**settings: Any) -> None:
    """Print the rules as a page of Markdown."""
    with _reported():
        from cleaner import rulecheck

        _write(rulecheck.document(_ruleset(_config(settings))).encode())


@main.group()
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
@_settings
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
    with _reported(), _bench_installed():
        from cleaner.bench import cases, page, results, run, table
        from cleaner.bench.systems import Settings

        chosen = _config(settings)
        chosen.cleaner()  # a mistake in the rules is told before anything is measured
        pages = cases.load(data).part(folds, sample)
        options = run.Options(tasks=tasks, systems=systems, against=against, shown=shown, workers=workers)
        measured = Settings(config=chosen, interpreter=interpreter, seconds=seconds)
        with _bench_progress() as progress:
            result = run.run(pages, options, measured, progress, command="cleaner " + shlex.join(sys.argv[1:]))
        for part in table.tables(result):
            _wide_console().print(part)
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
    with _reported(), _bench_installed():
        from cleaner.bench import compare

        for found in compare.compare(first, second, task, system, against):
            for part in compare.lines(found):
                _wide_console().print(part)


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
    with _reported(), _bench_installed():
        from cleaner.bench import gate

        held = gate.read(baseline) if baseline.exists() or not update else None
        result = gate.measure()
        if update:
            gate.write(gate.updated(held, result, lower=lower), baseline)
            _say(f"floors written to {baseline}")
        elif held and (complaints := gate.broken(held, result)):
            for complaint in complaints:
                click.echo(complaint, err=True)
            _fail(f"{len(complaints)} floors do not hold", FAILED)
        else:
            _say("all floors hold")


@contextmanager
def _bench_progress() -> Iterator[Callable[[str, str, int, int], None]]:
    """A bar where somebody looks on, a line for each system that is done where the output is kept."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = _console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        line = bar.add_task("")

        def progress(task: str, system: str, done: int, total: int) -> None:
            bar.update(line, description=f"{task} {system}", completed=done, total=total)
            if done == total and not console.is_terminal:
                click.echo(f"{task}: {system} done", err=True)

        yield progress


@contextmanager
def _bench_installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise click.UsageError(f"{error.name} is not installed: pip install 'cleaner-text[bench]'") from error


def _wide_console() -> "Console":
    """For tables that must not be folded where nobody looks at a terminal."""
    from rich.console import Console

    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=200)


@main.group()
def config() -> None:
    """The settings in force."""


@config.command("show")
@_settings
def show_config(**settings: Any) -> None:
    """Print the settings in force, from cleaner.toml and the options, as TOML, with the digest that they make."""
    with _reported():
        chosen = _config(settings)
        click.echo(chosen.as_toml(), nl=False)
        click.echo(f"# digest of these settings and the rules: {chosen.cleaner().digest}")


def _config(options: dict[str, Any]) -> "Config":
    from cleaner.config import Config

    return Config.load(Path("cleaner.toml")).with_options(**options)


def _ruleset(chosen: "Config") -> "Ruleset":
    from cleaner.rules import Ruleset

    return Ruleset.load(chosen.rule_paths)


@contextmanager
def _reported() -> Iterator[None]:
    """What goes wrong as a message on standard error and an exit status, never as a traceback."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # a request to end is an interruption like any other
    try:
        yield
    except KeyboardInterrupt:
        _fail("interrupted; the same command goes on from here", INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nobody is left to tell
        sys.exit(FAILED)
    except (ValueError, ExtraMissingError) as error:  # rule files, settings, inputs: each names itself
        _fail(str(error), WRONG_CALL)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _fail(f"{place}{error.strerror or error}; what was written before is whole", FAILED)
    except RuntimeError as error:
        _fail(f"{error}; the same command goes on from here", FAILED)
    finally:
        signal.signal(signal.SIGTERM, before)


def _fail(message: str, status: int) -> NoReturn:
    click.echo(f"error: {message}", err=True)
    sys.exit(status)


def _report_problems(problems: list[Any], all_well: str) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        _fail(f"{len(problems)} problems", FAILED)
    _say(all_well)


def _console(*, stderr: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def _say(message: str) -> None:
    _console(stderr=True).print(message, soft_wrap=True)


def _summary(totals: Any, *, with_table: bool) -> None:
    console = _console(stderr=True)
    if with_table and totals.findings:
        console.print(totals.table())
    for line in totals.lines():
        console.print(line, soft_wrap=True)


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
