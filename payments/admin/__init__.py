"""Staff pages of payments, parked money, the gateway's calls, and the comparison with it."""

from payments.admin import events, parked, payments, reconciliation, refunds, settlements

__all__ = ["events", "parked", "payments", "reconciliation", "refunds", "settlements"]
