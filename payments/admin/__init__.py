"""Staff pages of payments, parked money and the gateway's calls."""

from payments.admin import events, parked, payments

__all__ = ["events", "parked", "payments"]
