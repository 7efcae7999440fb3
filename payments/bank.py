"""Bank money to customers: a person says whose it is, and it becomes a payment of each account.

Locks: the accounts in ascending order, then the line. Repeating with the same token does nothing new.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts import audit, house
from accounts.ledger import Book
from accounts.levels import Level
from accounts.models import Account, User
from billing_portal.money import Paise, inr
from billing_portal.unit import unit
from payments import bank_lines, take_in, taxes
from payments.bank_lines import NotPossible, State
from payments.models import BankLine, Claim, Payment, TaxDeducted
from payments.taxes import Deduction

TRANSFER, CHEQUE = "bank_transfer", "cheque"  # of `Payment.method`


@dataclass(frozen=True)
class Share:
    """So many paise of a line are this account's, by its claim where it made one, with what it deducted as tax."""

    account_id: int
    amount: Paise
    claim_id: int | None = None
    deductions: tuple[Deduction, ...] = ()


@unit
def settle(
    line_id: int, shares: Sequence[Share], *, token: uuid.UUID, reason: str, by: User, now: datetime
) -> list[Payment]:
    """Settle a line, whole or in part: a payment of each account, its bills first, the rest an advance.

    The same token again returns the same payments. Raises NotPossible, taxes.NotRight.
    """
    if not shares or len({one.account_id for one in shares}) < len(shares):
        raise NotPossible("Name each account once.")
    accounts = {one.pk: one for one in Account.objects.lock_all(pk__in=[one.account_id for one in shares])}
    line = bank_lines.lock(line_id)
    before = _before(shares, token)
    if before:
        return before
    bank_lines.refuse_taking(line, sum(one.amount for one in shares))
    made = [
        _one(line, one, accounts[one.account_id], token=token, reason=reason, by=by, now=now)
        for one in sorted(shares, key=lambda one: one.account_id)
    ]
    bank_lines.unmatch_claims(line)
    return made


def settle_claim(claim_id: int, *, token: uuid.UUID, reason: str, by: User, now: datetime) -> list[Payment]:
    """Settle a claim that was found at the bank, with the whole of its line. Raises NotPossible."""
    claim = Claim.objects.select_related("line").get(pk=claim_id)
    if claim.line is None:
        raise NotPossible("The bank shows no such transfer yet: choose the line it came with.")
    share = Share(claim.account_id, claim.amount, claim.pk)
    return settle(claim.line.pk, [share], token=token, reason=reason, by=by, now=now)


def _before(shares: Sequence[Share], token: uuid.UUID) -> list[Payment]:
    tokens = [_token(token, one.account_id) for one in shares]
    return list(Payment.objects.filter(start_token__in=tokens).order_by("account_id"))


def _token(token: uuid.UUID, account_id: int) -> uuid.UUID:
    return uuid.uuid5(token, str(account_id))


def _one(
    line: BankLine, share: Share, account: Account, *, token: uuid.UUID, reason: str, by: User, now: datetime
) -> Payment:
    refuse_deleted(account)
    claim = _claim(share, line)
    found = taxes.of_claim(claim) if claim else []
    found += taxes.make(account, share.deductions, claim=None, on=line.value_on, money=share.amount)
    before = _stand(line)
    payment = _payment(line, share, account, found, token=_token(token, account.pk), by=by, now=now)
    bank_lines.take(line, share.amount, cause=payment.cause, payment=payment, by=by, now=now)
    take_in.book(account, payment, now=now)
    taxes.attach(found, payment)
    if claim:
        _close(claim, line, payment, by, now)
    audit.record(
        "payments.bank.settle",
        actor=by,
        account=account,
        subject=f"bank-line:{line.pk}",
        reason=reason,
        before=before,
        after=_stand(line)
        | {"payment": payment.number, "amount": inr(payment.amount), "money": inr(share.amount)},
        now=now,
    )
    return payment


def refuse_deleted(account: Account) -> None:
    """Raise NotPossible for a deleted account: money for it stays in suspense and is sent back."""
    if account.wanted_level == Level.DELETED:
        raise NotPossible(f"{account.ban} is deleted: leave the money in suspense and send it back.")


def _claim(share: Share, line: BankLine) -> Claim | None:
    if share.claim_id is None:
        return None
    claim = Claim.objects.select_for_update().get(pk=share.claim_id)
    if claim.account_id != share.account_id:
        raise NotPossible("This claim is another account's.")
    if claim.state not in Claim.WAITING:
        raise NotPossible(f"This claim is {claim.get_state_display().lower()} already.")
    if claim.line_id not in (None, line.pk):
        raise NotPossible("This claim was found with another line.")
    return claim


