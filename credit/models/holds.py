"""Holds: units that a running call or a message may use, set aside until its record comes or its time is over."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Account
from invoices.models import Feature


class Hold(models.Model):
    """One running call, or messages being sent. Its id is the id of the record that will replace it."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="holds", db_index=False)
    source = models.CharField(max_length=20)  # the key's: whose ids these are
    call_id = models.CharField(max_length=64)
    feature = models.ForeignKey(Feature, models.PROTECT, related_name="+", db_index=False)
    units = models.IntegerField()  # started pulses of `seconds`, or messages
    seconds = models.IntegerField(null=True)  # how long the call may last; None: no bound, or messages
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "call_id"], name="hold_once"),
            models.CheckConstraint(name="hold_units", condition=Q(units__gte=0)),
            models.CheckConstraint(name="hold_expires_after", condition=Q(expires_at__gt=F("placed_at"))),
        ]
        indexes = [
            models.Index(
                fields=["account", "expires_at"], name="hold_open", condition=Q(released_at__isnull=True)
            ),
            models.Index(fields=["placed_at"], name="hold_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.call_id}"
