"""Service orders: verified, checked, and obeyed unless a newer one holds already.

Every order that was understood is kept with what came of it: `applied`, `stale` (a newer one holds), `lied`
(acknowledged, not applied) or `wrong_level` (applied and acknowledged another level).
"""

import hmac
from datetime import datetime
from typing import Any

from sandbox import faults
from sandbox.signing import sign
from sandbox.store import Doc
from sandbox.telephony import lines
from sandbox.telephony.levels import LEVELS
from sandbox.telephony.portal import wiring
from sandbox.telephony.records import stamp
from sandbox.world import World

TOLERANCE = 300  # real seconds between the portal's clock and ours
FIELDS = ("order", "sequence", "level", "reason", "issued_at")


def is_signed(world: World, timestamp: str, signature: str, signed: bytes, *, real_now: float) -> bool:
    """Say whether the portal signed this request (method, target, body) at about this time."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(real_now - int(timestamp)) > TOLERANCE:
        return False
    wanted = sign(wiring(world)["order_secret"], timestamp.encode() + b"." + signed)
    return hmac.compare_digest(wanted.encode(), signature.encode())


def wrong_fields(order: Any) -> dict[str, str]:
    """Return what is wrong, by field; an empty answer is a sound order."""
    if not isinstance(order, dict):
        return {"": "must be a JSON object"}
    wrong = {name: "is not known" for name in order if name not in FIELDS}
    sequence, reason = order.get("sequence"), order.get("reason", "missing")
    # fmt: off
    checks = (
        ("order",     is_text(order.get("order")),                           "must be 1 to 64 characters"),
        ("sequence",  type(sequence) is int and 0 < sequence < 2**63,        "must be a whole number above 0"),
        ("level",     is_text(order.get("level")) and order["level"] in LEVELS, f"must be one of {', '.join(LEVELS)}"),
        ("reason",    reason is None or reason == "" or is_text(reason),     "must be text, or null"),
        ("issued_at", is_moment(order.get("issued_at")),                     "must be a time with its offset"),
    )
    # fmt: on
    return wrong | {name: words for name, fits, words in checks if name not in order or not fits}


def is_text(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 64


def is_moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def obey(world: World, ban: str, order: Doc, effects: list[dict[str, Any]]) -> Doc:
    """Apply the order unless a newer one holds, and return the acknowledgement."""
    line = lines.account(world, ban) or lines.provision(world, ban)
    wrong = {effect["kind"]: effect for effect in effects}
    outcome, level = "applied", order["level"]
    if order["sequence"] < line["sequence"]:
        outcome = "stale"
    elif "lie" in wrong:
        outcome = "lied"
    elif "wrong_level" in wrong:
        outcome, level = "wrong_level", wrong["wrong_level"]["level"]
    now = world.clock.now()
    if outcome in ("applied", "wrong_level"):
        line = lines.keep(
            world, {**line, "level": level, "sequence": order["sequence"], "applied_at": stamp(now)}
        )
    kept = {"id": world.ids.new("ord"), "account": ban, **order, "outcome": outcome, "holds": line["level"]}
    world.store.put("service_order", {**kept, "created_at": now}, parent=ban)
    if outcome == "lied":
        return state(line) | {"level": level, "sequence": order["sequence"], "applied_at": stamp(now)}
    return state(line)


def state(line: Doc) -> Doc:
    """Return what holds there."""
    return {
        "ban": line["id"],
        "sequence": line["sequence"],
        "level": line["level"],
        "applied_at": line["applied_at"],
    }


def our_clock(world: World, real_now: float, ban: str) -> tuple[float, list[dict[str, Any]]]:
    """Return the platform's real time, wrong by what a fault says, and the faults that hit this order."""
    effects = faults.take(world, "order", account=ban)
    return real_now + sum(effect["seconds"] for effect in effects if effect["kind"] == "skew"), effects
