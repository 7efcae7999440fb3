"""The credit limit as the customer reads it: the sum, each step with its cause, the factor over time, what is ahead."""

from dataclasses import dataclass
from datetime import date

from accounts.models import Account
from billing_portal.money import Paise
from credit import limit_outlook, policy
from credit.limit_outlook import Outlook
from credit.limits_rule import Limit, Step

SHOWN = 24  # steps, newest first
WIDTH, HEIGHT, PAD = 600, 120, 6  # of the drawing


@dataclass(frozen=True)
class Trend:
    """The factor over the shown steps, in per cent: a drawing, and the values and dates that are written at it."""

    points: str  # of a polyline
    base: str  # the height of START in the drawing
    before: int  # the factor before the first shown step
    first_on: date
    last: int
    last_on: date
    top: int
    top_on: date | None  # None: it stood highest before the first shown step
    highest: int = policy.HIGHEST  # the bounds of the drawing
    lowest: int = policy.LOWEST


@dataclass(frozen=True)
class LimitPage:
    """What the screen shows; amounts in paise."""

    limit: Limit
    steps: tuple[Step, ...]  # newest first
    hidden: int  # older steps that are not shown
    raises: tuple[Outlook, ...]
    lowers: tuple[Outlook, ...]
    trend: Trend | None  # None with fewer than two steps

    @property
    def by_factor(self) -> Paise:
        """What the factor adds to the base, or takes from it."""
        return self.limit.earned - self.limit.base


def read(account: Account, *, today: date) -> LimitPage:
    """Read the page of one account in a constant number of queries."""
    told = limit_outlook.explain(account, today=today)
    steps = told.limit.steps
    return LimitPage(
        limit=told.limit,
        steps=tuple(reversed(steps[-SHOWN:])),
        hidden=max(0, len(steps) - SHOWN),
        raises=tuple(one for one in told.ahead if one.change > 0),
        lowers=tuple(one for one in told.ahead if one.change < 0),
        trend=_trend(steps),
    )


def _trend(steps: tuple[Step, ...]) -> Trend | None:
    """Return the line of the newest steps, and what is written at it; of equal highest values the latest."""
    shown = steps[-SHOWN:]
    if len(shown) < 2:
        return None
    before = steps[-SHOWN - 1].factor if len(steps) > SHOWN else policy.START
    top = max(shown, key=lambda step: (step.factor, step.cause.on))
    return Trend(
        points=_points([before, *(step.factor for step in shown)]),
        base=f"{_height(policy.START):.1f}",
        before=before,
        first_on=shown[0].cause.on,
        last=shown[-1].factor,
        last_on=shown[-1].cause.on,
        top=max(before, top.factor),
        top_on=top.cause.on if top.factor >= before else None,
    )


def _points(factors: list[int]) -> str:
    """Return the factors as points from left to right, between the bounds of the table."""
    step = (WIDTH - 2 * PAD) / (len(factors) - 1)
    return " ".join(f"{PAD + n * step:.1f},{_height(factor):.1f}" for n, factor in enumerate(factors))


def _height(factor: int) -> float:
    """Return how far below the drawing's top a factor stands."""
    return HEIGHT - PAD - (factor - policy.LOWEST) * (HEIGHT - 2 * PAD) / (policy.HIGHEST - policy.LOWEST)
