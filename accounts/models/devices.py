"""Devices from which people have signed in: so that a new one is noticed, and its owner is told once."""

from django.conf import settings
from django.db import models


class KnownDevice(models.Model):
    """A kind of browser in one network, as a hash under the instance's secret: it says that, never where."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="known_devices")
    digest = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="known_device_once")]

    def __str__(self) -> str:
        return f"device {self.pk}"
