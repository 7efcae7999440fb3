"""What of payments went back, as people see it: refunds, and bills that are open again. Two queries for any number."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Q

from accounts.ledger import Book
from accounts.models import Line
from billing_portal.money import Paise
from invoices.models import AllocationReversal, Document
from payments import refund_policy, refunds, traces
from payments.models import Cheque, Dispute, Payment, Refund

Status = Refund.Status

# fmt: off
WORDS = {  # status → the word on its tag, and the tag's tone
    Status.WAITING:   ("Being prepared", "warn"),
    Status.ASKED:     ("Being sent",     "warn"),
    Status.SENT:      ("On its way",     "warn"),
    Status.PROCESSED: ("Paid out",       "good"),
    Status.FAILED:    ("Failed",         "bad"),
}
# fmt: on


@dataclass(frozen=True)
class Back:
    """One refund in the customer's words."""

    refund: Refund
    made_good: Paise = 0  # of one that failed: what its payer has by another way, and is not credited twice

    @property
    def is_back(self) -> bool:
        """Whether its money is on the account again, in whole or in part."""
        return self.refund.status == Status.FAILED and self.made_good < self.refund.amount

    @property
    def word(self) -> str:
        if self.by_bank and self.refund.status == Status.ASKED:
            return "To be transferred"
        return WORDS[Status(self.refund.status)][0]

    @property
    def tone(self) -> str:
        return WORDS[Status(self.refund.status)][1]

    @property
    def within(self) -> str:
        return refund_policy.BACK_WITHIN

    @property
    def by_bank(self) -> bool:
        return self.refund.way == Refund.Way.BANK

    @property
    def documents(self) -> list[Document]:
        """Its documents; asks, so only for the page of one payment."""
        return refunds.documents_of(self.refund)


def refunds_of(payments: Sequence[Payment]) -> dict[int, list[Back]]:
    """Return the refunds of payments, oldest first, by the payment.

    Without what the gateway gave back of another attempt at the same order: that money was never this payment's.
    """
    found: dict[int, list[Back]] = {}
    another = Q(source=Refund.Source.GATEWAY) & ~Q(gateway_payment_id=F("payment__gateway_payment_id"))
    listed = Refund.objects.filter(payment__in=payments).exclude(another)
    rows = list(listed.select_related("document__file").order_by("pk"))
    failed = [one.failed_cause for one in rows if one.status == Status.FAILED]
    lines = Line.objects.filter(entry__key__in=failed, book=Book.BAD_DEBTS) if failed else Line.objects.none()
    made_good = dict(lines.values_list("entry__key", "amount"))
    for row in rows:
        back = Back(row, made_good.get(row.failed_cause, 0))
        found.setdefault(row.payment_id or 0, []).append(back)
    return found


def charged_back(payments: Sequence[Payment]) -> dict[int, Dispute]:
    """Return the disputes for which money of payments was taken out of their account, by the payment. One query."""
    rows = Dispute.objects.charged_back().filter(payment__in=payments)
    return {row.payment_id: row for row in rows.order_by("pk")}


def vouchers_of(taken: Sequence[Cheque | Dispute]) -> dict[int | None, list[Document]]:
    """Return the refund vouchers of what was charged back or bounced, by the payment. One query; none for nothing."""
    causes = {one.bounce_cause if isinstance(one, Cheque) else one.cause: one.payment_id for one in taken}
    theirs = Q()
    for cause in causes:
        theirs |= Q(cause__startswith=f"{cause}:")
    found: dict[int | None, list[Document]] = {}
    if causes:
        rows = Document.objects.filter(theirs, kind=Document.Kind.REFUND_VOUCHER).select_related("file")
        for row in rows.order_by("pk"):
            cause = next(one for one in causes if row.cause.startswith(f"{one}:"))
            found.setdefault(causes[cause], []).append(row)
    return found


def opened_again(payments: Sequence[Payment]) -> dict[str, list[tuple[Document, Paise]]]:
    """Return the bills that payments had paid and that are open again by it, by the payment's cause."""
    by_voucher = {traces.advance_of(one.cause): one.cause for one in payments}
    theirs = Q(allocation__cause__in=by_voucher.values()) | Q(use__voucher__cause__in=by_voucher)
    found: dict[str, list[tuple[Document, Paise]]] = {}
    rows = AllocationReversal.objects.filter(theirs).select_related("allocation__document", "use__voucher")
    for row in rows.order_by("pk"):
        cause = by_voucher[row.use.voucher.cause] if row.use else row.allocation.cause
        found.setdefault(cause, []).append((row.allocation.document, row.amount))
    return found
