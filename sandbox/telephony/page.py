"""The telephony platform as people see it: accounts with their level, calls, orders, records on their way."""

from starlette.responses import Response

from sandbox.frame import empty, moment, show
from sandbox.gateway_page import rule_row
from sandbox.pages import Markup, join, render
from sandbox.store import Doc
from sandbox.telephony import calls
from sandbox.telephony.levels import BY_FEATURE
from sandbox.telephony.portal import wiring
from sandbox.world import World

MOST_SHOWN = 50
PLACES = ("order", "call", "record", "restart")  # of faults that are the platform's own
TONES = {
    "active": "good",
    "outbound_blocked": "warn",
    "suspended": "bad",
    "archived": "bad",
    "deleted": "bad",
    "dialling": "warn",
    "running": "good",
    "answered": "good",
    "sent": "good",
    "cut_off": "warn",
    "refused": "bad",
    "failed": "bad",
    "applied": "good",
    "stale": "warn",
    "lied": "bad",
    "wrong_level": "bad",
    "waiting": "warn",
    "rejected": "bad",
}


def tag(word: str) -> Markup:
    return render("tag", tone=TONES.get(word, ""), word=word.replace("_", " "))


def telephony(world: World) -> Response:
    lines = sorted(world.store.find("line"), key=lambda line: line["id"])
    placed = world.store.find("call", limit=MOST_SHOWN)
    orders = world.store.find("service_order", limit=MOST_SHOWN)
    waits = [record for record in world.store.find("record", limit=1000) if record["state"] != "taken"]
    rules = [rule for rule in world.store.find("fault") if rule["on"] in PLACES]
    body = render(
        "telephony",
        portal=wiring(world)["url"] or "nobody has said yet where it is",
        lines=join(_line(world, line) for line in lines[:200])
        or empty("No accounts yet", "An account comes with its first order, or by control."),
        calls=join(_call(call) for call in placed)
        or empty("No calls yet", "Set a pace, or place one by control."),
        orders=join(_order(order) for order in orders)
        or empty("No orders yet", "The portal sends one when a level changes."),
        records=join(_record(record) for record in waits[:MOST_SHOWN])
        or empty("No record waits", "The portal has taken every one."),
        faults=join(rule_row(rule) for rule in rules) or empty("No faults set", "Everything goes well."),
    )
    return show(world, "/telephony", "Telephony", body)


def _line(world: World, line: Doc) -> Markup:
    first, *others = line["numbers"]
    return render(
        "phone_line",
        ban=line["id"],
        numbers=f"{first} and {len(others)} more" if others else first,
        pace=f"{line['pace']:g} calls an hour" if line["pace"] else "nobody calls",
        running=f"{calls.running(world, line['id'])} running",
        level=tag(line["level"]),
    )


def _call(call: Doc) -> Markup:
    return render(
        "call_row",
        at=moment(call["created_at"]),
        account=call["account"],
        feature=call["feature"].replace("_", " "),
        caller=call["caller"],
        called=call["called"],
        state=tag(call["state"]),
        length=call["reason"].lower().replace("_", " ") or _length(call),
    )


def _length(call: Doc) -> str:
    """Return 2:05 for a call that was answered, parts for a message, the bound for one that runs."""
    if not BY_FEATURE[call["feature"]].is_call:
        return f"{call['units']} part{'s' if call['units'] > 1 else ''}"
    if call["answered_at"] is not None:
        return _clock(call["ended_at"] - call["answered_at"])
    if call["state"] == "running":
        return "no bound" if call["granted"] is None else f"at most {_clock(call['granted'])}"
    return ""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _order(order: Doc) -> Markup:
    return render(
        "order_row",
        order=order["order"],
        account=order["account"],
        wanted=order["level"].replace("_", " "),
        reason=order["reason"] or "no reason given",
        at=moment(order["created_at"]),
        outcome=tag(order["outcome"]),
    )


def _record(record: Doc) -> Markup:
    said = record["said"][-1] if record["said"] else {}
    told = (
        said.get("reason") or said.get("error") or (f"answered {said['status']}" if said else "not sent yet")
    )
    return render(
        "record_row",
        id=record["id"],
        account=record["account"],
        told=f"{said['field']} {told}" if said.get("field") else told,
        tries=f"{len(record['said'])} sent",
        state=tag(record["state"]),
    )
