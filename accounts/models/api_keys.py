"""Keys for machines: shown once, kept as a hash, for one account or for the platform, revocable at once."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models.people import Account


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self) -> "ApiKeyQuerySet":
        return self.filter(revoked_at=None)


class ApiKey(models.Model):
    """A bearer token `kv_<prefix>_<secret>`; only the SHA-256 of the whole is kept."""

    class Scope(models.TextChoices):
        READ = "read", "Read the account's data"
        PAY = "pay", "Start payments"
        TELEPHONY = "telephony", "Send usage, ask what an account may do"

    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="api_keys"
    )  # none: the platform's
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=12, unique=True)  # shown in lists and logs
    hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope))
    source = models.CharField(
        max_length=20, default="platform"
    )  # whose ids its records carry; api_keys.issue
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    last_used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    ban: str | None  # of its account, where `api_keys.verify` has read it

    objects: ClassVar[ApiKeyQuerySet] = ApiKeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "API key"
        permissions = [("manage_api_key", "Can make and revoke API keys")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def scope_words(self) -> list[str]:
        """What it may do, in words."""
        return [scope.label for scope in self.Scope if scope in self.scopes]
