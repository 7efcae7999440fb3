"""Staff pages of payments, bank money, parked money, the gateway's calls, and the comparison with it."""

from payments.admin import (
    bank_lines,
    cheques,
    claims,
    events,
    mandates,
    parked,
    payments,
    reconciliation,
    settlements,
    statements,
    taxes,
)

__all__ = [
    "bank_lines",
    "cheques",
    "claims",
    "events",
    "mandates",
    "parked",
    "payments",
    "reconciliation",
    "settlements",
    "statements",
    "taxes",
]
