"""The ladder carried out: the published days, its messages, relief, what holds harm back, and races."""

import functools
from collections import Counter
from datetime import timedelta

import pytest

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account, JobRun, Notice
from accounts.restrictions import Reason
from billing_portal import books
from credit import overdue, overdue_jobs, overdue_steps, review
from credit.ladder import Action
from credit.models import OverdueCase, StepTaken
from credit.overdue_steps import Outcome
from payments import overdue_runs, take_in
from payments.models import Payment
from tests import build, fakes, ladder
from tests.ladder import at, bill, case, hand_over, level, sweep
from tests.threads import errors, together


@pytest.fixture
def world(settings):
    """A gateway in memory, empty."""
    settings.GATEWAY = "tests.fakes.FakeGateway"
    fakes.FakeGateway.world = fakes.World()
    return fakes.FakeGateway.world


CHUNK_QUERIES = 36  # of a run with one chunk, whatever number of accounts


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        (-1, Level.ACTIVE),
        (0, Level.ACTIVE),
        (14, Level.ACTIVE),
        (15, Level.OUTBOUND_BLOCKED),
        (29, Level.OUTBOUND_BLOCKED),
        (30, Level.SUSPENDED),
    ],
)
def test_published_timeline(day, wanted):
    account = build.account()
    bill(account)

    sweep(range(-2, day + 1))

    assert level(account) == wanted


@pytest.mark.django_db
def test_each_message_names_what_remains_and_what_comes_next_with_its_date():
    account = build.account()
    document = bill(account)

    sweep(range(31))

    said = [
        (n.name, n.context["invoice"], n.context["due"], n.context["next_action"], n.context["next_on"])
        for n in account.notices.filter(event__startswith="overdue:", channel="email").order_by("pk")
    ]
    assert said == [
        ("overdue", document.number, 5900, "block-outbound", "2026-12-09"),
        ("overdue-reminder", document.number, 5900, "block-outbound", "2026-12-09"),
        ("outbound-blocked", document.number, 5900, "suspend", "2026-12-24"),
        ("suspended", document.number, 5900, "archive", "2027-01-23"),
    ]


@pytest.mark.django_db
def test_paying_lifts_in_the_same_unit_and_says_so():
    account = build.account()
    bill(account)
    sweep(range(31))

    build.paid(account, "59", now=at(31))

    assert level(account) == Level.ACTIVE
    assert case(account).closed_why == "paid"
    assert not StepTaken.objects.filter(undone_at=None).exists()
    assert account.notices.filter(name="service-restored").count() == 1
    assert account.restorations.get().paid_at == at(31)


@pytest.mark.django_db
def test_paying_a_part_lifts_nothing():
    account = build.account()
    bill(account)
    sweep(range(16))

    build.paid(account, "58.99", now=at(16))

    assert level(account) == Level.OUTBOUND_BLOCKED
    assert case(account).closed_at is None


@pytest.mark.django_db
def test_day_0_moves_to_the_next_bill_when_the_oldest_is_paid():
    account = build.account()
    bill(account, "20")
    bill(account, "20", due=10)
    sweep(range(31))
    assert level(account) == Level.SUSPENDED

    build.paid(account, "23.60", now=at(31))

    assert level(account) == Level.OUTBOUND_BLOCKED  # 21 days after the second bill's due date
    assert case(account).due_on == ladder.today(10)
    sweep(range(31, 41))
    assert level(account) == Level.SUSPENDED


@pytest.mark.django_db
def test_a_bill_paid_before_its_due_date_leaves_no_case():
    account = build.account()
    bill(account)

    build.paid(account, "59", now=at(-1))

    assert not OverdueCase.objects.exists()


@pytest.mark.django_db
def test_harm_waits_until_its_message_was_handed_over():
    account = build.account()
    bill(account)
    sweep(range(15))
    Notice.objects.filter(name="overdue-reminder").update(state=Notice.State.OWED, sent_at=None)

    ladder.work(15, sent=False)

    assert level(account) == Level.ACTIVE
    assert case(account).waits_for == "notice"
    ladder.work(17, sent=False)
    assert case(account).waits_for == "notice"
    ladder.work(18, sent=False)
    assert case(account).waits_for == "person"
    Notice.objects.filter(name="overdue-reminder", channel="email").update(
        state=Notice.State.SENT, sent_at=at(18)
    )
    ladder.work(19)
    assert level(account) == Level.OUTBOUND_BLOCKED


