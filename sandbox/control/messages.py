"""Steer webhooks: URLs, secrets, deliveries, events, holding back and letting go."""

import json

from sandbox import deliveries, events, webhooks
from sandbox.control.steer import Steer, one
from sandbox.store import Doc


def list_webhooks(steer: Steer) -> Doc:
    alerts = steer.world.store.find("alert")
    return {"items": webhooks.oldest_first(steer.world), "alerts": alerts}


def add_webhook(steer: Steer) -> Doc:
    """Body: `url`, `secret`, `events` (names or patterns; none = all), `provider` (`gateway` or `sms`)."""
    body, options = steer.body, steer.world.options
    provider = body.get("provider", webhooks.GATEWAY)
    usual = options.sms_webhook_secret if provider == webhooks.SMS else options.webhook_secret
    return webhooks.register(
        steer.world, body.get("url"), body.get("secret", usual), body.get("events"), provider
    )


def remove_webhooks(steer: Steer) -> Doc:
    for webhook in steer.world.store.find("webhook") if not steer.id else [one(steer, "webhook")]:
        deliveries.stop_all(steer.world, webhook["id"])
        steer.world.store.delete("webhook", webhook["id"])
    return {"ok": True}


def rotate_webhook_secret(steer: Steer) -> Doc:
    """Body: `secret`; without it one is made."""
    secret = steer.body.get("secret") or steer.world.ids.new("whsec")
    return webhooks.rotate_secret(steer.world, one(steer, "webhook"), secret)


def enable_webhook(steer: Steer) -> Doc:
    return webhooks.enable(steer.world, one(steer, "webhook"))


def hold_webhooks(steer: Steer) -> Doc:
    """Keep new deliveries back until they are released."""
    steer.world.store.set_meta("held", True)
    return {"held": True}


async def release_webhooks(steer: Steer) -> Doc:
    """Send what was held, one after the other. Body: `order` = `as_held` (default) or `reverse`."""
    held = deliveries.held(steer.world)
    return await _release(steer, held[::-1] if steer.body.get("order") == "reverse" else held)


async def shuffle_webhooks(steer: Steer) -> Doc:
    """Send what was held, one after the other, in an order that the seed decides."""
    held = deliveries.held(steer.world)
    with steer.world.store.unit():
        steer.world.ids.dice("shuffle").shuffle(held)
    return await _release(steer, held)


async def _release(steer: Steer, held: list[Doc]) -> Doc:
    with steer.world.store.unit():
        steer.world.store.set_meta("held", False)
    await steer.scheduler.release(held)
    return {"held": False, "released": [delivery["sent_id"] for delivery in held]}


async def drain(steer: Steer) -> Doc:
    """Wait until every delivery that is due now has been tried."""
    await steer.scheduler.drain()
    return {"ok": True}


def burst(steer: Steer) -> Doc:
    """Make `count` (default 1000) events of `event` out of nothing, at once."""
    count, name = steer.number("count", 1000), steer.body.get("event", "payment.captured")
    payment = steer.body.get("payment") or {"id": "pay_Burst000000001", "entity": "payment", "notes": {}}
    made = [events.emit(steer.world, name, payment=payment)["id"] for _ in range(count)]
    return {"events": made}


def list_deliveries(steer: Steer) -> Doc:
    """Query: `event` (its name), `event_id`, `state`, `webhook_id`. Newest first, each with its attempts."""
    found = deliveries.newest(steer.world)
    for name in ("event", "event_id", "state", "webhook_id"):
        if name in steer.query:
            found = [delivery for delivery in found if delivery[name] == steer.query[name]]
    items = [delivery | {"attempts": deliveries.attempts(steer.world, delivery["id"])} for delivery in found]
    return {"items": items}


def list_events(steer: Steer) -> Doc:
    """Query: `event`, `count`. Newest first; `body` is the parsed one, `raw` what is signed."""
    limit = steer.number("count", 1000)
    found = steer.world.store.find("event", lookup=steer.query.get("event"), limit=limit)
    return {"items": [event | {"body": json.loads(event["raw"])} for event in found]}


def send_event(steer: Steer) -> Doc:
    """Send the event again with the same id, acknowledged or not."""
    again = deliveries.resend(steer.world, one(steer, "event"), only_unacknowledged=False)
    return {"items": again}


def replay_event(steer: Steer) -> Doc:
    return {"items": events.replay(steer.world, one(steer, "event"))}
