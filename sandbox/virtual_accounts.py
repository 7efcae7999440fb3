"""Virtual accounts: one a customer, whatever arrives there is that customer's. `active` → `closed`, for ever.

One closes by the merchant's wish, at its `close_by`, and when nothing arrived for 90 days.
"""

import re
import string
from typing import Any

from sandbox import checks, events
from sandbox.errors import UNKNOWN_ID, Refused
from sandbox.received import bank_of
from sandbox.store import Doc
from sandbox.world import World

FIELDS = ("receivers", "description", "customer_id", "close_by", "notes", "allowed_payers")
EDITABLE = ("description", "close_by", "notes")
TYPES = ("bank_account", "vpa")
IFSC = "EXBK0VAPORT"
CLOSE_BY_FROM, UNUSED_FOR = 15 * 60, 90 * 86400  # virtual seconds
MOST_PAYERS = 10
IFSC_SHAPE, NUMBER_SHAPE = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}"), re.compile(r"[A-Za-z0-9]{5,35}")
HANDLE = re.compile(r"[a-z0-9]{4,20}")


def create(world: World, body: Doc) -> Doc:
    """Open an account. Raises Refused."""
    checks.only(body, FIELDS)
    customer = body.get("customer_id")
    if customer is not None and world.store.get("customer", str(customer)) is None:
        raise Refused(UNKNOWN_ID)
    account = {
        "id": world.ids.new("va"),
        "entity": "virtual_account",
        "name": world.options.merchant,
        "status": "active",
        "description": _text(body.get("description")),
        "amount_expected": None,
        "amount_paid": 0,
        "customer_id": customer,
        "notes": checks.notes(body.get("notes")),
        "receivers": _receivers(world, body.get("receivers")),
        **_payers(world, body.get("allowed_payers")),
        "close_by": _close_by(world, body.get("close_by")),
        "closed_at": None,
        "created_at": world.clock.seconds(),
        "_used_at": world.clock.seconds(),
    }
    world.store.put("virtual_account", account)
    _await_end(world, account)
    events.emit(world, "virtual_account.created", virtual_account=account)
    return account


def _text(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and len(value) <= 2048):
        raise Refused("The description may not be greater than 2048 characters.", field="description")
    return value


def _close_by(world: World, value: Any) -> int | None:
    if value is None:
        return None
    moment = checks.moment({"close_by": value}, "close_by")
    if moment < world.clock.now() + CLOSE_BY_FROM:
        raise Refused("close_by should be at least 15 minutes after current time.", field="close_by")
    return moment


def _receivers(world: World, wanted: Any) -> list[Doc]:
    """Make what money can be sent to: a bank account, a UPI ID."""
    if wanted is None:
        raise Refused("receivers: is required.", field="receivers")
    if not isinstance(wanted, dict):
        raise Refused("The receivers must be an array.", field="receivers")
    checks.only(wanted, ("types", "vpa"))
    return [_receiver(world, name, wanted) for name in _types(world, wanted.get("types"))]


def _types(world: World, types: Any) -> list[str]:
    known = TYPES if world.switch("virtual_upi") == "on" else TYPES[:1]
    if not isinstance(types, list) or not types or any(name not in known for name in types):
        raise Refused("The receivers.types is invalid.", field="receivers.types")
    return list(dict.fromkeys(types))


def _receiver(world: World, kind: str, wanted: Doc) -> Doc:
    if kind == "vpa":
        asked = (
            (wanted.get("vpa") or {}).get("descriptor") if isinstance(wanted.get("vpa") or {}, dict) else ""
        )
        if asked is not None and not HANDLE.fullmatch(str(asked)):
            raise Refused("The receivers.vpa.descriptor format is invalid.", field="receivers.vpa")
        username = asked or "our" + world.ids.text("vpa_name", 10, string.digits)
        address = f"{username}@examplebank"
        facts = {"username": username, "handle": "examplebank", "address": address}
        return {"id": world.ids.new("vpa"), "entity": "vpa", **facts}
    number = "2299" + world.ids.text("account_number", 12, string.digits)
    facts = {"ifsc": IFSC, "bank_name": bank_of(IFSC), "name": world.options.merchant, "notes": []}
    facts["account_number"] = number
    return {"id": world.ids.new("ba"), "entity": "bank_account", **facts}


