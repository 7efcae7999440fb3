"""Asking about money on its way before anybody is harmed: each is asked, but not each of a gateway that is down."""

import pytest

from accounts.levels import Level
from accounts.models import Account
from credit.ladder import Action
from payments import overdue_runs, undecided
from payments.gateways import NotAnId, Refused, Unavailable
from payments.models import Payment
from tests import build, fakes, ladder
from tests.build import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(world, monkeypatch):
    """The orders that the gateway was asked about, in turn; `answers` says what it does each time."""

    class Asked(list):
        answers: list = []

    asked, listed = Asked(), fakes.FakeGateway.order_payments

    def order_payments(self, order_id):
        asked.append(order_id)
        error = asked.answers.pop(0) if asked.answers else None
        if error:
            raise error
        return listed(self, order_id)

    monkeypatch.setattr(fakes.FakeGateway, "order_payments", order_payments)
    return asked


def begun(count):
    """So many accounts, each with a payment whose outcome is open."""
    return [build.payment(build.account(), 1180) for _ in range(count)]


def ask(payments):
    return undecided.ask([one.account_id for one in payments], now=NOW)


DOWN, UP = Unavailable("ReadTimeout"), None


def test_a_gateway_that_is_down_is_asked_five_times_and_all_count_as_not_heard(asked):
    payments = begun(30)
    asked.answers = [DOWN] * 30

    unheard = ask(payments)

    assert len(asked) == undecided.DOWN == 5
    assert unheard == {one.account_id for one in payments}
    assert undecided.paying(unheard, now=NOW, unheard=unheard) == unheard


def test_one_that_goes_down_on_the_way_has_answered_of_the_first(asked, world):
    payments = begun(10)
    asked.answers = [UP] * 4 + [DOWN] * 6
    for payment in payments:
        world.pays(payment)

    unheard = ask(payments)

    assert len(asked) == 4 + 5
    assert unheard == {one.account_id for one in payments[4:]}
    booked = Payment.objects.filter(status=Payment.Status.CAPTURED)
    assert set(booked.values_list("pk", flat=True)) == {one.pk for one in payments[:4]}


def test_one_that_is_slow_now_and_then_is_asked_about_all(asked):
    payments = begun(12)
    asked.answers = [DOWN, DOWN, DOWN, DOWN, UP] * 2 + [DOWN, UP]

    unheard = ask(payments)

    assert len(asked) == 12
    assert len(unheard) == 9


@pytest.mark.parametrize("error", [Refused("400: no", unknown_id=True), NotAnId("not an id")])
def test_a_refusal_is_an_answer_the_gateway_is_not_down(asked, error):
    payments = begun(8)
    asked.answers = [error] * 8

    unheard = ask(payments)

    assert len(asked) == 8
    assert len(unheard) == 8


def test_nobody_is_blocked_while_the_gateway_is_down_and_all_are_asked_the_next_day(asked):
    """The promise behind it: an account whose money may be there is not harmed, however many there are."""
    accounts = [build.account() for _ in range(7)]
    for account in accounts:
        ladder.bill(account)
        build.payment(account, 1180, now=ladder.at(14))
    ladder.sweep(range(15))
    asked.clear()
    asked.answers = [DOWN] * 7

    overdue_runs.run(Action.BLOCK_OUTBOUND, now=ladder.at(15))

    assert len(asked) == 5
    assert set(Account.objects.values_list("wanted_level", flat=True)) == {Level.ACTIVE}
    asked.answers.clear()
    overdue_runs.run(Action.BLOCK_OUTBOUND, now=ladder.at(16))
    assert len(asked) == 5 + 7
    assert set(Account.objects.values_list("wanted_level", flat=True)) == {Level.OUTBOUND_BLOCKED}