def _payment(
    line: BankLine,
    share: Share,
    account: Account,
    found: Sequence[TaxDeducted],
    *,
    token: uuid.UUID,
    by: User,
    now: datetime,
) -> Payment:
    kept = {kind: sum(one.amount for one in found if one.kind == kind) for kind in TaxDeducted.Kind}
    tds, gst_tds = kept[TaxDeducted.Kind.INCOME], kept[TaxDeducted.Kind.GST]
    is_cheque = bool(line.cheque_number) and not line.utr
    return Payment.objects.create(
        account=account,
        number=take_in.number(now),
        channel=Payment.Channel.BANK,
        amount=share.amount + tds + gst_tds,
        tds=tds,
        gst_tds=gst_tds,
        status=Payment.Status.CAPTURED,
        start_token=token,
        started_by=by,
        started_at=now,
        reference=line.utr or line.cheque_number,
        method=CHEQUE if is_cheque else TRANSFER,
        instrument=f"Cheque {line.cheque_number}" if is_cheque else "Bank transfer",
        captured_at=bank_lines.moment(line.value_on, now),
        settled_at=now,
    )


def _close(claim: Claim, line: BankLine, payment: Payment, by: User, now: datetime) -> None:
    claim.state, claim.line, claim.payment = Claim.State.SETTLED, line, payment
    claim.decided_by, claim.decided_at = by, now
    claim.save(update_fields=["state", "line", "payment", "decided_by", "decided_at"])


@unit
def to_suspense(line_id: int, *, reason: str, by: User, now: datetime) -> BankLine:
    """Say of an open line that a person looked and nobody knows yet whose the rest is. Raises NotPossible."""
    line = bank_lines.lock(line_id)
    if not line.open_amount or line.direction != bank_lines.IN:
        raise NotPossible("Nothing of this line is open.")
    before = _stand(line)
    line.state, line.note = State.SUSPENSE, reason
    line.save(update_fields=["state", "note"])
    _record("suspense", line, before, reason, by, now)
    return line


@unit
def ask_aside(line_id: int, *, reason: str, by: User, now: datetime) -> BankLine:
    """Ask to put a line aside as none of the portal's business; a second person decides. Raises NotPossible."""
    line = bank_lines.lock(line_id)
    if line.open_amount < line.amount or line.state == State.IGNORED:
        raise NotPossible("A part of this line is settled, or it is put aside already.")
    if line.aside_asked_by_id:
        raise NotPossible("This was asked for already: a second person decides.")
    before = _stand(line)
    line.aside_asked_by, line.note = by, reason
    line.save(update_fields=["aside_asked_by", "note"])
    _record("ask-aside", line, before, reason, by, now)
    return line


@unit
def put_aside(line_id: int, *, agree: bool, reason: str, by: User, now: datetime) -> BankLine:
    """Decide what another asked for: the line's entry is reversed and it leaves suspense, or it stays as it was.

    Raises NotPossible.
    """
    line = bank_lines.lock(line_id)
    if not line.aside_asked_by_id or line.state == State.IGNORED:
        raise NotPossible("Nobody asked to put this line aside, or it was decided already.")
    if line.aside_asked_by_id == by.pk:
        raise NotPossible("Nobody decides what they asked for: a second person has to.")
    before = _stand(line)
    if agree:
        sign = 1 if line.direction == bank_lines.IN else -1
        lines = {Book.BANK: sign * line.amount, Book.SUSPENSE: -sign * line.amount}
        house.post(f"bank-line-aside:{line.pk}", lines, now=now, narrative=f"Put aside: {line.note}"[:200])
        line.state, line.open_amount, line.aside_by = State.IGNORED, 0, by
        bank_lines.unmatch_claims(line)
    else:
        line.aside_asked_by, line.note = None, ""
    line.save(update_fields=["state", "open_amount", "aside_by", "aside_asked_by", "note"])
    _record("put-aside" if agree else "keep", line, before, reason, by, now)
    return line


def _stand(line: BankLine) -> dict[str, str]:
    """What of a line a person changes, in the words of the audit chain."""
    asked = {"aside": "asked for"} if line.aside_asked_by_id else {}
    return {"state": str(line.state), "open": inr(line.open_amount)} | asked


def _record(act: str, line: BankLine, before: dict[str, str], reason: str, by: User, now: datetime) -> None:
    audit.record(
        f"payments.bank.{act}",
        actor=by,
        subject=f"bank-line:{line.pk}",
        reason=reason,
        before=before,
        after=_stand(line),
        now=now,
    )
