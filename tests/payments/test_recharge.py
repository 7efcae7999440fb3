"""A recharge from start to books: whatever is said, in whatever order, how often, the effect is one."""

import uuid
from datetime import timedelta

import pytest

from accounts.models import Entry, Notice
from invoices.models import Document
from payments import adopt, follow_up, parked, recharge, take_in
from payments.gateways import State, Unavailable
from payments.models import ParkedReport, Payment
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db


def start(account, rupees=1500, **fields):
    return recharge.start(
        account,
        build.paise(rupees),
        **({"token": uuid.uuid4(), "user": build.owner(account), "now": NOW} | fields),
    )


def test_the_same_token_starts_one_payment(world):
    account, token = build.account(), uuid.uuid4()

    first, again = start(account, token=token), start(account, token=token)

    assert first.pk == again.pk
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("amount", [0, 99, 50_000_001, -100])
def test_an_amount_outside_the_bounds_is_refused(world, amount):
    with pytest.raises(recharge.AmountNotPossible, match=r"₹1\.00 to ₹5,00,000\.00"):
        recharge.start(build.account(), amount, token=uuid.uuid4(), user=None, now=NOW)

    assert not Payment.objects.exists()


def test_a_payment_gets_one_order_however_often_it_is_opened(world):
    payment = start(build.account())

    first = recharge.open_order(payment, now=NOW).gateway_order_id
    again = recharge.open_order(payment, now=NOW).gateway_order_id

    assert first == again
    assert world.created == 1


def test_while_one_caller_makes_the_order_the_others_wait(world):
    payment = start(build.account())
    recharge._claim_order(payment.pk, NOW)

    other = recharge.open_order(payment, now=NOW + timedelta(seconds=1))

    assert other.gateway_order_id is None
    assert world.created == 0


def test_an_order_whose_answer_was_lost_is_found_not_made_again(world):
    world.fails = ["create-after"]

    payment = recharge.open_order(start(build.account()), now=NOW)

    assert payment.gateway_order_id == "order_00000000000001"
    assert world.created == 1


def test_a_lost_order_that_cannot_be_found_at_once_is_found_later(world):
    payment = start(build.account())
    world.fails = ["create-after", "find"]
    with pytest.raises(Unavailable):
        recharge.open_order(payment, now=NOW)

    payment = recharge.open_order(payment, now=NOW)

    assert payment.gateway_order_id == "order_00000000000001"
    assert world.created == 1


def test_an_order_that_was_not_made_is_made_by_the_next_try(world):
    payment = start(build.account())
    world.fails = ["create"]
    with pytest.raises(Unavailable):
        recharge.open_order(payment, now=NOW)

    assert recharge.open_order(payment, now=NOW).gateway_order_id
    assert world.created == 1


@pytest.mark.parametrize("times", [1, 2, 5])
def test_captured_money_is_booked_once(world, times):
    payment = build.payment(build.account(), 1500)
    world.pays(payment)

    for _ in range(times):
        payment = recharge.settle(payment.pk, now=NOW)

    assert payment.status == Payment.Status.CAPTURED
    assert Entry.objects.count() == 1
    assert Document.objects.get().kind == Document.Kind.RECEIPT_VOUCHER
    assert Notice.objects.filter(name="payment-received").count() == 1


def test_an_authorised_payment_is_captured(world):
    payment = build.payment(build.account(), 1500)
    world.pays(payment, state=State.AUTHORIZED, was_captured=False)

    assert recharge.settle(payment.pk, now=NOW).status == Payment.Status.CAPTURED


def test_a_failed_attempt_followed_by_a_good_one_is_received(world):
    payment = build.payment(build.account(), 1500)
    world.pays(payment, state=State.FAILED, reason="payment_cancelled", was_captured=False)
    assert recharge.settle(payment.pk, now=NOW).status == Payment.Status.FAILED

    world.pays(payment)

    assert recharge.settle(payment.pk, now=NOW).status == Payment.Status.CAPTURED


