"""Holds of messages: free units and prepaid money are set aside before they are sent; credit never is."""

import functools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account
from accounts.restrictions import Reason
from credit import exposure, facts, holds, intake, service
from credit.facts import Facts, FeatureFacts
from credit.holds import Asked
from credit.models import Hold
from credit.service import Why
from invoices.gst import Supply
from invoices.rating import Used
from tests import build
from tests.build import NOW
from tests.credit.test_holds import slowly
from tests.threads import errors, together

FIVE = "1.18"  # rupees that pay five messages of ₹0.20, and their tax


def scene(paid="", *, free=0, price=20_000):
    """₹0.20 a message above the free ones, a limit of ₹100 that messages may not touch, what was paid in advance."""
    account = build.account()
    build.subscribed(account, build.plan(rental=0, sms=price, free_sms=free), now=NOW - timedelta(days=3))
    if paid:
        build.paid(account, paid)
    return account


def ask(account, units=1, message="m-1", *, feature="sms", now=NOW):
    return holds.place(account.pk, message, feature, Asked(units=units), source="platform", now=now)


def granted(account, units, message):
    """How many may be sent, or why none."""
    try:
        return ask(account, units, message).hold.units
    except holds.Refused as no:
        return no.why


NO_MONEY = Why.INSUFFICIENT_BALANCE
# fmt: off
TABLE = (
    # paid   free  asked one after the other    granted
    ("",     0,    (1,),                        (NO_MONEY,)),
    (FIVE,   0,    (3, 3, 1),                   (3, 2, NO_MONEY)),
    ("",     2,    (5, 1),                      (2, NO_MONEY)),
    (FIVE,   2,    (1, 10, 1),                  (1, 6, NO_MONEY)),
    ("1.17", 0,    (9,),                        (4,)),
    ("118",  0,    (100_000,),                  (500,)),
)
# fmt: on


@pytest.mark.django_db
@pytest.mark.parametrize(("paid", "free", "asked", "expected"), TABLE)
def test_messages_are_granted_as_far_as_free_units_and_prepaid_money_reach(paid, free, asked, expected):
    account = scene(paid, free=free)

    assert tuple(granted(account, units, f"m-{n}") for n, units in enumerate(asked)) == expected


@pytest.mark.django_db
def test_dues_leave_the_free_ones_only():
    account = scene(free=2)
    build.charge(account, 10)

    assert [granted(account, 5, "m-1"), granted(account, 5, "m-2")] == [2, NO_MONEY]


@pytest.mark.django_db
def test_a_running_call_and_a_message_count_against_each_other():
    account = scene(FIVE)
    build.used(account, 1000)  # no free minute is left: the next costs ₹0.60

    placed = holds.place(account.pk, "c-1", "click_to_call", Asked(seconds=60), source="platform", now=NOW)
    left = granted(account, 5, "m-1")
    headroom = exposure.of(facts.of(account, now=NOW), with_holds=True).headroom

    assert (placed.hold.units, left) == (1, 2)
    assert headroom == 100_00  # all that was prepaid is held, nothing of the limit


@pytest.mark.django_db
def test_an_order_that_blocks_calls_out_blocks_messages():
    account = scene(FIVE)
    restrictions.impose(account, Reason.OVERDUE, Level.OUTBOUND_BLOCKED, now=NOW)

    assert granted(account, 1, "m-1") == Why.OVERDUE


@pytest.mark.django_db
def test_the_same_messages_again_get_the_same_answer():
    account = scene(FIVE)
    first = ask(account, 4)

    again = ask(account, 5)

    assert (again.hold, again.hold.units, again.is_new) == (first.hold, 4, False)


@pytest.mark.django_db
def test_the_record_replaces_the_hold():
    account = scene(FIVE)
    ask(account, 3)

    intake.take_in([build.message(account, id="m-1", units=3)], source="platform", now=NOW)

    assert granted(account, 9, "m-2") == 2


@pytest.mark.django_db
def test_it_ends_by_itself_after_the_time_that_a_record_may_take(settings):
    account = scene(FIVE)
    over = NOW + timedelta(seconds=settings.HOLD_GRACE)

    assert ask(account, 5).hold.expires_at == over
    with pytest.raises(holds.Refused):
        ask(account, 1, "m-2", now=over - timedelta(seconds=1))
    assert ask(account, 5, "m-3", now=over).hold.units == 5


@pytest.mark.django_db
def test_what_costs_nothing_is_granted_as_asked():
    account = scene(price=0)

    assert granted(account, 700, "m-1") == 700


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("feature", "asked"), [("sms", Asked(seconds=60)), ("click_to_call", Asked(units=1))]
)
def test_each_is_asked_for_in_its_own_measure_the_first_time_and_again(feature, asked):
    account = scene(FIVE)
    other = Asked(units=1) if asked.units is None else Asked(seconds=60)
    place = functools.partial(holds.place, account.pk, "x-1", feature, source="platform", now=NOW)

    with pytest.raises(holds.WrongMeasure):
        place(asked)
    place(other)
    with pytest.raises(holds.WrongMeasure):
        place(asked)
    assert Hold.objects.count() == 1


amounts = st.integers(min_value=0, max_value=100_000)  # paise


@given(
    prepaid=amounts,
    dues=amounts,
    price=st.integers(min_value=1, max_value=200_000),  # millipaise
    free=st.integers(min_value=0, max_value=50),
    used=st.integers(min_value=0, max_value=60),
    asked=st.lists(st.integers(min_value=1, max_value=40), max_size=12),
)
def test_however_they_are_asked_for_held_messages_never_take_the_balance_below_zero(
    prepaid, dues, price, free, used, asked
):
    def held(units):
        sms = FeatureFacts(1, "sms", False, False, False, 1, Used(used, free, price))
        books = {"receivable": -dues, "advances": prepaid, "credits": 0}
        return Facts(1, "BA-1", "active", "", False, 0, 10_000, Supply.INTRA, books, [sms], {"sms": units})

    before, taken = exposure.of(held(0)).balance, 0
    for units in asked:
        taken += min(units, service.of_feature(held(taken), "sms").units)

    after = exposure.of(held(taken), with_holds=True).balance
    assert after >= min(0, before)
    if taken < sum(asked):  # somebody got less: nothing was left, or not enough for one more
        one_more = exposure.of(held(taken + 1), with_holds=True).balance
        assert after <= 0 or one_more < 0


def thirty(account):
    return together([functools.partial(ask, account, 1, f"m-{n}") for n in range(30)])


@pytest.mark.django_db(transaction=True)
def test_of_thirty_messages_at_once_on_money_for_one_one_is_admitted():
    account = scene(FIVE, price=100_000)  # ₹1.00 each

    results = thirty(account)

    assert sum(isinstance(one, holds.Placed) for one in results) == 1
    assert {one.why for one in errors(results)} == {NO_MONEY}


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_several_are_admitted(monkeypatch):
    """The race is real: what the test above holds, the account's lock holds."""
    account = scene(FIVE, price=100_000)  # ₹1.00 each
    monkeypatch.setattr(type(Account.objects.all()), "lock", lambda self, pk: self.get(pk=pk))
    monkeypatch.setattr(holds, "_granted", slowly(holds._granted))

    results = thirty(account)

    assert sum(isinstance(one, holds.Placed) for one in results) > 1
