"""What the plan page shows: the present plan with its extras, and the others with their prices side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Account
from invoices import plans, subscriptions
from invoices.models import (
    AddOn,
    Cycle,
    Discount,
    Feature,
    OneTimeCharge,
    Plan,
    PlanPrice,
    PlanVersion,
    Subscription,
)


@dataclass(frozen=True)
class Offer:
    """A plan at its prices of today; `prices` in the order of the page's features, None where it has none."""

    plan: Plan
    version: PlanVersion
    prices: tuple[PlanPrice | None, ...]
    is_present: bool
    is_next: bool
    is_larger: bool


@dataclass(frozen=True)
class PlanPage:
    """The page of one account; without a subscription only the offers."""

    subscription: Subscription | None
    cycle: Cycle | None
    features: Sequence[Feature]
    offers: Sequence[Offer]
    add_ons: Sequence[AddOn]
    charges: Sequence[OneTimeCharge]
    discounts: Sequence[Discount]


def read(account: Account, *, today: date) -> PlanPage:
    """Read the page in a constant number of queries."""
    subscription = Subscription.objects.filter(account=account).select_related("plan", "next_plan").first()
    cycle = subscriptions.running(account, today) if subscription else None
    return PlanPage(
        subscription,
        cycle,
        features := list(Feature.objects.all()),
        _offers(subscription, cycle, features, today),
        [row for row in account.add_ons.order_by("pk") if row.ends_on is None or row.ends_on >= today],
        list(account.one_time_charges.filter(document=None, cancelled_at=None).order_by("pk")),
        list(account.discounts.filter(cycles_left__gt=0).order_by("pk")),
    )


def _offers(
    subscription: Subscription | None, cycle: Cycle | None, features: Sequence[Feature], today: date
) -> list[Offer]:
    """Return the plans on offer, and the present one at the prices of its running cycle."""
    present = subscription.plan_id if subscription else None
    rows = [plan for plan in Plan.objects.all() if plan.is_offered or plan.pk == present]
    versions = dict(plans.versions_on([plan.pk for plan in rows], today))
    if cycle and present:
        versions[present] = cycle.version
    prices = {
        (price.version_id, price.feature_id): price
        for price in PlanPrice.objects.filter(
            version__in=[version.pk for version in versions.values()]
        ).select_related("feature")
    }
    now_paid = cycle.version.rental if cycle else 0
    return [
        Offer(
            plan,
            version,
            tuple(prices.get((version.pk, feature.code)) for feature in features),
            is_present=plan.pk == present,
            is_next=bool(subscription and subscription.next_plan_id == plan.pk),
            is_larger=version.rental > now_paid,
        )
        for plan in rows
        if (version := versions.get(plan.pk))
    ]
