"""Recurring debits through the real SDK: accepted now, decided hours or days later on the virtual clock."""

from datetime import datetime

import httpx
import pytest

from sandbox.reasons import REASONS
from sandbox.working_days import INDIA
from tests.sandbox.conftest import RefusedByGateway
from tests.sandbox.mandates import Mandates


@pytest.fixture
def mandates(box, sdk):
    return Mandates(box, sdk)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=INDIA).timestamp()


@pytest.mark.parametrize(("method", "almost"), [("upi", "PT24H59M"), ("card", "PT35H59M")])
def test_a_card_or_upi_debit_is_announced_and_then_taken(box, mandates, sdk, method, almost):
    token = mandates.confirmed(method)
    before = len(mandates.events())

    payment = mandates.debit(token)

    assert (payment["status"], payment["amount"], payment["token_id"]) == ("created", 123400, token["id"])
    assert (payment["customer_id"], payment["email"]) == (mandates.customer, "asha@example.in")
    assert payment["notes"] == {"invoice": "INV/26-27/000777"}
    box.advance(almost)
    assert mandates.status(payment) == ("created", None)
    box.advance("PT1M")

    assert mandates.status(payment) == ("captured", None)
    order = sdk.order.fetch(payment["order_id"])
    assert (order["status"], order["attempts"], "notification" in order) == ("paid", 1, False)
    assert mandates.events()[before:] == [
        "order.notification.delivered",
        "payment.authorized",
        "payment.captured",
        "order.paid",
    ]
    assert mandates.token_of(payment)["used_at"] > token["used_at"]


# NOON is Tuesday 18 August 2026, 02:23 in India; Saturday 22 is a fourth one.
@pytest.mark.parametrize(
    ("created_at", "taken_at"),
    [
        ("2026-08-18T08:59", "2026-08-20T18:00"),
        ("2026-08-18T09:00", "2026-08-21T18:00"),
        ("2026-08-20T08:00", "2026-08-24T18:00"),
        ("2026-08-22T08:00", "2026-08-26T18:00"),
        ("2026-08-23T12:00", "2026-08-26T18:00"),
    ],
)
@pytest.mark.parametrize("method", ["emandate", "nach"])
def test_a_bank_account_is_debited_on_the_second_working_day(box, mandates, method, created_at, taken_at):
    token = paper(mandates) if method == "nach" else mandates.confirmed(method)
    box.control("POST", "/clock", {"set": at(created_at)})

    payment = mandates.debit(token)

    box.control("POST", "/clock", {"set": at(taken_at) - 1})
    assert mandates.status(payment) == ("created", None)
    box.advance("PT1S")
    assert mandates.status(payment) == ("captured", None)
    assert "order.notification.delivered" not in mandates.events()


def paper(mandates):
    payment = mandates.pay(mandates.order("nach"))
    mandates.box.control("POST", f"/tokens/{payment['token_id']}/confirm")
    return mandates.token_of(payment)


def test_icici_may_take_the_money_at_once(box, mandates):
    box.control("POST", "/switches", {"icici_debits": "at_once"})
    payment = mandates.debit(mandates.confirmed("emandate"))

    box.advance("PT1M")

    assert mandates.status(payment) == ("captured", None)


def test_the_answer_may_be_signed(box, mandates, sdk):
    box.control("POST", "/switches", {"recurring_answer": "signed"})
    order = mandates.charge_order()

    answer = sdk.payment.createRecurring(mandates.wish(mandates.confirmed(), order))

    assert answer["razorpay_order_id"] == order["id"]
    assert sdk.utility.verify_payment_signature(answer)


def test_a_failed_debit_is_repeated_on_the_same_order(box, mandates, sdk):
    token, order = mandates.confirmed(), mandates.charge_order()
    mandates.fault("debit", "fail", reason="insufficient_funds")
    first = mandates.debit(token, order=order)
    box.advance("PT25H")
    assert mandates.status(first) == ("failed", "insufficient_funds")

    second = mandates.debit(token, order=order)
    box.advance("PT25H")

    assert mandates.status(second) == ("captured", None)
    assert sdk.order.fetch(order["id"])["attempts"] == 2


REASONS_OF_DEBITS = (
    *("insufficient_funds", "transaction_limit_exceeded", "transaction_daily_limit_exceeded"),
    *("gateway_technical_error", "bank_technical_error", "payment_timed_out", "server_error"),
    *("pre_debit_notification_failed", "mandate_paused", "mandate_cancelled", "mandate_expired"),
    *("mandate_not_active", "payment_mandate_not_active", "invalid_token", "payer_account_has_changed"),
    *("bank_account_invalid", "debit_instrument_blocked", "card_expired", "incorrect_ifsc"),
    *("amount_does_not_match_mandate_amount", "execution_day_rule_mismatch", "input_validation_failed"),
    *("mandate_current_cycle_allowed_debit_exceeds", "invalid_amount"),
)


@pytest.mark.parametrize("reason", REASONS_OF_DEBITS)
def test_a_debit_fails_with_any_reason_told(box, mandates, reason):
    assert reason in REASONS
    mandates.fault("debit", "fail", reason=reason)

    payment = mandates.debit(mandates.confirmed())
    box.advance("PT25H")

    assert mandates.status(payment) == ("failed", reason)
    assert mandates.events()[-1] == "payment.failed"


