"""Ways to pay that are failing now, as the gateway tells it."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q


class DowntimeQuerySet(models.QuerySet["Downtime"]):
    def current(self, now: datetime) -> "DowntimeQuerySet":
        """Begun and not over."""
        running = Q(ends_at=None) | Q(ends_at__gt=now)
        return self.filter(running, resolved_at=None, begins_at__lte=now).order_by("begins_at", "pk")


class Downtime(models.Model):
    gateway_id = models.CharField(max_length=40, unique=True)
    method = models.CharField(max_length=20)  # card, netbanking, upi; the gateway's word
    instrument = models.JSONField(default=dict)  # what of it: {"bank": "HDFC"}; empty: all of the method
    status = models.CharField(max_length=20)
    severity = models.CharField(max_length=20, blank=True)
    is_scheduled = models.BooleanField(default=False)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)  # when we heard that it is over
    seen_at = models.DateTimeField()

    objects: ClassVar[DowntimeQuerySet] = DowntimeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["begins_at"], name="downtime_open", condition=Q(resolved_at=None))]

    def __str__(self) -> str:
        return f"{self.method} {self.gateway_id}"
