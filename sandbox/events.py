"""Events: what happened, kept as a snapshot in the bytes that will be signed, and owed to every webhook."""

from sandbox import deliveries, faults, odd_shapes
from sandbox.entities import public
from sandbox.signing import serialise
from sandbox.store import Doc
from sandbox.world import World

REPLAY_DAYS, REPLAYS_A_DAY = 7, 5
DAY = 86400
DATED_INSIDE = (  # events whose date stands in the payload, not in the envelope
    "order.notification.delivered",
    "order.notification.failed",
    "refund.speed_changed",
)


class ReplayRefused(Exception):
    """An event that the gateway would not replay; its text says why."""


def emit(world: World, name: str, *, beside: Doc | None = None, **entities: Doc) -> Doc:
    """Record an event; `entities` are its payload in order. A fault may bend it on the way out.

    `beside` holds by payload key what stands next to its `entity`.
    """
    body = {
        "entity": "event",
        "account_id": world.options.account_id,
        "event": name,
        "contains": list(entities),
        "payload": {
            key: {"entity": snapshot(world, doc), **(beside or {}).get(key, {})}
            for key, doc in entities.items()
        },
        "created_at": world.clock.seconds(),
    }
    if name in DATED_INSIDE:
        odd_shapes.SHAPES["created_at_inside"](body)
    effects = faults.take(world, "event", event=name)
    for effect in effects:
        odd_shapes.bend(body, effect)
    event = record(world, body)
    deliveries.owe(world, event, effects)
    return event


def snapshot(world: World, doc: Doc) -> Doc:
    """Return the entity as it is now, a card payment with its card inside."""
    shown = public(doc)
    card = world.store.get("card", doc["card_id"]) if doc.get("card_id") else None
    return shown | {"card": public(card)} if card else shown


def record(world: World, body: Doc) -> Doc:
    """Keep the body's bytes as they will be signed."""
    raw = serialise(body, world.switch("serialisation"))
    event = {"id": world.ids.new("evt"), "event": body["event"], "raw": raw.decode(), "replays": []}
    return world.store.put("event", {**event, "created_at": world.clock.now()}, lookup=body["event"])


def replay(world: World, event: Doc) -> list[Doc]:
    """Send an unacknowledged event again, under the current secrets. Raises ReplayRefused."""
    now = world.clock.now()
    if now - event["created_at"] > REPLAY_DAYS * DAY:
        raise ReplayRefused("The event is older than 7 days.")
    recent = [at for at in event["replays"] if now - at < DAY]
    if len(recent) >= REPLAYS_A_DAY:
        raise ReplayRefused("The event was replayed 5 times within 24 hours.")
    again = deliveries.resend(world, event, only_unacknowledged=True)
    if not again:
        raise ReplayRefused("Every webhook has acknowledged the event, or none is enabled for it.")
    world.store.put("event", {**event, "replays": [*recent, now]})
    return again
