"""Runs of daily jobs: one row per job and business date, so that a second start finds the first; and pauses."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from billing_portal import text


class JobRunQuerySet(models.QuerySet["JobRun"]):
    def stopped(self) -> "JobRunQuerySet":
        """Waiting for a person's yes."""
        return self.filter(stopped_at__isnull=False, confirmed_at=None, finished_at=None)


class JobRun(models.Model):
    """One daily job on one Indian business date: begun, and finished or not; `counts` says what it did.

    A run that would harm more accounts than it may alone waits for a person (`stopped_at`), who lets it go on.
    """

    job = models.CharField(max_length=30)  # "billing", "renewals", …
    business_date = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    stopped_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(null=True)

    objects: ClassVar[JobRunQuerySet] = JobRunQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [
            ("pause_job", "Can pause a daily job and let it go on"),
            ("confirm_run", "Can let a stopped run go on"),
        ]
        constraints = [models.UniqueConstraint(fields=["job", "business_date"], name="job_run_once")]

    def __str__(self) -> str:
        return f"{self.job}, {text.day(self.business_date)}"


class JobPause(models.Model):
    """A daily job that staff have paused: while one stands, its runs are not begun."""

    job = models.CharField(max_length=30)
    reason = models.CharField(max_length=500)
    paused_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    paused_at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job"], name="job_paused_once", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.job} paused"
