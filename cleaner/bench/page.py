"""A run of the benchmark as one HTML page that holds everything it shows."""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import markupsafe
import msgspec

from cleaner.bench import charts, table
from cleaner.bench.results import Labelled, Row, RunResult, SystemResult, TaskResult
from cleaner.records import write_text
from cleaner.report.templates import source, templates

# A line counts as wanted where at least half of its word pairs stand in the label: lines are joined and cut differently.
SAME_PAIRS = 0.5

_WORD = re.compile(r"\w+")


class _Line(msgspec.Struct, frozen=True):
    text: str
    known: bool
    """Whether the other side has it too."""


class _Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A document as the page shows it."""

    row: Row
    document: Labelled
    output: Sequence[_Line]
    lost: Sequence[str]
    """Lines of the label that did not come out."""


def write(result: RunResult, path: Path) -> None:
    """Write the page of a run."""
    write_text(path, html(result))


def html(result: RunResult) -> str:
    """The page of a run."""
    environment = templates(Path(__file__).parent)
    environment.filters["shown"] = lambda value, name: table.shown(name, value)
    tasks = [_task(task) for task in result.tasks]
    template = environment.get_template("page.html.jinja")
    return template.render(result=result, tasks=tasks, lower=table.lower_is_better, style=source("base.css"))


def _task(task: TaskResult) -> dict[str, Any]:
    systems = table.ranked(task)
    focus = next((one for one in systems if one.name == task.focus), None)
    return {
        "task": task,
        "systems": systems,
        "missing": [one for one in task.systems if one.missing],
        # The SVG is made from names of systems and figures by a library that escapes them.
        "bars": markupsafe.Markup(charts.bars(task)) if systems else "",  # noqa: S704
        "scatter": markupsafe.Markup(charts.scatter(task)) if systems else "",  # noqa: S704
        "groupings": [
            _grouping(task, systems, name) for name, groups in (systems[0].groups if systems else {}).items() if len(groups) > 1
        ],
        "documents": _documents(task, focus) if focus else [],
        "shown": _shown(task, focus) if focus else [],
    }


def _grouping(task: TaskResult, systems: Sequence[SystemResult], name: str) -> dict[str, Any]:
    groups = list(systems[0].groups[name])
    counts = [round(systems[0].groups[name][group]["documents"]) for group in groups]
    rows = [(one.name, [one.groups[name][group].get(task.main) for group in groups]) for one in systems]
    best = [max((cells[at] for _, cells in rows), key=lambda cell: -1.0 if cell is None else cell) for at in range(len(groups))]
    return {"name": name, "groups": list(zip(groups, counts, strict=True)), "rows": rows, "best": best}


def _documents(task: TaskResult, focus: SystemResult) -> list[tuple[Row, Labelled]]:
    """Every document with its scores, the worst first."""
    pairs = zip(focus.rows, task.documents, strict=True)
    return sorted(pairs, key=lambda pair: (pair[0].scores[task.main], pair[0].id))


def _shown(task: TaskResult, focus: SystemResult) -> list[_Shown]:
    shown = []
    for row, document in _documents(task, focus):
        if row.output is None or document.wanted is None:
            continue
        lost = [line.text for line in _compared(document.wanted, row.output) if not line.known]
        shown.append(_Shown(row=row, document=document, output=_compared(row.output, document.wanted), lost=lost))
    return shown


def _compared(text: str, other: str) -> list[_Line]:
    """The lines of `text`, and of each whether `other` has it too."""
    words = _WORD.findall(other.lower())
    pairs = {*itertools.pairwise(words)}
    single = {*words}
    return [_Line(line, _known(line, pairs, single)) for line in text.splitlines() if line.strip()]


def _known(line: str, pairs: set[tuple[str, str]], single: set[str]) -> bool:
    words = _WORD.findall(line.lower())
    if len(words) < 2:
        return not words or words[0] in single
    own = list(itertools.pairwise(words))
    return sum(pair in pairs for pair in own) >= SAME_PAIRS * len(own)
