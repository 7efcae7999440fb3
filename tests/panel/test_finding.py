"""Finding documents: by number, amount and words, by year, kind and state; kept in the address, without script."""

from datetime import date, timedelta

import pytest

from invoices import credit_notes, finding
from invoices.models import Document
from tests import build
from tests.build import NOW, paise
from tests.panel.test_payments_page import text, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(account):
    """Bills overdue, part paid, paid and due; last year's; a voucher and a credit note."""
    made = {"old": build.charge(account, 300, text="Number 080-1234", now=NOW - timedelta(days=300))}
    build.paid(account, 354, now=NOW - timedelta(days=299))
    made["paid"] = build.charge(
        account, 1000, text="Set-up of 50% more numbers", now=NOW - timedelta(days=60)
    )
    build.paid(account, 1180, now=NOW - timedelta(days=59))
    build.paid(account, 500, now=NOW - timedelta(days=50))
    made["part"] = build.charge(account, 2000, text="Porting", now=NOW - timedelta(days=20))
    made["overdue"] = build.charge(account, 700, text="Porting, again", now=NOW - timedelta(days=15))
    made["due"] = build.charge(account, 800, text="Recording")
    made["note"] = credit_notes.issue_note(made["due"].pk, paise(100), "Late", token="n", now=NOW)
    made["voucher"] = account.documents.get(kind="receipt_voucher")
    return made


# fmt: off
FOUND = (
    ({},                                        "old paid part overdue due note voucher"),
    ({"q": "porting"},                          "part overdue"),
    ({"q": "50%"},                              "paid"),
    ({"q": "_"},                                ""),
    ({"q": "2,360.00"},                         "part"),
    ({"q": "826"},                              "overdue due"),
    ({"q": "no such words"},                    ""),
    ({"year": "2526"},                          "old"),
    ({"year": "2627"},                          "paid part overdue due note voucher"),
    ({"year": "2627", "q": "number"},           "paid"),
    ({"kind": "credit_note"},                   "note"),
    ({"kind": "receipt_voucher"},               "voucher"),
    ({"state": "paid"},                         "old paid"),
    ({"state": "overdue"},                      "part overdue"),
    ({"state": "due"},                          "due"),
    ({"state": "part"},                         "part due"),
    ({"state": "part", "q": "porting"},         "part"),
    ({"year": "zzzz", "kind": "x", "state": "y"}, "old paid part overdue due note voucher"),
)
# fmt: on


@pytest.mark.parametrize(("asked", "found"), FOUND)
def test_what_is_found(asked, found, many, account):
    rows = finding.find(account.documents.all(), finding.of(asked), NOW.date())

    assert {row.pk for row in rows} == {many[name].pk for name in found.split()}


def test_a_number_is_found_in_part(many, account):
    number = many["part"].number

    rows = finding.find(account.documents.all(), finding.of({"q": number[-6:].lower()}), NOW.date())

    assert many["part"] in rows


def test_the_form_keeps_what_was_asked_and_nobody_elses_are_found(client, account, many):
    other = build.charge(build.account(), 2000, text="Porting")

    page = client.get(url("documents", account), {"q": "Porting", "state": "overdue"})

    shown = page.content.decode()
    assert "2 documents" in text(page)
    assert many["part"].number in shown and other.number not in shown
    assert 'name="q" value="Porting"' in shown
    assert '<option value="overdue" selected>' in shown
    assert 'name="kind_of_export" value="documents-zip"' in shown
    assert '<input type="hidden" name="state" value="overdue">' in shown  # the ZIP holds what is shown


def test_the_pager_keeps_the_filter(client, account):
    for _ in range(27):
        build.charge(account, 10, text="A & B")
    build.charge(account, 10, text="C")

    page = client.get(url("documents", account), {"q": "A & B"})
    second = client.get(url("documents", account), {"q": "A & B", "page": "2"})

    assert 'href="?q=A+%26+B&amp;page=2"' in page.content.decode()
    assert "27 documents" in text(second) and "Page 2 of 2" in text(second)


def test_nothing_found_says_so_and_leads_back(client, account, many):
    page = client.get(url("documents", account), {"q": '"><script>alert(1)</script>'})

    assert "No document fits" in text(page)
    assert "<script>alert(1)" not in page.content.decode()
    assert f'href="{url("documents", account)}"' in page.content.decode()


@pytest.mark.parametrize("q", ["x" * 10_000, "\u202e", "%", "' or 1=1 --", "₹", "99999999999999999999"])
def test_odd_words_find_nothing_and_break_nothing(q, client, account):
    build.charge(account, 10)

    assert client.get(url("documents", account), {"q": q}).status_code == 200


@pytest.mark.parametrize(
    ("issued", "years"),
    [
        ((), []),
        ((date(2026, 3, 31),), [("2526", "2025-26")]),
        (
            (date(2026, 4, 1), date(2025, 3, 31)),
            [("2627", "2026-27"), ("2526", "2025-26"), ("2425", "2024-25")],
        ),
    ],
)
def test_the_years_offered(issued, years, account):
    for day in issued:
        build.charge(account, 10, now=NOW.replace(year=day.year, month=day.month, day=day.day))

    assert finding.years(Document.objects.filter(account=account)) == years
