"""Runs of daily jobs: one row per job and business date, so that a second start finds the first."""

from django.db import models


class JobRun(models.Model):
    """One daily job on one Indian business date: begun, and finished or not; `counts` says what it did."""

    job = models.CharField(max_length=30)  # "billing", "renewals", …
    business_date = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "business_date"], name="job_run_once")]

    def __str__(self) -> str:
        return f"{self.job} {self.business_date}"
