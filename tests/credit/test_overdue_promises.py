"""What is promised of the ladder, each by its own example: the edges of days, calendars, standstills, and kills."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account, JobRun, Notice
from accounts.restrictions import Reason
from billing_portal.unit import unit
from credit import ladder as rules
from credit import policy, returns
from credit.ladder import Action, Facts, Taken
from credit.models import Archive, Deletion, StepTaken
from invoices.models import UsageRecord
from payments import deletions, overdue_runs, take_in
from tests import archived, build, fakes, ladder
from tests.credit.test_deletion import approve, marked
from tests.ladder import DUE, at, bill, case, level, sweep
from tests.payments.test_kill import dies_at

IST = timedelta(hours=5, minutes=30)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """Documents and archives in an empty folder."""
    for name in ("documents", "archives"):
        storage = settings.STORAGES[name] | {"OPTIONS": {"location": str(tmp_path / name)}}
        settings.STORAGES = settings.STORAGES | {name: storage}


def indian(day: int, hour: int, minute: int, second: int = 0) -> datetime:
    """A moment of the Indian day so many days after DUE."""
    on = DUE + timedelta(days=day)
    return datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=UTC) - IST


# PRODUCT § 5
TABLE = (
    (0, Action.REMIND, "overdue"),
    (7, Action.REMIND, "overdue-reminder"),
    (15, Action.BLOCK_OUTBOUND, "outbound-blocked"),
    (30, Action.SUSPEND, "suspended"),
    (60, Action.ARCHIVE, "archived"),
    (83, Action.REMIND, "last-notice"),
)


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "action", "notice"), TABLE)
def test_a_step_is_not_taken_at_23_59_before_its_day_and_is_at_00_00_of_it(day, action, notice):
    account = archived.account()
    archived.files_are_made()
    sweep(range(day))
    job = f"overdue-{action}"
    JobRun.objects.filter(job=job, business_date=ladder.today(day - 1)).delete()

    overdue_runs.run(action, now=indian(day - 1, 23, 59, 59))
    assert not StepTaken.objects.filter(account=account, taken_on=ladder.today(day)).exists()
    assert not Notice.objects.filter(account=account, name=notice).exists()
    overdue_runs.run(action, now=indian(day, 0, 0))

    step = StepTaken.objects.get(account=account, taken_on=ladder.today(day))
    assert (step.action, step.day) == (action, day)
    assert Notice.objects.filter(account=account, name=notice).exists()


@pytest.mark.django_db
def test_deletion_is_not_at_23_59_of_day_89_and_is_at_00_00_of_day_90():
    account = marked()
    approve(account, now=at(84))
    Deletion.objects.update(marked_at=at(80))  # its week is over before that night
    sweep(range(84, 89))
    overdue_runs.run(Action.DELETE, now=indian(89, 23, 59, 59))
    assert level(account) == Level.ARCHIVED

    overdue_runs.run(Action.DELETE, now=indian(90, 0, 0))

    assert level(account) == Level.DELETED


def test_due_on_31_january_2026_the_steps_fall_on_the_published_dates():
    facts, dates = Facts(date(2026, 1, 31)), []
    day = facts.due_on
    for _ in range(100):
        step = rules.due_step(policy.OVERDUE_STEPS, facts, today=day)
        if step:
            dates.append((step.action, day))
            facts = Facts(facts.due_on, (*facts.taken, Taken(step.day, step.action, day)), day)
        day += timedelta(days=1)

    assert [on for action, on in dates if not (action == Action.REMIND and on.month == 4)] == [
        date(2026, 1, 31), date(2026, 2, 7), date(2026, 2, 15), date(2026, 3, 2), date(2026, 4, 1), date(2026, 5, 1),
    ]  # fmt: skip


@pytest.mark.django_db
def test_bills_due_1_and_3_may_the_first_paid_on_7_may():
    first = DUE  # stands for 1 May
    account = build.account()
    bill(account, "20")
    bill(account, "20", due=2)
    sweep(range(6))
    build.paid(account, "23.60", now=at(6))
    sweep(range(6, 33))

    taken = {step.day: step.taken_on for step in StepTaken.objects.filter(account=account, undone_at=None)}
    assert taken[7] == first + timedelta(days=9)  # 10 May
    assert taken[15] == first + timedelta(days=17)  # 18 May
    assert taken[30] == first + timedelta(days=32)  # 2 June


@pytest.mark.django_db
def test_stopped_by_hand_and_overdue_paid_it_stays_stopped():
    account = build.account()
    bill(account)
    sweep(range(31))

    @unit
    def stop():
        restrictions.impose(Account.objects.lock(account.pk), Reason.MANUAL, Level.SUSPENDED, now=at(30))

    stop()
    build.paid(account, "59", now=at(31))

    assert level(account) == Level.SUSPENDED
    assert [row.reason for row in restrictions.standing(account)] == [Reason.MANUAL]


@pytest.mark.django_db
def test_a_job_run_22_times_a_day_sends_one_mail():
    account = build.account()
    bill(account)
    for hour in range(22):
        overdue_runs.run(Action.REMIND, now=indian(0, hour, 30))

    assert Notice.objects.filter(account=account, name="overdue").count() == 1


@pytest.mark.django_db
def test_beat_dead_for_five_days_merges_reminders_and_never_harms_twice_a_day():
    account = build.account()
    bill(account)
    sweep([0])
    sweep([12, 12, 13, 20, 21, 22])

    days = list(StepTaken.objects.filter(account=account).order_by("taken_on").values_list("day", "taken_on"))
    assert days == [(0, ladder.today(0)), (7, ladder.today(12)), (15, ladder.today(20))]


@pytest.mark.django_db
def test_after_a_standstill_from_day_15_to_100_nothing_is_archived_or_deleted_that_night():
    account = archived.account()
    archived.files_are_made()
    sweep(range(16))
    sweep([100])

    assert level(account) == Level.SUSPENDED
    assert StepTaken.objects.filter(account=account, taken_on=ladder.today(100)).count() == 1
    sweep([101])
    assert level(account) == Level.ARCHIVED
    sweep(range(102, 120))
    assert level(account) == Level.ARCHIVED  # nobody has approved its deletion


@pytest.mark.django_db
def test_money_captured_at_23_59_59_of_day_29_and_learned_of_on_day_30_undoes_the_step_at_once_without_a_fee(
    settings,
):
    settings.GATEWAY = "tests.fakes.FakeGateway"  # it answers, and knows of nothing yet
    fakes.FakeGateway.world = fakes.World()
    account = build.account()
    bill(account)
    sweep(range(30))
    payment = build.payment(account, "59", now=indian(29, 23, 50))
    ladder.work(30)
    assert level(account) == Level.SUSPENDED

    take_in.capture(payment.pk, build.report(payment, created_at=indian(29, 23, 59, 59)), now=at(30, hour=7))

    assert level(account) == Level.ACTIVE
    assert case(account).closed_why == "paid"
    assert not account.documents.filter(open_amount__gt=0).exists()
    assert not account.documents.filter(lines__description=returns.DESCRIPTION).exists()
    assert account.restorations.get().captured_at == indian(29, 23, 59, 59)


def state(account: Account) -> tuple:
    return (
        level(account),
        list(StepTaken.objects.filter(account=account).order_by("pk").values_list("action", "taken_on")),
        Notice.objects.filter(account=account, event__startswith="overdue:").count(),
        account.service_orders.count(),
        UsageRecord.objects.filter(account=account).count(),
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("days", "action", "day"), [([0, 7], Action.BLOCK_OUTBOUND, 15), ([0, 7, 15, 30], Action.ARCHIVE, 60)]
)
def test_killed_at_any_statement_of_a_step_it_is_taken_whole_and_once(days, action, day):
    account = archived.account()
    archived.files_are_made()
    sweep(days)
    before, seen = state(account), []
    for number in range(1, 400):
        killed = dies_at(number, lambda: overdue_runs.run(action, now=at(day)))
        seen.append(state(account))
        if not killed:
            break
    else:
        pytest.fail("never came through")

    after = seen[-1]
    assert after != before and after[1][-1] == (action, ladder.today(day))
    first = seen.index(after)
    assert first > 10 and seen == [before] * first + [after] * (len(seen) - first)


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(240)
def test_killed_at_any_statement_of_a_deletion_it_goes_on_to_its_certificate():
    account = marked()
    approve(account, now=at(84))
    sweep(range(84, 90))

    def delete():
        overdue_runs.run(Action.DELETE, now=at(90))
        Notice.objects.filter(state="owed").update(state="sent", sent_at=at(90), next_attempt_at=None)
        deletions.finish_due(now=at(90))

    kills = 0
    for number in range(1, 400, 2):  # each round goes on where the one before died
        if not dies_at(number, delete):
            break
        kills += 1
    delete()

    row = Deletion.objects.get(account=account)
    assert kills > 5 and row.finished_at and set(row.done) == set(deletions.stages())
    assert Archive.objects.get(account=account).state == Archive.State.DESTROYED
    assert StepTaken.objects.filter(account=account, action="delete").count() == 1
