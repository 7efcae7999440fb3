"""Cheques: received, deposited, then cleared (credited now) or bounced. Before clearing no money has moved.

Cleared by the bank's line, or by hand: then the line is made here, and the statement confirms it by the cheque's
number. Bounces stand in `bounces`.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from accounts import audit, notices
from accounts.models import Account, User
from billing_portal import clock
from billing_portal.money import LARGEST, Paise, inr
from billing_portal.unit import unit
from payments import bank, bank_lines, receipts, utr
from payments.bank_lines import NotPossible
from payments.models import BankLine, Cheque, Claim

State = Cheque.State
AT_DESK = (State.RECEIVED, State.DEPOSITED)
STALE_DAYS = 92  # a cheque is honoured for three months from its date


@dataclass(frozen=True)
class Paper:
    """What a cheque says; paise."""

    number: str
    bank: str
    amount: Paise
    dated_on: date
    received_on: date


@unit
def receive(
    account_id: int, paper: Paper, *, token: uuid.UUID, reason: str, by: User, now: datetime
) -> Cheque:
    """Take a cheque in; the customer's claim of it is joined. The same token again is the same cheque.

    Raises NotPossible.
    """
    account = Account.objects.lock(account_id)
    before = Cheque.objects.filter(token=token).first()
    if before:
        return before
    bank.refuse_deleted(account)
    number = _checked(account, paper, clock.business_date(now))
    claim = Claim.objects.waiting().filter(
        account=account, kind=Claim.Kind.CHEQUE, cheque_number=number, amount=paper.amount, cheque=None
    )
    row = Cheque.objects.create(
        account=account,
        token=token,
        claim=claim.first(),
        number=number,
        bank=paper.bank,
        amount=paper.amount,
        dated_on=paper.dated_on,
        received_on=paper.received_on,
        entered_by=by,
        entered_at=now,
    )
    record("receive", row, reason, by, now)
    return row


@unit
def deposit(cheque_id: int, *, on: date, reason: str, by: User, now: datetime, into: str = "") -> Cheque:
    """Give a cheque to the bank, `into` one of our accounts (empty: the first). Repeating does nothing.

    Raises NotPossible.
    """
    row = lock(cheque_id)
    if row.state == State.DEPOSITED:
        return row
    was = str(row.state)
    refuse_unless(row, State.RECEIVED)
    refuse_day(on, row.received_on, now)
    row.state, row.deposited_on, row.paid_into = State.DEPOSITED, on, _ours(into)
    row.save(update_fields=["state", "deposited_on", "paid_into"])
    record("deposit", row, reason, by, now, was=was)
    return row


@unit
def clear(cheque_id: int, *, on: date, reason: str, by: User, now: datetime, into: str = "") -> Cheque:
    """Credit a cheque that the bank paid: out of its line, or of one made now. Repeating does nothing.

    `into` is our account that was paid; empty: the one it was given to. Raises NotPossible.
    """
    row = lock(cheque_id)
    if row.state == State.CLEARED:
        return row
    was = str(row.state)
    refuse_unless(row, *AT_DESK)
    refuse_day(on, row.deposited_on or row.received_on, now)
    line = _line(row, _ours(into or row.paid_into), on, reason, by, now)
    row.paid_into = line.bank
    share = bank.Share(row.account_id, row.amount, row.claim_id)
    [payment] = bank.settle(line.pk, [share], token=row.token, reason=reason, by=by, now=now)
    row.state, row.cleared_on, row.payment = State.CLEARED, line.value_on, payment
    row.save(update_fields=["state", "cleared_on", "payment", "paid_into"])
    record("clear", row, reason, by, now, was=was)
    return row


@unit
def give_back(cheque_id: int, *, reason: str, by: User, now: datetime) -> Cheque:
    """Give a cheque back that is not at the bank; its claim is rejected with the reason. Raises NotPossible."""
    row = lock(cheque_id)
    if row.state == State.RETURNED:
        return row
    was = str(row.state)
    refuse_unless(row, State.RECEIVED)
    row.state, row.reason = State.RETURNED, reason[:200]
    row.save(update_fields=["state", "reason"])
    drop_claim(row, "Your cheque was given back to you", by, now)
    record("give-back", row, reason, by, now, was=was)
    return row


def lock(cheque_id: int) -> Cheque:
    """Lock a cheque's account, then the cheque, and return it afresh."""
    account = Account.objects.lock(Cheque.objects.values_list("account_id", flat=True).get(pk=cheque_id))
    row = Cheque.objects.select_for_update(of=("self",)).get(pk=cheque_id)
    row.account = account
    return row


