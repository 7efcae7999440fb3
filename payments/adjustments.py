"""Adjustments of the gateway that a person has looked at: one that is its charge goes from the gateway's book to fees.

One that belongs to a refund or a dispute stays in the gateway's book, where that refund or dispute has posted: it is
resolved without a posting.
"""

from datetime import datetime

from accounts import house
from accounts.ledger import Book
from accounts.models import User
from billing_portal.money import Paise, inr
from billing_portal.unit import unit
from payments import differences
from payments.differences import NotPossible
from payments.models import Difference


@unit
def book_as_fee(difference_id: int, tax: Paise, *, by: User, reason: str, now: datetime) -> Difference:
    """Post an adjustment as the gateway's fee, `tax` paise of it as input GST, and resolve its difference.

    Below zero it was taken from us, above it was given. Raises NotPossible.
    """
    row = Difference.objects.get(pk=difference_id)
    if row.kind != Difference.Kind.ADJUSTMENT or not row.theirs:
        raise NotPossible("Only an adjustment is booked as a fee.")
    if not 0 <= tax < abs(row.theirs):
        raise NotPossible(f"The GST inside it is less than {inr(abs(row.theirs))}.")
    sign = 1 if row.theirs > 0 else -1
    made = differences.resolve(row.pk, by=by, reason=reason, now=now)
    house.post(
        f"adjustment:{row.subject}",
        {Book.GATEWAY: -row.theirs, Book.FEES: row.theirs - sign * tax, Book.INPUT_GST: sign * tax},
        now=now,
        narrative=f"Adjustment {row.subject} of the gateway"[:200],
    )
    return made
