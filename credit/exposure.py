"""The equation: what an account has, owes, uses and may still use. One frozen dataclass, read in constant queries.

total outstanding = (current usage + outstanding) − (free value + prepaid); the balance is its negative.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts.ledger import Book
from accounts.models import Account
from billing_portal import clock
from billing_portal.money import Paise, share_up
from credit import facts, policy
from credit.facts import Facts, FeatureFacts
from invoices import gst, usage_page
from invoices.gst import Supply
from invoices.rating import Used

GST_FACTOR = (118, 100)


@dataclass(frozen=True, slots=True)
class Exposure:
    """Amounts in paise. The four terms are never negative; usage and prepaid are ex tax, outstanding includes it."""

    current_usage: Paise
    free_value: Paise
    outstanding: Paise
    prepaid: Paise
    limit: Paise = policy.FLOOR
    supply: Supply = Supply.INTRA
    pace: Paise = 0  # what a day costs (usage_page.pace); 0: nothing, or not known

    @property
    def total_outstanding(self) -> Paise:
        return (self.current_usage + self.outstanding) - (self.free_value + self.prepaid)

    @property
    def balance(self) -> Paise:
        return -self.total_outstanding

    @property
    def headroom(self) -> Paise:
        """How much more calls may cost; negative above the limit."""
        return self.limit + self.balance

    @property
    def used_of_limit(self) -> Paise:
        """How much of the limit is used; nothing while the balance is not below zero."""
        return max(0, self.total_outstanding)

    @property
    def overshoot(self) -> Paise:
        return max(0, -self.headroom)

    @property
    def used_per_mille(self) -> int:
        """How much of the limit is used, in thousandths, at most all of it: for the bar."""
        if self.used_of_limit >= self.limit:
            return 1000 if self.used_of_limit else 0
        return self.used_of_limit * 1000 // self.limit

    @property
    def is_exceeded(self) -> bool:
        """Strictly above the limit: at the limit an account is inside."""
        return self.total_outstanding > self.limit

    @property
    def amount_to_clear(self) -> Paise:
        """What to pay so that the balance is 0 or above: dues, and usage not prepaid grossed up for GST.

        Where the voucher's two halves of tax round against it, a paisa more than 1.18 of the usage; without tax none.
        """
        uncovered = max(0, self.current_usage - self.free_value - self.prepaid)
        if self.supply == Supply.ZERO:
            return self.outstanding + uncovered
        gross = share_up(uncovered, *GST_FACTOR)
        while gst.inside(gross, self.supply).taxable < uncovered:
            gross += 1
        return self.outstanding + gross

    @property
    def to_be_free(self) -> Paise:
        """What to pay so that a restriction by the limit is lifted: inside the limit, what is billed and open."""
        return self.amount_to_clear if self.is_exceeded else self.outstanding

    @property
    def runway(self) -> int | None:
        """For about how many days calls go on at the last week's pace and the plan's rental; None without a pace."""
        return max(0, self.headroom) // self.pace if self.pace else None

    def to_pay_for(self, balance: Paise) -> Paise:
        """Return the least payment after which the balance is at least this; 0 if it is already.

        Dues are settled in full first; what is beyond them arrives without its tax, rounded as the voucher rounds.
        """
        missing = balance - self.balance
        if missing <= self.outstanding:
            return max(0, missing)
        net = missing - self.outstanding
        gross = net if self.supply == Supply.ZERO else share_up(net, *GST_FACTOR)
        while gst.inside(gross - 1, self.supply).taxable >= net:
            gross -= 1
        while gst.inside(gross, self.supply).taxable < net:
            gross += 1
        return self.outstanding + gross


def read(account: Account, *, now: datetime, with_pace: bool = False) -> Exposure:
    """Return the account's exposure: one query, whatever its history; two more for the pace.

    Unapplied credit counts as prepaid, net of the tax that is inside it.
    """
    pace = usage_page.pace(account, clock.business_date(now)) if with_pace else 0
    return of(facts.of(account, now=now), pace=pace)


def of(held: Facts, *, with_holds: bool = False, pace: Paise = 0) -> Exposure:
    """Return the exposure that the facts say; `with_holds` as if every hold was used."""
    extra = held.held if with_holds else {}
    newest = held.features[-1].cycle if held.features else None
    used = [_used(one, extra.get(one.code, 0) if one.cycle == newest else 0) for one in held.features]
    credit = gst.inside(held.balances[Book.CREDITS], held.supply)
    return Exposure(
        current_usage=sum(one.gross for one in used),
        free_value=sum(one.free_value for one in used),
        outstanding=-held.balances[Book.RECEIVABLE],
        prepaid=held.balances[Book.ADVANCES] + credit.taxable,
        limit=held.limit,
        supply=held.supply,
        pace=pace,
    )


def _used(feature: FeatureFacts, more: int) -> Used:
    used = feature.used
    return Used(used.units + more, used.allowance, used.unit_price) if more else used
