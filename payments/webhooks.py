"""A webhook is stored, then handled, then marked.

The signature covers the raw bytes and nothing in it ages, so neither the event id nor the signature is
the last guard: that is the payment itself, which is credited once. Handling asks the gateway for the
present state, so the order of events does not matter.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F

from accounts import queues
from accounts.models import User
from credit import restorations
from payments import (
    disputes,
    downtimes,
    mandate_follow,
    mandate_orders,
    parked,
    recharge,
    refund_reports,
    settlements,
    virtual_accounts,
)
from payments.gateways import GatewayEvent, NotAnId, Refused, gateway
from payments.models import Mandate, ParkedReport, Payment, WebhookEvent

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
TRIES = 8
OF_PEOPLE = "token."  # events about a payer and his bank account: their bodies go once they are handled
WHOLE_ACCOUNT = re.compile(rb'("account_number"\s*:\s*")[^"]*?([^"]{4}")')  # masked in all others by then
EVENT_ID = re.compile(r"[\x21-\x7e]{1,80}")


class NotGenuine(Exception):
    """The call is not signed by the gateway, or is not one of its events for us."""


def store(body: bytes, signature: str, event_id: str, *, now: datetime) -> bool:
    """Verify a call and store it; return whether it is new. Raises NotGenuine."""
    door = gateway()
    if not door.call_is_genuine(body, signature):
        log.warning("webhook_refused", why="signature")
        raise NotGenuine("signature")
    try:
        event = door.read_event(body)
    except (ValueError, RecursionError) as error:
        log.warning("webhook_refused", why=type(error).__name__)
        raise NotGenuine(str(error)[:100]) from error
    row = WebhookEvent(
        event_id=event_id if EVENT_ID.fullmatch(event_id) else None,  # not signed, so it may be anything
        body_hash=hashlib.sha256(body).hexdigest(),
        name=event.name,
        body=body,
        received_at=now,
        next_attempt_at=now,
    )
    stored = WebhookEvent.objects.bulk_create([row], ignore_conflicts=True)
    return bool(stored)


def handle_due(*, now: datetime, limit: int = 100) -> int:
    """Handle stored calls that are due, at most `limit`; return how many. Safe to run in parallel."""
    events = _claim(now, limit)
    for event in events:
        _handle_or_wait(event, now=now)
    return len(events)


@transaction.atomic
def _claim(now: datetime, limit: int) -> list[WebhookEvent]:
    due = (
        WebhookEvent.objects.due(now)
        .select_for_update(skip_locked=True)
        .order_by("next_attempt_at", "pk")[:limit]
    )
    events = list(due)
    WebhookEvent.objects.filter(pk__in=[event.pk for event in events]).update(
        attempts=F("attempts") + 1, next_attempt_at=now + LEASE
    )
    return events


def _handle_or_wait(event: WebhookEvent, *, now: datetime) -> None:
    try:
        handle(event, now=now)
    except Exception as error:  # the row keeps it with the time of the next try; the others go on
        attempts = event.attempts + 1
        parked_at = now if attempts >= TRIES else None
        log.warning("event_failed", event_row=event.pk, attempts=attempts, error=type(error).__name__)
        WebhookEvent.objects.filter(pk=event.pk, handled_at=None).update(
            error=f"{type(error).__name__}: {error}"[:200],
            parked_at=parked_at,
            next_attempt_at=now + timedelta(seconds=5 * 2**attempts),
        )


def handle(event: WebhookEvent, *, now: datetime) -> None:
    """Act on a stored call and mark it; one that we have no use for is marked only. Raises GatewayError."""
    handler = HANDLERS.get(event.name)
    if handler and not event.handled_at:
        handler(gateway().read_event(bytes(event.body)), event.received_at, now)
    WebhookEvent.objects.filter(pk=event.pk, handled_at=None).update(
        handled_at=now, error="", body=_kept(event)
    )


def _kept(event: WebhookEvent) -> bytes:
    """Return what stays of a handled call: no whole bank account number."""
    if event.name.startswith(OF_PEOPLE):
        return b""
    return WHOLE_ACCOUNT.sub("\\1···· \\2".encode(), bytes(event.body))


def retry(event: WebhookEvent, *, reason: str, by: User, now: datetime) -> bool:
    """Put a parked call back in the queue, and write down who did; return whether it was parked."""
    return queues.again(
        WebhookEvent.objects.filter(pk=event.pk, handled_at=None, parked_at__isnull=False),
        {"parked_at": None, "attempts": 0, "next_attempt_at": now},
        action="payments.retry_event",
        subject=f"webhook-event:{event.pk}",
        reason=reason,
        before={"state": "parked", "error": event.error},
        after={"state": "waiting"},
        by=by,
        now=now,
    )


def _settle(event: GatewayEvent, heard_at: datetime, now: datetime) -> None:
    """Settle the payment whose order the event names; money of no order of ours is parked."""
    try:
        if _approved(event, now):
            return
        payment = recharge.find(event.order_id) if event.order_id else None
    except Refused as error:
        if not error.unknown_id:
            raise
        parked.park_event(ParkedReport.Kind.UNKNOWN_PAYMENT, event, detail=str(error), now=now)
        return
    if payment:
        payment = recharge.settle(payment.pk, now=now)
        restorations.heard(payment.account_id, payment.cause, heard_at)  # also where another door was quicker
        _park_a_stranger(event, payment.gateway_payment_id, now)
    elif event.payment_id and not (event.name in MONEY and _transfer(event, heard_at, now)):
        parked.park_event(ParkedReport.Kind.UNKNOWN_ORDER, event, detail="no order of ours", now=now)


def _transfer(event: GatewayEvent, heard_at: datetime, now: datetime) -> bool:
    """Credit money that came to a virtual account; return whether it was that. What is parked is that too."""
    try:
        payment = virtual_accounts.arrived(event.payment_id, now=now)
    except (Refused, NotAnId):
        return False
    if payment:
        restorations.heard(payment.account_id, payment.cause, heard_at)
    return payment is not None or ParkedReport.objects.filter(gateway_payment_id=event.payment_id).exists()


def _credited(event: GatewayEvent, heard_at: datetime, now: datetime) -> None:
    """Take in what a virtual account got; of one that is not ours it is parked."""
    if event.payment_id and not _transfer(event, heard_at, now):
        parked.park_event(ParkedReport.Kind.UNKNOWN_ORDER, event, detail="no account of ours", now=now)


def _account_closed(event: GatewayEvent, _heard_at: datetime, now: datetime) -> None:
    if account := event.ids.get("virtual_account"):
        virtual_accounts.look(account, now=now)


def _approved(event: GatewayEvent, now: datetime) -> bool:
    """Look at the mandate whose order the event names; whether that is all: its approval cost nothing."""
    order = event.order_id
    known = Mandate.objects.filter(gateway_order_id=order).first() if order else None
    if known is None and order and not Payment.objects.filter(gateway_order_id=order).exists():
        known = mandate_orders.find(order, now=now)
    if known is None:
        return False
    return mandate_follow.follow(known.pk, now=now).first_payment_id is None


def _token(event: GatewayEvent, _heard_at: datetime, now: datetime) -> None:
    """Look at the mandate of the token; one that is not known yet is met through its order's payment."""
    if "token" in event.ids:
        mandate_follow.hear(event.ids["token"], now=now)


