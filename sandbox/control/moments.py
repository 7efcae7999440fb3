"""The world as a whole: reset, clock, keys, switches, request log."""

import json
from typing import Any

from sandbox import keys
from sandbox.beginning import begin_again
from sandbox.clock import ClockRefused, duration
from sandbox.control.steer import ControlRefused, Steer
from sandbox.store import Doc
from sandbox.world import SWITCHES, World


async def reset(steer: Steer) -> Doc:
    """Empty the state. Body: `seed`, `clock` (epoch seconds to begin at), `freeze`."""
    await begin_again(
        steer.world,
        steer.scheduler,
        seed=steer.body.get("seed"),
        clock=steer.body.get("clock"),
        freeze=bool(steer.body.get("freeze", False)),
    )
    return {"ok": True, **show_time(steer.world)}


def show_time(world: World) -> Doc:
    return {"now": world.clock.now(), "frozen": world.clock.is_frozen}


def read_clock(steer: Steer) -> Doc:
    return show_time(steer.world)


async def move_clock(steer: Steer) -> Doc:
    """Body: `advance` (ISO-8601 duration) or `set` (epoch seconds), and `freeze` (true or false)."""
    clock = steer.world.clock
    if "freeze" in steer.body:
        with steer.world.store.unit():
            (clock.freeze if steer.body["freeze"] else clock.unfreeze)()
    target = None
    if "advance" in steer.body:
        target = clock.now() + duration(steer.body["advance"])
    elif "set" in steer.body:
        target = _number(steer.body["set"])
    if target is not None:
        if target < clock.now():
            raise ClockRefused("The clock never goes back.")
        await steer.scheduler.move_to(target)
    steer.world.wake()
    return show_time(steer.world)


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ClockRefused("set takes epoch seconds.")
    return float(value)


def rotate_keys(steer: Steer) -> Doc:
    """Body: `grace`, an ISO-8601 duration the old pair lives on; none = it dies at once."""
    grace = steer.body.get("grace")
    return keys.rotate(steer.world, grace=duration(grace) if grace else 0)


def read_log(steer: Steer) -> Doc:
    """Query: `path` (begins with), `method`, `count`. Newest first, secrets masked."""
    rows = steer.world.store.execute("SELECT body FROM log ORDER BY seq DESC LIMIT 5000")
    found = [json.loads(body) for (body,) in rows]
    wanted = [
        entry
        for entry in found
        if entry["path"].startswith(steer.query.get("path", ""))
        and entry["method"] == steer.query.get("method", entry["method"])
    ]
    return {"items": wanted[: steer.number("count", 1000)]}


def read_switches(steer: Steer) -> Doc:
    return steer.world.switches()


def set_switches(steer: Steer) -> Doc:
    """Body: any of the account's switches."""
    for name, value in steer.body.items():
        if name not in SWITCHES:
            raise ControlRefused(f"switches are {', '.join(SWITCHES)}")
        first = SWITCHES[name][0]
        fits = isinstance(value, int) if isinstance(first, int) else value in SWITCHES[name]
        if not fits:
            raise ControlRefused(f"{name} may be {', '.join(map(str, SWITCHES[name]))}")
    steer.world.store.set_meta("switches", steer.world.store.meta("switches", {}) | steer.body)
    return steer.world.switches()
