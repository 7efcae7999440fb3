"""Mandates through the real SDK: approved by each method, confirmed by their bank, and how they end."""

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.mandates import LAST_DAY, Mandates

WORKING_DAY = 86400  # from NOON, a Tuesday, to the next day


@pytest.fixture
def mandates(box, sdk):
    return Mandates(box, sdk)


def state(token):
    return token["recurring_details"]["status"], token["recurring"]


def test_a_upi_mandate_is_in_force_at_once_and_its_rupee_is_real(mandates, sdk):
    order = mandates.order("upi", {"max_amount": 500000, "expire_at": LAST_DAY})

    payment = mandates.pay(order, instrument="asha@examplebank")

    assert (payment["status"], payment["amount"], payment["method"]) == ("captured", 100, "upi")
    assert payment["customer_id"] == mandates.customer
    token = mandates.token_of(payment)
    assert token.pop("id").startswith("token_")
    assert len(token.pop("token")) == 14
    assert token == {
        "entity": "token",
        "bank": None,
        "wallet": None,
        "method": "upi",
        "vpa": {"username": "asha", "handle": "examplebank", "name": None},
        "recurring": True,
        "recurring_details": {"status": "confirmed", "failure_reason": None},
        "auth_type": None,
        "mrn": None,
        "used_at": NOON,
        "created_at": NOON,
        "start_time": NOON,
        "max_amount": 500000,
        "expired_at": LAST_DAY,
        "dcc_enabled": False,
    }
    assert mandates.events() == ["payment.authorized", "payment.captured", "order.paid", "token.confirmed"]
    assert mandates.last("payment.captured")["payload"]["payment"]["entity"]["token_id"]
    assert sdk.order.fetch(order["id"])["token"]["recurring_status"] == "confirmed"


def test_a_card_mandate_keeps_the_card(mandates, sdk):
    payment = mandates.pay(mandates.order("card"))

    token = mandates.token_of(payment)

    assert (token["card"]["last4"], token["card"]["network"]) == ("4366", "Visa")
    assert (token["card"]["expiry_month"], token["card"]["expiry_year"]) == (12, 2031)
    assert token["card"]["flows"]["recurring"] is True
    assert "id" not in token["card"]
    assert (state(token), token["status"]) == (("confirmed", True), "active")
    assert "max_amount" not in token
    assert mandates.last("token.confirmed")["payload"]["token"]["entity"] == token
    assert sdk.payment.fetch(payment["id"], {"expand[]": "token"})["token"] == token


@pytest.mark.parametrize("bank", ["ICIC", "UTIB", "KKBK"])
def test_some_banks_confirm_an_e_mandate_at_once(mandates, bank):
    payment = mandates.pay(mandates.order("emandate", mandates.at(bank)))

    token = mandates.token_of(payment)

    assert (payment["amount"], payment["status"], payment["bank"]) == (0, "captured", bank)
    assert (payment["fee"], payment["tax"]) == (0, 0)
    assert state(token) == ("confirmed", True)
    assert (token["bank"], token["auth_type"]) == (bank, "netbanking")
    assert token["mrn"].startswith(bank)
    assert token["bank_details"] == {
        "beneficiary_name": "Asha Rao",
        "account_number": "50100012345678",
        "ifsc": f"{bank}0000451",
        "account_type": "savings",
    }


def test_hdfc_confirms_on_the_next_working_day(box, mandates):
    order = mandates.order("emandate", mandates.at("HDFC"))
    payment = mandates.pay(order)
    assert state(mandates.token_of(payment)) == ("initiated", False)
    assert mandates.token_of(payment)["mrn"] is None

    box.advance("PT23H59M")
    assert state(mandates.token_of(payment)) == ("initiated", False)
    box.advance("PT1M")

    assert state(mandates.token_of(payment)) == ("confirmed", True)
    assert mandates.events()[-1] == "token.confirmed"
    assert mandates.last("token.confirmed")["created_at"] == NOON + WORKING_DAY


def test_an_account_ending_in_0001_is_rejected(box, mandates, sdk):
    order = mandates.order("emandate", mandates.at("HDFC", "0001"))
    payment = mandates.pay(order)

    box.advance("P1D")

    token = mandates.token_of(payment)
    assert state(token) == ("rejected", False)
    assert token["recurring_details"]["failure_reason"] == "bank_account_invalid"
    event = mandates.last("token.rejected")
    assert (event["contains"], event["payload"]["token"]["entity"]) == (["token"], token)
    shown = sdk.order.fetch(order["id"])["token"]
    assert (shown["recurring_status"], shown["failure_reason"]) == ("rejected", "bank_account_invalid")


