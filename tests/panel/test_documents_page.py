"""The documents: how each one stands, in words, and its PDF or the wait for it."""

from datetime import timedelta

import pytest

from invoices import standing
from invoices.models import Document, DocumentFile
from invoices.standing import Stand, Standing
from tests import build
from tests.panel.test_payments_page import text, url

TODAY = build.NOW.date()


@pytest.mark.parametrize(
    ("due_in", "total", "left", "expected"),
    [
        (7, 118_000, 118_000, Standing(Stand.DUE, 118_000)),
        (1, 118_000, 18_000, Standing(Stand.DUE, 18_000, is_part=True)),
        (0, 118_000, 118_000, Standing(Stand.DUE_TODAY, 118_000)),
        (-1, 118_000, 118_000, Standing(Stand.OVERDUE, 118_000)),
        (-9, 118_000, 1, Standing(Stand.OVERDUE, 1, is_part=True)),
        (-9, 118_000, 0, Standing(Stand.PAID)),
    ],
)
def test_how_a_bill_stands(due_in, total, left, expected):
    bill = Document(kind="invoice", total=total, open_amount=left, due_on=TODAY + timedelta(days=due_in))

    assert standing.of(bill, TODAY) == expected


@pytest.mark.django_db
def test_the_list_says_how_each_document_stands(client, account):
    build.paid(account, 2000)
    build.charge(account, 1000)
    build.paid(account, 700)
    build.charge(account, 5000, due_days=0, now=build.NOW - timedelta(days=3))

    page = text(client.get(url("documents", account)))

    assert "Tax invoice 24 Nov 2026 Paid ₹1,180.00" in page
    assert "Overdue since 21 Nov 2026" in page
    assert "₹820.00 left ₹2,000.00" in page or "Nothing left" in page


@pytest.mark.django_db
def test_the_pdf_opens_in_the_browser(client, account, settings, tmp_path):
    invoice = build.charge(account, 1000)
    settings.STORAGES["documents"]["OPTIONS"] = {"location": str(tmp_path)}
    from django.core.files.base import ContentFile
    from django.core.files.storage import storages

    storages["documents"].save(invoice.file.name, ContentFile(b"%PDF-1.7 test"))
    DocumentFile.objects.update(state=DocumentFile.State.READY)

    response = client.get(url("document-pdf", account, slug=invoice.slug))

    assert response["Content-Disposition"] == f'inline; filename="{invoice.slug}.pdf"'
    assert b"".join(response) == b"%PDF-1.7 test"


@pytest.mark.django_db
def test_a_pdf_in_the_making_says_so_and_opens_by_itself(client, account):
    invoice = build.charge(account, 1000)
    page, asks = url("document-pdf", account, slug=invoice.slug), {"HX-Request": "true"}

    assert f"{invoice.number} is being prepared" in text(client.get(page))
    assert client.get(page, headers=asks).status_code == 204

    DocumentFile.objects.update(state=DocumentFile.State.READY)

    assert client.get(page, headers=asks)["HX-Redirect"] == page


@pytest.mark.django_db
def test_a_pdf_that_needs_a_person_does_not_keep_people_waiting(client, account):
    invoice = build.charge(account, 1000)
    DocumentFile.objects.update(state=DocumentFile.State.PARKED)

    response = client.get(url("document-pdf", account, slug=invoice.slug))

    assert "is delayed" in text(response)
    assert b"hx-get" not in response.content
