"""What a customer sees of an e-invoice: its IRN, and until it is there that it is being registered."""

import pytest

from invoices import einvoices, pdf, render
from tests import build
from tests.fake_irp import FakeIrp, portal
from tests.panel.test_document_page import page_of
from tests.panel.test_payments_page import text, url

__all__ = ["portal"]
pytestmark = pytest.mark.django_db
NOW = build.NOW


def pdf_of(client, account, document):
    return client.get(url("document-pdf", account, slug=document.slug))


def test_the_page_of_an_invoice_has_its_irn(portal, client, account):
    bill = build.charge(account, 1000)
    before = page_of(client, account, bill)
    einvoices.register_due(FakeIrp(), now=NOW)

    after = page_of(client, account, bill)

    assert "IRN Being registered with the e-invoice portal" in before
    assert f"IRN {bill.einvoice.__class__.objects.get().irn}" in after
    assert "number 112610000000001" in after


def test_without_its_irn_nothing_can_be_downloaded(portal, client, account):
    bill = build.charge(account, 1000)

    answer = pdf_of(client, account, bill)

    assert answer.status_code == 202
    assert f"{bill.number} is being registered" in text(answer)
    assert "issued and valid" not in text(answer)
    einvoices.register_due(FakeIrp(), now=NOW)
    render.render_due(pdf.make, now=NOW)
    assert b"".join(pdf_of(client, account, bill).streaming_content).startswith(b"%PDF")


def test_a_document_that_needs_none_says_nothing_of_it(portal, client, account):
    account.registration, account.gstin = "unregistered", ""
    account.save()
    bill = build.charge(account, 1000)

    assert "IRN" not in page_of(client, account, bill)
    assert "is being prepared" in text(pdf_of(client, account, bill))
