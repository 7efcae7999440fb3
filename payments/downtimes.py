"""Ways to pay that are failing now: kept from the gateway's calls and its list, shown where people pay.

They are news, never a bar: whoever wants to pay that way may try.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from billing_portal.unit import unit
from payments.gateways.reconciliation import ReportedDowntime, lists
from payments.models import Downtime

METHODS = {"upi": "UPI", "card": "card", "netbanking": "net banking"}
RESOLVED = "resolved"
NARROW = ("bank", "issuer", "network", "psp", "vpa_handle")  # words of an instrument, the telling ones first


@dataclass(frozen=True)
class Outage:
    """What the page for paying says: which way fails, since when, and what works instead."""

    method: str
    what: str  # "UPI payments", "Net banking of HDFC"
    since: datetime
    until: datetime | None
    instead: str  # "Card and net banking work."


def poll(*, now: datetime) -> int:
    """Ask the gateway what is failing; what it does not tell any more is over. Return how many it tells.

    Raises GatewayError.
    """
    told = lists().downtimes()
    for one in told:
        keep(one, now=now)
    standing = Downtime.objects.filter(resolved_at=None, seen_at__lt=now)
    standing.exclude(gateway_id__in=[one.downtime_id for one in told]).update(
        resolved_at=now, status=RESOLVED, seen_at=now
    )
    return len(told)


def hear(downtime_id: str, *, now: datetime) -> None:
    """Read one downtime that a call spoke of. Raises GatewayError."""
    keep(lists().downtime(downtime_id), now=now)


@unit
def keep(told: ReportedDowntime, *, now: datetime) -> None:
    """Keep a downtime as it stands now; one that is over stays so."""
    is_over = told.status == RESOLVED
    values = {
        "method": told.method,
        "instrument": dict(told.instrument),
        "status": told.status,
        "severity": told.severity,
        "is_scheduled": told.is_scheduled,
        "begins_at": told.begins_at,
        "ends_at": told.ends_at,
        "seen_at": now,
    }
    if is_over:
        values["resolved_at"] = now
    row, is_new = Downtime.objects.get_or_create(gateway_id=told.downtime_id, defaults=values)
    if not is_new and row.resolved_at is None:
        Downtime.objects.filter(pk=row.pk, resolved_at=None).update(**values)


def affected(method: str, bank: str, now: datetime) -> Downtime | None:
    """Return the downtime that a method (of this bank, where one is named) suffers from now, if any."""
    for one in Downtime.objects.current(now).filter(method=method):
        named = set(one.instrument.values())
        if not named or bank.upper() in {word.upper() for word in named}:
            return one
    return None


def outages(now: datetime) -> list[Outage]:
    """Return what fails now, a line each way to pay, the whole of it before a part. One query."""
    current = list(Downtime.objects.current(now).exclude(severity="low")[:20])
    whole = {one.method for one in current if not one.instrument}
    shown = [one for one in current if not one.instrument or one.method not in whole]
    failing = {one.method for one in current}  # if only with one bank, issuer or app
    works = [method for method in METHODS if method not in failing]
    return [
        _outage(one, works) for one in sorted(shown, key=lambda one: (bool(one.instrument), one.begins_at))
    ]


def _outage(one: Downtime, works: Iterable[str]) -> Outage:
    others = [METHODS[method] for method in works if method != one.method]
    instead = " and ".join(others)
    return Outage(
        method=one.method,
        what=_what(one),
        since=one.begins_at,
        until=one.ends_at,
        instead=f"{instead[0].upper()}{instead[1:]} {'work' if len(others) > 1 else 'works'}."
        if others
        else "",
    )


def _what(one: Downtime) -> str:
    name = METHODS.get(one.method, one.method)
    narrow = next((one.instrument[word] for word in NARROW if word in one.instrument), "")
    whole = f"{name[0].upper()}{name[1:]} payments"
    return f"{whole} with {narrow}" if narrow else whole
