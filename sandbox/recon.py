"""Reconciliation rows: one a movement of a settlement, found by the Indian day it was settled on. Amounts are paise."""

import json
from datetime import datetime
from typing import Any

from sandbox import adjustments, checks
from sandbox.entities import public
from sandbox.errors import Refused
from sandbox.fees import refund_fee
from sandbox.store import Doc
from sandbox.working_days import INDIA
from sandbox.world import World

MOST_ROWS, USUAL_ROWS = 1000, 10
FIELDS = ("year", "month", "day", "count", "skip")


def india_day(at: float) -> str:
    return datetime.fromtimestamp(at, INDIA).date().isoformat()


def row(world: World, movement: Doc) -> Doc:
    """Return the movement as a row, not yet settled."""
    entity = world.store.get(movement["type"], movement["id"])
    assert entity is not None
    facts = {"payment": _payment, "refund": _refund, "adjustment": _adjustment}[movement["type"]](
        world, entity
    )
    return {
        "entity_id": movement["id"],
        "type": movement["type"],
        "currency": entity["currency"],
        "on_hold": False,
        "created_at": entity["created_at"],
        "posted_at": movement["posted_at"],
        **facts,
    }


def _payment(world: World, payment: Doc) -> Doc:
    card = world.store.get("card", payment["card_id"]) if payment["card_id"] else None
    return {
        "debit": 0,
        "credit": payment["amount"] - payment["fee"],
        "amount": payment["amount"],
        "fee": payment["fee"],
        "tax": payment["tax"],
        "payment_id": None,
        "description": payment["description"],
        "notes": public(payment)["notes"],
        "method": payment["method"],
        "card_network": card["network"] if card else None,
        "card_issuer": card["issuer"] if card else None,
        "card_type": card["type"] if card else None,
        "dispute_id": None,
        **_order(world, payment),
    }


def _refund(world: World, refund: Doc) -> Doc:
    payment = world.store.get("payment", refund["payment_id"])
    assert payment is not None
    fee, tax = refund_fee(refund["speed_processed"])
    return {
        "debit": refund["amount"] + fee,
        "credit": 0,
        "amount": refund["amount"],
        "fee": fee,
        "tax": tax,
        "payment_id": payment["id"],
        "description": None,
        "notes": json.dumps(refund["notes"]) if refund["notes"] else None,
        "method": payment["method"],
        **_order(world, payment),
    }


def _order(world: World, payment: Doc) -> Doc:
    order = world.store.get("order", payment["order_id"]) if payment["order_id"] else None
    return {"order_id": payment["order_id"], "order_receipt": order["receipt"] if order else None}


def _adjustment(_world: World, adjustment: Doc) -> Doc:
    amount = adjustment["amount"]
    return {
        "debit": max(-amount, 0),
        "credit": max(amount, 0),
        "amount": abs(amount),
        "fee": 0,
        "tax": 0,
        "payment_id": adjustment["payment_id"],
        "description": adjustment["description"],
        "notes": None,
        "dispute_id": adjustment["dispute_id"],
        "order_id": None,
        "credit_type": "default",
    }


def total(rows: list[Doc]) -> int:
    return sum(row["credit"] - row["debit"] for row in rows)


def distort(world: World, rows: list[Doc], effects: Doc) -> list[Doc]:
    """Let faults change what is paid: an adjustment nobody knows of, another fee than the payment's."""
    if "adjustment" in effects:
        effect = effects["adjustment"]
        said = str(effect.get("description", "Correction of an earlier settlement"))
        made = adjustments.keep(world, effect["amount"], said)
        now = made["created_at"]
        movement = {"id": made["id"], "type": "adjustment", "posted_at": now, "created_at": now}
        rows = [*rows, row(world, world.store.put("movement", movement))]
    if "wrong_fee" in effects:
        more = effects["wrong_fee"].get("amount", 100)
        for wrong in chosen(rows, effects["wrong_fee"]):
            wrong |= {"fee": wrong["fee"] + more, "credit": wrong["credit"] - more}
    return rows


