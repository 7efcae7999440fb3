"""What staff's pages say where Django's own words would mislead: buttons, labels, sizes, causes, heads."""

import pytest
from django.urls import reverse

from accounts.models import User
from billing_portal import field_words
from invoices.admin import allocations
from invoices.models import DocumentFile, DocumentLine
from tests import build

pytestmark = pytest.mark.django_db


def read(client, page, row):
    return client.get(reverse(f"admin:{page}_change", args=[row.pk])).content.decode()


def test_a_page_that_is_only_read_leads_back_to_its_list(staff, account):
    page = read(staff("auditor"), "invoices_document", build.charge(account, 100))

    assert "Back to the list</a>" in page and ">Close<" not in page


def test_a_bill_leads_to_the_payment_that_paid_it(staff, account):
    bill = build.charge(account, 100)
    paid = build.paid(account, 500)

    page = read(staff("auditor"), "invoices_document", bill)

    leads = reverse("admin:payments_payment_change", args=[paid.pk])
    assert f'<a href="{leads}">Payment {paid.number}</a>' in page and f"payment:{paid.number}" not in page


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("cycle:BA-100042:2026-10-26", "Billing run of the cycle from 26 Oct 2026"),
        ("credit-note:CN/2627/000001", "Credit note CN/2627/000001"),
        ("set-off:7", "Set off 7"),
    ],
)
def test_a_cause_is_said_in_words(cause, said):
    assert allocations.in_words(cause) == said


def test_abbreviations_are_written_as_people_write_them(staff, account):
    assert "SAC</th>" in read(staff("auditor"), "invoices_document", build.charge(account, 100))
    names = [str(DocumentFile._meta.get_field("sha256").verbose_name), field_words.well_said("gateway id")]
    assert names == ["SHA-256", "gateway ID"]
    assert str(DocumentLine._meta.get_field("igst").verbose_name) == "IGST"
    assert str(User._meta.get_field("email").verbose_name) == "email"


def test_the_size_of_a_file_is_said_in_kilobytes(staff, account):
    file = build.charge(account, 100).file
    DocumentFile.objects.filter(pk=file.pk).update(size=12_345)

    assert "12 kB" in read(staff("auditor"), "invoices_documentfile", file)


def test_rows_beside_a_form_have_no_head_without_a_word(staff, account):
    page = read(staff("manager"), "accounts_account", account)

    assert '<th class="original"><span class="visually-hidden">Row</span></th>' in page
    assert "<th></th>" not in page


def test_rows_that_may_be_wider_than_a_phone_are_reached_by_keyboard(staff, account):
    page = read(staff("auditor"), "invoices_document", build.charge(account, 100))

    assert 'id="lines-group" role="region" tabindex="0" aria-labelledby="lines-heading"' in page
