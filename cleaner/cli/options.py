"""The options that commands share, and what is made of them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaner.cli.telling import patient

if TYPE_CHECKING:
    from cleaner.config import Config
    from cleaner.pipeline import Cleaner
    from cleaner.records import ReadOptions
    from cleaner.rules import Ruleset


def settings_options(function: Callable[..., Any]) -> Callable[..., Any]:
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
        click.option("--headline", is_flag=True, help="Keep the headline of HTML pages, whatever the extractor says of it."),
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


siblings_option = click.option(
    "--siblings/--no-siblings",
    default=None,
    help="Compare versions of one text among the inputs; on for files and folders of 2 to 200 documents.",
)


def reading_options(function: Callable[..., Any]) -> Callable[..., Any]:
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
            help="What standard input holds; unless said, text, or HTML where it begins as a page does.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def read_options(options: dict[str, Any]) -> "ReadOptions":
    """The options of `reading_options`, taken out of all options."""
    from cleaner.records import ReadOptions

    fields = {name: options.pop(f"{name}_field") for name in ("text", "html", "id", "url")}
    return ReadOptions(**fields, standard_input=options.pop("stdin") or "unknown")


def config_of(options: dict[str, Any]) -> "Config":
    from cleaner.config import Config

    return Config.load(Path("cleaner.toml")).with_options(**options)


def cleaner_of(chosen: "Config") -> "Cleaner":
    """The cleaner with these settings; who waits for it at a terminal is told why.

    The rules for all languages are analysed and compiled once for each machine and version, which takes a few seconds; then
    less than one.
    """
    with patient("making the rules ready, which takes some seconds, but only once"):
        return chosen.cleaner()


def ruleset_of(chosen: "Config") -> "Ruleset":
    from cleaner.rules import Ruleset

    return Ruleset.load(chosen.rule_paths)
