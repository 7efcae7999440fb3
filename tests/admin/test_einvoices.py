"""E-invoices on the staff side: the list, what is refused or late, sending again, the CSV, the document's page."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent
from billing_portal import clock, dashboard
from invoices import einvoices, irp
from invoices.models import EInvoice
from tests import build
from tests.fake_irp import FakeIrp, portal

__all__ = ["portal"]
pytestmark = pytest.mark.django_db
NOW = build.NOW
LIST = reverse("admin:invoices_einvoice_changelist")
WORDS = "3029 GSTIN <b>is</b> inactive"


@pytest.fixture
def rows(portal):
    """One that is registered, one that the portal refused."""
    done = build.charge(build.account(), 1000)
    einvoices.register_due(FakeIrp(), now=NOW)
    portal.troubles = [irp.Refused(WORDS)]
    refused = build.charge(build.account(), 2000)
    einvoices.register_due(FakeIrp(), now=NOW)
    return EInvoice.objects.get(document=done), EInvoice.objects.get(document=refused)


def page(client, **query):
    return client.get(LIST, query).content.decode()


def test_the_list_says_what_the_portal_said(staff, rows):
    shown = page(staff("support"))

    assert all(row.document.number in shown for row in rows)
    assert "Needs a person" in shown and "3029 GSTIN &lt;b&gt;is&lt;/b&gt; inactive" in shown
    assert rows[0].irn[:12] in shown


@pytest.mark.parametrize(("query", "found"), [({"trouble": "any"}, 1), ({"state__exact": "registered"}, 0)])
def test_the_filters(staff, rows, query, found):
    shown = page(staff("finance"), **query)

    assert rows[found].document.number in shown
    assert rows[1 - found].document.number not in shown


def test_a_refused_one_is_sent_again_with_a_reason(staff, rows, portal):
    client, chosen = staff("support"), {"action": "send_again", "index": 0, "select_across": 0}
    chosen["_selected_action"] = [row.pk for row in rows]

    asked = client.post(LIST, chosen).content.decode()
    said = client.post(LIST, chosen | {"reason": "Active again"}, follow=True).content.decode()

    assert asked.count("stays as it is: it was not refused") == 1
    assert "1 of 2 e-invoices are sent again" in said
    assert AuditEvent.objects.get(action="invoices.send_einvoice").reason == "Active again"
    assert einvoices.register_due(FakeIrp(), now=NOW) == 1


def test_an_auditor_looks_and_sends_nothing(staff, rows):
    client = staff("auditor")

    assert "send_again" not in page(client)
    client.post(LIST, {"action": "send_again", "_selected_action": [rows[1].pk], "reason": "x"})
    assert EInvoice.objects.get(pk=rows[1].pk).state == "refused"


def test_the_csv_has_all_that_a_return_asks_for(staff, rows):
    answer = staff("finance").post(
        LIST, {"action": "export_csv", "_selected_action": [row.pk for row in rows]}
    )

    told = {
        row["Document"]: row for row in csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig")))
    }
    done = told[rows[0].document.number]
    assert (done["IRN"], done["Acknowledgement"]) == (rows[0].irn, rows[0].ack_number)
    assert told[rows[1].document.number]["Register until"] == "24 Dec 2026"


def test_the_last_day_is_red_from_ten_days_before(staff, rows, monkeypatch):
    for day, red in ((19, False), (20, True)):
        monkeypatch.setattr(clock, "now", lambda day=day: NOW + timedelta(days=day))
        assert ('<span class="tag bad">24 Dec 2026</span>' in page(staff("admin"))) is red


def test_the_page_of_a_document_leads_to_it_and_says_how_it_is_taken_back(staff, rows):
    for row in rows:
        shown = (
            staff("finance")
            .get(reverse("admin:invoices_document_change", args=[row.document_id]))
            .content.decode()
        )
        assert reverse("admin:invoices_einvoice_change", args=[row.pk]) in shown
        assert "taken back by a credit note" in shown
        assert (row.irn or "inactive") in shown


def test_a_document_is_found_by_its_irn(staff, rows):
    answer = staff("support").post(reverse("admin:search"), {"q": rows[0].irn.upper()})

    assert answer.url == reverse("admin:invoices_document_change", args=[rows[0].document_id])


def test_the_first_page_counts_what_is_refused_or_late_by_a_day(rows, staff, portal):
    portal.troubles = [irp.Away("ConnectTimeout")]
    build.charge(build.account(), 100)
    einvoices.register_due(FakeIrp(), now=NOW)

    assert dashboard.read(now=NOW + timedelta(hours=23)).einvoices == 1
    late = dashboard.read(now=NOW + timedelta(hours=25))
    assert (late.einvoices, late.broken_jobs) == (2, 2)
    assert "1 e-invoice refused or late" in staff("manager").get(reverse("admin:index")).content.decode()


def test_a_long_list_costs_no_more(staff, rows):
    client, counts = staff("finance"), []
    for _ in range(2):
        page(client)
        with CaptureQueriesContext(connection) as captured:
            page(client)
        counts.append(len(captured))
        for rupees in range(10):
            build.charge(build.account(), 100 + rupees)

    assert counts[0] == counts[1]
