"""Recurring debits through the real SDK: accepted now, decided hours or days later on the virtual clock."""

from datetime import datetime

import httpx
import pytest

from sandbox.reasons import REASONS
from sandbox.working_days import INDIA
from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.mandates import LAST_DAY, Mandates


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


@pytest.mark.parametrize(
    "name", ["email", "contact", "amount", "order_id", "customer_id", "token", "recurring"]
)
def test_each_field_is_needed(mandates, sdk, name):
    wish = mandates.wish(mandates.confirmed(), mandates.charge_order())

    with pytest.raises(RefusedByGateway) as refusal:
        sdk.payment.createRecurring(wish | {name: None})

    assert (refusal.value.status, refusal.value.error["field"]) == (400, name)


@pytest.mark.parametrize(
    ("change", "words", "reason"),
    [
        ({"amount": 123401}, "different from the order amount", "order_amount_mismatch"),
        ({"amount": 123400.0}, "must be an integer", "input_validation_failed"),
        ({"currency": "USD"}, "currency", "input_validation_failed"),
        ({"recurring": False}, "recurring field must be true", "input_validation_failed"),
        ({"token": "token_AAAAAAAAAAAAAA"}, "does not exist", "input_validation_failed"),
        ({"token": "x"}, "not a valid id", "input_validation_failed"),
        ({"order_id": "order_AAAAAAAAAAAAAA"}, "does not exist", "input_validation_failed"),
        ({"colour": 1}, "colour is/are not required", "extra_field_sent"),
    ],
)
def test_a_wrong_debit_is_refused_and_makes_no_payment(mandates, sdk, change, words, reason):
    order = mandates.charge_order()

    with pytest.raises(RefusedByGateway) as refusal:
        sdk.payment.createRecurring(mandates.wish(mandates.confirmed(), order) | change)

    assert words in refusal.value.error["description"]
    assert refusal.value.error["reason"] == reason
    assert sdk.order.payments(order["id"])["count"] == 0


def test_a_mandate_belongs_to_its_customer(mandates, sdk):
    other = sdk.customer.create({"name": "Ravi Kumar"})["id"]

    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(mandates.confirmed(), customer_id=other)

    assert refusal.value.error["reason"] == "invalid_token"


def test_a_deleted_token_cannot_be_charged(mandates, sdk):
    token = mandates.confirmed()
    sdk.token.delete(mandates.customer, token["id"])

    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(token)

    assert refusal.value.error["reason"] == "invalid_token"


@pytest.mark.parametrize(
    ("method", "step", "reason"),
    [
        ("upi", "pause", "mandate_paused"),
        ("upi", "cancel", "mandate_cancelled"),
        ("card", "cancel", "mandate_cancelled"),
    ],
)
def test_only_a_confirmed_mandate_is_charged(mandates, method, step, reason):
    token = mandates.confirmed(method)
    mandates.steer(token, step)

    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(token)

    assert refusal.value.error["reason"] == reason


@pytest.mark.parametrize("rejected", [False, True])
def test_a_mandate_that_waits_or_was_rejected_is_not_charged(mandates, rejected):
    payment = mandates.pay(mandates.order("emandate", mandates.at("HDFC")))
    token = mandates.token_of(payment)
    if rejected:
        mandates.steer(token, "reject")

    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(token)

    assert refusal.value.error["reason"] == "mandate_not_active"


def test_a_resumed_mandate_is_charged_again(box, mandates):
    token = mandates.confirmed()
    mandates.steer(token, "pause")
    mandates.steer(token, "resume")

    payment = mandates.debit(token)
    box.advance("PT25H")

    assert mandates.status(payment) == ("captured", None)


def test_an_expired_mandate_is_not_charged(box, mandates):
    token = mandates.confirmed("upi", {"expire_at": NOON + 3600})
    payment = mandates.debit(token)
    box.advance("PT25H")
    assert mandates.status(payment) == ("failed", "mandate_expired")

    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(token)

    assert refusal.value.error["reason"] == "mandate_expired"


def test_nothing_above_the_ceiling_is_taken(mandates):
    token = mandates.confirmed("upi", {"max_amount": 200000})

    with pytest.raises(RefusedByGateway, match=r"Amount exceeds maximum amount allowed\."):
        mandates.debit(token, 200001)

    assert mandates.debit(token, 200000)["status"] == "created"


def test_one_charge_at_a_time_by_a_mandate(box, mandates):
    token = mandates.confirmed()
    mandates.debit(token)

    with pytest.raises(RefusedByGateway, match="another payment operation is in progress"):
        mandates.debit(token)

    box.advance("PT25H")
    assert mandates.debit(token)["status"] == "created"


