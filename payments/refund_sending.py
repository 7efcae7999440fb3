"""Sending refunds to the gateway, and asking what became of them.

A refund's key was stored before the first call. A time-out means *unknown*: the same key with the same words goes out
again, never another one, and the gateway's own list is read before anybody gives up (gateway contract § 19, 13).
"""

from datetime import datetime

import structlog

from billing_portal.unit import unit
from payments import refund_outcomes, refund_policy
from payments.gateways import GatewayError, NotAnId, Refused
from payments.gateways.refunds import GatewayRefund, door
from payments.models import Refund

log = structlog.get_logger(__name__)

Status = Refund.Status


def send_due(*, now: datetime, limit: int = 50) -> int:
    """Send refunds whose next try is due, at most `limit`; return how many. Safe to run in parallel."""
    refunds = _claim_to_send(now, limit)
    for refund in refunds:
        _send(refund, now)
    return len(refunds)


def look_due(*, now: datetime, limit: int = 100) -> int:
    """Ask about refunds on their way, and for references that are missing; return how many. Safe in parallel."""
    refunds = _claim_to_look(now, limit)
    for refund in refunds:
        _look(refund, now)
    return len(refunds)


def find(refund: Refund) -> GatewayRefund | None:
    """Return the refund that the gateway has under our number, or None. Raises GatewayError."""
    made = door().refunds_of(refund.gateway_payment_id)
    return next((one for one in made if one.receipt == refund.number), None)


@unit
def _claim_to_send(now: datetime, limit: int) -> list[Refund]:
    rows = Refund.objects.to_send(now).order_by("next_at", "pk").select_for_update(skip_locked=True)[:limit]
    refunds = list(rows)
    for refund in refunds:
        refund.tries, refund.next_at = refund.tries + 1, now + refund_policy.LEASE
        refund.save(update_fields=["tries", "next_at"])
    return refunds


@unit
def _claim_to_look(now: datetime, limit: int) -> list[Refund]:
    rows = Refund.objects.to_look_at(now).order_by("next_at", "pk").select_for_update(skip_locked=True)
    refunds = list(rows[:limit])
    Refund.objects.filter(pk__in=[one.pk for one in refunds]).update(next_at=now + refund_policy.LEASE)
    return refunds


def _send(refund: Refund, now: datetime) -> None:
    try:
        report = _ask(refund)
    except GatewayError as error:
        final = isinstance(error, (Refused, NotAnId)) and not refund_policy.passes(str(error))
        log.warning("refund_not_sent", refund=refund.number, tries=refund.tries, error=type(error).__name__)
        wait(refund.pk, str(error), is_final=final, now=now)
    else:
        refund_outcomes.apply(refund.pk, report, now=now)


def _ask(refund: Refund) -> GatewayRefund:
    """Send it. What is refused may be there all the same, of an earlier try: then that is the answer."""
    try:
        return door().refund(refund.gateway_payment_id, refund.amount, number=refund.number, key=refund.key)
    except Refused as refusal:
        there = find(refund)
        if there is None:
            raise refusal
        return there


@unit
def wait(refund_id: int, error: str, *, is_final: bool, now: datetime) -> None:
    """Write down why a try failed and when the next one is; after a final refusal, or the eighth, a person looks."""
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    if refund.status != Status.ASKED:
        return
    if refund.parked_at:  # somebody has stopped it meanwhile: no further try
        return
    refund.error = error[:300]
    refund.next_at = None if is_final else refund_policy.next_try(refund.tries, now)
    if refund.next_at is None:
        refund.parked_at = now
        log.error("refund_parked", refund=refund.number)
    refund.save(update_fields=["error", "next_at", "parked_at"])


def _look(refund: Refund, now: datetime) -> None:
    assert refund.gateway_refund_id is not None
    try:
        report = door().fetch_refund(refund.gateway_refund_id)
    except GatewayError as error:
        log.warning("refund_not_looked_at", refund=refund.number, error=type(error).__name__)
        at = refund_policy.next_look(refund.asked_at, now)
        Refund.objects.filter(pk=refund.pk).update(next_at=at)
    else:
        refund_outcomes.apply(refund.pk, report, now=now)
