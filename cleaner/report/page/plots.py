"""Histograms as what an SVG is made of: places in a drawing of `WIDTH` by `HEIGHT`, its origin at the top left."""

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from cleaner.report.account import LimitInForce
from cleaner.report.figures import Axis, Bin, Distribution

WIDTH, HEIGHT = 400, 90
_TICKS = 5
# Labels of ticks need so much room.
_TICK_WIDTH = 45


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    """The drawing of a distribution."""

    bars: Sequence[Bar]
    outline: str
    """Corners of the line of the texts as they came; empty where nothing is known of them."""
    ticks: Sequence[tuple[float, str]]
    limits: Sequence[tuple[float | None, str]]
    """Where limits stand, None for one beyond the drawing, and what there is to say of them."""
    told: str
    """The same in words."""


def histogram(distribution: Distribution, limits: Mapping[LimitInForce, int] | None = None) -> Histogram:
    """Draw the values of a signal, and the `limits` that rules set to it, each with the number of documents outside."""
    limits = limits or {}
    axis = distribution.axis(bound for limit in limits for bound in (limit.min, limit.max) if bound is not None)
    bins = distribution.bins(axis)
    highest = max(1, *(max(one.kept + one.rejected, one.before) for one in bins))
    width = WIDTH / len(bins)
    bars = []
    for at, one in enumerate(bins):
        bottom = float(HEIGHT)
        for kind, number in (("kept", one.kept), ("rejected", one.rejected)):
            height = number / highest * HEIGHT
            bottom -= height
            if number:
                title = f"{number:,} {kind}: {one.low:.3g} to {one.high:.3g}"
                bar = Bar(x=at * width, y=bottom, width=max(width - 1, 0.5), height=height, kind=kind, title=title)
                bars.append(bar)
    return Histogram(
        bars=bars,
        outline=_outline(bins, highest) if any(one.before for one in bins) else "",
        ticks=list(_ticks(axis)),
        limits=[_limit(limit, number, axis) for limit, number in limits.items()],
        told=_told(distribution),
    )


def _outline(bins: Sequence[Bin], highest: int) -> str:
    width = WIDTH / len(bins)
    corners = []
    for at, one in enumerate(bins):
        y = HEIGHT - one.before / highest * HEIGHT
        corners += [f"{at * width:.1f},{y:.1f}", f"{(at + 1) * width:.1f},{y:.1f}"]
    return " ".join(corners)


def _limit(limit: LimitInForce, outside: int, axis: Axis) -> tuple[float | None, str]:
    bounds = [(kind, bound) for kind, bound in (("at least", limit.min), ("at most", limit.max)) if bound is not None]
    words = " and ".join(f"{kind} {bound:g}" for kind, bound in bounds)
    inside = [place for _, bound in bounds if 0 <= (place := axis.place(bound)) <= 1]
    told = f"{words} ({limit.rule}): {outside:,} outside"
    return (WIDTH * inside[0], told) if inside else (None, f"{told}; beyond the plot")


def _ticks(axis: Axis) -> Iterator[tuple[float, str]]:
    """Round values, so far apart that their labels do not touch."""
    last = -math.inf
    for value in _round_values(axis):
        x = WIDTH * axis.place(value)
        if -1 <= x <= WIDTH + 1 and x - last >= _TICK_WIDTH:
            last = x
            yield x, f"{value:,.6g}"


def _round_values(axis: Axis) -> Iterator[float]:
    if axis.logarithmic:
        yield 0.0
        for power in range(math.floor(math.log10(max(axis.high, 1))) + 1):
            yield from (10.0**power, 2 * 10.0**power, 5 * 10.0**power)
        return
    step = _round_up((axis.high - axis.low) / _TICKS)
    first = math.ceil(axis.low / step - 1e-9)
    for multiple in range(first, first + 2 * _TICKS + 2):
        yield multiple * step


def _round_up(step: float) -> float:
    """The next of 1, 2, 5, 10 and so on."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * (1 - 1e-9))


def _told(distribution: Distribution) -> str:
    number = distribution.kept.total() + distribution.rejected.total()
    low, middle, high = distribution.quantiles((0.05, 0.5, 0.95))
    return f"{number:,} documents: 5% up to {low:.3g}, half up to {middle:.3g}, 95% up to {high:.3g}"
