"""Credit limits as events make them: each cause once, judged by capture time, told to the customer, explained."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import notices, restrictions
from accounts.models import Account, Notice, Restriction
from billing_portal.unit import unit
from credit import limit_outlook, limits, policy
from credit.limit_outlook import What
from credit.models import CreditLimit, LimitChange
from invoices import billing_job, credit_notes
from payments import take_in
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RESTRICTED = Restriction.Reason.CREDIT, Restriction.Level.OUTBOUND_BLOCKED


@unit
def reassess(account, now=NOW):
    return limits.reassess(Account.objects.lock(account.pk), now=now)


def kinds(account):
    rows = account.limit_changes.exclude(kind="base").order_by("on", "kind", "key")
    return list(rows.values_list("kind", flat=True))


def test_a_new_account_has_the_floor():
    account = build.account()

    assert limits.of(account) == policy.FLOOR == paise(100)
    assert reassess(account).amount == paise(100)
    assert not Notice.objects.exists()


def test_a_tenth_of_the_money_of_twelve_months():
    account = build.account()
    build.paid(account, 5000, now=NOW - timedelta(days=366))
    build.paid(account, 12_345, now=NOW - timedelta(days=300))

    limit = reassess(account)

    assert (limit.received, limit.base) == (paise(12_345), paise(1235))
    assert limits.of(account) == limit.amount


@pytest.mark.parametrize(
    ("captured", "kind"),
    [
        (datetime(2026, 12, 1, 18, 29, 59, tzinfo=UTC), "timely_payment"),  # the due date, 23:59:59 IST
        (datetime(2026, 12, 1, 18, 30, 0, tzinfo=UTC), "late_payment"),
    ],
)
def test_lateness_is_judged_by_the_moment_of_capture(captured, kind):
    account = build.account()
    bill = build.charge(account, 1000)
    payment = build.payment(account, 1180, now=captured)
    booked = captured + timedelta(hours=20)
    take_in.capture(payment.pk, build.report(payment), now=booked)

    reassess(account, booked)

    assert bill.due_on == date(2026, 12, 1)
    assert kinds(account) == [kind]


def test_the_bill_of_a_cycle_is_a_renewal_and_money_set_off_in_time_counts():
    account = build.account()
    build.subscribed(account)
    build.paid(account, 1180)
    build.paid(account, 5000)
    billing_job.run(lambda done: None, now=NOW + timedelta(days=30))

    limit = reassess(account, NOW + timedelta(days=30))

    assert kinds(account) == ["advance_deposit", "timely_payment", "timely_renewal"]
    assert limit.factor == 115


def test_a_late_renewal():
    account = build.account()
    build.limit(account, 5000)
    build.subscribed(account)
    billing_job.run(lambda done: None, now=NOW + timedelta(days=30))
    build.paid(account, 1180, now=NOW + timedelta(days=5))
    build.paid(account, 1180, now=NOW + timedelta(days=38))

    reassess(account, NOW + timedelta(days=38))

    assert kinds(account) == ["timely_payment", "late_renewal"]


def test_a_bill_cancelled_by_a_credit_note_gives_no_cause():
    account = build.account()
    bill = build.charge(account, 1000)
    credit_notes.issue_note(bill.pk, paise(1000), "Not delivered", token="t", now=NOW)

    reassess(account)

    assert kinds(account) == []


def test_a_part_paid_bill_gives_none_until_it_is_covered():
    account = build.account()
    build.limit(account, 5000)
    build.charge(account, 1000)
    build.paid(account, 500)
    reassess(account)
    assert kinds(account) == []

    build.paid(account, 680, now=NOW + DAY)
    reassess(account, NOW + DAY)

    assert kinds(account) == ["timely_payment"]
    assert LimitChange.objects.get(kind="timely_payment").details["about"].startswith("VI/2627/")


@pytest.mark.parametrize(("rupees", "found"), [("1179.99", []), ("1180.00", ["advance_deposit"])])
def test_an_advance_deposit_is_a_months_rental_with_nothing_due(rupees, found):
    account = build.account()
    build.subscribed(account)
    build.paid(account, 1180)
    reassess(account)

    build.paid(account, rupees, now=NOW + DAY)
    reassess(account, NOW + DAY)

    assert kinds(account) == ["timely_payment", *found]


def test_an_advance_beside_something_due_is_none():
    account = build.account()
    build.subscribed(account)
    build.paid(account, 10_000)

    reassess(account)

    assert kinds(account) == ["timely_payment"]


def test_a_payment_while_restricted_for_credit_costs_fifteen_points():
    account = build.account()
    restrictions.impose(account, *RESTRICTED, now=NOW - DAY)
    build.paid(account, 100, now=NOW)
    restrictions.lift(account, Restriction.Reason.CREDIT, now=NOW)
    build.paid(account, 100, now=NOW + DAY)

    assert reassess(account, NOW + DAY).factor == 85
    assert kinds(account) == ["limit_crossed"]


def test_repeating_does_nothing():
    account = build.account()
    build.subscribed(account)
    build.paid(account, 20_000)
    reassess(account)
    rows = CreditLimit.objects.values().get(), list(LimitChange.objects.values()), Notice.objects.count()

    reassess(account)
    reassess(account, NOW + timedelta(minutes=1))

    assert rows == (
        CreditLimit.objects.values().get(),
        list(LimitChange.objects.values()),
        Notice.objects.count(),
    )


def test_each_event_at_once_or_all_at_the_end_give_the_same():
    told, late = build.account(), build.account()
    for account in (told, late):
        for month in range(4):
            at = NOW + timedelta(days=31 * month)
            build.charge(account, 1000, now=at)
            build.paid(account, 1180, now=at + timedelta(days=(1, 9)[month % 2]))
            if account == told:
                reassess(account, at + timedelta(days=9))
    end = NOW + timedelta(days=120)

    assert [(s.cause.kind, s.factor) for s in reassess(told, end).steps] == [
        (s.cause.kind, s.factor) for s in reassess(late, end).steps
    ]


def test_the_queries_do_not_grow_with_the_history():
    counts = []
    for times in (1, 10):
        account = build.account()
        for _ in range(times):
            build.charge(account, 100)
            build.paid(account, 1000)
        with CaptureQueriesContext(connection) as captured:
            reassess(account)
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 16


def test_the_customer_is_told_before_after_and_why():
    account = build.account()
    build.charge(account, 10_000)
    build.paid(account, 11_800)

    reassess(account)

    notice = Notice.objects.get(name="limit-changed")
    context = notice.context
    assert (context["before"], context["after"]) == (paise(100), paise(1239))
    assert [one["kind"] for one in context["causes"]] == ["timely_payment", "base"]
    notices.send_due(now=NOW)
    notice.refresh_from_db()
    assert notice.state == "sent"
    assert "Your credit limit is now ₹1,239.00" in notice.text
    assert "Invoice paid on time (VI/2627/" in notice.text


def test_the_mail_counts_in_points_and_says_of_a_step_why_it_does_not_count():
    account = build.account()
    build.charge(account, 10_000)
    build.paid(account, 11_800)
    build.charge(account, 10_000)
    restrictions.impose(account, *RESTRICTED, now=NOW)
    build.paid(account, 11_800)

    reassess(account)
    notices.send_due(now=NOW)

    mails = [one.text for one in account.notices.filter(name="limit-changed").order_by("pk")]
    assert ", +5 points" in mails[0]
    assert "−15 points" in mails[-1]
    assert "not counted: one a cycle" in mails[-1]


def test_it_says_what_would_raise_and_lower_it():
    account = build.account()
    build.paid(account, 10_000, now=NOW - timedelta(days=350))
    build.paid(account, 10_000)
    bill = build.charge(account, 30_000)
    reassess(account)

    page = limit_outlook.explain(account, today=NOW.date())

    assert page.limit.amount == limits.of(account)
    found = {one.what: one for one in page.ahead}
    assert found[What.PAY].about == bill.number
    assert (found[What.PAY].on, found[What.PAY].change) == (bill.due_on, paise(100))
    assert (found[What.LATE].on, found[What.LATE].change) == (bill.due_on + DAY, paise(-200))
    assert (found[What.SLIDES].on, found[What.SLIDES].change) == (date(2026, 12, 24), paise(-1000))


def test_the_database_refuses_to_change_a_cause():
    account = build.account()
    build.charge(account, 1000)
    build.paid(account, 1180)
    reassess(account)

    with pytest.raises(Exception, match="never changed"):
        LimitChange.objects.update(points=50)


def test_what_paying_costs_after_the_limit_was_crossed_is_told_and_comes_true():
    account = build.account()
    build.paid(account, 60_000, now=NOW - 30 * DAY)
    bill = build.charge(account, 9_000)
    Restriction.objects.create(account=account, reason=RESTRICTED[0], level=RESTRICTED[1], imposed_at=NOW)
    told = limit_outlook.explain(account, today=NOW.date())
    crossed = next(one for one in told.ahead if one.what == What.CROSSED)

    build.paid(account, bill.total // 100, now=NOW)

    assert (crossed.points, "limit_crossed" in kinds(account)) == (-15, True)


def test_of_two_bills_payable_in_one_cycle_only_the_first_is_told_to_raise_the_limit():
    account = build.account()
    build.limit(account, 9_000)
    first, second = build.charge(account, 1_000), build.charge(account, 2_000)

    told = limit_outlook.explain(account, today=NOW.date()).ahead
    by_bill = {one.about: one.points for one in told if one.what == What.PAY}
    build.paid(account, 3_540)
    steps = limits.read(account, today=NOW.date()).steps

    assert by_bill == {first.number: 5, second.number: 0}
    assert [step.is_counted for step in steps if step.cause.kind == "timely_payment"] == [True, False]
