"""Payments: created → authorized → captured, or failed, or refunded; and failed → authorized within three days.

Rules: one success per order; a second one goes back at once. A bank that never answers fails the payment
after ten minutes. What is authorised and not captured in its window goes back too. Amounts are paise.
"""

from typing import Any

from sandbox import (
    checks,
    events,
    faults,
    payees,
    refunds,
    settlements,
    tokens,
)
from sandbox.errors import wrong_state
from sandbox.fees import fee_and_tax
from sandbox.instruments import BANK_METHODS, CARDS
from sandbox.reasons import error_fields
from sandbox.store import Doc
from sandbox.world import World

NO_ANSWER_AFTER = 10 * 60
LATE_WITHIN = 3 * 86400
NO_ERROR = dict.fromkeys(("error_code", "error_description", "error_source", "error_step", "error_reason"))


def attempt(world: World, order: Doc, method: str, instrument: str, payer: Doc, **odd: Any) -> Doc:
    """Begin a payment of the order. `odd` may hold an `amount` or `currency` that is not the order's."""
    now = world.clock.seconds()
    payment = {
        "id": world.ids.new("pay"),
        "entity": "payment",
        "amount": order["amount_due"] or order["amount"],
        "currency": order["currency"],
        "status": "created",
        "order_id": order["id"],
        "invoice_id": order.get("_invoice_id"),
        "international": False,
        "method": method,
        "amount_refunded": 0,
        "refund_status": None,
        "captured": False,
        "description": payer.get("description"),
        "card_id": None,
        "bank": None,
        "wallet": None,
        "vpa": None,
        "email": payer.get("email") or "payer@example.in",
        "contact": payer.get("contact") or "+919800000001",
        "customer_id": order.get("_customer_id"),
        "token_id": None,
        "notes": payer.get("notes") or {},
        "fee": None,
        "tax": None,
        **NO_ERROR,
        "acquirer_data": {},
        "created_at": now,
        "_instrument": instrument,
    }
    payment |= _instrument(world, method, instrument, payer) | odd
    for effect in faults.take(world, "payment", method=method):
        payment |= {key: effect[key] for key in ("amount", "currency") if key in effect}
        if effect["kind"] == "outcome":
            payment["_outcome"], payment["_reason"] = effect["outcome"], effect.get("reason")
    world.store.put("payment", payment, parent=order["id"])
    _count_attempt(world, order)
    world.store.add_timer(now + NO_ANSWER_AFTER, "payment_timeout", payment["id"])
    world.soon()
    return payment


def _instrument(world: World, method: str, instrument: str, payer: Doc) -> Doc:
    """Return the fields that this method sets, and keep the card."""
    if method == "card":
        return _card(world, instrument, payer)
    if method == "upi":
        upi = {"payer_account_type": "bank_account", "vpa": instrument, "flow": "intent"}
        return {"vpa": instrument, "upi": upi, "acquirer_data": {"rrn": None}}
    if method == "netbanking":
        return {"bank": instrument, "acquirer_data": {"bank_transaction_id": None}}
    if method in BANK_METHODS:
        return {}
    return {"wallet": instrument, "acquirer_data": {"transaction_id": None}}


def _card(world: World, number: str, payer: Doc) -> Doc:
    facts = CARDS[number]
    card = {
        "id": world.ids.new("card"),
        "entity": "card",
        "name": payer.get("card_name") or "Asha Rao",
        "last4": number[-4:],
        "network": facts.network,
        "type": facts.type,
        "issuer": None if facts.international else facts.issuer,
        "international": facts.international,
        "emi": False,
        "sub_type": facts.sub_type,
        "token_iin": None,
    }
    world.store.put("card", card)
    return {"card_id": card["id"], "international": facts.international, "acquirer_data": {"auth_code": None}}


def _count_attempt(world: World, order: Doc) -> None:
    order["attempts"] += 1
    if order["status"] == "created":
        order["status"] = "attempted"
    world.store.put("order", order)


def authorise(world: World, payment: Doc, *, late: bool = False) -> Doc:
    """The bank says yes: capture, wait for the merchant, or give back what the order does not need."""
    order = order_of(world, payment)
    taken = is_taken(world, order, payment)
    payment |= {} if taken else tokens.register(world, order, payment)
    payment |= {"status": "authorized", **NO_ERROR, "acquirer_data": _references(world, payment)}
    if late:
        payment["late_authorized"] = True
    world.store.put("payment", payment)
    events.emit(world, "payment.authorized", payment=payment)
    if taken:
        refunds.give_back(world, payment, at_once=True)
    elif _captures_by_itself(world, order, payment):
        take_money(world, payment)
    else:
        _await_capture(world, order, payment)
    tokens.begin(world, payment)
    return payment


