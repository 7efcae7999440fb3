"""Tax deducted by customers: the published vectors, the ₹1, one claim an invoice, and what a claim does."""

import json
import uuid
from datetime import date, timedelta
from pathlib import Path

import pytest

from billing_portal import books
from payments import bank, claims, taxes, tds
from payments.bank import Share
from payments.claims import Said
from payments.models import Claim, TaxDeducted
from payments.taxes import Deduction
from tests import build
from tests.payments.test_bank import UTR, book, line_of

pytestmark = pytest.mark.django_db
NOW, TODAY = build.NOW, build.NOW.date()
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "gst.json").read_text())
TAN, GSTIN = "BLRA12345B", "33CHEG00005E1DJ"


def declare(account, rupees, *deductions, utr=UTR, on=TODAY):
    said = Said("transfer", utr, build.paise(rupees), on, deductions=deductions)
    return claims.declare(account.pk, said, token=uuid.uuid4(), by=build.owner(account), now=NOW)


def income(*documents, rate=200, amount=None, tan=TAN):
    return Deduction("income", tan, rate, "393(1)", tuple(one.pk for one in documents), amount)


def settled(claim, rupees):
    line = line_of(rupees, claim.utr)
    claim.refresh_from_db()
    share = Share(claim.account_id, line.amount, claim.pk)
    return bank.settle(
        line.pk, [share], token=uuid.uuid4(), reason="Seen", by=build.user(staff=True), now=NOW
    )[0]


def found():
    return [str(one) for one in books.look(now=NOW).findings]


@pytest.mark.parametrize("row", VECTORS["tds_settlement"])
def test_published_settlements(row):
    account = build.account()
    invoice = build.charge(account, row["taxable"])
    assert invoice.total == build.paise(row["invoice_total"])
    deductions = [income(invoice, rate=int(row["tds_rate"]) * 100)]
    if "gst_tds" in row:
        deductions.append(Deduction("gst", GSTIN, 200, documents=(invoice.pk,)))

    claim = declare(account, row["bank_receipt"], *deductions)
    payment = settled(claim, row["bank_receipt"])

    invoice.refresh_from_db()
    assert (payment.tds, payment.gst_tds) == (build.paise(row["tds"]), build.paise(row.get("gst_tds", "0")))
    assert (invoice.open_amount, payment.amount) == (build.paise(row["open_after"]), invoice.total)
    assert (book("tds"), book("gst_tds")) == (payment.tds, payment.gst_tds)
    assert set(TaxDeducted.objects.values_list("state", flat=True)) == {"open"} and not found()


def test_an_advance_has_its_voucher_on_the_gross():
    account = build.account()

    payment = settled(declare(account, "11600.00", income()), "11600.00")

    voucher = account.documents.get(kind="receipt_voucher")
    assert (payment.amount, payment.tds) == (1_180_000, 20_000)
    assert (voucher.taxable, voucher.cgst, voucher.sgst) == (1_000_000, 90_000, 90_000) and not found()


@pytest.mark.parametrize(
    ("typed", "kept"), [(20_000, 20_000), (20_100, 20_100), (19_900, 19_900), (None, 20_000)]
)
def test_a_rupee_either_way_is_accepted(typed, kept):
    account = build.account()
    invoice = build.charge(account, 10_000)

    assert declare(account, "11600.00", income(invoice, amount=typed)).tds == kept


@pytest.mark.parametrize("typed", [20_101, 19_899, 23_600, 0, -200])
def test_more_is_refused(typed):
    account = build.account()
    invoice = build.charge(account, 10_000)

    with pytest.raises(tds.NotRight, match="₹1"):
        declare(account, "11600.00", income(invoice, amount=typed))
    assert not Claim.objects.exists() and not TaxDeducted.objects.exists()


def test_one_deduction_an_invoice_until_it_is_dropped():
    account = build.account()
    invoice, other = build.charge(account, 10_000), build.charge(account, 500)
    claim = declare(account, "11600.00", income(invoice, other))
    assert claim.tds == 20_000 + 1000
    for rate in (200, 1000):
        with pytest.raises(tds.NotRight, match=f"deducted from {invoice.number} already"):
            declare(account, "5.00", income(invoice, rate=rate), utr="632501234567")

    claims.withdraw(account.pk, claim.pk, now=NOW)

    assert set(TaxDeducted.objects.values_list("state", flat=True)) == {"dropped"}
    declare(account, "11600.00", income(invoice))


