"""What lowers an account's service level: one row a reason, lifted only by its own cause. The strictest decides."""

from typing import TypeAlias

from django.db import models
from django.db.models import F, Q

from accounts import levels
from accounts.models.people import Account


class Restriction(models.Model):
    """One reason from a moment until another."""

    class Reason(models.TextChoices):
        OVERDUE = "overdue", "Overdue"
        CREDIT = "credit", "Credit limit exceeded"
        MANUAL = "manual", "By staff"
        RETENTION = "retention", "Archived"

    Level: TypeAlias = levels.Level

    account = models.ForeignKey(Account, models.PROTECT, related_name="restrictions")
    reason = models.CharField(max_length=9, choices=Reason)
    level = models.CharField(max_length=16, choices=Level)
    note = models.CharField(max_length=300, blank=True)
    imposed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "reason"], name="restriction_stands_once", condition=Q(lifted_at=None)
            ),
            models.CheckConstraint(
                name="restriction_lifted_after",
                condition=Q(lifted_at=None) | Q(lifted_at__gte=F("imposed_at")),
            ),
            models.CheckConstraint(name="restriction_lowers", condition=~Q(level="active")),
        ]
        indexes = [models.Index(fields=["account", "imposed_at"], name="restriction_by_account")]

    def __str__(self) -> str:
        return f"{self.get_level_display()} ({self.get_reason_display().lower()})"
