"""The demo's clock: never in production, never back, and each day's jobs as beat would have run them."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from structlog.testing import capture_logs

from accounts.levels import Level
from accounts.models import DemoMove, JobRun
from billing_portal import clock, demo_clock
from invoices.tasks import start_billing
from tests import build
from tests.ladder import bill, level

pytestmark = pytest.mark.django_db
REAL = clock.now  # before the tests' clock stands in its place


@pytest.fixture(autouse=True)
def forgotten():
    clock._moved = None
    yield
    clock._moved = None


@pytest.fixture
def demo(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", REAL)
    settings.DEMO = True
    settings.SANDBOX_URL = ""
    for name in ("documents", "archives"):
        storage = settings.STORAGES[name] | {"OPTIONS": {"location": str(tmp_path / name)}}
        settings.STORAGES = settings.STORAGES | {name: storage}


def test_production_asks_nothing_and_cannot_be_moved(django_assert_num_queries, client):
    with django_assert_num_queries(0):
        REAL()
    with pytest.raises(clock.NotADemo):
        clock.move(timedelta(days=1))
    with pytest.raises(demo_clock.NotPossible):
        demo_clock.begin(1)
    with pytest.raises(CommandError):
        call_command("move_clock", "--days", "1")
    assert demo_clock.go_on() == 0
    assert client.get(reverse("demo-clock")).status_code == 404


def test_a_demo_s_clock_goes_ahead_for_all_and_never_back(demo, django_assert_max_num_queries):
    before = clock.now()
    clock.move(timedelta(days=3))
    assert timedelta(days=3) <= clock.now() - before < timedelta(days=3, minutes=1)
    with django_assert_max_num_queries(2):
        for _ in range(50):
            clock.now()

    clock.move(timedelta(days=-2))

    assert clock.now() - before >= timedelta(days=3)


def test_firings_are_each_job_s_first_of_the_day_in_their_order(demo):
    found = demo_clock.firings(build.NOW, build.NOW + timedelta(days=1))

    tasks = [(task, arguments) for _at, task, arguments in found]
    assert len(tasks) == len(set(tasks))
    steps = [arguments[0] for task, arguments in tasks if task.endswith("take_overdue_steps")]
    assert steps == ["remind", "block-outbound", "suspend", "archive", "delete"]
    assert [at for at, *_rest in found] == sorted(at for at, *_rest in found)
    assert all(build.NOW < at <= build.NOW + timedelta(days=1) for at, *_rest in found)


def test_only_one_move_at_a_time_and_within_bounds(demo):
    demo_clock.begin(2)
    for days in (1, 0, 367):
        with pytest.raises(demo_clock.NotPossible):
            demo_clock.begin(days)


def test_a_move_walks_the_ladder_and_says_what_each_day_brought(demo, monkeypatch):
    monkeypatch.setattr(demo_clock, "_settle", _messages_only)
    account = build.account()
    bill(account, due=-14)  # its steps were missed: one a day from now on
    move = demo_clock.begin(3)
    lines = list(demo_clock.follow(move))

    assert move.done == 3 and len(move.report) == len(lines) == 3
    words = " ".join(lines)
    assert "1 account reminded" in words and "1 account stopped from calling out" in words
    assert "message “overdue-reminder”" in words and "freed" not in words
    assert level(account) == Level.OUTBOUND_BLOCKED
    assert DemoMove.objects.get().finished_at


def _messages_only():
    from accounts import notices
    from credit import review

    while review.sweep(now=clock.now()):
        pass
    while notices.send_due(now=clock.now()):
        pass
    return []


def test_what_is_given_to_the_workers_is_done_before_the_clock_goes_on(demo, monkeypatch):
    """Else the nightly look at the limits would come before the look at what was billed."""
    monkeypatch.setattr(demo_clock, "_settle", _messages_only)
    account = build.account()
    build.subscribed(account, now=clock.now() - timedelta(days=29))
    build.paid(account, 3000, now=clock.now() - timedelta(days=29))

    with capture_logs() as logged:
        words = " ".join(demo_clock.follow(demo_clock.begin(3)))

    assert "1 invoice issued" in words and account.documents.bills().count() == 2
    assert not {"limit_was_behind", "business_date_moved_back"} & {one["event"] for one in logged}


@contextmanager
def from_the_broker(task):
    """The task as a worker has it that a message has reached."""
    task.push_request(called_directly=False, is_eager=False)
    try:
        yield task
    finally:
        task.pop_request()


def test_while_the_clock_jumps_a_worker_leaves_all_jobs_to_the_mover(demo):
    """A job of yesterday, by a clock read before the move, would find today's run and call the date moved back."""
    with from_the_broker(start_billing) as task:
        move = demo_clock.begin(1)
        assert task() == 0 and not JobRun.objects.exists()

        DemoMove.objects.filter(pk=move.pk).update(finished_at=clock.now())
        task()
        assert JobRun.objects.get().job == "billing"


def test_a_worker_reads_the_clock_afresh_for_each_job(demo):
    clock.now()
    with connection.cursor() as cursor:  # as another process moves it
        cursor.execute("insert into accounts_democlock (id, seconds) values (1, 864000)")
    with from_the_broker(start_billing) as task:
        task()

    assert JobRun.objects.get().business_date == clock.today()
    assert clock.offset() == timedelta(days=10)


def test_an_interrupted_move_goes_on(demo, monkeypatch):
    monkeypatch.setattr(demo_clock, "_day", lambda: {"date": "2026-11-25", "said": []})
    move = demo_clock.begin(5)
    DemoMove.objects.filter(pk=move.pk).update(done=3)

    assert demo_clock.go_on() == 5
    assert demo_clock.go_on() == 0


def test_the_page_moves_shows_progress_and_refuses_a_second_click(demo, client):
    url = reverse("demo-clock")
    assert b"7 days ahead" in client.get(url).content

    assert client.post(url, {"days": 7}).status_code == 302
    text = client.get(url).content.decode()
    assert "0 of 7" in text and "every 2s" in text
    text = client.post(url, {"days": 1}, follow=True).content.decode()
    assert "moving already" in text
    assert DemoMove.objects.count() == 1
    assert "Move by 1 to 366 days" in client.post(url, {"days": "x"}, follow=True).content.decode()
