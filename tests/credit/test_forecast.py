"""The forecast: worked examples, and that for 1,000 random accounts it is what the jobs then do."""

import functools
import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account, Member
from accounts.restrictions import Reason
from credit import forecast, forecast_facts, overdue, overdue_jobs
from credit.forecast import Bill, Event, Start, Sum, What
from credit.ladder import Action
from credit.models import Extension, OutageCredit, OverdueCase, StepTaken
from credit.overdue_jobs import Beyond
from credit.policy import OVERDUE_STEPS
from invoices import settlement
from invoices.models import Document
from tests import build, ladder
from tests.ladder import at

RANDOM = 20261124  # fixed: each run looks at the same accounts
MANY, DAYS = 1000, 70
FEWER, TO_DELETION = 150, 106  # each archive and each deletion is a unit of its own
LAST_IDLE = 70  # later no job stands still: a deletion waits where its run has days to catch up


def start(*bills: tuple[date, int]) -> Start:
    made = tuple(Bill(due_on, left) for due_on, left in bills)
    return Start(made, None, OVERDUE_STEPS, OVERDUE_STEPS)


def steps(events: list[Event]) -> list[tuple[date, Action]]:
    return [(event.on, event.step.action) for event in events if event.step]


def test_nothing_paid_is_the_published_table():
    events = forecast.of(start((date(2026, 1, 31), 100)), first=date(2026, 1, 1), until=date(2026, 12, 31))

    assert [on for on, _ in steps(events)] == [
        date(2026, 1, 31), date(2026, 2, 7), date(2026, 2, 15), date(2026, 3, 2), date(2026, 4, 1),
        date(2026, 4, 24), date(2026, 5, 1),
    ]  # fmt: skip
    assert events[-1].standing == Action.DELETE


def test_paying_the_older_bill_moves_day_0():
    two = start((date(2026, 5, 1), 100), (date(2026, 5, 3), 100))

    events = forecast.of(
        two, first=date(2026, 5, 1), until=date(2026, 6, 2), paid=[Sum(date(2026, 5, 7), 100)]
    )

    assert steps(events)[-3:] == [
        (date(2026, 5, 10), Action.REMIND),
        (date(2026, 5, 18), Action.BLOCK_OUTBOUND),
        (date(2026, 6, 2), Action.SUSPEND),
    ]


def test_paying_all_clears_and_a_later_bill_begins_anew():
    two = start((date(2026, 5, 1), 100), (date(2026, 6, 10), 100))

    events = forecast.of(
        two, first=date(2026, 5, 1), until=date(2026, 6, 12), paid=[Sum(date(2026, 5, 20), 100)]
    )

    assert events[-2:] == [
        Event(date(2026, 5, 20), What.CLEARED, 0, None),
        Event(date(2026, 6, 10), What.STEP, 100, Action.REMIND, OVERDUE_STEPS[0]),
    ]


def test_paid_on_the_day_of_a_step_is_too_late_and_eases_at_once():
    two = start((date(2026, 5, 1), 100), (date(2026, 5, 5), 100))
    day = date(2026, 5, 16)

    events = forecast.of(two, first=date(2026, 5, 1), until=day, paid=[Sum(day, 100)])

    assert [(e.on, e.what, e.standing) for e in events[-2:]] == [
        (day, What.STEP, Action.BLOCK_OUTBOUND),
        (day, What.EASED, Action.REMIND),
    ]


def test_nothing_comes_after_a_deletion():
    due = date(2026, 5, 1)
    late = Sum(due + timedelta(days=91), 100)

    events = forecast.of(
        start((due, 100), (due + timedelta(days=80), 100)), first=due, until=date(2027, 5, 1), paid=[late]
    )

    assert (events[-1].on, events[-1].standing) == (due + timedelta(days=90), Action.DELETE)


@dataclass
class Fate:
    """What befalls a random account after it is forecast."""

    account: Account
    paid: list[Sum]


