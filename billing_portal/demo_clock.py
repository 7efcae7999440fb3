"""Moving a demo's clock ahead by days: each day's jobs run in their order, until nothing is due any more.

The portal's clock goes first, the sandbox's follows by as much; neither goes back. The jobs are those of beat's table,
so a new one comes along by itself. What each day brought is read from the rows that it left (demo_report.py).
"""

import math
import time as systime
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from celery import current_app
from celery.schedules import crontab
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Min

from accounts.models import DemoMove
from billing_portal import clock, demo_phone, demo_report, demo_sandbox, text
from payments.models import Debit

log = structlog.get_logger(__name__)

INDIA = ZoneInfo("Asia/Kolkata")
LONGEST = 366  # days of one move
ROUNDS = 40  # of the frequent jobs, after each day's own; then what is still due is named
JOB = "billing_portal.tasks.move_demo_clock"
LEAVE_OUT = {"billing_portal.tasks.tick", JOB}  # beat's heart beats in real time
LOCK = 7_301_009  # advisory: one mover at a time


class NotPossible(ValueError):
    """The clock is not moved; the message says why."""


def begin(days: int) -> DemoMove:
    """Write down a move by so many days. Raises NotPossible: not a demo, out of bounds, or one is on its way."""
    if not settings.DEMO:
        raise NotPossible("Only a demo's clock is moved.")
    if not 1 <= days <= LONGEST:
        raise NotPossible(f"Move by 1 to {LONGEST} days.")
    try:
        with transaction.atomic():
            return DemoMove.objects.create(days=days, asked_at=clock.now())
    except IntegrityError:
        raise NotPossible("The clock is moving already: wait until it is there.") from None


def go_on() -> int:
    """Carry out the move that was asked for, also one that was interrupted; return how many days it went.

    One mover at a time; nobody telephones and no worker begins anything while the clock jumps (celery.py).
    """
    if not settings.DEMO:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    moved = False
    try:
        move = DemoMove.objects.filter(finished_at=None).first()
        if move is None:
            return 0
        moved = True
        _let_people_call(False)
        return run(move).done
    finally:
        if moved:
            _let_people_call(True)
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])


def run(move: DemoMove) -> DemoMove:
    """Carry out a move, a day at a time; each day's report is kept as soon as it is over.

    What a job gives out to the workers is done here too, so that the clock goes on only when all of it is done.
    """
    current_app.loader.import_default_modules()  # a command knows no tasks by itself
    eager, current_app.conf.task_always_eager = current_app.conf.task_always_eager, True
    try:
        for _ in range(move.done, move.days):
            move.report = [*move.report, _day()]
            move.done += 1
            move.save(update_fields=["report", "done"])
    except Exception as error:
        move.error = f"{type(error).__name__}: {error}"[:300]
        raise
    finally:
        current_app.conf.task_always_eager = eager
        move.finished_at = clock.now()
        move.save(update_fields=["finished_at", "error"])
    return move


def follow(move: DemoMove) -> Iterator[str]:
    """Yield each day's line of a move as it comes, whoever carries it out, until it is over."""
    told = 0
    while True:
        go_on()
        move.refresh_from_db()
        for row in move.report[told:]:
            yield line(row)
        told = len(move.report)
        if move.finished_at:
            return
        systime.sleep(1)


def line(row: dict[str, Any]) -> str:
    """Return one day as people read it."""
    on = date.fromisoformat(row["date"])
    return f"{on:%a} {text.day(on)}: {', '.join(row['said']) or 'nothing'}"


def _day() -> dict[str, Any]:
    """Move to the same time tomorrow; run what beat would have run in between."""
    began = clock.now()
    there = began + timedelta(days=1)
    _settle()
    for at, task, arguments in firings(began, there):
        _pass_debits(at)
        _move_to(at)
        _do(task, arguments)
        _settle()
    _pass_debits(there)
    _move_to(there)
    left = _settle()
    said = demo_report.of(began, clock.now())
    if left:
        said.append("jobs still busy: " + ", ".join(left))
    return {"date": clock.today().isoformat(), "said": said}


def _pass_debits(until: datetime) -> None:
    """Stop at each moment in which a debit is to be announced or raised: a bank takes it at its hours only."""
    coming = Debit.objects.filter(
        state__in=(Debit.State.SCHEDULED, Debit.State.NOTICED), next_step_at__lte=until
    )
    while at := coming.filter(next_step_at__gt=clock.now()).aggregate(at=Min("next_step_at"))["at"]:
        _move_to(at)
        _settle()


def firings(after: datetime, until: datetime) -> list[tuple[datetime, str, tuple[str, ...]]]:
    """Return the first firing of each daily job on each date between two moments, in order."""
    from billing_portal.celery import BEAT

    found = []
    for day in (clock.business_date(after), clock.business_date(until)):
        for _name, task, when, _queue, *arguments in BEAT:
            if isinstance(when, crontab) and (at := _first(when, day)) and after < at <= until:
                found.append((at, task, tuple(arguments)))
    return sorted(found)


def _first(when: Any, day: date) -> datetime | None:
    """Return a crontab's first firing on a day, None where it has none."""
    if day.day not in when.day_of_month or day.month not in when.month_of_year:
        return None
    return datetime.combine(day, time(min(when.hour), min(when.minute)), tzinfo=INDIA)


def _settle() -> list[str]:
    """Run the frequent jobs until none of them finds anything; return those that still did after many rounds."""
    from billing_portal.celery import BEAT

    often = [task for _name, task, when, *_rest in BEAT if isinstance(when, int) and task not in LEAVE_OUT]
    busy: list[str] = []
    for _ in range(ROUNDS):
        busy = [task for task in often if _do(task, ())]
        if not busy:
            return []
    return busy


def _do(task: str, arguments: tuple[str, ...]) -> bool:
    """Run one job here and now; return whether it found something to do. A failure is logged, as a worker would."""
    try:
        return bool(current_app.tasks[task](*arguments))
    except Exception as error:
        log.error("demo_job_failed", job=task, error=type(error).__name__)
        return False


def _move_to(at: datetime) -> None:
    seconds = math.ceil((at - clock.now()).total_seconds())
    if seconds > 0:
        clock.move(timedelta(seconds=seconds))
        _move_sandbox(seconds)


def _let_people_call(may: bool) -> None:
    if settings.SANDBOX_URL:
        demo_phone.open_lines(may)


def _move_sandbox(seconds: int) -> None:
    if settings.SANDBOX_URL:
        demo_sandbox.steer("clock", {"advance": f"PT{seconds}S"}, timeout=300)
