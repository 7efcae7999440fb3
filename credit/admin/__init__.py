"""Staff pages of credit."""

from credit.admin import (
    futures,
    jobs,
    limits,
    outages,
    overdue,
    policies,
    restorations,
    retention,
    write_offs,
)

__all__ = [
    "futures",
    "jobs",
    "limits",
    "outages",
    "overdue",
    "policies",
    "restorations",
    "retention",
    "write_offs",
]
