"""Doors of the portal's own jobs."""

from celery import shared_task

from billing_portal import books, clock, demo_clock, heartbeat


@shared_task
def tick() -> None:
    """Show that beat and a worker live; the readiness page reads it."""
    heartbeat.strike(clock.now())


@shared_task
def verify_books() -> int:
    """Check every invariant each night and keep the result; return how many findings there are."""
    report, _row = books.verify(now=clock.now())
    return len(report.findings)


@shared_task
def move_demo_clock() -> int:
    """Carry out the move of the demo's clock that was asked for on its page; return how many days it went."""
    return demo_clock.go_on()
