"""Steer settlements: run one now, the holiday table, many payments at once."""

from datetime import date

from sandbox import bulk, orders, settlements
from sandbox.control.steer import ControlRefused, Steer
from sandbox.entities import public
from sandbox.store import Doc


def run_settlement(steer: Steer) -> Doc:
    """Settle all that waits, due or not; `settlement` is null when there is nothing to pay."""
    settlement = settlements.settle_all(steer.world)
    return {"settlement": public(settlement) if settlement else None}


def read_holidays(steer: Steer) -> Doc:
    """`holidays` is null while the national ones of every year count."""
    return {"holidays": steer.world.store.meta("holidays")}


def set_holidays(steer: Steer) -> Doc:
    """Body: `holidays`, a list of dates like 2026-10-02; null = the national ones of every year."""
    days = steer.body.get("holidays")
    if days is not None and not (isinstance(days, list) and all(is_date(day) for day in days)):
        raise ControlRefused("holidays must be a list of dates like 2026-10-02, or null.")
    steer.world.store.set_meta("holidays", days)
    return read_holidays(steer)


def is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def pay_many(steer: Steer) -> Doc:
    """Make `count` captured payments without events: `amount` (paise, ₹500 by default), `method`, `receipts`.

    Methods: upi (the default), netbanking, wallet.
    """
    count, amount = steer.number("count", 100), steer.number("amount", 50000)
    method, receipts = str(steer.body.get("method", "upi")), steer.body.get("receipts", [])
    if not 1 <= count <= bulk.MOST:
        raise ControlRefused(f"count must be 1 to {bulk.MOST}.")
    if amount < orders.MINIMUM:
        raise ControlRefused(f"amount must be at least {orders.MINIMUM} paise.")
    if method not in bulk.INSTRUMENTS:
        raise ControlRefused(f"method must be one of {', '.join(bulk.INSTRUMENTS)}.")
    if not isinstance(receipts, list):
        raise ControlRefused("receipts must be a list.")
    return {"items": bulk.pay_many(steer.world, count, amount=amount, method=method, receipts=receipts)}
