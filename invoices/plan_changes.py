"""Changing the plan: to a larger one at once, by days and with an invoice of its own; to another one at cycle end.

An upgrade splits the running cycle at today: the part before keeps its prices and its share of free units and is
billed now; the part from today on, with today's usage, has the new plan's. On the cycle's first day it is whole.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection

from accounts import audit, notices
from accounts.models import Account, User
from billing_portal import clock
from billing_portal.money import Paise
from billing_portal.unit import unit
from invoices import bills, counters, plans, rating, usage_repair
from invoices.bill_plan import Usage, period, usage_line
from invoices.bills import Worth
from invoices.cycle import Span, prorated
from invoices.models import Cycle, Document, Plan, PlanVersion, Subscription, UsageCounter, UsageDay
from invoices.rating import Used

DAY = timedelta(days=1)


class NotPossible(Exception):
    """The change cannot be made now; the message says why and what to do."""


@dataclass(frozen=True)
class Upgrade:
    """What changing to a larger plan now will do: the invoice, and the cycle's parts before and from today."""

    cycle: Cycle
    version: PlanVersion
    today: date
    planned: bills.Planned
    rental: Paise  # of the part from today on
    usage: tuple[Usage, ...]  # of the part before today

    @property
    def days_left(self) -> int:
        return (self.cycle.ends_on - self.today).days + 1

    @property
    def is_whole(self) -> bool:
        """The cycle begins today: nothing lies before."""
        return self.cycle.starts_on == self.today

    @property
    def allowances(self) -> list[tuple[str, int]]:
        """The free units of the part from today on, by feature."""
        rows = self.version.prices.select_related("feature").order_by("feature__position")
        full = self.cycle.full_days
        return [
            (row.feature.name, rating.allowance(row.free_units, self.days_left, full))
            for row in rows
            if row.free_units
        ]


def plan_upgrade(account: Account, plan: Plan, *, now: datetime) -> Upgrade:
    """Return what an upgrade would do now. Decides, changes nothing. Raises NotPossible."""
    today = clock.business_date(now)
    cycle = _running(account, today)
    version = _version(plan, today)
    if plan.pk == cycle.version.plan_id:
        raise NotPossible(f"{plan.name} is the present plan.")
    if version.rental <= cycle.version.rental:
        raise NotPossible(
            f"{plan.name} is not larger than the present plan: it can begin with the next cycle."
        )
    days_left = (cycle.ends_on - today).days + 1
    before = cycle.days - days_left
    rental = prorated(version.rental, days_left, cycle.full_days)
    unused = cycle.rental - prorated(cycle.rental, before, cycle.days)
    usage = _used_before(cycle, today, before)
    rest = Span(today, cycle.ends_on)
    worths = [Worth(f"{plan.name}: rental {period(rest)}", rental, version.sac)]
    if before:
        done = Span(cycle.starts_on, today - DAY)
        lines = [usage_line(one, done) for one in usage if one.used.charge]
        worths += [Worth(line.description, line.taxable, line.sac) for line in lines]
    if unused:
        words = f"{cycle.version.plan.name}: rental not used, {days_left} of {cycle.days} days"
        worths.append(Worth(words, -unused, cycle.version.sac))
    if sum(worth.taxable for worth in worths) < 0:
        raise NotPossible(f"More has been paid for the present plan than {plan.name} costs for the rest.")
    return Upgrade(cycle, version, today, bills.plan(account, worths), rental, usage)


@unit
def upgrade(
    account_id: int, plan_id: int, *, token: str, actor: User | None, reason: str, now: datetime
) -> Document:
    """Change to a larger plan now: split the cycle, move today's usage, issue the invoice. All or nothing.

    The same token again returns the same invoice. Raises NotPossible.
    """
    account = Account.objects.lock(account_id)
    cause = f"upgrade:{token}"
    before = Document.objects.filter(cause=cause, account=account).first()
    if before:
        return before
    plan = Plan.objects.get(pk=plan_id)
    planned = plan_upgrade(account, plan, now=now)
    old = planned.cycle.version
    invoice = bills.bill(
        account,
        planned.planned,
        cause=cause,
        due_on=planned.today + timedelta(days=settings.DUE_DAYS),
        period=(planned.today, planned.cycle.ends_on),
        now=now,
    )
    _split(planned, invoice, now)
    Subscription.objects.filter(account=account).update(plan=plan, next_plan=None)
    changed = Subscription.objects.select_related("plan", "next_plan").get(account=account)
    _reprice(account, changed, changed.bill_on)
    after = {"plan": plan.code, "invoice": invoice.number}
    _tell(account, "upgrade", old.plan, plan, planned.today, actor, reason, now, after)
    return invoice


@unit
def downgrade(
    account_id: int, plan_id: int, *, actor: User | None, reason: str, now: datetime
) -> Subscription:
    """Let another plan begin with the next cycle. Repeating does nothing. Raises NotPossible."""
    account = Account.objects.lock(account_id)
    today = clock.business_date(now)
    cycle = _running(account, today)
    plan, subscription = Plan.objects.get(pk=plan_id), account.subscription
    if plan.pk == subscription.plan_id:
        raise NotPossible(f"{plan.name} is the present plan.")
    if subscription.next_plan_id == plan.pk:
        return subscription
    _version(plan, cycle.ends_on + DAY)
    subscription.next_plan = plan
    subscription.save(update_fields=["next_plan"])
    begins = cycle.ends_on + DAY
    _reprice(account, subscription, begins)
    _tell(account, "downgrade", subscription.plan, plan, begins, actor, reason, now, {"plan": plan.code})
    return subscription


