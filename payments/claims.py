"""What customers declare: a transfer by its UTR, a cheque by its number. It credits nothing; a person settles it.

A UTR counts once: one that has brought money is refused here, one of another account's claim is left to the person who
settles. A claim may be withdrawn while it waits.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts import audit, notices
from accounts.levels import Level
from accounts.models import Account, User
from billing_portal import clock
from billing_portal.money import LARGEST, Paise, inr
from billing_portal.unit import unit
from payments import bank_lines, taxes, utr
from payments.models import BankLine, Claim, Utr
from payments.taxes import Deduction

Kind, State = Claim.Kind, Claim.State
OLDEST = timedelta(days=400)
AHEAD = timedelta(days=0)
AT_ONCE = 20  # claims of an account that may wait


class NotPossible(ValueError):
    """This cannot be declared or decided; the message says why. `field` names the field it is about."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Said:
    """What a customer says: paise of money, without the tax that was deducted."""

    kind: str
    reference: str  # UTR, or the cheque's number
    amount: Paise
    sent_on: date
    bank: str = ""
    deductions: tuple[Deduction, ...] = ()


@unit
def declare(account_id: int, said: Said, *, token: uuid.UUID, by: User, now: datetime) -> Claim:
    """Declare money that was sent. The same token again returns the same claim. Raises NotPossible, taxes.NotRight."""
    account = Account.objects.lock(account_id)
    before = Claim.objects.filter(account=account, token=token).first()
    if before:
        return before
    if account.wanted_level == Level.DELETED:
        raise NotPossible(
            "This account is deleted. That is final: please write to us about money that you sent."
        )
    _check(account, said, clock.business_date(now))
    number = _number(said)
    _refuse_known(account, said, number)
    planned = taxes.plan(account, said.deductions, money=said.amount, on=said.sent_on)
    claim = Claim.objects.create(
        account=account,
        token=token,
        kind=said.kind,
        utr=number if said.kind == Kind.TRANSFER else None,
        cheque_number=number if said.kind == Kind.CHEQUE else "",
        bank=said.bank,
        amount=said.amount,
        tds=sum(row.amount for row in planned if row.kind == taxes.Kind.INCOME),
        gst_tds=sum(row.amount for row in planned if row.kind == taxes.Kind.GST),
        sent_on=said.sent_on,
        declared_by=by,
        declared_at=now,
    )
    for row in planned:
        row.claim = claim
        row.save()
    if claim.utr:
        bank_lines.match_claims([claim.utr])
        claim.refresh_from_db()
    return claim


@unit
def withdraw(account_id: int, claim_id: int, *, now: datetime) -> Claim:
    """Take a claim back while it waits. Withdrawing again does nothing. Raises NotPossible, Claim.DoesNotExist."""
    account = Account.objects.lock(account_id)
    claim = Claim.objects.select_for_update().get(pk=claim_id, account=account)
    if claim.state == State.WITHDRAWN:
        return claim
    _refuse_decided(claim)
    if hasattr(claim, "cheque"):
        raise NotPossible("The cheque is at our desk already: please write to us.")
    return _drop(claim, State.WITHDRAWN, now)


@unit
def reject(claim_id: int, *, reason: str, by: User, now: datetime) -> Claim:
    """Reject a claim with a reason that the customer is told. Rejecting again does nothing. Raises NotPossible."""
    account = Account.objects.lock(Claim.objects.values_list("account_id", flat=True).get(pk=claim_id))
    claim = Claim.objects.select_for_update().get(pk=claim_id)
    if claim.state == State.REJECTED:
        return claim
    _refuse_decided(claim)
    was = str(claim.state)
    claim.reason, claim.decided_by, claim.decided_at = reason[:300], by, now
    _drop(claim, State.REJECTED, now)
    notices.owe(
        account,
        "claim-rejected",
        event=f"claim:{claim.pk}",
        context={
            "what": claim.get_kind_display(), "reference": claim.reference, "amount": claim.amount,
            "sent_on": claim.sent_on.isoformat(), "reason": claim.reason,
        },
        now=now,
    )  # fmt: skip
    audit.record(
        "payments.claim.reject",
        actor=by,
        account=account,
        subject=f"claim:{claim.pk}",
        reason=reason,
        before={"state": was},
        after={"state": str(claim.state), "reference": claim.reference, "amount": inr(claim.amount)},
        now=now,
    )
    return claim


def rivals(claims: Sequence[Claim]) -> set[int]:
    """Return those of these claims whose UTR another account has declared too: never exact."""
    others = (
        Claim.objects.filter(utr__in=[one.utr for one in claims if one.utr])
        .waiting()
        .values_list("utr", "account")
    )
    seen: dict[str | None, set[int]] = {}
    for number, account in others:
        seen.setdefault(number, set()).add(account)
    return {one.pk for one in claims if len(seen.get(one.utr, ())) > 1}


def _drop(claim: Claim, state: Claim.State, now: datetime) -> Claim:
    claim.state, claim.dropped_at = state, now
    claim.save(update_fields=["state", "dropped_at", "reason", "decided_by", "decided_at"])
    taxes.drop(claim, now=now)
    return claim


def _refuse_decided(claim: Claim) -> None:
    if claim.state not in Claim.WAITING:
        raise NotPossible(f"This was decided already: {claim.get_state_display().lower()}.")


def _check(account: Account, said: Said, today: date) -> None:
    if not 0 < said.amount <= LARGEST // 100:
        raise NotPossible("Enter an amount above zero and within ₹1,00,00,00,000.", "amount")
    if not today - OLDEST <= said.sent_on <= today + AHEAD:
        raise NotPossible("The day is not after today, and not more than a year ago.", "sent_on")
    if Claim.objects.filter(account=account).waiting().count() >= AT_ONCE:
        raise NotPossible(f"{AT_ONCE} of your transfers and cheques are waiting: we look at these first.")


def _number(said: Said) -> str:
    try:
        return utr.normal(said.reference) if said.kind == Kind.TRANSFER else utr.cheque(said.reference)
    except (utr.NotAUtr, utr.NotACheque) as error:
        raise NotPossible(str(error), "reference") from error


def _refuse_known(account: Account, said: Said, number: str) -> None:
    """Refuse what has brought money or was declared; of other accounts nothing is told."""
    mine = Claim.objects.filter(account=account, dropped_at=None)
    if said.kind == Kind.CHEQUE:
        if mine.filter(kind=Kind.CHEQUE, cheque_number=number, amount=said.amount).exists():
            raise NotPossible("This cheque is declared already.", "reference")
        return
    if mine.filter(utr=number).exists():
        raise NotPossible("This transfer is declared already.", "reference")
    holder = Utr.objects.filter(utr=number, payment__isnull=False).select_related("payment").first()
    if holder and holder.payment and holder.payment.account_id == account.pk:
        raise NotPossible(
            f"This transfer has arrived: it was credited as {holder.payment.number}.", "reference"
        )
    settled = BankLine.objects.filter(utr=number, direction=bank_lines.IN, open_amount=0).exists()
    if holder or settled:
        raise NotPossible(
            "This UTR is settled already. If you think that is wrong, please write to us.", "reference"
        )
