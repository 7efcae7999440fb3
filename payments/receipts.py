"""A receipt that a person enters before the statement comes: the same kind of line, confirmed by the statement later.

It is known by its UTR or its cheque's number, so that the statement's row does not become a second line.
"""

import hashlib
import uuid
from datetime import date, datetime, timedelta

from accounts import audit
from accounts.models import User
from billing_portal import clock
from billing_portal.money import Paise, inr
from billing_portal.unit import unit
from payments import bank_lines, statement_file, utr
from payments.bank_lines import IN, NotPossible
from payments.models import BankLine

CHEQUE_DAYS = timedelta(days=92)  # a cheque is honoured for three months: then its number may be another's


@unit
def enter(
    bank: str,
    amount: Paise,
    *,
    value_on: date,
    reference: str,
    narration: str,
    token: uuid.UUID,
    reason: str,
    by: User,
    now: datetime,
    source: BankLine.Source = BankLine.Source.ENTERED,
    direction: BankLine.Direction = IN,
) -> BankLine:
    """Enter money that is at the bank: a line in suspense. The same token again is the same line.

    `reference` is a UTR, or the number of a cheque. Raises NotPossible.
    """
    bank_lines.adding()
    row_hash = hashlib.sha256(f"{source}:{direction}:{token}".encode()).hexdigest()
    before = BankLine.objects.filter(bank=bank, row_hash=row_hash).first()
    if before:
        return before
    if not statement_file.OLDEST <= value_on <= clock.business_date(now):
        raise NotPossible("The day is not after today.")
    number, cheque = _named(reference)
    if number and BankLine.objects.filter(utr=number, direction=IN).exists():
        raise NotPossible(f"UTR {number} is there already: settle its line.")
    if cheque and source == BankLine.Source.ENTERED:
        _refuse_cheque(bank, cheque, amount, value_on)
    line = BankLine(
        bank=bank,
        source=source,
        direction=direction,
        amount=amount,
        open_amount=amount,
        value_on=value_on,
        utr=number,
        cheque_number=cheque,
        narration=narration,
        payer=utr.payer_of(narration),
        row_hash=row_hash,
        entered_by=by,
        entered_at=now,
    )
    [line] = bank_lines.add([line], now=now)
    if number:
        bank_lines.match_claims([number])
    audit.record(
        "payments.bank.enter",
        actor=by,
        subject=f"bank-line:{line.pk}",
        reason=reason,
        after={"reference": reference, "amount": amount},
        now=now,
    )
    return line


def _named(reference: str) -> tuple[str | None, str]:
    """Read what names a receipt: a UTR, or a cheque's number. Raises NotPossible."""
    try:
        return None, utr.cheque(reference)
    except utr.NotACheque:
        pass
    try:
        return utr.normal(reference), ""
    except utr.NotAUtr as error:
        raise NotPossible(f"{error} A cheque has six digits.") from error


def _refuse_cheque(bank: str, cheque: str, amount: Paise, value_on: date) -> None:
    """Raise NotPossible where a statement or a person has brought this cheque's money already."""
    days = value_on - CHEQUE_DAYS, value_on + CHEQUE_DAYS
    same = BankLine.objects.filter(bank=bank, direction=IN, cheque_number=cheque, amount=amount)
    if same.filter(value_on__range=days).exists():
        raise NotPossible(f"Cheque {cheque} over {inr(amount)} is there already: settle its line.")
