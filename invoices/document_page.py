"""A document as its page explains it: what it was, what became of it, line by line. A constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from billing_portal.money import Paise, grouped
from invoices.bill_plan import unit_price
from invoices.models import AllocationReversal, Document, DocumentLine, ProblemReport, VoucherUse

DOCUMENTS = ("credit-note", "credit", "covered", "received-again")  # causes that name a document


@dataclass(frozen=True)
class Movement:
    """Something that was put to the document or taken from it, in the customer's words."""

    on: date | datetime
    kind: str  # payment, set-off, credit-note, credit, use, taken-back
    reference: str
    amount: Paise
    net: Paise = 0  # of a voucher: without its tax
    tax: Paise = 0
    slug: str = ""  # of a document to look at


@dataclass(frozen=True)
class Explained:
    """The page's content; amounts in paise."""

    document: Document
    lines: Sequence[DocumentLine]
    movements: Sequence[Movement]
    usage: Sequence[dict[str, Any]]
    related: Sequence[Document]
    problems: Sequence[ProblemReport]
    bills_usage: bool

    @property
    def has_annex(self) -> bool:
        return self.bills_usage


def read(document: Document) -> Explained:
    """Read everything about a document."""
    uses = list(_uses(document))
    movements = [_use(use, document) for use in uses] + _allocations(document) + _taken_back(document)
    related = list(document.followers.order_by("pk"))
    if document.original:
        related.insert(0, document.original)
    return Explained(
        document,
        list(document.lines.all()),
        sorted(movements, key=lambda one: str(one.on)),
        [_usage(row) for row in document.details.get("usage", [])],
        related,
        list(document.problems.order_by("-reported_at")),
        hasattr(document, "cycle") and document.cycle is not None,
    )


def _usage(row: dict[str, Any]) -> dict[str, Any]:
    counts = {name: grouped(row[name]) for name in ("units", "free", "billable")}
    return {**row, **counts, "price": unit_price(row["unit_price"])}


def _uses(document: Document) -> Sequence[VoucherUse]:
    """A bill's vouchers, or what became of a voucher."""
    if document.kind == Document.Kind.RECEIPT_VOUCHER:
        return list(document.uses.select_related("invoice").order_by("pk"))
    return list(document.vouchers_used.select_related("voucher").order_by("pk"))


def _use(use: VoucherUse, document: Document) -> Movement:
    is_voucher = document.kind == Document.Kind.RECEIPT_VOUCHER
    other = use.invoice if is_voucher else use.voucher
    kind = "use" if is_voucher else "set-off"
    on = other.issued_on if is_voucher else document.issued_on
    return Movement(on, kind, other.number, use.total, use.taxable, use.total - use.taxable, other.slug)


def _allocations(document: Document) -> list[Movement]:
    """What paid a bill besides advances: payments, credit notes, unapplied credit."""
    found = []
    for row in document.allocations.order_by("pk"):
        kind, _, rest = row.cause.partition(":")
        if kind == "set-off":
            continue  # the vouchers say more
        reference = rest.split(":")[0]
        slug = reference.replace("/", "-") if kind in DOCUMENTS else ""
        found.append(Movement(row.allocated_at, kind, reference, row.amount, slug=slug))
    return found


def _taken_back(document: Document) -> list[Movement]:
    """What paid a bill and went back: the bill is open again by it."""
    rows = AllocationReversal.objects.filter(allocation__document=document).select_related("allocation")
    found = []
    for row in rows.order_by("pk"):
        kind, _, number = row.allocation.cause.partition(":")
        reference = number.split(":")[0] if kind == "payment" else ""
        found.append(Movement(row.reversed_at, "taken-back", reference, -row.amount))
    return found
