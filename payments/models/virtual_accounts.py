"""A bank account at the gateway that belongs to one customer account: whatever arrives there is that account's."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account


class VirtualAccount(models.Model):
    """Made on demand: the intent first, then the call. An account has one that is not closed."""

    class State(models.TextChoices):
        ASKED = "asked", "Being made"
        ACTIVE = "active", "Active"
        CLOSED = "closed", "Closed"

    account = models.ForeignKey(Account, models.PROTECT, related_name="virtual_accounts")
    state = models.CharField(max_length=6, choices=State, default=State.ASKED)
    gateway_id = models.CharField(max_length=40, unique=True, null=True)
    number = models.CharField(max_length=34, blank=True)
    ifsc = models.CharField(max_length=11, blank=True)
    bank_name = models.CharField(max_length=60, blank=True)
    holder = models.CharField(max_length=120, blank=True)  # the name to transfer to
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)  # who makes it at the gateway: one request at a time
    made_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        permissions = [("make_virtual_account", "Can make an account's virtual account")]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], name="virtual_account_one", condition=Q(closed_at=None)
            ),
            models.CheckConstraint(
                name="virtual_account_active_whole",
                condition=~Q(state="active") | (Q(gateway_id__isnull=False) & ~Q(number="") & ~Q(ifsc="")),
            ),
        ]
        indexes = [models.Index(fields=["number"], name="virtual_account_by_number", condition=~Q(number=""))]

    def __str__(self) -> str:
        return self.number or f"being made for {self.account_id}"
