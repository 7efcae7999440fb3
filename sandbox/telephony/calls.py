"""The life of a call: dialled, asked about, running, over. A message is one that is over at once.

States: `dialling`, `running`, then `answered`, `unanswered` or `cut_off` (its granted seconds ran out); a
message is `sent`; `refused` (our order or the portal forbids it) and `failed` (we could not) carry a reason.
"""

from dataclasses import dataclass
from typing import Any

from sandbox import faults
from sandbox.ids import ALPHABET
from sandbox.store import Doc
from sandbox.telephony import records
from sandbox.telephony.levels import BY_FEATURE, permits
from sandbox.telephony.people import Wish
from sandbox.world import World

BLIND, UNCUT = 60, 86_400  # seconds asked for, and of going on beyond them, where no call is ever cut off


@dataclass(frozen=True)
class Verdict:
    """What came of asking: `state` running, refused or failed; `granted` seconds or messages, None = no bound."""

    state: str
    reason: str = ""
    granted: int | None = None
    is_held: bool = False


def place(world: World, line: Doc, wish: Wish, *, by: str) -> Doc:
    """Somebody dials: refused by our own order at once, else it waits for the portal's word."""
    kind = BY_FEATURE[wish.feature]
    effects = {effect["kind"]: effect for effect in faults.take(world, "call", account=line["id"])}
    ours = line["numbers"][wish.number % len(line["numbers"])]
    now, cuts = world.clock.now(), line.get("cuts", True)
    call = {
        "id": f"call-{int(now)}-{world.ids.text('call', 8, ALPHABET)}",  # grows with time
        "account": line["id"],
        "feature": wish.feature,
        "direction": kind.direction,
        "caller": ours if kind.direction == "out" else wish.other,
        "called": wish.other if kind.direction == "out" else ours,
        "ring": wish.ring,
        "talk": wish.talk,
        "units": wish.units,
        "expected": wish.seconds if cuts or wish.expected is not None else BLIND,
        "overrun": effects.get("overrun", {}).get("seconds", 0) if cuts else UNCUT,
        "by": by,
        "state": "dialling",
        "reason": "",
        "granted": None,
        "held": False,
        "created_at": now,
        "answered_at": None,
        "ended_at": None,
    }
    if "no_calls" in effects:
        call |= {"state": "failed", "reason": "PLATFORM_DOWN"}
    elif not permits(line["level"], kind):
        call |= {"state": "refused", "reason": line["level"].upper()}
    else:
        world.store.put("call_due", {"id": call["id"]})
        world.soon()
    return world.store.put("call", call, parent=line["id"])


def connect(world: World, call_id: str, verdict: Verdict) -> None:
    """Let the call begin, or refuse it."""
    call = world.store.get("call", call_id)
    world.store.delete("call_due", call_id)
    if call is None or call["state"] != "dialling":
        return
    call |= {"granted": verdict.granted, "held": verdict.is_held, "reason": verdict.reason}
    if verdict.state != "running":
        world.store.put("call", {**call, "state": verdict.state})
    elif BY_FEATURE[call["feature"]].is_call:
        _begin(world, call)
    else:
        over = world.store.put("call", {**call, "state": "sent", "ended_at": call["created_at"]})
        records.make(world, over)


def _begin(world: World, call: Doc) -> None:
    length = call["ring"] + call["talk"]
    if call["granted"] is not None:
        length = min(length, call["granted"] + call["overrun"])
    world.store.put("call", {**call, "state": "running", "ends_at": call["created_at"] + length})
    world.store.put("call_running", {"id": call["id"]}, parent=call["account"])
    world.store.add_timer(call["created_at"] + length, "phone_hang_up", call["id"])
    world.soon()


def hang_up(world: World, call_id: str) -> None:
    """End a running call now, and make its record."""
    call = world.store.get("call", call_id)
    if call is None or call["state"] != "running":
        return
    world.store.delete("call_running", call_id)
    records.make(world, world.store.put("call", {**call, **ending(call, at=world.clock.now())}))


def ending(call: Doc, *, at: float) -> dict[str, Any]:
    """Return what is true of the call once it is over. It never lasts longer than it was meant to."""
    at = min(at, call["ends_at"])
    answered_at = call["created_at"] + call["ring"]
    if not call["talk"] or at < answered_at:
        return {"state": "unanswered", "ended_at": at}
    is_cut = at == call["ends_at"] < answered_at + call["talk"]
    return {"state": "cut_off" if is_cut else "answered", "answered_at": answered_at, "ended_at": at}


def running(world: World, ban: str) -> int:
    """Return how many calls of the account run now."""
    return len(world.store.find("call_running", parent=ban))
