"""One row a measurement: ours and the floor, min, median and max of rounds, the ratio, the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

HEAD = ("name", "ours min / median / max", "floor min / median / max", "ratio", "target", "")


@dataclass(frozen=True)
class Row:
    """Times or rates of rounds run in turn. `unit` says which; for a rate, more is better.

    `ratio` is how many times the floor's time ours takes, from the medians, unless given.
    """

    name: str
    unit: str
    ours: Sequence[float]
    floor: Sequence[float] = ()
    at_most: float | None = None  # target of the ratio
    at_least: float | None = None
    given: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        if self.given is not None:
            return self.given
        if not self.floor:
            return None
        ours, floor = median(self.ours), median(self.floor)
        return floor / ours if self.unit.endswith("/s") else ours / floor

    @property
    def falls_short(self) -> bool:
        if self.ratio is None:
            return False
        too_much = self.at_most is not None and self.ratio > self.at_most
        return too_much or (self.at_least is not None and self.ratio < self.at_least)

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return f"≥ {self.at_least:g}" if self.at_least is not None else "–"


def show(rows: Sequence[Row]) -> str:
    """Return the table as text."""
    cells = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _cells(row: Row) -> tuple[str, ...]:
    verdict = "falls short" if row.falls_short else ""
    return (
        row.name,
        _figures(row.ours, row.unit),
        _figures(row.floor, row.unit) if row.floor else "–",
        f"{row.ratio:.2f}" if row.ratio is not None else "–",
        row.target,
        "; ".join(word for word in (verdict, row.note) if word),
    )


def _figures(values: Sequence[float], unit: str) -> str:
    return f"{_short(min(values))} / {_short(median(values))} / {_short(max(values))} {unit}"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
