"""What staff do about money: charge with a preview, ask the gateway, credit or close what is parked."""

import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse

from accounts.models import AuditEvent
from billing_portal import books
from invoices.models import Document, DocumentFile
from payments import parked
from payments.models import ParkedReport, Payment
from tests import build

pytestmark = pytest.mark.django_db


def typed(**words):
    return {
        "description": "Extra numbers", "amount": "1,000", "due_days": "5", "reason": "Ordered",
        "token": str(uuid.uuid4()), **words,
    }  # fmt: skip


@pytest.fixture
def charge_url(account):
    return reverse("admin:invoices_document_charge", args=[account.pk])


def test_a_charge_is_shown_before_it_is_issued_and_comes_out_so(staff, account, charge_url):
    build.paid(account, 590)
    client, form = staff("finance"), typed()

    shown = client.post(charge_url, form)

    assert not Document.objects.filter(kind="invoice").exists()
    planned = shown.context["planned"]
    assert (planned.value.taxable, planned.value.cgst, planned.total, planned.open_amount) == (
        100000,
        9000,
        118000,
        59000,
    )
    assert client.post(charge_url, form | {"confirm": "yes"}).status_code == 302
    client.post(charge_url, form | {"confirm": "yes"})  # a second click
    invoice = Document.objects.get(kind="invoice")
    assert (invoice.total, invoice.open_amount) == (planned.total, planned.open_amount)
    assert AuditEvent.objects.get().reason == "Ordered"


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "0"), ("amount", "1.234"), ("description", " "), ("due_days", "91"), ("reason", "")],
)
def test_an_error_names_its_field(field, value, staff, charge_url):
    answer = staff("finance").post(charge_url, typed(confirm="yes", **{field: value}))

    assert answer.status_code == 422 and list(answer.context["form"].errors) == [field]
    assert not Document.objects.exists()


def test_staff_read_the_kept_pdf(staff, account):
    document = build.charge(account, 100)
    client, url = staff("support"), reverse("admin:invoices_document_pdf", args=[document.pk])
    assert client.get(url).status_code == 302  # being prepared
    storages["documents"].save(document.file.name, ContentFile(b"%PDF-1.7"))
    DocumentFile.objects.update(state="ready")

    assert b"".join(client.get(url).streaming_content) == b"%PDF-1.7"
    assert staff("customer").get(url).status_code in (302, 403)


def test_asking_the_gateway_books_what_it_holds_and_shows_what_it_says(staff, account, gateway):
    payment, away = build.payment(account, 500), build.payment(account, 700)
    gateway.pays(payment)
    picked = {"action": "ask", "reason": "Asked by phone", "_selected_action": [payment.pk]}
    client = staff("support")

    said = client.post(reverse("admin:payments_payment_changelist"), picked, follow=True).content.decode()
    gateway.fails = ["payments"]
    picked = {"action": "ask", "reason": "Asked by phone", "_selected_action": [away.pk]}
    refused = client.post(reverse("admin:payments_payment_changelist"), picked, follow=True).content.decode()

    payment.refresh_from_db()
    assert payment.status == "captured" and f"{payment.number}: Received." in said
    assert "errorlist" in refused or away.number in refused


def test_the_gateway_is_not_asked_about_money_of_the_bank(staff, account, gateway):
    payment = build.payment(account, 500)
    Payment.objects.filter(pk=payment.pk).update(channel="bank")
    picked = {"action": "ask", "reason": "x", "_selected_action": [payment.pk]}

    staff("support").post(reverse("admin:payments_payment_changelist"), picked)

    assert not AuditEvent.objects.filter(action="payments.ask_gateway").exists()


@pytest.fixture
def row(account, gateway):
    """Captured money of another amount than was asked."""
    payment = build.payment(account, 500)
    report = gateway.pays(payment, amount=45000)
    return parked.park(ParkedReport.Kind.AMOUNT, report, payment=payment, now=build.NOW)


def test_parked_money_is_shown_from_both_sides_and_credited_once(staff, account, row):
    client, url = staff("finance"), reverse("admin:payments_parkedreport_credit", args=[row.pk])

    shown = client.get(url)
    assert shown.context["held"].amount == 45000 and "₹500.00" in shown.content.decode()
    assert "Added to your balance" in shown.content.decode() and "₹381.36" in shown.content.decode()
    assert client.post(url, {"ban": "BA-1", "reason": "x"}).context["form"].errors["ban"]
    assert client.post(url, {"ban": account.ban, "reason": ""}).context["form"].errors["reason"]
    client.post(url, {"ban": account.ban, "reason": "The customer confirmed"})
    client.post(url, {"ban": account.ban, "reason": "again"})

    assert list(Payment.objects.filter(status="captured").values_list("amount", flat=True)) == [45000]
    row.refresh_from_db()
    assert row.state == "resolved" and "The customer confirmed" in row.resolution
    assert not [f for f in books.look(now=build.NOW).findings if f.id in ("I09", "I10", "I20", "I23")]


def test_closing_needs_a_reason_and_moves_no_money(staff, row):
    client, url = staff("finance"), reverse("admin:payments_parkedreport_close", args=[row.pk])

    assert client.post(url, {"reason": ""}).status_code == 422
    client.post(url, {"reason": "Refunded at the gateway"})

    row.refresh_from_db()
    assert (row.state, row.resolution) == ("resolved", "Refunded at the gateway")
    assert not Payment.objects.filter(status="captured").exists()


def test_the_first_page_tells_what_waits(staff, row):
    page = staff("support").get(reverse("admin:index")).context["page"]

    assert (page.parked, page.parked_amount, page.broken_jobs) == (1, 45000, 0)


@pytest.mark.parametrize("role", ["support", "finance", "manager", "auditor", "admin"])
def test_every_page_of_a_row_opens(role, staff, account, row):
    build.charge(account, 1000)
    paid = build.paid(account, 2000)
    client = staff(role)
    rows = [account, account.customer, build.owner(account), paid, row, *Document.objects.all()]

    for one in rows:
        name = f"admin:{one._meta.app_label}_{one._meta.model_name}_change"
        assert client.get(reverse(name, args=[one.pk])).status_code == 200, one
