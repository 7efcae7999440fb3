"""The demo's clock: how far it was moved, and what each move brought. Empty in production."""

from django.db import models
from django.db.models import Q


class DemoClock(models.Model):
    """One row: by how many seconds a demo instance is ahead of real time (clock.py)."""

    seconds = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="demo_clock_once", condition=Q(id=1)),
            models.CheckConstraint(name="demo_clock_never_back", condition=Q(seconds__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.seconds} s ahead"


class DemoMove(models.Model):
    """One move by so many days: how far it is, and what each day brought."""

    days = models.IntegerField()
    asked_at = models.DateTimeField()
    done = models.IntegerField(default=0)
    report = models.JSONField(default=list)  # a row a day: {"date": …, "said": [words]}
    error = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), name="demo_moves_one_at_a_time", condition=Q(finished_at=None)
            ),
            models.CheckConstraint(name="demo_move_sane", condition=Q(days__gte=1, days__lte=366)),
        ]

    def __str__(self) -> str:
        return f"{self.days} days"
