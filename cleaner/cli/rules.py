"""``cleaner rules``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaner.cli.bench import bench_installed
from cleaner.cli.options import cleaner_of, config_of, rule_options, ruleset_of, settings_options
from cleaner.cli.telling import FAILED, fail, new_console, reported, told_problems, wide_console, write

if TYPE_CHECKING:
    from cleaner.rules import Ruleset


LABELS = ("boilerplate", "encoding", "quotes", "garbled", "quality")
"""Those of `cleaner.edits`, which takes too long to load for ``--help``."""


@click.group()
def rules() -> None:
    """List, show, test and document rules."""


@rules.command("list")
@click.option("--label", type=click.Choice(LABELS), help="Only rules with this label.")
@rule_options
def list_rules(*, label: str | None, **settings: Any) -> None:
    """List all rules, those too that are turned off: id, action, safety, summary."""
    with reported():
        from cleaner.tables import plain_table

        console = new_console()
        table = plain_table("rule", "action", "safety", "summary")
        for rule in ruleset_of(config_of(settings)):
            if label not in (None, rule.label):
                continue
            row = (rule.id, rule.action, rule.safety if rule.status == "stable" else rule.status, rule.summary)
            if console.is_terminal:
                table.add_row(*row)
            else:
                click.echo("\t".join(row))
        if console.is_terminal:
            console.print(table)


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object, with what its file leaves to the format.")
@rule_options
def show_rule(rule_id: str, *, as_json: bool, **settings: Any) -> None:
    """Show one rule as it stands in its file, to be copied into one of yours."""
    with reported():
        from cleaner import rulebook
        from cleaner.rules.writing import as_written

        ruleset = ruleset_of(config_of(settings))
        if rule_id not in ruleset.by_id:
            raise click.UsageError(f"no rule {rule_id!r}{ruleset.guess(rule_id)}")
        rule = ruleset.by_id[rule_id]
        if as_json:
            click.echo(rulebook.as_json(rule))
        else:
            click.echo(f"# {rule_id}\n{as_written(rule.name, Path(ruleset.files[rule_id]))}", nl=False)


@rules.command("test")
@click.argument("path", required=False)
def test_rules(path: str | None) -> None:
    """Run the tests that rules carry: of the shipped ones, or of those in PATH beside the shipped ones."""
    with reported():
        from cleaner import rulecheck

        ruleset, only = _beside_shipped(path)
        told_problems(list(rulecheck.run_tests(ruleset, only)), f"the tests of all rules hold: {len(only or ruleset)}")


@rules.command("lint")
@click.argument("path", required=False)
def lint_rules(path: str | None) -> None:
    """Refuse patterns that backtrack without end, or are found at every other line."""
    with reported():
        from cleaner import rulecheck

        ruleset, only = _beside_shipped(path)
        told_problems(list(rulecheck.lint(ruleset, only)), f"nothing to complain of in any rule: {len(only or ruleset)}")


def _beside_shipped(path: str | None) -> "tuple[Ruleset, list[str]]":
    """The shipped rules with those in `path`, and the ids of the latter."""
    from cleaner.rules import Ruleset, shipped_rules

    if path is None:
        return Ruleset.load([shipped_rules()]), []  # by their path, so that their patterns are looked into
    together, own = Ruleset.beside_shipped(path)
    return together, [rule.id for rule in own]


@rules.command("sweep")
@click.argument("signal", metavar="SIGNAL")
@click.argument("inputs", nargs=-1, required=True, metavar="PATH...")
@click.option("--before", is_flag=True, help="Of the text as it came, not of the cleaned one.")
@click.option("--at", "thresholds", multiple=True, type=float, metavar="T", help="Also this threshold. May be repeated.")
@click.option("--examples", type=click.IntRange(0), default=3, show_default=True, help="Documents to show on either side.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes to work with.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.option("--html", "html_file", type=click.Path(path_type=Path), metavar="FILE", help="Write a page with a plot.")
@settings_options
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
    with reported():
        import msgspec

        from cleaner import records, runs, sweep
        from cleaner.report.characters import counted
        from cleaner.signals import BEFORE

        chosen = config_of({**settings, "signals": True})
        made = cleaner_of(chosen)
        name = f"{BEFORE}{signal}" if before else signal
        results = runs.clean_all(made, records.read(inputs), workers)
        found = sweep.sweep(name, results, made.ruleset, thresholds, examples)
        if as_json:
            write(msgspec.json.encode(found) + b"\n")
        else:
            for part in sweep.tables(found):
                wide_console().print(part)
        if html_file:
            with bench_installed():
                from cleaner.bench import sweep_page

                sweep_page.write(found, html_file)
        if found.failed:
            fail(f"{counted(found.failed, 'document')} failed", FAILED)


@rules.command("stats")
@click.argument("rule_ids", nargs=-1, metavar="[ID]...")
@click.option("--data", type=click.Path(path_type=Path), help="Labelled pages, as of `bench run`; else the built-in ones.")
@click.option("--fold", "folds", multiple=True, type=click.IntRange(0, 4), help="Only pages of this fifth of the sites.")
@click.option("--examples", type=click.IntRange(0), default=0, metavar="N", help="Show N hits on content, and N others.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes to work with.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@click.option("--check", is_flag=True, help="Exit with status 1 where a safe rule is below 98%, beyond chance.")
@rule_options
def count_rules(
    rule_ids: tuple[str, ...],
    data: Path | None,
    folds: tuple[int, ...],
    examples: int,
    workers: int,
    *,
    as_json: bool,
    check: bool,
    **settings: Any,
) -> None:
    """Count the hits of rules on labelled pages, and how many of them are content; * in an ID stands for any text.

    Every rule is asked, on dumps of whole pages, whatever its safety and status.
    """
    with reported(), bench_installed():
        import msgspec

        from cleaner.bench import cases, rulestats

        ruleset = ruleset_of(config_of(settings))
        rulestats.asked(ruleset, rule_ids)  # a mistake in the names is told before any page is read
        pages = cases.load(data).part(folds)
        found = rulestats.count(pages, ruleset, rule_ids, examples=examples, workers=workers)
        if as_json:
            write(msgspec.json.encode(found) + b"\n")
        else:
            for part in rulestats.tables(found):
                wide_console().print(part)
        if check and (below := rulestats.below_safe(found)):
            fail(f"safe rules below {rulestats.SAFE_PRECISION:.0%}: {len(below)}", FAILED)


@rules.command("doc")
@rule_options
def document_rules(**settings: Any) -> None:
    """Print the rules as a page of Markdown."""
    with reported():
        from cleaner import rulebook

        write(rulebook.page(ruleset_of(config_of(settings))).encode())


@rules.command("schema")
def print_schema() -> None:
    """Print a JSON Schema of the rule format, for editors that complete and check TOML by one."""
    with reported():
        from cleaner import rulebook

        write(rulebook.format_schema().encode())
