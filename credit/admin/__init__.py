"""Staff pages of credit."""

from credit.admin import jobs, limits, outages, overdue, policies, restorations, retention

__all__ = ["jobs", "limits", "outages", "overdue", "policies", "restorations", "retention"]
