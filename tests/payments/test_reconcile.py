"""The nightly reconciliation: both ways, every kind of difference, and nothing where there is none."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from accounts.models import JobRun, Line
from payments import differences, recharge, reconcile
from payments.gateways import State
from payments.gateways.refunds import RefundState
from payments.models import DayClose, Difference, ParkedReport, Payment, Settlement
from tests import build

pytestmark = pytest.mark.django_db

NIGHT = build.NOW + timedelta(days=1)
Kind = Difference.Kind


@pytest.fixture
def paid(world):
    """Pay rupees into an account, through the gateway's world and our books."""

    def pay(rupees=1000, *, at=build.NOW, **fields):
        payment = build.payment(build.account(), rupees, now=at)
        report = world.pays(payment, **fields)
        recharge.settle(payment.pk, now=at)
        payment.refresh_from_db()
        return payment, report

    return pay


def night(at=NIGHT):
    """One night's run, whatever night it is."""
    JobRun.objects.filter(job=reconcile.JOB, business_date=at.date()).update(finished_at=None)
    return reconcile.run(now=at)


def found():
    return {(one.kind, one.subject): one for one in Difference.objects.standing()}


def book(name):
    return Line.objects.filter(book=name).total()


def test_what_agrees_makes_no_difference_and_closes_the_day(world, paid):
    paid(1000)
    paid(500)

    counts = night()

    assert (counts["payments"], counts["new"]) == (2, 0)
    day = DayClose.objects.get(day=build.NOW.date())
    assert (day.received_gateway, day.received_ledger, day.received_documents) == (150_000,) * 3
    assert (day.state, day.rest, bool(day.closed_at)) == ("agreed", 0, True)


def test_a_payment_of_our_order_that_nobody_told_us_of_is_taken_in(world):
    payment = build.payment(build.account(), 1000)
    world.pays(payment)

    night()

    payment.refresh_from_db()
    assert payment.status == Payment.Status.CAPTURED
    assert not found()


def test_a_payment_of_no_order_of_ours_is_parked_and_stays_a_difference(world):
    stranger = build.payment(build.account(), 700)
    report = world.pays(stranger, order_id=build.gateway_id("order"))
    world.receipts.clear()

    night()

    parked = ParkedReport.objects.get()
    assert (parked.kind, parked.gateway_payment_id) == ("unknown_order", report.payment_id)
    one = found()[Kind.PAYMENT_MISSING_HERE, report.payment_id]
    assert (one.ours, one.theirs, one.state) == (None, 70_000, "open")
    day = DayClose.objects.get(day=build.NOW.date())
    assert (day.state, day.received_gateway, day.received_ledger, day.rest) == ("explained", 70_000, 0, 0)


def test_a_payment_that_the_gateway_does_not_list_is_a_difference_until_it_is_listed(world, paid):
    _payment, report = paid(1000)
    world.listed.hidden.add(report.payment_id)

    night()
    one = found()[Kind.PAYMENT_MISSING_THERE, report.payment_id]
    world.listed.hidden.clear()
    night(NIGHT + timedelta(days=1))

    assert (one.ours, one.theirs) == (100_000, None)
    one.refresh_from_db()
    assert (one.state, one.closed_by) == ("resolved", None)
    assert one.events.order_by("pk").last().text == "Gone: the sides agree now."


def test_one_that_was_listed_and_is_not_any_more_is_missed(world, paid):
    _payment, report = paid(1000)
    night()
    world.listed.hidden.add(report.payment_id)

    night(NIGHT + timedelta(days=1))

    assert (Kind.PAYMENT_MISSING_THERE, report.payment_id) in found()
    day = DayClose.objects.get(day=build.NOW.date())
    assert (day.state, day.received_gateway, day.received_ledger, day.rest) == ("explained", 0, 100_000, 0)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"amount": 99_999}, Kind.PAYMENT_AMOUNT),
        ({"currency": "USD"}, Kind.PAYMENT_AMOUNT),
        ({"status": "failed", "was_captured": False}, Kind.PAYMENT_STATUS),
        ({"status": "authorized", "was_captured": False}, Kind.PAYMENT_LATE),
    ],
)
def test_a_payment_told_otherwise_is_named(world, paid, told, kind):
    _payment, report = paid(1000)
    world.listed.changes[report.payment_id] = told

    night()

    assert set(found()) == {(kind, report.payment_id)}
    day = DayClose.objects.get(day=build.NOW.date())
    assert day.rest == 0
    assert day.state == "explained"


