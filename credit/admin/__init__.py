"""Staff pages of credit."""

from credit.admin import jobs, limits, outages, overdue, retention

__all__ = ["jobs", "limits", "outages", "overdue", "retention"]
