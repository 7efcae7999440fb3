"""What is risked: holds of running calls, the alerts that have been given, the credit limit."""

from credit.models.alerts import AlertState
from credit.models.holds import Hold
from credit.models.limits import CreditLimit

__all__ = ["AlertState", "CreditLimit", "Hold"]
