"""The plots of a run, and of a sweep, as SVG: static, so that the page needs no script and prints as it looks."""

import math
from typing import Any

import altair as alt
import vl_convert

from cleaner.bench.results import SystemResult, TaskResult
from cleaner.bench.systems import is_ours
from cleaner.bench.table import ranked
from cleaner.sweep import Sweep

WIDTH = 560
BAR_HEIGHT = 18
SCATTER_HEIGHT = 320
LABEL_WIDTH = 110
LABEL_HEIGHT = 12
OURS = "this toolkit"
OTHERS = "others"
_COLOURS = alt.Scale(domain=[OURS, OTHERS], range=["#0b6e4f", "#9aa5b1"])

_SIDES = alt.Scale(domain=["below", "above"], range=["#0b6e4f", "#b54708"])


def bars(task: TaskResult) -> str:
    """The main score of every system, with its 95% interval."""
    systems = ranked(task)
    values = [{**_point(task, one), "low": one.interval[0], "high": one.interval[1]} for one in systems]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y("system:N", sort=None, title=None, axis=alt.Axis(labelLimit=320))
    )
    bar = base.mark_bar().encode(x=alt.X("score:Q", title=task.main, scale=alt.Scale(domain=[0, 1])), color=_colour())
    interval = base.mark_rule(color="#1f2933", strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
    label = base.mark_text(align="left", dx=4, fontSize=10).encode(x="high:Q", text=alt.Text("score:Q", format=".3f"))
    return _svg((bar + interval + label).properties(width=WIDTH, height=BAR_HEIGHT * max(len(systems), 1)))


def scatter(task: TaskResult) -> str:
    """Quality against speed: the best stand at the top left."""
    values = [{**_point(task, one), "ms": max(one.milliseconds, 1e-3)} for one in ranked(task)]
    _place_labels(values)
    scores = alt.Scale(zero=False, padding=20)
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X(
            "ms:Q", title="CPU milliseconds for a document (logarithmic)", scale=alt.Scale(type="log", nice=False, padding=60)
        ),
        color=_colour(),
    )
    point = base.mark_circle(size=80, opacity=1).encode(y=alt.Y("score:Q", title=task.main, scale=scores))
    label = base.mark_text(align="left", dx=7, dy=1, fontSize=10).encode(y=alt.Y("label:Q", scale=scores), text="system:N")
    return _svg((point + label).properties(width=WIDTH, height=SCATTER_HEIGHT))


def sweep(found: Sweep) -> str:
    """The share of the documents, and of their characters, that each threshold would cost as a least or a greatest value."""
    totals = {"documents": found.documents, "characters": max(found.characters, 1)}
    values = [
        {"threshold": cost.threshold, "lost": getattr(cost, f"{what}_{side}") / total, "side": side, "of": what}
        for cost in found.curve
        for what, total in totals.items()
        for side in ("below", "above")
    ]
    limits = [{"threshold": cost.threshold, "rules": ", ".join(cost.rules)} for cost in found.costs if cost.rules]
    x = alt.X("threshold:Q", title=found.signal)
    y = alt.Y("lost:Q", title="share lost", axis=alt.Axis(format="%"))
    line = (
        alt.Chart(alt.InlineData(values=values))
        .mark_line(interpolate="step-after")
        .encode(
            x=x,
            y=y,
            color=alt.Color("side:N", scale=_SIDES, legend=alt.Legend(title=None, orient="top")),
            strokeDash=alt.StrokeDash("of:N", legend=alt.Legend(title=None, orient="top")),
        )
    )
    base = alt.Chart(alt.InlineData(values=limits))
    limit = base.mark_rule(color="#b42318").encode(x=x)
    label = base.mark_text(align="left", dx=4, dy=8, fontSize=10).encode(x=x, y=alt.value(0), text="rules:N")
    return _svg((line + limit + label).properties(width=WIDTH, height=SCATTER_HEIGHT))


def _place_labels(values: list[dict[str, Any]]) -> None:
    """Give each point, the best first, a height for its label at which it covers no earlier one."""
    if not values:
        return
    times = [math.log(value["ms"]) for value in values]
    scores = [value["score"] for value in values]
    wide = (max(times) - min(times) or 1.0) * LABEL_WIDTH / WIDTH
    high = (max(scores) - min(scores) or 1.0) * LABEL_HEIGHT / SCATTER_HEIGHT
    placed: list[tuple[float, float]] = []
    for value, time in zip(values, times, strict=True):
        label = value["score"]
        while any(abs(time - x) < wide and abs(label - y) < 0.99 * high for x, y in placed):
            label -= high
        placed.append((time, label))
        value["label"] = label


def _point(task: TaskResult, system: SystemResult) -> dict[str, Any]:
    by = OURS if is_ours(system.name) else OTHERS
    return {"system": system.name, "score": system.scores.get(task.main, 0.0), "by": by}


def _colour() -> alt.Color:
    return alt.Color("by:N", scale=_COLOURS, legend=alt.Legend(title=None, orient="top"))


def _svg(chart: alt.LayerChart) -> str:
    styled = chart.configure_view(stroke=None).configure_axis(grid=True, gridColor="#e4e7eb", domain=False, ticks=False)
    svg: str = vl_convert.vegalite_to_svg(styled.to_dict(), vl_version=alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0])
    return svg
