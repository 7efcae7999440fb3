"""Bad debt: a bill that nobody will pay is taken out of the books, and what comes in for it later is a recovery.

A journal, GST included: the tax was paid and stays paid, so there is no credit note (gst reference § 15). Both are
carried out on a second person's yes.
"""

from collections.abc import Sequence
from datetime import date, datetime

from accounts import ledger
from accounts.ledger import Book
from accounts.models import Account, Approval
from billing_portal.money import Paise
from invoices import bills, settlement
from invoices.models import Document, WriteOff


class NotPossible(ValueError):
    """This cannot be written off or recovered; the message says why."""


def past_due(account: Account, today: date) -> list[Document]:
    """Return the bills that can be written off: those past their due date, oldest first."""
    return list(account.documents.unpaid().filter(due_on__lt=today))


def write_off(
    account: Account, documents: Sequence[Document], *, approval: Approval, now: datetime
) -> list[WriteOff]:
    """Write off what is open of these bills: Dr bad debts, Cr receivable. The caller holds the account's lock.

    A bill with nothing open is left out.
    """
    return [_one(account, one, approval, now) for one in documents if one.open_amount]


def _one(account: Account, document: Document, approval: Approval, now: datetime) -> WriteOff:
    cause, amount = f"write-off:{document.number}", document.open_amount
    ledger.post(
        cause,
        account,
        {Book.BAD_DEBTS: -amount, Book.RECEIVABLE: amount},
        now=now,
        narrative=f"{bills.narrative(document)} written off",
    )
    settlement.settle(account, [settlement.Part(document, amount)], cause=cause, now=now)
    return WriteOff.objects.create(
        document=document, account=account, amount=amount, approval=approval, written_off_at=now
    )


def refuse_recovery(row: WriteOff, amount: Paise) -> None:
    """Raise NotPossible where so much cannot come in for a write-off any more."""
    if not 0 < amount <= row.left:
        raise NotPossible("More than nothing, and at most what was written off and has not come in yet.")


def recover(row: WriteOff, amount: Paise, *, reference: str, approval: Approval, now: datetime) -> None:
    """Book bank money that came in for a written-off bill: Dr bank, Cr bad debts recovered; no new GST.

    The caller holds the account's lock. Raises NotPossible.
    """
    refuse_recovery(row, amount)
    ledger.post(
        f"recovery:{row.document.number}:{approval.pk}",
        row.account,
        {Book.BANK: -amount, Book.RECOVERED: amount},
        now=now,
        narrative=f"Bank money {reference} for {row.document.number}",
    )
    row.recovered += amount
    row.save(update_fields=["recovered"])
