"""Accounts on the platform: their numbers, the level that holds there, and how much people call.

An account is known by its business account number; its first order, or control, provisions it.
"""

import math
import re
from typing import Any

from sandbox import faults
from sandbox.store import Doc
from sandbox.telephony import calls, people
from sandbox.telephony.levels import LEVELS
from sandbox.world import World

BAN = re.compile(r"[A-Za-z0-9-]{1,32}")
NUMBER = re.compile(r"\+\d{6,19}")
MOST_NUMBERS = 1000
FASTEST = 3600  # calls a virtual hour
DISHEARTENED = 10  # so many times fewer call where nothing works
MOST_IN_A_MOVE = 200  # calls of one account while the clock is moved; then people pause until it has arrived


class LineRefused(Exception):
    """Lines that make no sense; its text says why."""


def account(world: World, ban: str) -> Doc | None:
    return world.store.get("line", ban)


def provision(
    world: World, ban: Any, *, numbers: Any = None, pace: Any = None, longest: Any = None, cuts: Any = None
) -> Doc:
    """Give the account its lines, or change those it has; what is not given stays. Raises LineRefused."""
    if not isinstance(ban, str) or not BAN.fullmatch(ban):
        raise LineRefused("ban must be 1 to 32 letters, digits or -")
    check_numbers(numbers)
    check_talk(longest, cuts)
    line = account(world, ban)
    if line is None:
        line = keep(world, begin(world, ban))
    if numbers is not None:
        line = keep(world, {**line, "numbers": numbers})
    if longest is not None:
        line = keep(world, {**line, "longest": longest})
    if cuts is not None:
        line = keep(world, {**line, "cuts": cuts})
    return line if pace is None else set_pace(world, line, pace)


def begin(world: World, ban: str) -> Doc:
    return {
        "id": ban,
        "numbers": ["+9180" + world.ids.text(f"number:{ban}", 8, "0123456789")],
        "level": "active",
        "sequence": 0,
        "applied_at": None,
        "pace": 0,
        "pace_set": 0,
        "longest": people.LONGEST,  # seconds of talk
        "cuts": True,  # calls end when their granted seconds run out; else a minute is asked for
        "created_at": world.clock.now(),
    }


def keep(world: World, line: Doc) -> Doc:
    return world.store.put("line", line)


def check_numbers(numbers: Any) -> None:
    if numbers is None:
        return
    fits = isinstance(numbers, list) and 1 <= len(numbers) <= MOST_NUMBERS
    if not fits or not all(isinstance(number, str) and NUMBER.fullmatch(number) for number in numbers):
        raise LineRefused(f"numbers must be a list of 1 to {MOST_NUMBERS}, each + and 6 to 19 digits")


def check_talk(longest: Any, cuts: Any) -> None:
    fits = isinstance(longest, int) and people.SHORTEST <= longest <= people.LONGEST
    if longest is not None and not fits:
        raise LineRefused(f"longest must be {people.SHORTEST} to {people.LONGEST} seconds of talk")
    if cuts is not None and not isinstance(cuts, bool):
        raise LineRefused("cuts must be true or false")


def set_pace(world: World, line: Doc, pace: Any) -> Doc:
    """Have people call so often a virtual hour; 0 = nobody does. Raises LineRefused."""
    if not isinstance(pace, int | float) or isinstance(pace, bool) or not 0 <= pace <= FASTEST:
        raise LineRefused(f"pace must be a number from 0 to {FASTEST} calls an hour")
    line = keep(world, {**line, "pace": pace, "pace_set": line["pace_set"] + 1})
    expect_arrival(world, line, after=world.clock.now())
    return line


def expect_arrival(world: World, line: Doc, *, after: float) -> None:
    """Have the next person call after a chance gap whose mean is the pace's; where all is shut, fewer try."""
    if line["pace"]:
        dice = world.ids.dice(f"gap:{line['id']}")
        pace = line["pace"] if LEVELS[line["level"]] else line["pace"] / DISHEARTENED
        gap = -math.log(1 - dice.random()) * 3600 / pace
        world.store.add_timer(after + gap, "phone_arrival", f"{line['pace_set']}:{line['id']}")
        world.soon()


def arrive(world: World, ref: str) -> None:
    """Somebody calls, or writes; then the next one is expected. An older pace's arrivals are void."""
    pace_set, _, ban = ref.partition(":")
    line = account(world, ban)
    if line is None or line["pace_set"] != int(pace_set):
        return
    done = world.arrivals.get(ban, 0)
    if world.moving_to is not None and done >= MOST_IN_A_MOVE:
        expect_arrival(world, line, after=world.moving_to)
        return
    world.arrivals[ban] = done + 1
    wish = people.think_of(world.ids.dice(f"wish:{ban}"), longest=line.get("longest", people.LONGEST))
    calls.place(world, line, wish, by="people")
    expect_arrival(world, line, after=world.clock.now())


def listed(world: World, *, after: str, limit: int) -> list[Doc]:
    """Return one page of accounts by number."""
    rows = world.store.execute(
        "SELECT id FROM docs WHERE kind = 'line' AND id > ? ORDER BY id LIMIT ?", after, limit
    ).fetchall()
    return [found for (ban,) in rows if (found := account(world, ban))]


def restart(world: World) -> int:
    """Start the platform again; one that forgets comes back with every account active. Return how many did."""
    if not any(effect["kind"] == "forgets" for effect in faults.take(world, "restart")):
        return 0
    lines = world.store.find("line")
    for line in lines:
        keep(world, {**line, "level": "active", "sequence": 0, "applied_at": None})
    return len(lines)
