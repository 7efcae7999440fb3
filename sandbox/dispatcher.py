"""Sends owed deliveries: at most eight at a time, five seconds each, never in the way of the API.

Success is any 2xx in time; a redirect is a failure. The body goes out byte for byte as it was signed.
"""

import asyncio
import time
from typing import Any

import httpx

from sandbox import deliveries, faults, webhooks
from sandbox.signing import sign
from sandbox.store import Doc
from sandbox.underway import Underway
from sandbox.world import World

AT_ONCE = 8
LIMIT = 5.0  # real seconds for one attempt
# provider: (user agent, header of the signature, header of the event's id)
WORDS = {
    "gateway": ("Razorpay-Webhook/v1", "X-Razorpay-Signature", "x-razorpay-event-id"),
    "sms": ("Sms-Report/1", "X-Sms-Signature", "X-Sms-Report-Id"),
}


class Dispatcher(Underway):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._client = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=LIMIT,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def close(self) -> None:
        await self.forget()
        await self._client.aclose()

    def start_due(self) -> None:
        """Start what is due, as far as there is room."""
        room = AT_ONCE - len(self._running)
        if room <= 0:
            return
        found = deliveries.due(self._world, now=self._world.clock.now(), limit=AT_ONCE + room)
        fresh = [delivery for delivery in found if delivery["id"] not in self._running]
        for delivery in fresh[:room]:
            self._run(delivery["id"], self.attempt(delivery))

    async def attempt(self, delivery: Doc) -> None:
        """Try once and keep what came of it."""
        world = self._world
        with world.store.unit():
            call = prepare(world, delivery)
        at, started = world.clock.now(), time.monotonic()
        status, error = await self._post(call) if call else (None, "webhook or event is gone")
        result = {
            "at": at,
            "status": status,
            "ok": status is not None and 200 <= status < 300,
            "error": error,
            "latency_ms": round((time.monotonic() - started) * 1000),
            **(
                {"url": call["url"], "headers": call["headers"], "body": call["body"].decode()}
                if call
                else {}
            ),
        }
        with world.store.unit():
            deliveries.settle(world, delivery, result)

    async def _post(self, call: dict[str, Any]) -> tuple[int | None, str | None]:
        """Return the status, or the error when there was no answer in time."""
        try:
            async with asyncio.timeout(LIMIT):
                answer = await self._client.post(call["url"], content=call["body"], headers=call["headers"])
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            return None, f"{type(error).__name__}: {error}".rstrip(": ")
        return answer.status_code, None


def prepare(world: World, delivery: Doc) -> dict[str, Any] | None:
    """Return url, headers and body of the attempt; a fault may spoil signature or body. Needs a unit."""
    webhook = world.store.get("webhook", delivery["webhook_id"])
    event = world.store.get("event", delivery["event_id"])
    if webhook is None or event is None:
        return None
    body = event["raw"].encode()
    agent, signature, event_id = WORDS[webhooks.provider_of(webhook)]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": agent,
        signature: sign(delivery["secret"], body),
        event_id: delivery["sent_id"],
    }
    call = {"url": webhook["url"], "headers": headers, "body": body}
    for effect in faults.take(world, "attempt", event=delivery["event"], url=webhook["url"]):
        spoil(call, effect["kind"], webhook)
    return call


def spoil(call: dict[str, Any], kind: str, webhook: Doc) -> None:
    """Change the call so that a careful receiver refuses it."""
    headers, signature = call["headers"], WORDS[webhooks.provider_of(webhook)][1]
    if kind == "missing_signature":
        del headers[signature]
    elif kind == "bad_signature":
        headers[signature] = sign("somebody else's secret", call["body"])
    elif kind == "old_secret":
        old = webhook["previous_secret"] or webhook["secret"]
        headers[signature] = sign(old, call["body"])
    elif kind == "tampered":
        call["body"] = call["body"].replace(b'"amount"', b'"amount_"', 1)[:-1] + b" }"
