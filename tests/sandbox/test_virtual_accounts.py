"""Virtual accounts through the real SDK: their life, money that arrives, what goes back."""

import re

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.test_payments import produced

BANK = {"types": ["bank_account"]}
PAYER = {"ifsc": "HDFC0000451", "account_number": "50100012345678"}


@pytest.fixture
def account(sdk):
    return sdk.virtual_account.create({"receivers": BANK, "description": "Asha Rao", "notes": {"a": "b"}})


def credit(box, account, amount=5_000_000, **how):
    return box.control("POST", f"/virtual_accounts/{account['id']}/credit", {"amount": amount, **how})


def last_event(box, name):
    return box.control("GET", "/events", event=name)["items"][0]["body"]


def test_an_account_has_a_number_and_stays_as_it_is(box, sdk, account):
    assert re.fullmatch(r"va_[A-Za-z0-9]{14}", account["id"])
    assert (account["status"], account["amount_paid"], account["customer_id"]) == ("active", 0, None)
    assert (account["description"], account["notes"]) == ("Asha Rao", {"a": "b"})
    [receiver] = account["receivers"]
    assert (receiver["entity"], receiver["ifsc"]) == ("bank_account", "EXBK0VAPORT")
    assert re.fullmatch(r"\d{16}", receiver["account_number"])
    assert sdk.virtual_account.fetch(account["id"]) == account
    assert sdk.virtual_account.all({"count": 1})["items"] == [account]
    assert produced(box) == ["virtual_account.created"]


def test_no_two_accounts_have_the_same_number(sdk):
    numbers = {
        sdk.virtual_account.create({"receivers": BANK})["receivers"][0]["account_number"] for _ in range(20)
    }

    assert len(numbers) == 20


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "receivers: is required."),
        ({"receivers": {"types": []}}, "The receivers.types is invalid."),
        ({"receivers": {"types": ["pigeon"]}}, "The receivers.types is invalid."),
        ({"receivers": {"types": ["vpa"], "vpa": {"descriptor": "No!"}}}, "descriptor format is invalid"),
        ({"receivers": BANK, "customer_id": "cust_Qa5T4r3E2w1Q0z"}, "The id provided does not exist"),
        ({"receivers": BANK, "close_by": NOON + 14 * 60}, "at least 15 minutes after current time"),
        ({"receivers": BANK, "close_by": "soon"}, "The close_by must be an integer."),
        ({"receivers": BANK, "allowed_payers": [{"type": "vpa"}]}, "type must be bank_account"),
        ({"receivers": BANK, "amount_expected": 5}, "should not be sent"),
    ],
)
def test_a_wrong_account_is_refused(sdk, body, words):
    with pytest.raises(RefusedByGateway, match=re.escape(words)):
        sdk.virtual_account.create(body)


def test_upi_ids_come_where_they_are_enabled(box, sdk):
    wanted = {"types": ["bank_account", "vpa"], "vpa": {"descriptor": "asharao"}}

    account = sdk.virtual_account.create({"receivers": wanted})

    assert account["receivers"][1]["address"] == "asharao@examplebank"
    box.control("POST", "/switches", {"virtual_upi": "off"})
    with pytest.raises(RefusedByGateway, match=r"receivers\.types is invalid"):
        sdk.virtual_account.create({"receivers": wanted})


@pytest.mark.parametrize("mode", ["NEFT", "RTGS", "IMPS"])
def test_a_transfer_is_a_captured_payment_without_an_order(box, sdk, account, mode):
    payment = credit(box, account, mode=mode, utr="N123456789012345")

    payment = sdk.payment.fetch(payment["id"])
    assert (payment["method"], payment["order_id"], payment["status"]) == ("bank_transfer", None, "captured")
    assert (payment["amount"], payment["fee"], payment["tax"]) == (5_000_000, 5900, 900)
    assert (payment["description"], payment["acquirer_data"]) == ("NA", {})
    transfer = sdk.payment.bank_transfer(payment["id"])
    assert (transfer["mode"], transfer["bank_reference"]) == (mode, "N123456789012345")
    assert transfer["payer_bank_account"]["account_number"] == "40210000987654"
    assert transfer["virtual_account_id"] == account["id"]
    assert sdk.virtual_account.fetch(account["id"])["amount_paid"] == 5_000_000
    assert sdk.virtual_account.payments(account["id"])["items"] == [payment]
    event = last_event(box, "virtual_account.credited")
    assert event["contains"] == ["payment", "virtual_account", "bank_transfer"]
    assert event["payload"]["virtual_account"]["entity"]["amount_paid"] == 5_000_000
    assert event["payload"]["bank_transfer"]["entity"] == transfer
    assert produced(box) == ["virtual_account.created", "virtual_account.credited"]


