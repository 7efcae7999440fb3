"""Staff pages of credit."""

from credit.admin import limits, restorations

__all__ = ["limits", "restorations"]
