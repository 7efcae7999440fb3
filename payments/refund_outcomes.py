"""What became of a refund: paid out, or failed and on the account again. One way for calls, looks and answers.

The order in which news comes does not matter: the furthest state stands, and each is booked once.
"""

from datetime import datetime

import structlog

from accounts import ledger, notices
from accounts.ledger import Book
from accounts.levels import Level
from accounts.models import Account
from billing_portal.unit import unit
from credit import review
from invoices import settlement, unapplied
from invoices.models import CreditBalance, Document
from payments import parked, put_back, refund_policy, refunds, traces
from payments.gateways.refunds import GatewayRefund, RefundState
from payments.models import Payment, Refund

log = structlog.get_logger(__name__)

Source, Status = Refund.Source, Refund.Status
FIELDS = [
    "status", "gateway_refund_id", "reference", "next_at", "error", "parked_at", "processed_at", "failed_at", "way",
    "line",
]  # fmt: skip


@unit
def apply(refund_id: int, report: GatewayRefund, *, now: datetime) -> Refund:
    """Let a refund stand as the gateway reports it. Repeating, or older news, changes nothing.

    A report that is not of this refund is kept for a person on its row.
    """
    refund = locked(refund_id)
    if _differs(refund, report):
        return _park(refund, f"The gateway tells of {report.refund_id} over {report.amount} paise", now)
    refund.gateway_refund_id = report.refund_id
    refund.reference = refund.reference or report.reference
    if report.state == RefundState.PENDING and refund.status == Status.ASKED:
        refund.status, refund.error, refund.parked_at = Status.SENT, "", None
    elif report.state == RefundState.PROCESSED:
        processed(refund, now=now)
    elif report.state == RefundState.FAILED:
        failed(refund, "The bank did not take it", now=now)
    refund.next_at = _next(refund, now)
    refund.save(update_fields=FIELDS)
    return refund


def locked(refund_id: int) -> Refund:
    """Lock a refund's account, then its payment and itself, and return it afresh."""
    account_id, payment_id = Refund.objects.values_list("account_id", "payment_id").get(pk=refund_id)
    account = Account.objects.lock(account_id) if account_id else None
    payment = Payment.objects.select_for_update().get(pk=payment_id) if payment_id else None
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    refund.account, refund.payment = account, payment
    return refund


def processed(refund: Refund, *, now: datetime, credit: Book = Book.GATEWAY) -> None:
    """Book a refund as paid out: Dr refunds payable, Cr where the money went from. The caller has locked and saves."""
    if refund.status == Status.PROCESSED:
        return
    if refund.status == Status.FAILED:
        _park(refund, "Paid out after it had failed: the account holds this money too", now)
        return
    refund.status, refund.processed_at, refund.error, refund.parked_at = Status.PROCESSED, now, "", None
    if refund.is_booked and refund.account:
        ledger.post(
            refund.cause,
            refund.account,
            {Book.REFUNDS: -refund.amount, credit: refund.amount},
            now=now,
            narrative=f"Refund {refund.number} paid out",
        )
    _after(refund, "refund-processed", now)


def failed(refund: Refund, why: str, *, now: datetime) -> None:
    """Give a refund's money to its account again; a person is asked to look. The caller has locked and saves.

    A deleted account gets nothing: what it was promised stays payable, for a person to pay another way.
    """
    if refund.status == Status.FAILED:
        return
    account = refund.account
    if refund.is_booked and account and account.wanted_level == Level.DELETED:
        _park(refund, f"{why}. The account is deleted: pay it by bank", now)
        return
    was_paid = refund.status == Status.PROCESSED
    refund.status, refund.failed_at, refund.parked_at, refund.error = Status.FAILED, now, now, why[:300]
    log.error("refund_failed", refund=refund.number)
    if refund.is_booked:
        _return(refund, Book.GATEWAY if was_paid else Book.REFUNDS, now)
    elif refund.report:
        parked.reopen(refund.report, f"Refund {refund.number} failed")
    _after(refund, "refund-failed", now)


def _differs(refund: Refund, report: GatewayRefund) -> bool:
    """Whether a report is not about this refund at all."""
    is_other = refund.gateway_refund_id not in (None, report.refund_id)
    is_elsewhere = bool(refund.gateway_payment_id) and report.payment_id != refund.gateway_payment_id
    return is_other or is_elsewhere or report.amount != refund.amount or report.currency != "INR"


def _return(refund: Refund, debit: Book, now: datetime) -> None:
    """Bills first, the rest an advance; a credit note gets its rest again, which pays bills too."""
    account, payment = refund.account, refund.payment
    assert account is not None and payment is not None
    narrative = f"Refund {refund.number} failed"
    if refund.source != Source.CREDIT:
        put_back.put_back(
            account,
            payment,
            refund.amount,
            cause=refund.failed_cause,
            debits={debit: -refund.amount},
            narrative=narrative,
            now=now,
        )
        return
    ledger.post(
        refund.failed_cause,
        account,
        {debit: -refund.amount, Book.CREDITS: refund.amount},
        now=now,
        narrative=narrative,
    )
    left = CreditBalance.objects.get(credit_note=refund.document_id)
    left.amount += refund.amount
    left.save(update_fields=["amount"])
    for bill in settlement.unpaid(account):
        unapplied.apply(account, bill, now=now)
    review.after_money(account, now=now)


def _after(refund: Refund, notice: str, now: datetime) -> None:
    """The payment's state follows, and the customer is told."""
    account, payment = refund.account, refund.payment
    if refund.is_booked and payment:
        stand(payment, besides=refund)
    if refund.is_booked and account:
        words = {**refunds.context(refund), "made_good": traces.made_good(account, refund.failed_cause)}
        notices.owe(account, notice, event=f"{notice}:{refund.number}", context=words, now=now)
        review.after_money(account, now=now)


def stand(payment: Payment, *, besides: Refund | None = None) -> None:
    """Let a received payment say how much of it has been paid out; `besides` is a refund that is not saved yet."""
    rows = payment.refunds.of_ours().filter(status=Status.PROCESSED)
    if besides:
        rows = rows.exclude(pk=besides.pk)
    paid = rows.total() + (besides.amount if besides and besides.status == Status.PROCESSED else 0)
    status = Payment.Status.CAPTURED
    if paid:
        status = Payment.Status.PARTLY_REFUNDED if paid < payment.money else Payment.Status.REFUNDED
    if payment.status != status:
        payment.status = status
        payment.save(update_fields=["status"])


def _park(refund: Refund, why: str, now: datetime) -> Refund:
    refund.parked_at, refund.error, refund.next_at = now, why[:300], None
    refund.save(update_fields=["parked_at", "error", "next_at"])
    log.error("refund_parked", refund=refund.number)
    return refund


def _next(refund: Refund, now: datetime) -> datetime | None:
    """Return when to ask again: while it is on its way, and while the bank's reference may still come."""
    if refund.status == Status.SENT and refund.parked_at is None:
        return refund_policy.next_look(refund.asked_at, now)
    if refund.status == Status.PROCESSED and not refund.reference and refund.processed_at:
        is_over = now > refund.processed_at + refund_policy.REFERENCE_UNTIL
        return None if is_over else refund_policy.next_look(refund.processed_at, now)
    return None


def vouchers(refund: Refund) -> list[Document]:
    """Return the receipt voucher of what came back of a failed refund, if any."""
    return list(Document.objects.filter(cause=f"advance:{refund.failed_cause}").select_related("file"))
