"""The stored credit limit of an account."""

from django.db import models

from accounts.models import Account


class CreditLimit(models.Model):
    account = models.OneToOneField(Account, models.PROTECT, related_name="credit_limit")
    amount = models.BigIntegerField()  # paise, whole rupees

    def __str__(self) -> str:
        return str(self.account_id)
