"""Money that the gateway lists and we do not have: what pays an order of ours is settled, the rest is parked."""

from datetime import datetime

import structlog
from django.db.models import Exists, OuterRef

from credit import restorations
from payments import parked, recharge, virtual_accounts
from payments.gateways import GatewayPayment, Refused, State, gateway
from payments.models import GatewayRecord, ParkedReport, Payment

log = structlog.get_logger(__name__)


def take(since: datetime, *, now: datetime) -> int:
    """Act on captured payments listed since a moment that are neither booked nor parked; return how many.

    Raises GatewayError; what was done before stays done, and nothing is done twice.
    """
    booked = Payment.objects.filter(gateway_payment_id=OuterRef("gateway_id"))
    parked_before = ParkedReport.objects.filter(gateway_payment_id=OuterRef("gateway_id"))
    rows = GatewayRecord.objects.filter(
        ~Exists(booked), ~Exists(parked_before), kind="payment", status="captured", created_at__gte=since
    )
    found = list(rows.order_by("created_at", "pk").values_list("gateway_id", flat=True))
    for payment_id in found:
        _take(payment_id, now)
    return len(found)


def _take(payment_id: str, now: datetime) -> None:
    report = gateway().fetch(payment_id)
    if report.state != State.CAPTURED:
        return
    log.warning("captured_payment_was_missing", gateway_payment=payment_id)
    payment = _of_order(report)
    if payment is None and virtual_accounts.arrived(payment_id, now=now):
        return
    if payment is None:
        if ParkedReport.objects.filter(gateway_payment_id=payment_id).exists():
            return
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
