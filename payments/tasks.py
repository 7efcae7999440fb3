"""Doors of the payments' jobs."""

from celery import shared_task

from billing_portal import clock, nudge
from credit.ladder import Action
from payments import deletions, erasure, overdue_runs, settlement_bank, webhooks
from payments import downtimes as downtimes_use_case
from payments import follow_up as follow_up_use_case
from payments import reconcile as reconcile_use_case


@shared_task
def handle_events() -> int:
    """Handle stored calls of the gateway."""
    handled = webhooks.handle_due(now=clock.now())
    if handled:
        nudge.wake("invoices.tasks.render_documents")
    return handled


@shared_task
def follow_up() -> int:
    """Ask about undecided payments."""
    looked_at = follow_up_use_case.follow_up(now=clock.now())
    if looked_at:
        nudge.wake("invoices.tasks.render_documents")
    return looked_at


@shared_task
def take_overdue_steps(action: str) -> dict[str, int]:
    """Take today's steps of one action of the overdue ladder."""
    return dict(overdue_runs.run(Action(action), now=clock.now(), skew=clock.skew()))


@shared_task
def go_on_overdue() -> int:
    """Go on with the overdue runs that staff have confirmed."""
    return overdue_runs.go_on(now=clock.now(), skew=clock.skew())


@shared_task
def finish_deletions() -> int:
    """Go on with the deletions that were begun."""
    return deletions.finish_due(now=clock.now())


@shared_task
def erase_late_calls() -> int:
    """Erase the gateway's late calls about accounts that are deleted."""
    return erasure.late_calls(now=clock.now())


@shared_task
def reconcile() -> dict[str, int]:
    """Compare the gateway's lists with our books, once a business date."""
    return reconcile_use_case.run(now=clock.now())


@shared_task
def match_settlements() -> int:
    """Find the bank lines of settlements."""
    return settlement_bank.match(now=clock.now())


@shared_task
def poll_downtimes() -> int:
    """Ask which ways to pay are failing."""
    return downtimes_use_case.poll(now=clock.now())
