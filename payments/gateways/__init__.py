"""The face of a payment gateway in our words. One class per provider, named in settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class GatewayError(Exception):
    """The gateway did not do what was asked; the message is for staff."""


class Refused(GatewayError):
    """It said no, for good: repeating the same call is useless."""

    def __init__(self, message: str, *, unknown_id: bool = False, reason: str = "") -> None:
        super().__init__(message)
        self.unknown_id, self.reason = unknown_id, reason


class Unavailable(GatewayError):
    """It is away, slow or busy. What became of a write is unknown: look before trying again."""


class NotAnId(GatewayError):
    """Something that is not the gateway's id must not go into its address."""


class State(StrEnum):
    CREATED = "created"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    REFUNDED = "refunded"


@dataclass(frozen=True)
class GatewayPayment:
    """One attempt to pay an order, as the gateway reports it. `amount` in paise."""

    payment_id: str
    order_id: str
    amount: int
    currency: str
    state: State
    method: str
    instrument: str
    reason: str
    created_at: datetime
    was_captured: bool  # False beside `refunded`: the gateway gave it back before it was ours


@dataclass(frozen=True)
class GatewayEvent:
    """A signed call, as far as we read it: its name, the payment that it speaks of, and the ids of what else it names.

    `ids` maps a kind of thing ("refund", "token", "dispute", …) to the gateway's id of it.
    """

    name: str
    payment_id: str
    order_id: str
    amount: int | None
    currency: str
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Return:
    """What the browser brings back from the checkout: proof of a payment, or news of a failure."""

    order_id: str
    payment_id: str
    signature: str
    reason: str


class Gateway(Protocol):
    """What we need of a gateway. Every method that leaves the process raises Refused or Unavailable."""

    def create_order(self, number: str, amount: int) -> str:
        """Make an order of `amount` paise with our number as its receipt; return its id."""

    def find_order(self, number: str) -> str | None:
        """Return the id of the order made with this number before, if any."""

    def receipt_of(self, order_id: str) -> str:
        """Return our number, as the order carries it."""

    def order_payments(self, order_id: str) -> list[GatewayPayment]:
        """Return every attempt to pay an order."""

    def fetch(self, payment_id: str) -> GatewayPayment:
        """Return one attempt as it stands now."""

    def capture(self, payment: GatewayPayment) -> GatewayPayment:
        """Take the money of an authorised attempt; a repeat returns it as it stands."""

    def checkout_url(self) -> str:
        """Return where the browser posts the checkout form to."""

    def checkout_fields(
        self,
        *,
        order_id: str,
        amount: int,
        name: str,
        description: str,
        email: str,
        returns_to: str,
        cancels_to: str,
    ) -> dict[str, str]:
        """Return the fields of the checkout form."""

    def read_return(self, fields: dict[str, str]) -> Return:
        """Read what the browser brought back."""

    def return_is_genuine(self, order_id: str, payment_id: str, signature: str) -> bool:
        """Whether the gateway signed this payment for *our* order."""

    def call_is_genuine(self, body: bytes, signature: str) -> bool:
        """Whether the gateway signed these raw bytes, with its current or its previous secret."""

    def read_event(self, body: bytes) -> GatewayEvent:
        """Read a signed call. Raises ValueError on what is not one, or is another account's."""


def gateway() -> Gateway:
    """Return the gateway of this instance; one per use, its connection is not shared between threads."""
    return import_string(settings.GATEWAY)()
