"""An account's plan: activation with its first invoice, and the cycles that follow each other.

The caller of what is no unit holds the account's lock.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings

from accounts import audit
from accounts.models import Account, User
from billing_portal import clock
from billing_portal.money import Paise
from billing_portal.unit import unit
from invoices import bills, cycle, plans
from invoices.bill_plan import period
from invoices.bills import Worth
from invoices.cycle import Span
from invoices.models import Cycle, Document, Plan, PlanVersion, Subscription


class AlreadySubscribed(Exception):
    """The account has another plan already; change that one."""


@unit
def activate(
    account_id: int,
    plan_id: int,
    *,
    extras: Sequence[Worth] = (),
    actor: User | None,
    reason: str,
    now: datetime,
) -> Document | None:
    """Put an account on a plan from today on: opens its first cycle and bills its rental, set-up and `extras`.

    Today's day becomes the anniversary. Return the first invoice, or None where there is nothing to bill.
    Repeating returns the same. Raises AlreadySubscribed, plans.NoPrices.
    """
    account = Account.objects.lock(account_id)
    cause = f"activation:{account.ban}"
    before = Subscription.objects.filter(account=account).first()
    if before and before.plan_id == plan_id:
        return Document.objects.filter(cause=cause).first()
    if before:
        raise AlreadySubscribed(account.ban)
    today = clock.business_date(now)
    version = plans.version_on(Plan.objects.get(pk=plan_id), today)
    span = cycle.containing(today, today.day)
    Subscription.objects.create(
        account=account,
        plan_id=plan_id,
        anchor_day=today.day,
        started_on=today,
        bill_on=span.ends_on + timedelta(days=1),
        next_attempt_at=now,
    )
    opened = open_cycle(account, version, span)
    invoice = _first_invoice(account, opened, version, extras, cause, today, now)
    audit.record(
        "invoices.activate",
        actor=actor,
        account=account,
        subject=f"subscription:{account.ban}",
        reason=reason,
        after={"plan": version.plan.code, "version": version.number},
        now=now,
    )
    return invoice


def open_cycle(account: Account, version: PlanVersion, span: Span, *, rental: Paise | None = None) -> Cycle:
    """Open a whole cycle; `rental` is what is charged for it in advance (default: the version's)."""
    return Cycle.objects.create(
        account=account,
        version=version,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        full_days=span.days,
        rental=version.rental if rental is None else rental,
    )


def open_next(until: Mapping[int, date]) -> list[Cycle]:
    """Open the cycles that follow, for each account (id) up to the one that its day lies in.

    For usage that comes before the run that bills the cycle before: rental is 0 until that run charges it.
    A cycle takes the version valid on its first day, of the plan chosen for it. The caller holds the locks.
    """
    subscribed = Subscription.objects.filter(account__in=until, ended_on=None)
    last = Cycle.objects.filter(account__in=until).order_by("account_id", "-starts_on").distinct("account_id")
    ends = dict(last.values_list("account_id", "ends_on"))
    lists = _versions({pk for one in subscribed for pk in (one.plan_id, one.next_plan_id) if pk})
    rows = []
    for one in subscribed:
        chosen = [*lists.get(one.next_plan_id or 0, ()), *lists.get(one.plan_id, ())]
        while (ends_on := ends[one.account_id]) < until[one.account_id]:
            span = cycle.containing(ends_on + timedelta(days=1), one.anchor_day)
            version = next((v for v in chosen if v.valid_from <= span.starts_on), None)
            if version is None:
                break
            rows.append(_following(one, version, span))
            ends[one.account_id] = span.ends_on
    return Cycle.objects.bulk_create(rows)


def _versions(plan_ids: set[int]) -> dict[int, list[PlanVersion]]:
    """Return each plan's versions, the newest first."""
    found: dict[int, list[PlanVersion]] = {}
    for version in PlanVersion.objects.filter(plan__in=plan_ids).order_by("-valid_from", "-number"):
        found.setdefault(version.plan_id, []).append(version)
    return found


def _following(of: Subscription, version: PlanVersion, span: Span) -> Cycle:
    return Cycle(
        account_id=of.account_id,
        version=version,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        full_days=span.days,
        rental=0,
    )


def running(account: Account, on: date) -> Cycle | None:
    """Return the cycle that a day lies in, with its price list; None without a subscription."""
    cycles = account.cycles.filter(starts_on__lte=on, ends_on__gte=on).select_related("version__plan")
    return cycles.order_by("-starts_on").first()


def _first_invoice(
    account: Account,
    opened: Cycle,
    version: PlanVersion,
    extras: Sequence[Worth],
    cause: str,
    today: date,
    now: datetime,
) -> Document | None:
    worths = [rental_worth(version, opened)] if version.rental else []
    worths += [Worth("Set-up", version.set_up, version.sac)] if version.set_up else []
    worths += extras
    if not worths:
        return None
    return bills.bill(
        account,
        bills.plan(account, worths, on=today),
        cause=cause,
        due_on=today + timedelta(days=settings.DUE_DAYS),
        period=(opened.starts_on, opened.ends_on),
        now=now,
    )


def rental_worth(version: PlanVersion, span: Cycle) -> Worth:
    """Return the line of a cycle's rental in advance."""
    words = period(Span(span.starts_on, span.ends_on))
    return Worth(f"{version.plan.name}: rental {words}", span.rental, version.sac)