def test_a_payment_event_may_come_with_the_credit(box, account):
    box.control("POST", "/switches", {"transfer_events": "with_payment"})

    credit(box, account)

    assert produced(box)[1:] == ["payment.captured", "virtual_account.credited"]


def test_a_transfer_by_upi_is_told_as_one(box, sdk):
    account = sdk.virtual_account.create({"receivers": {"types": ["vpa"]}})

    payment = credit(box, account, 50000, mode="UPI", payer={"vpa": "ravi@upi"})

    assert (payment["method"], payment["vpa"], payment["fee"]) == ("upi", "ravi@upi", 1180)
    transfer = sdk.payment.upi_transfer(payment["id"])
    assert (transfer["payer_vpa"], transfer["rrn"]) == ("ravi@upi", payment["acquirer_data"]["rrn"])
    assert last_event(box, "virtual_account.credited")["contains"][2] == "upi_transfer"
    with pytest.raises(RefusedByGateway, match="does not exist"):
        sdk.payment.bank_transfer(payment["id"])


def test_the_bank_may_not_say_who_paid(box, sdk, account):
    payment = credit(box, account, payer=None)

    assert sdk.payment.bank_transfer(payment["id"])["payer_bank_account"] is None
    assert payment["status"] == "captured"


def test_a_payment_is_found_by_its_utr(box, sdk, account):
    payment = credit(box, account, utr="N1")
    credit(box, account, utr="N2")

    assert sdk.payment.all({"va_transaction_id": "N1", "virtual_account": 1})["items"] == [payment]
    assert sdk.payment.all({"va_transaction_id": "N3", "virtual_account": 1})["count"] == 0
    with pytest.raises(RefusedByGateway, match="should not be sent"):
        sdk.payment.all({"va_transaction_id": "N1"})


def test_the_same_utr_may_come_twice(box, sdk, account):
    first, second = credit(box, account, utr="N1"), credit(box, account, utr="N1")

    found = sdk.payment.all({"va_transaction_id": "N1", "virtual_account": 1})["items"]

    assert [payment["id"] for payment in found] == [second["id"], first["id"]]
    assert sdk.virtual_account.fetch(account["id"])["amount_paid"] == 10_000_000


def test_what_arrives_at_a_closed_account_goes_back(box, sdk, account):
    closed = sdk.virtual_account.close(account["id"])
    assert (closed["status"], closed["closed_at"]) == ("closed", NOON)

    payment = credit(box, account)

    assert (payment["status"], payment["captured"], payment["refund_status"]) == ("refunded", False, "full")
    box.advance("PT1H")
    [refund] = sdk.payment.fetch_multiple_refund(payment["id"])["items"]
    assert (refund["status"], refund["acquirer_data"]) == ("processed", {"utr": None})
    assert sdk.virtual_account.fetch(account["id"])["amount_paid"] == 0
    assert produced(box)[1:] == ["virtual_account.closed", "refund.created", "refund.processed"]


@pytest.mark.parametrize("call", ["close", "edit", "add_receiver", "allow"])
def test_a_closed_account_stays_as_it_is(sdk, account, call):
    sdk.virtual_account.close(account["id"])
    calls = {
        "close": lambda: sdk.virtual_account.close(account["id"]),
        "edit": lambda: sdk.patch(f"/v1/virtual_accounts/{account['id']}", {"description": "x"}),
        "add_receiver": lambda: sdk.virtual_account.add_receiver(account["id"], {"types": ["vpa"]}),
        "allow": lambda: sdk.virtual_account.add_allowed_player(
            account["id"], {"type": "bank_account", "bank_account": PAYER}
        ),
    }

    with pytest.raises(RefusedByGateway, match="The virtual account is closed"):
        calls[call]()


