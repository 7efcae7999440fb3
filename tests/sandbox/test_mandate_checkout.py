"""The hosted checkout of a mandate as a browser without a script walks it, and paper mandates."""

import html
import re

import pytest

from tests.sandbox.conftest import RefusedByGateway, raise_whole
from tests.sandbox.mandates import Mandates
from tests.sandbox.test_checkout import CALLBACK, CANCEL, CARD, back_fields, choose, decide

PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 100


@pytest.fixture
def mandates(box, sdk):
    return Mandates(box, sdk)


def form(box, mandates, order, **fields):
    return {
        "key_id": box.key_id,
        "order_id": order["id"],
        "customer_id": mandates.customer,
        "recurring": "1",
        "name": "Kaveri Voice",
        "callback_url": CALLBACK,
        "cancel_url": CANCEL,
    } | fields


def open_mandate(box, browser, mandates, order):
    answer = browser.post("/v1/checkout/embedded", data=form(box, mandates, order))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def words(answer):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def test_the_payer_sees_what_is_asked_for(box, browser, mandates):
    change = {"max_amount": 500000, "frequency": "monthly", "recurring_value": 5, "recurring_type": "before"}

    page = browser.get(open_mandate(box, browser, mandates, mandates.order("upi", change)))

    shown = words(page)
    assert "Auto-pay for Kaveri Voice" in shown
    assert "Each payment up to ₹5,000.00" in shown
    assert "At most once a month, on or before day 5" in shown
    assert "Valid until 15 Aug 2036" in shown
    assert "Now ₹1.00" in shown
    assert not re.search(r"<style|style=|<script(?! src)| on\w+=", page.text)


@pytest.mark.parametrize(
    ("method", "change", "instrument", "decision"),
    [
        (
            "card",
            {},
            CARD | {"number": "4718609108204366", "expiry": "07/30"},
            {"decision": "otp", "otp": "123456"},
        ),
        ("upi", {}, {"method": "upi", "vpa": "asha@examplebank"}, {"decision": "success"}),
        ("emandate", {}, {"method": "emandate"}, {"decision": "success"}),
        (
            "emandate",
            {"bank_account": None},
            {
                "beneficiary_name": "Asha Rao",
                "account_number": "123456789012",
                "ifsc_code": "ICIC0000001",
                "account_type": "current",
            },
            {"decision": "success"},
        ),
    ],
)
def test_a_mandate_is_approved_at_the_bank(box, sdk, browser, mandates, method, change, instrument, decision):
    page = open_mandate(box, browser, mandates, mandates.order(method, change))
    bank = choose(browser, page, **instrument)
    assert "Allow Kaveri Voice to charge" in words(bank)

    back = choose(browser, str(bank.url), **decision)

    action, fields = back_fields(back)
    assert action == CALLBACK
    assert "Auto-pay approved" in words(back)
    assert sdk.utility.verify_payment_signature(fields)
    payment = sdk.payment.fetch(fields["razorpay_payment_id"])
    token = mandates.token_of(payment)
    assert token["method"] == method
    waits = method == "emandate" and token["bank"] == "HDFC"
    assert ("in the next days" in words(back)) is waits
    assert token["recurring_details"]["status"] == ("initiated" if waits else "confirmed")
    if method == "card":
        assert (token["card"]["expiry_month"], token["card"]["expiry_year"]) == (7, 2030)


def test_a_declined_mandate_says_why_and_can_be_tried_again(box, sdk, browser, mandates):
    page = open_mandate(box, browser, mandates, mandates.order("upi"))
    bank = choose(browser, page, method="upi", vpa="asha@examplebank")

    failed = decide(browser, bank, "fail", reason="incorrect_pin")

    assert back_fields(failed)[1]["error[reason]"] == "incorrect_pin"
    again = choose(browser, page, method="upi", vpa="success@razorpay")
    assert back_fields(again)[1]["razorpay_signature"]
    assert sdk.token.all(mandates.customer)["count"] == 1


@pytest.mark.parametrize(("decision", "tokens"), [("never", 0), ("close", 0), ("lost", 1)])
def test_a_closed_tab_may_have_approved(box, sdk, browser, mandates, decision, tokens):
    page = open_mandate(box, browser, mandates, mandates.order("emandate"))

    answer = decide(browser, choose(browser, page), decision)

    assert "razorpay_signature" not in answer.text
    assert sdk.token.all(mandates.customer)["count"] == tokens


def test_leaving_makes_nothing(box, sdk, browser, mandates):
    order = mandates.order("emandate")
    page = open_mandate(box, browser, mandates, order)

    answer = browser.post(page.replace("/pay/", "/cancel/"))

    assert answer.headers["Location"] == CANCEL
    assert sdk.order.fetch(order["id"])["attempts"] == 0


@pytest.mark.parametrize(
    ("method", "typed", "field", "said"),
    [
        ("card", CARD | {"number": "5555555555554444"}, "number", "issued in India"),
        ("card", CARD | {"expiry": "01/20"}, "expiry", "still to come"),
        ("upi", {"vpa": "asha"}, "vpa", "name@bank"),
        ("emandate", {"account_number": "12"}, "account_number", "5 to 20 digits"),
        ("emandate", {"ifsc_code": "HDFC"}, "ifsc_code", "IFSC like"),
        ("emandate", {"beneficiary_name": "A"}, "beneficiary_name", "at least 4"),
        ("nach", {}, "file", "file type"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(box, browser, mandates, method, typed, field, said):
    change = {"bank_account": None} if method == "emandate" else {}
    page = open_mandate(box, browser, mandates, mandates.order(method, change))

    answer = browser.post(page, data={"method": method} | typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert f'aria-describedby="wrong-{field}"' in answer.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"recurring": ""}, "recurring field is required"),
        ({"customer_id": ""}, "customer_id"),
        ({"customer_id": "cust_AAAAAAAAAAAAAA"}, "customer_id"),
    ],
)
def test_a_registration_order_does_not_open_as_a_payment(box, browser, mandates, change, said):
    answer = browser.post("/v1/checkout/embedded", data=form(box, mandates, mandates.order("upi"), **change))

    assert answer.status_code == 400
    assert said in answer.text


