"""What was before the world began, told by control: payments that can be given back, refunds, disputes."""

import pytest

from sandbox.testing import ControlFailed
from tests.sandbox.conftest import NOON, RefusedByGateway

DAY = 86400
PAID = {
    "id": "pay_History0000001",
    "order_id": "order_History0000001",
    "receipt": "PAY2627-000001",
    "amount": 150000,
    "fee": 3540,
    "tax": 540,
    "method": "card",
    "shown": {"card": {"network": "RuPay", "last4": "0021"}},
    "email": "asha@example.in",
    "created_at": NOON - 30 * DAY,
}
REFUND = {
    "id": "rfnd_History0000001",
    "payment_id": PAID["id"],
    "amount": 40000,
    "receipt": "RFD2627-000001",
    "status": "processed",
    "reference": "74332747287",
    "created_at": NOON - DAY,
}
DISPUTE = {
    "id": "disp_History0000001",
    "payment_id": PAID["id"],
    "amount": 150000,
    "deducted": 0,
    "status": "open",
    "phase": "chargeback",
    "reason_code": "transaction_not_recognised",
    "respond_by": NOON + 3 * DAY,
    "created_at": NOON - 4 * DAY,
}


def tell(box, **lists):
    return box.control("POST", "/history", lists)


def test_a_payment_of_the_past_is_known_paid_and_settled_and_can_be_given_back(box, sdk):
    assert tell(box, payments=[PAID]) == {"payments": 1, "refunds": 0, "disputes": 0}

    payment = sdk.payment.fetch(PAID["id"])
    assert (payment["status"], payment["captured"], payment["amount"]) == ("captured", True, 150000)
    assert (payment["fee"], payment["tax"], payment["created_at"]) == (3540, 540, NOON - 30 * DAY)
    order = sdk.order.fetch(PAID["order_id"])
    assert (order["status"], order["receipt"], order["amount_due"]) == ("paid", "PAY2627-000001", 0)
    assert [one["id"] for one in sdk.order.payments(order["id"])["items"]] == [PAID["id"]]
    assert box.control("POST", "/settlements/run")["settlement"] is None
    assert sdk.payment.refund(PAID["id"], {"amount": 50000})["status"] == "pending"
    assert (
        box.control("GET", "/events")["items"][0]["body"]["event"] == "refund.created"
    )  # the past made none
    assert len(box.control("GET", "/events")["items"]) == 1


def test_a_refund_of_the_past_is_taken_off_the_next_settlement(box, sdk, new_order):
    tell(box, payments=[PAID], refunds=[REFUND])
    order = new_order(500000)
    box.control("POST", f"/orders/{order['id']}/pay", {"method": "upi"})

    settled = box.control("POST", "/settlements/run")["settlement"]

    assert settled["amount"] == 500000 - 11800 - 40000
    refund = sdk.refund.fetch(REFUND["id"])
    assert (refund["status"], refund["acquirer_data"]) == ("processed", {"arn": "74332747287"})
    assert sdk.payment.fetch(PAID["id"])["amount_refunded"] == 40000


def test_a_refund_that_failed_then_leaves_its_payment_whole(box, sdk):
    tell(box, payments=[PAID], refunds=[REFUND | {"status": "failed", "reference": ""}])

    assert sdk.payment.fetch(PAID["id"])["amount_refunded"] == 0
    assert sdk.refund.fetch(REFUND["id"])["status"] == "failed"


def test_an_open_dispute_of_the_past_blocks_refunds_and_is_lost_when_nobody_answers(box, sdk):
    tell(box, payments=[PAID], disputes=[DISPUTE])

    with pytest.raises(RefusedByGateway, match="blocked due to ongoing dispute"):
        sdk.payment.refund(PAID["id"], {"amount": 50000})
    box.advance("P3D")

    assert sdk.dispute.fetch(DISPUTE["id"])["status"] == "lost"


def test_what_is_known_stays_as_it_is(box, sdk):
    tell(box, payments=[PAID])
    sdk.payment.refund(PAID["id"], {"amount": 50000})

    assert tell(box, payments=[PAID]) == {"payments": 0, "refunds": 0, "disputes": 0}
    assert sdk.payment.fetch(PAID["id"])["amount_refunded"] == 50000


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        ({"payments": "all"}, "payments must be a list"),
        ({"payments": [PAID | {"id": "pay_1"}]}, "pay_1 is not a valid id"),
        (
            {"payments": [{"id": "pay_History0000001", "order_id": "order_History0000001"}]},
            "amount is required",
        ),
        ({"refunds": [REFUND]}, "is not known"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(box, sdk, lists, said):
    with pytest.raises(ControlFailed, match=said):
        tell(box, **lists)

    assert sdk.payment.all()["count"] == 0


def test_a_refund_that_was_on_its_way_then_is_processed(box, sdk):
    tell(box, payments=[PAID], refunds=[REFUND | {"status": "pending", "reference": ""}])

    box.advance("PT1H")

    assert sdk.refund.fetch(REFUND["id"])["status"] == "processed"
