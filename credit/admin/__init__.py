"""Staff pages of credit."""

from credit.admin import jobs, limits, outages, overdue, restorations, retention

__all__ = ["jobs", "limits", "outages", "overdue", "restorations", "retention"]
