"""The facts of ended cycles, for many accounts in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account, Restriction
from billing_portal import text
from invoices import cycle as cycles
from invoices import plans, rating
from invoices.bill_plan import Extra, Facts, Off, Once, Usage, printed
from invoices.cycle import Span
from invoices.models import (
    AddOn,
    Cycle,
    Discount,
    OneTimeCharge,
    PlanVersion,
    Subscription,
    UsageCounter,
)
from invoices.rating import Used

DAY = timedelta(days=1)
REST = "Rental not charged: days out of service, rest"
UNRATED = "Records without a price"


class CannotBill(Exception):
    """A person has to do something before this account can be billed; the message says what."""


@dataclass(frozen=True)
class Rows:
    """What all accounts of a chunk have, by account."""

    counters: Mapping[int, list[UsageCounter]]
    add_ons: Mapping[int, list[AddOn]]
    charges: Mapping[int, list[OneTimeCharge]]
    discounts: Mapping[int, list[Discount]]
    idle_days: Mapping[int, set[date]]  # on which nothing was supplied
    suspended_now: frozenset[int]
    versions: Mapping[date, Mapping[int, PlanVersion]]


@dataclass(frozen=True)
class Ended:
    """An account whose cycle has ended, with all that decides its invoice."""

    account: Account
    subscription: Subscription
    cycle: Cycle
    rows: Rows = field(repr=False)

    @property
    def cause(self) -> str:
        return f"cycle:{self.account.ban}:{self.cycle.starts_on}"

    @cached_property
    def next_span(self) -> Span:
        span = Span(self.cycle.starts_on, self.cycle.ends_on)
        return cycles.following(span, self.subscription.anchor_day)

    @cached_property
    def next_version(self) -> PlanVersion:
        """The price list of the next cycle. Raises CannotBill."""
        plan = self.subscription.next_plan or self.subscription.plan
        version = self.rows.versions[self.next_span.starts_on].get(plan.pk)
        if version is None:
            raise CannotBill(f"{plan.name} has no prices for {text.day(self.next_span.starts_on)}")
        return version

    @property
    def next_rental(self) -> int:
        """What is charged for the next cycle in advance: nothing while the account is suspended."""
        return 0 if self.account.pk in self.rows.suspended_now else self.next_version.rental

    @cached_property
    def counters(self) -> list[UsageCounter]:
        mine = self.rows.counters.get(self.account.pk, [])
        return sorted(
            (row for row in mine if row.cycle_id == self.cycle.pk),
            key=lambda row: (row.feature.position, row.feature_id),
        )

    def facts(self, *, as_things_stand: bool = False) -> Facts:
        """Return the facts. Raises CannotBill, also for a call that has no price yet (gate "no unrated calls").

        `as_things_stand` leaves such calls out: for a look ahead, not for a bill.
        """
        if not as_things_stand:
            self._all_rated()
        version, following = self.cycle.version, self.next_version
        own, pk = Span(self.cycle.starts_on, self.cycle.ends_on), self.account.pk
        idle = frozenset(day for day in self.rows.idle_days.get(pk, ()) if day <= own.ends_on)
        suspended = [day for day in idle if day in own] if _harsh() else []
        return Facts(
            plan=version.plan.name,
            sac=version.sac,
            ended=own,
            full_days=self.cycle.full_days,
            price=version.rental,
            charged=self.cycle.rental,
            discounted=self.cycle.discounted,
            suspended=len(suspended),
            idle=idle,
            next_plan=following.plan.name,
            next_sac=following.sac,
            next_span=self.next_span,
            next_rental=self.next_rental,
            usage=[self._usage(row) for row in self.counters],
            add_ons=[_extra(row) for row in self.rows.add_ons.get(pk, ())],
            charges=[
                Once(row.pk, row.description, row.sac, row.amount) for row in self.rows.charges.get(pk, ())
            ],
            discounts=[
                Off(row.pk, row.description, row.basis_points, row.amount, row.description == REST)
                for row in self.rows.discounts.get(pk, ())
                if row.starts_on <= self.next_span.starts_on
            ],
        )

    def next_cycle(self, discounted: int) -> Cycle:
        """Return the next cycle with its rental, and what discounts took off it, to be opened."""
        span = self.next_span
        return Cycle(
            account=self.account,
            version=self.next_version,
            starts_on=span.starts_on,
            ends_on=span.ends_on,
            full_days=span.days,
            rental=self.next_rental,
            discounted=discounted,
        )

    def moved(self) -> Subscription:
        """Return the subscription as it stands after this cycle."""
        row = self.subscription
        row.plan, row.next_plan = row.next_plan or row.plan, None
        row.bill_on = self.next_span.ends_on + DAY
        row.attempts, row.error, row.next_attempt_at = 0, "", row.next_attempt_at
        return row

    def printed_usage(self) -> list[dict[str, Any]]:
        """Return each feature's usage as the invoice keeps it; the unit price in millipaise."""
        return [printed(self._usage(row)) for row in self.counters]

    def _usage(self, row: UsageCounter) -> Usage:
        free = rating.allowance(row.free_units or 0, self.cycle.days, self.cycle.full_days)  # type: ignore[attr-defined]
        price = row.unit_price or 0  # type: ignore[attr-defined]
        sac = row.price_sac or row.feature.sac  # type: ignore[attr-defined]
        return Usage(row.feature.name, row.feature.unit, sac, Used(row.units, free, price), row.late)

    def _all_rated(self) -> None:
        unrated = [f"{row.unrated} of {row.feature.name}" for row in self.counters if row.unrated]
        if unrated:
            raise CannotBill(f"{UNRATED}: {', '.join(unrated)}")


