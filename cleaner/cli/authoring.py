"""``cleaner rules new``, ``import`` and ``try``: for those who write rules."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaner.cli.options import read_options, reading_options
from cleaner.cli.rules import rules
from cleaner.cli.telling import FAILED, fail, reported, say, told_problems, wide_console

if TYPE_CHECKING:
    from cleaner.authoring.lists import Kind


@rules.command("new")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--line", help="The line that should go, as it stands in the text; else it is asked for.")
@click.option("--seen", help="Where it was seen: a URL, or a note.")
@click.option(
    "--unlike",
    multiple=True,
    metavar="TEXT",
    help="An honest text that looks like it, and must stay. May be repeated; without one the line is quoted in a sentence.",
)
@click.option("--action", type=click.Choice(["drop", "flag"]), default="drop", show_default=True)
@click.option("--edge", type=click.Choice(["head", "tail", "either"]), help="Only near the head or tail of a document.")
@click.option("--language", metavar="CODE", default="", help="Only in documents of this language (ISO 639-1).")
@click.option("--this-site", is_flag=True, help="Only in documents from the site of the URL.")
@click.option("--safe", is_flag=True, help="It can hardly be anything else: act in every profile.")
@click.option("--name", metavar="NAME", default="", help="Its name, in kebab-case; else its first words.")
def new_rule(
    file: Path,
    *,
    line: str | None,
    seen: str | None,
    unlike: tuple[str, ...],
    edge: str | None,
    this_site: bool,
    **said: Any,
) -> None:
    """Write a rule with its tests for a line that should go, to the end of FILE, a rule file of yours; - only shows it."""
    with reported():
        from cleaner.authoring import drafts

        asking = line is None or sys.stdin.isatty()  # a script that says the line wants no questions
        if line is None:
            line = click.prompt("The line, as it stands in the text")
        if seen is None:
            seen = click.prompt("Where was it seen (a URL, or a note)", default="") if asking else ""
        draft = drafts.Draft(**said, line=line, seen=seen, unlike=unlike, edge=edge or "", on_site_only=this_site)
        to_file = None if str(file) == "-" else file
        text, problems = drafts.added(draft, to_file)
        if problems:
            told_problems(problems, "")
        click.echo(text)
        if taken_by := drafts.taken_by(draft.line):
            say(f"shipped rules know such a line already: {', '.join(taken_by)} (cleaner rules show ID)")
        if to_file:
            say(f"written to {file}, and its tests hold; see what it does: cleaner rules try {file} YOUR-TEXTS")


@rules.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="LIST")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FOLDER", help="The rule folder.")
@click.option("--source", required=True, metavar="TEXT", help="Whose list it is; stands in the rules.")
@click.option("--licence", default="", metavar="TEXT", help="Under what licence; stands in the rules.")
@click.option(
    "--as",
    "kind",
    type=click.Choice(["phrases", "lines"]),
    help="Garbled phrases, to be flagged, or lines of site chrome, to be dropped; phrases where the list has columns.",
)
@click.option("--found", metavar="COLUMN", help="The column with what is to be found; else the likeliest.")
@click.option("--original", metavar="COLUMN", help="The column with what it stands for; else the likeliest.")
@click.option("--safe", is_flag=True, help="The lines can hardly be anything else: drop them in every profile.")
def import_list(
    file: Path,
    output: Path,
    source: str,
    licence: str,
    kind: "Kind | None",
    found: str | None,
    original: str | None,
    *,
    safe: bool,
) -> None:
    """Turn a list of phrases or lines, CSV or plain text, into a rule folder.

    The first row of a CSV file names its columns, such as found and original, tortured and expected, wrong and right,
    spun and normal, from and to, before and after; --found and --original say which others to take. Phrases may be
    boolean queries, as the Problematic Paper Screener has them: "a b" AND NOT "a b c".

    Lines with # and a space in front are comments; #hashtags are not.
    """
    with reported():
        from cleaner import rulecheck
        from cleaner.authoring import lists
        from cleaner.report.characters import counted
        from cleaner.rules import Ruleset

        imported = lists.read(file, lists.Origin(source, licence), kind=kind, found=found, original=original, safe=safe)
        for number, reason in imported.left:
            click.echo(f"{file}:{number}: left out: {reason}", err=True)
        if not imported.files:
            fail("nothing of it can be a rule", FAILED)
        lists.write(imported, output)
        ruleset = Ruleset.load([output])
        if imported.columns:
            found_in, meant_in = imported.columns
            meaning = f"“{meant_in}” is what it stands for" if meant_in else "none says what it stands for (--original)"
            say(f"columns: “{found_in}” is to be found, {meaning}")
        if imported.comments:
            say(f"passed over as comments: {counted(imported.comments, 'line')} with # and a space in front")
        rules_made = counted(len(ruleset), "rule")
        say(f"{counted(imported.rows, 'row')} in {rules_made} in {output}: {', '.join(sorted(imported.files))}")
        if imported.doubtful:
            say(f"with conditions that phrases cannot say: {counted(imported.doubtful, 'row')}, to count only beside others")
        say(f"use them: cleaner clean IN -o OUT --rules {output}")
        told_problems(list(rulecheck.run_tests(ruleset)), "their tests hold")


@rules.command("try")
@click.argument("path", metavar="RULES")
@click.argument("inputs", nargs=-1, required=True, metavar="FILE...")
@click.option("--examples", type=click.IntRange(0), default=10, show_default=True, help="Hits to show of each rule.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes to work with.")
@reading_options
def try_rules(path: str, inputs: tuple[str, ...], examples: int, workers: int, **options: Any) -> None:
    """Show what the rules in RULES say of files of yours, before and after; nothing is written.

    They act as if each were safe and stable, and they alone; the last lines say what `cleaner clean` would only flag.
    """
    with reported():
        from collections import Counter

        from cleaner import records, runs
        from cleaner.authoring import trial
        from cleaner.report.characters import counted

        reading = read_options(options)
        on_trial = trial.Trial(path)
        console = wide_console()
        shown: Counter[str] = Counter()
        documents = failed = 0
        for result in runs.clean_all(on_trial.cleaner, records.read(inputs, options=reading), workers):
            documents += 1
            failed += result.error is not None
            on_trial.add(result)
            for line in trial.hits(result, shown, examples):
                console.print(line, soft_wrap=True)
        wide_console(stderr=True).print(on_trial.table())
        say(f"{counted(documents, 'document')} read; nothing was written")
        for line in on_trial.only_flagged():
            say(line)
        if failed:
            fail(f"{counted(failed, 'document')} failed", FAILED)
