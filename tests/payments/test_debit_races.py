"""Debits on PostgreSQL: beside the customer's stop, beside a cancelling, once a day. Each is seen to need its lock."""

import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Account
from payments import debit_plan, debit_raise, debits, mandates
from payments.models import Debit, Mandate, Payment
from tests import build
from tests.payments.auto_pay import HOUR, NOW, Debits, gateway, mandate, run
from tests.threads import errors, pause, together

__all__ = ["gateway"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
DAY = timedelta(days=1)
SOON = debits.SOON
State = Debit.State


@pytest.fixture
def debit():
    """Announced; its moment of raising is next."""
    account = build.account()
    mandate(account)
    build.charge(account, 1000)
    debit_plan.plan_due(now=NOW)
    debit = Debit.objects.get(account=account)
    run(debit.notify_at + HOUR)
    debit.refresh_from_db()
    assert debit.state == State.NOTICED
    return debit


def stopped_beside_raised(debit):
    """The customer stops a debit in the moment in which it is raised; return what each was told."""
    by, now = build.owner(debit.account), debit.raise_at
    stop = partial(debits.opt_out, debit.pk, user=by, now=now)
    return together([stop, lambda: debit_raise.step_due(now=now), lambda: debit_raise.step_due(now=now)])


@pytest.mark.parametrize("_again", range(6))
def test_a_debit_is_stopped_or_raised_never_both(debit, gateway, _again):
    stop, *_rest = stopped_beside_raised(debit)
    debit_raise.step_due(now=debit.raise_at)

    debit.refresh_from_db()
    if isinstance(stop, debits.TooLate):
        assert (debit.state, len(gateway.calls), debit.opted_out_by) == (State.RAISED, 1, None)
    else:
        assert not isinstance(stop, Exception)
        assert (debit.state, gateway.calls, debit.payment) == (State.OPTED_OUT, [], None)


def test_without_the_lock_a_debit_is_stopped_and_raised(debit, gateway, monkeypatch):
    wait = pause(2)

    def unlocked(debit_id):
        found = Debit.objects.select_related("mandate", "payment", "account").get(pk=debit_id)
        wait()  # both have read
        return found, found.account

    monkeypatch.setattr(debits, "_locked", unlocked)
    by, now = build.owner(debit.account), debit.raise_at

    told = together(
        [partial(debits.opt_out, debit.pk, user=by, now=now), partial(debits.begin, debit.pk, now=now)]
    )

    assert not errors(told)  # the customer was told that it is stopped,
    assert Payment.objects.filter(channel="auto_pay").exists()  # and the intent to take the money is there


def cancelled_in_the_last_moment(debit):
    """A cancelling that has written, and is about to commit, while the gateway is about to be asked."""
    debits.begin(debit.pk, now=debit.raise_at)
    by, wish = build.owner(debit.account), debit.mandate
    written, may_commit = threading.Event(), threading.Event()

    def cancel():
        with transaction.atomic():
            mandates.cancel(debit.account_id, wish.pk, by=by, now=debit.raise_at)
            written.set()
            may_commit.wait(20)

    def ask():
        assert written.wait(20)
        debit_raise.step_due(now=debit.raise_at)

    def let_go():
        """As soon as the asking waits for the account, or has gone on without."""
        for _ in range(200):
            with connection.cursor() as cursor:
                cursor.execute(
                    "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                )
                if cursor.fetchone() or Debits.calls:
                    break
            threading.Event().wait(0.02)
        may_commit.set()

    assert not errors(together([cancel, ask, let_go]))
    debit.refresh_from_db()


def test_a_cancelling_that_is_being_written_is_waited_for_before_the_call(debit, gateway):
    cancelled_in_the_last_moment(debit)

    assert gateway.calls == []
    assert (debit.state, debit.reason, debit.mandate.state) == (State.FAILED, "ended", "cancelled")


def test_without_the_last_look_under_the_lock_a_cancelled_mandate_is_charged(debit, gateway, monkeypatch):
    manager = type(Account.objects)
    locks = manager.lock
    asking = {"thread": None}

    def unlocked(self, pk):
        return self.get(pk=pk) if threading.get_ident() == asking["thread"] else locks(self, pk)

    look = debit_raise._last_look

    def look_unlocked(*args, **words):
        asking["thread"] = threading.get_ident()
        return look(*args, **words)

    monkeypatch.setattr(manager, "lock", unlocked)
    monkeypatch.setattr(debit_raise, "_last_look", look_unlocked)

    cancelled_in_the_last_moment(debit)

    assert len(gateway.calls) == 1


def test_a_worker_that_outlived_its_lease_asks_no_more(debit, gateway, monkeypatch):
    debits.begin(debit.pk, now=debit.raise_at)
    there, later = debit_raise._is_there, debit.raise_at + debit_raise.LEASE

    def stands_still(payment):
        """The first worker sleeps here for two minutes; the second does all of the work meanwhile."""
        found = there(payment)
        monkeypatch.setattr(debit_raise, "_is_there", there)
        debit_raise.ask(debit.pk, now=later)
        return found

    monkeypatch.setattr(debit_raise, "_is_there", stands_still)

    debit_raise.ask(debit.pk, now=debit.raise_at)

    assert len(gateway.calls) == 1
    debit.refresh_from_db()
    assert (debit.calling_at, debit.next_step_at) == (None, later + debit_raise.LOOK)


def second_debit(debit, **fields):
    """An announced debit of the same account by another mandate, planned for the same moment."""
    Mandate.objects.filter(pk=debit.mandate_id).update(state="cancelled", ended_at=debit.raise_at + HOUR)
    other = mandate(debit.account)
    values = {
        "state": State.NOTICED,
        "payment": None,
        "next_step_at": debit.raise_at,
        **dict.fromkeys(("raised_at", "calling_at", "decided_at")),
        **fields,
    }
    copy = Debit.objects.get(pk=debit.pk)
    copy.pk, copy.mandate, copy.number, copy.cause = None, other, "DEB-2", "due:another"
    for name, value in values.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)
    copy.bills.set(debit.bills.all())
    return copy


def test_a_second_attempt_of_a_day_is_announced_for_another_day(debit, gateway):
    gateway.answers[:] = ["refused:card_declined"]
    debit_raise.step_due(now=debit.raise_at)
    debit_raise.step_due(now=debit.raise_at)
    debit.refresh_from_db()
    assert debit.state == State.FAILED
    again = second_debit(debit)

    debits.begin(again.pk, now=debit.raise_at + SOON)

    again.refresh_from_db()
    assert (again.state, again.raised_at, len(gateway.calls)) == (State.SCHEDULED, None, 1)
    assert again.raise_at >= debit.raise_at + DAY
    assert again.notify_at == debit.raise_at + SOON


def test_nothing_is_raised_beside_a_debit_whose_answer_is_not_known(debit, gateway):
    gateway.answers[:] = ["lost"]
    debit_raise.step_due(now=debit.raise_at)
    debit_raise.step_due(now=debit.raise_at)
    debit.refresh_from_db()
    assert (debit.state, debit.payment.status) == (State.RAISED, Payment.Status.CREATED)
    Debit.objects.filter(pk=debit.pk).update(raised_at=debit.raised_at - DAY)  # of yesterday
    again = second_debit(debit)

    debits.begin(again.pk, now=debit.raise_at + SOON)

    again.refresh_from_db()
    assert (again.state, again.next_step_at) == (State.NOTICED, debit.raise_at + 2 * SOON)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ({"state": State.FAILED}, "debit_once_a_day"),
        ({"state": State.RAISED}, "debit_undecided_once"),
    ],
)
def test_the_database_refuses_a_second_attempt(debit, words, name):
    debits.begin(debit.pk, now=debit.raise_at)
    raised_at = debit.raise_at + (HOUR if name == "debit_once_a_day" else DAY)
    payment = build.payment(debit.account, 1180)

    with pytest.raises(IntegrityError, match=name):
        second_debit(debit, **words, payment=payment, raised_at=raised_at, debit_at=raised_at + DAY)


def test_the_day_of_an_attempt_is_indian(debit):
    """18:30 UTC is midnight in India: a second before and after it are two days."""
    debits.begin(debit.pk, now=debit.raise_at)
    midnight = datetime(2026, 11, 29, 18, 30, tzinfo=UTC)
    Debit.objects.filter(pk=debit.pk).update(state=State.FAILED, raised_at=midnight - timedelta(seconds=1))

    made = second_debit(debit, state=State.FAILED, raised_at=midnight)

    with pytest.raises(IntegrityError, match="debit_once_a_day"):
        Debit.objects.filter(pk=debit.pk).update(raised_at=made.raised_at + timedelta(hours=23, minutes=59))
