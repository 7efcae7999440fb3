"""An SMS provider in memory: the adapter's own words over a transport that keeps what it is sent."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import ClassVar

import httpx
from django.conf import settings

from accounts.models import Notice
from accounts.sms import JsonProvider
from tests import build


@dataclass
class World:
    """What the provider holds, what it was asked, and how it feels today."""

    messages: dict[str, dict] = field(default_factory=dict)  # reference → message
    asked: list[str] = field(default_factory=list)  # "POST", "GET"
    fails: list[str] = field(
        default_factory=list
    )  # "before", "after": a time-out before or after it is taken
    status: int = 0  # answers so, whatever is asked


class FakeSms(JsonProvider):
    world: ClassVar[World] = World()

    def __init__(self) -> None:
        super().__init__(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        world = FakeSms.world
        world.asked.append(request.method)
        if world.status:
            return httpx.Response(world.status, text="no")
        if request.method == "GET":
            found = world.messages.get(request.url.params["reference"])
            return httpx.Response(200, json={"items": [found] if found else []})
        if "before" in world.fails:
            world.fails.remove("before")
            raise httpx.ConnectTimeout("before", request=request)
        said = json.loads(request.content)
        kept = world.messages.setdefault(said["reference"], said | {"id": f"sms_{len(world.messages) + 1}"})
        if "after" in world.fails:
            world.fails.remove("after")
            raise httpx.ReadTimeout("after", request=request)
        return httpx.Response(200, json=kept | {"status": "accepted"})


def report(of: Notice, status: str = "delivered", **fields: object) -> bytes:
    """The body of a delivery report about a notice."""
    said = {
        "event": f"sms.{status}",
        "report_id": f"rpt_{of.pk}_{status}",
        "message_id": of.message_id,
        "reference": of.reference,
        "status": status,
        "reason": "Absent subscriber" if status == "failed" else "",
        "at": int(build.NOW.timestamp()) + 2,
    }
    return json.dumps(said | fields).encode()


def sign(body: bytes, secret: str | None = None) -> str:
    key = settings.SMS_WEBHOOK_SECRET if secret is None else secret
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
