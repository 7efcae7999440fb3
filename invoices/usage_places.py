"""Where a usage record belongs: the account's cycle of the day it started, or the open one when that is closed.

Read for a whole batch in a constant number of queries, with the accounts locked in ascending order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.models import Account
from invoices import cycle, plans
from invoices.cycle import Span
from invoices.models import Cycle, PlanPrice, Subscription
from invoices.usage_checks import Bad

DEFAULT_PULSE = 60  # seconds, for a call whose price is not known yet


@dataclass(frozen=True, slots=True)
class Place:
    """The cycle that a record counts in, and whether it came after its own was closed."""

    account_id: int
    cycle_id: int
    version_id: int
    is_late: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """What a unit costs in a version, in millipaise, and the seconds of a call that one is."""

    unit_price: int | None
    pulse: int


UNKNOWN = Rate(None, DEFAULT_PULSE)


class Places:
    """The cycles and prices of the accounts of one batch. Cycles that must exist for a day are opened."""

    def __init__(self, bans: Iterable[str], days: set[date]) -> None:
        accounts = Account.objects.filter(ban__in=set(bans)).order_by("pk").select_for_update(no_key=True)
        self.accounts = {account.ban: account.pk for account in accounts.only("pk", "ban")}
        ids = list(self.accounts.values())
        rows = Subscription.objects.filter(account__in=ids).select_related("plan", "next_plan")
        self.subscriptions = {row.account_id: row for row in rows}
        self.cycles: dict[int, list[Cycle]] = {}
        first = min(days, default=date.max)
        cycles = Cycle.objects.filter(account__in=ids, ends_on__gte=first) | Cycle.objects.filter(
            account__in=ids, closed_at=None
        )
        for row in cycles.order_by("account_id", "starts_on"):
            self.cycles.setdefault(row.account_id, []).append(row)
        self.rates = self._rates({row.version_id for rows in self.cycles.values() for row in rows})
        self.known: dict[tuple[str, date], Place | Bad] = {}

    def of(self, ban: str, day: date) -> Place:
        """Return where a record of that account and Indian day belongs. Raises Bad."""
        found = self.known.get((ban, day))
        if found is None:
            try:
                found = self._find(ban, day)
            except Bad as bad:
                found = bad
            self.known[ban, day] = found
        if isinstance(found, Bad):
            raise found
        return found

    def rate(self, version_id: int, feature: str) -> Rate:
        return self.rates.get((version_id, feature), UNKNOWN)

    def _find(self, ban: str, day: date) -> Place:
        account_id = self.accounts.get(ban)
        if account_id is None:
            raise Bad("account", "no such account")
        subscription = self.subscriptions.get(account_id)
        if subscription is None or (subscription.ended_on and day > subscription.ended_on):
            raise Bad("account", "the account has no plan on that day")
        if day < subscription.started_on:
            raise Bad("started_at", "lies before the account's plan began")
        cycles = self.cycles.get(account_id, [])
        while cycles and cycles[-1].ends_on < day:
            cycles.append(self._open(subscription, cycles[-1]))
        own = next((one for one in cycles if one.starts_on <= day <= one.ends_on), None)
        if own and own.closed_at is None:
            return Place(account_id, own.pk, own.version_id, is_late=False)
        opened = next((one for one in cycles if one.closed_at is None), None)
        if opened is None:
            raise Bad("account", "the account has no open cycle")
        return Place(account_id, opened.pk, opened.version_id, is_late=True)

    def _open(self, subscription: Subscription, last: Cycle) -> Cycle:
        opened = open_following(subscription, last)
        self.rates.update(self._rates({opened.version_id}))
        return opened

    @staticmethod
    def _rates(versions: set[int]) -> dict[tuple[int, str], Rate]:
        rows = PlanPrice.objects.filter(version__in=versions)
        return {(row.version_id, row.feature_id): Rate(row.unit_price, row.pulse) for row in rows}


def open_following(subscription: Subscription, last: Cycle) -> Cycle:
    """Open the cycle after `last`, priced by the plan that holds then; the billing run charges its rental later.

    The caller holds the account's lock. Raises plans.NoPrices.
    """
    span = cycle.following(Span(last.starts_on, last.ends_on), subscription.anchor_day)
    version = plans.version_on(subscription.next_plan or subscription.plan, last.ends_on + timedelta(days=1))
    return Cycle.objects.create(
        account_id=subscription.account_id,
        version=version,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        full_days=span.days,
        rental=0,
    )
