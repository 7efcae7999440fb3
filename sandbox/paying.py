"""What a payer does with an order, with or without a page: an attempt and its outcome.

Outcomes: `success`, `fail` (with a reason), `pending` (the bank has not answered), `cancel`.
"""

import json
from typing import Any

from sandbox import instruments, mandates, payments, tokens
from sandbox.signing import sign_payment
from sandbox.store import Doc
from sandbox.world import World

OUTCOMES = ("success", "fail", "pending", "cancel")
LABELS = {"card": "Card", "upi": "UPI", "netbanking": "Net banking", "wallet": "Wallet"}


class PayRefused(Exception):
    """A payment that cannot be made like this; its text says why."""


def begin(world: World, order: Doc, method: str, instrument: str, payer: Doc, **odd: Any) -> Doc:
    """Begin an attempt. Raises PayRefused for an instrument that does not exist."""
    terms = mandates.terms_of(order)
    if terms and (why := mandates.unfit(terms, method, instrument)):
        raise PayRefused(why)
    if not terms and method not in LABELS:
        raise PayRefused(f"method must be one of {', '.join(LABELS)}")
    check_instrument(method, instrument)
    facts = mandates.facts(world, terms, payer) if terms else {}
    return payments.attempt(world, order, method, instrument, payer, **facts, **odd)


def check_instrument(method: str, instrument: str) -> None:
    """Raise PayRefused for one that nobody has."""
    known: dict[str, Any] = {
        "card": instruments.CARDS,
        "netbanking": instruments.BANKS,
        "wallet": instruments.WALLETS,
    }
    if method in known and instrument not in known[method]:
        raise PayRefused(f"{instrument} is not a test instrument of {method}")
    if method == "upi" and "@" not in instrument:
        raise PayRefused("a UPI ID looks like name@bank")


def refusal(world: World, order: Doc) -> str | None:
    """Say why the order takes no further attempt, or None."""
    if order["status"] == "paid":
        return "order_already_paid"
    any_authorised = any(
        payment["status"] == "authorized" for payment in world.store.find("payment", parent=order["id"])
    )
    return "order_already_paid" if any_authorised else None


def finish(world: World, payment: Doc, outcome: str, *, reason: str | None = None) -> Doc:
    """Let the bank decide. A fault, a failing instrument or a magic amount overrules a success."""
    if payment["status"] != "created":
        raise PayRefused(f"the payment is {payment['status']} already")
    outcome, reason = payment.get("_outcome") or outcome, payment.get("_reason") or reason
    if outcome not in OUTCOMES:
        raise PayRefused(f"outcome must be one of {', '.join(OUTCOMES)}")
    if outcome == "pending":
        return payment
    if outcome == "cancel":
        return payments.fail(world, payment, reason or "payment_cancelled")
    facts = (payment["method"], payment["_instrument"], payment["amount"])
    if outcome == "success" and not instruments.must_fail(*facts):
        if mandates.ends_as_dummy(world, payments.order_of(world, payment), payment):
            return payments.fail(world, payment, tokens.DUMMY)
        return payments.authorise(world, payment)
    code, usual = instruments.failure_of(*facts)
    return payments.fail(world, payment, reason or usual, code=None if reason else code)


def pay(world: World, order: Doc, wish: Doc) -> Doc:
    """Pay without a page, as the control plane wishes. A success on a paid order is a second success."""
    terms = mandates.terms_of(order)
    method = str(wish.get("method") or (terms["method"] if terms else "upi"))
    instrument = str(wish.get("instrument") or "") or instruments.DEFAULTS.get(method, "")
    if terms and method == terms["method"]:
        instrument = mandates.instrument(terms, wish)
    odd = {key: wish[key] for key in ("amount", "currency") if key in wish}
    payment = begin(world, order, method, instrument, wish, **odd)
    if "capture" in wish:
        payment["_capture"] = wish["capture"] in (True, "automatic")
    return finish(world, payment, wish.get("outcome", "success"), reason=wish.get("reason"))


def authorise_late(world: World, payment: Doc) -> Doc:
    """The bank says yes after all, to a failed payment at most three days old."""
    if payment["status"] not in ("failed", "created"):
        raise PayRefused(f"the payment is {payment['status']}")
    if world.clock.now() - payment["created_at"] > payments.LATE_WITHIN:
        raise PayRefused("the payment is older than three days; the gateway no longer asks the bank")
    return payments.authorise(world, payment, late=True)


def settle(world: World, payment: Doc) -> Doc:
    """Bring the payment to captured, from wherever it stands (failed too: a retry inside a UPI app)."""
    if payment["status"] in ("created", "failed"):
        payment = payments.authorise(world, payment)
    if payment["status"] == "authorized":
        payment = payments.take_money(world, payment)
    return payment


def fail(world: World, payment: Doc, reason: str) -> Doc:
    if payment["status"] not in ("created", "failed"):
        raise PayRefused(f"the payment is {payment['status']}")
    return payments.fail(world, payment, reason)


def success_fields(payment: Doc, key_secret: str) -> dict[str, str]:
    """Return what checkout posts to the merchant, or nothing for a payment that did not succeed."""
    if payment["status"] not in ("authorized", "captured", "refunded"):
        return {}
    return {
        "razorpay_payment_id": payment["id"],
        "razorpay_order_id": payment["order_id"],
        "razorpay_signature": sign_payment(key_secret, payment["order_id"], payment["id"]),
    }


def failure_fields(payment: Doc) -> dict[str, str]:
    """Return the `error[…]` fields that checkout posts after a failure."""
    metadata = {"payment_id": payment["id"], "order_id": payment["order_id"]}
    fields = {name: payment[f"error_{name}"] for name in ("code", "description", "source", "step", "reason")}
    return {f"error[{name}]": value for name, value in fields.items()} | {
        "error[metadata]": json.dumps(metadata)
    }
