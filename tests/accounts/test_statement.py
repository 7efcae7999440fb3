"""The statement adds up: opening, rows, closing; a month's closing is the next one's opening."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import ledger, statement
from credit import exposure
from invoices import credit_notes
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    """A recharge, a bill it covers in part, a payment, and a credit note; over three months."""
    made = build.account()
    build.paid(made, 1000, now=NOW - timedelta(days=70))  # 15 Sep
    bill = build.charge(made, 1200, now=NOW - timedelta(days=40))  # 15 Oct
    build.paid(made, 500, now=NOW - timedelta(days=30))
    credit_notes.issue_note(bill.pk, paise(600), "Out of service", token="c", now=NOW)
    return made


def test_each_entry_is_a_row_with_the_balance_after_it(account):
    rows = list(statement.rows(account, date(2026, 9, 1), date(2026, 11, 30)))

    assert [(row.kind, row.moved, row.tax, row.balance) for row in rows] == [
        ("Payment", paise("847.46"), paise("152.54"), paise("847.46")),
        ("Invoice", paise(-1416), 0, paise("-568.54")),
        ("Advance set off", paise("152.54"), paise("-152.54"), paise(-416)),
        ("Payment", paise("487.18"), paise("12.82"), paise("71.18")),
        ("Credit note", paise(708), 0, paise("779.18")),
    ]


def test_a_month_closes_where_the_next_opens(account):
    months = [statement.month_of(date(2026, month, 1)) for month in (8, 9, 10, 11, 12)]

    found = [statement.totals(account, first, last) for first, last in months]

    for before, after in pairwise(found):
        assert before.closing == after.opening
    assert found[0].opening == 0
    assert found[-1].closing == statement.balance_now(account) == paise("779.18")
    assert (found[2].payments, found[2].billed) == (paise("487.18"), paise(-1416))


def test_without_credit_notes_it_is_the_balance_shown():
    account = build.account()
    build.paid(account, 1000)
    build.charge(account, 1200)

    assert statement.balance_now(account) == exposure.read(account, now=NOW).balance


def test_pages_follow_each_other(account):
    first, last = date(2026, 9, 1), date(2026, 11, 30)
    one, after = statement.page(account, first, last, size=2)
    two, after = statement.page(account, first, last, after=after, size=2)
    three, end = statement.page(account, first, last, after=after, size=2)

    assert [row.number for row in (*one, *two, *three)] == [1, 2, 3, 4, 5]
    assert end is None
    assert two[0].balance == one[-1].balance + two[0].moved


def test_an_empty_period_opens_and_closes_alike(account):
    found = statement.totals(account, date(2026, 9, 20), date(2026, 9, 25))

    assert found.opening == found.closing == paise("847.46")


def test_a_page_costs_the_same_wherever_it_is(account):
    for number in range(12):
        build.charge(account, 10 + number)
    counts = []
    for after in (0, 12):
        with CaptureQueriesContext(connection) as captured:
            statement.page(account, date(2026, 1, 1), date(2026, 12, 31), after=after, size=3)
        counts.append(len(captured))

    assert max(counts) <= 4


def test_nothing_older_than_the_period_is_shown_wherever_one_starts(account):
    rows, _after = statement.page(account, date(2026, 11, 1), date(2026, 11, 30), after=1, size=9)

    assert [row.kind for row in rows] == ["Credit note"]


def test_a_reversal_is_in_the_sums_of_its_period(account):
    entry = account.entries.get(key__startswith="credit_note:")
    account.refresh_from_db()
    ledger.reverse(entry, account, key="reversal:test", now=NOW)

    found = statement.totals(account, date(2026, 11, 1), date(2026, 11, 30))

    assert found.credits == 0
    assert found.opening + found.payments + found.billed + found.credits == found.closing


@pytest.mark.parametrize(("first", "last"), [((2027, 1, 1), (2027, 1, 31)), ((2026, 1, 1), (2026, 1, 31))])
def test_a_period_before_or_after_all_has_no_rows(first, last, account):
    assert statement.page(account, date(*first), date(*last), size=9) == ([], None)
