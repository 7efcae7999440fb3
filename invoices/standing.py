"""How a document stands: nothing to pay, due, overdue, part paid, paid, written off; a voucher used or not. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing_portal.money import Paise
from invoices.models import Document


class Stand(StrEnum):
    NOTHING = "nothing"  # a bill that discounts brought to zero
    DUE = "due"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    PAID = "paid"
    WRITTEN_OFF = "written_off"
    LEFT = "left"
    USED_UP = "used_up"
    APPLIED = "applied"
    ISSUED = "issued"


@dataclass(frozen=True)
class Standing:
    """Where a document stands; `rest` is what is open on a bill, or left of a voucher, in paise."""

    stand: Stand
    rest: Paise = 0
    is_part: bool = False


def of(document: Document, today: date) -> Standing:
    """Return a document's standing today. A bill's due date itself is day 0 of being overdue, "due today"."""
    if document.is_bill:
        return _bill(document, today)
    if document.kind == Document.Kind.RECEIPT_VOUCHER:
        return _voucher(document)
    if document.kind == Document.Kind.CREDIT_NOTE:
        rest = document.unapplied.amount if hasattr(document, "unapplied") else 0
        return Standing(Stand.LEFT, rest, is_part=True) if rest else Standing(Stand.APPLIED)
    return Standing(Stand.ISSUED)


def _bill(document: Document, today: date) -> Standing:
    rest = document.open_amount
    if not document.total:
        return Standing(Stand.NOTHING)
    if not rest or document.due_on is None:
        return Standing(Stand.WRITTEN_OFF if hasattr(document, "write_off") else Stand.PAID)
    stand = Stand.DUE if document.due_on > today else Stand.OVERDUE
    if document.due_on == today:
        stand = Stand.DUE_TODAY
    return Standing(stand, rest, is_part=rest < document.total)


def _voucher(document: Document) -> Standing:
    left = document.left
    rest = left.taxable + left.cgst + left.sgst + left.igst
    return Standing(Stand.LEFT if rest else Stand.USED_UP, rest, is_part=rest < document.total)
