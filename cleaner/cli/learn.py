"""``cleaner learn``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaner.cli.options import config_of, read_options, reading_options, ruleset_of
from cleaner.cli.telling import FAILED, new_console, reported, say, write

if TYPE_CHECKING:
    from cleaner.learn import Learned


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option(
    "-o", "--output", metavar="FILE", required=True, help="Rule file to write, such as rules.toml; - for standard output."
)
@click.option("--overwrite", is_flag=True, help="Replace FILE where it is there already.")
@click.option("--rules", multiple=True, metavar="PATH", help="Rules that are known beside the shipped ones. May be repeated.")
@reading_options
def learn(inputs: tuple[str, ...], output: str, rules: tuple[str, ...], *, overwrite: bool, **reading: Any) -> None:
    """Propose rules from what repeats in files, folders and URLs: menus, bylines, share bars, lists, footers.

    They have the status preview and only flag until somebody has read them. No text is changed.
    """
    with reported():
        options = read_options(reading)
        if output != "-" and Path(output).exists() and not overwrite:
            raise click.UsageError(f"{output} is there already, perhaps with your changes; --overwrite replaces it")
        from cleaner import records
        from cleaner.learn import learn as learn_from

        known = ruleset_of(config_of({"rules": rules}))
        console = new_console(stderr=True)
        with console.status("reading …") as status:
            learned = learn_from(
                records.read(inputs, options=options), known, told=lambda site: status.update(f"looking at {site}")
            )
        if learned.rule_file and output == "-":
            write(learned.rule_file.encode())
        elif learned.rule_file:
            with records.whole_file(Path(output)) as file:
                file.write(learned.rule_file.encode())
        _summary(learned, output)
        if learned.failed:
            sys.exit(FAILED)


def _summary(learned: "Learned", output: str) -> None:
    from cleaner.report.characters import counted, readable, visible

    sites = f" of {counted(learned.sites, 'site')}" if learned.sites else ""
    say(f"{counted(learned.documents, 'document')} read, {counted(learned.different, 'different text')}{sites} looked at")
    if learned.empty:
        say(f"without any text: {learned.empty}")
    if learned.failed:
        say(f"could not be read: {learned.failed}")
        for one in learned.unreadable:
            say(f"  {visible(one.id)}: {readable(one.error)}")
    if learned.known:
        say(f"left out, since rules take them already: {counted(learned.known, 'line')} that recur")
    if learned.untested:
        say(f"left out, since no tests were found for them that hold: {counted(learned.untested, 'proposal')}")
    if learned.beyond:
        say(f"left out, as those seen least, beyond {learned.rules:,} rules: {counted(learned.beyond, 'proposal')}")
    if not learned.rules:
        say(f"no rules proposed, and nothing written: {learned.reason}")
        return
    kinds = {
        "lines": f"for {counted(learned.lines, 'line')} that recur{'s' * (learned.lines == 1)}",
        "value": "for what stands after a label",
        "list": "for lists",
        "headline": "for headlines that stand there twice",
        "phrases": "for garbled phrases",
    }
    told = ", ".join(f"{learned.kinds[kind]} {what}" for kind, what in kinds.items() if kind in learned.kinds)
    say(f"{counted(learned.rules, 'rule')} proposed: {told}")
    if output != "-":
        say(f"they are in {output}: read them, then try `cleaner clean IN --rules FILE --preview --diff`")
