"""Payments, what the gateway told us, and what waits for a person."""

from payments.models.events import ParkedReport, WebhookEvent
from payments.models.payments import Payment

__all__ = ["ParkedReport", "Payment", "WebhookEvent"]