@pytest.mark.django_db
def test_a_person_may_decide_to_go_on_without_the_message():
    account = build.account()
    bill(account)
    sweep(range(15))
    Notice.objects.filter(name="overdue-reminder").update(state=Notice.State.PARKED, sent_at=None)
    sweep(range(15, 19), sent=False)
    who = build.user(staff=True)
    OverdueCase.objects.update(unannounced_by=who)

    ladder.work(19)

    assert level(account) == Level.OUTBOUND_BLOCKED
    assert StepTaken.objects.get(day=15).unannounced_by == who
    assert case(account).unannounced_by is None


@pytest.mark.django_db
def test_an_undecided_payment_shields_for_a_day_and_twice_at_most():
    account = build.account()
    bill(account)
    sweep(range(15))
    payment = build.payment(account, "59", now=at(15))
    Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.UNKNOWN, gateway_order_id=None)

    for day, expected in ((15, Level.ACTIVE), (16, Level.ACTIVE), (17, Level.OUTBOUND_BLOCKED)):
        ladder.work(day)
        assert level(account) == expected, day
    assert case(account).shields == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answers", "levels"),
    [
        (True, [Level.OUTBOUND_BLOCKED] * 3),
        (False, [Level.ACTIVE, Level.ACTIVE, Level.OUTBOUND_BLOCKED]),
    ],
)
def test_a_payment_that_the_gateway_cannot_be_asked_about_shields_too(answers, levels, world):
    account = build.account()
    bill(account)
    sweep(range(15))
    build.payment(account, "59", now=at(15))  # its page was opened; nothing was heard of it
    world.fails += [] if answers else ["payments"] * 99

    got = []
    for day in (15, 16, 17):
        ladder.work(day)
        got.append(level(account))

    assert got == levels


@pytest.mark.django_db
def test_jobs_run_twice_late_and_after_a_standstill_do_one_step_a_day():
    account = build.account()
    bill(account)

    for day in (40, 40, 41, 41, 42, 43):
        ladder.work(day)

    rows = list(StepTaken.objects.order_by("pk").values_list("day", "taken_on"))
    assert rows == [(7, ladder.today(40)), (15, ladder.today(41)), (30, ladder.today(42))]


@pytest.mark.django_db
def test_missed_dates_have_a_row_and_deletion_rests_in_a_run_that_catches_up(monkeypatch):
    asked = []
    monkeypatch.setattr(
        overdue_steps,
        "take_many",
        lambda cases, action, **_kw: asked.append(action) or Counter(not_due=len(cases)),
    )
    account = build.account()
    bill(account)
    overdue_runs.run(Action.DELETE, now=at(0))
    OverdueCase.objects.update(next_action="delete", next_step_on=ladder.today(1))

    overdue_runs.run(Action.DELETE, now=at(5))
    assert asked == []
    overdue_runs.run(Action.DELETE, now=at(6))

    assert asked == [Action.DELETE]
    dates = list(
        JobRun.objects.filter(job="overdue-delete")
        .order_by("business_date")
        .values_list("business_date", flat=True)
    )
    assert dates == [ladder.today(n) for n in range(7)]


@pytest.mark.django_db
def test_a_run_that_would_harm_many_stops_for_a_person():
    accounts = [build.account() for _n in range(21)]
    for account in accounts:
        bill(account)
    sweep(range(15))

    overdue_runs.run(Action.BLOCK_OUTBOUND, now=at(15))

    run = JobRun.objects.get(job="overdue-block-outbound", business_date=ladder.today(15))
    assert overdue_jobs.is_stopped(run)
    assert run.counts["would_harm"] == 21
    assert not Account.objects.exclude(wanted_level="active").exists()
    JobRun.objects.filter(pk=run.pk).update(confirmed_at=at(15), confirmed_by=build.user(staff=True))
    overdue_runs.run(Action.BLOCK_OUTBOUND, now=at(15))
    assert Account.objects.filter(wanted_level=Level.OUTBOUND_BLOCKED).count() == 21


