"""The demo's history at the sandbox's gateway: it learns of payments, refunds and disputes from before it began.

So a payment of the story can be given back or disputed like one of today, and its lists agree with ours. Told again
at each start; what it knows already stays as it is.
"""

from datetime import datetime
from typing import Any

from billing_portal import demo_sandbox
from payments.models import Dispute, GatewayRecord, Payment, Refund

Facts = dict[str, Any]
DECIDED = (Refund.Status.PROCESSED, Refund.Status.FAILED)  # the gateway calls them the same


def connect() -> int:
    """Tell the sandbox of all that the gateway's lists have told us; return how many payments were new to it.

    Raises httpx.HTTPError.
    """
    records = GatewayRecord.objects.filter(kind="payment", was_captured=True).order_by("created_at", "pk")
    ours = {one.gateway_payment_id: one for one in Payment.objects.received().select_related("started_by")}
    told = {
        "payments": [_payment(record, ours.get(record.gateway_id)) for record in records if record.order_id],
        "refunds": [_refund(one) for one in Refund.objects.filter(gateway_refund_id__isnull=False)],
        "disputes": [_dispute(one) for one in Dispute.objects.select_related("payment")],
    }
    return int(demo_sandbox.steer("history", told)["payments"])


def _payment(record: GatewayRecord, ours: Payment | None) -> Facts:
    return {
        "id": record.gateway_id,
        "order_id": record.order_id,
        "receipt": ours.number if ours else None,
        "amount": record.amount,
        "fee": record.fee,
        "tax": record.tax,
        "method": record.method,
        "shown": _shown(record.method, ours.instrument.split() if ours else []),
        "email": ours.started_by.email if ours and ours.started_by else None,
        "created_at": _epoch(record.created_at),
    }


def _shown(method: str, words: list[str]) -> Facts:
    """Return the instrument as the gateway prints it, of the words that we keep: "Visa ···· 1007"."""
    first, last = (words[0], words[-1]) if words else ("", "")
    if method == "card":
        return {"card": {"network": first or "Visa", "last4": last or "1007"}}
    if method == "upi":
        return {"vpa": f"payer@{last.partition('@')[2] or 'okhdfcbank'}"}
    return {"bank": last if method == "netbanking" else first or None}


def _refund(ours: Refund) -> Facts:
    return {
        "id": ours.gateway_refund_id,
        "payment_id": ours.gateway_payment_id,
        "amount": ours.amount,
        "receipt": ours.number,
        "status": ours.status if ours.status in DECIDED else "pending",
        "reference": ours.reference,
        "created_at": _epoch(ours.asked_at),
    }


def _dispute(ours: Dispute) -> Facts:
    return {
        "id": ours.gateway_dispute_id,
        "payment_id": ours.payment.gateway_payment_id,
        "amount": ours.amount,
        "deducted": ours.deducted,
        "status": "open" if ours.state == Dispute.State.ACTION_REQUIRED else ours.state,
        "phase": ours.phase,
        "reason_code": ours.reason_code,
        "respond_by": _epoch(ours.respond_by or ours.opened_at),
        "created_at": _epoch(ours.opened_at),
    }


def _epoch(at: datetime) -> int:
    return int(at.timestamp())