def is_taken(world: World, order: Doc, payment: Doc) -> bool:
    """Say whether the order needs no such payment any more; one that takes parts needs what is still due."""
    if order.get("_partial"):
        return bool(payment["amount"] > order["amount_due"])
    return order["status"] == "paid" or has_other_success(world, payment)


def has_other_success(world: World, payment: Doc) -> bool:
    return any(
        other["id"] != payment["id"] and other["status"] in ("authorized", "captured")
        for other in world.store.find("payment", parent=payment["order_id"])
    )


def _references(world: World, payment: Doc) -> Doc:
    if payment["method"] in BANK_METHODS:
        return {}
    rrn = world.ids.digits(12)
    if payment["method"] == "card":
        return {"auth_code": world.ids.digits(6), "rrn": rrn}
    if payment["method"] == "upi":
        return {"rrn": rrn, "upi_transaction_id": world.ids.hex(32)}
    name = "bank_transaction_id" if payment["method"] == "netbanking" else "transaction_id"
    return {name: rrn}


def _captures_by_itself(world: World, order: Doc, payment: Doc) -> bool:
    """Automatic capture, unless the authorisation came after the order's automatic window."""
    capture = order["_capture"] | ({"automatic": payment["_capture"]} if "_capture" in payment else {})
    age = world.clock.now() - payment["created_at"]
    window = capture["automatic_minutes"]
    return capture["automatic"] and (window is None or age <= window * 60)


def _await_capture(world: World, order: Doc, payment: Doc) -> None:
    minutes = order["_capture"]["manual_minutes"] or world.switch("auto_refund_days") * 24 * 60
    lapses_at = payment["created_at"] + minutes * 60
    world.store.add_timer(max(lapses_at, world.clock.now()), "capture_lapse", payment["id"])
    world.soon()


def take_money(world: World, payment: Doc) -> Doc:
    """Capture in full: the fee is known now, and the order is paid."""
    fee, tax = fee_and_tax(payment["amount"], payment["method"])
    payment |= {
        "status": "captured",
        "captured": True,
        "base_amount": payment["amount"],
        "fee": fee,
        "tax": tax,
    }
    world.store.put("payment", payment)
    if payment["amount"]:
        settlements.owe(world, "payment", payment["id"])
    order = order_of(world, payment)
    order["amount_paid"] += payment["amount"]
    order["amount_due"] = max(0, order["amount"] - order["amount_paid"])
    if order["amount_due"] == 0:
        order["status"] = "paid"
    world.store.put("order", order)
    events.emit(world, "payment.captured", payment=payment)
    if order["status"] == "paid":
        events.emit(world, "order.paid", payment=payment, order=order)
    payees.tell(world, payment, order)
    return payment


def capture(world: World, payment: Doc, body: Doc) -> Doc:
    """Capture at the merchant's wish. Raises Refused."""
    checks.only(body, ("amount", "currency"))
    amount = checks.whole(body, "amount")
    if payment["status"] in ("captured", "refunded"):
        raise wrong_state("The payment has already been either captured or voided.")
    if payment["status"] != "authorized":
        raise wrong_state("Only payments which have been authorized and not yet captured can be captured.")
    if body.get("currency", payment["currency"]) != payment["currency"]:
        raise wrong_state("Capture request currency must be same as payment currency.")
    if amount != payment["amount"]:
        raise wrong_state("Capture amount must be equal to the amount authorized.")
    order = order_of(world, payment)
    if order["status"] == "paid":
        raise wrong_state("Payment already done for this order.", reason="order_already_paid")
    return take_money(world, payment)


def fail(world: World, payment: Doc, reason: str, *, code: str | None = None) -> Doc:
    """The bank says no, or the payer gives up."""
    if reason == tokens.DUMMY:
        payment |= tokens.register(world, order_of(world, payment), payment)
    payment |= {"status": "failed", **error_fields(reason, code=code)}
    world.store.put("payment", payment)
    events.emit(world, "payment.failed", payment=payment)
    tokens.begin(world, payment)
    return payment


def time_out(world: World, payment_id: str) -> None:
    """No answer for ten minutes."""
    payment = world.store.get("payment", payment_id)
    if payment and payment["status"] == "created" and "_debit" not in payment:  # a debit takes its days
        fail(world, payment, "payment_timed_out")


def lapse(world: World, payment_id: str) -> None:
    """Nobody captured in time: the money goes back."""
    payment = world.store.get("payment", payment_id)
    if payment and payment["status"] == "authorized":
        refunds.give_back(world, payment, at_once=False)


def edit(world: World, payment: Doc, body: Doc) -> Doc:
    checks.only(body, ("notes",))
    return world.store.put("payment", payment | {"notes": checks.notes(body.get("notes"))})


def order_of(world: World, payment: Doc) -> Doc:
    order = world.store.get("order", payment["order_id"])
    assert order is not None
    return order
