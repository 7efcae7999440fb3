"""Price lists: publish a version, and find the one that a cycle is priced by. A published version never changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts import audit
from accounts.models import User
from billing_portal import text
from billing_portal.money import Paise
from billing_portal.unit import unit
from invoices.models import Plan, PlanPrice, PlanVersion


class NoPrices(Exception):
    """The plan has no version that is valid on the day; the message says which and when."""


@dataclass(frozen=True)
class Price:
    """What one feature costs: `unit_price` millipaise a unit above `free_units` a cycle; `pulse` in seconds."""

    feature: str
    unit_price: int
    free_units: int = 0
    pulse: int = 60


@unit
def publish(
    plan_id: int,
    *,
    valid_from: date,
    rental: Paise,
    prices: Sequence[Price],
    set_up: Paise = 0,
    token: UUID | None = None,
    actor: User | None,
    reason: str = "",
    now: datetime,
) -> PlanVersion:
    """Publish the next version of a plan: cycles that begin on `valid_from` or later are priced by it.

    The same token again returns the same version. Written down with its reason in the audit chain.
    """
    plan = Plan.objects.select_for_update().get(pk=plan_id)
    before = PlanVersion.objects.filter(token=token, plan=plan).first() if token else None
    if before:
        return before
    last = plan.versions.order_by("-number").first()
    version = PlanVersion.objects.create(
        plan=plan,
        number=last.number + 1 if last else 1,
        valid_from=valid_from,
        rental=rental,
        set_up=set_up,
        price_count=len(prices),
        token=token,
        published_at=now,
        published_by=actor,
    )
    PlanPrice.objects.bulk_create(_row(version, price) for price in prices)
    _tell(version, prices, actor, reason, now)
    return version


def _row(version: PlanVersion, price: Price) -> PlanPrice:
    return PlanPrice(
        version=version,
        feature_id=price.feature,
        unit_price=price.unit_price,
        free_units=price.free_units,
        pulse=price.pulse,
    )


def _before(version: PlanVersion) -> dict[str, Any]:
    """What held before a version: the one published last, or nothing."""
    last = version.plan.versions.filter(number__lt=version.number).order_by("-number").first()
    if last is None:
        return {}
    return {
        "rental": last.rental,
        "set_up": last.set_up,
        "valid_from": last.valid_from.isoformat(),
        "prices": dict(last.prices.values_list("feature", "unit_price")),
    }


def _tell(
    version: PlanVersion, prices: Sequence[Price], actor: User | None, reason: str, now: datetime
) -> None:
    audit.record(
        "invoices.publish_prices",
        actor=actor,
        subject=f"plan:{version.plan.code}:{version.number}",
        reason=reason,
        before=_before(version),
        after={
            "rental": version.rental,
            "set_up": version.set_up,
            "valid_from": version.valid_from.isoformat(),
            "prices": {price.feature: price.unit_price for price in prices},
        },
        now=now,
    )


def version_on(plan: Plan, day: date) -> PlanVersion:
    """Return the newest version valid on a day. Raises NoPrices."""
    version = plan.versions.filter(valid_from__lte=day).order_by("-valid_from", "-number").first()
    if version is None:
        raise NoPrices(f"{plan.name} has no prices for {text.day(day)}")
    return version


def versions_on(plan_ids: Sequence[int], day: date) -> Mapping[int, PlanVersion]:
    """Return the version of each plan on a day, by plan; a plan without one is left out. One query."""
    rows = PlanVersion.objects.filter(plan__in=plan_ids, valid_from__lte=day)
    newest = rows.select_related("plan").order_by("plan_id", "-valid_from", "-number").distinct("plan_id")
    return {version.plan_id: version for version in newest}
