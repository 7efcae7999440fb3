"""The limit enforced and the alerts given: strictly above, once a crossing, lifted by its own rule."""

import functools
from datetime import timedelta

import pytest

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account, Notice, Restriction
from accounts.restrictions import Reason
from credit import alerts, exposure, intake, policy, review
from credit.models import AlertState
from invoices import usage
from tests import build
from tests.build import NOW, paise
from tests.threads import errors, together

DAY = timedelta(days=1)


def scene(limit=None, **fields):
    account = build.account(**fields)
    build.subscribed(account, build.plan(rental=0), now=NOW - 3 * DAY)
    if limit is not None:
        build.limit(account, limit)
    return account


def look(account, now=NOW):
    review.after_usage([account.ban], now=now)
    account.refresh_from_db()
    return account.wanted_level


def names(account):
    return sorted(account.notices.values_list("name", flat=True))


# fmt: off
EDGE = (
    # charge before tax   total outstanding   level
    ("1016.95",           "1200.00",          Level.ACTIVE),
    ("1016.96",           "1200.01",          Level.SUSPENDED),
)
# fmt: on


@pytest.mark.django_db
@pytest.mark.parametrize(("charge", "total", "level"), EDGE)
def test_exceeded_means_strictly_above(charge, total, level):
    account = scene(limit="1200", state="27")
    build.charge(account, charge)

    assert exposure.read(account).total_outstanding == paise(total)
    assert look(account) == level


@pytest.mark.django_db
def test_a_new_account_with_nothing_is_active():
    account = build.account()

    assert look(account) == Level.ACTIVE
    assert not account.notices.filter(name__startswith="credit").exists()


@pytest.mark.django_db
def test_incoming_calls_go_on_where_the_policy_says_so(monkeypatch):
    row = policy.Shuts(outgoing=True, messages=True, incoming=False)
    monkeypatch.setattr(policy, "ABOVE_LIMIT", row)
    account = scene(limit="10")
    build.charge(account, 100)

    assert look(account) == Level.OUTBOUND_BLOCKED


@pytest.mark.django_db
def test_it_is_told_once_and_lifted_when_dues_are_paid_and_the_total_is_inside():
    account = scene(limit="10")
    build.charge(account, 100)
    look(account)
    look(account)
    stood = names(account).count("credit-suspended")

    build.paid(account, 118)
    account.refresh_from_db()

    assert (stood, account.wanted_level) == (1, Level.ACTIVE)
    assert names(account).count("credit-restored") == 1


@pytest.mark.django_db
def test_inside_the_limit_is_not_enough_while_a_bill_is_due():
    account = scene(limit="50")
    build.charge(account, 100)
    look(account)

    build.paid(account, 100)  # 18.00 stays due, inside the limit
    account.refresh_from_db()
    still = account.wanted_level
    build.paid(account, 18)
    account.refresh_from_db()

    assert (still, account.wanted_level) == (Level.SUSPENDED, Level.ACTIVE)


@pytest.mark.django_db
def test_another_restriction_stays():
    account = scene(limit="10")
    build.charge(account, 100)
    look(account)
    restrictions.impose(account, Reason.MANUAL, Level.OUTBOUND_BLOCKED, now=NOW)

    build.paid(account, 118)
    account.refresh_from_db()

    assert account.wanted_level == Level.OUTBOUND_BLOCKED


@pytest.mark.django_db
def test_messages_never_take_an_account_above_its_limit_calls_do():
    account = scene()
    build.used(account, 1000 + 167)  # 100.20 above the free minutes

    assert look(account) == Level.SUSPENDED


@pytest.mark.django_db
def test_low_balance_is_told_on_the_crossing_and_armed_again_above():
    account = scene()
    told = []
    for day, pays, minutes in ((0, 0, 0), (1, 700, 0), (2, 0, 1160), (3, 0, 1), (4, 700, 0), (5, 0, 1200)):
        now = NOW + day * DAY
        if pays:
            build.paid(account, pays, now=now)
        build.used(account, minutes, now=now, key=f"d{day}")
        look(account, now)
        told.append(names(account).count("low-balance"))

    # a new account crosses nothing; above; below: told; still below: nothing; above; below again: told again
    assert told == [0, 0, 1, 1, 1, 2]


@pytest.mark.django_db
def test_low_balance_is_told_at_most_once_a_day():
    account = scene()
    told = []
    for part in range(2):
        build.paid(account, 700)
        build.used(account, 1160 if part == 0 else 990, key=f"p{part}")
        look(account)
        told.append(names(account).count("low-balance"))

    look(account, NOW + DAY)

    assert (told, names(account).count("low-balance")) == ([1, 1], 2)


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "registration"), [("29", "regular"), ("27", "regular"), ("29", "sez_lut")])
@pytest.mark.parametrize("owed", ["0.01", "0.99", "500", "847.46", "12345.67"])
def test_paying_the_minimum_to_pay_ends_above_the_minimum(state, registration, owed):
    account = build.account(state=state, registration=registration)
    build.charge(account, owed)
    before = exposure.read(account)
    minimum = alerts.minimum_to_pay(before, account.minimum_balance)

    build.paid(account, f"{minimum // 100}.{minimum % 100:02}")
    after = exposure.read(account).balance

    assert after > account.minimum_balance
    assert after - account.minimum_balance <= 100  # a rupee less would not have been enough


