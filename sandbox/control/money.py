"""Steer payments: pay an order without a page, authorise late, fail, settle."""

from sandbox import keys, paying
from sandbox.control.steer import Steer
from sandbox.entities import load, public
from sandbox.store import Doc


def pay_order(steer: Steer) -> Doc:
    """Body: `method`, `instrument`, `outcome`, `reason`, `capture`, `email`, `contact`.

    `amount` and `currency` make a payment that differs from its order. Outcomes: success, fail, pending, cancel.
    """
    order = load(steer.world, "order", steer.id)
    payment = paying.pay(steer.world, order, steer.body)
    key = keys.active(steer.world)
    return {"payment": public(payment), "return": paying.success_fields(payment, key["secret"])}


def authorise_late(steer: Steer) -> Doc:
    return public(paying.authorise_late(steer.world, load(steer.world, "payment", steer.id)))


def fail_payment(steer: Steer) -> Doc:
    payment = load(steer.world, "payment", steer.id)
    return public(paying.fail(steer.world, payment, steer.body.get("reason", "payment_failed")))


def settle_payment(steer: Steer) -> Doc:
    return public(paying.settle(steer.world, load(steer.world, "payment", steer.id)))
