"""Giving money of a payment back: asked for by staff, with a second person above ₹1,000; see `refund_plan` for what.

The money leaves the account at once, into *refunds payable*: it can neither be spent nor given back again. A job
sends it to the gateway (`refund_sending`); what becomes of it stands in `refund_outcomes`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from accounts import approvals, audit, ledger, notices
from accounts.ledger import Book
from accounts.models import Account, Approval, User
from billing_portal.money import Paise, inr
from billing_portal.unit import unit
from credit import review
from invoices import refund_vouchers
from invoices.models import CreditBalance, Document
from payments import refund_plan, refund_policy, take_in
from payments.models import Payment, Refund
from payments.refund_plan import NotPossible, Planned

Source, Way, Status = Refund.Source, Refund.Way, Refund.Status
ACTION = "refund"  # of requests to a second person


@unit
def ask(
    payment_id: int, *, code: str, amount: Paise, token: UUID, reason: str, by: User, now: datetime
) -> Refund | Approval:
    """Give `amount` of one option of a payment back, or ask a second person to above ₹1,000.

    The same token again returns the same refund or request. Raises NotPossible.
    """
    account, payment = _locked(payment_id)
    before = Refund.objects.filter(key=token.hex).first() or Approval.objects.filter(token=token).first()
    if before:
        return before
    planned = refund_plan.plan(account, payment, code, amount, now=now)
    if not planned.needs_two:
        return _begin(account, payment, planned, token.hex, reason, by, None, now)
    return approvals.ask(
        ACTION,
        account,
        token=token,
        payload={"payment": payment.pk, "code": code, "amount": amount},
        summary=f"Refund {inr(amount)} of {payment.number} ({planned.option.source.label.lower()})",
        reason=reason,
        by=by,
        now=now,
    )


def carry_out(row: Approval) -> str:
    """Begin a refund that a second person has agreed to. The caller holds the account's lock.

    Raises NotAllowed where it is not possible any more.
    """
    assert row.decided_at is not None
    account, payment = _locked(row.payload["payment"])
    try:
        planned = refund_plan.plan(
            account, payment, row.payload["code"], row.payload["amount"], now=row.decided_at
        )
    except NotPossible as error:
        raise approvals.NotAllowed(str(error)) from error
    made = _begin(account, payment, planned, row.token.hex, row.reason, row.requested_by, row, row.decided_at)
    return made.number


def number(now: datetime) -> str:
    """Take the next number of a refund, e.g. "RFD2627-000003"."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('payments_refund_number')")
        (counter,) = cursor.fetchone()
    return f"RFD{take_in.year_code(now)}-{counter:06}"


def documents_of(refund: Refund) -> list[Document]:
    """Return the documents of a refund: its refund vouchers, or the voucher or credit note that it pays out."""
    issued = Document.objects.filter(cause__startswith=refund.voucher_cause).select_related("file")
    own = [refund.document] if refund.document else []
    return own + list(issued.order_by("pk"))


def context(refund: Refund, documents: Sequence[Document] = ()) -> dict[str, Any]:
    """Return what a refund's mails say."""
    payment = refund.payment
    return {
        "refund": refund.number,
        "payment": payment.number if payment else "",
        "amount": refund.amount,
        "method": payment.paid_with if payment else "",
        "by_bank": refund.way == Way.BANK,
        "reference": refund.reference,
        "within": refund_policy.BACK_WITHIN,
        "documents": [{"number": one.number, "total": one.total, "tax": one.tax} for one in documents],
    }


def _locked(payment_id: int) -> tuple[Account, Payment]:
    account_id = Payment.objects.values_list("account_id", flat=True).get(pk=payment_id)
    account = Account.objects.lock(account_id)
    return account, Payment.objects.select_for_update().get(pk=payment_id)


def _begin(
    account: Account,
    payment: Payment,
    planned: Planned,
    key: str,
    reason: str,
    by: User,
    approval: Approval | None,
    now: datetime,
) -> Refund:
    """Write the refund down with its key, take its money out of the account, and tell the customer."""
    refund = Refund.objects.create(
        number=number(now),
        key=key,
        account=account,
        payment=payment,
        source=planned.option.source,
        way=planned.way,
        amount=planned.amount,
        document=planned.option.document,
        status=Status.ASKED,
        reason=reason,
        asked_by=by,
        asked_at=now,
        approval=approval,
        approved_by=approval.decided_by if approval else None,
        gateway_payment_id=payment.gateway_payment_id or "",
        next_at=now if planned.way == Way.GATEWAY else None,
    )
    issued = _reserve(account, refund, planned, now)
    _tell(account, refund, issued, now)
    audit.record(
        "payments.refund.ask",
        actor=by,
        account=account,
        subject=f"refund:{refund.number}",
        reason=reason,
        after={"payment": payment.number, "amount": refund.amount, "source": refund.source},
        now=now,
    )
    review.after_money(account, now=now)
    return refund


def _reserve(account: Account, refund: Refund, planned: Planned, now: datetime) -> list[Document]:
    """Move its money to the refunds payable; what a voucher promised is there already. Return new vouchers."""
    if refund.source == Source.ADVANCE:
        return [
            refund_vouchers.give_back(
                account,
                left,
                value,
                cause=f"{refund.voucher_cause}{left.voucher.number}",
                reason=refund.reason,
                now=now,
            )
            for left, value in planned.parts
        ]
    if refund.source == Source.CREDIT:
        assert refund.document is not None
        left = CreditBalance.objects.get(credit_note=refund.document)
        left.amount -= refund.amount
        left.save(update_fields=["amount"])
        ledger.post(
            refund.credit_cause,
            account,
            {Book.CREDITS: -refund.amount, Book.REFUNDS: refund.amount},
            now=now,
            narrative=f"Refund {refund.number} of credit note {refund.document.number}",
        )
    return []


def _tell(account: Account, refund: Refund, issued: Sequence[Document], now: datetime) -> None:
    notices.owe(
        account,
        "refund-started",
        event=f"refund-started:{refund.number}",
        context=context(refund, issued),
        attachments=[{"name": f"{one.slug}.pdf", "file": one.file.name} for one in issued],
        now=now,
    )
