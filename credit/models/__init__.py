"""What is risked: the credit limit and its causes, holds of running calls, the alerts that have been given."""

from credit.models.alerts import AlertState
from credit.models.holds import Hold
from credit.models.limits import CreditLimit, LimitChange, TemporaryLimit

__all__ = ["AlertState", "CreditLimit", "Hold", "LimitChange", "TemporaryLimit"]
