"""A gateway's refunds in our words. Amounts are paise; words that we do not know are kept as they come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from payments.gateways import GatewayPayment


class RefundState(StrEnum):
    PENDING = "pending"
    PROCESSED = "processed"
    FAILED = "failed"


@dataclass(frozen=True)
class GatewayRefund:
    """A refund as the gateway reports it. `receipt` is our number, `reference` the bank's, once it is there."""

    refund_id: str
    payment_id: str
    amount: int
    currency: str
    receipt: str
    state: RefundState
    reference: str
    created_at: datetime


class RefundDoor(Protocol):
    """The part of a gateway's face that refunds need. Every method raises Refused or Unavailable."""

    def fetch(self, payment_id: str) -> GatewayPayment:
        """Return one payment as it stands now."""

    def refund(self, payment_id: str, amount: int, *, number: str, key: str) -> GatewayRefund:
        """Give `amount` back of a payment. The same key with the same words again returns the first refund."""

    def refunds_of(self, payment_id: str) -> list[GatewayRefund]:
        """Return every refund of a payment, ours or not."""

    def fetch_refund(self, refund_id: str) -> GatewayRefund:
        """Return one refund as it stands now."""


def door() -> RefundDoor:
    """Return this instance's gateway; one per use, its connection is not shared between threads."""
    return import_string(settings.GATEWAY)()