@unit
def keep(account_id: int, *, actor: User | None, reason: str, now: datetime) -> Subscription:
    """Take back a change that waits for the cycle's end. Repeating does nothing."""
    account = Account.objects.lock(account_id)
    subscription = Subscription.objects.select_related("plan", "next_plan").get(account=account)
    if subscription.next_plan is None:
        return subscription
    waited, subscription.next_plan = subscription.next_plan, None
    subscription.save(update_fields=["next_plan"])
    today = clock.business_date(now)
    _reprice(account, subscription, subscription.bill_on)
    _tell(
        account,
        "keep",
        waited,
        subscription.plan,
        today,
        actor,
        reason,
        now,
        {"plan": subscription.plan.code},
    )
    return subscription


def _running(account: Account, today: date) -> Cycle:
    """Return the open cycle of today; none may wait before it. Raises NotPossible."""
    cycle = account.cycles.open().select_related("version__plan").first()
    if cycle is None:
        raise NotPossible("The account has no plan yet.")
    if cycle.ends_on < today:
        raise NotPossible(
            f"The cycle that ended on {cycle.ends_on:%d %b %Y} is being billed. Try again in a few minutes."
        )
    return cycle


def _version(plan: Plan, day: date) -> PlanVersion:
    try:
        return plans.version_on(plan, day)
    except plans.NoPrices as error:
        raise NotPossible(f"{error}.") from error


def _used_before(cycle: Cycle, today: date, days: int) -> tuple[Usage, ...]:
    """Return the cycle's usage without today's, with the free units of the days before. Raises NotPossible."""
    rows = UsageCounter.objects.filter(cycle=cycle).select_related("feature").with_prices()
    of_today = {
        row.feature_id: row.units
        for row in UsageDay.objects.filter(account=cycle.account_id, day__range=(today, cycle.ends_on))
    }
    found = []
    for row in rows.order_by("feature__position"):
        if row.unrated:
            raise NotPossible(f"{row.unrated} records of {row.feature.name} have no price yet.")
        free = rating.allowance(row.free_units or 0, days, cycle.full_days)  # type: ignore[attr-defined]
        price = row.unit_price or 0  # type: ignore[attr-defined]
        used = Used(row.units - of_today.get(row.feature_id, 0), free, price)
        found.append(Usage(row.feature.name, row.feature.unit, row.feature.sac, used, row.late))
    return tuple(found)


def _split(planned: Upgrade, invoice: Document, now: datetime) -> None:
    cycle, today = planned.cycle, planned.today
    if planned.is_whole:
        cycle.version, cycle.rental = planned.version, planned.rental
        cycle.save(update_fields=["version", "rental"])
        fresh = cycle
    else:
        ends_on = cycle.ends_on
        cycle.rental = prorated(cycle.rental, (today - cycle.starts_on).days, cycle.days)
        cycle.ends_on, cycle.closed_at, cycle.invoice = today - DAY, now, invoice
        cycle.save(update_fields=["ends_on", "closed_at", "invoice", "rental"])
        fresh = Cycle.objects.create(
            account_id=cycle.account_id,
            version=planned.version,
            starts_on=today,
            ends_on=ends_on,
            full_days=cycle.full_days,
            rental=planned.rental,
        )
    if fresh != cycle:
        _move(cycle, fresh, today)
    usage_repair.reprice(cycle.account_id, [fresh.pk])
    counters.rebuild([cycle.account_id], [cycle.pk, fresh.pk], since=today)


def _move(cycle: Cycle, fresh: Cycle, today: date) -> None:
    """Let records from today on, and the prices that staff decided for the cycle, go into its second part."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE, {"account": cycle.account_id, "from": cycle.pk, "to": fresh.pk, "day": today})
        cursor.execute(DECIDED, {"from": cycle.pk, "to": fresh.pk})


MOVE = """
    update invoices_usagerecord set cycle_id = %(to)s where account_id = %(account)s and cycle_id = %(from)s
        and started_at >= (%(day)s::timestamp at time zone 'Asia/Kolkata')
"""
DECIDED = """
    insert into invoices_cycleprice (cycle_id, feature_id, unit_price, pulse, sac, decided_at, decided_by_id)
    select %(to)s, feature_id, unit_price, pulse, sac, decided_at, decided_by_id
    from invoices_cycleprice where cycle_id = %(from)s
"""


def _reprice(account: Account, subscription: Subscription, begins: date) -> None:
    """Give a next cycle that the intake opened already the plan that now begins with it."""
    opened = account.cycles.filter(starts_on=begins, closed_at=None).first()
    if opened is None:
        return
    opened.version = plans.version_on(subscription.next_plan or subscription.plan, begins)
    opened.save(update_fields=["version"])
    usage_repair.reprice(account.pk, [opened.pk])


def _tell(
    account: Account,
    act: str,
    old: Plan,
    new: Plan,
    begins: date,
    actor: User | None,
    reason: str,
    now: datetime,
    after: dict[str, str],
) -> None:
    """Write down who changed what, and owe the customer the message."""
    event = audit.record(
        f"invoices.{act}",
        actor=actor,
        account=account,
        subject=f"subscription:{account.ban}",
        reason=reason,
        before={"plan": old.code},
        after=after,
        now=now,
    )
    notices.owe(
        account,
        "plan-changed",
        event=f"plan:{account.ban}:{event.pk}",
        context={
            "act": act,
            "old": old.name,
            "new": new.name,
            "begins": begins.isoformat(),
            "by": str(actor) if actor else "",
            "invoice": after.get("invoice", ""),
        },
        now=now,
    )
