"""Settlements: what was captured and given back is paid out two working days later at 11:00 IST, in one sum.

Each payment, refund and adjustment is a movement until a settlement takes it. A sum that is not positive is not
paid: its movements wait for a later settlement. Amounts are paise, times are virtual.
"""

from sandbox import events, faults, recon, working_days
from sandbox.store import Doc
from sandbox.world import World

CYCLE, HOUR, DAY = 2, 3600, 86400  # working days; seconds
PAID_AT, INDIA_AHEAD = 11 * HOUR, 19800
BOUNCES_AFTER = 4 * HOUR


def owe(world: World, kind: str, entity_id: str) -> None:
    """Put a payment, refund or adjustment of now into the settlement of its day."""
    due = working_days.add_working_days(world, pay_time(world.clock.now()), CYCLE)
    facts = {"id": entity_id, "type": kind, "posted_at": world.clock.seconds()}
    world.store.put("movement", facts | {"created_at": due})
    await_run(world, due)


def pay_time(at: float) -> float:
    """Return 11:00 IST of the day of `at`."""
    return at - (at + INDIA_AHEAD) % DAY + PAID_AT


def await_run(world: World, due: float) -> None:
    """Have a settlement run at `due`; asking again changes nothing."""
    set_already = "SELECT 1 FROM timers WHERE kind = 'settlement_due' AND due = ? LIMIT 1"
    if not world.store.execute(set_already, due).fetchone():
        world.store.add_timer(due, "settlement_due", "")
        world.soon()


def take_back(world: World, entity_id: str) -> bool:
    """Drop a movement that did not happen after all; False = it is settled already."""
    return bool(world.store.delete("movement", entity_id))


def fall_due(world: World, _ref: str) -> None:
    """Settle what is due, a working day later when today has become a holiday."""
    now = world.clock.now()
    if working_days.is_working_day(world, now):
        settle(world, list(reversed(world.store.find("movement", until=now))))
    else:
        await_run(world, working_days.next_working_day(world, pay_time(now)))


def settle_all(world: World) -> Doc | None:
    """Settle whatever waits, due or not, on any day."""
    return settle(world, list(reversed(world.store.find("movement"))))


def settle(world: World, movements: list[Doc]) -> Doc | None:
    """Pay the movements out; None when nothing is to be paid. Faults may change what is paid and told."""
    rows = [recon.row(world, movement) for movement in movements]
    if recon.total(rows) <= 0:
        return None
    effects = {effect["kind"]: effect for effect in faults.take(world, "settlement")}
    if "partial" in effects and len(rows) > 1:
        rows = rows[: (len(rows) + 1) // 2]
        await_run(world, working_days.next_working_day(world, pay_time(world.clock.now())))
    rows = recon.distort(world, rows, effects)
    if recon.total(rows) <= 0:
        return None
    return _pay(world, rows, effects)


def _pay(world: World, rows: list[Doc], effects: Doc) -> Doc:
    now = world.clock.seconds()
    number = world.store.count_up("settlement_utr")
    settlement: Doc = {
        "id": world.ids.new("setl"),
        "entity": "settlement",
        "amount": recon.total(rows),
        "status": "processed",
        "fees": 0,
        "tax": 0,
        "utr": f"UTIBN1{recon.india_day(now).replace('-', '')}{number:05d}",
        "created_at": now,
    }
    world.store.put("settlement", settlement)
    for row in rows:
        world.store.delete("movement", row["entity_id"])
    if "failed" in effects:
        kept = [{"id": row["entity_id"], "type": row["type"], "posted_at": row["posted_at"]} for row in rows]
        world.store.put("bounce", {"id": settlement["id"], "movements": kept})
        world.store.add_timer(now + BOUNCES_AFTER, "settlement_bounce", settlement["id"])
    recon.post(world, settlement, rows, effects)
    events.emit(world, "settlement.processed", settlement=settlement)
    return settlement


def bounce(world: World, settlement_id: str) -> None:
    """The bank did not take it: failed, its rows are gone, and all of it is paid again the next working day."""
    settlement = world.store.get("settlement", settlement_id)
    kept = world.store.get("bounce", settlement_id)
    if settlement is None or kept is None:
        return
    now = world.clock.now()
    world.store.put("settlement", settlement | {"status": "failed"})
    world.store.delete("bounce", settlement_id)
    recon.withdraw(world, settlement_id)
    for movement in kept["movements"]:
        world.store.put("movement", movement | {"created_at": now})
    await_run(world, working_days.next_working_day(world, pay_time(now)))
