"""Service orders: what the telephony platform shall do with an account, each until it is acknowledged.

Two states stand on the account: the level that we want, and the one that the platform acknowledged last. An order is
one change of what we want; the newest of an account is the only one that is sent.
"""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models.people import Account
from accounts.models.restrictions import Restriction


class ServiceOrderQuerySet(models.QuerySet["ServiceOrder"]):
    def waiting(self) -> "ServiceOrderQuerySet":
        return self.filter(state=ServiceOrder.State.WAITING)

    def due(self, now: datetime) -> "ServiceOrderQuerySet":
        """Not acknowledged yet, and their next attempt has come."""
        return self.waiting().filter(next_attempt_at__lte=now)


class ServiceOrder(models.Model):
    """One order; its primary key is the sequence that the platform orders them by."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for the platform"
        CONFIRMED = "confirmed", "Acknowledged"
        SUPERSEDED = "superseded", "Replaced by a newer order"

    account = models.ForeignKey(Account, models.PROTECT, related_name="service_orders")
    level = models.CharField(max_length=16, choices=Restriction.Level)
    reason = models.CharField(
        max_length=9, choices=Restriction.Reason, blank=True
    )  # of the strictest; none: restored
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    ordered_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    confirmed_at = models.DateTimeField(null=True)

    objects: ClassVar[ServiceOrderQuerySet] = ServiceOrderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], name="service_order_waits_once", condition=Q(state="waiting")
            ),
            models.CheckConstraint(
                name="service_order_confirmed_has_time",
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="service_order_due", condition=Q(state="waiting")),
            models.Index(fields=["account", "-id"], name="service_order_by_account"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"SO-{self.pk:06}"