@pytest.mark.django_db
def test_harm_rests_while_the_clock_differs_from_the_database():
    account = build.account()
    bill(account)
    sweep(range(15))

    assert overdue_runs.run(Action.BLOCK_OUTBOUND, now=at(15), skew=timedelta(minutes=11)) == {}
    assert level(account) == Level.ACTIVE


@pytest.mark.django_db
def test_the_business_date_never_goes_back():
    account = build.account()
    bill(account)
    sweep([20])

    assert overdue_runs.run(Action.REMIND, now=at(19)) == {}


@pytest.mark.django_db
def test_two_reasons_lifting_one_keeps_the_other():
    account = build.account()
    bill(account)
    sweep(range(16))
    restrictions.impose(account, Reason.MANUAL, Level.SUSPENDED, now=at(16))

    build.paid(account, "59", now=at(17))

    assert level(account) == Level.SUSPENDED
    assert [r.reason for r in restrictions.standing(account)] == ["manual"]


@pytest.mark.django_db(transaction=True)
def test_eight_runs_at_once_take_one_step():
    account = build.account()
    bill(account)
    sweep(range(15))

    got = together(
        [
            functools.partial(
                overdue_steps.take_many, [case(account).pk], action=Action.BLOCK_OUTBOUND, now=at(15)
            )
        ]
        * 8
    )

    assert errors(got) == []
    assert got.count({Outcome.TAKEN: 1}) == 1
    assert account.service_orders.count() == 1


@pytest.mark.django_db(transaction=True)
def test_payment_and_step_at_the_same_time_end_free_whoever_is_first():
    account = build.account()
    bill(account)
    sweep(range(30))
    payment = build.payment(account, "59", now=at(30))
    report = build.report(payment)

    got = together(
        [
            functools.partial(overdue_steps.take_many, [case(account).pk], action=Action.SUSPEND, now=at(30)),
            functools.partial(take_in.capture, payment.pk, report, now=at(30)),
        ]
    )

    assert errors(got) == []
    assert level(account) == Level.ACTIVE
    assert not StepTaken.objects.filter(undone_at=None).exists()


@pytest.mark.django_db
def test_reading_again_costs_one_query_where_nothing_is_unpaid(django_assert_num_queries):
    account = build.account()

    with django_assert_num_queries(1):
        overdue.review(account, now=at(0))


@pytest.mark.django_db
def test_books_hold_after_every_day_of_the_ladder():
    account = build.account()
    bill(account)
    for day in range(0, 35, 5):
        sweep(range(day, day + 5))
        review.sweep(now=at(day + 4))
        assert not [f for f in books.look(now=at(day + 4)).findings if f.id not in ("I24", "I37", "I29")]
    hand_over(at(35))


@pytest.mark.django_db
def test_one_account_that_fails_keeps_no_other_waiting(monkeypatch):
    accounts = [build.account() for _ in range(3)]
    for account in accounts:
        bill(account)
    real = overdue_steps.overdue_notices.of_step

    def spoiled(account, *rest):
        if account == accounts[1]:
            raise ValueError("spoiled")
        return real(account, *rest)

    monkeypatch.setattr(overdue_steps.overdue_notices, "of_step", spoiled)
    done = overdue_runs.run(Action.REMIND, now=at(0))

    assert done == {"taken": 2, "failed": 1}
    assert set(StepTaken.objects.values_list("account", flat=True)) == {accounts[0].pk, accounts[2].pk}
    assert case(accounts[1]).next_step_on == ladder.today(0)  # tomorrow's run looks at it again


@pytest.mark.django_db
@pytest.mark.parametrize("many", [3, 30])
def test_a_chunk_costs_the_same_queries_for_any_number(many, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(overdue_jobs, "ALONE", many)
    for _ in range(many):
        bill(build.account())
    sweep(range(15))

    with django_assert_max_num_queries(CHUNK_QUERIES):
        done = overdue_runs.run(Action.BLOCK_OUTBOUND, now=at(15))

    assert done == {"taken": many}