def refuse_unless(row: Cheque, *states: State) -> None:
    """Raise NotPossible for a cheque that is in none of these states."""
    if row.state not in states:
        raise NotPossible(f"This cheque is {row.get_state_display().lower()}.")


def record(act: str, row: Cheque, reason: str, by: User, now: datetime, *, was: str = "") -> None:
    """Write an act down, with the state that the cheque had before it; none where it is new."""
    audit.record(
        f"payments.cheque.{act}",
        actor=by,
        account=row.account,
        subject=f"cheque:{row.pk}",
        reason=reason,
        before={"state": was} if was else {},
        after={"state": str(row.state), "number": row.number, "amount": inr(row.amount)},
        now=now,
    )


def drop_claim(row: Cheque, reason: str, by: User, now: datetime) -> None:
    """Reject the waiting claim of a cheque that brings nothing; what it said of deducted tax is dropped with it.

    One that was credited stays so, and may be declared again: a cheque that bounced is often presented anew.
    """
    claim = row.claim
    if claim is None:
        return
    if claim.state not in Claim.WAITING:
        Claim.objects.filter(pk=claim.pk, dropped_at=None).update(dropped_at=now)
        return
    claim.state, claim.reason, claim.dropped_at = Claim.State.REJECTED, reason[:300], now
    claim.decided_by, claim.decided_at = by, now
    claim.save(update_fields=["state", "reason", "dropped_at", "decided_by", "decided_at"])
    claim.taxes.filter(state="declared").update(state="dropped", ended_at=now)


def tell_bounced(row: Cheque, now: datetime, *, reopened: Paise) -> None:
    """Owe the customer the news of a bounce: what is owed again, and the charge."""
    notices.owe(
        row.account,
        "cheque-bounced",
        event=f"cheque-bounced:{row.pk}",
        context={
            "number": row.number, "bank": row.bank, "amount": row.amount, "reason": row.reason,
            "was_credited": row.payment_id is not None, "reopened": reopened, "charge": row.charge,
        },
        now=now,
    )  # fmt: skip


def _checked(account: Account, paper: Paper, today: date) -> str:
    try:
        number = utr.cheque(paper.number)
    except utr.NotACheque as error:
        raise NotPossible(str(error)) from error
    if not 0 < paper.amount <= LARGEST // 100:
        raise NotPossible("The amount is above zero and within ₹1,00,00,00,000.")
    if paper.received_on > today:
        raise NotPossible("It cannot have come after today.")
    if (paper.received_on - paper.dated_on).days > STALE_DAYS:
        raise NotPossible("A cheque is honoured for three months from its date: this one is stale.")
    same = account.cheques.filter(number=number, bank=paper.bank)
    if same.exclude(state__in=(State.RETURNED, State.BOUNCED)).exists():
        raise NotPossible("This cheque is here already.")
    return number


def refuse_day(on: date, earliest: date, now: datetime) -> None:
    """Raise NotPossible for a day that cannot be."""
    if not earliest <= on <= clock.business_date(now):
        raise NotPossible(f"The day is between {earliest:%d %b %Y} and today.")


def _ours(account: str) -> str:
    """One of our bank accounts, the first where none is named."""
    if account and account not in bank_lines.banks():
        raise NotPossible("This is none of our bank accounts.")
    return account or bank_lines.banks()[0]


def _line(row: Cheque, into: str, on: date, reason: str, by: User, now: datetime) -> BankLine:
    """Return the bank's line of a cheque, or make it: the statement confirms it later.

    A line of that account comes first; one of another account of ours is its line all the same.
    """
    lines = BankLine.objects.open().filter(cheque_number=row.number, amount=row.amount, aside_asked_by=None)
    found = list(lines.filter(open_amount=row.amount, utr=None))
    line = next((one for one in found if one.bank == into), found[0] if found else None)
    return line or receipts.enter(
        into,
        row.amount,
        value_on=on,
        reference=row.number,
        narration=f"Cheque {row.number}, {row.bank}",
        token=row.token,
        reason=reason,
        by=by,
        now=now,
        source=BankLine.Source.CHEQUE,
    )
