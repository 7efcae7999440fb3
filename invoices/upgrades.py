"""Changing to a larger plan at once, by days and with an invoice of its own.

The running cycle is split at today: the part before keeps its prices and its share of free units and is billed now;
the part from today on, with today's usage, has the new plan's. On the cycle's first day it is whole. Of the rental
charged in advance, after discounts, what was not used comes back; days at `suspended` or beyond were not used.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection

from accounts import restrictions
from accounts.models import Account, Restriction, User
from billing_portal import clock
from billing_portal.money import Paise
from billing_portal.unit import unit
from invoices import bill_plan, bills, counters, cycle_facts, plan_changes, rating, usage_repair
from invoices.bill_plan import Usage, period, usage_line
from invoices.bills import Worth
from invoices.cycle import Span, prorated
from invoices.models import Cycle, Discount, Document, Plan, PlanVersion, Subscription, UsageCounter, UsageDay
from invoices.plan_changes import NotPossible
from invoices.rating import Used

DAY = timedelta(days=1)


class Differs(Exception):
    """The upgrade costs another amount now than was shown; nothing was done."""


@dataclass(frozen=True)
class Upgrade:
    """What changing to a larger plan now will do: the invoice, and the cycle's parts before and from today."""

    cycle: Cycle
    version: PlanVersion
    today: date
    planned: bills.Planned
    rental: Paise  # of the part from today on
    used_rental: Paise  # of the part before
    usage: tuple[Usage, ...]  # of the part before today
    carried: Paise = 0  # of days out of service, what finds no room: taken off the next invoice

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
    cycle = plan_changes.running(account, today)
    version = plan_changes.version_on(plan, today)
    _check(account, plan, version, cycle)
    rest = Span(today, cycle.ends_on)
    before = cycle.days - rest.days
    rental = prorated(version.rental, rest.days, cycle.full_days)
    suspended = _suspended(cycle, today)
    used = bill_plan.used_rental(
        price=cycle.version.rental,
        charged=cycle.rental,
        discounted=cycle.discounted,
        days=before,
        of=cycle.days,
        suspended=suspended,
        full_days=cycle.full_days,
    )
    usage = _used_before(cycle, today, before)
    worths = [Worth(f"{plan.name}: rental {period(rest)}", rental, version.sac)]
    if before:
        done = Span(cycle.starts_on, today - DAY)
        lines = [usage_line(one, done) for one in usage if one.used.charge]
        worths += [Worth(line.description, line.taxable, line.sac) for line in lines]
    worths += _correction(cycle, used, rest.days, suspended)
    carried = max(0, -sum(worth.taxable for worth in worths))
    if carried and not suspended:
        raise NotPossible(f"More has been paid for the present plan than {plan.name} costs for the rest.")
    if carried:
        worths[-1] = replace(worths[-1], taxable=worths[-1].taxable + carried)
    return Upgrade(cycle, version, today, bills.plan(account, worths, on=today), rental, used, usage, carried)


def _check(account: Account, plan: Plan, version: PlanVersion, cycle: Cycle) -> None:
    if (
        restrictions.SEVERITY[restrictions.level(account)]
        >= restrictions.SEVERITY[Restriction.Level.SUSPENDED]
    ):
        raise NotPossible("The account is suspended: its plan can be enlarged when it is back in service.")
    if plan.pk == cycle.version.plan_id:
        raise NotPossible(f"{plan.name} is the present plan.")
    if version.rental <= cycle.version.rental:
        raise NotPossible(
            f"{plan.name} is not larger than the present plan: it can begin with the next cycle."
        )


def _correction(cycle: Cycle, used: Paise, days_left: int, suspended: int) -> list[Worth]:
    """Return the line that makes the rental of the part before what it should be."""
    charged = cycle.rental - cycle.discounted
    name, sac = cycle.version.plan.name, cycle.version.sac
    if used > charged:
        return [Worth(f"{name}: rental, days in service before", used - charged, sac)]
    if used == charged:
        return []
    out = f", {suspended} out of service" if suspended else ""
    return [Worth(f"{name}: rental not used, {days_left} of {cycle.days} days{out}", used - charged, sac)]


def _suspended(cycle: Cycle, today: date) -> int:
    """Return how many days before today the account was at `suspended` or beyond."""
    if not settings.RENTAL_STOPS_AT or cycle.starts_on == today:
        return 0
    least = Restriction.Level(settings.RENTAL_STOPS_AT)
    found = restrictions.days_at([cycle.account_id], least, first=cycle.starts_on, last=today - DAY)
    return len(found.get(cycle.account_id, ()))


@unit
def upgrade(
    account_id: int,
    plan_id: int,
    *,
    token: str,
    shown: Paise | None = None,
    actor: User | None,
    reason: str,
    now: datetime,
) -> Document:
    """Change to a larger plan now: split the cycle, move today's usage, issue the invoice. All or nothing.

    The same token again returns the same invoice. `shown` is the invoice's total that somebody agreed to.
    Raises NotPossible, and Differs where it costs another amount now.
    """
    account = Account.objects.lock(account_id)
    plan = Plan.objects.get(pk=plan_id)
    cause = f"upgrade:{token}"
    before = Document.objects.filter(cause=cause, account=account).first()
    if before:
        if before.details.get("plan", plan.code) != plan.code:
            raise NotPossible("This form was used for another plan already.")
        return before
    planned = plan_upgrade(account, plan, now=now)
    if shown is not None and planned.planned.total != shown:
        raise Differs(f"shown {shown}, now {planned.planned.total}")
    old = planned.cycle.version
    invoice = bills.bill(
        account,
        planned.planned,
        cause=cause,
        due_on=planned.today + timedelta(days=settings.DUE_DAYS),
        period=(planned.today, planned.cycle.ends_on),
        details={"plan": plan.code, "usage": [bill_plan.printed(one) for one in planned.usage]},
        now=now,
    )
    _split(planned, invoice, now)
    Subscription.objects.filter(account=account).update(plan=plan, next_plan=None)
    changed = Subscription.objects.select_related("plan", "next_plan").get(account=account)
    plan_changes.reprice(account, changed, changed.bill_on)
    after = {"plan": plan.code, "invoice": invoice.number}
    plan_changes.tell(account, "upgrade", old.plan, plan, planned.today, actor, reason, now, after)
    return invoice


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
    if planned.carried:
        words = {"description": cycle_facts.REST, "amount": planned.carried, "starts_on": today}
        Discount.objects.create(account_id=cycle.account_id, **words)
    if planned.is_whole:
        cycle.version, cycle.rental, cycle.discounted = planned.version, planned.rental, 0
        cycle.save(update_fields=["version", "rental", "discounted"])
        fresh = cycle
    else:
        ends_on = cycle.ends_on
        cycle.rental, cycle.discounted = planned.used_rental, 0
        cycle.ends_on, cycle.closed_at, cycle.invoice = today - DAY, now, invoice
        cycle.save(update_fields=["ends_on", "closed_at", "invoice", "rental", "discounted"])
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
