"""Disputes of the gateway in our words: what a payer's bank asks back, and our answer to it. Amounts are paise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class DisputeState(StrEnum):
    OPEN = "open"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


@dataclass(frozen=True)
class GatewayDispute:
    """A dispute as it stands. `deducted` is what the gateway holds back for it now; won, it is given back."""

    dispute_id: str
    payment_id: str
    amount: int
    deducted: int
    currency: str
    state: DisputeState
    phase: str  # fraud, retrieval, chargeback, pre_arbitration, arbitration; the gateway's word
    reason_code: str
    respond_by: datetime | None
    created_at: datetime
    answered_at: datetime | None  # when we sent evidence last


class DisputeDesk(Protocol):
    """The part of a gateway's face that disputes need. Every method raises Refused or Unavailable."""

    def dispute(self, dispute_id: str) -> GatewayDispute:
        """Return a dispute as it stands now."""

    def disputes(self, since: datetime, until: datetime) -> Iterator[list[GatewayDispute]]:
        """Give pages of the disputes that began in a window, newest first."""

    def accept_dispute(self, dispute_id: str) -> GatewayDispute:
        """Give the money up: the dispute is lost."""

    def contest_dispute(
        self, dispute_id: str, *, summary: str, proofs: Mapping[str, Sequence[str]], submit: bool
    ) -> GatewayDispute:
        """Keep evidence as a draft, or submit it. `proofs` maps a kind to ids of documents."""

    def upload_proof(self, name: str, content: bytes, mime_type: str) -> str:
        """Hand a document over; return its id."""


def desk() -> DisputeDesk:
    """Return the disputes of this instance's gateway; one per use, its connection is not shared between threads."""
    return import_string(settings.GATEWAY)()
