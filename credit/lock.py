"""A locked panel: why the account stands still, what lifts it, and the exact amount (PRODUCT § 3)."""

from dataclasses import dataclass
from datetime import date, datetime

from accounts import restrictions
from accounts.models import Account
from accounts.restrictions import Reason
from billing_portal.money import Paise
from credit import exposure, overdue_outlook
from credit.facts import Facts
from credit.overdue_outlook import Outlook


@dataclass(frozen=True)
class Lock:
    """What a suspended account's pages say. Amounts in paise."""

    level: str
    reasons: frozenset[str]  # of all restrictions that stand
    since: datetime | None
    money: exposure.Exposure
    overdue: Outlook | None

    @property
    def amount(self) -> Paise:
        """What lifts all that money lifts: the dues, or with the limit exceeded the amount to clear; else 0."""
        if Reason.CREDIT in self.reasons:
            return self.money.amount_to_clear
        return self.overdue.due if self.overdue else 0

    @property
    def is_ours(self) -> bool:
        """Whether staff have stopped the account: no payment lifts that."""
        return bool(self.reasons - {Reason.CREDIT, Reason.OVERDUE, Reason.RETENTION})


def of(account: Account, held: Facts, *, today: date) -> Lock:
    """Return why the account is locked. Two queries, three with an overdue case."""
    stand = restrictions.standing(account)
    reasons = frozenset(row.reason for row in stand)
    since = stand[0].imposed_at if stand else None
    outlook = overdue_outlook.of(account, today=today)
    return Lock(account.wanted_level, reasons, since, exposure.of(held), outlook)
