"""``cleaner report``."""

from pathlib import Path

import click

from cleaner.cli.telling import new_console, reported, say

PAGE = "report.html"
"""The name of the page, where no other is asked for: beside what it reports on."""


@click.command()
@click.argument("folder", metavar="OUT", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help=f"Default: OUT/{PAGE}.")
@click.option(
    "--documents",
    type=click.IntRange(0),
    default=10_000,
    show_default=True,
    metavar="N",
    help="How many documents the page shows at most; of more, a sample. Figures are always of all.",
)
@click.option(
    "--megabytes",
    type=click.FloatRange(0),
    default=100,
    show_default=True,
    metavar="MB",
    help="Likewise in millions of characters of their texts.",
)
def report(folder: Path, output: Path | None, documents: int, megabytes: float) -> None:
    """Make a page of what `cleaner clean IN -o OUT` did: figures, rules, quality, and every document with all changes.

    One HTML file that loads nothing from elsewhere.
    """
    with reported():
        from rich.progress import track

        from cleaner import runs
        from cleaner.report import page
        from cleaner.report.characters import counted

        account = runs.read_account(folder)
        path = output or folder / PAGE
        console = new_console(stderr=True)
        results = track(
            runs.read_results(folder, account),
            "reading",
            total=account.totals.documents,
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        shown = page.write(path, folder.resolve().name, account, results, documents, megabytes)
        total = counted(account.totals.documents, "document")
        say(f"{path}: {total if shown == account.totals.documents else f'{shown:,} of {total}'}")
