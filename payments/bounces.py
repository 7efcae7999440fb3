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
from payments import bank_lines, cheques
from payments.bank_lines import NotPossible
from payments.cheques import State
from payments.models import Cheque


@unit
def bounce(
    cheque_id: int, *, on: date, why: str, charge: Paise, reason: str, by: User, now: datetime
) -> Cheque:
    """Note that the bank did not pay a cheque, with its words and our charge in paise (0: none).

    Nothing was credited before clearing, so nothing is taken back; its claim is rejected. Repeating does nothing.
    Raises NotPossible.
    """
    row = cheques.lock(cheque_id)
    if row.state == State.BOUNCED:
        return row
    cheques.refuse_unless(row, *cheques.AT_DESK)
    cheques.refuse_day(on, row.received_on, now)
    row.state, row.bounced_on, row.reason, row.charge = State.BOUNCED, on, why[:200], charge
    row.save(update_fields=["state", "bounced_on", "reason", "charge"])
    cheques.drop_claim(row, f"The bank did not pay your cheque: {why}", by, now)
    cheques.tell_bounced(row, now, reopened=0)
    cheques.record("bounce", row, reason, by, now)
    return row


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
    cheques.record("charge", row, reason, by, now)
    return row
