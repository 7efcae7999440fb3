"""What a dispute does to the books: taken out of the account when lost, given to it again when won after that.

Each once, under the dispute's own key. An account that is deleted has no book left to move: what it would owe is a
bad debt. The caller holds the account's lock and saves the row.
"""

from datetime import datetime

from accounts import audit, ledger
from accounts.ledger import Book
from accounts.levels import Level
from accounts.models import Account
from payments import put_back, take_back
from payments.models import Dispute, Payment


def debit(account: Account, payment: Payment, row: Dispute, *, now: datetime) -> None:
    """Take the money out of the account: advance by refund voucher, bills open again; maybe below zero."""
    if row.debited_at:
        return
    row.debited = min(row.deducted or row.amount, row.amount)
    row.debited_at = now
    narrative = f"Payment {payment.number} charged back by the payer's bank"
    if account.wanted_level == Level.DELETED:
        lines = {Book.BAD_DEBTS: -row.debited, Book.GATEWAY: row.debited}
        ledger.post(row.cause, account, lines, now=now, narrative=narrative)
    else:
        take_back.take_back(
            account,
            payment,
            row.debited,
            cause=row.cause,
            credit_book=Book.GATEWAY,
            now=now,
            narrative=narrative,
        )
    _record(account, row, "debit", now)


def give_back(account: Account, payment: Payment, row: Dispute, *, now: datetime) -> None:
    """Give what was taken to the account again, as any money in; nothing where nothing was taken."""
    if row.debited_at is None or row.returned_at:
        return
    row.returned_at = now
    narrative = f"Payment {payment.number}: the payer's bank gave it back"
    if account.wanted_level == Level.DELETED:
        lines = {Book.GATEWAY: -row.debited, Book.BAD_DEBTS: row.debited}
        ledger.post(row.won_cause, account, lines, now=now, narrative=narrative)
    else:
        put_back.put_back(
            account,
            payment,
            row.debited,
            cause=row.won_cause,
            debits={Book.GATEWAY: -row.debited},
            narrative=narrative,
            now=now,
        )
    _record(account, row, "return", now)


def _record(account: Account, row: Dispute, act: str, now: datetime) -> None:
    audit.record(
        f"payments.dispute.{act}",
        actor=None,
        account=account,
        subject=f"dispute:{row.gateway_dispute_id}",
        reason=f"The gateway says: {row.get_state_display().lower()}",
        after={"amount": row.debited},
        now=now,
    )
