"""Payment links through the real SDK, their payer's pages, and the signed way back."""

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.links import BACK, LINK, body_of, pay, produced, returned
from tests.sandbox.test_checkout import CARD, choose, decide


@pytest.fixture
def link(sdk):
    return sdk.payment_link.create(LINK)


def test_a_link_answers_with_the_documented_fields(box, sdk, link):
    assert sdk.payment_link.fetch(link["id"]) == link
    assert link.pop("id").startswith("plink_")
    assert link.pop("short_url").startswith(f"{box.url}/i/")
    assert link == LINK | {
        "amount_paid": 0,
        "accept_partial": False,
        "first_min_partial_amount": 0,
        "status": "created",
        "order_id": None,
        "payments": None,
        "notify": {"email": False, "sms": False},
        "reminder_enable": False,
        "reminders": [],
        "expire_by": 0,
        "expired_at": 0,
        "cancelled_at": 0,
        "created_at": NOON,
        "updated_at": NOON,
        "notes": None,
        "user_id": "",
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": 99}, "less than minimum"),
        ({"amount": "100"}, "must be an integer"),
        ({"amount": None}, "amount: is required"),
        ({"currency": "USD"}, "INVALID_CURRENCY"),
        ({"reference_id": "x" * 41}, "no more than 40"),
        ({"expire_by": NOON + 899}, "15 minutes"),
        ({"expire_by": NOON + 185 * 86400}, "6 months"),
        ({"first_min_partial_amount": 100}, "first_min_partial_amount"),
        ({"accept_partial": True, "first_min_partial_amount": 123400}, "first_min_partial_amount"),
        ({"accept_partial": "yes"}, "accept_partial"),
        ({"callback_url": "javascript:alert(1)"}, "callback_url"),
        ({"callback_method": "post"}, "callback_method"),
        ({"callback_method": None}, "callback_method"),
        ({"customer": {"colour": 1}}, "customer"),
        ({"notify": {"fax": True}}, "notify"),
        ({"upi_link": True}, "not supported in Test Mode"),
        ({"notes": {str(n): "" for n in range(16)}}, "15 keys"),
        ({"colour": 1}, "should not be sent"),
    ],
)
def test_a_wrong_link_is_refused_and_the_service_says_little(sdk, change, words):
    with pytest.raises(RefusedByGateway) as refusal:
        sdk.payment_link.create(LINK | change)

    error = refusal.value.error
    assert words in error["description"]
    assert (error["source"], error["step"], error["reason"], error["metadata"]) == (None, None, None, [])


def test_a_reference_is_used_once(sdk, link):
    with pytest.raises(RefusedByGateway, match="already exists"):
        sdk.payment_link.create(LINK)
    with pytest.raises(RefusedByGateway, match="does not exist"):
        sdk.payment_link.fetch("plink_AAAAAAAAAAAAAA")
    with pytest.raises(RefusedByGateway, match="not a valid id"):
        sdk.payment_link.fetch("plink_1")


def test_a_payer_follows_the_link_and_comes_back_signed(box, sdk, browser, link):
    page = browser.get(link["short_url"])
    assert page.status_code == 303
    choice = browser.get(page.headers["Location"])
    assert "Invoice 777" in choice.text
    assert "form-action 'self' http://127.0.0.1:9" in choice.headers["Content-Security-Policy"]

    bank = choose(browser, page.headers["Location"], **CARD)
    result = browser.post(str(bank.url), data={"decision": "success"})
    back = browser.get(result.headers["Location"]).headers["Location"]

    assert back.startswith(BACK + "&razorpay_payment_id=pay_")
    fields = returned(back)
    assert fields["payment_link_status"] == "paid"
    assert fields["payment_link_reference_id"] == "INV-000777"
    assert sdk.utility.verify_payment_link_signature(fields)
    paid = sdk.payment_link.fetch(link["id"])
    payment = sdk.payment.fetch(fields["razorpay_payment_id"])
    assert (paid["status"], paid["amount_paid"], paid["order_id"]) == ("paid", 123400, payment["order_id"])
    assert paid["payments"] == [
        {
            "payment_id": payment["id"],
            "amount": 123400,
            "status": "captured",
            "method": "card",
            "created_at": NOON,
        }
    ]
    assert payment["contact"] == "+919800000001"
    assert "Nothing more is charged" in browser.get(link["short_url"]).text


