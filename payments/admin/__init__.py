"""Staff pages of payments, bank money, parked money, the gateway's calls, and the comparison with it."""

from payments.admin import (
    bank_lines,
    cheques,
    claims,
    events,
    parked,
    payments,
    reconciliation,
    refunds,
    settlements,
    statements,
    taxes,
)

__all__ = [
    "bank_lines",
    "cheques",
    "claims",
    "events",
    "parked",
    "payments",
    "reconciliation",
    "refunds",
    "settlements",
    "statements",
    "taxes",
]
from payments.admin import disputes, events, parked, payments, reconciliation, settlements

__all__ = ["disputes", "events", "parked", "payments", "reconciliation", "settlements"]
