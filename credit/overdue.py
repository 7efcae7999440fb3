"""The overdue ladder carried out: a case follows what is unpaid, one step a day, and relief is at once.

The caller of `review` holds the account's lock; `take` takes it. Which step is due is decided in ladder.py.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account, Notice
from accounts.restrictions import Reason
from billing_portal import clock
from billing_portal.unit import unit
from credit import ladder, overdue_facts, overdue_notices, overdue_policies, restorations
from credit.ladder import Action, Step
from credit.models import OverdueCase, StepTaken
from credit.overdue_facts import Found

Wait = OverdueCase.Wait
Closed = OverdueCase.Closed
PATIENCE = timedelta(days=3)  # that messages may fail before a person is asked
SHIELD = timedelta(hours=24)  # that an undecided payment holds a step back,
SHIELDS = 2  # so often a case
LEVELS = {
    Action.BLOCK_OUTBOUND: Level.OUTBOUND_BLOCKED,
    Action.SUSPEND: Level.SUSPENDED,
    Action.ARCHIVE: Level.SUSPENDED,
}

IsPaying = Callable[[int], bool]
CarryOut = Callable[[Account, OverdueCase, datetime], Wait | None]


class Outcome(StrEnum):
    """What became of a case that a job looked at."""

    TAKEN = "taken"
    NOT_DUE = "not_due"
    WAITS = "waits"


def review(account: Account, *, now: datetime) -> None:
    """Let the account's case follow what is unpaid: watch a new bill, lift what is not deserved, close what is paid.

    The caller holds the account's lock. Repeating does nothing. One query where nothing is unpaid.
    """
    today = clock.business_date(now)
    found = overdue_facts.of([account.pk], today=today)[0]
    if found.case is None:
        if found.bill:
            _watch(account, found.bill.due_on, now)
        return
    if found.past_due == 0 and found.case.opened_on:
        close(account, found, Closed.PAID, now=now)
        if found.bill:
            _watch(account, found.bill.due_on, now)
    elif found.bill is None and not found.case.extensions.exists():
        found.case.delete()  # it was watched only: paid before its due date
    elif found.bill is None:
        close(account, found, Closed.PAID, now=now)
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
    coming = ladder.next_due(steps, facts, today=today)
    action, when = (coming[0].action, coming[1]) if coming else ("", None)
    if (case.due_on, case.next_action, case.next_step_on) == (facts.due_on, action, when):
        return
    if case.next_action != action:
        _wait(case, "", None)
    case.due_on, case.next_action, case.next_step_on = facts.due_on, action, when
    case.save(
        update_fields=["due_on", "next_action", "next_step_on", "waits_for", "waits_since", "unannounced_by"]
    )


def close(account: Account, found: Found, why: Closed, *, now: datetime) -> None:
    """Close the account's case and lift what it imposed, in the same unit. The caller holds the account's lock."""
    case = found.case
    if case is None or case.closed_at:
        return
    StepTaken.objects.filter(case=case, undone_at=None).update(undone_at=now)
    _wait(case, "", None)
    case.closed_at, case.closed_why, case.next_action, case.next_step_on = now, why, "", None
    case.save(
        update_fields=[
            "closed_at",
            "closed_why",
            "next_action",
            "next_step_on",
            "waits_for",
            "waits_since",
            "unannounced_by",
        ]
    )
    if restrictions.lift(account, Reason.OVERDUE, now=now):
        restorations.begin(account, case, now=now)
        overdue_notices.owe_restored(account, case, now=now)


@unit
def take(
    case_id: int,
    action: Action,
    *,
    now: datetime,
    is_paying: IsPaying = lambda _account: False,
    carry_out: CarryOut | None = None,
) -> Outcome:
    """Take the case's step of today if it is this one. Looks again under the account's lock; repeating does nothing.

    Harm waits until the message before it was handed over on one channel, or a person has decided, and while a payment
    is undecided (`is_paying`), a day at a time and twice a case at most. `carry_out` does what archiving and deleting
    need beyond a restriction, and returns what it waits for.
    """
    account = Account.objects.lock(OverdueCase.objects.values_list("account_id", flat=True).get(pk=case_id))
    today = clock.business_date(now)
    found = overdue_facts.of([account.pk], today=today)[0]
    case, facts = found.case, found.facts
    if case is None or case.pk != case_id or facts is None:
        return Outcome.NOT_DUE
    step = ladder.due_step(found.steps, facts, today=today)
    if step is None or step.action != action or found.past_due == 0:
        review(account, now=now)
        return Outcome.NOT_DUE
    wait = _hindrance(account, found, now, is_paying) if step.is_harm else None
    wait = wait or (carry_out(account, case, now) if carry_out else None)
    if wait:
        _wait(case, wait, now)
        case.save(update_fields=["waits_for", "waits_since", "shields", "shielded_until"])
        return Outcome.WAITS
    _take(account, found, step, now)
    return Outcome.TAKEN


def _watch(account: Account, due_on: date, now: datetime) -> None:
    policy = overdue_policies.current(now=now)
    case = OverdueCase(account=account, policy=policy, due_on=due_on, watched_at=now)
    facts = ladder.Facts(due_on, not_counted=overdue_facts.outages())
    coming = ladder.next_due(overdue_facts.steps_of(case), facts, today=clock.business_date(now))
    if coming:
        case.next_action, case.next_step_on = coming[0].action, coming[1]
    case.save()


def _hindrance(account: Account, found: Found, now: datetime, is_paying: IsPaying) -> Wait | None:
    """Return what holds a harmful step back, or None."""
    case = found.case
    assert case is not None
    if case.unannounced_by_id is None and not _is_announced(account, found):
        since = case.waits_since if case.waits_for in (Wait.NOTICE, Wait.PERSON) and case.waits_since else now
        return Wait.PERSON if now - since >= PATIENCE else Wait.NOTICE
    if not is_paying(account.pk):
        return None
    if case.shielded_until and now < case.shielded_until:
        return Wait.PAYMENT
    if case.shields >= SHIELDS:
        return None
    case.shields, case.shielded_until = case.shields + 1, now + SHIELD
    return Wait.PAYMENT


def _is_announced(account: Account, found: Found) -> bool:
    """Whether the message of the step before was handed over on at least one channel."""
    if not found.taken:
        return False
    sent = Notice.objects.filter(account=account, event=found.taken[-1].event, state=Notice.State.SENT)
    return sent.exists()


def _take(account: Account, found: Found, step: Step, now: datetime) -> None:
    case, facts, today = found.case, found.facts, clock.business_date(now)
    assert case is not None and facts is not None
    row = StepTaken.objects.create(
        case=case,
        account=account,
        day=step.day,
        action=step.action,
        due_on=facts.due_on,
        taken_on=today,
        taken_at=now,
        due=found.past_due,
        bill_id=found.bill.id if found.bill else None,
        announced_by=found.taken[-1] if found.taken else None,
        unannounced_by_id=case.unannounced_by_id,
    )
    case.opened_on, case.last_on = case.opened_on or today, today
    _wait(case, "", None)
    case.save(update_fields=["opened_on", "last_on", "waits_for", "waits_since", "unannounced_by"])
    taken = (*facts.taken, ladder.Taken(step.day, step.action, today))
    after = replace(facts, taken=taken, last_on=today)
    if step.is_harm:
        _restrict(account, ladder.harshest(taken), now)
    overdue_notices.owe_step(
        account, found, row, step, ladder.next_due(found.steps, after, today=today), now=now
    )
    plan(case, found.steps, after, today=today)


def _restrict(account: Account, action: Action | None, now: datetime) -> None:
    """Let the restriction `overdue` be what the harshest standing step asks for."""
    level = LEVELS.get(action) if action else None
    if level:
        restrictions.impose(account, Reason.OVERDUE, level, now=now)
    elif action in (None, Action.REMIND):
        restrictions.lift(account, Reason.OVERDUE, now=now)


def _wait(case: OverdueCase, what: Wait | str, now: datetime | None) -> None:
    """Note what a case waits for, since when; a notice that becomes a person's question keeps its beginning."""
    if not what:
        case.unannounced_by = None
        case.waits_since = None
    elif not case.waits_for or (
        {case.waits_for, what} - {Wait.NOTICE, Wait.PERSON} and case.waits_for != what
    ):
        case.waits_since = now
    case.waits_for = what
