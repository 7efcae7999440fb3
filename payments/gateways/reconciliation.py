"""What the gateway lists of its own: payments, refunds, settlements and their rows, downtimes. In our words.

Amounts are paise. Words that we do not know (a new state, a new kind of row) are kept as they come.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class ListedPayment:
    """A payment as the list tells it. `fee` holds its GST (`tax`); both are 0 until it is captured."""

    payment_id: str
    order_id: str
    amount: int
    currency: str
    status: str
    method: str
    was_captured: bool  # False beside `refunded`: the gateway gave it back before it was ours
    fee: int
    tax: int
    created_at: datetime


@dataclass(frozen=True)
class ListedRefund:
    """A refund as the list tells it. `receipt` is our number, where we asked for it."""

    refund_id: str
    payment_id: str
    amount: int
    currency: str
    status: str
    receipt: str
    created_at: datetime


@dataclass(frozen=True)
class ListedSettlement:
    """A sum that the gateway pays out to the operator's bank account."""

    settlement_id: str
    amount: int
    status: str
    utr: str
    created_at: datetime


@dataclass(frozen=True)
class SettledRow:
    """One movement of a settlement: of debit and credit one is zero. `fee` holds its GST (`tax`)."""

    settlement_id: str
    entity_id: str
    kind: str  # payment, refund, adjustment, transfer
    amount: int
    debit: int
    credit: int
    fee: int
    tax: int
    payment_id: str  # of a refund or an adjustment: the payment that it belongs to, where it is told
    dispute_id: str
    description: str


@dataclass(frozen=True)
class ReportedDowntime:
    """A way to pay that is failing now, or will. `instrument` narrows it: {"bank": "HDFC"}, {"network": "VISA"}."""

    downtime_id: str
    method: str
    instrument: Mapping[str, str]
    status: str  # scheduled, started, updated, resolved
    severity: str
    is_scheduled: bool
    begins_at: datetime
    ends_at: datetime | None


class GatewayLists(Protocol):
    """The part of a gateway's face that reconciliation needs. Every method raises Refused or Unavailable.

    Pages come newest first; a row may come twice.
    """

    def listed_payments(self, since: datetime, until: datetime) -> Iterator[list[ListedPayment]]:
        """Give pages of the payments made in a window."""

    def listed_refunds(self, since: datetime, until: datetime) -> Iterator[list[ListedRefund]]:
        """Give pages of the refunds made in a window."""

    def listed_settlements(self, since: datetime, until: datetime) -> Iterator[list[ListedSettlement]]:
        """Give pages of the settlements made in a window."""

    def settled_rows(self, day: date) -> Iterator[list[SettledRow]]:
        """Give pages of the rows settled on an Indian day."""

    def listed_payment(self, payment_id: str) -> ListedPayment:
        """Return one payment as the list would tell it now."""

    def listed_refund(self, refund_id: str) -> ListedRefund:
        """Return one refund as the list would tell it now."""

    def listed_settlement(self, settlement_id: str) -> ListedSettlement:
        """Return one settlement as it stands now."""

    def downtimes(self) -> list[ReportedDowntime]:
        """Return the downtimes that the gateway tells of now."""

    def downtime(self, downtime_id: str) -> ReportedDowntime:
        """Return one downtime as it stands now."""


def lists() -> GatewayLists:
    """Return the lists of this instance's gateway; one per use, its connection is not shared between threads."""
    return import_string(settings.GATEWAY)()
