"""Refunds at the same time, and workers killed between any two statements: never more than came, never twice."""

import uuid
from datetime import timedelta

import pytest
from django.db.models import Sum

from accounts.ledger import Book
from accounts.models import Balance, Entry, Line
from billing_portal import books
from payments import refund_outcomes, refund_sending, refunds, take_in
from payments.gateways.refunds import RefundState
from payments.models import Payment, Refund
from payments.refund_plan import NotPossible
from tests import build
from tests.build import NOW, paise
from tests.payments.test_kill import dies_at
from tests.payments.test_take_back import back
from tests.threads import errors, pause, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
Status = Refund.Status


def paid(world, rupees, account=None):
    started = build.payment(account or build.account(), rupees)
    return take_in.capture(started.pk, world.pays(started), now=NOW)


def ask(payment, rupees, by):
    return refunds.ask(
        payment.pk, code="advance", amount=paise(rupees), token=uuid.uuid4(), reason="Left us", by=by, now=NOW
    )


def sound():
    return [str(one) for one in books.look(now=NOW).findings if one.id != "I37"]


def two_ask(world):
    payment, staff = paid(world, 1000), [build.user(staff=True), build.user(staff=True)]
    return payment, together([lambda by=by: ask(payment, 800, by) for by in staff])


def test_two_of_staff_at_once_give_back_no_more_than_came(world):
    payment, results = two_ask(world)

    assert [type(error) for error in errors(results)] == [NotPossible]
    assert payment.refunds.aggregate(sum=Sum("amount"))["sum"] == paise(800)
    assert sound() == []


def test_without_the_accounts_lock_two_of_staff_go_wrong(world, monkeypatch):
    wait = pause(2)

    def unlocked(payment_id):
        payment = Payment.objects.select_related("account").get(pk=payment_id)
        wait()
        return payment.account, payment

    monkeypatch.setattr(refunds, "_locked", unlocked)

    payment, results = two_ask(world)

    total = payment.refunds.aggregate(sum=Sum("amount", default=0))["sum"]
    assert total > paise(1000) or [e for e in errors(results) if not isinstance(e, NotPossible)]


def test_a_refund_a_take_back_and_spending_at_once_keep_the_sums_exact(world):
    account = build.account()
    payment, by = paid(world, 1000, account), build.user(staff=True)

    together(
        [
            lambda: ask(payment, 600, by),
            lambda: back(account, payment, 1000),
            lambda: build.charge(account, 500),
        ]
    )

    assert sound() == []
    sums = Line.objects.filter(account=account).aggregate(sum=Sum("amount"))["sum"]
    assert sums == 0


def test_eight_senders_make_one_refund(world):
    refund = ask(paid(world, 1000), 400, build.user(staff=True))

    together([lambda: refund_sending.send_due(now=NOW)] * 8)

    refund.refresh_from_db()
    assert (refund.status, len(world.given.made), len(world.given.calls)) == (Status.SENT, 1, 1)


def test_eight_outcomes_at_once_are_booked_once(world):
    refund = ask(paid(world, 1000), 400, build.user(staff=True))
    refund_sending.send_due(now=NOW)
    refund.refresh_from_db()
    report = world.given.change(refund.gateway_refund_id, state=RefundState.FAILED)

    results = together([lambda: refund_outcomes.apply(refund.pk, report, now=NOW)] * 8)

    assert not errors(results)
    assert Entry.objects.filter(key=refund.failed_cause).count() == 1
    assert Line.objects.filter(book=Book.REFUNDS).total() == 0
    assert sound() == []


@pytest.mark.parametrize("state", [RefundState.PROCESSED, RefundState.FAILED])
def test_killed_anywhere_while_sending_and_hearing(world, state):
    """The fake gateway lives in this process: a killed child's call is made again by the next one, with its key."""
    world.given.comes_as = state
    for number in range(1, 120):
        account = build.account()
        refund = ask(paid(world, 1000, account), 400, build.user(staff=True))

        killed = dies_at(number, lambda: refund_sending.send_due(now=NOW))

        refund_sending.send_due(now=NOW + timedelta(hours=1))
        refund.refresh_from_db()
        assert refund.status == state, f"after moment {number}"
        key = refund.cause if state == RefundState.PROCESSED else refund.failed_cause
        assert Entry.objects.filter(key=key).count() == 1
        wanted = paise("508.48") if state == RefundState.PROCESSED else paise("847.46")
        assert Balance.objects.get(account=account, book="advances").amount == wanted
        if not killed:
            break
    else:
        pytest.fail("never came through")

    assert number > 8
    assert sound() == []


def test_killed_anywhere_while_asking(world):
    for number in range(1, 120):
        payment, by = paid(world, 1000), build.user(staff=True)
        token = uuid.uuid4()

        def asks(payment=payment, by=by, token=token):
            return refunds.ask(
                payment.pk, code="advance", amount=paise(400), token=token, reason="Left us", by=by, now=NOW
            )

        killed = dies_at(number, asks)

        assert asks().amount == paise(400)
        assert payment.refunds.count() == 1
        if not killed:
            break
    else:
        pytest.fail("never came through")

    assert number > 15
    assert sound() == []
