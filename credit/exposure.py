"""The equation: what an account has, owes and uses. One frozen dataclass, read in constant queries.

total outstanding = (current usage + outstanding) − (free value + prepaid); the balance is its negative.
"""

from dataclasses import dataclass

from accounts import ledger
from accounts.ledger import Book
from accounts.models import Account
from billing_portal.money import Paise, share_up
from invoices import gst
from invoices.issue import tax_place
from invoices.running import usage_of

GST_FACTOR = (118, 100)


@dataclass(frozen=True)
class Exposure:
    """The four terms in paise, none negative; usage and prepaid are ex tax, outstanding includes it."""

    current_usage: Paise
    free_value: Paise
    outstanding: Paise
    prepaid: Paise

    @property
    def total_outstanding(self) -> Paise:
        return (self.current_usage + self.outstanding) - (self.free_value + self.prepaid)

    @property
    def balance(self) -> Paise:
        return -self.total_outstanding

    @property
    def amount_to_clear(self) -> Paise:
        """What to pay so that the balance is 0 or above: dues, and usage not prepaid grossed up for GST."""
        uncovered = max(0, self.current_usage - self.free_value - self.prepaid)
        return self.outstanding + share_up(uncovered, *GST_FACTOR)


def read(account: Account) -> Exposure:
    """Return the account's exposure: two queries (stored balances; counters of open cycles), whatever its history.

    Unapplied credit counts as prepaid, net of the tax that is inside it.
    """
    held = ledger.balances(account)
    used = usage_of(account)
    credit = gst.inside(held[Book.CREDITS], tax_place(account).supply)
    return Exposure(
        current_usage=sum(one.used.gross for one in used),
        free_value=sum(one.used.free_value for one in used),
        outstanding=-held[Book.RECEIVABLE],
        prepaid=held[Book.ADVANCES] + credit.taxable,
    )
