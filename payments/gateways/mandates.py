"""A standing permission to debit, in our words: who gives it, its terms, the token that it is, and a charge by it.

Amounts are paise. A token is what counts: the payment that registers it may fail although the permission was given.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class TokenState(StrEnum):
    INITIATED = "initiated"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # a word that we do not know: what stands, stands


@dataclass(frozen=True)
class GatewayToken:
    """A permission as the gateway reports it. `ceiling` and `valid_until` are None where it does not say."""

    token_id: str
    state: TokenState
    method: str
    instrument: str  # masked: "Visa ···· 1007", "UPI ····@okhdfc", "HDFC ···· 5678"
    reason: str  # why it was rejected: a code, or the bank's words
    ceiling: int | None
    valid_until: datetime | None
    card_month: date | None  # the last day of the month that the card expires in


@dataclass(frozen=True)
class Attempt:
    """One try to approve a registration order. `token_id` is there from the moment that the customer approved."""

    payment_id: str
    state: str
    reason: str
    token_id: str


@dataclass(frozen=True)
class BankAccount:
    """The account that an e-mandate debits, as the customer types it. It is sent on and never stored."""

    name: str
    number: str
    kind: str  # savings, current
    ifsc: str


@dataclass(frozen=True)
class Registration:
    """What the customer is asked to approve; `amount` is charged with it (nothing for a bank account)."""

    number: str  # ours: the order's receipt
    method: str
    amount: int
    ceiling: int
    valid_until: datetime
    customer_id: str
    account: BankAccount | None = None


class GatewayMandates(Protocol):
    """The part of a gateway's face that auto-pay needs. Every method that leaves the process raises GatewayError."""

    def make_customer(self, *, name: str, email: str, contact: str) -> str:
        """Return the id of the customer with this e-mail and phone, made when there is none."""

    def create_registration(self, wish: Registration) -> str:
        """Make the order that the customer approves; return its id."""

    def find_order(self, number: str) -> str | None:
        """Return the id of the order made with this number before, if any."""

    def receipt_of(self, order_id: str) -> str:
        """Return our number, as the order carries it."""

    def attempts(self, order_id: str) -> list[Attempt]:
        """Return every try to approve an order."""

    def token(self, customer_id: str, token_id: str) -> GatewayToken:
        """Return a permission as it stands now."""

    def cancel_token(self, customer_id: str, token_id: str) -> None:
        """Ask for the end of a permission; it is over when its state says so. May be repeated."""

    def registration_fields(self, fields: dict[str, str], customer_id: str) -> dict[str, str]:
        """Return the fields of the checkout form for a registration order, from those of a plain one."""

    def create_recurring(
        self,
        *,
        order_id: str,
        amount: int,
        customer_id: str,
        token_id: str,
        email: str,
        contact: str,
        description: str,
    ) -> str:
        """Raise a debit of an order by a permission; return the payment's id. Accepted does not mean paid.

        Not to be repeated when its outcome is unknown: the order's payments tell whether it was raised.
        """


def mandates() -> GatewayMandates:
    """Return the mandates of this instance's gateway; one per use, its connection is not shared between threads."""
    return import_string(settings.GATEWAY)()
