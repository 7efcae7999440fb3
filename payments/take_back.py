"""Taking the money of a payment back out of an account: a lost dispute, a cheque that bounced.

What of it is still an advance goes with a refund voucher; what paid bills opens them again, the newest first (gst
reference §§ 4.6, 4.7). The balance may go below zero: what was spent is owed again.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog

from accounts import ledger
from accounts.ledger import Book
from accounts.models import Account, Entry
from billing_portal.money import Paise
from credit import review
from invoices import cover, refund_vouchers, reopen
from invoices.models import AllocationReversal, Document
from payments import traces
from payments.models import Payment, Refund

TAKEN_BACK = "Its payment was taken back meanwhile: give this refund up, its money makes good what was taken"
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TakenBack:
    """What was done: refund vouchers, bills opened again, and paise that stood nowhere and are lost."""

    vouchers: tuple[Document, ...]
    reversals: tuple[AllocationReversal, ...]
    lost: Paise

    @property
    def reopened(self) -> Paise:
        return sum(one.amount for one in self.reversals)


def take_back(
    account: Account,
    payment: Payment,
    amount: Paise,
    *,
    cause: str,
    credit_book: Book,
    now: datetime,
    narrative: str = "",
) -> TakenBack:
    """Take `amount` paise of a received payment back under one cause; the same cause again changes nothing.

    `credit_book` is where the money went (gateway, suspense). What stands in neither an advance nor a bill, because
    it was refunded already, is booked as a bad debt; refunds that have not gone out yet wait for a person then.
    The caller holds the account's lock.
    """
    before = _read(cause)
    if before:
        return before
    found = traces.of(account, payment)
    vouchers, rest = [], amount
    for left in reversed(found.left):  # the newest first
        value = cover.part_of(left, rest)
        if value.taxable:
            given = refund_vouchers.give_back(
                account,
                left,
                value,
                cause=f"{cause}:{left.voucher.number}"[:80],
                reason=narrative or "Its payment was taken back",
                now=now,
            )
            vouchers.append(given)
            rest -= value.total
    taken = reopen.share(found.paid, rest)
    reversals = reopen.reopen(account, taken, cause=cause, now=now)
    done = TakenBack(tuple(vouchers), tuple(reversals), rest - sum(one.amount for one in taken))
    _post(account, payment, amount, done, cause, credit_book, narrative, now)
    cover.cover(account, cause=cause, now=now)
    review.after_money(account, now=now)
    return done


def _post(
    account: Account,
    payment: Payment,
    amount: Paise,
    done: TakenBack,
    cause: str,
    credit_book: Book,
    narrative: str,
    now: datetime,
) -> None:
    if done.lost:
        log.error("taken_back_more_than_there", payment=payment.number, cause=cause, lost=done.lost)
        _stop_refunds(payment, now)
    lines = {
        Book.REFUNDS: -sum(one.total for one in done.vouchers),
        Book.RECEIVABLE: -done.reopened,
        Book.BAD_DEBTS: -done.lost,
    }
    lines[credit_book] = lines.get(credit_book, 0) + amount
    if any(lines.values()):  # all of it in vouchers, for the refunds payable: they have posted it
        words = narrative or f"Payment {payment.number} taken back"
        ledger.post(cause, account, lines, now=now, narrative=words)


def _stop_refunds(payment: Payment, now: datetime) -> None:
    """Keep refunds that have not gone out for a person: their payer has the money by another way."""
    waiting = payment.refunds.of_ours().filter(status=Refund.Status.ASKED)
    waiting.update(parked_at=now, next_at=None, error=TAKEN_BACK)


def _read(cause: str) -> TakenBack | None:
    """Return what a cause took back before, if it did."""
    issued = Document.objects.filter(kind=Document.Kind.REFUND_VOUCHER, cause__startswith=f"{cause}:")
    vouchers, entry = tuple(issued.order_by("pk")), Entry.objects.filter(key=cause).first()
    if not vouchers and entry is None:
        return None
    lost = -entry.lines.filter(book=Book.BAD_DEBTS).total() if entry else 0
    return TakenBack(vouchers, tuple(AllocationReversal.objects.filter(cause=cause).order_by("pk")), lost)
