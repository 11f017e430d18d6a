"""Tables for the terminal, all in one style."""

from collections.abc import Sequence

from rich.table import Table


def plain_table(*headings: str, numbers: Sequence[str] = (), title: str | None = None) -> Table:
    """An empty table without lines: the columns with these `headings`, and behind them those with `numbers`, to the right."""
    table = Table(*headings, title=title, box=None, header_style="bold", pad_edge=False, title_justify="left", title_style="")
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table
