"""Staff pages of payments, bank money, parked money, the gateway's calls, and the comparison with it."""

from payments.admin import (
    bank_lines,
    cheques,
    claims,
    disputes,
    events,
    mandates,
    parked,
    payments,
    reconciliation,
    refunds,
    settlements,
    statements,
    taxes,
    virtual_accounts,
)

__all__ = [
    "bank_lines",
    "cheques",
    "claims",
    "disputes",
    "events",
    "mandates",
    "parked",
    "payments",
    "reconciliation",
    "refunds",
    "settlements",
    "statements",
    "taxes",
    "virtual_accounts",
]
