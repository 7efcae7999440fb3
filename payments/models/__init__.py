"""Payments, what the gateway told us and tells of itself, and what waits for a person."""

from payments.models.downtimes import Downtime
from payments.models.events import ParkedReport, WebhookEvent
from payments.models.payments import Payment
from payments.models.reconciliation import (
    DayClose,
    Difference,
    DifferenceEvent,
    GatewayRecord,
    Settlement,
    SettlementLine,
)

__all__ = [
    "DayClose",
    "Difference",
    "DifferenceEvent",
    "Downtime",
    "GatewayRecord",
    "ParkedReport",
    "Payment",
    "Settlement",
    "SettlementLine",
    "WebhookEvent",
]