@pytest.mark.parametrize(("step", "reason"), [("pause", "mandate_paused"), ("cancel", "mandate_cancelled")])
@pytest.mark.parametrize("how", ["control", "fault"])
def test_a_mandate_that_ends_between_charge_and_debit_fails_it(box, mandates, step, reason, how):
    token = mandates.confirmed()
    payment = mandates.debit(token)
    if how == "fault":
        mandates.fault("debit", step)
    else:
        mandates.steer(token, step)

    box.advance("PT25H")

    assert mandates.status(payment) == ("failed", reason)
    assert mandates.events()[-1] == "payment.failed"
    assert mandates.events()[-2] in ("order.notification.delivered", f"token.{step}d", "token.cancelled")


def test_a_token_deleted_between_charge_and_debit_fails_it(box, mandates, sdk):
    token = mandates.confirmed()
    payment = mandates.debit(token)
    sdk.token.delete(mandates.customer, token["id"])

    box.advance("PT25H")

    assert mandates.status(payment) == ("failed", "invalid_token")


def test_a_silent_bank_leaves_a_debit_open_for_days(box, mandates):
    mandates.fault("debit", "silence")
    payment = mandates.debit(mandates.confirmed("emandate"))

    box.advance("P9D")
    assert mandates.status(payment) == ("created", None)
    box.control("POST", f"/payments/{payment['id']}/settle")

    assert mandates.status(payment) == ("captured", None)


def test_an_account_without_money_fails_each_debit(box, mandates):
    token = mandates.confirmed("emandate", mandates.at("ICIC", "0002"))
    for _ in range(2):
        payment = mandates.debit(token)
        box.advance("P7D")
        assert mandates.status(payment) == ("failed", "insufficient_funds")


def test_an_account_that_ends_its_mandate_after_the_first_debit(box, mandates):
    token = mandates.confirmed("emandate", mandates.at("ICIC", "0003"))

    payment = mandates.debit(token)
    box.advance("P7D")

    assert mandates.status(payment) == ("captured", None)
    told = [name for name in mandates.events() if not name.startswith("settlement.")]
    assert told[-3:] == ["payment.captured", "order.paid", "token.cancelled"]
    with pytest.raises(RefusedByGateway):
        mandates.debit(token)


def test_a_card_that_is_over_fails(box, mandates):
    payment = mandates.pay(mandates.order("card"), card_expiry=[8, 2026])
    debit = mandates.debit(mandates.token_of(payment))
    box.advance("PT36H")
    assert mandates.status(debit) == ("captured", None)

    debit = mandates.debit(mandates.token_of(payment))
    box.advance("P14D")
    assert mandates.status(debit) == ("captured", None)
    debit = mandates.debit(mandates.token_of(payment))
    box.advance("PT36H")
    assert mandates.status(debit) == ("failed", "card_expired")


def test_an_order_paid_meanwhile_gives_the_debit_back(box, mandates, sdk):
    payment = mandates.debit(mandates.confirmed())
    box.control("POST", f"/orders/{payment['order_id']}/pay", {})

    box.advance("PT25H")

    assert mandates.status(payment) == ("refunded", None)
    assert sdk.order.fetch(payment["order_id"])["amount_paid"] == 123400


def test_a_debit_that_failed_may_still_be_authorised(box, mandates):
    mandates.fault("debit", "fail", reason="payment_timed_out")
    payment = mandates.debit(mandates.confirmed())
    box.advance("PT25H")

    box.control("POST", f"/payments/{payment['id']}/authorize-late")

    assert mandates.status(payment) == ("captured", None)


def test_a_mandate_may_take_its_first_amount_by_itself(box, mandates, sdk):
    change = mandates.at() | {"first_payment_amount": 50000}
    payment = mandates.pay(mandates.order("emandate", change))
    box.advance("PT0S")

    first = sdk.payment.all({"count": 1})["items"][0]
    assert (first["amount"], first["token_id"], first["status"]) == (50000, payment["token_id"], "created")
    box.advance("P7D")

    assert mandates.status(first) == ("captured", None)


def test_a_time_out_hides_a_debit_that_was_made(box, mandates, sdk):
    token, order = mandates.confirmed(), mandates.charge_order()
    do = {"kind": "delay", "seconds": 0.3, "commit": True}
    box.control("POST", "/faults", {"on": "request", "path": "/v1/payments/create/recurring", "do": do})
    url, auth = f"{box.url}/v1/payments/create/recurring", (box.key_id, box.key_secret)

    with pytest.raises(httpx.ReadTimeout):
        box.http.post(url, json=mandates.wish(token, order), auth=auth, timeout=0.1)

    assert sdk.order.payments(order["id"])["count"] == 1
    box.advance("PT25H")
    assert sdk.order.fetch(order["id"])["status"] == "paid"


def test_debits_of_three_months_by_every_method(box, mandates, sdk):
    found = [mandates.confirmed(method) for method in ("card", "upi", "emandate")] + [paper(mandates)]
    for month in range(3):
        made = [mandates.debit(token, 100000 + month) for token in found]
        box.advance("P30D")
        assert [mandates.status(payment) for payment in made] == [("captured", None)] * 4
