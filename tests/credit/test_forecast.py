"""The forecast: worked examples, and that for 1,000 random accounts it is what the jobs then do."""

import random
from dataclasses import dataclass
from datetime import date

import pytest
from django.db import transaction

from accounts.models import Account, Member
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


@dataclass
class Fate:
    """What befalls a random account after it is forecast."""

    account: Account
    paid: list[Sum]


@pytest.mark.django_db
def test_what_was_forecast_is_what_the_jobs_do_for_1000_random_accounts(monkeypatch):
    monkeypatch.setattr(
        overdue_jobs, "ALONE", MANY
    )  # the cap has tests of its own; here all stand still at once
    as_is = Beyond(lambda _case, _now: None, lambda _account, _case, _now: None)
    monkeypatch.setattr(overdue_jobs, "BEYOND", {Action.ARCHIVE: as_is, Action.DELETE: as_is})
    chance = random.Random(RANDOM)
    fates = _accounts(chance)
    idle = {ladder.today(day) for day in chance.sample(range(DAYS), 12)}
    ids = [fate.account.pk for fate in fates]
    starts = forecast_facts.of(ids, today=ladder.today(0))
    first, last = ladder.today(0), ladder.today(DAYS)
    foretold = {
        fate.account.pk: forecast.of(
            starts[fate.account.pk], first=first, until=last, paid=fate.paid, idle=idle
        )
        for fate in fates
    }

    for day in range(DAYS + 1):
        if ladder.today(day) not in idle:
            ladder.work(day)
        for fate in fates:
            for one in fate.paid:
                if one.on == ladder.today(day):
                    _pay(fate.account, one.amount, day)

    happened = _happened()
    levels = dict(Account.objects.values_list("pk", "wanted_level"))
    cleared = set(
        OverdueCase.objects.filter(closed_at__isnull=False, opened_on__isnull=False).values_list(
            "account_id", "closed_at__date"
        )
    )
    for pk, events in foretold.items():
        assert steps(events) == happened.get(pk, []), pk
        stands = forecast.standing(events, last, before=None)
        assert levels[pk] == (overdue.LEVELS.get(stands, "active") if stands else "active"), pk
    assert cleared == {(pk, e.on) for pk, found in foretold.items() for e in found if e.what == What.CLEARED}
    assert {action for found in happened.values() for _, action in found} >= set(Action) - {Action.DELETE}
    assert len(cleared) > 50


def _happened() -> dict[int, list[tuple[date, Action]]]:
    found: dict[int, list[tuple[date, Action]]] = {}
    for row in StepTaken.objects.order_by("account_id", "taken_on"):
        found.setdefault(row.account_id, []).append((row.taken_on, Action(row.action)))
    return found


def _accounts(chance: random.Random) -> list[Fate]:
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
        for n in range(MANY)
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
    days = chance.sample(range(DAYS), chance.choice([0, 0, 1, 2]))
    return [Sum(ladder.today(day), chance.choice([1000, 5900, 5900, 11800, 17700])) for day in sorted(days)]


def _pay(account: Account, amount: int, day: int) -> None:
    """Book money that comes in the evening as a payment does to bills and to the case."""
    with transaction.atomic():
        locked = Account.objects.lock(account.pk)
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