def test_an_account_unused_for_ninety_days_closes_itself(box, sdk, account):
    box.advance("P60D")
    credit(box, account)
    box.advance("P89D")
    assert sdk.virtual_account.fetch(account["id"])["status"] == "active"

    box.advance("P1D")

    closed = sdk.virtual_account.fetch(account["id"])
    assert (closed["status"], closed["closed_at"]) == ("closed", NOON + 150 * 86400)
    assert produced(box)[-1] == "virtual_account.closed"


def test_an_account_closes_when_the_merchant_said(box, sdk):
    account = sdk.virtual_account.create({"receivers": BANK, "close_by": NOON + 3600})
    sdk.patch(f"/v1/virtual_accounts/{account['id']}", {"close_by": NOON + 7200})
    box.advance("PT1H")
    assert sdk.virtual_account.fetch(account["id"])["status"] == "active"

    box.advance("PT1H")

    assert sdk.virtual_account.fetch(account["id"])["status"] == "closed"


def test_description_and_notes_can_change(sdk, account):
    changed = sdk.patch(f"/v1/virtual_accounts/{account['id']}", {"description": "New", "notes": {}})

    assert (changed["description"], changed["notes"]) == ("New", [])
    with pytest.raises(RefusedByGateway, match="should not be sent"):
        sdk.patch(f"/v1/virtual_accounts/{account['id']}", {"status": "closed"})


def test_a_receiver_can_be_added_once(sdk, account):
    changed = sdk.virtual_account.add_receiver(account["id"], {"types": ["vpa"]})

    assert [receiver["entity"] for receiver in changed["receivers"]] == ["bank_account", "vpa"]
    with pytest.raises(RefusedByGateway, match="already exists"):
        sdk.virtual_account.add_receiver(account["id"], {"types": ["vpa"]})


def test_only_allowed_payers_money_stays(box, sdk):
    wanted = [{"type": "bank_account", "bank_account": PAYER}]
    account = sdk.virtual_account.create({"receivers": BANK, "allowed_payers": wanted})
    [payer] = account["allowed_payers"]
    assert payer["bank_account"] == PAYER

    assert credit(box, account, payer=PAYER)["status"] == "captured"
    assert credit(box, account)["status"] == "refunded"
    assert credit(box, account, payer=None)["status"] == "refunded"

    another = {"type": "bank_account", "bank_account": {**PAYER, "account_number": "40210000987654"}}
    changed = sdk.virtual_account.add_allowed_player(account["id"], another)
    assert len(changed["allowed_payers"]) == 2
    assert sdk.virtual_account.delete_allowed_player(account["id"], payer["id"]) == "{}"
    assert credit(box, account, payer=PAYER)["status"] == "refunded"
    with pytest.raises(RefusedByGateway, match="does not exist"):
        sdk.virtual_account.delete_allowed_player(account["id"], payer["id"])


def test_at_most_ten_payers_are_allowed(sdk, account):
    payer = {"type": "bank_account", "bank_account": PAYER}
    for _ in range(10):
        sdk.virtual_account.add_allowed_player(account["id"], payer)

    with pytest.raises(RefusedByGateway, match="no more than 10"):
        sdk.virtual_account.add_allowed_player(account["id"], payer)


def test_a_transfer_can_be_refunded(box, sdk, account):
    payment = credit(box, account, 50000)

    refund = sdk.payment.refund(payment["id"], {"amount": 20000})

    assert refund["acquirer_data"] == {"utr": None}
    assert sdk.payment.fetch(payment["id"])["refund_status"] == "partial"


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 0},
        {"amount": "100"},
        {"amount": 100, "mode": "CASH"},
        {"amount": 100, "utr": "N 1"},
        {"amount": 100, "payer": {"colour": "red"}},
        {"amount": 100, "payer": {"ifsc": 5}},
    ],
)
def test_a_senseless_credit_is_refused(box, sdk, account, body):
    with pytest.raises(AssertionError, match="400"):
        box.control("POST", f"/virtual_accounts/{account['id']}/credit", body)

    assert sdk.virtual_account.payments(account["id"])["count"] == 0


def test_people_see_a_transfer_on_the_gateways_page(box, browser, account):
    credit(box, account, utr="N123456789012345")

    page = browser.get("/gateway").text

    assert "Bank transfer" in page
    assert "None" not in page
