"""Charges at the merchant's will: a payment of an order by a mandate, accepted now, decided hours or days later.

A card is debited 36 hours after, UPI 25, a bank account on the second working day at 18:00 (what comes after 9:00
counts for the next day). The rules of the moment of the debit are in `debit_decision`.
"""

from datetime import datetime
from typing import Any

from sandbox import checks, notifications, orders, payments, registration, tokens
from sandbox.entities import load
from sandbox.errors import UNKNOWN_ID, Refused, wrong_state
from sandbox.instruments import BANK_METHODS
from sandbox.store import Doc
from sandbox.working_days import INDIA, add_working_days, is_working_day, next_working_day
from sandbox.world import World

REQUIRED = ("email", "contact", "amount", "currency", "order_id", "customer_id", "token", "recurring")
FIELDS = (*REQUIRED, "description", "notes")
BUSY = "Request failed because another payment operation is in progress."
DEBIT_AFTER = {"card": 36 * 3600, "upi": 25 * 3600}
ANNOUNCED_AFTER, AT_ONCE_AFTER = 300, 60  # a debit that its order announced; ICICI's, where the account is so
CUT_OFF, DEBIT_HOUR, BANK_DAYS = 9, 18, 2  # Indian hours; working days
UNUSABLE = {
    tokens.PAUSED: ("mandate_paused", "The mandate is paused."),
    tokens.CANCELLED: ("mandate_cancelled", "The mandate is cancelled."),
    tokens.REJECTED: ("mandate_not_active", "The mandate was rejected."),
    tokens.INITIATED: ("mandate_not_active", "The mandate is not confirmed yet."),
}


def create(world: World, body: Doc) -> Doc:
    """Accept a debit: a payment that stays `created` until its bank decides. Raises Refused."""
    checks.only(body, FIELDS)
    for name in REQUIRED:
        if body.get(name) in (None, ""):
            raise Refused(f"The {name.replace('_', ' ')} field is required.", field=name)
    if not checks.flag(body, "recurring"):
        raise Refused("The recurring field must be true.", field="recurring")
    notes = checks.notes(body.get("notes"))
    token = _token(world, body)
    registration.refuse_disabled(world, token["method"])
    order = _order(world, body)
    refuse_unusable(world, token, order["amount"])
    if open_debit(world, token):
        raise wrong_state(BUSY, step="payment_initiation")
    notifications.refuse_early(world, order, token)
    payer = {name: str(body[name]) for name in ("email", "contact", "description") if body.get(name)}
    return begin(world, order, token, payer | {"notes": notes})


def _token(world: World, body: Doc) -> Doc:
    customer, token = load(world, "customer", body["customer_id"]), load(world, "token", body["token"])
    if token["_customer_id"] != customer["id"] or token.get("_deleted"):
        raise Refused(UNKNOWN_ID, field="token", reason="invalid_token")
    return token


def _order(world: World, body: Doc) -> Doc:
    """Return the order, unpaid, of this amount, with nothing under way. Raises Refused."""
    amount, order = checks.whole(body, "amount"), load(world, "order", body["order_id"])
    if order.get("_mandate"):
        raise Refused("The order is for a registration.", field="order_id", reason="invalid_order_id")
    if order["status"] == "paid":
        words = "Your payment has been declined as the order is already paid."
        raise wrong_state(words, step="payment_initiation", reason="order_already_paid")
    attempts = world.store.find("payment", parent=order["id"])
    if any(payment["status"] in ("created", "authorized") for payment in attempts):
        raise wrong_state(BUSY, step="payment_initiation")
    if amount != order["amount"]:
        raise Refused(
            "Payment amount is different from the order amount.",
            field="amount",
            reason="order_amount_mismatch",
        )
    if body["currency"] != order["currency"]:
        raise Refused("Payment currency is different from the order currency.", field="currency")
    return order


def refuse_unusable(world: World, token: Doc, amount: int) -> None:
    """Raise Refused for a mandate that cannot be charged this now; `amount` in paise."""
    state = tokens.status(token)
    if state != tokens.CONFIRMED:
        reason, words = UNUSABLE[state]
        raise Refused(words, field="token", reason=reason)
    if token["expired_at"] <= world.clock.now():
        raise Refused("The mandate has expired.", field="token", reason="mandate_expired")
    if amount > token["_max_amount"]:
        raise Refused("Amount exceeds maximum amount allowed.", field="amount")


def open_debit(world: World, token: Doc) -> Doc | None:
    """Return the payment by this token that is not decided yet."""
    payment = world.store.get("payment", token.get("_last_debit") or "")
    return payment if payment and payment["status"] == "created" else None


def begin(world: World, order: Doc, token: Doc, payer: Doc) -> Doc:
    """Make the payment, announce it where nobody did, and have it decided when it is due. Needs a unit."""
    is_announced = "notification" in order
    due = due_at(world, token, announced=is_announced)
    if token["method"] not in BANK_METHODS and not is_announced:
        notifications.send(world, order["id"], {"token_id": token["id"], "payment_after": int(due)})
    facts: dict[str, Any] = {"token_id": token["id"], "customer_id": token["_customer_id"]}
    facts["_debit"] = {"due": due, "approved": False}
    if token["method"] in BANK_METHODS:
        facts["bank"] = token["bank"]
    elif token["method"] == "card":
        payer = payer | {"card_name": token["card"]["name"]}
    payment = payments.attempt(world, order, token["method"], token["_instrument"], payer, **facts)
    world.store.put("token", token | {"_last_debit": payment["id"]})
    world.store.add_timer(due, "debit_due", payment["id"])
    world.soon()
    return payment


def due_at(world: World, token: Doc, *, announced: bool) -> float:
    """Return when the debit is decided, epoch seconds."""
    now, method = world.clock.now(), token["method"]
    if method not in BANK_METHODS:
        return now + (ANNOUNCED_AFTER if announced else DEBIT_AFTER[method])
    if token["bank"] == "ICIC" and world.switch("icici_debits") == "at_once":
        return now + AT_ONCE_AFTER
    in_time = is_working_day(world, now) and datetime.fromtimestamp(now, INDIA).hour < CUT_OFF
    first_day = now if in_time else next_working_day(world, now)
    day = datetime.fromtimestamp(add_working_days(world, first_day, BANK_DAYS), INDIA)
    return day.replace(hour=DEBIT_HOUR, minute=0, second=0, microsecond=0).timestamp()


def begin_first(world: World, token_id: str) -> None:
    """Make the debit that a mandate on a bank account asked for with its registration."""
    token = world.store.get("token", token_id)
    if token is None or tokens.status(token) != tokens.CONFIRMED:
        return
    customer = world.store.get("customer", token["_customer_id"]) or {}
    order = orders.make(
        world, amount=token["_terms"]["first_payment_amount"], _customer_id=token["_customer_id"]
    )
    begin(world, order, token, {name: customer.get(name) for name in ("email", "contact")})