def read(accounts: Sequence[Account], *, today: date, now: datetime) -> Iterator[Ended]:
    """Give those of the accounts whose oldest open cycle has ended and is due to be billed."""
    due = Subscription.objects.to_bill(today, now)
    return _with_rows(accounts, due, Cycle.objects.open().filter(ends_on__lt=today))


def ahead(accounts: Sequence[Account]) -> Iterator[Ended]:
    """Give all accounts that have a plan with their oldest open cycle, as if it had ended."""
    subscriptions = Subscription.objects.running().select_related("plan", "next_plan")
    return _with_rows(accounts, subscriptions, Cycle.objects.open().select_related("version__plan"))


def _with_rows(
    accounts: Sequence[Account], wanted: QuerySet[Subscription], open_cycles: QuerySet[Cycle]
) -> Iterator[Ended]:
    wanted = wanted.filter(account__in=[account.pk for account in accounts])
    subscriptions = {row.account_id: row for row in wanted.prefetch_related("plan", "next_plan")}
    oldest: dict[int, Cycle] = {}
    for row in open_cycles.filter(account__in=subscriptions).prefetch_related("version__plan"):
        oldest.setdefault(row.account_id, row)
    found = [
        (account, subscriptions[account.pk], oldest[account.pk])
        for account in accounts
        if account.pk in oldest
    ]
    if not found:
        return
    shared = _rows(found)
    for account, subscription, cycle in found:
        yield Ended(account, subscription, cycle, shared)


def _rows(found: Sequence[tuple[Account, Subscription, Cycle]]) -> Rows:
    ids = [account.pk for account, _subscription, _cycle in found]
    closing = [cycle for _account, _subscription, cycle in found]
    harsh = _harsh()
    return Rows(
        counters=_by_account(
            UsageCounter.objects.filter(cycle__in=closing).prefetch_related("feature").with_prices()
        ),
        add_ons=_by_account(  # an archived account has no numbers in service: nothing of them is charged
            AddOn.objects.filter(account__in=ids).exclude(
                account__wanted_level__in=(Level.ARCHIVED, Level.DELETED)
            )
        ),
        charges=_by_account(OneTimeCharge.objects.filter(account__in=ids, document=None, cancelled_at=None)),
        discounts=_by_account(Discount.objects.filter(account__in=ids, cycles_left__gt=0)),
        idle_days=restrictions.days_at(
            ids,
            Restriction.Level(harsh[0]) if harsh else Restriction.Level.ARCHIVED,
            first=min(cycle.ends_on - (cycle.full_days - 1) * DAY for cycle in closing),
            last=max(cycle.ends_on for cycle in closing),
        ),
        suspended_now=frozenset(
            Restriction.objects.filter(account__in=ids, lifted_at=None, level__in=harsh).values_list(
                "account", flat=True
            )
        ),
        versions=_versions(found),
    )


def _harsh() -> list[str]:
    """Return the levels at which no rental is charged; none where the setting is empty."""
    if not settings.RENTAL_STOPS_AT:
        return []
    levels = list(Restriction.Level)
    return [str(level) for level in levels[levels.index(Restriction.Level(settings.RENTAL_STOPS_AT)) :]]


def _versions(found: Iterable[tuple[Account, Subscription, Cycle]]) -> dict[date, Mapping[int, PlanVersion]]:
    """Return the price lists that next cycles begin with, by their first day. One query a day."""
    wanted: dict[date, set[int]] = defaultdict(set)
    for _account, subscription, cycle in found:
        wanted[cycle.ends_on + DAY].add((subscription.next_plan or subscription.plan).pk)
    return {day: plans.versions_on(sorted(ids), day) for day, ids in wanted.items()}


def _by_account(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.account_id].append(row)
    return found


def _extra(row: AddOn) -> Extra:
    return Extra(
        row.pk,
        row.description,
        row.sac,
        row.price,
        row.quantity,
        row.starts_on,
        row.ends_on,
        row.charged_until,
    )