@pytest.mark.django_db
@pytest.mark.parametrize("minimum", [-10_000, 0, 1, 50_000, 99_999])
def test_the_least_payment_for_a_balance_is_the_least(minimum):
    account = scene()
    build.charge(account, 50)
    money = exposure.read(account)
    least = money.to_pay_for(minimum)

    build.paid(account, f"{least // 100}.{least % 100:02}") if least >= 100 else None

    if least >= 100:
        reached = exposure.read(account).balance
        assert minimum <= reached <= minimum + 1


# fmt: off
MARKS = (
    # used of 1,000 (per cent), one after the other     warnings told
    ((79, 80, 85),                                      [80]),
    ((96,),                                             [95]),
    ((80, 95, 99),                                      [80, 95]),
    ((80, 77, 81),                                      [80]),
    ((80, 74, 81),                                      [80, 80]),
    ((95, 91, 96),                                      [95]),
    ((95, 89, 96),                                      [95, 95]),
    ((101,),                                            []),
)
# fmt: on


@pytest.mark.django_db
@pytest.mark.parametrize(("used", "told"), MARKS)
def test_limit_warnings_at_80_and_95_per_cent(used, told):
    account = scene()
    build.used(account, 1000)
    build.charge(account, "500")  # 590.00 outstanding
    for step, per_cent in enumerate(used):
        build.limit(account, 590 * 100 // per_cent)  # so that so many per cent of it are used
        look(account, NOW + step * timedelta(hours=1))

    warned = account.notices.filter(name="credit-limit-warning").order_by("pk")
    assert [one.context["mark"] for one in warned] == told


@pytest.mark.django_db
def test_the_credit_limit_mail_comes_at_80_per_cent_once_a_cycle_with_its_seven_fields():
    account = scene(limit="1200")
    for part in range(4):
        build.used(account, 300, key=f"p{part}")  # of 1,000 + 500 free call units
        look(account)
    short = account.notices.filter(name="credit-limit").count()
    build.used(account, 200, feature="incoming")
    look(account)
    look(account)

    mail = account.notices.get(name="credit-limit")
    fields = {
        "outstanding",
        "prepaid",
        "current_usage",
        "available",
        "exceeded",
        "limit",
        "total_outstanding",
    }
    assert short == 0
    assert fields <= set(mail.context)
    assert mail.context["exceeded"] == ["Click-to-call"]
    assert mail.context["available"] == ["Incoming calls", "Click-to-call"]


def batch(account, number):
    return functools.partial(
        intake.take_in,
        [build.call(account, id=f"b{number}-{n}", at=NOW - DAY, seconds=60 * 25) for n in range(12)],
        source="platform",
        now=NOW,
    )


@pytest.mark.django_db(transaction=True)
def test_eight_ingests_at_once_tell_each_crossing_once():
    account = scene()
    build.paid(account, "590.01")  # 500.01: just above the minimum
    build.used(account, 300, feature="incoming")

    results = together(
        [batch(account, number) for number in range(8)]
    )  # 2,400 minutes: 840.00 above the free ones

    assert not errors(results)
    counted = {name: names(account).count(name) for name in set(names(account))}
    assert counted["low-balance"] == counted["credit-suspended"] == counted["credit-limit"] == 1
    assert Restriction.objects.filter(account=account).count() == 1
    assert AlertState.objects.filter(account=account).count() == 1


@pytest.mark.django_db
def test_what_moves_the_ledger_is_looked_at_within_seconds():
    account = scene(limit="10")
    build.charge(account, 100)
    before = Account.objects.get(pk=account.pk)

    looked_at = review.sweep(now=NOW)

    after = Account.objects.get(pk=account.pk)
    assert before.review_at is not None and looked_at >= 1
    assert (after.review_at, after.wanted_level) == (None, Level.SUSPENDED)
    assert review.sweep(now=NOW) == 0


@pytest.mark.django_db
def test_an_account_that_fails_keeps_no_other_waiting(monkeypatch):
    first, second = scene(limit="10"), scene(limit="10")
    for account in (first, second):
        build.charge(account, 100)
    real = review.after_money

    def fail(account, *, now):
        if account.pk == first.pk:
            raise RuntimeError("broken")
        real(account, now=now)

    monkeypatch.setattr(review, "after_money", fail)

    review.sweep(now=NOW)

    second.refresh_from_db()
    first.refresh_from_db()
    assert second.wanted_level == Level.SUSPENDED
    assert first.review_at is not None


@pytest.mark.django_db
def test_checks_cost_the_same_statements_for_one_account_and_for_many(django_assert_max_num_queries):
    accounts = [scene() for _ in range(5)]
    for account in accounts:
        review.after_usage([account.ban], now=NOW)  # their first alerts are given

    with django_assert_max_num_queries(1):
        review.after_usage([account.ban for account in accounts], now=NOW)


@pytest.mark.django_db
def test_a_batch_that_comes_again_tells_nothing_again():
    account = scene()
    build.used(account, 400, feature="incoming")
    records = [build.call(account, id=f"c{n}", at=NOW - DAY, seconds=60 * 60) for n in range(20)]

    for _ in range(2):
        outcomes = intake.take_in(records, source="platform", now=NOW)

    assert {one.outcome for one in outcomes} == {usage.DUPLICATE}
    assert names(account).count("credit-suspended") == 1
    assert Notice.objects.filter(account=account, name="credit-limit").count() == 1
