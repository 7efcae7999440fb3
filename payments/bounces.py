"""A cheque that bounced, and the charge for it.

The charge is compensation and no supply: no GST, no tax document (gst reference § 15). It is asked for in the message
and booked when bank money comes for it: Dr suspense, Cr dishonour charges. It never mixes with the customer's bills.
"""

from datetime import date, datetime

from accounts import house
from accounts.ledger import Book
from accounts.models import User
from billing_portal.money import Paise
from billing_portal.unit import unit
from payments import bank_lines, cheques, receipts, take_back
from payments.bank_lines import NotPossible
from payments.cheques import State
from payments.models import BankLine, Cheque, TaxDeducted


@unit
def bounce(
    cheque_id: int, *, on: date, why: str, charge: Paise, reason: str, by: User, now: datetime
) -> Cheque:
    """Note that the bank did not pay a cheque, with its words and our charge in paise (0: none).

    Before clearing nothing was credited, and its claim is rejected. After it the payment is taken back whole, with
    tax that was deducted: its bills are due again, and the overdue case is looked at. Repeating does nothing.
    Raises NotPossible.
    """
    row = cheques.lock(cheque_id)
    if row.state == State.BOUNCED:
        return row
    was = str(row.state)
    cheques.refuse_unless(row, *cheques.AT_DESK, State.CLEARED)
    cheques.refuse_day(on, row.cleared_on or row.received_on, now)
    row.state, row.bounced_on, row.reason, row.charge = State.BOUNCED, on, why[:200], charge
    row.save(update_fields=["state", "bounced_on", "reason", "charge"])
    cheques.drop_claim(row, f"The bank did not pay your cheque: {why}", by, now)
    reopened = _take_back(row, reason, by, now) if row.payment else 0
    cheques.tell_bounced(row, now, reopened=reopened)
    cheques.record("bounce", row, reason, by, now, was=was)
    return row


def _take_back(row: Cheque, reason: str, by: User, now: datetime) -> Paise:
    """Take the payment back: its money out by the bank's line, the tax out of its books. Return what is due again."""
    payment = row.payment
    assert payment is not None and row.bounced_on is not None
    cause = row.bounce_cause
    parts = {cause: (Book.SUSPENSE, payment.money), f"{cause}:tds": (Book.TDS, payment.tds)}
    parts[f"{cause}:gst-tds"] = (Book.GST_TDS, payment.gst_tds)
    reopened = 0
    for key, (book, amount) in parts.items():
        if amount:
            words = f"Cheque {row.number} bounced"
            done = take_back.take_back(
                row.account, payment, amount, cause=key, credit_book=book, now=now, narrative=words
            )
            reopened += done.reopened
    bank_lines.take_out(_line_out(row, reason, by, now), row.amount, cause=cause, by=by, now=now)
    payment.taxes.update(state=TaxDeducted.State.DROPPED, ended_at=now)
    return reopened


def _line_out(row: Cheque, reason: str, by: User, now: datetime) -> BankLine:
    """Return the line by which the bank took the money back, or make it: the statement confirms it later."""
    bank_lines.adding()
    lines = BankLine.objects.filter(direction=bank_lines.OUT, cheque_number=row.number, amount=row.amount)
    if row.paid_into:  # not known of one that was cleared before it was kept
        lines = lines.filter(bank=row.paid_into)
    line = lines.filter(open_amount=row.amount, aside_asked_by=None).order_by("pk").first()
    assert row.bounced_on is not None
    return line or receipts.enter(
        row.paid_into or bank_lines.banks()[0],
        row.amount,
        value_on=row.bounced_on,
        reference=row.number,
        narration=f"Cheque {row.number} returned, {row.bank}",
        token=row.token,
        reason=reason,
        by=by,
        now=now,
        source=BankLine.Source.CHEQUE,
        direction=bank_lines.OUT,
    )


@unit
def take_charge(cheque_id: int, line_id: int, *, reason: str, by: User, now: datetime) -> Cheque:
    """Book the charge of a cheque that bounced out of a bank line, once. Raises NotPossible."""
    row = cheques.lock(cheque_id)
    if row.state != State.BOUNCED or not row.charge:
        raise NotPossible("There is no charge on this cheque.")
    cause = f"dishonour-charge:{row.pk}"
    line = bank_lines.lock(line_id)
    bank_lines.take(line, row.charge, cause=cause, by=by, now=now)
    lines = {Book.SUSPENSE: -row.charge, Book.PENALTIES: row.charge}
    house.post(cause, lines, now=now, narrative=f"Charge for cheque {row.number} of {row.account.ban}")
    cheques.record("charge", row, reason, by, now, was=str(row.state))
    return row
