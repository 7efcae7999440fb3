"""What staff did, to what, and why: a chain of rows that nobody can change unseen."""

from django.conf import settings
from django.db import models

from accounts.models.people import Account
from billing_portal import staff_traces


class AuditEvent(models.Model):
    """One action of a member of staff. Append-only; each hash covers the one before."""

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=60)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="audit_events")
    subject = models.CharField(max_length=80)  # what it was done to, e.g. "document:VI/2627/000001"
    reason = models.CharField(max_length=500)
    # from where: a caller's address and page, or the job; of customers the network alone
    origin = models.CharField(max_length=200, blank=True, db_default="")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        permissions = [("verify_audit", "Can verify the audit chain")]
        indexes = [models.Index(fields=["account", "-at"], name="audit_by_account")]

    def __str__(self) -> str:
        return f"{staff_traces.act_in_words(self.action)} · {self.subject}"