def test_one_charge_at_a_time_of_an_order(box, mandates):
    order = mandates.charge_order()
    first, second = mandates.confirmed("upi"), mandates.confirmed("card")
    mandates.debit(first, order=order)

    with pytest.raises(RefusedByGateway, match="another payment operation is in progress"):
        mandates.debit(second, order=order)

    box.advance("PT25H")
    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(second, order=order)
    assert refusal.value.error["reason"] == "order_already_paid"


def test_a_registration_order_takes_no_debit(mandates):
    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(mandates.confirmed(), 100, order=mandates.order("upi"))

    assert refusal.value.error["reason"] == "invalid_order_id"


def test_a_method_that_was_switched_off_does_not_exist(box, mandates):
    token = mandates.confirmed("card")
    box.control("POST", "/switches", {"recurring_card": "off"})

    with pytest.raises(RefusedByGateway, match="The requested URL was not found"):
        mandates.debit(token)


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
    assert mandates.events()[-3:] == ["payment.captured", "order.paid", "token.cancelled"]
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


# Above the limit the customer approves each debit.


@pytest.mark.parametrize(("method", "hours"), [("upi", 25), ("card", 36)])
def test_a_large_debit_waits_for_its_customer(box, mandates, method, hours):
    box.control("POST", "/switches", {"card_max_amount": 5000000})
    token = mandates.confirmed(method, {"max_amount": 5000000})
    payment = mandates.debit(token, 1500001)

    box.advance(f"PT{hours}H")
    assert mandates.status(payment) == ("created", None)
    box.control("POST", f"/payments/{payment['id']}/approve")

    assert mandates.status(payment) == ("captured", None)


def test_a_large_debit_approved_early_is_taken_when_it_is_due(box, mandates):
    payment = mandates.debit(mandates.confirmed(), 1500001)

    box.control("POST", f"/payments/{payment['id']}/approve")
    assert mandates.status(payment) == ("created", None)
    box.advance("PT25H")

    assert mandates.status(payment) == ("captured", None)
    with pytest.raises(AssertionError, match="waits for no approval"):
        box.control("POST", f"/payments/{payment['id']}/approve")


def test_a_large_debit_nobody_approves_fails_after_three_days(box, mandates):
    payment = mandates.debit(mandates.confirmed(), 1500001)

    box.advance("PT71H59M")
    assert mandates.status(payment) == ("created", None)
    box.advance("PT1M")

    assert mandates.status(payment) == ("failed", "payment_timed_out")


def test_the_limit_itself_needs_no_approval_nor_does_a_bank_account(box, mandates):
    small, bank = (
        mandates.debit(mandates.confirmed(), 1500000),
        mandates.debit(mandates.confirmed("emandate"), 1500001),
    )

    box.advance("P7D")

    assert mandates.status(small) == mandates.status(bank) == ("captured", None)


# UPI: one success in a cycle, on the mandate's day.


def test_a_monthly_mandate_is_debited_once_a_month(box, mandates):
    token = mandates.confirmed("upi", {"frequency": "monthly", "expire_at": LAST_DAY})
    for expected in (("captured", None), ("failed", "mandate_current_cycle_allowed_debit_exceeds")):
        payment = mandates.debit(token)
        box.advance("PT25H")
        assert mandates.status(payment) == expected

    box.advance("P14D")
    payment = mandates.debit(token)
    box.advance("PT25H")

    assert mandates.status(payment) == ("captured", None)


def test_as_presented_knows_no_cycle(box, mandates):
    token = mandates.confirmed("upi", {"frequency": "as_presented"})
    for _ in range(2):
        payment = mandates.debit(token)
        box.advance("PT25H")
        assert mandates.status(payment) == ("captured", None)


@pytest.mark.parametrize(
    ("day", "kind", "allowed"),
    # the debit falls on 19 August
    [(19, "on", True), (18, "on", False), (19, "before", True), (18, "before", False), (20, "after", False)],
)
def test_the_day_of_the_mandate_counts(box, mandates, day, kind, allowed):
    change = {"frequency": "monthly", "recurring_value": day, "recurring_type": kind}
    payment = mandates.debit(mandates.confirmed("upi", change))

    box.advance("PT25H")

    failed = ("failed", "execution_day_rule_mismatch")
    assert mandates.status(payment) == (("captured", None) if allowed else failed)


# Pre-debit notifications


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


# What surrounds them


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
