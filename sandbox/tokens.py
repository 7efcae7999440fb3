"""Tokens: a customer's approval to be charged. initiated → confirmed or rejected; confirmed ⇄ paused; → cancelled.

A token is made by the payment of a registration order. Card and UPI are confirmed at once, a bank account at once
or on the next working day, by its bank, paper after five working days (ten above five lakh rupees).
"""

import string
from dataclasses import dataclass

from sandbox import events
from sandbox.entities import public
from sandbox.errors import wrong_state
from sandbox.ids import ALPHABET
from sandbox.instruments import BANK_METHODS, REJECTED_ENDING
from sandbox.store import Doc
from sandbox.working_days import add_working_days
from sandbox.world import World

DUMMY = "upi_dummy_payment"  # the mandate is made, the payment that made it fails
CONFIRMED_NEXT_DAY = ("HDFC", "SBIN")
PAPER_DAYS, LARGE_PAPER_DAYS, LARGE_FROM = 5, 10, 5_00_000_00  # working days, paise
INITIATED, CONFIRMED, PAUSED, CANCELLED, REJECTED = (
    "initiated",
    "confirmed",
    "paused",
    "cancelled",
    "rejected",
)


@dataclass(frozen=True)
class Move:
    came_from: tuple[str, ...]
    to: str
    recurring: bool


# fmt: off
MOVES = {  # the event of each: (from, to, what `recurring` says then)
    "token.confirmed": Move((INITIATED,),                    CONFIRMED, recurring=True),
    "token.rejected":  Move((INITIATED,),                    REJECTED,  recurring=False),
    "token.paused":    Move((CONFIRMED,),                    PAUSED,    recurring=True),
    "token.resumed":   Move((PAUSED,),                       CONFIRMED, recurring=True),
    "token.cancelled": Move((INITIATED, CONFIRMED, PAUSED),  CANCELLED, recurring=True),
}
# fmt: on


def register(world: World, order: Doc, payment: Doc) -> Doc:
    """Make the token of a registration that the payer approved; return the payment's field, {} for a plain order.

    A payment that made one keeps it.
    """
    terms = order.get("_mandate")
    if not terms:
        return {}
    if payment["token_id"]:
        return {"token_id": payment["token_id"]}
    now = world.clock.seconds()
    token = {
        "id": world.ids.new("token"),
        "entity": "token",
        "token": world.ids.text("token_text", 14, ALPHABET),
        "bank": None,
        "wallet": None,
        "method": payment["method"],
        "recurring": False,
        "recurring_details": {"status": INITIATED, "failure_reason": None},
        "auth_type": terms["auth_type"],
        "mrn": None,
        "used_at": now,
        "created_at": now,
        "expired_at": terms["expire_at"],
        "dcc_enabled": False,
        **instrument_fields(world, payment, terms),
        "_instrument": payment["_instrument"],
        "_max_amount": terms["max_amount"],
        "_terms": terms,
        "_order_id": order["id"],
        "_customer_id": order["_customer_id"],
        "_faults": payment.get("_token_faults", []),
    }
    world.store.put("token", token, parent=order["_customer_id"])
    return {"token_id": token["id"]}


def instrument_fields(world: World, payment: Doc, terms: Doc) -> Doc:
    """Return what a token of this method has beside the common fields."""
    if payment["method"] == "card":
        return card_fields(world, payment)
    if payment["method"] == "upi":
        name, _, handle = payment["vpa"].partition("@")
        vpa = {"username": name, "handle": handle, "name": None}
        return {"vpa": vpa, "start_time": world.clock.seconds(), "max_amount": terms["max_amount"]}
    account = payment["_account"]
    details = {
        "beneficiary_name": account["name"],
        "account_number": account["account_number"],
        "ifsc": account["ifsc"],
        "account_type": account["account_type"],
    }
    return {"bank": payment["bank"], "bank_details": details, "max_amount": terms["max_amount"]}


def card_fields(world: World, payment: Doc) -> Doc:
    card = world.store.get("card", payment["card_id"])
    assert card is not None
    month, year = payment["_card_expiry"]
    card = {name: value for name, value in public(card).items() if name != "id"}
    flows = {"otp": True, "recurring": True, "iframe": False}
    return {
        "card": card | {"expiry_month": month, "expiry_year": year, "flows": flows},
        "compliant_with_tokenisation_guidelines": True,
        "status": "active",
        "error_code": None,
    }


def begin(world: World, payment: Doc) -> None:
    """Confirm the payment's new token, or have its bank decide later. Nothing for a payment without one."""
    token = world.store.get("token", payment["token_id"]) if payment["token_id"] else None
    if token is None or status(token) != INITIATED or token.get("_due"):
        return
    token["_due"] = decided_at(world, token)
    world.store.put("token", token)
    tell_order(world, token)
    if token["_due"] <= world.clock.now():
        fall_due(world, token["id"])
    else:
        world.store.add_timer(token["_due"], "token_due", token["id"])
        world.soon()


def decided_at(world: World, token: Doc) -> float:
    """Return when the bank says yes or no, epoch seconds."""
    days = 0
    if token["method"] == "nach":
        days = PAPER_DAYS if token["max_amount"] <= LARGE_FROM else LARGE_PAPER_DAYS
    elif token["bank"] in CONFIRMED_NEXT_DAY:
        days = 1
    late = sum(fault["seconds"] for fault in token["_faults"] if fault["kind"] == "late")
    return add_working_days(world, world.clock.now(), days) + late


def fall_due(world: World, token_id: str) -> None:
    """The bank decides on a mandate that still waits for it."""
    token = world.store.get("token", token_id)
    if token is None or status(token) != INITIATED:
        return
    refused = next((fault for fault in token["_faults"] if fault["kind"] == "reject"), None)
    if refused or (token["method"] in BANK_METHODS and token["_instrument"].endswith(REJECTED_ENDING)):
        reject(world, token, (refused or {}).get("reason", "bank_account_invalid"))
    else:
        confirm(world, token)


def status(token: Doc) -> str:
    return str(token["recurring_details"]["status"])


def confirm(world: World, token: Doc) -> Doc:
    """Raises Refused when it does not wait for the bank."""
    if token["method"] in BANK_METHODS and not token["mrn"]:
        token["mrn"] = f"{token['bank']}{world.ids.text('umrn', 16, string.digits)}"
    if token["_terms"]["first_payment_amount"]:
        world.store.add_timer(world.clock.now(), "first_debit", token["id"])
        world.soon()
    return move(world, token, "token.confirmed")


def reject(world: World, token: Doc, reason: str) -> Doc:
    """Raises Refused when it does not wait for the bank."""
    return move(world, token, "token.rejected", reason=reason)


def move(world: World, token: Doc, event: str, *, reason: str | None = None) -> Doc:
    """Bring the token to the state of the event, and tell. Raises Refused from a state where that cannot be."""
    made = MOVES[event]
    if status(token) not in made.came_from:
        raise wrong_state(f"The token is {status(token)}.", step="NA")
    token["recurring"] = made.recurring
    token["recurring_details"] = {"status": made.to, "failure_reason": reason}
    world.store.put("token", token)
    tell_order(world, token)
    events.emit(world, event, token=token)
    return token


def tell_order(world: World, token: Doc) -> None:
    """Have the registration order say what became of the mandate."""
    order = world.store.get("order", token["_order_id"])
    if order:
        order["token"] |= {
            "recurring_status": status(token),
            "failure_reason": token["recurring_details"]["failure_reason"],
        }
        world.store.put("order", order)
