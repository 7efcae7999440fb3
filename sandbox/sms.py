"""The SMS provider: accepts a message once per reference of the sender's, keeps it for the inbox, reports its delivery.

A virtual second after it was accepted a message is delivered, or not: numbers that end in 0000 are switched off.
The report is a signed webhook call with an id of its own, sent again until it is acknowledged.
"""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import deliveries, events, faults
from sandbox.errors import Refused
from sandbox.http import read_object
from sandbox.store import Doc
from sandbox.world import World

ARRIVES_AFTER = 1  # virtual seconds
SWITCHED_OFF = "0000"  # numbers that end so are never reached
FIELDS = {
    "reference": (r"[\x21-\x7e]{1,64}", "1 to 64 visible ASCII characters"),
    "to": (r"\+91[6-9]\d{9}", "an Indian mobile number, +91 and ten digits"),
    "sender": (r"[A-Za-z]{6}", "six letters"),
    "template_id": (r"\d{1,30}", "digits"),
    "text": (r"(?s).{1,2000}", "1 to 2000 characters"),
}


async def send(request: Request) -> Response:
    """Accept a message; the same reference again returns the first one."""
    world: World = request.app.state.world
    raw = await request.body()
    if not is_known(world, request):
        return JSONResponse({"error": "unauthorised"}, status_code=401)
    try:
        body = read_object(raw)
    except Refused:
        return JSONResponse({"error": "malformed JSON"}, status_code=400)
    wrong = wrong_fields(body)
    if wrong:
        return JSONResponse({"error": "invalid", "fields": wrong}, status_code=422)
    with world.store.unit():
        return JSONResponse(short(accept(world, body)))


async def look_up(request: Request) -> Response:
    """Return the message of a reference, if it was accepted."""
    world: World = request.app.state.world
    if not is_known(world, request):
        return JSONResponse({"error": "unauthorised"}, status_code=401)
    reference = request.query_params.get("reference")
    if not reference:
        return JSONResponse({"error": "invalid", "fields": {"reference": "is required"}}, status_code=422)
    found = world.store.find("sms", lookup=reference)
    return JSONResponse({"items": [short(message) for message in found]})


def is_known(world: World, request: Request) -> bool:
    return request.headers.get("authorization") == f"Bearer {world.options.sms_key}"


def wrong_fields(body: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong, by field."""
    wrong = {name: "is not known" for name in body if name not in FIELDS}
    for name, (pattern, words) in FIELDS.items():
        value = body.get(name)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            wrong[name] = f"must be {words}"
    return wrong


def accept(world: World, body: Doc) -> Doc:
    earlier = world.store.find("sms", lookup=body["reference"], limit=1)
    if earlier:
        return earlier[0]
    message = {"id": world.ids.new("sms"), **body, "status": "accepted", "created_at": world.clock.now()}
    world.store.add_timer(world.clock.now() + ARRIVES_AFTER, "sms_report", message["id"])
    world.soon()
    return world.store.put("sms", message, parent=body["to"], lookup=body["reference"])


def arrive(world: World, message_id: str) -> None:
    """Deliver a message, or find its phone switched off, and owe the report."""
    message = world.store.get("sms", message_id)
    if message is None:  # the inbox was emptied meanwhile
        return
    status = "failed" if message["to"].endswith(SWITCHED_OFF) else "delivered"
    world.store.put("sms", {**message, "status": status})
    name = f"sms.{status}"
    body = {
        "event": name,
        "report_id": world.ids.new("rpt"),
        "message_id": message_id,
        "reference": message["reference"],
        "status": status,
        "reason": "Absent subscriber" if status == "failed" else "",
        "at": world.clock.seconds(),
    }
    effects = faults.take(world, "event", event=name)
    deliveries.owe(world, events.record(world, body), effects)


def short(message: Doc) -> Doc:
    return {name: message[name] for name in ("id", "reference", "status")}


ROUTES = [
    Route("/sms/v1/messages", send, methods=["POST"]),
    Route("/sms/v1/messages", look_up, methods=["GET"]),
]
