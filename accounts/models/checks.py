"""Kept results of verifying the books."""

from django.conf import settings
from django.db import models


class BooksCheck(models.Model):
    """One look at every invariant: how many findings, and what was found."""

    at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    invariants = models.IntegerField()  # how many sentences were checked
    findings = models.IntegerField()
    took = models.IntegerField()  # milliseconds
    audit_head = models.CharField(max_length=64, blank=True)  # newest hash of the audit chain
    text = models.TextField()

    class Meta:
        verbose_name = "check of the books"
        verbose_name_plural = "checks of the books"
        permissions = [("run_books", "Can verify the books now")]
        indexes = [models.Index(fields=["-at"], name="books_check_latest")]

    def __str__(self) -> str:
        return f"{self.findings or 'no'} findings"
