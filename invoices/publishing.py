"""What publishing prices will do, told before it is done: whom it reaches, what changes, and what looks wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from billing_portal import text
from billing_portal.money import Paise, inr
from invoices.bill_plan import unit_price
from invoices.models import Feature, Plan, PlanPrice, PlanVersion, Subscription, UsageCounter
from invoices.plans import Price


@dataclass(frozen=True)
class Preview:
    """Lines of what will be, and what somebody should look at again before."""

    lines: tuple[str, ...]
    warnings: tuple[str, ...]


def preview(
    plan: Plan, *, valid_from: date, rental: Paise, set_up: Paise, prices: Sequence[Price]
) -> Preview:
    """Return what publishing this version would do. Changes nothing; a constant number of queries."""
    reached = Subscription.objects.running().filter(plan=plan).count()
    last = plan.versions.order_by("-number").first()
    before = {row.feature_id: row for row in PlanPrice.objects.filter(version=last)} if last else {}
    features = {row.code: row for row in Feature.objects.all()}
    used = _used(plan)
    typed = {price.feature: price for price in prices}
    return Preview(
        (
            f"{reached:,} account{'' if reached == 1 else 's'} on this plan get these prices with their first cycle "
            f"from {text.day(valid_from)} on; running and closed cycles keep theirs.",
            _amount("Rental of a cycle", last.rental if last else None, rental),
            _amount("Set-up", last.set_up if last else None, set_up),
            *(
                _priced(features[code].name, before.get(code), typed.get(code), is_first=last is None)
                for code in features
                if code in typed or code in before
            ),
        ),
        tuple(warnings(last, rental, features, before, typed, used)),
    )


def warnings(
    last: PlanVersion | None,
    rental: Paise,
    features: Mapping[str, Feature],
    before: Mapping[str, PlanPrice],
    typed: Mapping[str, Price],
    used: frozenset[str],
) -> list[str]:
    """Return what stands out: no rental, a feature that loses its price, one in use without a price. Pure."""
    found = []
    if rental == 0:
        had = f" The version before has {inr(last.rental)}." if last and last.rental else ""
        found.append(f"The rental is ₹0: cycles cost nothing but their usage.{had}")
    for code, feature in features.items():
        if code in typed:
            continue
        if code in before:
            found.append(f"{feature.name} has a price in version {last.number if last else 0} and none here.")
        if code in used:
            found.append(
                f"{feature.name} is used on this plan and has no price here: "
                "accounts that use it are not billed until somebody decides one."
            )
    return found


def _used(plan: Plan) -> frozenset[str]:
    """Return the features that accounts on the plan use in cycles not billed yet."""
    rows = UsageCounter.objects.filter(
        account__subscription__plan=plan, cycle__closed_at=None, records__gt=0
    ).order_by()
    return frozenset(rows.values_list("feature", flat=True).distinct())


def _amount(name: str, was: Paise | None, is_: Paise) -> str:
    if was is None or was == is_:
        return f"{name}: {inr(is_)}"
    return f"{name}: {inr(was)} → {inr(is_)}"


def _priced(name: str, was: PlanPrice | None, is_: Price | None, *, is_first: bool) -> str:
    new = _words(is_.unit_price, is_.free_units, is_.pulse) if is_ else "no price"
    old = _words(was.unit_price, was.free_units, was.pulse) if was else "no price"
    return f"{name}: {new}" if is_first or old == new else f"{name}: {old} → {new}"


def _words(price: int, free: int, pulse: int) -> str:
    seconds = f", a unit is {pulse} s" if pulse not in (1, 60) else ""
    return f"{unit_price(price)} above {free:,} free{seconds}"
