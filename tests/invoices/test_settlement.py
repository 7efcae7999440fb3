"""Order of payment, set-off, numbering: the numbers of the published vectors through the real books."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import Error, transaction

from accounts import ledger
from accounts.ledger import Book
from credit import exposure
from invoices import numbering
from invoices.models import Allocation, Document, VoucherBalance
from tests import build
from tests.build import paise

pytestmark = pytest.mark.django_db
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "gst.json").read_text())
INTRA, INTER = "29", "27"


def taxable_for(total, supply):
    return next(t for t in range(total * 100 // 118 - 2, total) if total_of(t, supply) == total)


def total_of(taxable, supply):
    from invoices import gst

    return gst.on_top(taxable, gst.Supply(supply)).total


@pytest.mark.parametrize("row", VECTORS["payment_allocation"])
def test_a_payment_settles_invoices_first_and_the_rest_is_an_advance(row):
    account = build.account(state=INTRA if row["supply"] == "intra" else INTER)
    for number, applied in enumerate(row["applied"]):
        taxable = taxable_for(paise(applied["open"]), row["supply"])
        build.charge(account, f"{taxable // 100}.{taxable % 100:02}", due_days=number)

    payment = build.paid(account, row["payment"])

    allocations = Allocation.objects.filter(cause=payment.cause).order_by("document__due_on")
    assert [a.amount for a in allocations] == [paise(applied["applied"]) for applied in row["applied"]]
    vouchers = Document.objects.filter(kind=Document.Kind.RECEIPT_VOUCHER)
    assert vouchers.exists() == row["receipt_voucher"]
    for voucher in vouchers:
        assert voucher.total == paise(row["advance_gross"])
        assert voucher.taxable == paise(row["advance_taxable"])
        assert (voucher.cgst, voucher.sgst, voucher.igst) == (
            paise(row["cgst"]),
            paise(row["sgst"]),
            paise(row["igst"]),
        )
    assert ledger.balances(account)[Book.ADVANCES] == paise(row["advance_taxable"])


def test_oldest_due_date_is_paid_first():
    account = build.account()
    later = build.charge(account, 1000, due_days=20)
    sooner = build.charge(account, 500, due_days=5)

    build.paid(account, 600)

    later.refresh_from_db()
    sooner.refresh_from_db()
    assert (sooner.open_amount, later.open_amount) == (0, paise(1180) - paise(10))


def test_prepaid_money_is_set_off_when_an_invoice_is_issued():
    account = build.account()
    build.paid(account, 1000)

    invoice = build.charge(account, 500)

    assert invoice.open_amount == 0
    left = VoucherBalance.objects.get()
    assert (left.taxable, left.cgst, left.sgst) == (paise("347.46"), paise("31.27"), paise("31.27"))
    assert ledger.balances(account) == {Book.ADVANCES: paise("347.46"), Book.RECEIVABLE: 0, Book.CREDITS: 0}


def test_prepaid_money_that_is_not_enough_leaves_the_rest_due():
    account = build.account()
    build.paid(account, 410)
    build.paid(account, 500)

    invoice = build.charge(account, 1200)

    assert invoice.open_amount == paise("506.00")
    assert exposure.read(account, now=build.NOW).outstanding == paise("506.00")
    assert exposure.read(account, now=build.NOW).prepaid == 0


def test_a_residue_below_a_rupee_is_rounded_off():
    account = build.account()
    build.paid(account, "123456.78")

    invoice = build.charge(account, "104624.38")

    assert (invoice.rounding, invoice.open_amount) == (2, 0)
    assert ledger.balances(account) == {Book.ADVANCES: 0, Book.RECEIVABLE: 0, Book.CREDITS: 0}


def test_only_vouchers_of_the_same_place_of_supply_are_set_off():
    account = build.account(state=INTER)
    build.paid(account, 1180)
    account.state, account.gstin = INTRA, build.GSTINS[INTRA]
    account.save(update_fields=["state", "gstin"])

    invoice = build.charge(account, 500)

    assert invoice.open_amount == invoice.total == paise(590)


def test_the_same_charge_twice_is_one_invoice():
    from invoices import charges

    account = build.account()
    asked = {"token": "t1", "actor": None, "reason": "test", "now": build.NOW}

    first = charges.charge(account.pk, 10_000, "Set-up", **asked)
    again = charges.charge(account.pk, 10_000, "Set-up", **asked)

    assert first.pk == again.pk
    assert Document.objects.count() == 1


@pytest.mark.parametrize(
    ("taxable", "text", "days"), [(0, "x", 7), (-5, "x", 7), (100, " ", 7), (100, "x", -1), (100, "x", 91)]
)
def test_an_impossible_charge_is_refused_and_leaves_nothing(taxable, text, days):
    from invoices import charges

    account = build.account()
    with pytest.raises(charges.ChargeNotPossible):
        charges.charge(
            account.pk, taxable, text, token="t", actor=None, reason="r", now=build.NOW, due_days=days
        )

    assert not Document.objects.exists()


def test_an_issued_document_cannot_be_changed_or_removed():
    invoice = build.charge(build.account(), 500)

    for change in (
        lambda: Document.objects.update(total=1),
        lambda: Document.objects.filter(pk=invoice.pk).update(number="VI/2627/9"),
    ):
        with pytest.raises(Error), transaction.atomic():
            change()
    with pytest.raises(Error), transaction.atomic():
        Document.objects.filter(pk=invoice.pk)._raw_delete("default")


@pytest.mark.parametrize("row", VECTORS["financial_year_ist"])
def test_the_financial_year_follows_the_indian_date(row):
    assert numbering.year_code(date.fromisoformat(row["document_date"])) == row["series_code"]


def test_numbers_are_gapless_and_dates_never_go_back():
    account = build.account()
    build.charge(account, 1, now=build.NOW)
    late = build.charge(account, 1, now=build.NOW - timedelta(days=2))

    documents = list(Document.objects.order_by("pk"))

    assert [d.number for d in documents] == ["VI/2627/000001", "VI/2627/000002"]
    assert late.issued_on == documents[0].issued_on


def test_a_rollback_gives_the_number_back():
    account = build.account()
    with pytest.raises(RuntimeError), transaction.atomic():
        build.charge(account, 1)
        raise RuntimeError

    assert build.charge(account, 1).number == "VI/2627/000001"


@pytest.mark.parametrize("number", VECTORS["document_number_invalid"])
def test_an_unlawful_number_is_refused_by_the_database(number):
    invoice = build.charge(build.account(), 1)
    values = {
        f.attname: getattr(invoice, f.attname) for f in Document._meta.concrete_fields if not f.primary_key
    }

    with pytest.raises(Error), transaction.atomic():
        Document.objects.create(**values | {"number": number, "cause": "x"})
