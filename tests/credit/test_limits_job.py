"""The nightly job: the window slides, siblings owe and pay, temporary limits end, and nothing else is to be found."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, JobRun, Notice
from billing_portal.unit import unit
from credit import invariants_limits, limit_outlook, limits, limits_job, review, temporary_limits
from credit.limit_outlook import What
from credit.models import CreditLimit, LimitChange
from payments import take_in
from tests import build
from tests.build import NOW, paise
from tests.threads import errors, together

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@unit
def reassess(account, now=NOW):
    return limits.reassess(Account.objects.lock(account.pk), now=now)


def findings(now):
    return [what for one in invariants_limits.INVARIANTS for what in one.find(now)]


@pytest.fixture
def siblings():
    """A customer with two accounts: the first pays 20,000, the second has a bill of 1,180, due after seven days."""
    first = build.account()
    second = build.account(customer=first.customer)
    build.paid(first, 20_000)
    build.charge(second, 1000)
    for account in (first, second, build.account()):
        reassess(account)
    return first, second


def test_money_leaves_the_window():
    account = build.account()
    build.paid(account, 20_000)
    reassess(account)

    limits_job.nightly(now=NOW + timedelta(days=364))
    assert limits.of(account) == paise(2000)
    done = limits_job.nightly(now=NOW + timedelta(days=365))

    assert limits.of(account) == paise(100)
    assert (done["looked"], done["moved"], done["behind"]) == (1, 1, 0)
    assert (
        Notice.objects.filter(name="limit-changed").count() == 1
    )  # that it fell; a recharge has its own message


def test_a_siblings_debt_of_sixty_days_lowers_it_and_its_payment_lifts_it(siblings):
    first, second = siblings
    due = NOW + timedelta(days=7)

    limits_job.nightly(now=due + timedelta(days=59))
    assert limits.of(first) == paise(2000)
    limits_job.nightly(now=due + timedelta(days=60))

    assert limits.of(first) == paise(1600)
    assert limits.of(second) == paise(100)
    change = LimitChange.objects.get(kind="sibling")
    assert (change.account, change.sibling, change.points) == (first, second, -20)
    assert limits.lowered_by(second) == [first.pk]
    assert second.ban in str(Notice.objects.filter(name="limit-changed").latest("pk").context)

    build.paid(second, 1180, now=due + timedelta(days=61))
    reassess(second, due + timedelta(days=61))
    limits_job.nightly(now=due + timedelta(days=61))

    assert limits.of(first) == paise(2000)
    assert findings(due + timedelta(days=61)) == []


def test_two_siblings_that_both_owe_do_not_have_each_other_looked_at_for_ever(siblings):
    first, second = siblings
    build.charge(first, 30_000)
    late = NOW + timedelta(days=68)
    limits_job.nightly(now=late)
    Account.objects.filter(pk__in=[first.pk, second.pk]).update(review_at=late)

    looked_at = [review.sweep(now=late + timedelta(seconds=n)) for n in range(4)]

    assert looked_at == [2, 0, 0, 0]
    build.paid(second, 1180, now=late)
    assert review.sweep(now=late) >= 1
    assert CreditLimit.objects.get(account=first).sibling is None


def test_a_limit_that_stays_lowered_after_the_debt_is_paid_is_found(siblings):
    first, second = siblings
    late = NOW + timedelta(days=70)
    limits_job.nightly(now=late)
    build.paid(second, 1180, now=late)
    reassess(second, late)

    assert findings(late + DAY) == []
    assert findings(late + 3 * DAY) == [
        f"{first.ban}: lowered for {second.ban}, which owes nothing for so long"
    ]


def test_the_rule_passes_from_one_sibling_to_another(siblings):
    first, second = siblings
    third = build.account(customer=first.customer)
    build.charge(third, 500, now=NOW + DAY)
    late = NOW + timedelta(days=80)
    limits_job.nightly(now=late)
    build.paid(second, 1180, now=late)
    limits_job.nightly(now=late + DAY)

    turns = first.limit_changes.filter(sibling__isnull=False).order_by("pk")
    assert list(turns.values_list("kind", "sibling")) == [
        ("sibling", second.pk), ("sibling_lifted", second.pk), ("sibling", third.pk),
    ]  # fmt: skip
    assert limits.of(first) == paise(1600)


def test_a_temporary_limit_stands_until_its_day_and_ends_by_itself():
    account = build.account()
    build.limit(account, 5000, days=3)
    assert limits.of(account) == paise(5000)

    limits_job.nightly(now=NOW + 3 * DAY)
    assert limits.of(account) == paise(5000)
    limits_job.nightly(now=NOW + 4 * DAY)

    assert limits.of(account) == paise(100)
    stored = CreditLimit.objects.get()
    assert (stored.effective_until, stored.earned) == (None, paise(100))
    assert Notice.objects.filter(name="limit-changed").count() == 2
    assert findings(NOW + 4 * DAY) == []


@pytest.mark.parametrize(("rupees", "days"), [("10.50", 3), (100, -1), (100, 93)])
def test_what_cannot_be_a_temporary_limit(rupees, days):
    with pytest.raises(temporary_limits.NotPossible):
        build.limit(build.account(), rupees, days=days)


@pytest.fixture
def unfollowed(monkeypatch):
    """Payments are taken in, and nobody looks at the limit."""

    def pay(account, rupees):
        with monkeypatch.context() as patch:
            patch.setattr(take_in.review, "after_money", lambda *_, **__: None)
            build.paid(account, rupees)

    return pay


def test_it_finds_nothing_after_events_were_followed_and_says_who_was_behind(unfollowed):
    account, forgotten = build.account(), build.account()
    for one, pay in ((account, build.paid), (forgotten, unfollowed)):
        reassess(one)
        build.charge(one, 1000)
        pay(one, 5000)

    first = limits_job.nightly(now=NOW)
    second = limits_job.nightly(now=NOW)

    assert (first["changed"], first["behind"]) == (1, 1)
    assert (second["changed"], second["behind"]) == (0, 0)
    assert forgotten.limit_changes.filter(kind="timely_payment").exists()
    run = JobRun.objects.get(job="limits")
    assert run.finished_at
    assert run.counts["looked"] == 2


def test_an_account_without_a_limit_gets_one_without_a_message(unfollowed):
    unfollowed(build.account(), 20_000)

    assert limits_job.nightly(now=NOW)["moved"] == 1
    assert CreditLimit.objects.get().amount == paise(2000)
    assert not Notice.objects.filter(name="limit-changed").exists()


def test_a_failing_account_holds_nobody_up(monkeypatch):
    bad, good = build.account(), build.account()
    real = limits.reassess_many

    def failing(accounts, **more):
        if bad in accounts:
            raise ValueError("broken")
        return real(accounts, **more)

    monkeypatch.setattr(limits, "reassess_many", failing)

    done = limits_job.nightly(now=NOW)

    assert (done["failed"], done["changed"]) == (1, 1)
    assert CreditLimit.objects.get().account == good


def test_pages_and_chunks_leave_nobody_out(monkeypatch):
    monkeypatch.setattr(limits_job, "PAGE", 3)
    monkeypatch.setattr(limits_job, "CHUNK", 2)
    for _ in range(7):
        build.account()

    assert limits_job.nightly(now=NOW)["changed"] == 7


def test_a_clock_set_back_starts_nothing():
    build.account()
    limits_job.nightly(now=NOW)

    assert limits_job.nightly(now=NOW - DAY) == {}


@pytest.mark.django_db(transaction=True)
def test_events_and_the_job_at_once_record_each_cause_once():
    account = build.account()
    build.charge(account, 1000)
    build.paid(account, 5000)

    results = together([lambda: reassess(account)] * 3 + [lambda: limits_job.nightly(now=NOW)] * 2)

    assert not errors(results)
    assert LimitChange.objects.filter(kind="timely_payment").count() == 1
    assert CreditLimit.objects.get().revision == 1
    assert Notice.objects.filter(name="limit-changed").count() <= 1
    assert findings(NOW) == []


@pytest.mark.django_db(transaction=True)
def test_a_payment_in_the_middle_of_the_job_is_not_undone(monkeypatch):
    account = build.account()
    payment = build.payment(account, 20_000)
    real, reading, paid = limits._write, threading.Event(), threading.Event()

    def slow(found, now):
        if threading.current_thread().name == "job":
            reading.set()
            paid.wait(timeout=1)  # under the lock the payment waits for us, and not we for it
        real(found, now)

    def job():
        threading.current_thread().name = "job"
        limits_job.nightly(now=NOW)

    @unit
    def pay():
        take_in.capture(payment.pk, build.report(payment), now=NOW)
        reassess(account)

    def event():
        reading.wait(timeout=5)
        pay()
        paid.set()

    monkeypatch.setattr(limits, "_write", slow)
    results = together([job, event])

    assert not errors(results)
    assert limits.of(account) == paise(2000)
    assert findings(NOW) == []


def test_what_lies_ahead_of_a_lowered_and_of_a_temporary_limit(siblings):
    first, second = siblings
    late = NOW + timedelta(days=70)
    limits_job.nightly(now=late)
    build.limit(first, 5000, days=3, now=late)

    with CaptureQueriesContext(connection) as captured:
        page = limit_outlook.explain(first, today=late.date())

    ahead = {one.what: one for one in page.ahead}
    assert (ahead[What.SIBLING].about, ahead[What.SIBLING].change) == (second.ban, paise(400))
    assert (ahead[What.ENDS].on, ahead[What.ENDS].change) == (late.date() + 4 * DAY, paise(1600 - 5000))
    assert (page.limit.amount, page.limit.earned) == (paise(5000), paise(1600))
    assert len(captured) == 6
