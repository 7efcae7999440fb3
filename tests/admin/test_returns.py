"""The page *Returns*: the figures beside the ledger's, what is in the way, and the files."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import ledger
from accounts.ledger import Book
from accounts.models import Account, AuditEvent
from invoices.models import Document, EInvoice, Export
from tests import build
from tests.invoices import worked_month

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:invoices_export_returns")


def shown(client, month="2026-10"):
    answer = client.get(PAGE, {"month": month})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_worked_month_stands_beside_the_ledger(staff):
    worked_month.october()

    page = shown(staff("auditor"))

    for figure in ("₹1,31,579.48", "₹21,777.22", "₹953.54", "₹70,000.00", "₹1,96,732.02", "₹1,01,000.00"):
        assert figure in page
    assert "VI/2627/000101" in page and "Maharashtra (27)" in page and "998412 Number rental" in page
    assert page.count("no difference") == 1 and "differs" not in page and 'id="in-the-way"' not in page
    assert "GSTR-1 by 11 Nov 2026, GSTR-3B by 20 Nov 2026" in page


def test_the_month_before_today_s_is_shown_first_and_an_odd_one_is_not_an_error(staff):
    client = staff("finance")

    for asked in ({}, {"month": "2099-01"}, {"month": "x"}):
        page = client.get(PAGE, asked).content.decode()
        assert '<option value="2026-10" selected>October 2026</option>' in page
    assert "Nothing was issued, received or posted in this month." in page


def test_a_month_that_goes_on_says_so(staff):
    build.charge(build.account(), 1000)

    assert "The figures still move" in shown(staff("finance"), "2026-11")


def test_a_difference_is_loud_and_leads_to_where_it_comes_from(staff):
    worked_month.october()
    entry = ledger.post(
        "by-hand:1",
        Account.objects.order_by("pk")[0],
        {Book.CGST: 12_345, Book.ROUNDING: -12_345},
        now=datetime(2026, 10, 20, 6, 0, tzinfo=UTC),
    )

    page = shown(staff("finance"))

    assert ">differ<" in page and "Posted for none of these" in page and "CGST −₹123.45" in page
    assert f'<a href="{reverse("admin:accounts_entry_change", args=[entry.pk])}">by-hand:1</a>' in page


def test_what_is_in_the_way_leads_to_its_document(staff):
    bill = worked_month.issued(build.account(), ("1000", "997331"), now=build.NOW)

    page = shown(staff("finance"), "2026-11")

    assert f'<a href="{reverse("admin:invoices_document_change", args=[bill.pk])}">{bill.number}</a>' in page
    assert "SAC 997331 is not in the list of services." in page


@pytest.mark.parametrize("kind", ["gstr1-json", "gstr1-csv", "gstr3b-csv"])
def test_a_file_is_asked_for_once_and_audited(staff, kind):
    client = staff("finance")
    data = {"kind": kind, "month": "2026-10", "token": str(uuid.uuid4())}

    first, again = client.post(PAGE, data), client.post(PAGE, data)

    row = Export.objects.get()
    assert first.url == again.url == reverse("admin:invoices_export_change", args=[row.pk])
    assert (row.kind, row.parameters, row.account) == (kind, {"month": "2026-10"}, None)
    assert AuditEvent.objects.filter(action="invoices.export", subject=f"export:{row.pk}").exists()


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "journal-csv"}, {"kind": "usage-csv"}, {"month": "2026-12"}, {"token": "x"}, {"part": "-1"}],
)
def test_a_wrong_request_makes_no_file(staff, wrong):
    data = {"kind": "gstr1-json", "month": "2026-10", "token": str(uuid.uuid4())}

    answer = staff("finance").post(PAGE, data | wrong, follow=True)

    assert "This file cannot be made" in answer.content.decode() and not Export.objects.exists()


def test_who_has_not_the_right_gets_neither_page_nor_file(staff):
    data = {"kind": "gstr1-json", "month": "2026-10", "token": str(uuid.uuid4())}

    assert staff("support").get(PAGE).status_code == staff("support").post(PAGE, data).status_code == 403
    assert "invoices/export/returns/" not in staff("support").get(reverse("admin:index")).content.decode()
    assert PAGE in staff("finance").get(reverse("admin:index")).content.decode()
    assert PAGE in staff("finance").get(reverse("admin:invoices_export_changelist")).content.decode()
    assert "gstr1" not in staff("finance").get(reverse("admin:invoices_export_finance")).content.decode()


def test_a_month_of_more_documents_asks_no_more(staff):
    client = staff("finance")
    build.charge(build.account(), 1000)
    few = asked(client)
    for _ in range(5):
        build.charge(build.account(), 1000)

    assert Document.objects.count() == 6 and asked(client) == few


def asked(client):
    shown(client, "2026-11")
    with CaptureQueriesContext(connection) as captured:
        shown(client, "2026-11")
    return len(captured)


def test_the_month_s_e_invoices_are_counted_by_their_state(staff):
    worked_month.october()
    first, second, *_rest = Document.objects.bills().filter(issued_on__month=10).order_by("pk")
    EInvoice.objects.create(document=first, next_attempt_at=build.NOW)
    EInvoice.objects.create(document=second, state="refused", error="2172")

    page = shown(staff("auditor"))
    assert "of the month’s documents: 1 being registered, 1 needs a person." in page
    assert "It has no IRN yet." in page and "the e-invoice portal refused it" in page
    assert "of the month’s documents" not in shown(staff("finance"), "2026-09")
