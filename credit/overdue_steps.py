"""The steps of overdue cases, a chunk of accounts in one unit: each is decided alone, all are written together.

Which step is due is decided in ladder.py, from facts that are read again under the accounts' locks.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from accounts import notices, restrictions
from accounts.models import Account, Notice
from accounts.restrictions import Reason
from billing_portal import bulk, clock
from billing_portal.unit import unit
from credit import ladder, overdue, overdue_facts, overdue_notices
from credit.ladder import Action, Step
from credit.models import OverdueCase, StepTaken
from credit.overdue_facts import Found

Wait = OverdueCase.Wait
PATIENCE = timedelta(days=3)  # that messages may fail before a person is asked
SHIELD = timedelta(hours=24)  # that an undecided payment holds a step back,
SHIELDS = 2  # so often a case

Paying = Callable[[Collection[int]], set[int]]
CarryOut = Callable[[Account, OverdueCase, datetime], Wait | None]


class Outcome(StrEnum):
    """What became of a case that a job looked at."""

    TAKEN = "taken"
    NOT_DUE = "not_due"
    WAITS = "waits"


@dataclass(frozen=True)
class Turn:
    """An account whose step is due, as found under its lock."""

    account: Account
    found: Found
    case: OverdueCase
    facts: ladder.Facts
    step: Step

    @property
    def is_silent(self) -> bool:
        """Whether the step is in effect already: it is written down, harms nobody and says nothing."""
        return ladder.is_in_effect(self.facts, self.step.action)


def nobody(_accounts: Collection[int]) -> set[int]:
    """Say that no account has a payment on its way."""
    return set()


@unit
def take_many(
    cases: Sequence[int],
    *,
    action: Action,
    now: datetime,
    paying: Paying = nobody,
    carry_out: CarryOut | None = None,
) -> Counter[str]:
    """Take the cases' steps of today if they are this one; return how many became which `Outcome`.

    Looks again under the accounts' locks; repeating does nothing. Harm waits until the message before it was handed
    over on one channel, or a person has decided, and while a payment is undecided (`paying`), a day at a time and
    twice a case at most. What an archived account has in effect already is taken silently. `carry_out` does what
    archiving and deleting need beyond a restriction, and returns what it waits for; such cases come one in a unit.
    """
    if carry_out is None and action in (Action.ARCHIVE, Action.DELETE):
        raise ValueError(f"{action} is more than a restriction: say how it is carried out.")
    of_cases = OverdueCase.objects.filter(pk__in=cases).values("account_id")
    accounts = {one.pk: one for one in Account.objects.lock_all(pk__in=of_cases)}
    today = clock.business_date(now)
    turns = []
    for found in overdue_facts.of(accounts, today=today):
        turn = _turn(accounts[found.account], found, action, now)
        if turn and turn.case.pk in cases:
            turns.append(turn)
        elif turn is None:
            overdue.review(accounts[found.account], now=now)
    harming = [turn for turn in turns if turn.step.is_harm and not turn.is_silent]
    waits = _hindered(harming, action, now, paying)
    for turn in turns:
        wait = waits.get(turn.case.pk) or (carry_out(turn.account, turn.case, now) if carry_out else None)
        if wait:
            waits[turn.case.pk] = wait
            overdue.wait(turn.case, wait, now)
    _take([turn for turn in turns if turn.case.pk not in waits], now)
    _save([turn.case for turn in turns])
    counts = {
        Outcome.TAKEN: len(turns) - len(waits),
        Outcome.WAITS: len(waits),
        Outcome.NOT_DUE: len(cases) - len(turns),
    }
    return Counter({str(outcome): count for outcome, count in counts.items() if count})


def _turn(account: Account, found: Found, action: Action, now: datetime) -> Turn | None:
    if found.case is None or found.facts is None or found.past_due == 0:
        return None
    step = ladder.due_step(found.steps, found.facts, today=clock.business_date(now))
    if step is None or step.action != action:
        return None
    return Turn(account, found, found.case, found.facts, step)


def _hindered(turns: Sequence[Turn], action: Action, now: datetime, paying: Paying) -> dict[int, Wait]:
    """Return what holds harmful steps back, by case."""
    told = _announced(turns)
    waits = {}
    for turn in turns:
        case = turn.case
        if case.unannounced_by_id is None and case.pk not in told:
            since = case.waits_since if case.waits_for in (Wait.NOTICE, Wait.PERSON) else None
            waits[case.pk] = Wait.PERSON if now - (since or now) >= PATIENCE else Wait.NOTICE
    free = {turn.account.pk: turn.case for turn in turns if turn.case.pk not in waits}
    for account in paying(free.keys()) if free else ():
        if action == Action.DELETE or _is_shielded(free[account], now):
            waits[free[account].pk] = Wait.PAYMENT
    return waits


def _is_shielded(case: OverdueCase, now: datetime) -> bool:
    """Whether a payment on its way holds the case back now; a new shield is written on the case."""
    if case.shielded_until and now < case.shielded_until:
        return True
    if case.shields >= SHIELDS:
        return False
    case.shields, case.shielded_until = case.shields + 1, now + SHIELD
    return True


def _announced(turns: Sequence[Turn]) -> set[int]:
    """Return the cases of which the message of the step before was handed over on at least one channel."""
    events = {turn.found.taken[-1].event: turn.case.pk for turn in turns if turn.found.taken}
    sent = Notice.objects.filter(event__in=list(events), state=Notice.State.SENT)
    return {events[event] for event in sent.values_list("event", flat=True)}


def _take(turns: Sequence[Turn], now: datetime) -> None:
    """Write the steps, what they impose, what comes next, and the messages; the cases are saved by the caller."""
    today = clock.business_date(now)
    rows = [_row(turn, now) for turn in turns]
    bulk.create(rows)
    levels, owed = {}, []
    for turn, row in zip(turns, rows, strict=True):
        case, facts = turn.case, turn.facts
        case.opened_on, case.last_on = case.opened_on or today, today
        overdue.wait(case, "", None)
        taken = (*facts.taken, ladder.Taken(turn.step.day, turn.step.action, today))
        after = replace(facts, taken=taken, last_on=today)
        level = overdue.LEVELS.get(ladder.harshest(taken) or Action.REMIND)
        if turn.step.is_harm and level:
            levels[turn.account] = level
        coming = ladder.next_due(turn.found.steps, after, today=today)
        overdue.foresee(case, after, coming)
        harm = ladder.next_harm(turn.found.steps, after, today=today)
        if not turn.is_silent:
            owed.append(overdue_notices.of_step(turn.account, turn.found, row, turn.step, harm))
    restrictions.impose_many(levels, Reason.OVERDUE, now=now)
    notices.owe_many(owed, now=now)


def _row(turn: Turn, now: datetime) -> StepTaken:
    found = turn.found
    return StepTaken(
        case=turn.case,
        account=turn.account,
        day=turn.step.day,
        action=turn.step.action,
        due_on=turn.facts.due_on,
        taken_on=clock.business_date(now),
        taken_at=now,
        due=found.past_due,
        bill_id=found.bill.id if found.bill else None,
        announced_by=found.taken[-1] if found.taken else None,
        unannounced_by_id=turn.case.unannounced_by_id,
    )


SAVED = ("opened_on", "last_on", "due_on", "next_action", "next_step_on", "waits_for", "waits_since", "shields",
         "shielded_until", "unannounced_by")  # fmt: skip


def _save(cases: Sequence[OverdueCase]) -> None:
    """Store what a job may change of cases, in one statement."""
    OverdueCase.objects.bulk_create(
        cases, update_conflicts=True, unique_fields=["id"], update_fields=list(SAVED)
    )
