"""Staff pages of payments, bank money, parked money, the gateway's calls, and the comparison with it."""

from payments.admin import (
    bank_lines,
    events,
    parked,
    payments,
    reconciliation,
    settlements,
    statements,
)

__all__ = [
    "bank_lines",
    "events",
    "parked",
    "payments",
    "reconciliation",
    "settlements",
    "statements",
]
