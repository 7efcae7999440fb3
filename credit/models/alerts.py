"""Which alerts an account has been given, so that one crossing is told once."""

from django.db import models
from django.db.models import Q

from accounts.models import Account
from invoices.models import Cycle


class AlertState(models.Model):
    """One row an account, moved under its lock."""

    account = models.OneToOneField(Account, models.PROTECT, related_name="alert_state")
    # the cycle whose 80 % of free call units has been told
    free_units_cycle = models.ForeignKey(Cycle, models.SET_NULL, null=True, related_name="+", db_index=False)
    is_low = models.BooleanField(default=True)  # the balance has not been above its minimum since it was told
    low_on = models.DateField(null=True)  # the day of the last low-balance alert
    limit_mark = models.IntegerField(default=0)  # the warning that stands: 0, 80 or 95 per cent of the limit
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="alert_limit_mark", condition=Q(limit_mark__in=[0, 80, 95])),
        ]

    def __str__(self) -> str:
        return f"alerts of {self.account_id}"
