"""Money that the gateway lists and we do not know of: what is ours is booked, the rest is parked; refunds too."""

from datetime import datetime

import structlog
from django.db.models import Exists, OuterRef

from credit import restorations
from payments import parked, recharge, refund_reports, virtual_accounts
from payments.gateways import GatewayPayment, NotAnId, Refused, State, gateway
from payments.gateways.refunds import door
from payments.models import GatewayRecord, ParkedReport, Payment, Refund

log = structlog.get_logger(__name__)


def take(since: datetime, *, now: datetime) -> int:
    """Act on captured payments listed since a moment that are neither booked nor parked; return how many.

    Raises GatewayError; what was done before stays done, and nothing is done twice.
    """
    booked = Payment.objects.filter(gateway_payment_id=OuterRef("gateway_id"))
    parked_before = ParkedReport.objects.filter(gateway_payment_id=OuterRef("gateway_id"))
    rows = GatewayRecord.objects.filter(
        ~Exists(booked),
        ~Exists(parked_before),
        kind="payment",
        status="captured",
        created_at__gte=since,
        amount__gt=0,
    )  # one of nothing approved a mandate on a bank account
    found = list(rows.order_by("created_at", "pk").values_list("gateway_id", flat=True))
    for payment_id in found:
        _take(payment_id, now)
    return len(found)


def take_refunds(since: datetime, *, now: datetime) -> int:
    """Let refunds listed since a moment that nobody here knows stand in our books; return how many.

    Raises GatewayError; nothing is done twice.
    """
    known = Refund.objects.filter(gateway_refund_id=OuterRef("gateway_id"))
    rows = GatewayRecord.objects.filter(~Exists(known), kind="refund", created_at__gte=since)
    found = list(
        rows.exclude(status="failed").order_by("created_at", "pk").values_list("gateway_id", flat=True)
    )
    there = door()
    for refund_id in found:
        log.warning("refund_was_missing", gateway_refund=refund_id)
        refund_reports.take(there.fetch_refund(refund_id), there, now=now)
    return len(found)


def _take(payment_id: str, now: datetime) -> None:
    report = gateway().fetch(payment_id)
    if report.state != State.CAPTURED:
        return
    log.warning("captured_payment_was_missing", gateway_payment=payment_id)
    payment = _of_order(report) or _of_transfer(report, now)
    if payment is None:
        if not ParkedReport.objects.filter(gateway_payment_id=payment_id).exists():
            parked.park(ParkedReport.Kind.UNKNOWN_ORDER, report, payment=None, now=now)
        return
    payment = recharge.settle(payment.pk, now=now)
    restorations.heard(payment.account_id, payment.cause, now)
    if payment.is_received and payment.gateway_payment_id != payment_id:
        parked.park(ParkedReport.Kind.SECOND, report, payment=payment, now=now)


def _of_order(report: GatewayPayment) -> Payment | None:
    try:
        return recharge.find(report.order_id) if report.order_id else None
    except Refused as error:
        if not error.unknown_id:
            raise
        return None


def _of_transfer(report: GatewayPayment, now: datetime) -> Payment | None:
    """Credit what came to a virtual account; what of it is not fit is parked by then."""
    if report.order_id:
        return None
    try:
        return virtual_accounts.arrived(report.payment_id, now=now)
    except (Refused, NotAnId):
        return None
