"""Races on PostgreSQL. Each has a control: the same race with its lock taken away is seen to go wrong."""

import threading
import uuid

import pytest
from django.db.models import Sum

from accounts.models import Entry
from accounts.models.people import AccountQuerySet
from billing_portal import unit
from invoices import numbering
from invoices.models import Allocation, Document, NumberSeries
from payments import recharge, take_in
from payments.models import Payment
from tests import build
from tests.build import NOW
from tests.threads import errors, pause, together

pytestmark = pytest.mark.django_db(transaction=True)


def pay_one_due_twice():
    account = build.account()
    build.charge(account, 1000)
    payments = [build.payment(account, 1180), build.payment(account, 1180)]

    results = together([lambda p=p: take_in.capture(p.pk, build.report(p), now=NOW) for p in payments])
    return account, results


def test_two_payments_for_one_due_settle_it_once_and_the_other_is_an_advance():
    account, results = pay_one_due_twice()

    assert not errors(results)
    assert Allocation.objects.aggregate(total=Sum("amount"))["total"] == build.paise(1180)
    assert Document.objects.filter(kind="receipt_voucher").get().total == build.paise(1180)
    account.refresh_from_db()
    assert account.entry_count == 3


def test_without_the_account_lock_two_payments_for_one_due_go_wrong(monkeypatch):
    wait = pause(2)

    def unlocked(self, pk):
        account = self.get(pk=pk)
        if threading.current_thread() is not threading.main_thread():
            wait()
        return account

    monkeypatch.setattr(AccountQuerySet, "lock", unlocked)

    _account, results = pay_one_due_twice()

    allocated = Allocation.objects.aggregate(total=Sum("amount"))["total"]
    assert errors(results) or allocated != build.paise(1180)


def eight_vouchers():
    payments = [build.payment(build.account(), 100 + number) for number in range(8)]
    return together([lambda p=p: take_in.capture(p.pk, build.report(p), now=NOW) for p in payments])


def test_eight_vouchers_at_once_have_gapless_numbers():
    results = eight_vouchers()

    assert not errors(results)
    numbers = Document.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"RV/2627/{number:06}" for number in range(1, 9)]


def test_without_the_series_lock_eight_vouchers_go_wrong(monkeypatch):
    wait = pause(8)

    class Unlocked:
        def __getattr__(self, name):
            return getattr(NumberSeries.objects, name)

        def select_for_update(self):
            class Rows:
                def filter(self, **fields):
                    rows = NumberSeries.objects.filter(**fields)
                    found = list(rows)
                    wait()
                    return type("Found", (), {"first": lambda _self: found[0] if found else None})()

                def get(self, **fields):
                    return NumberSeries.objects.get(**fields)

            return Rows()

    NumberSeries.objects.create(series="RV", year="2627")
    monkeypatch.setattr(numbering, "NumberSeries", type("Series", (), {"objects": Unlocked()}))

    results = eight_vouchers()

    assert errors(results)


def thirty_clicks(account):
    token, user = uuid.uuid4(), build.owner(account)

    def click():
        payment = recharge.start(account, 150_000, token=token, user=user, now=NOW)
        return recharge.open_order(payment, now=NOW).pk

    return together([click] * 30)


def test_thirty_clicks_on_pay_now_are_one_payment_with_one_order(world):
    results = thirty_clicks(build.account())

    assert not errors(results)
    assert len(set(results)) == Payment.objects.count() == 1
    assert world.created == 1
    assert Payment.objects.get().gateway_order_id == "order_00000000000001"


def test_without_the_claim_thirty_clicks_make_many_orders(world, monkeypatch):
    monkeypatch.setattr(recharge, "_claim_order", lambda _pk, _now: False)

    thirty_clicks(build.account())

    assert world.created > 1


def test_the_same_capture_from_eight_sides_is_one_credit(world):
    payment = build.payment(build.account(), 1500)
    world.pays(payment)

    results = together([lambda: recharge.settle(payment.pk, now=NOW)] * 8)

    assert not errors(results)
    assert Entry.objects.count() == Document.objects.count() == 1


def test_a_charge_and_payments_at_once_keep_the_sums_exact():
    account = build.account()
    payments = [build.payment(account, 590) for _ in range(4)]
    calls = [lambda p=p: take_in.capture(p.pk, build.report(p), now=NOW) for p in payments]
    calls += [lambda: build.charge(account, 500) for _ in range(4)]

    results = together(calls)

    assert not errors(results)
    assert not Document.objects.filter(open_amount__gt=0).exists()


def test_a_deadlock_repeats_the_whole_unit(monkeypatch):
    first, second, wait = build.account(), build.account(), pause(2)
    tries = []

    @unit.unit
    def lock_both(one, other):
        tries.append(one.pk)
        type(one).objects.lock(one.pk)
        if len(tries) <= 2:
            wait()
        type(one).objects.lock(other.pk)
        return True

    results = together([lambda: lock_both(first, second), lambda: lock_both(second, first)])

    assert results == [True, True]
    assert len(tries) > 2


def test_a_call_outside_is_refused_inside_a_unit(world):
    @unit.outside
    def call():
        raise AssertionError("must not be reached")

    @unit.unit
    def inside():
        call()

    with pytest.raises(unit.InsideUnit):
        inside()