def chosen(rows: list[Doc], effect: Doc) -> list[Doc]:
    """Return the first payments' rows that a fault is about: `rows` of them, one by default."""
    return [row for row in rows if row["type"] == "payment"][: effect.get("rows", 1)]


def post(world: World, settlement: Doc, rows: list[Doc], effects: Doc) -> None:
    """Tell the rows of a settlement; faults leave some out, tell them twice, or later."""
    hit = {
        kind: {row["entity_id"] for row in chosen(rows, effects[kind])}
        for kind in ("row_missing", "row_duplicated", "late")
        if kind in effects
    }
    paid = {
        "settled": True,
        "settled_at": settlement["created_at"],
        "settlement_id": settlement["id"],
        "settlement_utr": settlement["utr"],
    }
    for told in rows:
        name = told["entity_id"]
        copies = (
            0 if name in hit.get("row_missing", ()) else 2 if name in hit.get("row_duplicated", ()) else 1
        )
        kind = "recon_late" if name in hit.get("late", ()) else "recon_row"
        for copy in range(copies):
            kept = told | paid | {"id": f"{settlement['id']}:{name}:{copy}"}
            day = india_day(settlement["created_at"])
            world.store.put(kind, kept, parent=settlement["id"], lookup=day)
    if "late" in effects:
        due = world.clock.now() + effects["late"]["seconds"]
        world.store.add_timer(due, "recon_post", settlement["id"])


def post_late(world: World, settlement_id: str) -> None:
    """Tell the rows that a fault held back; they stand on the day they were settled."""
    for told in reversed(world.store.find("recon_late", parent=settlement_id)):
        world.store.delete("recon_late", told["id"])
        told["posted_at"] = world.clock.seconds()
        world.store.put("recon_row", told, parent=settlement_id, lookup=india_day(told["settled_at"]))


def withdraw(world: World, settlement_id: str) -> None:
    """Forget the rows of a settlement that failed."""
    world.store.execute(
        "DELETE FROM docs WHERE kind IN ('recon_row', 'recon_late') AND parent = ?", settlement_id
    )


def listing(world: World, query: Doc) -> list[Doc]:
    """Return one page of the rows settled on a day or in a month, the first one first. Raises Refused."""
    checks.only(query, FIELDS)
    days = _days(query)
    count, skip = _number(query, "count", USUAL_ROWS), _number(query, "skip", 0)
    if not 1 <= count <= MOST_ROWS:
        raise Refused(f"The count must be between 1 and {MOST_ROWS}.", field="count")
    if skip < 0:
        raise Refused("The skip must be at least 0.", field="skip")
    rows = world.store.execute(
        "SELECT body FROM docs WHERE kind = 'recon_row' AND lookup BETWEEN ? AND ?"
        " ORDER BY lookup, seq LIMIT ? OFFSET ?",
        *days,
        count,
        min(skip, checks.FURTHEST),
    )
    return [{name: value for name, value in json.loads(body).items() if name != "id"} for (body,) in rows]


def _days(query: Doc) -> tuple[str, str]:
    """Return the first and the last day asked for, as they are sorted."""
    for name in ("year", "month"):
        if name not in query:
            raise Refused(f"{name}: is required.", field=name)
    if not (len(query["year"]) == 4 and query["year"].isdigit()):
        raise Refused("The year must be 4 digits.", field="year")
    month, day = _number(query, "month", 0), _number(query, "day", 1)
    if not 1 <= month <= 12:
        raise Refused("The month must be between 1 and 12.", field="month")
    if not 1 <= day <= 31:
        raise Refused("The day must be between 1 and 31.", field="day")
    head = f"{query['year']}-{month:02d}-"
    return (f"{head}{day:02d}",) * 2 if "day" in query else (f"{head}01", f"{head}31")


def _number(query: Doc, name: str, default: int) -> int:
    value: Any = query.get(name, default)
    try:
        return int(value)
    except ValueError:
        raise Refused(f"The {name} must be an integer.", field=name) from None
