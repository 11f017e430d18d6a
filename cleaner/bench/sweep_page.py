"""A sweep of a signal as one HTML page: the plot, what each threshold costs, and documents at the edge."""

from pathlib import Path

import markupsafe

from cleaner.bench import charts
from cleaner.records import write_text
from cleaner.report.templates import source, templates
from cleaner.sweep import Sweep, shares


def write(found: Sweep, path: Path) -> None:
    """Write the page of a sweep."""
    write_text(path, html(found))


def html(found: Sweep) -> str:
    """The page of a sweep."""
    # The SVG is made from figures and ids of rules by a library that escapes them.
    plot = markupsafe.Markup(charts.sweep(found))  # noqa: S704
    rows = [(cost, shares(cost, found)) for cost in found.costs]
    template = templates(Path(__file__).parent).get_template("sweep.html.jinja")
    return template.render(found=found, plot=plot, rows=rows, style=source("base.css"))
