"""Stands in front of the API: lets a request go wrong as the fault rules say, and logs what was said.

`commit` decides whether a broken answer hides a done request (true) or one that never began (false).
"""

import asyncio
import base64
import binascii
import json
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox import faults
from sandbox.errors import error_body
from sandbox.world import World

WATCHED = ("/v1/", "/methods", "/sms/", "/telephony/", "/einvoice/v")
HTML = b"<html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"
SAID = {
    401: "Authentication failed",
    409: "Request failed because another payment operation is in progress.",
    429: "Too many requests. Please try again after some time.",
}
IDEMPOTENCY_KEY = b"x-refund-idempotency"
STILL_UNDERWAY = {
    "kind": "answer",
    "status": 409,
    "description": "Another request with the same idempotency key is still in progress.",
}
LONGEST_LOGGED = 20_000  # characters of one body


@dataclass
class Answer:
    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""


class FaultLayer:
    """ASGI: wraps the whole app."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app, self._world = app, world
        self._underway: set[tuple[int, bytes]] = (
            set()
        )  # idempotency keys of requests not answered yet, by era

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(WATCHED):
            await self._app(scope, receive, send)
            return
        request = await read_whole(receive)
        answer, effects = await self._answer_once(scope, request)
        if answer is None:
            await reset(send)
        else:
            await say(send, answer, {effect["kind"]: effect for effect in effects})

    async def _answer_once(self, scope: Scope, request: bytes) -> tuple[Answer | None, list[dict[str, Any]]]:
        """Answer as the faults say; refuse an idempotency key whose first request is not answered yet."""
        key = (self._world.era, dict(scope["headers"]).get(IDEMPOTENCY_KEY, b""))
        if key in self._underway:
            return await self._answer(scope, request, [STILL_UNDERWAY]), []
        with self._world.store.unit():
            effects = faults.take(self._world, "request", method=scope["method"], path=scope["path"])
        if key[1]:
            self._underway.add(key)
        try:
            return await self._answer(scope, request, effects), effects
        finally:
            self._underway.discard(key)

    async def _answer(self, scope: Scope, request: bytes, effects: list[dict[str, Any]]) -> Answer | None:
        """Return what to say; None = cut the connection."""
        era = self._world.era
        await pause(effects, commit=False)
        if self._world.era != era:  # reset meanwhile: this request belongs to a world that is gone
            return None
        broken = next((effect for effect in effects if effect["kind"] in ("answer", "reset")), None)
        answer = Answer(status=0)
        if broken is None or broken.get("commit", False):
            answer = await self._ask(scope, request)
        if broken is not None and broken["kind"] == "answer":
            answer = broken_answer(broken)
        self._log(scope, request, answer, effects)
        await pause(effects, commit=True)
        return None if broken is not None and broken["kind"] == "reset" else answer

    async def _ask(self, scope: Scope, request: bytes) -> Answer:
        """Run the app on the request and keep its answer."""
        answer = Answer()
        unread = [{"type": "http.request", "body": request, "more_body": False}]

        async def receive() -> Message:
            if not unread:  # the client stays until it is answered
                await asyncio.get_running_loop().create_future()
            return unread.pop()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message.get("headers", []))
            elif message["type"] == "http.response.body":
                answer.body += message.get("body", b"")

        await self._app(scope, receive, keep)
        return answer

    def _log(self, scope: Scope, request: bytes, answer: Answer, effects: list[dict[str, Any]]) -> None:
        """Keep request and answer; of the credentials only the key's id. `status` 0 = never handled."""
        entry = {
            "at": self._world.clock.now(),
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode("latin-1"),
            "key_id": key_id(scope),
            "idempotency_key": dict(scope["headers"]).get(IDEMPOTENCY_KEY, b"").decode("latin-1"),
            "request": request.decode("utf-8", "replace")[:LONGEST_LOGGED],
            "status": answer.status,
            "response": answer.body.decode("utf-8", "replace")[:LONGEST_LOGGED],
            "faults": effects,
        }
        with self._world.store.unit():
            self._world.store.execute("INSERT INTO log (body) VALUES (?)", json.dumps(entry))


async def read_whole(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


async def pause(effects: list[dict[str, Any]], *, commit: bool) -> None:
    """Wait (real seconds) before handling, or after the commit."""
    for effect in effects:
        if effect["kind"] == "delay" and effect.get("commit", False) == commit:
            await asyncio.sleep(effect["seconds"])


def key_id(scope: Scope) -> str | None:
    header = dict(scope["headers"]).get(b"authorization", b"")
    try:
        return base64.b64decode(header.removeprefix(b"Basic "), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return None


def broken_answer(effect: dict[str, Any]) -> Answer:
    """Return the answer of an `answer` fault: `status`, `body` json | html | empty | text, `retry_after`."""
    status, kind = effect["status"], effect.get("body", "json")
    code = "SERVER_ERROR" if status >= 500 else "BAD_REQUEST_ERROR"
    usual = "We are facing some trouble completing your request at the moment. Please try again shortly."
    said = effect.get("description", SAID.get(status, usual))
    bodies = {
        "json": json.dumps(error_body(said, code=code, reason=effect.get("reason", "NA"))).encode(),
        "html": HTML,
        "text": b"upstream connect error",
        "empty": b"",
    }
    types = {"json": b"application/json", "html": b"text/html"}
    headers = [(b"content-type", types.get(kind, b"text/plain"))]
    if "retry_after" in effect:
        headers.append((b"retry-after", str(effect["retry_after"]).encode()))
    return Answer(status, headers, bodies[kind])


async def say(send: Send, answer: Answer, effects: dict[str, dict[str, Any]]) -> None:
    """Send the answer, whole, in drips, or cut off in the middle."""
    headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-length"]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if "truncate" in effects:
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await reset(send, politely=True)
        return
    if "drip" in effects:
        for number in range(len(answer.body)):
            piece = answer.body[number : number + 1]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(effects["drip"].get("seconds", 0.05))
        answer.body = b""
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def reset(send: Send, *, politely: bool = False) -> None:
    """Cut the connection: with a TCP reset, or by closing it early.

    ASGI has no word for this; the server's own `send` knows its transport.
    """
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    if politely:
        transport.close()
    else:
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    await asyncio.sleep(0.01)  # let the server notice, so it does not complain of a missing answer