def test_the_script_hands_the_customer_on(browser):
    assert '"customer_id", "recurring"' in browser.get("/v1/checkout.js").text


def test_a_signed_form_is_sent_in_the_checkout(box, browser, mandates):
    page = open_mandate(box, browser, mandates, mandates.order("nach"))

    answer = browser.post(page, files={"file": ("form.png", PICTURE)}, follow_redirects=True)

    assert back_fields(answer)[1]["razorpay_signature"]
    assert "in the next days" in words(answer)


def upload(sdk, box, order, name="form.png", picture=PICTURE):
    answer = sdk.session.post(
        f"{box.url}/v1/payments/create/nach/file",
        data={"order_id": order["id"]},
        files={"file": (name, picture)},
        auth=(box.key_id, box.key_secret),
        hooks={"response": raise_whole},
    )
    return answer.json()


@pytest.mark.parametrize(
    ("max_amount", "almost"),
    # Tuesday 18 August; the 22nd is a fourth Saturday, the 23rd and 30th are Sundays, the 29th is a fifth Saturday
    [(50000000, "P6DT23H59M"), (50000001, "P12DT23H59M")],
)
def test_paper_is_confirmed_after_five_working_days_or_ten(box, sdk, mandates, max_amount, almost):
    order = mandates.order("nach", {"max_amount": max_amount})

    answer = upload(sdk, box, order)

    assert sdk.utility.verify_payment_signature(answer)
    payment = sdk.payment.fetch(answer["razorpay_payment_id"])
    assert (payment["amount"], payment["method"], payment["status"]) == (0, "nach", "captured")
    box.advance(almost)
    assert mandates.token_of(payment)["recurring_details"]["status"] == "initiated"
    box.advance("PT1M")
    token = mandates.token_of(payment)
    assert token["recurring_details"]["status"] == "confirmed"
    assert token["auth_type"] == "physical"


@pytest.mark.parametrize(
    ("name", "picture", "reason"),
    [
        ("form.pdf", b"%PDF-1.4", "unknown_file_type"),
        ("form.jpg", b"\xff\xd8\xff" + b"0" * (6 * 1024 * 1024), "file_size_exceeds_limit"),
        ("image_not_clear.png", PICTURE, "image_not_clear"),
        ("form signature missing.png", PICTURE, "form_signature_missing"),
        ("form_mismatch.png", PICTURE, "form_mismatch"),
        ("form_data_mismatch.png", PICTURE, "form_data_mismatch"),
    ],
)
def test_a_bad_form_is_refused(sdk, box, mandates, name, picture, reason):
    order = mandates.order("nach")

    with pytest.raises(RefusedByGateway) as refusal:
        upload(sdk, box, order, name, picture)

    assert (refusal.value.error["reason"], refusal.value.error["step"]) == (reason, "form_upload")
    assert sdk.order.fetch(order["id"])["attempts"] == 0


def test_a_second_form_waits_for_the_first(sdk, box, mandates):
    order = mandates.order("nach")
    upload(sdk, box, order)

    with pytest.raises(RefusedByGateway) as refusal:
        upload(sdk, box, order)

    assert refusal.value.error["reason"] == "form_status_pending"


def test_only_a_paper_order_takes_a_form(sdk, box, mandates):
    with pytest.raises(RefusedByGateway, match="not for a paper mandate"):
        upload(sdk, box, mandates.order("upi"))
    with pytest.raises(RefusedByGateway, match="not a valid id"):
        upload(sdk, box, {"id": "x"})
    sdk.session.hooks["response"].clear()
    answer = sdk.session.post(f"{box.url}/v1/payments/create/nach/file", auth=("rzp_test_x", "y"))
    assert answer.status_code == 401


def test_the_form_is_printed_and_sent_from_its_own_addresses(browser, box, mandates, sdk):
    order = mandates.order("nach", {"nach": {"form_reference1": "Kaveri 42"}})
    nach = order["token"]["nach"]

    paper = browser.get(nach["prefilled_form"].replace(box.url, ""))
    assert "Signature of the account holder" in paper.text
    assert "Kaveri 42" in paper.text
    page = nach["upload_form_url"]
    assert "signed form" in browser.get(page).text
    wrong = browser.post(page, files={"file": ("form.gif", b"GIF89a")})
    assert (wrong.status_code, "file type" in wrong.text) == (422, True)
    assert "has been sent" in browser.post(page, files={"file": ("form.png", PICTURE)}).text

    assert sdk.token.all(mandates.customer)["count"] == 1
    assert browser.get("/v1/checkout/nach/order_x").status_code == 400
    assert browser.get("/v1/checkout/nach/order_x/form").status_code == 400


def test_people_see_the_mandates(browser, mandates):
    assert "No mandates yet" in browser.get("/gateway").text
    mandates.confirmed("emandate")

    shown = words(browser.get("/gateway"))

    assert "Bank account ···· 5678 up to ₹50,000.00 · until 16 Aug 2036" in shown
    assert "50100012345678" not in shown.split("Events")[0]
