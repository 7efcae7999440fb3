"""Registration orders through the real SDK, method by method."""

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.mandates import ACCOUNT, LAST_DAY, Mandates

TEN_YEARS = 10 * 365 * 86400


@pytest.fixture
def mandates(box, sdk):
    return Mandates(box, sdk)


def test_an_e_mandate_order_answers_with_its_token(mandates):
    order = mandates.order("emandate", {"notes": {"a": "b"}}, receipt="MND-1")

    assert (order["amount"], order["amount_due"], order["status"]) == (0, 0, "created")
    assert order["token"] == {
        "method": "emandate",
        "recurring_status": None,
        "failure_reason": None,
        "currency": "INR",
        "max_amount": 5000000,
        "auth_type": "netbanking",
        "expire_at": LAST_DAY,
        "notes": {"a": "b"},
        "bank_account": {
            "ifsc": "HDFC0000451",
            "bank_name": "HDFC Bank",
            "name": "Asha Rao",
            "account_number": "50100012345678",
            "account_type": "savings",
            "beneficiary_email": None,
            "beneficiary_mobile": None,
        },
        "first_payment_amount": 0,
    }


def test_a_paper_mandate_has_a_form_to_sign(mandates):
    nach = mandates.order("nach", {"nach": {"form_reference1": "Kaveri 42"}})["token"]["nach"]

    assert nach.pop("prefilled_form").startswith("http://127.0.0.1")
    assert nach.pop("upload_form_url").startswith("http://127.0.0.1")
    assert nach == {
        "create_form": True,
        "form_reference1": "Kaveri 42",
        "form_reference2": None,
        "description": None,
    }


def test_what_is_left_out_has_the_documented_default(box, mandates):
    upi = mandates.order("upi", {"frequency": None})["token"]
    assert (upi["expire_at"], upi["frequency"]) == (NOON + TEN_YEARS, "as_presented")

    bare = mandates.order("emandate", {"max_amount": None, "bank_account": None})["token"]
    assert (bare["max_amount"], bare["bank_account"]) == (9999900, None)
    box.control("POST", "/switches", {"emandate_default_max": 1_000_000_000})
    assert mandates.order("emandate", {"max_amount": None})["token"]["max_amount"] == 1_000_000_000


@pytest.mark.parametrize("frequency", ["weekly", "monthly", "yearly", "as_presented"])
def test_card_frequencies(mandates, frequency):
    assert mandates.order("card", {"frequency": frequency})["token"]["frequency"] == frequency


@pytest.mark.parametrize(
    ("frequency", "day"),
    [("weekly", 7), ("fortnightly", 15), ("bimonthly", 31), ("monthly", 31), ("half_yearly", 1)],
)
def test_upi_frequencies_with_a_day(mandates, frequency, day):
    change = {"frequency": frequency, "recurring_value": day, "recurring_type": "before"}

    token = mandates.order("upi", change)["token"]

    assert {name: token[name] for name in change} == change
    with pytest.raises(RefusedByGateway, match="recurring_value"):
        mandates.order("upi", change | {"recurring_value": day + 31})


@pytest.mark.parametrize(
    ("method", "change", "words"),
    [
        ("card", {"max_amount": 99}, "max_amount"),
        ("card", {"max_amount": 1500001}, "max_amount"),
        ("card", {"max_amount": None}, "max_amount: is required"),
        ("card", {"frequency": "daily"}, "frequency"),
        ("card", {"recurring_value": 1}, "recurring_value is/are not required"),
        ("card", {"bank_account": ACCOUNT}, "bank_account is/are not required"),
        ("card", {"expire_at": NOON}, "expire_at"),
        ("upi", {"max_amount": 9999901}, "max_amount"),
        ("upi", {"frequency": "hourly"}, "frequency"),
        ("upi", {"recurring_value": 1}, "recurring_value is/are not required"),
        ("upi", {"frequency": "weekly", "recurring_value": 8}, "recurring_value"),
        ("upi", {"frequency": "weekly", "recurring_value": 1, "recurring_type": "near"}, "recurring_type"),
        ("upi", {"expire_at": NOON + 31 * 365 * 86400}, "expire_at"),
        ("emandate", {"max_amount": 499}, "max_amount"),
        ("emandate", {"max_amount": 1_000_000_001}, "max_amount"),
        ("emandate", {"auth_type": "physical"}, "auth_type"),
        ("emandate", {"first_payment_amount": 99}, "first_payment_amount"),
        ("emandate", {"first_payment_amount": 5000001}, "first_payment_amount"),
        ("emandate", {"frequency": "monthly"}, "frequency is/are not required"),
        ("emandate", {"bank_account": ACCOUNT | {"beneficiary_name": "Ash"}}, "beneficiary_name"),
        ("emandate", {"bank_account": ACCOUNT | {"account_number": "1-2"}}, "account_number"),
        ("emandate", {"bank_account": ACCOUNT | {"ifsc_code": "HDFC1"}}, "ifsc_code"),
        ("emandate", {"bank_account": ACCOUNT | {"account_type": "nre"}}, "account_type"),
        ("emandate", {"bank_account": ACCOUNT | {"ifsc": "HDFC0000451"}}, "ifsc is/are not required"),
        ("nach", {"bank_account": None}, "bank_account field is required"),
        ("nach", {"auth_type": "netbanking"}, "auth_type"),
        ("nach", {"expire_at": 2147483648}, "expire_at"),
        ("nach", {"nach": {"colour": 1}}, "colour is/are not required"),
    ],
)
def test_a_wrong_token_is_refused_by_field(mandates, method, change, words):
    with pytest.raises(RefusedByGateway) as refusal:
        mandates.order(method, change)

    assert refusal.value.status == 400
    assert words in refusal.value.error["description"]


def test_paper_takes_more_kinds_of_accounts(mandates):
    token = mandates.order("nach", {"bank_account": ACCOUNT | {"account_type": "nro"}})["token"]

    assert token["bank_account"]["account_type"] == "nro"


@pytest.mark.parametrize(
    ("method", "fields", "words"),
    [
        ("card", {"amount": 0}, "less than minimum"),
        ("upi", {"amount": 99}, "less than minimum"),
        ("emandate", {"amount": 100}, "must be 0"),
        ("nach", {"amount": 100}, "must be 0"),
        ("upi", {"customer_id": None}, "customer id field is required"),
        ("upi", {"customer_id": "cust_AAAAAAAAAAAAAA"}, "does not exist"),
        ("upi", {"token": None}, "token field is required"),
        ("upi", {"method": "wallet"}, "method is invalid"),
    ],
)
def test_a_registration_order_has_rules_of_its_own(mandates, method, fields, words):
    with pytest.raises(RefusedByGateway, match=words):
        mandates.order(method, **fields)


@pytest.mark.parametrize("method", ["card", "upi", "emandate", "nach"])
def test_a_method_that_is_not_enabled_does_not_exist(box, mandates, method):
    box.control("POST", "/switches", {f"recurring_{method}": "off"})

    with pytest.raises(RefusedByGateway, match=r"The requested URL was not found on the server\."):
        mandates.order(method)


def test_an_account_may_have_other_ceilings(box, mandates):
    box.control("POST", "/switches", {"card_max_amount": 5000000, "upi_max_amount": 20000000})

    assert mandates.order("card", {"max_amount": 5000000})["token"]["max_amount"] == 5000000
    assert mandates.order("upi", {"max_amount": 20000000})["token"]["max_amount"] == 20000000
