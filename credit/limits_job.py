"""The nightly look at every credit limit: the window of the base slides, temporary limits end, siblings pay or do not.

Accounts are read set-based, page by page, without a lock; only those whose limit is not what the rule gives are
locked, read again and written, a chunk in a unit. Causes are recorded by the events themselves, so the job has to
find none: an account that was behind is counted and logged.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog

from accounts import job_runs
from accounts.models import Account
from billing_portal import clock
from billing_portal.unit import unit
from credit import limit_facts, limits

log = structlog.get_logger(__name__)

JOB = "limits"
PAGE = 20_000  # accounts a look: each is one pass over their lines of a year
CHUNK = 200  # accounts a unit


def nightly(*, now: datetime) -> dict[str, int]:
    """Look at every account; return how many were looked at, changed, moved, behind, failed. Repeating does nothing.

    *Changed* is any stored figure, *moved* the amount itself; *behind* had causes that nobody had recorded.
    """
    today = clock.business_date(now)
    run = job_runs.begin(JOB, now=now)
    if run is None:
        return {}
    counts: Counter[str] = Counter(looked=0, changed=0, moved=0, behind=0, failed=0)
    for ids in _pages():
        counts["looked"] += len(ids)
        due = [
            state.account for state in limit_facts.states(ids, today=today) if not limits.is_current(state)
        ]
        for start in range(0, len(due), CHUNK):
            counts.update(_chunk(due[start : start + CHUNK], now=now))
    if not run.finished_at:
        job_runs.add(JOB, today, counts)
    job_runs.finish(run, now=now)
    return dict(counts)


def _pages() -> Iterator[list[int]]:
    after = 0
    rows = Account.objects.order_by("pk").values_list("pk", flat=True)
    while ids := list(rows.filter(pk__gt=after)[:PAGE]):
        yield ids
        after = ids[-1]


def _chunk(ids: Sequence[int], *, now: datetime) -> Counter[str]:
    """Let a chunk follow in one unit; if it fails, each account alone, so that one does not hold up the others."""
    try:
        return _follow(ids, now=now)
    except Exception as error:
        log.exception("limits_failed", accounts=len(ids), error=type(error).__name__)
        if len(ids) == 1:
            return Counter(failed=1)
    return sum((_chunk([pk], now=now) for pk in ids), Counter[str]())


@unit
def _follow(ids: Sequence[int], *, now: datetime) -> Counter[str]:
    locked = list(Account.objects.lock_all(pk__in=ids))
    found = limits.reassess_many(locked, now=now, tell_new=False)
    behind = [one for one in found if one.state.has_news and not one.state.is_new]
    for one in behind:
        log.error("limit_was_behind", account=one.account.pk, causes=len(one.fresh))
    return Counter(
        changed=sum(one.differs for one in found),
        moved=sum(one.has_moved for one in found),
        behind=len(behind),
    )
