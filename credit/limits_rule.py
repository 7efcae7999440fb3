"""The credit limit as a pure function of dated causes: the same that decides, explains and forecasts.

Causes may come in any order; they count in the order of date, kind and key. Amounts are paise, points are
percentage points of the factor.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from billing_portal.money import Paise, share
from credit import policy
from credit.policy import Kind

ONE_A_CYCLE = "one a cycle"
STEPS = frozenset(step.kind for step in policy.STEPS)


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that happened: its business date, and the first day of the cycle it lies in."""

    kind: Kind
    on: date
    key: str
    points: int
    cycle_on: date
    about: str = ""  # the document or payment that a reader knows


@dataclass(frozen=True, slots=True)
class Step:
    """One cause, whether it counts, and the factor after it."""

    cause: Cause
    factor: int
    why_not: str = ""  # empty: it counts

    @property
    def text(self) -> str:
        return policy.TEXTS[self.cause.kind]

    @property
    def is_counted(self) -> bool:
        return not self.why_not

    @property
    def is_bounded(self) -> bool:
        """It counts, and the factor stands at a bound after it."""
        return self.is_counted and self.factor in (policy.LOWEST, policy.HIGHEST)


@dataclass(frozen=True, slots=True)
class Sibling:
    """A state while it lasts: this account of the same customer owes for too long."""

    account_id: int
    ban: str
    document: str  # its oldest unpaid bill
    points: int = policy.POINTS[Kind.SIBLING]


@dataclass(frozen=True, slots=True)
class Temporary:
    """A limit that staff set; both days included."""

    pk: int
    amount: Paise
    from_on: date
    until_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit and the sum that explains it."""

    received: Paise
    base: Paise
    factor: int  # after all steps, before the sibling rule
    steps: tuple[Step, ...] = ()
    sibling: Sibling | None = None
    temporary: Temporary | None = None

    @property
    def applied_factor(self) -> int:
        """The factor that the base is multiplied by: with the sibling rule, inside the bounds."""
        return bounded(self.factor + self.sibling.points) if self.sibling else self.factor

    @property
    def earned(self) -> Paise:
        """The limit without a temporary one: base × factor, in whole rupees."""
        return share(self.base, self.applied_factor, 100 * policy.WHOLE) * policy.WHOLE

    @property
    def amount(self) -> Paise:
        return self.temporary.amount if self.temporary else self.earned

    @property
    def effective_until(self) -> date | None:
        """The last day of a temporary limit."""
        return self.temporary.until_on if self.temporary else None


def bounded(factor: int) -> int:
    return max(policy.LOWEST, min(policy.HIGHEST, factor))


def base_of(received: Paise) -> Paise:
    """Return the base of so much money received (paise, refunds taken off), in whole rupees."""
    part = share(received, policy.BASE_PERCENT, 100 * policy.WHOLE) * policy.WHOLE
    return max(policy.FLOOR, part)


def window_start(today: date, months: int = policy.BASE_MONTHS) -> date:
    """Return the day after which money counts on a day: the same day so many months before, clamped."""
    months_ = today.year * 12 + today.month - 1 - months
    year, month = divmod(months_, 12)
    for day in range(today.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, min(today.day, 28))


def replay(causes: Iterable[Cause]) -> tuple[Step, ...]:
    """Return each step in its order with the factor after it. States and moves of the base are no steps."""
    factor, taken, steps = policy.START, set(), []
    for cause in sorted(causes, key=lambda one: (one.on, one.kind, one.key)):
        if cause.kind not in STEPS:
            continue
        once = (cause.cycle_on, cause.kind)
        if cause.points > 0 and once in taken:
            steps.append(Step(cause, factor, ONE_A_CYCLE))
            continue
        taken.add(once)
        factor = bounded(factor + cause.points)
        steps.append(Step(cause, factor))
    return tuple(steps)


def factor_of(steps: tuple[Step, ...]) -> int:
    return steps[-1].factor if steps else policy.START


def standing(limits: Iterable[Temporary], today: date) -> Temporary | None:
    """Return the temporary limit of a day: the newest of those that stand."""
    return max(
        (one for one in limits if one.from_on <= today <= one.until_on), key=lambda one: one.pk, default=None
    )


def limit_of(
    received: Paise,
    causes: Iterable[Cause],
    *,
    sibling: Sibling | None = None,
    temporary: Temporary | None = None,
) -> Limit:
    """Return the limit that these facts give."""
    steps = replay(causes)
    return Limit(received, base_of(received), factor_of(steps), steps, sibling, temporary)


def with_cause(limit: Limit, cause: Cause) -> Limit:
    """Return what a limit would be with one cause more."""
    steps = replay([*(step.cause for step in limit.steps), cause])
    return replace(limit, steps=steps, factor=factor_of(steps))


def with_received(limit: Limit, received: Paise) -> Limit:
    """Return what a limit would be with other money received in its window."""
    return replace(limit, received=received, base=base_of(received))