def test_a_paid_link_tells_of_itself_in_its_own_shape(box, sdk, link):
    paid = pay(box, link)

    assert produced(box) == ["payment.authorized", "payment.captured", "order.paid", "payment_link.paid"]
    event = body_of(box, "payment_link.paid")
    assert event["contains"] == ["payment_link", "order", "payment"]
    inner = {name: part["entity"] for name, part in event["payload"].items()}
    assert inner["payment_link"] == sdk.payment_link.fetch(link["id"])
    assert f"order_{inner['order']['id']}" == inner["payment_link"]["order_id"]
    assert "entity" not in inner["order"]
    assert inner["order"]["product_type"] == "payment_link_v2"
    assert f"plink_{inner['order']['product_id']}" == link["id"]
    assert inner["order"]["receipt"] == "INV-000777"
    assert inner["payment"]["id"] == paid["payment"]["id"]
    assert sdk.utility.verify_payment_link_signature(
        returned("?" + "&".join(f"{k}={v}" for k, v in paid["return"].items()))
    )


def test_a_failure_can_be_tried_again_on_the_link(browser, sdk, link):
    page = browser.get(link["short_url"]).headers["Location"]
    failed = decide(browser, choose(browser, page, **CARD), "fail", reason="incorrect_cvv")
    assert f'href="{page}"' in failed.text
    assert sdk.payment_link.fetch(link["id"])["status"] == "created"

    again = browser.post(page, data={"method": "upi", "vpa": "success@razorpay"})

    assert browser.get(again.headers["Location"]).headers["Location"].startswith(BACK)
    assert sdk.payment_link.fetch(link["id"])["status"] == "paid"


def test_a_link_without_a_way_back_ends_here(browser, sdk):
    link = sdk.payment_link.create({"amount": 50000})

    page = browser.get(link["short_url"]).headers["Location"]
    end = choose(browser, page, method="upi", vpa="success@razorpay")

    assert "₹500.00 paid" in end.text
    assert "You can close this page." in end.text
    assert '<form class="back"' not in end.text


def test_a_link_is_paid_once(box, browser, sdk, link):
    order = pay(box, link, outcome="pending")["payment"]["order_id"]
    browser.get(link["short_url"])
    second = pay(box, link)["payment"]
    assert second["order_id"] == order

    late = sdk.order.payments(order)["items"][1]
    box.control("POST", f"/payments/{late['id']}/authorize-late")

    assert sdk.payment.fetch(late["id"])["status"] == "refunded"
    assert sdk.payment_link.fetch(link["id"])["amount_paid"] == 123400
    with pytest.raises(AssertionError, match="the link is paid"):
        pay(box, link)


# Parts


@pytest.fixture
def parts(sdk):
    return sdk.payment_link.create(LINK | {"accept_partial": True, "first_min_partial_amount": 20000})


def test_a_link_may_be_paid_in_parts(box, sdk, parts):
    first = pay(box, parts, amount=20000)
    assert first["return"]["razorpay_payment_link_status"] == "partially_paid"
    half = sdk.payment_link.fetch(parts["id"])
    assert (half["status"], half["amount_paid"]) == ("partially_paid", 20000)
    assert sdk.order.fetch(half["order_id"])["amount_due"] == 103400

    pay(box, parts)

    whole = sdk.payment_link.fetch(parts["id"])
    assert (whole["status"], whole["amount_paid"]) == ("paid", 123400)
    assert [line["amount"] for line in whole["payments"]] == [20000, 103400]
    assert [name for name in produced(box) if "link" in name] == [
        "payment_link.partially_paid",
        "payment_link.paid",
    ]
    assert produced(box).count("order.paid") == 1


def test_a_part_that_is_more_than_is_due_goes_back(box, sdk, parts):
    pay(box, parts, amount=100000)

    over = pay(box, parts, amount=50000)["payment"]

    assert sdk.payment.fetch(over["id"])["status"] == "refunded"
    assert sdk.payment_link.fetch(parts["id"])["amount_paid"] == 100000


def test_the_payer_chooses_the_part(browser, sdk, parts):
    asked = browser.get(parts["short_url"])
    assert "From" in asked.text
    assert "₹200.00" in asked.text
    page = browser.post(parts["short_url"], data={"amount": "₹ 300.50"})
    assert "Pay ₹300.50" in browser.get(page.headers["Location"]).text

    again = browser.post(page.headers["Location"], data={"method": "upi", "vpa": "success@razorpay"})

    fields = returned(browser.get(again.headers["Location"]).headers["Location"])
    assert fields["payment_link_status"] == "partially_paid"
    assert sdk.utility.verify_payment_link_signature(fields)
    assert sdk.payment_link.fetch(parts["id"])["amount_paid"] == 30050


@pytest.mark.parametrize("typed", ["199.99", "1234.01", "abc", "", "-5", "1.234"])
def test_a_part_has_limits(browser, parts, typed):
    answer = browser.post(parts["short_url"], data={"amount": typed})

    assert answer.status_code == 422
    assert "Enter an amount from ₹200.00 to ₹1,234.00." in answer.text