def _payers(world: World, wanted: Any) -> Doc:
    """Return `allowed_payers`, only when some are given."""
    if wanted is None or wanted == []:
        return {}
    if not isinstance(wanted, list) or len(wanted) > MOST_PAYERS:
        raise Refused("allowed_payers: no more than 10 are allowed.", field="allowed_payers")
    return {"allowed_payers": [_payer(world, payer) for payer in wanted]}


def _payer(world: World, wanted: Any) -> Doc:
    account = wanted.get("bank_account") if isinstance(wanted, dict) else None
    if not isinstance(account, dict) or wanted.get("type") != "bank_account":
        raise Refused("The allowed_payers.type must be bank_account.", field="allowed_payers")
    checks.only(account, ("ifsc", "account_number"))
    ifsc, number = str(account.get("ifsc", "")), str(account.get("account_number", ""))
    if not IFSC_SHAPE.fullmatch(ifsc) or not NUMBER_SHAPE.fullmatch(number):
        raise Refused("The allowed_payers.bank_account is invalid.", field="allowed_payers")
    kept = {"ifsc": ifsc, "account_number": number}
    return {"type": "bank_account", "id": world.ids.new("ba"), "bank_account": kept}


def edit(world: World, account: Doc, body: Doc) -> Doc:
    """Change description, notes or the closing date of an active account."""
    checks.only(body, EDITABLE)
    _refuse_closed(account)
    if "description" in body:
        account["description"] = _text(body["description"])
    if "notes" in body:
        account["notes"] = checks.notes(body["notes"])
    if "close_by" in body:
        account["close_by"] = _close_by(world, body["close_by"])
        _await_end(world, account)
    return world.store.put("virtual_account", account)


def add_receivers(world: World, account: Doc, body: Doc) -> Doc:
    """Let money come in another way too."""
    _refuse_closed(account)
    there = {receiver["entity"] for receiver in account["receivers"]}
    added = _receivers(world, body)
    if there & {receiver["entity"] for receiver in added}:
        raise Refused("A receiver of this type already exists.", field="types")
    return world.store.put("virtual_account", account | {"receivers": account["receivers"] + added})


def allow_payer(world: World, account: Doc, body: Doc) -> Doc:
    _refuse_closed(account)
    payers = account.get("allowed_payers", [])
    if len(payers) >= MOST_PAYERS:
        raise Refused("allowed_payers: no more than 10 are allowed.", field="allowed_payers")
    return world.store.put("virtual_account", account | {"allowed_payers": [*payers, _payer(world, body)]})


def forbid_payer(world: World, account: Doc, payer_id: str) -> None:
    _refuse_closed(account)
    payers = account.get("allowed_payers", [])
    kept = [payer for payer in payers if payer["id"] != payer_id]
    if len(kept) == len(payers):
        raise Refused(UNKNOWN_ID)
    world.store.put("virtual_account", account | {"allowed_payers": kept})


def close(world: World, account: Doc) -> Doc:
    """Close for ever."""
    _refuse_closed(account)
    account |= {"status": "closed", "closed_at": world.clock.seconds()}
    world.store.put("virtual_account", account)
    events.emit(world, "virtual_account.closed", virtual_account=account)
    return account


def _refuse_closed(account: Doc) -> None:
    if account["status"] == "closed":
        raise Refused("The virtual account is closed.", step="NA", reason="NA")


def end_of(account: Doc) -> float:
    """Return when it closes by itself."""
    unused = account["_used_at"] + UNUSED_FOR
    return float(unused if account["close_by"] is None else min(unused, account["close_by"]))


def _await_end(world: World, account: Doc) -> None:
    world.store.add_timer(end_of(account), "virtual_account_end", account["id"])
    world.soon()


def fall_due(world: World, account_id: str) -> None:
    """Close an account at its end, unless that has moved."""
    account = world.store.get("virtual_account", account_id)
    if account is None or account["status"] == "closed":
        return
    if end_of(account) <= world.clock.now():
        close(world, account)
    else:
        _await_end(world, account)
