"""The command line. Heavy modules are loaded by the commands that need them, so that ``--version`` answers at once."""

from typing import Any

import click

import cleaner
from cleaner.cli import authoring, bench, clean, learn, report, rules  # noqa: F401 (authoring adds its commands to those of rules)
from cleaner.cli.options import cleaner_of, config_of, settings_options, siblings_option
from cleaner.cli.telling import reported


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(cleaner.__version__, prog_name="cleaner")
def main() -> None:
    """Clean scraped article text for NLP, and prove what was done."""


for command in (clean.clean, clean.explain, report.report, rules.rules, learn.learn, bench.bench):
    main.add_command(command)


@main.group()
def config() -> None:
    """The settings in force."""


@config.command("show")
@siblings_option
@settings_options
def show_config(**settings: Any) -> None:
    """Print the settings in force, from cleaner.toml and the options, as TOML, with the digest that they make."""
    with reported():
        chosen = config_of(settings)
        click.echo(chosen.as_toml(), nl=False)
        click.echo(f"# digest of these settings and the rules: {cleaner_of(chosen).digest}")
