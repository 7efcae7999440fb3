"""Records without a price: what waits on an account, and deciding what it costs in its cycle.

No invoice goes out over a record without a price. Staff rate a feature's records of one cycle at a price given now,
or write them off; later records of the feature in that cycle are priced the same by the next billing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Min

from accounts import audit
from accounts.models import Account, User
from billing_portal.money import Paise
from billing_portal.unit import unit
from invoices import billing_run, rating, usage_repair
from invoices.models import Cycle, CyclePrice, Feature, PlanPrice, Subscription, UsageCounter, UsageRecord
from invoices.rating import Millipaise

DEAREST = 100_000_000  # millipaise: ₹1,000 a unit


class NotRatable(ValueError):
    """The decision cannot be made; the message says why."""


@dataclass(frozen=True)
class Waiting:
    """Records of one feature in one open cycle that have no price."""

    cycle: Cycle
    feature: Feature
    records: int
    first: datetime
    last: datetime

    @property
    def key(self) -> str:
        return f"{self.cycle.pk}:{self.feature.code}"


@dataclass(frozen=True)
class Decision:
    """What a unit costs: millipaise (0 writes the records off), seconds a unit of a call, and the invoice's SAC."""

    unit_price: Millipaise
    pulse: int = 60
    sac: str = ""  # the feature's


def waiting(account: Account) -> Sequence[Waiting]:
    """Return what has no price in the account's open cycles, oldest cycle first. Two queries."""
    records = UsageRecord.objects.filter(cycle__account=account, cycle__closed_at=None, unit_price=None)
    times = {
        (row["cycle"], row["feature"]): (row["first"], row["last"])
        for row in records.values("cycle", "feature").annotate(
            first=Min("started_at"), last=Max("started_at")
        )
    }
    rows = UsageCounter.objects.filter(account=account, cycle__closed_at=None, unrated__gt=0)
    rows = rows.select_related("cycle__version__plan", "feature").order_by(
        "cycle__starts_on", "feature__position"
    )
    return [
        Waiting(row.cycle, row.feature, row.unrated, *times[row.cycle_id, row.feature_id])
        for row in rows
        if (row.cycle_id, row.feature_id) in times
    ]


@dataclass(frozen=True)
class Comes:
    """What a decision comes to: records, their units, and paise before tax."""

    records: int
    units: int
    amount: Paise


WORTH = """
    select count(*), coalesce(sum(case when f.kind <> 'call' then r.units when r.answered_at is null then 0
        else ceil(ceil(extract(epoch from r.ended_at - r.answered_at)) / %(pulse)s) end), 0)::bigint
    from invoices_usagerecord r join invoices_feature f on f.code = r.feature_id
    where r.cycle_id = %(cycle)s and r.feature_id = %(feature)s
"""


def worth(cycle: Cycle, feature: Feature, decision: Decision) -> Comes:
    """Return what a decision would come to. Decides, changes nothing. Raises NotRatable."""
    _check(cycle, feature, decision)
    with connection.cursor() as cursor:
        cursor.execute(WORTH, {"pulse": decision.pulse, "cycle": cycle.pk, "feature": feature.pk})
        records, units = cursor.fetchone()
    return Comes(records, units, rating.value(units, decision.unit_price))


@unit
def rate(
    account_id: int,
    cycle_id: int,
    feature: str,
    decision: Decision,
    *,
    actor: User,
    reason: str,
    now: datetime,
) -> int:
    """Rate the feature's records of an open cycle, those to come too; return how many have this price now.

    An account that was parked is in the billing again. Repeating does nothing. Raises NotRatable.
    """
    account = Account.objects.lock(account_id)
    cycle = Cycle.objects.filter(pk=cycle_id, account=account).first()
    found = Feature.objects.filter(pk=feature).first()
    if cycle is None or found is None:
        raise NotRatable("This account has no such cycle or feature.")
    _check(cycle, found, decision)
    values = {"unit_price": decision.unit_price, "pulse": decision.pulse, "sac": decision.sac or found.sac}
    before = CyclePrice.objects.filter(cycle=cycle, feature=found).first()
    was = {name: getattr(before, name) for name in values} if before else {}
    if was == values:
        usage_repair.reprice(account.pk, [cycle.pk], only_unrated=True)
    else:
        stamp = {"decided_at": now, "decided_by": actor}
        CyclePrice.objects.update_or_create(cycle=cycle, feature=found, defaults=values | stamp)
        usage_repair.reprice(account.pk, [cycle.pk])
        subject = f"cycle:{account.ban}:{cycle.starts_on}:{feature}"
        words: dict[str, Any] = {"actor": actor, "reason": reason, "before": was, "after": values, "now": now}
        audit.record("invoices.rate_unrated", account=account, subject=subject, **words)
    _back_in_the_run(account, now)
    return UsageRecord.objects.filter(cycle=cycle, feature=found).count()


def _check(cycle: Cycle, feature: Feature, decision: Decision) -> None:
    if cycle.closed_at is not None:
        raise NotRatable("This cycle is billed: its usage has the prices of its invoice.")
    if PlanPrice.objects.filter(version=cycle.version_id, feature=feature).exists():
        raise NotRatable(f"The price list of this cycle has a price for {feature.name}.")
    if not UsageCounter.objects.filter(cycle=cycle, feature=feature).exists():
        raise NotRatable(f"There are no records of {feature.name} in this cycle.")
    if not 0 <= decision.unit_price <= DEAREST:
        raise NotRatable("A unit costs between ₹0 and ₹1,000.")
    if not 1 <= decision.pulse <= 3600:
        raise NotRatable("A unit of a call is 1 to 3,600 seconds.")


def _back_in_the_run(account: Account, now: datetime) -> None:
    """Bill a parked account again once nothing without a price is left in its oldest open cycle."""
    oldest = Cycle.objects.open().filter(account=account).first()
    if UsageCounter.objects.filter(cycle=oldest, unrated__gt=0).exists():
        return
    subscription = Subscription.objects.filter(account=account, is_parked=True).first()
    if subscription:
        billing_run.retry(subscription, now=now)
