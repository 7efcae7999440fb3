"""The gateway's calendar: when banks work."""

from datetime import datetime

import pytest

from sandbox.clock import Clock
from sandbox.ids import Ids
from sandbox.options import Options
from sandbox.store import Store
from sandbox.working_days import INDIA, add_working_days, is_working_day, next_working_day
from sandbox.world import World


@pytest.fixture
def world():
    store = Store("")
    yield World(Options(), store, Clock(store), Ids(store, 1))
    store.close()


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=INDIA).timestamp()


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-06", True),  # a Friday
        ("2026-11-07", True),  # the first Saturday
        ("2026-11-08", False),  # a Sunday
        ("2026-11-14", False),  # the second Saturday
        ("2026-11-21", True),  # the third
        ("2026-11-28", False),  # the fourth
        ("2026-08-29", True),  # a fifth
        ("2026-10-02", False),  # Gandhi Jayanti
    ],
)
def test_banks_rest_on_sundays_two_saturdays_and_holidays(world, day, works):
    assert is_working_day(world, at(f"{day}T00:30")) is works
    assert is_working_day(world, at(f"{day}T23:59")) is works


def test_the_table_of_holidays_can_be_replaced(world):
    world.store.set_meta("holidays", ["2026-11-09"])

    assert not is_working_day(world, at("2026-11-09T12:00"))
    assert is_working_day(world, at("2026-10-02T12:00"))


def test_days_are_added_over_what_is_shut(world):
    friday_before_two_shut_days = at("2026-11-13T18:00")

    assert next_working_day(world, friday_before_two_shut_days) == at("2026-11-16T18:00")
    assert add_working_days(world, friday_before_two_shut_days, 2) == at("2026-11-17T18:00")
    assert add_working_days(world, at("2026-11-15T09:00"), 0) == at("2026-11-15T09:00")
