"""Words of the tests of the intake: send records, read what became of them."""

from datetime import timedelta

from invoices import invariants_usage, usage
from invoices.models import Cycle, UsageCounter
from tests import build
from tests.build import NOW

DAY = timedelta(days=1)
LONG_AGO = NOW - 40 * DAY  # 15 Oct, 11:30 IST: cycles 15 Oct – 14 Nov, 15 Nov – 14 Dec


def subscribed(now=LONG_AGO):
    account = build.account()
    build.subscribed(account, now=now)
    return account


def ingest(*records, source="platform", now=NOW, **more):
    return usage.ingest(list(records), source=source, now=now, **more)


def words(*records, **more):
    return [(one.outcome, one.field, one.reason) for one in ingest(*records, **more)]


def outcomes(*records, **more):
    return [one.outcome for one in ingest(*records, **more)]


def close(cycle, now=NOW):
    """Close a cycle as its run does, without the invoice."""
    Cycle.objects.filter(pk=cycle.pk).update(closed_at=now)


def counted(account):
    """(cycle's first day, feature) → records, units, millipaise, without price, late."""
    rows = UsageCounter.objects.filter(account=account).order_by("cycle__starts_on", "feature")
    return {
        (row.cycle.starts_on, row.feature_id): (row.records, row.units, row.amount, row.unrated, row.late)
        for row in rows
    }


def agrees():
    """Records, counters, days and keys say the same: nothing is found."""
    ours = [one for one in invariants_usage.INVARIANTS if one.find is not invariants_usage.BILLED]
    assert [
        what for one in ours for what in one.find(NOW)
    ] == []  # these tests close cycles without billing them