def test_a_payer_may_name_the_account_when_the_order_did_not(mandates):
    order = mandates.order("emandate", {"bank_account": None})

    payment = mandates.pay(order, account_number="123456780001", ifsc_code="UTIB0000001")

    assert mandates.token_of(payment)["recurring_details"]["status"] == "rejected"


@pytest.mark.parametrize(("outcome", "reason"), [("fail", "card_declined"), ("cancel", "payment_cancelled")])
def test_a_mandate_that_was_not_approved_makes_no_token(mandates, sdk, outcome, reason):
    order = mandates.order("card")

    payment = mandates.pay(order, outcome=outcome, reason=reason)

    assert (payment["status"], payment["error_reason"], payment["token_id"]) == ("failed", reason, None)
    assert sdk.token.all(mandates.customer)["count"] == 0
    assert mandates.pay(order)["token_id"]


def test_a_bank_that_was_silent_may_still_approve(box, mandates):
    payment = mandates.pay(mandates.order("emandate", mandates.at()), outcome="pending")
    assert payment["token_id"] is None

    late = box.control("POST", f"/payments/{payment['id']}/authorize-late")

    assert state(mandates.token_of(late)) == ("confirmed", True)


def test_an_approval_twice_makes_one_mandate(box, mandates, sdk):
    order = mandates.order("upi")
    first = mandates.pay(order, outcome="pending")
    mandates.pay(order)

    second = box.control("POST", f"/payments/{first['id']}/authorize-late")

    assert (second["status"], second["token_id"]) == ("refunded", None)
    assert sdk.token.all(mandates.customer)["count"] == 1


def test_a_payment_that_ends_as_a_dummy_made_a_mandate_all_the_same(box, mandates, sdk):
    box.control("POST", "/switches", {"upi_registration": "dummy_payment"})
    order = mandates.order("upi")

    payment = mandates.pay(order)

    assert (payment["status"], payment["error_reason"]) == ("failed", "upi_dummy_payment")
    assert state(mandates.token_of(payment)) == ("confirmed", True)
    assert mandates.events() == ["payment.failed", "token.confirmed"]
    assert sdk.order.fetch(order["id"])["token"]["recurring_status"] == "confirmed"


def test_faults_reject_delay_and_make_dummies(box, mandates):
    for do in (
        {"kind": "dummy_payment"},
        {"kind": "late", "seconds": 3600},
        {"kind": "reject", "reason": "Account closed"},
    ):
        box.control("POST", "/faults", {"on": "token", "method": "upi", "do": do})

    payment = mandates.pay(mandates.order("upi"))

    assert payment["error_reason"] == "upi_dummy_payment"
    assert state(mandates.token_of(payment))[0] == "initiated"
    box.advance("PT1H")
    assert mandates.token_of(payment)["recurring_details"] == {
        "status": "rejected",
        "failure_reason": "Account closed",
    }


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"method": "card"}, "asks for a mandate by upi"),
        ({"instrument": "asha"}, "name@bank"),
    ],
)
def test_only_a_fitting_instrument_carries_a_mandate(mandates, wish, words):
    with pytest.raises(AssertionError, match=words):
        mandates.pay(mandates.order("upi"), **wish)


def test_a_foreign_card_carries_none(mandates):
    with pytest.raises(AssertionError, match="does not support recurring"):
        mandates.pay(mandates.order("card"), instrument="5555555555554444")


def test_the_customer_pauses_resumes_and_cancels(box, mandates):
    token = mandates.confirmed()

    def steer(what):
        return state(box.control("POST", f"/tokens/{token['id']}/{what}"))

    assert steer("pause") == ("paused", True)
    assert (
        mandates.last("token.paused")["payload"]["token"]["entity"]["recurring_details"]["status"] == "paused"
    )
    assert steer("resume") == ("confirmed", True)
    assert steer("cancel") == ("cancelled", True)
    assert mandates.events()[-3:] == ["token.paused", "token.resumed", "token.cancelled"]


@pytest.mark.parametrize(
    ("first", "then"),
    [((), "confirm"), ((), "resume"), ((), "reject"), (("cancel",), "pause"), (("cancel",), "cancel")],
)
def test_a_mandate_moves_only_along_its_states(box, mandates, first, then):
    token = mandates.confirmed()
    for step in first:
        box.control("POST", f"/tokens/{token['id']}/{step}")

    with pytest.raises(AssertionError, match="The token is"):
        box.control("POST", f"/tokens/{token['id']}/{then}")


