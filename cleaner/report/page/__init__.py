"""A run as one HTML page that holds all that it shows: figures, rules, quality, and each document with what was done to it.

Nothing in it is loaded from elsewhere, and nothing that came with a document is ever code: texts travel compressed, the
script puts them into the page as text, and a policy in the page forbids all other scripts and styles, and all connections.
"""

import base64
import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import markupsafe

import cleaner
from cleaner.pipeline import Result
from cleaner.records import whole_file
from cleaner.report.account import Account
from cleaner.report.characters import visible
from cleaner.report.figures import Distribution, Figures, in_order
from cleaner.report.marks import marks
from cleaner.report.page.documents import Documents, Sample
from cleaner.report.page.plots import HEIGHT, WIDTH, Histogram, histogram
from cleaner.report.templates import source, templates
from cleaner.signals import DEFINITIONS, FROM_CLEANING

STYLES = ("base.css", "report.css")
SCRIPTS = ("data.js", "drawing.js", "viewer.js")
SHORT_FROM = 10_000_000
"""Numbers from here on are told in millions."""
FAMILIES = ("boilerplate", "encoding", "garbled", "quality")
"""Families of rules with a colour of their own."""
# Stands where the documents go, which are too many to pass through a template. Data cannot hold it: "<" is escaped.
_HERE = "<!-- documents -->"


def write(
    path: Path,
    name: str,
    account: Account,
    results: Iterable[Result],
    most_documents: int,
    most_megabytes: float,
) -> int:
    """Write the page of a run to `path`, and return how many documents it shows.

    Args:
        path: the file, which appears when it is whole.
        name: what the page calls the run.
        account: what the run says of itself.
        results: of the run, one after another; figures are of all of them.
        most_documents: how many of them the page shows; of more, a sample.
        most_megabytes: likewise in millions of characters of their originals.

    Memory holds the list of the documents that are shown, and one block of their texts. Raises `OSError` where the page cannot
    be written, and what `results` raises.
    """
    most_characters = int(most_megabytes * 1e6)
    sample = Sample(account.totals.documents, account.totals.characters_in, most_documents, most_characters)
    figures = Figures(account)
    with tempfile.TemporaryFile() as blocks:
        documents = Documents(blocks)
        for result in results:
            told = marks(result)
            if sample.takes(result):
                documents.add(figures.documents, result, told)
            figures.add(result, told)
        documents.finish()
        before, after = _frame(name, account, figures, documents).split(_HERE)
        blocks.seek(0)
        with whole_file(path) as file:
            file.write(before.encode())
            shutil.copyfileobj(blocks, file)
            file.write(after.encode())
    return len(documents.numbers)


def _frame(name: str, account: Account, figures: Figures, documents: Documents) -> str:
    """The page without its documents."""
    environment = templates()
    environment.filters["visible"] = visible
    environment.filters["short"] = lambda number: f"{number:,}" if number < SHORT_FROM else f"{number / 1e6:,.1f} M"
    environment.tests["plain"] = lambda rule: visible(rule) == rule
    environment.filters["colour"] = lambda family: family if family in FAMILIES else "own"
    style, script = (_joined(names) for names in (STYLES, SCRIPTS))
    limited = list(dict.fromkeys(limit.signal for limit in account.limits))
    totals = account.totals
    return environment.get_template("report.html.jinja").render(
        name=name,
        version=cleaner.__version__,
        account=account,
        totals=totals,
        figures=figures,
        rules=figures.by_hits(),
        families=figures.families(),
        outcomes=_outcomes(account),
        languages=sorted(totals.languages.items(), key=lambda item: (-item[1], item[0])),
        rejected_by=sorted(totals.rejected_by.items(), key=lambda item: (-item[1], item[0])),
        removed=_plot(figures.removed),
        signals=[_signal(signal, found, figures, account) for signal, found in in_order(figures.signals, limited)],
        limited=limited,
        shown=documents.numbers,
        here=markupsafe.Markup(_HERE),  # noqa: S704
        width=WIDTH,
        height=HEIGHT,
        style=style,
        script=script,
        policy=_policy(style, script),
    )


def _joined(names: Iterable[str]) -> markupsafe.Markup:
    return markupsafe.Markup("\n").join(map(source, names))


def _outcomes(account: Account) -> list[tuple[str, int]]:
    """How many documents came to what; they add up to all."""
    totals = account.totals
    changed = min(totals.changed, totals.documents - totals.failed)
    return [("changed", changed), ("unchanged", totals.documents - totals.failed - changed), ("failed", totals.failed)]


def _plot(distribution: Distribution) -> Histogram | None:
    return histogram(distribution) if distribution.kept or distribution.rejected else None


def _signal(name: str, found: Distribution, figures: Figures, account: Account) -> dict[str, Any]:
    limits = {limit: figures.outside[limit] for limit in account.limits if limit.signal == name}
    definition = {**DEFINITIONS, **FROM_CLEANING}.get(name, "")
    return {"name": name, "definition": definition, "plot": histogram(found, limits)}


def _policy(style: str, script: str) -> str:
    """The Content-Security-Policy of the page: it may use its own style and script, told by their digests, and nothing else."""
    own = f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
