"""What the tests of limit and alerts share: an account on a plan without rental, and a look at it."""

from datetime import timedelta

from credit import review
from tests import build
from tests.build import NOW

DAY = timedelta(days=1)


def scene(limit=None, **fields):
    account = build.account(**fields)
    build.subscribed(account, build.plan(rental=0), now=NOW - 3 * DAY)
    if limit is not None:
        build.limit(account, limit)
    return account


def look(account, now=NOW):
    review.after_usage([account.ban], now=now)
    account.refresh_from_db()
    return account.wanted_level


def names(account):
    return sorted(account.notices.values_list("name", flat=True))
