"""What overdue cases are decided from, for any number of accounts in a constant number of queries.

The decisions themselves are pure (`ladder.py`). Amounts in paise, dates Indian.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import F

from billing_portal.money import Paise
from credit import ladder_checks
from credit.ladder import Action, Facts, Span, Step, Taken
from credit.models import Extension, OutageCredit, OverdueCase, PolicyVersion, StepTaken


@dataclass(frozen=True)
class Bill:
    """The oldest unpaid bill of an account."""

    id: int
    number: str
    due_on: date


@dataclass(frozen=True)
class Found:
    """One account: its oldest unpaid bill, what is past due, and its standing case with all that spares it.

    `facts` are as things stand now, day 0 already moved to the oldest unpaid bill; None without an unpaid bill.
    """

    account: int
    bill: Bill | None
    past_due: Paise
    case: OverdueCase | None
    steps: tuple[Step, ...]
    taken: tuple[StepTaken, ...] = ()
    facts: Facts | None = None
    overdue: tuple[
        dict[str, Any], ...
    ] = ()  # the bills past due, oldest first: number, due_on (ISO), open (paise)


FOUND = """
    select a.id, d.id, d.number, d.due_on, s.past_due, s.bills::text, c.id, account.wanted_level = 'archived'
    from unnest(%(ids)s::bigint[]) a(id)
    join accounts_account account on account.id = a.id
    left join lateral (
        select id, number, due_on from invoices_document
        where account_id = a.id and open_amount > 0 order by due_on, id limit 1
    ) d on true
    left join lateral (
        select coalesce(sum(open_amount), 0)::bigint as past_due, coalesce(jsonb_agg(jsonb_build_object(
            'number', number, 'due_on', due_on, 'open', open_amount) order by due_on, id), '[]') as bills
        from invoices_document where account_id = a.id and open_amount > 0 and due_on <= %(today)s
    ) s on true
    left join credit_overduecase c on c.account_id = a.id and c.closed_at is null
    order by a.id
"""


def of(account_ids: Iterable[int], *, today: date) -> list[Found]:
    """Return what is known of each account, ascending by id. One query where nothing is unpaid, six at most."""
    with connection.cursor() as cursor:
        cursor.execute(FOUND, {"ids": list(account_ids), "today": today})
        rows = cursor.fetchall()
    cases = OverdueCase.objects.in_bulk([row[6] for row in rows if row[6]])
    ladders = _ladders({case.policy_id for case in cases.values()})
    opened = [case.pk for case in cases.values() if case.opened_on]
    taken = _taken(opened)
    extensions = _extensions(cases)
    outages = tuple(Span(one.from_on, one.until_on) for one in _outages()) if cases else ()
    found = []
    for account, bill, number, due_on, past_due, bills, pk, is_archived in rows:
        case = cases.get(pk)
        rows_taken = tuple(taken.get(pk, ()))
        facts = _facts(case, due_on, rows_taken, extensions.get(pk, ()), outages) if due_on and case else None
        facts = replace(facts, is_archived=is_archived) if facts else None
        oldest = Bill(bill, number, due_on) if bill else None
        steps = ladders[case.policy_id] if case else ()
        overdue = tuple(json.loads(bills))
        found.append(Found(account, oldest, past_due, case, steps, rows_taken, facts, overdue))
    return found


def _ladders(policies: Collection[int]) -> dict[int, tuple[Step, ...]]:
    """Return the ladders of policy versions."""
    versions = PolicyVersion.objects.in_bulk(policies) if policies else {}
    return {pk: ladder_checks.read(version.steps) for pk, version in versions.items()}


def outages() -> tuple[Span, ...]:
    """Return the days that count for nobody."""
    return tuple(Span(one.from_on, one.until_on) for one in _outages())


def _taken(cases: Sequence[int]) -> dict[int, list[StepTaken]]:
    found: dict[int, list[StepTaken]] = {}
    if cases:
        for row in StepTaken.objects.filter(case__in=cases, undone_at=None).order_by("taken_on"):
            found.setdefault(row.case_id, []).append(row)
    return found


def _extensions(cases: Iterable[int]) -> dict[int, list[Extension]]:
    found: dict[int, list[Extension]] = {}
    ids = list(cases)
    if ids:
        for row in Extension.objects.filter(case__in=ids).exclude(ended_on__lte=F("from_on")):
            found.setdefault(row.case_id, []).append(row)
    return found


def _outages() -> Iterable[OutageCredit]:
    return OutageCredit.objects.filter(withdrawn_at=None).order_by("from_on")


def _facts(
    case: OverdueCase,
    due_on: date,
    taken: Sequence[StepTaken],
    extensions: Sequence[Extension],
    outages: tuple[Span, ...],
) -> Facts:
    promises = [_span(one) for one in extensions if one.kind == Extension.Kind.PROMISE]
    holds = [_span(one).last for one in extensions if one.kind == Extension.Kind.HOLD]
    return Facts(
        due_on=due_on,
        taken=tuple(Taken(row.day, Action(row.action), row.taken_on) for row in taken),
        last_on=case.last_on,
        not_counted=(*outages, *promises),
        held_until=max(holds, default=None),
    )


def _span(one: Extension) -> Span:
    """Return the days of an extension; one that ended early has the days before it ended."""
    last = min(one.until_on, one.ended_on - timedelta(days=1)) if one.ended_on else one.until_on
    return Span(one.from_on, last)
