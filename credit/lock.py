"""A locked panel: why the account stands still, what lifts it, and the exact amount (PRODUCT § 3)."""

from dataclasses import dataclass
from datetime import date, datetime

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account
from accounts.restrictions import Reason
from billing_portal.money import Paise
from credit import exposure, overdue_outlook, returns
from credit.facts import Facts
from credit.models import Archive
from credit.overdue_outlook import Outlook
from invoices import gst


@dataclass(frozen=True)
class Lock:
    """What a suspended account's pages say. Amounts in paise."""

    level: str
    reasons: frozenset[str]  # of all restrictions that stand
    since: datetime | None
    money: exposure.Exposure
    overdue: Outlook | None
    archive: Archive | None = None  # of an archived account, with its parts

    @property
    def amount(self) -> Paise:
        """What lifts all that money lifts: the dues, or with the limit exceeded the amount to clear; else 0.

        Of an archived account all open bills; the recovery fee is one of them once the way back is begun. Nothing
        lifts a deletion.
        """
        if self.is_final:
            return 0
        if Reason.RETENTION in self.reasons:
            return self.money.outstanding
        if Reason.CREDIT in self.reasons:
            return self.money.to_be_free
        return self.overdue.due if self.overdue else 0

    @property
    def for_usage(self) -> Paise:
        """What of the amount is no invoice's: usage that is not billed yet, with its GST."""
        return max(0, self.amount - self.money.outstanding)

    @property
    def fee(self) -> Paise:
        """The recovery fee before GST that the way back will cost; 0 once it is begun, or where it costs none."""
        return returns.fee_to_come(self.archive)

    @property
    def total(self) -> Paise:
        """What coming back costs in all: what is open, and the recovery fee with its GST."""
        return self.amount + (gst.on_top(self.fee, self.money.supply).total if self.fee else 0)

    @property
    def is_final(self) -> bool:
        """Whether the account is deleted: nothing can be paid, and nothing comes back."""
        return self.level == Level.DELETED

    @property
    def is_ours(self) -> bool:
        """Whether staff have stopped the account: no payment lifts that."""
        return bool(self.reasons - {Reason.CREDIT, Reason.OVERDUE, Reason.RETENTION})


def of(account: Account, held: Facts, *, today: date) -> Lock:
    """Return why the account is locked. Two queries, four with an overdue case and an archive."""
    stand = restrictions.standing(account)
    reasons = frozenset(row.reason for row in stand)
    since = stand[0].imposed_at if stand else None
    outlook = overdue_outlook.of(account, today=today)
    archive = None
    if Reason.RETENTION in reasons:
        archive = Archive.objects.moved().filter(account=account).prefetch_related("parts").first()
    return Lock(account.wanted_level, reasons, since, exposure.of(held), outlook, archive)
