"""Deliveries: one event owed to one webhook, with its attempts and the back-off between them.

Times are virtual. States: `waiting` (due at some time), `held`, `lost` (a fault), `delivered`,
`failed` (given up after 24 h), `stopped` (its webhook was disabled).
"""

import json
from collections.abc import Iterable
from typing import Any

from sandbox import webhooks
from sandbox.store import Doc
from sandbox.world import World

MINUTE, HOUR = 60, 3600
BACK_OFF = (1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 1 * HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR)
GIVE_UP_AFTER = 24 * HOUR

Effect = dict[str, Any]


def owe(world: World, event: Doc, effects: Iterable[Effect]) -> None:
    """Owe the event to every webhook that wants it."""
    for webhook in webhooks.oldest_first(world):
        if webhooks.wants(webhook, event["event"]):
            for change in copies(world, effects):
                create(world, event, webhook, **change)
    world.soon()


def copies(world: World, effects: Iterable[Effect]) -> list[Doc]:
    """Return what is special about each delivery: one, or more where a fault duplicates it."""
    first: Doc = {}
    every = [first]
    for effect in effects:
        if effect["kind"] == "lost":
            first["state"] = "lost"
        elif effect["kind"] == "late":
            first["delay"] = effect["seconds"]
        elif effect["kind"] == "duplicate":
            every += [dict(first) for _ in range(effect.get("copies", 1))]
        elif effect["kind"] == "duplicate_new_id":
            every += [{**first, "sent_id": world.ids.new("evt")} for _ in range(effect.get("copies", 1))]
    return every


def create(
    world: World,
    event: Doc,
    webhook: Doc,
    *,
    state: str = "waiting",
    delay: float = 0,
    sent_id: str | None = None,
) -> Doc:
    """Owe one delivery, under the webhook's present secret, `delay` virtual seconds from now."""
    if not webhook["enabled"]:
        state = "stopped"
    elif state == "waiting" and world.store.meta("held", False):
        state = "held"
    now = world.clock.now()
    delivery = {
        "id": world.ids.new("dlv"),
        "event_id": event["id"],
        "webhook_id": webhook["id"],
        "event": event["event"],
        "sent_id": sent_id or event["id"],
        "secret": webhook["secret"],
        "state": state,
        "due": now + delay,
        "give_up_at": now + GIVE_UP_AFTER,
        "tries": 0,
    }
    world.store.execute(
        "INSERT INTO deliveries (id, event_id, webhook_id, state, due, body) VALUES (?, ?, ?, ?, ?, ?)",
        *(delivery[name] for name in ("id", "event_id", "webhook_id", "state", "due")),
        json.dumps(delivery),
    )
    return delivery


def save(world: World, delivery: Doc) -> None:
    world.store.execute(
        "UPDATE deliveries SET state = ?, due = ?, body = ? WHERE id = ?",
        delivery["state"],
        delivery["due"],
        json.dumps(delivery),
        delivery["id"],
    )


def due(world: World, *, now: float, limit: int) -> list[Doc]:
    """Return deliveries to attempt now, the longest due first."""
    return _read(world, "state = 'waiting' AND due <= ? ORDER BY due, seq LIMIT ?", now, limit)


def held(world: World) -> list[Doc]:
    return _read(world, "state = 'held' ORDER BY seq")


def get(world: World, delivery_id: str) -> Doc | None:
    found = _read(world, "id = ?", delivery_id)
    return found[0] if found else None


def of_event(world: World, event_id: str) -> list[Doc]:
    return _read(world, "event_id = ? ORDER BY seq", event_id)


def newest(world: World, *, limit: int = 1000) -> list[Doc]:
    return _read(world, "1 ORDER BY seq DESC LIMIT ?", limit)


def _read(world: World, where: str, *values: Any) -> list[Doc]:
    rows = world.store.execute(f"SELECT body FROM deliveries WHERE {where}", *values)
    return [json.loads(body) for (body,) in rows]


def attempts(world: World, delivery_id: str) -> list[Doc]:
    """Return the attempts of one delivery, the first one first."""
    rows = world.store.execute("SELECT body FROM attempts WHERE delivery_id = ? ORDER BY seq", delivery_id)
    return [json.loads(body) for (body,) in rows]


def settle(world: World, delivery: Doc, attempt: Doc) -> None:
    """Keep an attempt and what follows: delivered, due again later, or given up."""
    fresh = get(world, delivery["id"])
    if fresh is None:  # the world was reset meanwhile
        return
    world.store.execute(
        "INSERT INTO attempts (delivery_id, body) VALUES (?, ?)", delivery["id"], json.dumps(attempt)
    )
    fresh["tries"] += 1
    if attempt["ok"]:
        fresh["state"] = "delivered"
    elif fresh["state"] in ("waiting", "held"):
        _fail(world, fresh, at=attempt["at"])
    save(world, fresh)


def _fail(world: World, delivery: Doc, *, at: float) -> None:
    delivery["due"] = next_due(delivery, at=at)
    delivery["state"] = "waiting"
    if at >= delivery["give_up_at"]:
        delivery["state"] = "failed"
        webhook = world.store.get("webhook", delivery["webhook_id"])
        if webhook and webhook["enabled"]:
            webhooks.disable(world, webhook)
            stop_all(world, webhook["id"])


def next_due(delivery: Doc, *, at: float) -> float:
    """Return when to try again after the attempt at `at`: along the back-off, the last time after 24 h."""
    gap = BACK_OFF[min(delivery["tries"], len(BACK_OFF)) - 1]
    return min(at + gap, max(delivery["give_up_at"], at))


def stop_all(world: World, webhook_id: str) -> None:
    """Stop what waits for a disabled or removed webhook."""
    for delivery in _read(world, "webhook_id = ? AND state IN ('waiting', 'held')", webhook_id):
        save(world, {**delivery, "state": "stopped"})


def resend(world: World, event: Doc, *, only_unacknowledged: bool) -> list[Doc]:
    """Owe the event again to every enabled webhook that wants it, under the present secret."""
    known = of_event(world, event["id"])
    done = {delivery["webhook_id"] for delivery in known if delivery["state"] == "delivered"}
    again = [
        create(world, event, webhook)
        for webhook in webhooks.oldest_first(world)
        if webhook["enabled"] and webhooks.wants(webhook, event["event"])
        if not (only_unacknowledged and webhook["id"] in done)
    ]
    for delivery in known:  # the new delivery takes over from the old one's retries
        if again and delivery["state"] in ("waiting", "held"):
            save(world, {**delivery, "state": "stopped"})
    world.soon()
    return again