def test_control_decides_before_the_bank_does(box, mandates):
    slow = mandates.pay(mandates.order("emandate", mandates.at("HDFC")))["token_id"]
    bad = mandates.pay(mandates.order("emandate", mandates.at("HDFC", "0001")))["token_id"]

    box.control("POST", f"/tokens/{slow}/reject", {"reason": "Name mismatch"})
    box.control("POST", f"/tokens/{bad}/confirm")
    box.advance("P2D")

    assert mandates.events().count("token.confirmed") == 1
    assert mandates.events().count("token.rejected") == 1


def test_tokens_are_listed_under_their_customer(mandates, sdk):
    first, second = mandates.confirmed("upi"), mandates.confirmed("card")
    other = sdk.customer.create({"name": "Ravi Kumar"})["id"]

    found = sdk.token.all(mandates.customer)

    assert (found["entity"], found["count"]) == ("collection", 2)
    assert [token["id"] for token in found["items"]] == [second["id"], first["id"]]
    assert sdk.token.all(mandates.customer, {"count": 1})["count"] == 1
    assert sdk.token.all(other)["count"] == 0
    for call in (sdk.token.fetch, sdk.token.cancel, sdk.token.delete):
        with pytest.raises(RefusedByGateway, match="The id provided does not exist"):
            call(other, first["id"])


def test_a_merchants_cancellation_takes_a_moment(box, mandates, sdk):
    token = mandates.confirmed("upi")

    assert sdk.token.cancel(mandates.customer, token["id"]) == {"status": "cancellation_initiated"}
    assert sdk.token.cancel(mandates.customer, token["id"]) == {"status": "cancellation_initiated"}
    assert state(sdk.token.fetch(mandates.customer, token["id"])) == ("confirmed", True)
    box.advance("PT1M")

    assert state(sdk.token.fetch(mandates.customer, token["id"])) == ("cancelled", True)
    assert mandates.events().count("token.cancelled") == 1
    with pytest.raises(RefusedByGateway, match="cannot be cancelled"):
        sdk.token.cancel(mandates.customer, token["id"])


def test_an_e_mandate_is_cancelled_on_the_next_working_day(box, mandates, sdk):
    token = mandates.confirmed("emandate")

    sdk.token.cancel(mandates.customer, token["id"])

    box.advance("PT23H")
    assert state(sdk.token.fetch(mandates.customer, token["id"]))[0] == "confirmed"
    box.advance("PT1H")
    assert state(sdk.token.fetch(mandates.customer, token["id"]))[0] == "cancelled"


def test_deleting_a_upi_token_leaves_the_mandate_at_the_bank(box, mandates, sdk):
    token = mandates.confirmed("upi")

    assert sdk.token.delete(mandates.customer, token["id"]) == {"deleted": True}

    with pytest.raises(RefusedByGateway, match="The id provided does not exist"):
        sdk.token.fetch(mandates.customer, token["id"])
    assert sdk.token.all(mandates.customer)["count"] == 0
    box.advance("P3D")
    assert "token.cancelled" not in mandates.events()
    assert state(box.control("POST", f"/tokens/{token['id']}/pause"))[0] == "paused"


def test_deleting_an_e_mandate_cancels_it_at_the_bank(box, mandates, sdk):
    token = mandates.confirmed("emandate")

    sdk.token.delete(mandates.customer, token["id"])
    box.advance("P1D")

    assert mandates.events()[-1] == "token.cancelled"


@pytest.mark.parametrize(
    ("shape", "odd"),
    [
        ("no_recurring_details", lambda token: "recurring_details" not in token),
        ("card_expiry_text", lambda token: token["card"]["expiry_month"] == "12"),
        ("active_all_the_same", lambda token: token["status"] == "active"),
    ],
)
def test_token_events_come_in_odd_shapes(box, mandates, shape, odd):
    do = {"kind": "shape", "shape": shape}
    box.control("POST", "/faults", {"on": "event", "event": "token.*", "do": do})

    mandates.confirmed("card")

    assert odd(mandates.last("token.confirmed")["payload"]["token"]["entity"])


def test_resumed_may_be_called_resumed(box, mandates):
    token = mandates.confirmed()
    do = {"kind": "shape", "shape": "resumed_status"}
    box.control("POST", "/faults", {"on": "event", "event": "token.resumed", "do": do})

    box.control("POST", f"/tokens/{token['id']}/pause")
    box.control("POST", f"/tokens/{token['id']}/resume")

    shown = mandates.last("token.resumed")["payload"]["token"]["entity"]
    assert shown["recurring_details"]["status"] == "resumed"
    assert mandates.token_of({"token_id": token["id"]})["recurring_details"]["status"] == "confirmed"


def test_mandate_events_come_signed(merchant, box, mandates):
    mandates.confirmed()
    box.drain()

    assert all(got.is_signed_with(box.webhook_secret) for got in merchant.got)
    assert any(b'"token.confirmed"' in got.body for got in merchant.got)