def test_what_the_gateway_gave_back_before_it_was_ours_is_no_difference(world, paid):
    payment, _report = paid(1000)
    world.pays(payment, state=State.REFUNDED, was_captured=False)

    night()

    assert not found()


def test_a_settlement_is_posted_to_the_paisa(world, paid):
    (_, one), (_, two) = paid(1000), paid(500)
    told = world.listed.settle(one, two, at=build.NOW)

    night()
    night(NIGHT + timedelta(days=1))

    row = Settlement.objects.get()
    assert (row.amount, row.utr, bool(row.posted_at)) == (150_000 - 2360 - 1180, told.utr, True)
    assert (book("gateway"), book("suspense"), book("fees"), book("input_gst")) == (0, -146_460, -3000, -540)
    assert DayClose.objects.get(day=build.NOW.date()).settled_ledger == 146_460


def test_a_refund_made_at_the_gateway_is_taken_in_and_nets_in_its_settlement(world, paid):
    payment, report = paid(1000)
    world.given.comes_as = RefundState.PROCESSED
    back = world.given.make(report.payment_id, 20_000)
    world.listed.settle(report, back)

    counts = night()

    assert (counts["refunds_taken"], counts["new"]) == (1, 0)
    payment.refresh_from_db()
    assert payment.status == "partly_refunded"
    assert (book("gateway"), book("suspense")) == (0, -(100_000 - 2360 - 20_000))
    day = DayClose.objects.get(day=build.NOW.date())
    assert (day.state, day.refunded_gateway, day.refunded_ledger, day.refunded_documents) == (
        "agreed", 20_000, 20_000, 20_000,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"amount": 19_900}, Kind.REFUND_AMOUNT),
        ({"state": RefundState.FAILED}, Kind.REFUND_STATUS),
        (None, Kind.REFUND_MISSING_THERE),
    ],
)
def test_a_refund_told_otherwise_is_named(world, paid, told, kind):
    _payment, report = paid(1000)
    world.given.comes_as = RefundState.PROCESSED
    back = world.given.make(report.payment_id, 20_000)
    night()
    if told is None:
        world.listed.hidden.add(back.refund_id)
    else:
        world.given.change(back.refund_id, **told)

    night(NIGHT + timedelta(days=1))

    assert set(found()) == {(kind, back.refund_id)}
    assert DayClose.objects.get(day=build.NOW.date()).state == "explained"


def test_money_not_paid_out_after_five_working_days_is_named(world, paid):
    _payment, report = paid(1000)  # a Tuesday: T+5 is Tuesday, 1 December

    reconcile.run(now=build.NOW + timedelta(days=7))
    assert not found()
    reconcile.run(now=build.NOW + timedelta(days=8))

    assert set(found()) == {(Kind.UNSETTLED, report.payment_id)}


def test_a_missing_row_is_named_posted_after_a_day_and_booked_when_it_comes(world, paid):
    (_, one), (_, two) = paid(1000), paid(500)
    told = world.listed.settle(one, two)
    world.listed.hidden.add(two.payment_id)

    night(build.NOW + timedelta(hours=2))
    assert found()[Kind.SETTLEMENT_SUM, told.settlement_id].gap == 48_820
    assert not Settlement.objects.get().posted_at
    night(NIGHT)
    assert (book("suspense"), book("gateway")) == (-146_460, -1180)
    world.listed.hidden.clear()
    night(NIGHT + timedelta(days=1))

    assert (book("gateway"), book("fees"), book("input_gst")) == (0, -3000, -540)
    assert (Kind.SETTLEMENT_SUM, told.settlement_id) not in found()


def test_each_kind_of_wrong_row_is_named(world, paid):
    made = [paid(1000)[1] for _ in range(4)]
    told = world.listed.settle(*made)
    rows = {row.entity_id: row for row in world.listed.rows}
    world.listed.rows.append(rows[made[0].payment_id])  # told twice
    changed = replace(rows[made[1].payment_id], fee=2460, credit=100_000 - 2460)
    world.listed.rows[world.listed.rows.index(rows[made[1].payment_id])] = changed
    wrong = replace(rows[made[2].payment_id], amount=99_900)
    world.listed.rows[world.listed.rows.index(rows[made[2].payment_id])] = wrong
    world.listed.rows[world.listed.rows.index(rows[made[3].payment_id])] = replace(
        rows[made[3].payment_id], entity_id=build.gateway_id("pay")
    )
    world.listed.change(told, amount=told.amount - 100)
    adjusted = world.listed.adjust(told, -5000)
    disputed = world.listed.adjust(told, -7000, dispute_id=build.gateway_id("disp"))

    night()

    assert {kind for kind, _subject in found()} == {
        Kind.LINE_TWICE, Kind.LINE_FEE, Kind.LINE_AMOUNT, Kind.LINE_UNKNOWN, Kind.ADJUSTMENT, Kind.DISPUTE,
        Kind.SETTLEMENT_SUM,
    }  # fmt: skip
    assert found()[Kind.ADJUSTMENT, adjusted.entity_id].theirs == -5000
    assert found()[Kind.DISPUTE, disputed.entity_id].theirs == -7000


