"""Steer the telephony platform: lines, how much people call, calls now, what was ordered, what was recorded."""

import asyncio
from urllib.parse import urlsplit

from sandbox.control.steer import ControlRefused, Steer, one
from sandbox.options import is_loopback
from sandbox.store import Doc
from sandbox.telephony import calls, lines, people, records
from sandbox.telephony.levels import BY_FEATURE
from sandbox.telephony.lines import MOST_NUMBERS
from sandbox.telephony.people import Wish
from sandbox.telephony.portal import wiring

MOST_AT_ONCE = 500


def read_portal(steer: Steer) -> Doc:
    return {"url": wiring(steer.world)["url"], "has_key": bool(wiring(steer.world)["key"])}


def set_portal(steer: Steer) -> Doc:
    """Body: any of `url`, `key` (scope telephony), `order_secret`. They stay until a reset."""
    for name, value in steer.body.items():
        if name not in ("url", "key", "order_secret") or not isinstance(value, str):
            raise ControlRefused("The body takes url, key and order_secret, as text.")
    if not is_loopback(urlsplit(steer.body.get("url", "http://localhost")).hostname or ""):
        raise ControlRefused("url is not loopback; the sandbox calls nobody elsewhere.")
    if steer.body.get("order_secret") == "":
        raise ControlRefused("order_secret must not be empty.")
    steer.world.store.set_meta("portal", steer.world.store.meta("portal", {}) | steer.body)
    return read_portal(steer)


def provision_lines(steer: Steer) -> Doc:
    """Body: `lines`, a list of these; or those of one account.

    `ban`, `numbers` (one is made up without), `pace` (calls an hour), `longest` (seconds of talk), `cuts` (whether
    calls end when their granted seconds run out).
    """
    asked = steer.body.get("lines", [steer.body])
    if not isinstance(asked, list) or not all(isinstance(line, dict) for line in asked):
        raise ControlRefused("lines must be a list of objects.")
    names = ("numbers", "pace", "longest", "cuts")
    return {
        "items": [
            lines.provision(steer.world, line.get("ban"), **{name: line.get(name) for name in names})
            for line in asked
        ]
    }


def list_accounts(steer: Steer) -> Doc:
    """By number, each with how many calls run."""
    found = sorted(steer.world.store.find("line"), key=lambda line: line["id"])
    return {"items": [line | {"running": calls.running(steer.world, line["id"])} for line in found]}


def set_pace(steer: Steer) -> Doc:
    """Body: `pace`, calls a virtual hour; 0 = nobody calls."""
    return lines.set_pace(steer.world, one(steer, "line"), steer.body.get("pace"))


async def place_calls(steer: Steer) -> Doc:
    """Place `count` (default 1) calls at once; the answer says what came of each.

    Body: `feature` (default click_to_call), `seconds` of talk (0 = nobody answers), `ring`, `expected` (seconds to
    hold), `units` of a message, `other` (the far number). What is left out, the dice decide.
    """
    return await _at_once(steer, 1, "click_to_call")


async def send_messages(steer: Steer) -> Doc:
    """Send a burst of `count` (default 30) messages at once; the answer says what came of each.

    Body: `feature` (sms, the default, or whatsapp), `units` (parts of each), `other` (the far number).
    """
    feature = steer.body.get("feature", "sms")
    if feature in BY_FEATURE and BY_FEATURE[feature].is_call:
        raise ControlRefused(f"{feature} is a call.")
    return await _at_once(steer, 30, "sms")


async def _at_once(steer: Steer, count: int, feature: str) -> Doc:
    """Have so many people call or write at the same moment; the body's words win over these two."""
    count = steer.number("count", count)
    if not 1 <= count <= MOST_AT_ONCE:
        raise ControlRefused(f"count must be 1 to {MOST_AT_ONCE}.")
    with steer.world.store.unit():
        line = one(steer, "line")
        placed = [
            calls.place(steer.world, line, wish(steer, feature), by="control")["id"] for _ in range(count)
        ]
        begun = [call_id for call_id in placed if steer.world.store.get("call_due", call_id)]
    await asyncio.gather(*(steer.scheduler.exchange.start(call_id) for call_id in begun))
    return {"items": [steer.world.store.get("call", call_id) for call_id in placed]}


def wish(steer: Steer, feature: str) -> Wish:
    """Return a call or message as the body wants it; without its word of this feature."""
    feature = steer.body.get("feature", feature)
    if feature not in BY_FEATURE:
        raise ControlRefused(f"feature must be one of {', '.join(BY_FEATURE)}.")
    drawn = people.think_of(steer.world.ids.dice(f"wish:{steer.id}"), feature)
    expected = steer.body.get("expected")
    other = steer.body.get("other", drawn.other)
    if not isinstance(other, str) or not lines.NUMBER.fullmatch(other):
        raise ControlRefused("other must be + and 6 to 19 digits.")
    return Wish(
        feature,
        other,
        drawn.number % MOST_NUMBERS,
        ring=amount(steer, "ring", drawn.ring),
        talk=amount(steer, "seconds", drawn.talk),
        units=max(amount(steer, "units", drawn.units), 1),
        expected=None if expected is None else amount(steer, "expected", 0),
    )


def amount(steer: Steer, name: str, default: int) -> int:
    """Return a whole number of the body that is not negative, and at most a day's seconds."""
    number = steer.number(name, default)
    if not 0 <= number <= 86_000:
        raise ControlRefused(f"{name} must be 0 to 86000.")
    return number


def list_calls(steer: Steer) -> Doc:
    """Query: `account`, `state`, `count`. Newest first."""
    return {"items": _newest(steer, "call")}


def list_orders(steer: Steer) -> Doc:
    """Service orders that were understood, with what came of each. Query: `account`, `count`. Newest first."""
    return {"items": _newest(steer, "service_order")}


def list_records(steer: Steer) -> Doc:
    """Query: `account`, `state`, `count`. Newest first, each with what the portal said."""
    return {"items": _newest(steer, "record")}


def _newest(steer: Steer, kind: str) -> list[Doc]:
    found = steer.world.store.find(kind, parent=steer.query.get("account"))
    if "state" in steer.query:
        found = [doc for doc in found if doc["state"] == steer.query["state"]]
    return found[: steer.number("count", 1000)]


def end_call(steer: Steer) -> Doc:
    """Hang up now; a call that is over stays as it is."""
    one(steer, "call")
    calls.hang_up(steer.world, steer.id)
    return one(steer, "call")


def send_record(steer: Steer) -> Doc:
    """Send a record again, whatever the portal said of it before."""
    return records.send_again(steer.world, one(steer, "record"))


def restart_platform(steer: Steer) -> Doc:
    """Start the platform again; a fault `forgets` on `restart` has every account fall back to active."""
    return {"forgotten": lines.restart(steer.world)}