def test_late_money_of_a_failed_attempt_is_taken_in(world):
    payment = build.payment(build.account(), 1500)
    failed = world.pays(payment, state=State.FAILED, reason="payment_timed_out", was_captured=False)
    recharge.settle(payment.pk, now=NOW)

    world.pays(payment, payment_id=failed.payment_id)

    late = recharge.settle(payment.pk, now=NOW + timedelta(days=3))
    assert late.status == Payment.Status.CAPTURED


def test_a_stale_failure_does_not_undo_a_received_payment(world):
    payment = build.paid(build.account(), 1500)

    recharge.note(payment.pk, build.report(payment, state=State.FAILED, reason="payment_cancelled"))

    payment.refresh_from_db()
    assert payment.status == Payment.Status.CAPTURED


def test_a_success_that_the_gateway_gave_back_is_not_credited(world):
    payment = build.payment(build.account(), 1500)
    world.pays(payment, state=State.REFUNDED, was_captured=False)

    recharge.settle(payment.pk, now=NOW)

    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"amount": 100}, "amount"),
        ({"amount": 150_001}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"order_id": "order_Qa1B2c3D4e5F6g"}, "order"),
    ],
)
def test_what_differs_is_parked_and_nothing_is_credited(world, fields, kind):
    payment = build.payment(build.account(), 1500)

    take_in.capture(payment.pk, build.report(payment, **fields), now=NOW)

    payment.refresh_from_db()
    assert ParkedReport.objects.get().kind == kind
    assert payment.status == Payment.Status.UNKNOWN
    assert not Entry.objects.exists()
    assert not Document.objects.exists()
    assert not Notice.objects.exists()


def test_a_second_payment_of_one_order_is_parked(world):
    payment = build.paid(build.account(), 1500)

    take_in.capture(payment.pk, build.report(payment), now=NOW)

    assert ParkedReport.objects.get().kind == "second"
    assert Entry.objects.count() == 1


def test_parked_money_is_credited_by_a_person_once(world):
    account, staff = build.account(), build.user(staff=True)
    payment = build.payment(account, 1500)
    report = world.pays(payment, amount=100_000)
    recharge.settle(payment.pk, now=NOW)
    row = ParkedReport.objects.get()

    first = adopt.adopt(row, account, actor=staff, reason="Customer confirms", now=NOW)
    again = adopt.adopt(row, account, actor=staff, reason="Customer confirms", now=NOW)

    row.refresh_from_db()
    payment.refresh_from_db()
    assert (payment.status, payment.failure_reason) == (Payment.Status.FAILED, "credited_elsewhere")
    assert not recharge.can_be_paid(payment, now=NOW)
    assert first.pk == again.pk
    assert first.amount == report.amount == 100_000
    assert row.state == ParkedReport.State.RESOLVED
    assert Entry.objects.count() == 1


def test_parked_money_is_not_credited_to_a_second_account_or_after_it_was_closed(world):
    account, staff = build.account(), build.user(staff=True)
    for rupees in (100, 200):
        world.pays(payment := build.payment(account, 1500), amount=build.paise(rupees))
        recharge.settle(payment.pk, now=NOW)
    credited, closed = ParkedReport.objects.order_by("pk")
    adopt.adopt(credited, account, actor=staff, reason="Customer confirms", now=NOW)
    parked.resolve(closed.pk, actor=staff, resolution="Refunded at the gateway", now=NOW)

    with pytest.raises(adopt.NotAdoptable, match="in the books already"):
        adopt.adopt(credited, build.account(), actor=staff, reason="x", now=NOW)
    with pytest.raises(adopt.NotAdoptable, match="closed already"):
        adopt.adopt(closed, account, actor=staff, reason="x", now=NOW)

    assert Entry.objects.count() == 1


def test_parked_money_that_the_gateway_does_not_hold_is_not_credited(world):
    account = build.account()
    payment = build.payment(account, 1500)
    report = world.pays(payment, currency="USD")
    recharge.settle(payment.pk, now=NOW)

    with pytest.raises(adopt.NotAdoptable):
        adopt.adopt(ParkedReport.objects.get(), account, actor=build.user(staff=True), reason="x", now=NOW)

    assert not Entry.objects.exists()
    assert ParkedReport.objects.get(gateway_payment_id=report.payment_id).state == "open"


