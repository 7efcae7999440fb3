"""Geometry of charts that the server draws: numbers in, places on a canvas out. Pure.

Bars are stacked in the order of their series; the vertical scale ends at a round number. Every place and size is
a percentage of the drawing, so that the page may make it as wide as it likes and its letters stay as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from billing_portal.money import grouped

WIDTH = HEIGHT = 100  # per cent
BOTTOM, TOP = 11, 4  # room for the days, and above the highest bar
SHORT = 5  # letters of the scale that fit into its usual room
STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Bar:
    """A piece of a bar: its place, its series (1, 2, 3 …) and what it says."""

    x: float
    y: float
    width: float
    height: float
    series: int
    label: str


@dataclass(frozen=True)
class Tick:
    """A mark of an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Chart:
    """A stacked bar chart, ready to be drawn."""

    bars: tuple[Bar, ...]
    rows: tuple[Tick, ...]
    days: tuple[Tick, ...]

    @property
    def is_far(self) -> bool:
        """The scale's numbers are long: they need more room."""
        return any(len(tick.label) > SHORT for tick in self.rows)


def by_day(days: Sequence[date], series: Sequence[Mapping[date, int]], names: Sequence[str]) -> Chart:
    """Return the chart of several series over days; a day without a value is nothing."""
    tops = [sum(one.get(day, 0) for one in series) for day in days]
    most = round_up(max(tops, default=0))
    step = WIDTH / max(1, len(days))
    room = HEIGHT - BOTTOM - TOP
    bars = []
    for place, day in enumerate(days):
        y = float(HEIGHT - BOTTOM)
        for number, one in enumerate(series, start=1):
            value = one.get(day, 0)
            if value:
                height = room * value / most
                y -= height
                label = f"{day.day} {day:%b}: {names[number - 1]} {grouped(value)}"
                x = place * step + step * 0.15
                bars.append(
                    Bar(round(x, 2), round(y, 2), round(step * 0.7, 2), round(height, 2), number, label)
                )
    return Chart(tuple(bars), _scale(most, room), _days(days, step))


def round_up(most: int) -> int:
    """Return the round number (1, 2 or 5 and zeros) at or above a value; at least 1."""
    size = 1
    while True:
        for step in STEPS:
            if step * size >= most:
                return step * size
        size *= 10


def _scale(most: int, room: int) -> tuple[Tick, ...]:
    marks = (0, most) if most < 2 else (0, most // 2, most)
    return tuple(Tick(round(HEIGHT - BOTTOM - room * mark / most, 2), grouped(mark)) for mark in marks)


def _days(days: Sequence[date], step: float) -> tuple[Tick, ...]:
    """Mark every day, or every so many that seven labels stand at most."""
    each = max(1, -(-len(days) // 7))
    return tuple(
        Tick(round((place + 0.5) * step, 2), f"{day.day} {day:%b}")
        for place, day in enumerate(days)
        if place % each == 0
    )
