"""The hosted checkout as a browser without a script walks it."""

import html
import json
import re

import pytest

CALLBACK, CANCEL = "http://127.0.0.1:9/back", "http://127.0.0.1:9/cancelled"
CARD = {"method": "card", "number": "4100 2800 0000 1007", "expiry": "12/31", "cvv": "123"}


def open_checkout(box, browser, order, **fields):
    form = {
        "key_id": box.key_id,
        "order_id": order["id"],
        "name": "Kaveri Voice",
        "description": "Wallet <recharge>",
        "prefill[email]": "asha@example.in",
        "prefill[contact]": "+919800000002",
        "notes[recharge]": "R1",
        "callback_url": CALLBACK,
        "cancel_url": CANCEL,
    } | fields
    answer = browser.post("/v1/checkout/embedded", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def choose(browser, page, **form):
    answer = browser.post(page, data=form, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer


def decide(browser, bank, decision, **form):
    return choose(browser, str(bank.url), decision=decision, **form)


def back_fields(answer):
    """Return where the return form posts to, and what."""
    form = re.search(r'<form class="back" method="post" action="(.*?)".*?</form>', answer.text, re.DOTALL)
    found = re.findall(r'name="(.*?)" value="(.*?)"', form[0])
    return form[1], {html.unescape(name): html.unescape(value) for name, value in found}


def test_a_card_payment_returns_with_a_signature_the_sdk_accepts(box, sdk, browser, new_order):
    order = new_order()
    page = open_checkout(box, browser, order)
    assert "Wallet &lt;recharge&gt;" in browser.get(page).text

    bank = choose(browser, page, **CARD)
    back = decide(browser, bank, "otp", otp="123456")

    action, fields = back_fields(back)
    assert action == CALLBACK
    assert fields["razorpay_order_id"] == order["id"]
    assert sdk.utility.verify_payment_signature(fields)
    payment = sdk.payment.fetch(fields["razorpay_payment_id"])
    assert (payment["status"], payment["contact"], payment["notes"]) == (
        "captured",
        "+919800000002",
        {"recharge": "R1"},
    )


@pytest.mark.parametrize(
    "instrument",
    [
        {"method": "netbanking", "bank": "HDFC"},
        {"method": "wallet", "wallet": "airtelmoney"},
        {"method": "upi", "vpa": "asha@examplebank"},
    ],
)
def test_the_other_methods_succeed_at_their_bank(box, browser, new_order, instrument):
    bank = choose(browser, open_checkout(box, browser, new_order()), **instrument)

    back = decide(browser, bank, "success")

    assert back_fields(back)[1]["razorpay_signature"]


def test_the_upi_success_instrument_needs_no_bank(box, browser, new_order):
    back = choose(browser, open_checkout(box, browser, new_order()), method="upi", vpa="success@razorpay")

    assert back_fields(back)[1]["razorpay_signature"]


def test_a_failure_says_why_and_the_same_order_can_be_tried_again(box, sdk, browser, new_order):
    order = new_order()
    page = open_checkout(box, browser, order)
    failed = choose(browser, page, method="upi", vpa="failure@razorpay")

    action, fields = back_fields(failed)
    assert action == CALLBACK
    assert (fields["error[reason]"], fields["error[code]"]) == ("payment_failed", "BAD_REQUEST_ERROR")
    assert {"error[description]", "error[source]", "error[step]"} <= set(fields)
    metadata = json.loads(fields["error[metadata]"])
    assert metadata["order_id"] == order["id"]
    assert sdk.payment.fetch(metadata["payment_id"])["status"] == "failed"
    assert f'href="{page}"' in failed.text

    back = choose(browser, page, method="upi", vpa="success@razorpay")

    assert back_fields(back)[1]["razorpay_order_id"] == order["id"]
    assert sdk.order.fetch(order["id"])["attempts"] == 2


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("4100280000090000", "payment_timed_out"),
        ("4100280000080001", "insufficient_funds"),
        ("4100280000070002", "payment_cancelled"),
        ("5305620000030003", "card_declined"),
        ("4100280000030006", "card_disabled_for_online_payments"),
        ("5305620000090007", "gateway_technical_error"),
        ("4100280000010008", "card_number_invalid"),
        ("5305620000070009", "authentication_failed"),
    ],
)
def test_an_error_card_fails_with_its_reason_and_still_succeeds_if_told(
    box, browser, new_order, number, reason
):
    page = open_checkout(box, browser, new_order())
    bank = choose(browser, page, **CARD | {"number": number})
    failed = decide(browser, bank, "otp", otp="12")
    assert back_fields(failed)[1]["error[reason]"] == reason

    bank = choose(browser, page, **CARD | {"number": number})

    assert "razorpay_signature" in back_fields(decide(browser, bank, "success"))[1]


