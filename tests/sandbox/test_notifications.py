"""Pre-debit notifications: by an order of the merchant, or by the gateway itself."""

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.mandates import Mandates


@pytest.fixture
def mandates(box, sdk):
    return Mandates(box, sdk)


def announced(mandates, token, after=NOON + 25 * 3600):
    return mandates.charge_order(notification={"token_id": token["id"], "payment_after": after})


@pytest.mark.parametrize(("method", "wait"), [("upi", "PT25H"), ("card", "PT36H5M")])
def test_a_debit_may_be_announced_by_its_order(box, mandates, sdk, method, wait):
    token = mandates.confirmed(method)
    order = announced(mandates, token)
    note = order["notification"]
    assert note.pop("id").startswith("notification_")
    assert note == {
        "token_id": token["id"],
        "payment_after": NOON + 25 * 3600,
        "status": "created",
        "delivered_at": None,
    }
    box.advance("PT1M")
    told = sdk.order.fetch(order["id"])["notification"]
    assert (told["status"], told["delivered_at"]) == ("delivered", NOON + 60)
    body = mandates.last("order.notification.delivered")
    assert "created_at" not in body
    assert body["payload"]["created_at"] == NOON + 60
    assert body["payload"]["notification"]["entity"] == {
        "id": told["id"],
        "entity": "notification",
        "order_id": order["id"],
        "token_id": token["id"],
        "delivered_at": NOON + 60,
        "status": "delivered",
        "payment_after": NOON + 25 * 3600,
    }

    for early in (0, 1):
        with pytest.raises(RefusedByGateway) as refusal:
            mandates.debit(token, order=order)
        assert refusal.value.error["reason"] == "pre_debit_notification_not_sent"
        box.advance("PT24H" if early == 0 else "PT1S")
    box.advance(wait)
    payment = mandates.debit(token, order=order)
    box.advance("PT5M")

    assert mandates.status(payment) == ("captured", None)
    assert mandates.events().count("order.notification.delivered") == 1


def test_the_announced_moment_counts_too(box, mandates):
    token = mandates.confirmed()
    order = announced(mandates, token, NOON + 3 * 86400)
    box.advance("PT71H59M")
    with pytest.raises(RefusedByGateway, match="PROMISED_DEBIT_DATE_NOT_HONOURED"):
        mandates.debit(token, order=order)

    box.advance("PT1M")

    assert mandates.debit(token, order=order)["status"] == "created"


def test_an_announcement_that_failed_lets_no_debit_be_made(box, mandates, sdk):
    token = mandates.confirmed()
    mandates.fault("notification", "fail")
    order = announced(mandates, token)

    box.advance("P2D")

    assert sdk.order.fetch(order["id"])["notification"]["status"] == "failed"
    assert mandates.events()[-1] == "order.notification.failed"
    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(token, order=order)
    assert refusal.value.error["reason"] == "pre_debit_notification_not_sent"


def test_the_gateways_own_announcement_may_fail_and_the_debit_with_it(box, mandates):
    mandates.fault("notification", "fail")
    payment = mandates.debit(mandates.confirmed())

    box.advance("PT25H")

    assert mandates.status(payment) == ("failed", "pre_debit_notification_failed")
    assert mandates.events()[-2:] == ["order.notification.failed", "payment.failed"]


def test_an_announcement_may_come_late(box, mandates, sdk):
    mandates.fault("notification", "late", seconds=3600)
    order = announced(mandates, mandates.confirmed())

    box.advance("PT1H")
    assert sdk.order.fetch(order["id"])["notification"]["status"] == "created"
    box.advance("PT1M")
    assert sdk.order.fetch(order["id"])["notification"]["status"] == "delivered"


def test_an_announcement_needs_a_card_or_upi_mandate_in_force_and_a_time_to_come(mandates):
    good = mandates.confirmed()
    paused = mandates.confirmed()
    mandates.steer(paused, "pause")
    account = mandates.confirmed("emandate")

    for token, after, words in (
        (paused, NOON + 90000, "not confirmed"),
        (account, NOON + 90000, "should not be sent"),
        (good, NOON, "in the future"),
        ({"id": "token_AAAAAAAAAAAAAA"}, NOON + 90000, "does not exist"),
    ):
        with pytest.raises(RefusedByGateway, match=words):
            announced(mandates, token, after)


def test_an_announcement_is_for_its_own_token(box, mandates):
    order = announced(mandates, mandates.confirmed())
    box.advance("P2D")

    with pytest.raises(RefusedByGateway, match="for another token"):
        mandates.debit(mandates.confirmed(), order=order)
