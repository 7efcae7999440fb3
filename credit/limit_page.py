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
class LimitPage:
    """What the screen shows; amounts in paise."""

    limit: Limit
    steps: tuple[Step, ...]  # newest first
    hidden: int  # older steps that are not shown
    raises: tuple[Outlook, ...]
    lowers: tuple[Outlook, ...]
    line: str  # the factor over the steps, as points of a polyline; empty with fewer than two

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
        line=_line([policy.START, *(step.factor for step in steps[-SHOWN:])]),
    )


def _line(factors: list[int]) -> str:
    """Return the factors as points from left to right, between the bounds of the table."""
    if len(factors) < 3:
        return ""
    step = (WIDTH - 2 * PAD) / (len(factors) - 1)
    span = policy.HIGHEST - policy.LOWEST
    rises = ((factor - policy.LOWEST) * (HEIGHT - 2 * PAD) / span for factor in factors)
    return " ".join(f"{PAD + n * step:.1f},{HEIGHT - PAD - rise:.1f}" for n, rise in enumerate(rises))
