"""The published signature vectors, and bodies that are the same JSON in other bytes."""

import hashlib
import hmac
import json

import pytest

from sandbox.signing import serialise, sign, sign_payment

SECRET = "sandbox_webhook_secret_1"
BODY = {
    "entity": "event",
    "event": "payment.captured",
    "payload": {
        "payment": {
            "entity": {"id": "pay_Qa9Z8y7X6w5V4u", "amount": 50000, "notes": [], "description": "café / ₹500"}
        }
    },
    "created_at": 1787000125,
}


@pytest.mark.parametrize(
    ("style", "length", "signature"),
    [
        ("compact", 187, "db2f19b664c250c587c1459a87492b7668ed31e77e0ac14e219301d888d323a2"),
        ("escaped", 195, "dfe5048418656c8ebc31c77da9c7cb43ba98cc55bd7ec222068a9b4b39554be4"),
    ],
)
def test_webhook_vectors(style, length, signature):
    raw = serialise(BODY, style)

    assert (len(raw), sign(SECRET, raw)) == (length, signature)


def test_checkout_vector():
    signature = sign_payment("sandbox_key_secret_1", "order_Qa1B2c3D4e5F6g", "pay_Qa9Z8y7X6w5V4u")

    assert signature == "8120a0656af2760f3bad532b342acff213ee0f8f27ae3b056b9f21fd4da927f6"


def test_styles_are_one_json_in_different_bytes():
    bodies = [serialise(BODY, style) for style in ("compact", "escaped", "spaced")]

    assert len(set(bodies)) == 3
    assert all(json.loads(body) == BODY for body in bodies)


@pytest.mark.parametrize("style", ["compact", "escaped", "spaced"])
def test_a_webhook_is_sent_in_the_bytes_that_were_signed(box, sdk, merchant, new_order, style):
    box.control("POST", "/switches", {"serialisation": style})
    order = new_order()
    box.control("POST", f"/orders/{order['id']}/pay", {"description": "café / ₹500"})
    box.drain()

    assert len(merchant.got) == 3
    for call in merchant.got:
        digest = hmac.new(SECRET.encode(), call.body, hashlib.sha256).hexdigest()
        assert call.headers["x-razorpay-signature"] == digest
        assert call.headers["content-type"] == "application/json"
        sdk.utility.verify_webhook_signature(call.body.decode(), digest, SECRET)
    captured = next(call.body for call in merchant.got if b"payment.captured" in call.body)
    assert {"compact": "café / ₹500", "escaped": "caf\\u00e9 \\/ \\u20b9500", "spaced": '": "café'}[
        style
    ].encode() in captured
