"""The options that commands share, and what is made of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cleaner.cli.telling import patient

if TYPE_CHECKING:
    from cleaner.config import Config
    from cleaner.pipeline import Cleaner
    from cleaner.records import ReadOptions
    from cleaner.rules import Ruleset

Made = TypeVar("Made")

SETTINGS_FILE = "cleaner.toml"
"""Where the command line looks for settings, in the folder where it is called."""

# A switch that a call does not name is None, so that the settings file decides.
_RULE_OPTIONS = (
    click.option("--rules", multiple=True, metavar="PATH", help="Rules to add: a folder or a file. May be repeated."),
    click.option("--shipped-rules/--no-shipped-rules", default=None, help="Whether to use the rules of the package; on."),
)
_OTHER_SETTINGS = (
    click.option("--off", multiple=True, metavar="ID", help="Turn a rule off; * stands for any text. May be repeated."),
    click.option("--keep", multiple=True, metavar="REGEX", help="Never drop a line in which this is found. May be repeated."),
    click.option("--preview/--no-preview", default=None, help="Let rules act that are still on trial."),
    click.option(
        "--extractor",
        type=click.Choice(["model", "trafilatura"]),
        help=f"Who chooses the main content of HTML; the chrome model unless {SETTINGS_FILE} says otherwise.",
    ),
    click.option(
        "--headline/--no-headline", default=None, help="Keep the headline: of HTML pages, and of texts with the profile strict."
    ),
    click.option("--deep/--no-deep", default=None, help="Flag words out of place, too, by a neural model (extra: deep)."),
    click.option("--metadata/--no-metadata", default=None, help="Record title, author, date, language and site of HTML pages."),
    click.option("--markdown/--no-markdown", default=None, help="Write what is left of HTML pages as Markdown too."),
    click.option(
        "--quality",
        multiple=True,
        metavar="NAME",
        help="Hold documents to quality rules: gopher, c4, fineweb … Repeatable.",
    ),
    click.option("--signals/--no-signals", default=None, help="Record all quality signals, before and after cleaning."),
)


def rule_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of commands that look at rules and clean nothing."""
    return _with_options(function, _RULE_OPTIONS)


def settings_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every cleaning command shares."""
    profile = click.option(
        "--profile", metavar="P", help=f"careful, balanced or strict; balanced unless {SETTINGS_FILE} says otherwise."
    )
    return _with_options(function, (profile, *_RULE_OPTIONS, *_OTHER_SETTINGS))


def _with_options(function: Callable[..., Any], options: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
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
    options = (
        click.option(
            "--text-field", metavar="F", help="Field of JSON lines, CSV and Parquet that holds the text; else the likeliest."
        ),
        click.option(
            "--html-field", metavar="F", help="Field of JSON lines, CSV and Parquet that holds HTML; else the likeliest."
        ),
        click.option("--id-field", metavar="F", help="Field that holds the document's id."),
        click.option("--url-field", metavar="F", help="Field that holds the URL it came from."),
        click.option(
            "--stdin",
            type=click.Choice(["text", "html", "jsonl", "csv", "warc"]),
            help="What standard input holds; unless said, text, or HTML where it begins as a page does.",
        ),
    )
    return _with_options(function, options)


def read_options(options: dict[str, Any]) -> "ReadOptions":
    """The options of `reading_options`, taken out of all options."""
    from cleaner.records import ReadOptions

    fields = {name: options.pop(f"{name}_field") for name in ("text", "html", "id", "url")}
    return ReadOptions(**fields, standard_input=options.pop("stdin") or "unknown")


def config_of(options: dict[str, Any]) -> "Config":
    from cleaner.config import Config

    return Config.load(Path(SETTINGS_FILE)).with_options(options)


def cleaner_of(chosen: "Config") -> "Cleaner":
    """The cleaner with these settings; who waits for it at a terminal is told why.

    The rules for all languages are analysed and compiled once for each machine and version, which takes a few seconds; then
    less than one.
    """
    with patient("making the rules ready, which takes some seconds, but only once"):
        return _made(chosen, lambda config: config.cleaner())


def ruleset_of(chosen: "Config") -> "Ruleset":
    from cleaner.rules import Ruleset

    return _made(chosen, lambda config: Ruleset.load(config.rule_paths))


def _made(chosen: "Config", make: "Callable[[Config], Made]") -> Made:
    """What these settings make; where they are wrong already without the options of the call, the file is named."""
    try:
        return make(chosen)
    except ValueError as error:
        if Path(SETTINGS_FILE).exists() and str(error) == _mistake(config_of({}), make):
            raise ValueError(f"{error}\n  hint: {SETTINGS_FILE} says so") from error
        raise


def _mistake(chosen: "Config", make: "Callable[[Config], Made]") -> str:
    try:
        make(chosen)
    except ValueError as error:
        return str(error)
    return ""
