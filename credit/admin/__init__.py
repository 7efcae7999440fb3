"""Staff pages of credit."""

from credit.admin import limits

__all__ = ["limits"]