@pytest.mark.django_db
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("many", "days"), [(MANY, DAYS), (FEWER, TO_DELETION)])
def test_what_was_forecast_is_what_the_jobs_do_for_so_many_random_accounts(many, days, monkeypatch):
    monkeypatch.setattr(
        overdue_jobs, "ALONE", MANY
    )  # the cap has tests of its own; here all stand still at once
    ready = functools.partial(
        Beyond, lambda _case, _now: None
    )  # an archive is whole, a deletion approved in time
    as_is = {Action.ARCHIVE: ready(lambda _account, _case, _now: None), Action.DELETE: ready(_delete)}
    monkeypatch.setattr(overdue_jobs, "BEYOND", as_is)
    chance = random.Random(RANDOM)
    fates = _accounts(chance, many)
    with connection.cursor() as cursor:
        cursor.execute("analyze")  # these rows are never committed, so nothing else tells the planner of them
    idle = {ladder.today(day) for day in chance.sample(range(LAST_IDLE), 12)}
    ids = [fate.account.pk for fate in fates]
    starts = forecast_facts.of(ids, today=ladder.today(0))
    first, last = ladder.today(0), ladder.today(days)

    def foretold(change=lambda start: start):
        return {
            fate.account.pk: forecast.of(
                change(starts[fate.account.pk]), first=first, until=last, paid=fate.paid, idle=idle
            )
            for fate in fates
        }

    right = foretold()

    for day in range(days + 1):
        if ladder.today(day) not in idle:
            ladder.work(day)
        for fate in fates:
            for one in fate.paid:
                if one.on == ladder.today(day):
                    _pay(fate.account, one.amount, day)

    happened, cleared = _happened(), _cleared()
    assert _wrong(right, happened, cleared, last) == set()
    controls = (_later_block, _without_outages, _one_bill_more) if many == FEWER else ()
    for change in controls:  # a wrong forecast is seen
        assert len(_wrong(foretold(change), happened, cleared, last)) > many // 50, change
    reached = {action for found in happened.values() for _, action in found}
    assert reached == set(Action) - (set() if days == TO_DELETION else {Action.DELETE})
    assert len(cleared) > many // 20


def _wrong(foretold, happened, cleared, last) -> set[int]:
    """The accounts whose steps, level or clearing were not what was foretold."""
    levels = dict(Account.objects.values_list("pk", "wanted_level"))
    found = set()
    for pk, events in foretold.items():
        stands = forecast.standing(events, last, before=None)
        level = Level.DELETED if stands == Action.DELETE else overdue.LEVELS.get(stands, Level.ACTIVE)
        clears = {event.on for event in events if event.what == What.CLEARED}
        if (steps(events), level, clears) != (happened.get(pk, []), levels[pk], cleared.get(pk, set())):
            found.add(pk)
    return found


def _later_block(start: Start) -> Start:
    later = tuple(replace(s, day=16) if s.action == Action.BLOCK_OUTBOUND else s for s in OVERDUE_STEPS)
    return replace(start, steps=later, later=later)


def _without_outages(start: Start) -> Start:
    facts = start.facts and replace(start.facts, not_counted=())
    return replace(start, facts=facts, outages=())


def _one_bill_more(start: Start) -> Start:
    return replace(start, bills=(*start.bills, Bill(ladder.today(45), 100)))


def _delete(account: Account, case: OverdueCase, now) -> None:
    """What the point of no return is to the account and its case."""
    restrictions.impose(account, Reason.RETENTION, Level.DELETED, now=now)
    restrictions.lift(account, Reason.OVERDUE, now=now)
    case.closed_at, case.closed_why, case.next_action, case.next_step_on = now, "deleted", "", None
    case.save(update_fields=["closed_at", "closed_why", "next_action", "next_step_on"])


def _cleared() -> dict[int, set[date]]:
    found: dict[int, set[date]] = {}
    cases = OverdueCase.objects.filter(closed_why="paid", opened_on__isnull=False)
    for account, on in cases.values_list("account_id", "closed_at__date"):
        found.setdefault(account, set()).add(on)
    return found


