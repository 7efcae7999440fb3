"""Invitations to an account: sent by e-mail, open for a week, used once. The link's token is kept as a hash."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.people import Account, Member


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor withdrawn; some of them may have run out."""
        return self.filter(state=Invitation.State.OPEN)


class Invitation(models.Model):
    """A role that waits for the person of an address. Sending it again makes a new link; the old one is void."""

    class State(models.TextChoices):
        OPEN = "open", "Waiting"
        ACCEPTED = "accepted", "Accepted"
        WITHDRAWN = "withdrawn", "Withdrawn"

    account = models.ForeignKey(Account, models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)  # in small letters, as people's addresses are kept
    role = models.CharField(max_length=8, choices=Member.Role)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    token_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of what the link carries
    times_sent = models.PositiveIntegerField(default=1)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField()  # the last time
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects: ClassVar[InvitationQuerySet] = InvitationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="invitation_open_once", fields=["account", "email"], condition=Q(state="open")
            ),
            models.CheckConstraint(
                name="invitation_ended_has_time",
                condition=Q(state="open", ended_at=None) | (~Q(state="open") & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.account_id}"

    def has_run_out(self, now: datetime) -> bool:
        """Whether its link is too old to be used."""
        return now >= self.expires_at
