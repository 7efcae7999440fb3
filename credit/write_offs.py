"""Writing off an account's past-due bills, and money that comes in for them later: asked for by one, done by another.

A case with nothing past due any more closes as written off, and what it imposed is lifted in the same unit.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from accounts import approvals
from accounts.models import Account, Approval, User
from billing_portal import clock
from billing_portal.money import Paise, inr
from billing_portal.unit import unit
from credit import overdue, review
from credit.models import OverdueCase
from invoices import write_offs
from invoices.models import WriteOff

ACTION, RECOVERY = "write-off", "bad-debt-recovery"  # of requests to a second person
NotAllowed = approvals.NotAllowed


@unit
def ask(
    account_id: int, documents: Sequence[int], *, token: UUID, reason: str, by: User, now: datetime
) -> Approval:
    """Ask a second person to write off these bills, of those past due. Nothing is done yet. Raises NotAllowed."""
    account = Account.objects.lock(account_id)
    found = write_offs.past_due(account, clock.business_date(now))
    chosen = [one for one in found if one.pk in documents]
    if not chosen or len(chosen) != len(set(documents)):
        raise NotAllowed("Choose bills of this account that are past due.")
    total = sum(one.open_amount for one in chosen)
    return approvals.ask(
        ACTION,
        account,
        token=token,
        payload={"bills": {str(one.pk): one.open_amount for one in chosen}},
        summary=f"Write off {inr(total)} of {account.ban}: {', '.join(one.number for one in chosen)}",
        reason=reason,
        by=by,
        now=now,
    )


@unit
def try_out(
    account_id: int, documents: Sequence[int], *, token: UUID, reason: str, by: User, now: datetime
) -> None:
    """Do what a second person's yes would do, for a preview: within a unit that is taken back. Raises NotAllowed."""
    row = ask(account_id, documents, token=token, reason=reason, by=by, now=now)
    row.decided_at = now
    carry_out(row)


def carry_out(row: Approval) -> str:
    """Write off what was approved, as far as it is still open. The caller holds the account's lock.

    Raises NotAllowed where all of it was paid meanwhile.
    """
    assert row.decided_at is not None
    account, now = row.account, row.decided_at
    asked = {int(pk) for pk in row.payload["bills"]}
    documents = list(account.documents.unpaid().filter(pk__in=asked))
    made = write_offs.write_off(account, documents, approval=row, now=now)
    if not made:
        raise NotAllowed("Nothing of it is open any more.")
    overdue.review(account, now=now, why=OverdueCase.Closed.WRITTEN_OFF)
    review.after_money(account, now=now)
    return f"{inr(sum(one.amount for one in made))} of {len(made)} bills"


@unit
def ask_recovery(
    write_off_id: int, amount: Paise, reference: str, *, token: UUID, reason: str, by: User, now: datetime
) -> Approval:
    """Ask a second person to book bank money for a written-off bill. Raises NotAllowed."""
    row = WriteOff.objects.select_related("document", "account").get(pk=write_off_id)
    try:
        write_offs.refuse_recovery(row, amount)
    except write_offs.NotPossible as error:
        raise NotAllowed(str(error)) from error
    return approvals.ask(
        RECOVERY,
        row.account,
        token=token,
        payload={"write_off": row.pk, "amount": amount, "reference": reference},
        summary=f"Bank money {reference}: {inr(amount)} for the written-off {row.document.number}",
        reason=reason,
        by=by,
        now=now,
    )


def book_recovery(row: Approval) -> str:
    """Book a recovery that was approved. The caller holds the account's lock. Raises NotAllowed."""
    assert row.decided_at is not None
    words = row.payload
    found = WriteOff.objects.select_related("document", "account").get(
        pk=words["write_off"], account=row.account_id
    )
    found.account = row.account
    try:
        write_offs.recover(
            found, words["amount"], reference=words["reference"], approval=row, now=row.decided_at
        )
    except write_offs.NotPossible as error:
        raise NotAllowed(str(error)) from error
    return f"{inr(words['amount'])} recovered"
