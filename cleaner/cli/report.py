"""``cleaner report``."""

from pathlib import Path

import click

from cleaner.cli.telling import new_console, reported, say, write

# A page for standard output is not in memory as a whole.
_PIECE_BYTES = 1 << 20


@click.command()
@click.argument("folder", metavar="OUT", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Default: OUT/report.html; - for standard output.",
)
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
        import tempfile

        from rich.progress import track

        from cleaner import runs
        from cleaner.records.writing import PAGE_FILE
        from cleaner.report import page
        from cleaner.report.characters import counted

        account = runs.read_account(folder)
        to_stdout = str(output) == "-"
        console = new_console(stderr=True)
        results = track(
            runs.read_results(folder, account),
            "reading",
            total=account.totals.documents,
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / PAGE_FILE if to_stdout else output or folder / PAGE_FILE
            shown = page.write(path, folder.resolve().name, account, results, documents, megabytes)
            if to_stdout:
                with path.open("rb") as file:
                    while piece := file.read(_PIECE_BYTES):
                        write(piece)
        total = counted(account.totals.documents, "document")
        of_these = total if shown == account.totals.documents else f"{shown:,} of {total}"
        say(of_these if to_stdout else f"{path}: {of_these}")