def _happened() -> dict[int, list[tuple[date, Action]]]:
    found: dict[int, list[tuple[date, Action]]] = {}
    for row in StepTaken.objects.order_by("account_id", "taken_on"):
        found.setdefault(row.account_id, []).append((row.taken_on, Action(row.action)))
    return found


def _accounts(chance: random.Random, many: int) -> list[Fate]:
    """So many accounts with one to three bills each, watched; some with a promise or a hold."""
    one = build.account()
    person = build.owner(one)
    template = build.charge(one, "50", now=at(-20))
    accounts = Account.objects.bulk_create(
        Account(
            ban=f"BA-{500000 + n}",
            name=one.name,
            billing_name=one.billing_name,
            address=one.address,
            city=one.city,
            pin=one.pin,
            state=one.state,
            registration=one.registration,
            gstin=one.gstin,
            customer=one.customer,
            created_at=one.created_at,
        )
        for n in range(many)
    )
    Member.objects.bulk_create(Member(account=made, user=person, role=Member.Role.OWNER) for made in accounts)
    _bills(accounts, template, chance)
    _outages(person)
    for made in accounts:
        overdue.review(made, now=at(-6))
    _extensions(person, chance)
    return [Fate(made, _sums(chance)) for made in accounts]


def _bills(accounts: list[Account], template: Document, chance: random.Random) -> None:
    values = {
        f.attname: getattr(template, f.attname) for f in Document._meta.concrete_fields if f.name != "id"
    }
    rows = []
    for account in accounts:
        for _ in range(chance.choice([1, 1, 2, 3])):
            due_on = ladder.today(chance.randint(-5, 45))
            mine = {"account_id": account.pk, "number": f"T/{len(rows) + 1}", "cause": f"t:{len(rows)}"}
            rows.append(Document(**(values | mine | {"due_on": due_on, "open_amount": template.total})))
    Document.objects.bulk_create(rows)


def _outages(person) -> None:
    for first, last in ((4, 6), (20, 22), (22, 24)):
        OutageCredit.objects.create(
            from_on=ladder.today(first),
            until_on=ladder.today(last),
            reason="test",
            declared_by=person,
            declared_at=at(-6),
        )


def _extensions(person, chance: random.Random) -> None:
    for case in OverdueCase.objects.standing().select_related("account"):
        if chance.random() > 0.25:
            continue
        begins = chance.randint(-3, 40)
        Extension.objects.create(
            case=case,
            account=case.account,
            kind=chance.choice([Extension.Kind.PROMISE, Extension.Kind.HOLD]),
            from_on=ladder.today(begins),
            until_on=ladder.today(begins + chance.randint(0, 14)),
            reason="test",
            granted_by=person,
            granted_at=at(-6),
        )
        overdue.review(case.account, now=at(-5))


def _sums(chance: random.Random) -> list[Sum]:
    days = chance.sample(range(DAYS), chance.choice([0, 0, 0, 1, 2]))
    return [Sum(ladder.today(day), chance.choice([1000, 5900, 5900, 11800, 17700])) for day in sorted(days)]


def _pay(account: Account, amount: int, day: int) -> None:
    """Book money that comes in the evening as a payment does to bills and to the case."""
    with transaction.atomic():
        locked = Account.objects.lock(account.pk)
        if locked.wanted_level == Level.DELETED:
            return  # it is parked for a refund
        parts = settlement.plan(amount, settlement.unpaid(locked)).parts
        settlement.settle(locked, parts, cause=f"test:{day}:{account.pk}", now=at(day, hour=12))
        overdue.review(locked, now=at(day, hour=12))


@pytest.mark.django_db
def test_starts_are_read_in_constant_queries(django_assert_max_num_queries):
    accounts = [build.account() for _ in range(3)]
    for account in accounts:
        ladder.bill(account)
    ladder.sweep(range(16))

    with django_assert_max_num_queries(9):
        found = forecast_facts.of([a.pk for a in accounts], today=ladder.today(16))

    assert {one.is_open for one in found.values()} == {True}
    assert forecast_facts.first_run(today=ladder.today(15)) == ladder.today(16)
