"""Money that does not fit what we asked for: kept for a person, visible, never credited blindly."""

from datetime import datetime

import structlog

from accounts import audit
from accounts.models import Account, User
from billing_portal.money import inr
from billing_portal.unit import unit
from payments.gateways import GatewayEvent, GatewayPayment
from payments.models import ParkedReport, Payment

log = structlog.get_logger(__name__)

Kind = ParkedReport.Kind


def difference(payment: Payment, report: GatewayPayment) -> ParkedReport.Kind | None:
    """Return in what a report differs from what we asked for, or None when it is just that."""
    if payment.is_received:
        return Kind.SECOND
    if report.order_id != payment.gateway_order_id:
        return Kind.ORDER
    if report.currency != payment.currency:
        return Kind.CURRENCY
    return Kind.AMOUNT if report.amount != payment.amount else None


def park(
    kind: ParkedReport.Kind,
    report: GatewayPayment,
    *,
    payment: Payment | None,
    now: datetime,
    account: Account | None = None,
    reference: str = "",
    about: str = "",
) -> ParkedReport:
    """Keep a report for a person; the same one again is the same row, and changes nothing once it is resolved.

    Of a transfer: the `account` whose own account it came to, its UTR as `reference`, and what is known `about` it.
    """
    asked = f"We asked for {inr(payment.amount)}" if payment else "Nothing was asked"
    came = inr(report.amount) if report.currency == "INR" else f"{report.amount} {report.currency}"
    order = f" for {report.order_id}" if report.order_id else ""
    said = " ".join((f"{asked}; {came} came{order}.", about)).strip()
    row, created = ParkedReport.objects.get_or_create(
        kind=kind,
        gateway_payment_id=report.payment_id,
        defaults={
            "payment": payment,
            "gateway_order_id": report.order_id[:40],
            "amount": report.amount,
            "currency": report.currency[:3],
            "account": account,
            "reference": reference,
            "detail": said[:300],
            "parked_at": now,
        },
    )
    if created:
        log.error("payment_parked", kind=kind, payment=payment.number if payment else None)
    if payment and not payment.is_received and row.state == ParkedReport.State.OPEN:
        Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.UNKNOWN, next_check_at=None)
    return row


def park_event(kind: ParkedReport.Kind, event: GatewayEvent, *, detail: str, now: datetime) -> None:
    """Keep news of money that belongs to no order of ours."""
    _row, created = ParkedReport.objects.get_or_create(
        kind=kind,
        gateway_payment_id=event.payment_id,
        defaults={
            "gateway_order_id": event.order_id,
            "amount": event.amount,
            "currency": event.currency,
            "detail": f"{event.name}: {detail}"[:300],
            "parked_at": now,
        },
    )
    if created:
        log.error("event_parked", kind=kind, event_name=event.name)


def is_open(payment: Payment) -> bool:
    """Whether a person still has to look at this payment."""
    return payment.parked_reports.filter(state=ParkedReport.State.OPEN).exists()


def reopen(row: ParkedReport, why: str) -> None:
    """Open a report again: what was done about it did not work. The caller's unit records it."""
    ParkedReport.objects.filter(pk=row.pk).update(
        state=ParkedReport.State.OPEN,
        resolved_at=None,
        resolved_by=None,
        resolution="",
        detail=f"{why}. {row.detail}"[:300],
    )


@unit
def resolve(report_id: int, *, actor: User, resolution: str, now: datetime) -> ParkedReport:
    """Close a parked report with what was done about it. A resolved one stays as it is."""
    row = (
        ParkedReport.objects.select_for_update(of=("self",))
        .select_related("payment__account")
        .get(pk=report_id)
    )
    if row.state == ParkedReport.State.RESOLVED:
        return row
    was, row.state = row.state, ParkedReport.State.RESOLVED
    row.resolved_at, row.resolved_by, row.resolution = now, actor, resolution[:500]
    row.save(update_fields=["state", "resolved_at", "resolved_by", "resolution"])
    if row.payment and not row.payment.is_received and not is_open(row.payment):
        Payment.objects.filter(pk=row.payment.pk).update(
            status=Payment.Status.FAILED, failure_reason="abandoned"
        )
    audit.record(
        "payments.parked.resolve",
        actor=actor,
        account=row.payment.account if row.payment else None,
        subject=f"parked:{row.kind}:{row.gateway_payment_id}",
        reason=resolution,
        before={"state": str(was)},
        after={"state": str(row.state)},
        now=now,
    )
    return row
