"""What would raise or lower an account's credit limit, dated: the same rule over facts that have not happened yet."""

from collections.abc import Iterable
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
    ahead = _of_bills(limit, account.documents.unpaid()[:SHOWN], anchor, today)
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


def _of_bills(limit: Limit, bills: Iterable[Document], anchor: int, today: date) -> list[Outlook]:
    """Return what paying each bill in time, one after the other, and what paying each late would do.

    Of several of a kind that are paid today only the first steps up: one a cycle.
    """
    found, paid = [], limit
    for bill in bills:
        if bill.due_on is None:
            continue
        is_renewal = bill.cause.startswith("cycle:")
        if bill.due_on >= today:
            kind = Kind.TIMELY_RENEWAL if is_renewal else Kind.TIMELY_PAYMENT
            then = limits_rule.with_cause(paid, _cause(kind, bill, today, anchor))
            found.append(_outlook(What.PAY, paid, then, bill, bill.due_on))
            paid = then
        kind = Kind.LATE_RENEWAL if is_renewal else Kind.LATE_PAYMENT
        late = max(today, bill.due_on + DAY)
        then = limits_rule.with_cause(limit, _cause(kind, bill, late, anchor))
        found.append(_outlook(What.LATE, limit, then, bill, late))
    return found


def _cause(kind: Kind, bill: Document, paid_on: date, anchor: int) -> Cause:
    """Paying counts for the cycle that it is paid in."""
    starts_on = cycle.containing(paid_on, anchor).starts_on
    return Cause(kind, paid_on, f"bill:{bill.number}", policy.POINTS[kind], starts_on, bill.number)


def _outlook(what: What, before: Limit, then: Limit, bill: Document, on: date) -> Outlook:
    return Outlook(what, on, then.earned - before.earned, then.factor - before.factor, bill.number)


def _slides(limit: Limit, account_id: int, today: date) -> list[Outlook]:
    """Return what the window will have lost in a month if no money comes in."""
    until = cycle.anniversary(today.year, today.month + 1, today.day)
    gone = limit_facts.leaving(account_id, today=today, until=until)
    then = limits_rule.with_received(limit, max(0, limit.received - gone))
    change = then.earned - limit.earned
    return [Outlook(What.SLIDES, until, change)] if change else []
