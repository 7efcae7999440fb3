"""What is risked: the credit limit, its recorded causes, temporary limits."""

from credit.models.limits import CreditLimit, LimitChange, TemporaryLimit

__all__ = ["CreditLimit", "LimitChange", "TemporaryLimit"]
