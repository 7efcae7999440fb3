"""The monthly statement: the figures of the page, once per account and month."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import monthly_statements, statement
from accounts.models import Notice
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 12, 1, 2, tzinfo=UTC)


def test_the_mail_says_what_the_page_says():
    account = build.account()
    build.paid(account, 1000, now=NOW - timedelta(days=40))
    build.charge(account, 500)
    build.paid(account, 100, now=FIRST)  # the next month's

    monthly_statements.send(now=FIRST)
    monthly_statements.send(now=FIRST + timedelta(days=1))

    mail = Notice.objects.get(name="monthly-statement").context
    totals = statement.totals(account, *statement.month_of(NOW.date()))
    assert (mail["opening"], mail["closing"]) == (totals.opening, totals.closing)
    assert (mail["payments"], mail["billed"], mail["credits"]) == (0, paise(-590), paise(90))


def test_who_has_nothing_gets_nothing():
    build.account()

    assert monthly_statements.send(now=FIRST) == 0


def test_after_the_first_days_nothing_goes_out():
    build.paid(build.account(), 100)

    assert monthly_statements.send(now=FIRST + timedelta(days=5)) == 0
