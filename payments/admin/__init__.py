"""Staff pages of payments, bank money, parked money and the gateway's calls."""

from payments.admin import bank_lines, events, parked, payments, statements

__all__ = ["bank_lines", "events", "parked", "payments", "statements"]
