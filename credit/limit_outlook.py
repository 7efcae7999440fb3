"""What would raise or lower an account's credit limit, dated: the same rule over facts that have not happened yet."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from accounts.models import Account, Restriction
from billing_portal.money import Paise
from credit import limit_facts, limits, limits_rule, policy
from credit.limits_rule import Cause, Limit
from credit.policy import Kind
from invoices import cycle
from invoices.models import Document, Subscription

DAY = timedelta(days=1)
SHOWN = 12  # unpaid bills, oldest due date first


class What(StrEnum):
    PAY = "pay"  # a bill, by its due date
    LATE = "late"  # the same bill, after it
    CROSSED = "crossed"  # any payment while a restriction for credit stands
    SLIDES = "slides"  # money leaves the window
    SIBLING = "sibling"  # the other account pays
    ENDS = "ends"  # the temporary limit does


@dataclass(frozen=True, slots=True)
class Outlook:
    """One thing that may happen: until or from `on`, it changes the limit by `change` paise; `points` of the factor."""

    what: What
    on: date
    change: Paise
    points: int = 0
    about: str = ""  # a bill's number, or the other account


@dataclass(frozen=True, slots=True)
class Explanation:
    """The limit with its sum, and what lies ahead."""

    limit: Limit
    ahead: tuple[Outlook, ...]


def explain(account: Account, *, today: date) -> Explanation:
    """Return the account's limit of today, why it is what it is, and what would change it. A constant six queries.

    The steps of paying keep the base as it is: that paying also adds money received is not counted.
    """
    limit = limits.read(account, today=today)
    anchor = Subscription.objects.filter(account=account).values_list("anchor_day", flat=True).first() or 1
    ahead = [
        one for bill in account.documents.unpaid()[:SHOWN] for one in _of_bill(limit, bill, anchor, today)
    ]
    if account.restrictions.filter(reason=Restriction.Reason.CREDIT, lifted_at=None).exists():
        ahead.append(_crossed(limit, anchor, today))
    if limit.sibling:
        free = replace(limit, sibling=None)
        ahead.append(
            Outlook(What.SIBLING, today, free.earned - limit.earned, -limit.sibling.points, limit.sibling.ban)
        )
    if limit.temporary:
        ends = limit.temporary.until_on + DAY
        ahead.append(Outlook(What.ENDS, ends, limit.earned - limit.amount))
    ahead += _slides(limit, account.pk, today)
    return Explanation(limit, tuple(ahead))


def _crossed(limit: Limit, anchor: int, today: date) -> Outlook:
    """Return what paying does now that the limit is crossed."""
    kind = Kind.LIMIT_CROSSED
    cause = Cause(kind, today, "crossed", policy.POINTS[kind], cycle.containing(today, anchor).starts_on)
    then = limits_rule.with_cause(limit, cause)
    return Outlook(What.CROSSED, today, then.earned - limit.earned, then.factor - limit.factor)


def _of_bill(limit: Limit, bill: Document, anchor: int, today: date) -> list[Outlook]:
    """Return what paying a bill in time and paying it late would do."""
    if bill.due_on is None:
        return []
    is_renewal = bill.cause.startswith("cycle:")
    found = []
    if bill.due_on >= today:
        kind = Kind.TIMELY_RENEWAL if is_renewal else Kind.TIMELY_PAYMENT
        found.append(_outlook(What.PAY, limit, kind, bill, bill.due_on, today, anchor))
    kind = Kind.LATE_RENEWAL if is_renewal else Kind.LATE_PAYMENT
    late = max(today, bill.due_on + DAY)
    return [*found, _outlook(What.LATE, limit, kind, bill, late, late, anchor)]


def _outlook(
    what: What, limit: Limit, kind: Kind, bill: Document, on: date, paid_on: date, anchor: int
) -> Outlook:
    """Return one outcome. Paying counts for the cycle that it is paid in."""
    cause = Cause(
        kind,
        paid_on,
        f"bill:{bill.number}",
        policy.POINTS[kind],
        cycle.containing(paid_on, anchor).starts_on,
        bill.number,
    )
    then = limits_rule.with_cause(limit, cause)
    return Outlook(what, on, then.earned - limit.earned, then.factor - limit.factor, bill.number)


def _slides(limit: Limit, account_id: int, today: date) -> list[Outlook]:
    """Return what the window will have lost in a month if no money comes in."""
    until = cycle.anniversary(today.year, today.month + 1, today.day)
    gone = limit_facts.leaving(account_id, today=today, until=until)
    then = limits_rule.with_received(limit, max(0, limit.received - gone))
    change = then.earned - limit.earned
    return [Outlook(What.SLIDES, until, change)] if change else []