@pytest.mark.parametrize(
    ("deduction", "why"),
    [
        (Deduction("income", "BLR12345B", 200), "TAN"),
        (Deduction("income", TAN, 0), "more than zero"),
        (Deduction("income", TAN, 10_001), "at most"),
        (Deduction("gst", "29ZZZCB0002B1ZW", 200), "registered deductors"),
        (Deduction("gst", "29ZZZCB0002B1Z", 200), "15 characters"),
        (Deduction("gst", GSTIN, 100), "2 %"),
        (Deduction("income", TAN, 200, "", (0,)), "invoices of this account"),
    ],
)
def test_what_is_no_deduction(deduction, why):
    with pytest.raises(tds.NotRight, match=why):
        declare(build.account(), "100.00", deduction)


def test_another_accounts_invoice_is_no_base():
    foreign = build.charge(build.account(), 100)

    with pytest.raises(tds.NotRight, match="invoices of this account"):
        declare(build.account(), "100.00", income(foreign))


@pytest.mark.parametrize("text", VECTORS["tan_valid"])
def test_a_tan(text):
    assert tds.tan(f" {text.lower()} ") == text


@pytest.mark.parametrize("text", [*VECTORS["tan_invalid"], "", "BLRA12345B1"])
def test_no_tan(text):
    with pytest.raises(tds.NotRight):
        tds.tan(text)


@pytest.mark.parametrize(
    ("day", "quarter", "year", "last"),
    [
        (date(2026, 4, 1), "Q1", "2026-27", date(2027, 5, 31)),
        (date(2026, 9, 30), "Q2", "2026-27", date(2027, 5, 31)),
        (date(2026, 12, 31), "Q3", "2026-27", date(2027, 5, 31)),
        (date(2027, 3, 31), "Q4", "2026-27", date(2027, 5, 31)),
    ],
)
def test_the_quarters_of_a_tax_year(day, quarter, year, last):
    assert (tds.quarter(day), tds.tax_year(day), tds.lapses_after(day)) == (quarter, year, last)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Said("transfer", "short", 100, TODAY), "reference"),
        (Said("cheque", "abc", 100, TODAY), "reference"),
        (Said("transfer", UTR, 0, TODAY), "amount"),
        (Said("transfer", UTR, 10**12, TODAY), "amount"),
        (Said("transfer", UTR, 100, TODAY + timedelta(days=1)), "sent_on"),
        (Said("transfer", UTR, 100, TODAY - timedelta(days=500)), "sent_on"),
    ],
)
def test_a_claim_names_the_field_that_is_wrong(said, field):
    account = build.account()

    with pytest.raises(claims.NotPossible) as error:
        claims.declare(account.pk, said, token=uuid.uuid4(), by=build.owner(account), now=NOW)
    assert error.value.field == field


def test_a_utr_counts_once_over_claims_and_lines():
    account, other = build.account(), build.account()
    claim = declare(account, "100.00")
    with pytest.raises(claims.NotPossible, match="declared already"):
        declare(account, "100.00", utr=f"{UTR[:4]}-{UTR[4:]}".lower())
    rival = declare(other, "100.00")
    assert claims.rivals([claim, rival]) == {claim.pk, rival.pk}
    settled(claim, "100.00")
    with pytest.raises(claims.NotPossible, match="settled already"):
        declare(build.account(), "100.00")
    claims.reject(rival.pk, reason="Another account's", by=build.user(staff=True), now=NOW)
    claims.reject(rival.pk, reason="again", by=build.user(staff=True), now=NOW)

    rival.refresh_from_db()
    assert (rival.state, rival.reason) == ("rejected", "Another account's")
    assert other.notices.filter(name="claim-rejected").count() == 1
    with pytest.raises(claims.NotPossible, match="decided already"):
        claims.withdraw(account.pk, claim.pk, now=NOW)
    assert not found() and taxes.of_claim(claim) == []
