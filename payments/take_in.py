"""Taking money in: ledger, invoices, receipt voucher and message, all or nothing, once per payment."""

from datetime import date, datetime

from django.db import connection

from accounts import ledger, notices
from accounts.ledger import Book
from accounts.levels import Level
from accounts.models import Account
from billing_portal import clock
from billing_portal.unit import unit
from credit import review
from invoices import advances, gst, numbering, settlement
from invoices.gst import Tax
from invoices.issue import TaxPlace, tax_place
from invoices.models import Document
from invoices.settlement import Plan
from payments import parked
from payments.gateways import GatewayPayment
from payments.models import Debit, Payment


@unit
def capture(payment_id: int, report: GatewayPayment, *, now: datetime) -> Payment:
    """Take in a captured payment. What differs from what we asked for is parked, and nothing is credited.

    Safe to call again with the same report; another captured payment of the same order is parked.
    """
    account_id = Payment.objects.values_list("account_id", flat=True).get(pk=payment_id)
    account = Account.objects.lock(account_id)
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.is_received and payment.gateway_payment_id == report.payment_id:
        return payment
    kind = parked.difference(payment, report)
    if account.wanted_level == Level.DELETED:
        kind = parked.Kind.DELETED
    if kind:
        parked.park(kind, report, payment=payment, now=now)
        return payment
    _mark(payment, report, now)
    book(account, payment, now=now)
    return payment


def book(account: Account, payment: Payment, *, now: datetime) -> None:
    """Book a received payment: unpaid invoices first, the rest becomes an advance with its voucher."""
    plan = settlement.plan(payment.amount, settlement.unpaid(account))
    where = tax_place(account, _received_on(payment, now))
    value = gst.inside(plan.advance, where.supply, where.rate)
    ledger.post(
        payment.cause,
        account,
        {
            **payment.debits,
            Book.RECEIVABLE: plan.settled,
            Book.ADVANCES: value.taxable,
            Book.CGST: value.cgst,
            Book.SGST: value.sgst,
            Book.IGST: value.igst,
        },
        now=now,
        narrative=f"Payment {payment.number}",
        treatment=where.treatment,
        received_at=payment.captured_at,
    )
    settlement.settle(account, plan.parts, cause=payment.cause, now=now)
    voucher = _voucher(account, payment, value, where, now) if plan.advance else None
    _owe_receipt(account, payment, plan, value, voucher, now)
    review.after_money(account, now=now)


def year_code(now: datetime) -> str:
    """Return the financial year of a moment as printed in numbers."""
    return numbering.year_code(clock.business_date(now))


def number(now: datetime) -> str:
    """Take the next number of a payment of ours, e.g. "PAY2627-000007"."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('payments_payment_number')")
        (counter,) = cursor.fetchone()
    return f"PAY{year_code(now)}-{counter:06}"


def _mark(payment: Payment, report: GatewayPayment, now: datetime) -> None:
    payment.status = Payment.Status.CAPTURED
    payment.gateway_payment_id = report.payment_id
    payment.method, payment.instrument = report.method, report.instrument
    payment.failure_reason = ""
    payment.captured_at = min(_taken_at(payment, report), now)
    payment.settled_at = now
    payment.next_check_at = None
    payment.save(
        update_fields=[
            "status",
            "gateway_payment_id",
            "method",
            "instrument",
            "failure_reason",
            "captured_at",
            "settled_at",
            "next_check_at",
        ]
    )


def _taken_at(payment: Payment, report: GatewayPayment) -> datetime:
    """Return when the gateway took the money: it begins a debit a day or two before, and takes it when announced."""
    if payment.channel != Payment.Channel.AUTO_PAY:
        return report.created_at
    debit = Debit.objects.filter(payment=payment).first()
    return max(report.created_at, debit.debit_at) if debit else report.created_at


def _received_on(payment: Payment, now: datetime) -> date:
    """Return the tax point of an advance: the day its money was captured (gst reference § 4.4)."""
    return clock.business_date(payment.captured_at or now)


def _voucher(account: Account, payment: Payment, value: Tax, where: TaxPlace, now: datetime) -> Document:
    return advances.voucher(
        account,
        value,
        where=where,
        cause=f"advance:{payment.number}",
        received_on=_received_on(payment, now),
        details={
            "payment": payment.number,
            "method": payment.method,
            "instrument": payment.instrument,
            "reference": payment.gateway_payment_id or payment.reference,
            "prepaid_after": ledger.balances(account)[Book.ADVANCES],  # the advance is posted by now
        },
        now=now,
    )


def _owe_receipt(
    account: Account, payment: Payment, plan: Plan, value: Tax, voucher: Document | None, now: datetime
) -> None:
    received_at = payment.captured_at or now
    notices.owe(
        account,
        "payment-received",
        event=payment.cause,
        context={
            "payment": payment.number,
            "amount": payment.amount,
            "money": payment.money,
            "tds": payment.tds + payment.gst_tds,
            "method": payment.paid_with,
            "reference": payment.gateway_payment_id or payment.reference,
            "received_at": received_at.isoformat(),
            "settled": [{"number": part.document.number, "amount": part.amount} for part in plan.parts],
            "advance": plan.advance,
            "net": value.taxable,
            "cgst": value.cgst,
            "sgst": value.sgst,
            "igst": value.igst,
            "voucher": voucher.number if voucher else "",
        },
        attachments=[{"name": f"{voucher.slug}.pdf", "file": voucher.file.name}] if voucher else [],
        now=now,
    )
