"""What is risked: the credit limit and its causes, holds of running calls, alerts given, overdue cases and steps."""

from credit.models.alerts import AlertState
from credit.models.archives import Archive, ArchivePart, Deletion
from credit.models.holds import Hold
from credit.models.limits import CreditLimit, LimitChange, TemporaryLimit
from credit.models.overdue import (
    Extension,
    OutageCredit,
    OverdueCase,
    PolicyVersion,
    Restoration,
    StepTaken,
)

__all__ = [
    "AlertState",
    "Archive",
    "ArchivePart",
    "CreditLimit",
    "Deletion",
    "Extension",
    "Hold",
    "LimitChange",
    "OutageCredit",
    "OverdueCase",
    "PolicyVersion",
    "Restoration",
    "StepTaken",
    "TemporaryLimit",
]
