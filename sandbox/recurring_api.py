"""The API of recurring debits."""

from sandbox import debits, keys
from sandbox.http import Call
from sandbox.signing import sign_payment
from sandbox.store import Doc
from sandbox.world import World


def create_recurring(world: World, call: Call) -> Doc:
    """Answer with the payment's id: accepted, not paid. Some accounts get order and signature with it."""
    payment = debits.create(world, call.body)
    answer = {"razorpay_payment_id": payment["id"]}
    if world.switch("recurring_answer") == "signed":
        secret = keys.active(world)["secret"]
        signature = sign_payment(secret, payment["order_id"], payment["id"])
        answer |= {"razorpay_order_id": payment["order_id"], "razorpay_signature": signature}
    return answer


CALLS = (("POST", "/v1/payments/create/recurring", create_recurring),)
