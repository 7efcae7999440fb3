"""Unapplied credit: what a credit note was above its invoice's rest pays the next bills, oldest note first.

Tax included, no voucher (gst reference § 5). The caller holds the account's lock.
"""

from collections.abc import Iterable
from datetime import datetime

from accounts import ledger
from accounts.ledger import Book
from accounts.models import Account
from billing_portal.money import Paise
from invoices import settlement
from invoices.models import CreditBalance, Document


def keep(account: Account, credit_note: Document, amount: Paise) -> CreditBalance:
    """Keep `amount` paise of a credit note for the next bills; the note's entry has credited them."""
    return CreditBalance.objects.create(account=account, credit_note=credit_note, amount=amount)


def left_of(accounts: Iterable[Account]) -> dict[int, Paise]:
    """Return how many paise of unapplied credit each account has left. One query."""
    rows = CreditBalance.objects.left().filter(account__in=[account.pk for account in accounts])
    found: dict[int, Paise] = {}
    for row in rows:
        found[row.account_id] = found.get(row.account_id, 0) + row.amount
    return found


def apply(account: Account, bill: Document, *, now: datetime) -> Paise:
    """Put unapplied credit to a bill; return how many paise. One ledger entry and one allocation a credit note."""
    applied = 0
    for left in account.credits_left.left().select_related("credit_note"):
        amount = min(left.amount, bill.open_amount)
        if not amount:
            break
        cause = _cause(left, bill)
        ledger.post(
            cause,
            account,
            {Book.CREDITS: -amount, Book.RECEIVABLE: amount},
            now=now,
            narrative=f"Credit of {left.credit_note.number} set off against {bill.number}",
        )
        left.amount -= amount
        left.save(update_fields=["amount"])
        settlement.settle(account, [settlement.Part(bill, amount)], cause=cause, now=now)
        applied += amount
    return applied


def _cause(left: CreditBalance, bill: Document) -> str:
    """Name the set-off of a note against a bill; a bill that is open again may take of the same note again."""
    cause = f"credit:{left.credit_note.number}:{bill.number}"
    before = bill.allocations.filter(cause__startswith=cause).count()
    return f"{cause}:{before + 1}" if before else cause
