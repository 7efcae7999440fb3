"""The running cycle as it stands: what each feature has used so far, of what allowance, at what price.

Read from the counters of the account's open cycles (one, or two while an ended one waits for its run).
"""

from dataclasses import dataclass

from accounts.models import Account
from invoices import rating
from invoices.models import Cycle, Feature, UsageCounter
from invoices.rating import Used


@dataclass(frozen=True)
class FeatureUse:
    """One feature in one open cycle."""

    cycle: Cycle
    feature: Feature
    used: Used
    unrated: int = 0  # records that no price is known for


def usage_of(account: Account) -> list[FeatureUse]:
    """Return the features used in the account's open cycles. One query."""
    rows = (
        UsageCounter.objects.filter(cycle__account=account, cycle__closed_at=None)
        .select_related("cycle", "feature")
        .with_prices()
        .order_by("cycle__starts_on", "feature__position")
    )
    return [_use(row) for row in rows]


def _use(row: UsageCounter) -> FeatureUse:
    cycle = row.cycle
    free = rating.allowance(row.free_units or 0, cycle.days, cycle.full_days)  # type: ignore[attr-defined]
    price = row.unit_price or 0  # type: ignore[attr-defined]
    return FeatureUse(cycle, row.feature, Used(row.units, free, price), row.unrated)
