"""Bank accounts at the gateway that belong to one customer each, and the transfers that arrive there. In our words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from payments.gateways import GatewayPayment


@dataclass(frozen=True)
class MadeAccount:
    """A virtual account as the gateway tells it. `ban` is whose it is, as we wrote it down there."""

    account_id: str
    ban: str
    number: str
    ifsc: str
    bank_name: str
    holder: str
    is_active: bool


@dataclass(frozen=True)
class Transfer:
    """What the bank says of a payment to a virtual account; the payer may be unknown."""

    account_id: str
    utr: str
    mode: str
    payer: str


class VirtualAccounts(Protocol):
    """What we need of virtual accounts. Every method raises Refused or Unavailable."""

    def make_account(self, ban: str, name: str) -> MadeAccount:
        """Make a virtual account that takes bank transfers."""

    def find_account(self, ban: str, since: datetime) -> MadeAccount | None:
        """Return the active account made for this customer since a moment, if any."""

    def virtual_account(self, account_id: str) -> MadeAccount:
        """Return an account as it is now."""

    def transfer_of(self, report: GatewayPayment) -> Transfer | None:
        """Return the transfer that a payment is, or None for another kind of payment."""


def virtual_accounts() -> VirtualAccounts:
    """Return the gateway's virtual accounts; one per use."""
    return import_string(settings.GATEWAY)()
