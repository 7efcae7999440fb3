"""Whatever a body holds, the gateway refuses it in its own words: no field makes it stumble."""

import pytest

from tests.sandbox.conftest import NOON
from tests.sandbox.links import LINK
from tests.sandbox.mandates import ACCOUNT, LAST_DAY, TERMS, Mandates

ODD = (None, [], {}, "", "x", "₹" * 5000, -1, 0, 1.5, 10**30, True, [[]], {"a": {"b": []}})


@pytest.fixture
def mandates(box, sdk):
    return Mandates(box, sdk)


def bodies(mandates):
    token, order = mandates.confirmed(), mandates.charge_order()
    registration = {"amount": 0, "currency": "INR", "method": "nach", "customer_id": mandates.customer}
    announcement = {"token_id": token["id"], "payment_after": NOON + 90000}
    terms = TERMS["nach"] | {"expire_at": LAST_DAY, "nach": {}, "notes": {}, "first_payment_amount": 500}
    upi = TERMS["upi"] | {"frequency": "monthly", "recurring_value": 1, "recurring_type": "on"}
    return {
        "/v1/customers": {
            "name": "Asha Rao",
            "contact": "+919800000001",
            "email": "a@b.in",
            "gstin": None,
            "notes": {},
        },
        "/v1/orders": registration | {"token": terms, "receipt": "R", "notes": {}},
        "/v1/orders?upi": registration | {"method": "upi", "amount": 100, "token": upi},
        "/v1/orders?announced": {"amount": 5000, "currency": "INR", "notification": announcement},
        "/v1/payments/create/recurring": mandates.wish(token, order),
        "/v1/payment_links": LINK
        | {"notify": {"sms": True}, "expire_by": NOON + 9000, "accept_partial": True},
        "/v1/subscription_registration/auth_links": {
            "customer": LINK["customer"],
            "type": "link",
            "amount": 0,
            "currency": "INR",
            "subscription_registration": {"method": "emandate", "bank_account": ACCOUNT},
            "expire_by": NOON + 9000,
            "sms_notify": True,
        },
    }


def bent(body):
    """Yield the body with each value, outer and inner, replaced by each odd one."""
    for name, value in body.items():
        for odd in ODD:
            yield body | {name: odd}
            if isinstance(value, dict):
                yield from (body | {name: value | {inner: odd}} for inner in value)


def test_no_value_makes_the_gateway_stumble(box, mandates):
    auth = (box.key_id, box.key_secret)
    for path, body in bodies(mandates).items():
        for odd in bent(body):
            answer = box.http.post(box.url + path, json=odd, auth=auth)
            assert answer.status_code in (200, 400), (path, odd, answer.text)


@pytest.mark.parametrize("odd", ODD)
def test_no_wish_makes_the_control_plane_stumble(box, mandates, odd):
    headers = {"Authorization": f"Bearer {box.control_token}"}
    for method in ("card", "emandate"):
        order = mandates.order(method, {"bank_account": None} if method == "emandate" else {})
        for name in (
            "card_expiry",
            "instrument",
            "account_number",
            "ifsc_code",
            "beneficiary_name",
            "outcome",
        ):
            url = f"{box.url}/_sandbox/orders/{order['id']}/pay"
            answer = box.http.post(url, json={name: odd}, headers=headers)
            assert answer.status_code in (200, 400), (name, odd, answer.text)
