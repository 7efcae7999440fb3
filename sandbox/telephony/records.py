"""Records of calls and messages, owed to the portal until it has taken them.

A record's id is the call's, so that sending again is safe. States: `waiting` (also after a failure: it is due
again later, for ever), `taken` (accepted, or known there already), `rejected` (the portal's reason is kept).
"""

from datetime import UTC, datetime
from typing import Any

from sandbox import faults
from sandbox.store import Doc
from sandbox.telephony.levels import BY_FEATURE
from sandbox.telephony.portal import Said
from sandbox.world import World

BACK_OFF = (5, 15, 60, 300, 900, 3600)  # virtual seconds
OUT_OF_ORDER = 60  # … a record waits for a later one to go first


def make(world: World, call: Doc) -> Doc:
    """Owe the record of a call that is over. A fault may have it go wrongly."""
    taken = faults.take(world, "record", account=call["account"])
    effects: dict[str, dict[str, Any]] = {effect["kind"]: effect for effect in taken}
    record = {
        "id": call["id"],
        "account": call["account"],
        "body": body(call, skew=effects.get("skew", {}).get("seconds", 0)),
        "state": "waiting",
        "copies": effects.get("parallel", {"copies": 1}).get("copies", 2),
        "again": effects["twice"].get("copies", 1) if "twice" in effects else 0,
        "tries": 0,
        "said": [],
        "created_at": world.clock.now(),
    }
    world.store.put("record", record, parent=call["account"])
    passed: list[str] = world.store.meta("records_passed", [])
    delay = effects.get("late", {}).get("seconds", 0)
    if "out_of_order" in effects:
        world.store.set_meta("records_passed", [*passed, record["id"]])
        delay = OUT_OF_ORDER
    later(world, record["id"], delay)
    if passed and not delay:
        for earlier in passed:
            fall_due(world, earlier)
        world.store.set_meta("records_passed", [])
    return record


def body(call: Doc, *, skew: float) -> Doc:
    """Return the record as the portal takes it; `skew` is how far our clock is wrong."""
    names = ("id", "account", "feature", "direction", "caller", "called")
    shown = {name: call[name] for name in names} | {"started_at": stamp(call["created_at"] + skew)}
    if not BY_FEATURE[call["feature"]].is_call:
        return shown | {"units": call["units"]}
    if call["answered_at"] is not None:
        shown["answered_at"] = stamp(call["answered_at"] + skew)
    return shown | {"ended_at": stamp(call["ended_at"] + skew)}


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def later(world: World, record_id: str, delay: float) -> None:
    if delay > 0:
        world.store.add_timer(world.clock.now() + delay, "phone_record", record_id)
        world.soon()
    else:
        fall_due(world, record_id)


def fall_due(world: World, record_id: str) -> None:
    """Put the record on the way; one that has arrived meanwhile stays where it is."""
    record = world.store.get("record", record_id)
    if record and record["state"] == "waiting":
        world.store.put("record_due", {"id": record_id})
        world.soon()


def send_again(world: World, record: Doc) -> Doc:
    """Send whatever came of it before."""
    world.store.put("record", {**record, "state": "waiting"})
    fall_due(world, record["id"])
    return {**record, "state": "waiting"}


def settle(world: World, group: list[Doc], said: Said) -> None:
    """Keep what the portal said of the records of one request, in their order."""
    results = said.body.get("results")
    usable = said.is_good and isinstance(results, list) and len(results) == len(group)
    for number, sent in enumerate(group):
        outcome = results[number] if usable and results else {}
        _settle_one(world, sent["id"], said, outcome if isinstance(outcome, dict) else {})


def _settle_one(world: World, record_id: str, said: Said, result: Doc) -> None:
    record = world.store.get("record", record_id)
    world.store.delete("record_due", record_id)
    if record is None:  # the world was reset meanwhile
        return
    record["said"].append({"at": world.clock.now(), "status": said.status, "error": said.error, **result})
    outcome = result.get("outcome")
    if outcome in ("accepted", "duplicate"):
        record["state"] = "taken"
        if record["again"]:
            record["again"] -= 1
            world.store.put("record_due", {"id": record_id})
            world.soon()
    elif outcome == "rejected" and not is_early(result):
        record["state"] = "rejected"
    elif record["state"] == "waiting":
        record["tries"] += 1
        later(world, record_id, BACK_OFF[min(record["tries"], len(BACK_OFF)) - 1])
    world.store.put("record", record)


def is_early(result: Doc) -> bool:
    """Say whether the portal's clock has not come so far yet: that passes by itself."""
    return "in the future" in str(result.get("reason", ""))
