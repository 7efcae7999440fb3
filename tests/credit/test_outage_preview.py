"""Outage days, before they are declared: whom they would move, from which days to which; nothing is written."""

from datetime import date, timedelta

import pytest

from credit import outage_preview, outages
from credit.models import OutageCredit, OverdueCase
from tests import build, ladder
from tests.ladder import DUE, at, bill, sweep

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def days(way):
    return [step for step, _on in way], [on for _step, on in way]


def test_every_harm_to_come_moves_by_the_days_that_count_for_nobody():
    account = build.account()
    bill(account, due=-9)
    sweep([-9, -2])

    [moved] = outage_preview.of(outage_preview.declared(DUE - DAY, DUE), today=DUE)

    steps, before = days(moved.before)
    assert (moved.ban, steps) == (account.ban, ["Block outbound", "Suspend", "Archive", "Delete"])
    assert days(moved.after) == (steps, [on + 2 * DAY for on in before])
    assert (before[0], moved.lifted) == (DUE + 6 * DAY, "")
    assert not OutageCredit.objects.exists()


def test_what_is_not_deserved_any_more_is_said_to_be_lifted():
    account = build.account()
    bill(account, due=-15)
    sweep([-15, -8, 0])
    assert ladder.level(account) == "outbound_blocked"

    [moved] = outage_preview.of(outage_preview.declared(DUE - 2 * DAY, DUE - DAY), today=DUE)

    assert moved.lifted == "Block outbound" and moved.after[0][0] == "Block outbound"


def test_it_foretells_what_is_then_done():
    account = build.account()
    bill(account, due=-9)
    sweep([-9, -2])
    [moved] = outage_preview.of(outage_preview.declared(DUE - DAY, DUE), today=DUE)
    outages.declare(DUE - DAY, DUE, by=build.user(staff=True), reason="Gateway down", now=at(0))
    outages.replan(now=at(0))

    case = OverdueCase.objects.get(account=account)
    assert moved.after[0] == ("Block outbound", case.next_step_on)

    [back] = outage_preview.of(outage_preview.withdrawn(DUE - DAY, DUE), today=DUE)
    assert (back.before, back.after) == (moved.after, moved.before)


def test_days_before_the_due_date_move_nobody():
    bill(build.account(), due=5)

    assert outage_preview.of(outage_preview.declared(date(2026, 11, 1), date(2026, 11, 3)), today=DUE) == []