def _park_a_stranger(event: GatewayEvent, taken: str | None, now: datetime) -> None:
    """Park a captured payment other than the one that paid the order, unless the gateway gave it back."""
    if not taken or taken == event.payment_id or event.name not in MONEY or not event.payment_id:
        return
    try:
        report = gateway().fetch(event.payment_id)
    except (Refused, NotAnId):
        return
    if report.state == "captured":
        parked.park_event(ParkedReport.Kind.SECOND, event, detail=f"{taken} had paid the order", now=now)


def _settlement(event: GatewayEvent, _heard_at: datetime, now: datetime) -> None:
    """Take in the settlement that the event names; the nightly reconciliation would find it too."""
    if "settlement" in event.ids:
        settlements.hear(event.ids["settlement"], now=now)


def _downtime(event: GatewayEvent, _heard_at: datetime, now: datetime) -> None:
    if "payment.downtime" in event.ids:
        downtimes.hear(event.ids["payment.downtime"], now=now)


def _dispute(event: GatewayEvent, _heard_at: datetime, now: datetime) -> None:
    disputes.hear(event, now=now)


def _refund(event: GatewayEvent, _heard_at: datetime, now: datetime) -> None:
    if "refund" in event.ids:
        refund_reports.hear(event, now=now)


MONEY = {"payment.captured", "order.paid"}
HANDLERS: dict[str, Callable[[GatewayEvent, datetime, datetime], None]] = {
    "payment.authorized": _settle,
    "payment.captured": _settle,
    "payment.failed": _settle,
    "order.paid": _settle,
    "virtual_account.credited": _credited,
    "virtual_account.closed": _account_closed,
    "token.confirmed": _token,
    "token.rejected": _token,
    "token.cancelled": _token,
    "token.paused": _token,
    "token.resumed": _token,
    "settlement.processed": _settlement,
    "payment.downtime.started": _downtime,
    "payment.downtime.updated": _downtime,
    "payment.downtime.resolved": _downtime,
    "payment.dispute.created": _dispute,
    "payment.dispute.action_required": _dispute,
    "payment.dispute.under_review": _dispute,
    "payment.dispute.won": _dispute,
    "payment.dispute.lost": _dispute,
    "payment.dispute.closed": _dispute,
    **{f"refund.{what}": _refund for what in ("created", "processed", "failed", "speed_changed")},
}
