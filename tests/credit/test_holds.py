"""Holds: money for a running call is set aside once; many calls at once cannot spend the same."""

import functools
from datetime import timedelta

import pytest

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account
from accounts.restrictions import Reason
from credit import holds, intake
from credit.holds import Asked
from credit.models import Hold
from credit.service import Why
from tests import build
from tests.build import NOW
from tests.threads import errors, together


def scene(minutes=0):
    """No free minutes left; limit ₹100; what is left covers `minutes` of ₹0.60."""
    account = build.account()
    build.subscribed(account, build.plan(rental=0), now=NOW - timedelta(days=3))
    build.used(account, 1000 + 166 - minutes)
    return account


def place(account, call="c-1", *, feature="click_to_call", seconds=60, now=NOW):
    return holds.place(account.pk, call, feature, Asked(seconds=seconds), source="platform", now=now)


@pytest.mark.django_db
def test_a_call_sets_its_money_aside_and_may_last_that_long():
    account = scene(minutes=3)

    placed = place(account, seconds=120)

    assert placed.is_new
    assert (placed.hold.units, placed.hold.seconds) == (2, 120)
    assert place(account, "c-2", seconds=600).hold.seconds == 60  # what is left
    with pytest.raises(holds.Refused) as refused:
        place(account, "c-3")
    assert refused.value.why == Why.CREDIT_LIMIT_REACHED


@pytest.mark.django_db
def test_the_same_call_again_gets_the_same_answer():
    account = scene(minutes=1)
    first = place(account)

    again = place(account, seconds=6000)

    assert (again.hold, again.is_new) == (first.hold, False)
    assert Hold.objects.count() == 1


@pytest.mark.django_db
def test_an_id_of_another_call_is_refused():
    account, other = scene(minutes=2), scene(minutes=2)
    place(account)

    with pytest.raises(holds.CallDiffers):
        place(other)
    with pytest.raises(holds.CallDiffers):
        place(account, feature="incoming")


@pytest.mark.django_db
def test_the_record_replaces_the_hold():
    account = scene(minutes=2)
    place(account, "c-1", seconds=120)

    intake.take_in([build.call(account, id="c-1", seconds=30)], source="platform", now=NOW)

    assert place(account, "c-2").hold.units == 1  # one unit was used, one is free again


@pytest.mark.django_db
def test_a_record_of_another_source_leaves_it():
    account = scene(minutes=1)
    place(account, "c-1")

    intake.take_in([build.message(account, id="c-1")], source="other", now=NOW)

    assert Hold.objects.get().released_at is None


@pytest.mark.django_db
def test_a_hold_ends_by_itself(settings):
    account = scene(minutes=1)
    place(account, "c-1", seconds=60)
    over = NOW + timedelta(seconds=60 + settings.HOLD_GRACE)

    with pytest.raises(holds.Refused):
        place(account, "c-2", now=over - timedelta(seconds=1))

    assert place(account, "c-2", now=over).is_new


@pytest.mark.django_db
def test_a_restricted_account_starts_no_call():
    account = scene(minutes=9)
    restrictions.impose(account, Reason.OVERDUE, Level.OUTBOUND_BLOCKED, now=NOW)

    with pytest.raises(holds.Refused) as refused:
        place(account)

    assert refused.value.why == Why.OVERDUE
    assert place(account, feature="incoming").is_new


@pytest.mark.django_db
def test_an_unknown_feature_is_not_held():
    account = scene(minutes=9)

    with pytest.raises(holds.Refused) as refused:
        place(account, feature="fax")
    assert refused.value.why == Why.NOT_IN_PLAN


@pytest.mark.django_db
def test_old_holds_are_forgotten():
    account = scene(minutes=2)
    place(account, "old", now=NOW - timedelta(days=4))
    place(account, "new")

    assert holds.sweep(now=NOW) == 1
    assert Hold.objects.get().call_id == "new"


def thirty(account):
    return together([functools.partial(place, account, f"c-{n}") for n in range(30)])


@pytest.mark.django_db(transaction=True)
def test_of_thirty_calls_at_once_on_money_for_one_one_is_admitted():
    account = scene(minutes=1)

    results = thirty(account)

    assert sum(isinstance(one, holds.Placed) for one in results) == 1
    assert {one.why for one in errors(results)} == {Why.CREDIT_LIMIT_REACHED}


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_several_are_admitted(monkeypatch):
    """The race is real: what the test above holds, the account's lock holds."""
    account = scene(minutes=1)
    monkeypatch.setattr(type(Account.objects.all()), "lock", lambda self, pk: self.get(pk=pk))
    monkeypatch.setattr(holds, "_granted", slowly(holds._granted))

    results = thirty(account)

    assert sum(isinstance(one, holds.Placed) for one in results) > 1


@pytest.mark.django_db(transaction=True)
def test_one_id_for_calls_of_two_accounts_at_once_is_one_hold():
    accounts = [scene(minutes=5) for _ in range(4)]

    results = together([functools.partial(place, account, "same") for account in accounts])

    assert sum(isinstance(one, holds.Placed) for one in results) == 1
    assert {type(one) for one in errors(results)} == {holds.CallDiffers}


def slowly(function):
    import time

    def wrapped(*args):
        result = function(*args)
        time.sleep(0.05)
        return result

    return wrapped
