"""May this account call? Per feature: allowed, why not, and how long a call starting now may last. Pure.

A restriction decides first. Then money: a feature that may use credit reaches down to the credit limit, a message only
to what is prepaid; held units count as used. A unit costs its list price above the free units.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from accounts import levels
from billing_portal.money import Paise
from credit import exposure
from credit.facts import Facts, FeatureFacts
from invoices import rating
from invoices.rating import MILLI


class Why(StrEnum):
    """Reason codes of the answer, as the platform reads them."""

    OVERDUE = "OVERDUE"
    CREDIT_LIMIT_EXCEEDED = "CREDIT_LIMIT_EXCEEDED"
    BLOCKED_BY_OPERATOR = "BLOCKED_BY_OPERATOR"
    ARCHIVED = "ARCHIVED"
    CREDIT_LIMIT_REACHED = "CREDIT_LIMIT_REACHED"  # nothing stands, but not one more unit is covered
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"  # a message is not covered by prepaid money
    NOT_IN_PLAN = "NOT_IN_PLAN"


# fmt: off
OF_RESTRICTION = {
    "overdue":   Why.OVERDUE,
    "credit":    Why.CREDIT_LIMIT_EXCEEDED,
    "manual":    Why.BLOCKED_BY_OPERATOR,
    "retention": Why.ARCHIVED,
}
# fmt: on


@dataclass(frozen=True, slots=True)
class May:
    """What one feature may do now. `units` None: no bound."""

    units: int | None
    reason: Why | None = None

    @property
    def allowed(self) -> bool:
        return self.reason is None


def answer(held: Facts) -> dict[str, Any]:
    """Return the whole answer as the API gives it: level, and every feature of the running price list."""
    money = exposure.of(held, with_holds=True)
    features = {one.code: _told(one, may(held, one, money.headroom, money.balance)) for one in held.running}
    reason = OF_RESTRICTION.get(held.reason)
    return {"account": held.ban, "level": held.level, "reason": reason, "features": features}


def of_feature(held: Facts, code: str) -> May:
    """Return what one feature may do now; a feature without a price may nothing."""
    money = exposure.of(held, with_holds=True)
    for one in held.running:
        if one.code == code:
            return may(held, one, money.headroom, money.balance)
    return May(0, Why.NOT_IN_PLAN)


def may(held: Facts, feature: FeatureFacts, headroom: Paise, balance: Paise) -> May:
    """Decide one feature, given what is left to the limit and to zero with all running calls counted."""
    if not levels.allows(held.level, is_call=feature.is_call, is_incoming=feature.is_incoming):
        return May(0, OF_RESTRICTION.get(held.reason, Why.BLOCKED_BY_OPERATOR))
    money = headroom if feature.may_use_credit else balance
    units = units_for(feature, money, held.held.get(feature.code, 0))
    if units == 0:
        return May(0, Why.CREDIT_LIMIT_REACHED if feature.may_use_credit else Why.INSUFFICIENT_BALANCE)
    return May(units)


def units_for(feature: FeatureFacts, money: Paise, running: int) -> int | None:
    """Return how many more units are free or covered by so much money; None for a feature that costs nothing.

    The charge is rounded once for all units of its line, so the answer is checked against that sum.
    """
    used = feature.used
    if used.unit_price == 0:
        return None
    taken = used.units + running
    free = max(0, used.allowance - taken)
    if money <= 0:
        return free  # they cost nothing, so they take the balance nowhere
    paid_before = max(0, taken - used.allowance)
    spent = rating.value(paid_before, used.unit_price)
    more = ((spent + money) * MILLI + MILLI // 2 - 1) // used.unit_price - paid_before
    return free + max(0, more)


def _told(feature: FeatureFacts, one: May) -> dict[str, Any]:
    told: dict[str, Any] = {"allowed": one.allowed, "reason": one.reason}
    if feature.is_call:
        return told | {"seconds": None if one.units is None else one.units * feature.pulse}
    return told | {"units": one.units}


def written(said: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return an answer as JSON, and its tag: the same as long as the answer is."""
    body = json.dumps(said, separators=(",", ":")).encode()
    return body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
