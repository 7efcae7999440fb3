"""What stands above every page of an account for those who may pay: the worst thing first, at most one about money.

Pure: from the facts that decide about calls and the state of the alerts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts import service_orders
from accounts.models import Account
from accounts.restrictions import Reason
from billing_portal.money import Paise
from credit import alerts, exposure
from credit.facts import Facts
from credit.overdue_outlook import Outlook

OF_MONEY = {Reason.CREDIT, Reason.OVERDUE, Reason.RETENTION}  # restrictions that money lifts


@dataclass(frozen=True)
class Banner:
    """One sentence with its tone; `amount` is what paying it needs (paise), 0 without such an amount."""

    code: str  # the template's words: restricted, overdue, near-limit, low, lagging, others
    tone: str  # bad, warn
    money: exposure.Exposure | None
    amount: Paise = 0
    reasons: Sequence[str] = ()  # of all restrictions that stand, the strictest first
    level: str = ""
    mark: int = 0
    overdue: Outlook | None = None
    whom: Sequence[str] = ()  # who can pay

    @property
    def is_only(self) -> bool:
        """Whether one reason alone stands: what lifts it brings everything back."""
        return len(self.reasons) == 1


def of(held: Facts, account: Account, overdue: Outlook | None, *, now: datetime) -> list[Banner]:
    """Return the banners of an account for who may pay."""
    money = exposure.of(held)
    found = [_stopped(held, money, overdue)] if held.reasons else []
    if not OF_MONEY & set(held.reasons):
        found += _money(held, money, overdue)
    if service_orders.is_lagging(account, now):
        found.append(Banner("lagging", "warn", money, level=account.wanted_level))
    return found


def for_others(account: Account, whom: Sequence[str]) -> list[Banner]:
    """Return the banner of an account whose calls are stopped, for who may not pay: who can."""
    return [Banner("others", "warn", None, level=account.wanted_level, whom=whom)]


def _stopped(held: Facts, money: exposure.Exposure, overdue: Outlook | None) -> Banner:
    """The banner of an account whose calls are stopped: every reason, and what paying lifts all that money lifts."""
    amount = 0
    if Reason.RETENTION in held.reasons:
        pass  # the overview says what coming back costs, and begins it
    elif Reason.CREDIT in held.reasons:
        amount = money.to_be_free
    elif Reason.OVERDUE in held.reasons and overdue:
        amount = overdue.due
    return Banner("restricted", "bad", money, amount, held.reasons, held.level, overdue=overdue)


def _money(held: Facts, money: exposure.Exposure, overdue: Outlook | None) -> list[Banner]:
    """The worst thing about money, if any."""
    if overdue and overdue.due:
        return [Banner("overdue", "bad" if overdue.late else "warn", money, overdue.due, overdue=overdue)]
    if held.alerts.limit_mark:
        return [Banner("near-limit", "warn", money, money.amount_to_clear, mark=held.alerts.limit_mark)]
    if held.alerts.is_low and held.alerts.low_on:
        return [Banner("low", "warn", money, alerts.minimum_to_pay(money, held.minimum_balance))]
    return []
