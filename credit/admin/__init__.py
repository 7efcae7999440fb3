"""Staff pages of credit."""

from credit.admin import jobs, limits, outages, overdue, policies, restorations, retention, write_offs

__all__ = ["jobs", "limits", "outages", "overdue", "policies", "restorations", "retention", "write_offs"]
