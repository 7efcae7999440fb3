"""The limit enforced: strictly above, lifted by its own rule, looked at by whatever moves money or usage."""

import functools
import time

import pytest
from django.db import transaction

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account, Notice, Restriction
from accounts.restrictions import Reason
from credit import enforcement, exposure, intake, policy, review
from credit.models import AlertState
from invoices import usage
from tests import build
from tests.build import NOW, paise
from tests.credit.crossing import DAY, look, names, scene
from tests.threads import errors, together

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

    assert exposure.read(account, now=NOW).total_outstanding == paise(total)
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
def test_calls_take_an_account_above_its_limit():
    account = scene()
    build.used(account, 1000 + 167)  # 100.20 above the free minutes

    assert look(account) == Level.SUSPENDED


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locks", [True, False])
def test_a_crossing_is_decided_once_because_of_the_accounts_lock(locks, monkeypatch):
    """The race is real: without the lock several look at the same facts and decide the same."""
    account = scene(limit="10")
    build.charge(account, 100)
    real, decided = enforcement.step, []

    def slowly(money, *, is_restricted):
        decided.append(real(money, is_restricted=is_restricted))
        time.sleep(0.2)
        return decided[-1]

    def looks():
        with transaction.atomic():
            if locks:
                Account.objects.lock(account.pk)
            review.after_usage([account.ban], now=NOW)

    monkeypatch.setattr(enforcement, "step", slowly)

    together([looks] * 4)

    assert (decided.count(enforcement.Step.RESTRICT) == 1) is locks
