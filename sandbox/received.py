"""Payments without an order: money that arrived by itself, by bank transfer or by QR code. Amounts are paise."""

from typing import Any

from sandbox import checks, settlements
from sandbox.errors import Refused
from sandbox.fees import fee_and_tax
from sandbox.instruments import BANKS
from sandbox.payments import NO_ERROR
from sandbox.store import Doc
from sandbox.world import World

BY_TRANSFER = ("va_transaction_id", "virtual_account")


def arrive(
    world: World, method: str, amount: int, *, at: str, reference: str | None, payer: Doc, **facts: Any
) -> Doc:
    """Make an authorised payment of what arrived `at` an account or code; by its `reference` it is found again."""
    payment: Doc = {
        "id": world.ids.new("pay"),
        "entity": "payment",
        "amount": amount,
        "currency": "INR",
        "status": "authorized",
        "order_id": None,
        "invoice_id": None,
        "international": False,
        "method": method,
        "amount_refunded": 0,
        "refund_status": None,
        "captured": False,
        **dict.fromkeys(("description", "card_id", "bank", "wallet", "vpa")),
        "email": payer.get("email"),
        "contact": payer.get("contact"),
        "customer_id": payer.get("id"),
        "token_id": None,
        "notes": {},
        "fee": None,
        "tax": None,
        **NO_ERROR,
        "acquirer_data": {},
        "created_at": world.clock.seconds(),
        "_instrument": reference or "",
    }
    return world.store.put("payment", payment | facts, parent=at, lookup=reference)


def take(world: World, payment: Doc) -> Doc:
    """Capture what arrived, less the method's fee."""
    fee, tax = fee_and_tax(payment["amount"], payment["method"])
    payment |= {
        "status": "captured",
        "captured": True,
        "base_amount": payment["amount"],
        "fee": fee,
        "tax": tax,
    }
    settlements.owe(world, "payment", payment["id"])
    return world.store.put("payment", payment)


def payer_of(world: World, customer_id: str | None) -> Doc:
    """Return the customer that money at an account is taken to come from, or nobody."""
    return (world.store.get("customer", customer_id) or {}) if customer_id else {}


def bank_of(ifsc: str) -> str:
    return BANKS.get(ifsc[:4], "Example Bank")


def by_reference(query: Doc) -> str | None:
    """Return the UTR that a list of payments is asked for. Raises Refused without its `virtual_account=1`."""
    if query.get("virtual_account", "1") not in ("0", "1"):
        raise Refused("The virtual_account must be 0 or 1.", field="virtual_account")
    if query.get("virtual_account") != "1":
        checks.only({name: query[name] for name in BY_TRANSFER[:1] if name in query}, ())
        return None
    reference: str | None = query.get("va_transaction_id")
    return reference
