"""What customers are told of a dispute: that it began, what was taken, how it ended; each once."""

from datetime import datetime
from typing import Any

from django.db.models import Sum

from accounts import notices
from accounts.models import Account
from billing_portal import clock
from invoices import settlement
from invoices.models import AllocationReversal, Document
from payments import traces
from payments.models import Dispute, Payment

State = Dispute.State


def tell(account: Account, payment: Payment, row: Dispute, *, now: datetime) -> None:
    """Owe the account the message of how a dispute stands. Repeating does nothing."""
    name = _name(row)
    if not name:
        return
    vouchers = _vouchers(row) if name == "dispute-lost" else []
    notices.owe(
        account,
        name,
        event=f"dispute:{row.gateway_dispute_id}",
        context=_context(account, payment, row, vouchers, now),
        attachments=[{"name": f"{one.slug}.pdf", "file": one.file.name} for one in vouchers],
        now=now,
    )


def _name(row: Dispute) -> str:
    """Return the message that is due; none while a closed dispute's money is still held back."""
    if row.is_open:
        return "dispute-opened"
    if row.debited_at and not row.returned_at:
        return "dispute-lost"
    return "" if row.state == State.CLOSED and row.deducted else "dispute-ended"


def _context(
    account: Account, payment: Payment, row: Dispute, vouchers: list[Document], now: datetime
) -> dict[str, Any]:
    unpaid = settlement.unpaid(account)
    reopened = AllocationReversal.objects.filter(cause=row.cause).aggregate(sum=Sum("amount", default=0))
    return {
        "payment": payment.number,
        "paid_on": clock.business_date(payment.captured_at or now).isoformat(),
        "method": payment.paid_with,
        "amount": row.amount,
        "debited": row.debited,
        "returned": row.debited - traces.made_good(account, row.won_cause) if row.returned_at else 0,
        "is_won": row.state == State.WON,
        "is_question": row.phase == "retrieval",
        "vouchers": [{"number": one.number, "amount": one.total} for one in vouchers],
        "reopened": reopened["sum"],
        "due": sum(one.open_amount for one in unpaid),
    }


def _vouchers(row: Dispute) -> list[Document]:
    """Return the refund vouchers that took the advance back."""
    kind = Document.Kind.REFUND_VOUCHER
    found = Document.objects.filter(kind=kind, cause__startswith=f"{row.cause}:")
    return list(found.select_related("file").order_by("pk"))
