"""Usage taken in and felt at once: counted, held money released, alerts and limit checked, in one unit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from billing_portal import collector
from billing_portal.unit import unit
from credit import holds, review
from invoices import usage
from invoices.usage import Outcome


@collector.paused()
@unit
def take_in(
    records: Sequence[Any], *, source: str, now: datetime, only_account: str | None = None
) -> list[Outcome]:
    """Take in at most 10,000 records as `usage.ingest` does, and check every account that they concern.

    Repeating a batch changes nothing: its records are duplicates, and no alert is given twice. Raises usage.TooMany.
    """
    outcomes = usage.ingest(records, source=source, now=now, only_account=only_account)
    known = [
        (record["account"], record["id"])
        for record, outcome in zip(records, outcomes, strict=True)
        if outcome.outcome != usage.REJECTED
    ]
    if known:
        bans = sorted({ban for ban, _id in known})
        holds.release(bans, [record_id for _ban, record_id in known], source=source, now=now)
        review.after_usage(bans, now=now)
    return outcomes
