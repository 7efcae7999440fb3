"""Staff pages of payments, parked money, the gateway's calls, and the comparison with it."""

from payments.admin import disputes, events, parked, payments, reconciliation, settlements

__all__ = ["disputes", "events", "parked", "payments", "reconciliation", "settlements"]