@pytest.mark.parametrize("way", ["credited", "closed"])
def test_an_event_repeated_after_a_person_decided_reopens_nothing(world, way):
    account, staff = build.account(), build.user(staff=True)
    payment = build.payment(account, 1500)
    world.pays(payment, amount=100_000)
    recharge.settle(payment.pk, now=NOW)
    row = ParkedReport.objects.get()
    if way == "credited":
        adopt.adopt(row, account, actor=staff, reason="Customer confirms", now=NOW)
    else:
        parked.resolve(row.pk, actor=staff, resolution="Refunded at the gateway", now=NOW)
    entries = Entry.objects.count()

    recharge.settle(payment.pk, now=NOW + timedelta(hours=1))

    payment.refresh_from_db()
    assert payment.status == Payment.Status.FAILED
    assert (ParkedReport.objects.get().state, Entry.objects.count()) == ("resolved", entries)


def test_a_parked_report_is_closed_with_a_note_and_an_audit_row(world):
    payment = build.payment(build.account(), 1500)
    take_in.capture(payment.pk, build.report(payment, amount=1), now=NOW)
    row = ParkedReport.objects.get()

    parked.resolve(row.pk, actor=build.user(staff=True), resolution="Refunded at the gateway", now=NOW)

    payment.refresh_from_db()
    assert payment.status == Payment.Status.FAILED
    assert payment.account.audit_events.get().reason == "Refunded at the gateway"


@pytest.mark.parametrize(
    ("after", "next_after"),
    [
        (timedelta(0), timedelta(minutes=1)),
        (timedelta(minutes=1), timedelta(minutes=3)),
        (timedelta(minutes=5), timedelta(minutes=10)),
        (timedelta(minutes=10), timedelta(hours=1, minutes=10)),
        (timedelta(days=4, hours=23), timedelta(days=5)),
        (timedelta(days=5), None),
    ],
)
def test_follow_up_asks_after_1_3_and_10_minutes_then_hourly_for_five_days(after, next_after):
    from payments import policy

    assert policy.next_look(NOW, NOW + after) == (None if next_after is None else NOW + next_after)


def test_a_closed_tab_is_found_by_the_follow_up(world):
    payment = build.payment(build.account(), 1500)
    world.pays(payment)

    follow_up.follow_up(now=NOW + timedelta(minutes=1))

    payment.refresh_from_db()
    assert payment.status == Payment.Status.CAPTURED
    assert payment.next_check_at is None


def test_a_payment_nobody_finished_ends_after_five_days_and_can_still_come(world):
    payment = build.payment(build.account(), 1500)
    at = NOW
    for _ in range(200):
        payment.refresh_from_db()
        if payment.next_check_at is None:
            break
        at = payment.next_check_at
        follow_up.follow_up(now=at)

    assert (payment.status, payment.failure_reason) == (Payment.Status.FAILED, "abandoned")
    assert at == NOW + timedelta(days=5)
    world.pays(payment)
    assert recharge.settle(payment.pk, now=at).status == Payment.Status.CAPTURED


def test_the_customer_hears_of_a_failure_once_and_not_before_ten_minutes(world):
    payment = build.payment(build.account(), 1500)
    world.pays(payment, state=State.FAILED, reason="insufficient_funds", was_captured=False)

    follow_up.follow_up(now=NOW + timedelta(minutes=3))
    assert not Notice.objects.exists()
    for hours in (1, 2, 3):
        follow_up.follow_up(now=NOW + timedelta(hours=hours))

    assert Notice.objects.get().name == "payment-failed"
    assert "too little money" in Notice.objects.get().context["reason"]


def test_a_gateway_that_is_away_changes_nothing_and_is_asked_again(world):
    payment = build.payment(build.account(), 1500)
    world.pays(payment)
    world.fails = ["payments"]

    follow_up.follow_up(now=NOW + timedelta(minutes=1))
    payment.refresh_from_db()
    assert payment.status == Payment.Status.CREATED
    assert payment.next_check_at == NOW + timedelta(minutes=3)

    follow_up.follow_up(now=NOW + timedelta(minutes=3))
    payment.refresh_from_db()
    assert payment.status == Payment.Status.CAPTURED
