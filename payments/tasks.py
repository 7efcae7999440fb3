"""Doors of the payments' jobs."""

from celery import shared_task

from billing_portal import clock, nudge
from credit.ladder import Action
from payments import (
    debit_plan,
    debit_raise,
    deletions,
    dispute_follow_up,
    erasure,
    lapses,
    mandate_follow,
    overdue_runs,
    refund_sending,
    settlement_bank,
    webhooks,
)
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
def plan_debits() -> int:
    """Plan the debits of bills that are due soon."""
    return debit_plan.plan_due(now=clock.now())


@shared_task
def plan_top_ups() -> int:
    """Plan the top-ups of accounts that will run low."""
    return debit_plan.plan_top_ups(now=clock.now())


@shared_task
def step_debits() -> int:
    """Announce, raise and conclude debits whose moment has come."""
    return debit_raise.step_due(now=clock.now())


@shared_task
def follow_up() -> int:
    """Ask about undecided payments."""
    looked_at = follow_up_use_case.follow_up(now=clock.now())
    if looked_at:
        nudge.wake("invoices.tasks.render_documents")
    return looked_at


@shared_task
def follow_mandates() -> int:
    """Ask about mandates whose next look is due; one that is active now is planned for at once."""
    looked = mandate_follow.sweep(now=clock.now())
    if looked:
        nudge.wake("payments.tasks.plan_debits")
    return looked


@shared_task
def end_mandates() -> int:
    """End mandates that are over today, and warn of ending cards."""
    return mandate_follow.end_of_day(now=clock.now())


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


@shared_task
def lapse_taxes() -> dict[str, int]:
    """Remind of TDS certificates that are missing, and let lapse what is over."""
    return lapses.run(now=clock.now())


@shared_task
def follow_disputes() -> int:
    """Look at open disputes, and remind finance of those that must be answered soon."""
    return dispute_follow_up.run(now=clock.now())


@shared_task
def send_refunds() -> int:
    """Send refunds to the gateway."""
    return refund_sending.send_due(now=clock.now())


@shared_task
def look_at_refunds() -> int:
    """Ask about refunds on their way."""
    return refund_sending.look_due(now=clock.now())