def test_a_failed_settlement_is_taken_back_until_it_is_paid_again(world, paid):
    _, one = paid(1000)
    told = world.listed.settle(one)
    night()
    world.listed.change(told, status="failed")
    world.listed.rows.clear()

    night(NIGHT + timedelta(days=1))
    assert (Kind.SETTLEMENT_FAILED, told.settlement_id) in found()
    assert (book("gateway"), book("suspense"), book("fees")) == (-100_000, 0, 0)
    world.listed.settle(one, at=NIGHT + timedelta(days=1))
    night(NIGHT + timedelta(days=2))

    assert not found()
    assert (book("gateway"), book("suspense")) == (0, -97_640)


def test_a_list_that_breaks_off_compares_nothing(world, paid):
    _payment, report = paid(1000)
    world.listed.hidden.add(report.payment_id)
    world.fails.append("rows")

    with pytest.raises(Exception, match="time-out in rows"):
        night()

    assert not Difference.objects.exists()
    assert JobRun.objects.get().finished_at is None
    assert night()["new"] == 1


def test_missed_days_are_read_by_the_next_run(world, paid):
    reconcile.run(now=build.NOW)
    _payment, report = paid(1000, at=build.NOW + timedelta(hours=2))
    world.listed.hidden.add(report.payment_id)

    reconcile.run(now=build.NOW + timedelta(days=20))

    assert (Kind.PAYMENT_MISSING_THERE, report.payment_id) in found()
    assert JobRun.objects.filter(job="reconcile").count() == 21
    assert DayClose.objects.filter(day=build.NOW.date()).get().state == "explained"


def test_what_a_person_resolved_stays_so_until_it_changes(world, paid):
    _payment, report = paid(1000)
    world.listed.changes[report.payment_id] = {"amount": 99_000}
    night()
    one = Difference.objects.get()
    differences.resolve(one.pk, by=build.user(staff=True), reason="Their list is wrong", now=NIGHT)

    night(NIGHT + timedelta(days=1))
    one.refresh_from_db()
    assert one.state == "resolved"
    world.listed.changes[report.payment_id] = {"amount": 98_000}
    night(NIGHT + timedelta(days=2))

    one.refresh_from_db()
    assert (one.state, one.theirs, one.closed_by) == ("open", 98_000, None)


def test_a_difference_of_nobody_goes_to_the_first_who_may_settle_it(world, paid):
    _payment, report = paid(1000)
    world.listed.changes[report.payment_id] = {"amount": 99_000}
    night()
    assert Difference.objects.get().owner is None
    one = build.user(staff=True)
    one.user_permissions.add(Permission.objects.get(codename=differences.RIGHT))

    night(NIGHT + timedelta(days=1))

    assert Difference.objects.get().owner == one


def test_what_is_gone_keeps_who_resolved_it_before(world, paid):
    payments = [paid(1000)[1] for _ in range(2)]
    for report in payments:
        world.listed.changes[report.payment_id] = {"amount": 99_000}
    night()
    one = Difference.objects.get(subject=payments[0].payment_id)
    person = build.user(staff=True)
    differences.resolve(one.pk, by=person, reason="Their list is wrong", now=NIGHT)
    world.listed.changes.clear()

    later = NIGHT + timedelta(days=1)
    night(later)

    rows = {row.subject: row for row in Difference.objects.all()}
    said, unsaid = (rows[report.payment_id] for report in payments)
    assert (said.gone_at, said.closed_at, said.closed_by) == (later, NIGHT, person)
    assert (unsaid.gone_at, unsaid.closed_at, unsaid.closed_by, unsaid.state) == (
        later,
        later,
        None,
        "resolved",
    )
    assert {event.text for event in unsaid.events.all()} >= {"Gone: the sides agree now."}


def test_the_same_night_twice_changes_nothing(world, paid):
    _, one = paid(1000)
    world.listed.settle(one)
    first = reconcile.run(now=NIGHT)

    assert reconcile.run(now=NIGHT) == {}
    again = night()

    assert first["posted"] == 1
    assert (again["posted"], again["new"], again["taken"]) == (0, 0, 0)
    assert JobRun.objects.get().finished_at
