"""When a debit needs its customer, and how often and on which day a UPI mandate is debited."""

import pytest

from tests.sandbox.mandates import LAST_DAY, Mandates


@pytest.fixture
def mandates(box, sdk):
    return Mandates(box, sdk)


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
