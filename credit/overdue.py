"""Overdue cases: each follows what is unpaid, and relief is at once.

The callers hold the account's lock. The steps themselves are taken in overdue_steps.py; which is due is decided in
ladder.py.
"""

from dataclasses import replace
from datetime import date, datetime

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account
from accounts.restrictions import Reason
from billing_portal import clock
from credit import (
    deletion,
    ladder,
    ladder_checks,
    overdue_facts,
    overdue_notices,
    overdue_policies,
    restorations,
    returns,
)
from credit.ladder import Action, Step
from credit.models import OverdueCase, StepTaken
from credit.overdue_facts import Found

Wait = OverdueCase.Wait
Closed = OverdueCase.Closed
WAITING = ("waits_for", "waits_since", "unannounced_by")
LEVELS = {
    Action.BLOCK_OUTBOUND: Level.OUTBOUND_BLOCKED,
    Action.SUSPEND: Level.SUSPENDED,
    Action.ARCHIVE: Level.SUSPENDED,
}


def review(account: Account, *, now: datetime, why: Closed = Closed.PAID) -> None:
    """Let the account's case follow what is unpaid: watch a new bill, lift what is not deserved, close what is paid.

    `why` is what a case is closed with when nothing is past due any more. The caller holds the account's lock.
    Repeating does nothing. One query where nothing is unpaid.
    """
    today = clock.business_date(now)
    found = overdue_facts.of([account.pk], today=today)[0]
    if account.wanted_level == Level.DELETED:
        return
    if found.case is None:
        if (
            found.bill and account.wanted_level != Level.ARCHIVED
        ):  # the fee's bill starts no ladder of its own
            _watch(account, found.bill.due_on, now)
        return
    if found.past_due == 0 and found.case.opened_on:
        close(account, found, why, now=now)
        if found.bill and account.wanted_level != Level.ARCHIVED:
            _watch(account, found.bill.due_on, now)
    elif found.bill is None and not found.case.extensions.exists():
        found.case.delete()  # it was watched only: paid before its due date
    elif found.bill is None:
        close(account, found, why, now=now)
    else:
        follow(account, found, now=now)


def follow(account: Account, found: Found, *, now: datetime) -> None:
    """Undo what the case is not overdue enough for, and plan the next step. The caller holds the account's lock."""
    case, facts, today = found.case, found.facts, clock.business_date(now)
    if case is None or facts is None:
        return
    gone = {one.day for one in ladder.undone(found.steps, facts, today=today)}
    if gone:
        StepTaken.objects.filter(case=case, day__in=gone, undone_at=None).update(undone_at=now)
        facts = replace(facts, taken=tuple(one for one in facts.taken if one.day not in gone))
        _restrict(account, ladder.harshest(facts.taken), now)
    plan(case, found.steps, facts, today=today)


def plan(case: OverdueCase, steps: tuple[Step, ...], facts: ladder.Facts, *, today: date) -> None:
    """Write down what comes next and when; a case that has nothing more to come has no date."""
    if foresee(case, facts, ladder.next_due(steps, facts, today=today)):
        case.save(update_fields=["due_on", "next_action", "next_step_on", *WAITING])


def foresee(case: OverdueCase, facts: ladder.Facts, coming: tuple[Step, date] | None) -> bool:
    """Put on a case what comes next; return whether that is news. The caller saves it."""
    action, when = (coming[0].action, coming[1]) if coming else ("", None)
    if (case.due_on, case.next_action, case.next_step_on) == (facts.due_on, action, when):
        return False
    if case.next_action != action:
        wait(case, "", None)
    case.due_on, case.next_action, case.next_step_on = facts.due_on, action, when
    return True


def close(account: Account, found: Found, why: Closed, *, now: datetime) -> None:
    """Close the account's case and lift what it imposed, in the same unit. The caller holds the account's lock."""
    case = found.case
    if case is None or case.closed_at:
        return
    StepTaken.objects.filter(case=case, undone_at=None).update(undone_at=now)
    deletion.take_back(account, why="The overdue case is closed.", now=now)  # the mark is this case's
    wait(case, "", None)
    case.closed_at, case.closed_why, case.next_action, case.next_step_on = now, why, "", None
    case.save(update_fields=["closed_at", "closed_why", "next_action", "next_step_on", *WAITING])
    if restrictions.lift(account, Reason.OVERDUE, now=now):
        restorations.begin(account, case, now=now)
        if returns.begin(account, now=now) is None:
            overdue_notices.owe_restored(account, case, now=now)


def _watch(account: Account, due_on: date, now: datetime) -> None:
    policy = overdue_policies.current(now=now)
    case = OverdueCase(account=account, policy=policy, due_on=due_on, watched_at=now)
    facts = ladder.Facts(due_on, not_counted=overdue_facts.outages())
    coming = ladder.next_due(ladder_checks.read(policy.steps), facts, today=clock.business_date(now))
    if coming:
        case.next_action, case.next_step_on = coming[0].action, coming[1]
    case.save()


def _restrict(account: Account, action: Action | None, now: datetime) -> None:
    """Let the restriction `overdue` be what the harshest standing step asks for."""
    level = LEVELS.get(action) if action else None
    if level:
        restrictions.impose(account, Reason.OVERDUE, level, now=now)
    elif action in (None, Action.REMIND):
        restrictions.lift(account, Reason.OVERDUE, now=now)


def wait(case: OverdueCase, what: Wait | str, now: datetime | None) -> None:
    """Put on a case what it waits for, since when; the caller saves it.

    A notice that becomes a person's question keeps its beginning.
    """
    if not what:
        case.unannounced_by = None
        case.waits_since = None
    elif not case.waits_for or (
        {case.waits_for, what} - {Wait.NOTICE, Wait.PERSON} and case.waits_for != what
    ):
        case.waits_since = now
    case.waits_for = what
