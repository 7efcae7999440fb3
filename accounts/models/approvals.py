"""What needs a second person's yes: asked for by one member of staff, decided by another."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models.people import Account


class Approval(models.Model):
    """One request. `payload` holds what the action needs, `summary` what the second person reads."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a second person"
        APPROVED = "approved", "Approved and done"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "revoked", "Withdrawn"  # what it was asked for is gone: nobody decides

    token = models.UUIDField(unique=True)  # of the form: the same click twice is one request
    action = models.CharField(max_length=30)  # "credit-note", "refund-voucher"
    account = models.ForeignKey(Account, models.PROTECT, related_name="approvals")
    payload = models.JSONField(default=dict)
    summary = models.CharField(max_length=300)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=80, blank=True)  # what it made, e.g. "CN/2627/000007"

    class Meta:
        permissions = [
            ("request_approval", "Can ask for credit notes and refunds"),
            ("decide_approval", "Can approve what others asked for"),
        ]
        constraints = [
            models.CheckConstraint(
                name="approval_by_another", condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by"))
            ),
            models.CheckConstraint(
                name="approval_decided_whole",
                condition=Q(state="waiting", decided_by=None, decided_at=None)
                | Q(state="revoked", decided_by=None, decided_at__isnull=False)
                | Q(
                    state__range=("approved", "rejected"), decided_by__isnull=False, decided_at__isnull=False
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["requested_at"], name="approval_waiting", condition=Q(state="waiting")),
            models.Index(fields=["account", "-requested_at"], name="approval_by_account"),
        ]

    def __str__(self) -> str:
        return self.summary
