"""Downtimes: a bank, network or app that cannot be paid with. `scheduled` → `started` → `updated` → `resolved`.

They are told, not enforced: have payments fail by a fault where that matters. Times are epoch seconds.
"""

from sandbox import events
from sandbox.store import Doc
from sandbox.world import World

INSTRUMENTS = {
    "card": ({"issuer", "type"}, {"issuer"}, {"network"}),
    "netbanking": ({"bank"},),
    "upi": ({"vpa_handle"}, {"psp"}),
}
SEVERITIES = ("high", "medium", "low")


class DowntimeRefused(Exception):
    """A downtime that makes no sense; its text says why."""


def announce(
    world: World, method: str, instrument: Doc, *, severity: str, begin: int | None, end: int | None
) -> Doc:
    """Have one begin now, or later; with an `end` it is resolved by itself. Raises DowntimeRefused."""
    now = world.clock.seconds()
    _check(method, instrument, severity)
    begin = now if begin is None else begin
    if begin < now or (end is not None and end <= begin):
        raise DowntimeRefused("begin must not be in the past, and end must be later than begin.")
    downtime: Doc = {
        "id": world.ids.new("down"),
        "entity": "payment.downtime",
        "method": method,
        "begin": begin,
        "end": None,
        "status": "scheduled",
        "scheduled": begin > now,
        "severity": severity,
        "instrument": instrument,
        "created_at": now,
        "updated_at": now,
    }
    world.store.put("downtime", downtime)
    if end is not None:
        world.store.add_timer(end, "downtime_end", downtime["id"])
    if begin == now:
        return tell(world, downtime, "started")
    world.store.add_timer(begin, "downtime_start", downtime["id"])
    world.soon()
    return downtime


def _check(method: str, instrument: Doc, severity: str) -> None:
    if method not in INSTRUMENTS:
        raise DowntimeRefused(f"method must be one of {', '.join(INSTRUMENTS)}.")
    if set(instrument) not in INSTRUMENTS[method]:
        known = " or ".join(" and ".join(sorted(names)) for names in INSTRUMENTS[method])
        raise DowntimeRefused(f"instrument of {method} takes {known}.")
    if severity not in SEVERITIES:
        raise DowntimeRefused(f"severity must be one of {', '.join(SEVERITIES)}.")


def tell(world: World, downtime: Doc, status: str) -> Doc:
    """Keep the new status and send its event."""
    downtime |= {"status": status, "updated_at": world.clock.seconds()}
    world.store.put("downtime", downtime)
    events.emit(world, f"payment.downtime.{status}", **{"payment.downtime": downtime})
    world.soon()
    return downtime


def start(world: World, downtime_id: str) -> None:
    """A scheduled one begins."""
    downtime = world.store.get("downtime", downtime_id)
    if downtime and downtime["status"] == "scheduled":
        tell(world, downtime, "started")


def update(world: World, downtime: Doc, severity: str) -> Doc:
    """It gets better or worse. Raises DowntimeRefused."""
    _refuse_over(downtime)
    _check(downtime["method"], downtime["instrument"], severity)
    return tell(world, downtime | {"severity": severity}, "updated")


def resolve(world: World, downtime: Doc) -> Doc:
    """It is over. Raises DowntimeRefused when it is already."""
    _refuse_over(downtime)
    return tell(world, downtime | {"end": world.clock.seconds()}, "resolved")


def _refuse_over(downtime: Doc) -> None:
    if downtime["status"] in ("resolved", "scheduled"):
        raise DowntimeRefused(f"The downtime is {downtime['status']}.")


def end(world: World, downtime_id: str) -> None:
    """Its time is up."""
    downtime = world.store.get("downtime", downtime_id)
    if downtime and downtime["status"] != "resolved":
        resolve(world, downtime)


def ongoing(world: World) -> list[Doc]:
    """Return those that are not over, newest first."""
    return [downtime for downtime in world.store.find("downtime") if downtime["status"] != "resolved"]
