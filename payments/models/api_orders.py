"""What a program asked for under an idempotency key: the payment that it began, and the answer it got."""

from django.db import models

from accounts.models import Account
from payments.models.payments import Payment


class ApiOrder(models.Model):
    """One key of one account: the same request is the same payment and the same answer, for good.

    It names the API key by its beginning only: an archive takes the row of a key away.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="api_orders", db_index=False)
    key = models.CharField(max_length=64)  # theirs: the header Idempotency-Key
    fingerprint = models.CharField(max_length=64)  # SHA-256 of what was asked
    made_with = models.CharField(max_length=12)  # the API key's prefix
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="api_order")
    answer = models.JSONField(null=True)  # none yet while the gateway has not given an order
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="api_order_once"),
            models.CheckConstraint(
                name="api_order_answered_has_time",
                condition=models.Q(answer__isnull=True, answered_at__isnull=True)
                | models.Q(answer__isnull=False, answered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.key}"