def test_a_chosen_reason_overrules_the_cards(box, browser, new_order):
    bank = choose(browser, open_checkout(box, browser, new_order()), **CARD)

    failed = decide(browser, bank, "fail", reason="incorrect_cvv")

    assert back_fields(failed)[1]["error[reason]"] == "incorrect_cvv"


def test_cancel_goes_to_the_cancel_address_and_makes_no_attempt(box, sdk, browser, new_order):
    order = new_order()
    page = open_checkout(box, browser, order)

    answer = browser.post(page.replace("/pay/", "/cancel/"))

    assert (answer.status_code, answer.headers["Location"]) == (303, CANCEL)
    assert sdk.order.fetch(order["id"])["attempts"] == 0


def test_cancel_at_the_bank_fails_the_attempt(box, browser, new_order):
    bank = choose(browser, open_checkout(box, browser, new_order()), **CARD)

    cancelled = decide(browser, bank, "cancel")

    assert back_fields(cancelled)[1]["error[reason]"] == "payment_cancelled"


@pytest.mark.parametrize(
    ("decision", "status"), [("never", "created"), ("close", "created"), ("lost", "captured")]
)
def test_a_closed_tab_hands_nobody_back(box, sdk, browser, new_order, decision, status):
    order = new_order()
    bank = choose(browser, open_checkout(box, browser, order), **CARD)

    answer = decide(browser, bank, decision)

    assert "razorpay_signature" not in answer.text
    assert sdk.order.payments(order["id"])["items"][0]["status"] == status


def test_a_paid_order_takes_no_further_attempt(box, sdk, browser, new_order):
    order = new_order()
    page = open_checkout(box, browser, order)
    box.control("POST", f"/orders/{order['id']}/pay", {})

    answer = browser.post(page, data=CARD)

    assert "already paid" in answer.text
    assert sdk.order.fetch(order["id"])["attempts"] == 1


def test_two_tabs_at_the_bank_pay_once(box, sdk, browser, new_order):
    order = new_order()
    page = open_checkout(box, browser, order)
    first, second = choose(browser, page, **CARD), choose(browser, page, **CARD)

    decide(browser, first, "success")
    decide(browser, second, "success")

    statuses = sorted(payment["status"] for payment in sdk.order.payments(order["id"])["items"])
    assert statuses == ["captured", "refunded"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"number": "4242424242424242"}, "Use a test card"),
        ({"expiry": "01/20"}, "still to come"),
        ({"cvv": "1"}, "3 or 4 digits"),
    ],
)
def test_what_is_wrong_with_a_card_is_said_at_its_field(box, browser, new_order, form, words):
    page = open_checkout(box, browser, new_order())

    answer = browser.post(page, data=CARD | form)

    name = next(iter(form))
    assert answer.status_code == 422
    assert words in answer.text
    assert f'aria-describedby="wrong-{name}"' in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"key_id": "rzp_test_Nobody00000001"},
        {"order_id": "order_AAAAAAAAAAAAAA"},
        {"callback_url": "javascript:alert(1)"},
        {"callback_url": ""},
    ],
)
def test_a_wrong_checkout_does_not_open(box, browser, new_order, change):
    form = {"key_id": box.key_id, "order_id": new_order()["id"], "callback_url": CALLBACK} | change

    assert browser.post("/v1/checkout/embedded", data=form).status_code == 400


def test_pages_run_no_inline_script_or_style_and_frame_the_return(box, browser, new_order):
    answer = browser.get(open_checkout(box, browser, new_order()))

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9" in policy
    assert not re.search(r"<style|style=|<script(?! src)| on\w+=", answer.text)


def test_the_script_defines_razorpay_and_opens_the_page_in_a_frame(box, browser, new_order):
    script = browser.get("/v1/checkout.js")
    query = {
        "key": box.key_id,
        "order_id": new_order()["id"],
        "mode": "modal",
        "origin": "http://127.0.0.1:9",
    }
    page = browser.get("/v1/checkout/embedded", params=query, follow_redirects=True)

    assert "window.Razorpay = Razorpay" in script.text
    assert 'data-mode="modal" data-origin="http://127.0.0.1:9"' in page.text
