"""Before a policy is published: which accounts would stand where, and what would come next when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Account
from credit import forecast_facts, ladder
from credit.forecast import Start
from credit.ladder import SEVERITY, Action, Facts, Step
from credit.models import OverdueCase

Coming = tuple[Step, date] | None


@dataclass(frozen=True)
class Moved:
    """An account that another ladder would treat differently: the harshest step that stands, and what comes next."""

    ban: str
    name: str
    before: Action | None
    after: Action | None
    next_before: Coming
    next_after: Coming


def of(steps: Sequence[Step], today: date) -> list[Moved]:
    """Return the accounts with an unpaid bill that a ladder would move, the harshest first. Constant queries.

    It is shown as if every case followed the new ladder; what it would do at once comes one step a day.
    """
    watched = OverdueCase.objects.standing().values_list("account_id", flat=True)
    starts = forecast_facts.of(list(watched), today=today)
    named = {one.pk: one for one in Account.objects.filter(pk__in=starts).only("ban", "name")}
    moved = []
    for pk, start in starts.items():
        one = _moved(named[pk], start, steps, today)
        if one:
            moved.append(one)
    return sorted(moved, key=lambda one: (-_rank(one.after), -_rank(one.before), one.ban))


def _moved(account: Account, start: Start, steps: Sequence[Step], today: date) -> Moved | None:
    facts = start.facts
    if facts is None:
        return None
    before, after = ladder.harshest(facts.taken), _reached(steps, facts, today)
    old = ladder.next_due(start.steps, facts, today=today)
    new = ladder.next_due(steps, facts, today=today)
    if (_reached(start.steps, facts, today), _dated(old)) == (after, _dated(new)):
        return None
    return Moved(account.ban, account.name, before, after, old, new)


def _dated(coming: Coming) -> tuple[Action, date] | None:
    return (coming[0].action, coming[1]) if coming else None


def _reached(steps: Sequence[Step], facts: Facts, today: date) -> Action | None:
    """Return the harshest step that a ladder has reached; where no harm may come today, not beyond what stands."""
    now = ladder.age(facts, today)
    reached = max((s.action for s in steps if s.day <= now), key=SEVERITY.__getitem__, default=None)
    standing = ladder.harshest(facts.taken)
    if ladder.is_spared(facts, today) and _rank(reached) > _rank(standing):
        return standing
    return reached


def _rank(action: Action | None) -> int:
    return -1 if action is None else SEVERITY[action]
