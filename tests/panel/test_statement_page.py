"""The statement's page: any period, its sums and rows, its files; and what an impossible period gets."""

import csv
from datetime import timedelta

import pytest
from django.urls import reverse

from credit import exposure
from invoices import credit_notes, statement_rows
from tests import build
from tests.build import NOW, paise
from tests.panel.test_payments_page import text, url

pytestmark = pytest.mark.django_db
YEAR = {"first": "2026-04-01", "last": "2027-03-31"}


@pytest.fixture
def history(account):
    """₹1,000 in September, a bill of ₹1,416 in October, ₹500 in November."""
    build.paid(account, 1000, now=NOW - timedelta(days=70))
    build.charge(account, 1200, text="Porting", now=NOW - timedelta(days=40))
    build.paid(account, 500)


def test_this_month_stands_first(client, account, history):
    page = text(client.get(url("statement", account)))

    assert "1 Nov 2026 – 30 Nov 2026" in page
    assert (
        "Opening −₹416.00 minus four hundred sixteen rupees Payments + ₹487.18 Invoices ₹0.00 "
        "Credits and set-off ₹0.00 Closing = ₹71.18" in page
    )


@pytest.mark.parametrize("state", ["29", "27"])
def test_overview_staff_page_and_statement_tell_one_balance_of_unapplied_credit(state, browse):
    account = build.account(state=state)
    build.paid(account, 1180)
    invoice = build.charge(account, 1000)
    credit_notes.issue_note(invoice.pk, paise(600), "Too much", token="t", now=NOW)
    owner, staff = browse(build.owner(account)), browse(build.user(staff=True, superuser=True))

    shown = text(owner.get(url("statement", account)))

    # ₹708.00 of credit, of it ₹108.00 GST
    assert "Closing = ₹708.00 Of which GST in unapplied credit ₹108.00" in shown
    assert "Without it, as in your balance before usage ₹600.00" in shown
    assert exposure.read(account, now=NOW).balance == paise(600)
    assert "₹600.00" in text(owner.get(url("overview", account)))
    page = text(staff.get(reverse("admin:account_page", args=[account.pk])))
    assert "Prepaid and unapplied credit, net of tax ₹600.00" in page and "Balance ₹600.00 has credit" in page


def test_a_year_shows_every_movement_with_the_balance_after_it(client, account, history):
    page = text(client.get(url("statement", account), YEAR))

    assert "– ₹847.46 ₹847.46" in page
    assert "₹152.54 is GST on the advance" in page
    assert "₹1,416.00 – −₹568.54" in page
    assert "GST of the advance comes back – ₹152.54 −₹416.00" in page


def test_october_closes_where_november_opens(client, account, history):
    october = client.get(url("statement", account), {"first": "2026-10-01", "last": "2026-10-31"})
    november = client.get(url("statement", account), {"first": "2026-11-01", "last": "2026-11-30"})

    assert october.context["totals"].closing == november.context["totals"].opening == build.paise("-416")


def test_a_period_without_movement_says_so(client, account, history):
    page = text(client.get(url("statement", account), {"first": "2026-09-20", "last": "2026-09-21"}))

    assert "Nothing was posted in this period. The balance stays ₹847.46." in page


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-11-30", "2026-11-01", "The last day comes after the first"),
        ("2026-02-30", "2026-11-01", "Enter a valid date"),
        ("x", "", "Enter a valid date"),
        ("0001-01-01", "9999-12-31", "Enter a day between 2000 and 2100"),
        ("2001-01-01", "2026-01-01", "at most ten years later"),
    ],
)
def test_an_impossible_period_says_why(first, last, said, client, account):
    page = client.get(url("statement", account), {"first": first, "last": last})

    assert page.status_code == 422
    assert said in text(page)


@pytest.mark.parametrize("after", ["-1", "x", "9" * 40, "²", "999999999999999"])
def test_an_odd_place_breaks_nothing(after, client, account, history):
    assert client.get(url("statement", account), {**YEAR, "after": after}).status_code == 200


def test_pages_follow_without_a_gap(client, account):
    for number in range(60):
        build.charge(account, 10 + number)

    first = client.get(url("statement", account))
    second = client.get(url("statement", account), {"after": first.context["after"]})

    rows = [*first.context["rows"], *second.context["rows"]]
    assert [row.number for row in rows] == list(range(1, 61))
    assert rows[-1].balance == first.context["totals"].closing
    assert "From the beginning" in text(second)


def read_csv(client, account, **period):
    answer = client.get(url("statement-csv", account), period or YEAR)
    return list(csv.reader(b"".join(answer).decode("utf-8-sig").splitlines()))


def test_the_csv_holds_the_rows_of_the_page(client, account, history):
    rows = read_csv(client, account)

    assert [row[-1] for row in rows] == ["balance", "0.00", "847.46", "-568.54", "-416.00", "71.18", "71.18"]
    assert rows[1][1] == "Opening balance" and rows[-1][1] == "Closing balance"
    assert rows[2][5:7] == ["847.46", "152.54"]


@pytest.mark.parametrize("words", ["=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(1)", "\tx"])
def test_no_cell_of_the_csv_is_a_formula(words, client, account, monkeypatch):
    build.paid(account, 100)
    lines = statement_rows.lines

    def hostile(*period):
        for row in lines(*period):
            yield [*row[:3], words, *row[4:]]

    monkeypatch.setattr(statement_rows, "lines", hostile)

    assert {row[3] for row in read_csv(client, account)} == {f"'{words}"}


def test_the_csv_refuses_a_period_that_cannot_be(client, account):
    answer = client.get(url("statement-csv", account), {"first": "2026-11-30", "last": "2026-11-01"})

    assert answer.status_code == 422
    assert "The last day comes after the first" in text(answer)
