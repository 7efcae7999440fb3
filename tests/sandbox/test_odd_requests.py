"""Requests that no sane client sends are refused in the gateway's own words, and none of them is half done."""

import json

import pytest

from tests.sandbox.test_payments import pay

HUGE = 10**30
HALF = "\ud800"  # half a surrogate pair: JSON allows it, no text has it


@pytest.fixture
def send(box):
    def make(path, body, method="POST"):
        auth = (box.key_id, box.key_secret)
        return box.http.request(method, box.url + path, content=json.dumps(body).encode(), auth=auth)

    return make


@pytest.mark.parametrize("odd", [HALF, HUGE, -1, 1.5, [[]], {"a": {}}, [None], True])
@pytest.mark.parametrize("name", ["speed", "receipt", "notes", "amount"])
def test_odd_refunds(box, sdk, send, new_order, name, odd):
    payment = pay(box, new_order())

    answer = send(f"/v1/payments/{payment['id']}/refund", {"amount": 1000, name: odd})

    assert answer.status_code == 400
    assert sdk.payment.fetch_multiple_refund(payment["id"])["count"] == 0


@pytest.mark.parametrize("odd", [HALF, HUGE, -1, 1.5, [[]], {"a": {}}, [None], True])
@pytest.mark.parametrize("name", ["receivers", "description", "customer_id", "close_by", "allowed_payers"])
def test_odd_virtual_accounts(sdk, send, name, odd):
    answer = send("/v1/virtual_accounts", {"receivers": {"types": ["vpa"]}, name: odd})

    assert answer.status_code == 400
    assert sdk.virtual_account.all()["count"] == 0


@pytest.mark.parametrize("odd", [HALF, HUGE, -1, [[]], {"a": {}}, [None]])
@pytest.mark.parametrize(
    "name", ["type", "usage", "fixed_amount", "name", "customer_id", "close_by", "notes"]
)
def test_odd_qr_codes(sdk, send, name, odd):
    answer = send("/v1/payments/qr_codes", {"type": "upi_qr", "usage": "multiple_use", name: odd})

    assert answer.status_code == 400
    assert sdk.qrcode.all()["count"] == 0


@pytest.mark.parametrize("name", ["respond_by", "amount", "phase"])
@pytest.mark.parametrize("odd", [HALF, HUGE, -1, 1.5, [[]], {"a": {}}])
def test_odd_disputes(box, sdk, new_order, name, odd):
    payment = pay(box, new_order())

    answer = box.http.post(
        f"{box.url}/_sandbox/disputes",
        content=json.dumps({"payment_id": payment["id"], name: odd}).encode(),
        headers={"Authorization": f"Bearer {box.control_token}"},
    )

    assert answer.status_code == 400
    assert sdk.dispute.all()["count"] == 0


@pytest.mark.parametrize(
    "path", ["refunds", "settlements", "disputes", "virtual_accounts", "payments/qr_codes"]
)
def test_far_down_a_list_there_is_nothing(sdk, path):
    assert sdk.get(f"/v1/{path}", {"skip": HUGE})["count"] == 0


def test_far_down_a_report_there_is_nothing(sdk):
    assert sdk.settlement.report({"year": 2026, "month": 8, "skip": HUGE})["count"] == 0
