"""Tax deducted by customers: the published vectors, the ₹1, one claim an invoice, and what a claim does."""

import io
import json
import uuid
from datetime import date, timedelta
from pathlib import Path

import pikepdf
import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from billing_portal import books
from payments import bank, certificates, claims, lapses, taxes, tds
from payments.bank import Share
from payments.certificates import Certificate
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


def test_money_and_tax_are_told_apart(client):
    account = build.account()
    invoice = build.charge(account, 1000)
    payment = settled(declare(account, "1160.00", income(invoice)), "1160.00")
    client.force_login(build.owner(account))

    paid = client.get(
        reverse("payment", kwargs={"ban": account.ban, "number": payment.number})
    ).content.decode()
    bill = client.get(reverse("document", kwargs={"ban": account.ban, "slug": invoice.slug})).content.decode()

    assert "You paid" not in paid and "Of it money" in paid and "₹1,160.00" in paid
    assert "TDS certificate pending" in bill and "₹20.00" in bill
    told = account.notices.get(name="payment-received")
    assert (told.context["money"], told.context["tds"]) == (116_000, 2_000)


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


def certificate(number="A131/77", on=TODAY):
    return Certificate(number, on, "certificates-tds/x.pdf", "0" * 64)


def certify(account, *rows, number="A131/77", on=TODAY):
    by = build.user(staff=True)
    return certificates.certify(
        account.pk, [row.pk for row in rows], certificate(number, on), reason="Seen", by=by, now=NOW
    )


def test_a_certificate_proves_the_deductions_of_its_quarter_once():
    account = build.account()
    invoice, other = build.charge(account, 10_000), build.charge(account, 500)
    settled(declare(account, "12000.00", income(invoice, other)), "12000.00")
    rows = list(TaxDeducted.objects.order_by("pk"))
    with pytest.raises(certificates.NotPossible, match="day"):
        certify(account, *rows, on=TODAY - timedelta(days=1))
    with pytest.raises(certificates.NotPossible, match="this account"):
        certify(build.account(), *rows)
    with pytest.raises(certificates.NotPossible, match="number"):
        certify(account, *rows, number=" ")

    certify(account, *rows)
    certify(account, *rows)

    assert set(TaxDeducted.objects.values_list("state", "certificate")) == {("certified", "A131/77")}
    with pytest.raises(certificates.NotPossible, match="wait for"):
        certify(account, *rows, number="another")
    assert AuditEvent.objects.filter(action="payments.tax.certify").count() == 1


def test_a_certificate_of_one_quarter_proves_no_other():
    account, early = build.account(), NOW.date() - timedelta(days=90)
    invoice, other = build.charge(account, 10_000), build.charge(account, 500)
    settled(declare(account, "11600.00", income(invoice)), "11600.00")
    settled(declare(account, "580.00", income(other), utr="632501234567"), "580.00")
    first, second = TaxDeducted.objects.order_by("pk")
    TaxDeducted.objects.filter(pk=second.pk).update(
        deducted_on=early, quarter=tds.quarter(early), tax_year=tds.tax_year(early)
    )
    certify(account, first)

    with pytest.raises(certificates.NotPossible, match="of another quarter"):
        certify(account, second)

    certify(account, second, number="A131/78")
    assert set(TaxDeducted.objects.values_list("state", flat=True)) == {"certified"}


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"%PDF-1.7 broken", "cannot be read"), (b"GIF89a", "not a PDF"), (b"%PDF-" + b"0" * 5_000_000, "5 MB")],
    ids=["broken", "picture", "large"],
)
def test_what_is_no_certificate(content, why):
    with pytest.raises(certificates.NotPossible, match=why):
        certificates.store(content)


def pdf(**root):
    made = pikepdf.new()
    made.add_blank_page()
    for name, value in root.items():
        made.Root[f"/{name}"] = value
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_sound_pdf_is_kept_and_one_that_runs_something_is_not(settings, tmp_path):
    storage = settings.STORAGES["documents"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"documents": storage}

    name, sha256 = certificates.store(pdf())

    assert len(sha256) == 64 and (tmp_path / name).exists()
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    with pytest.raises(certificates.NotPossible, match="runs something"):
        certificates.store(pdf(OpenAction=action))


def at(year, month, day):
    return NOW.replace(year=year, month=month, day=day)


def test_what_has_no_certificate_is_reminded_of_and_lapses_after_may():
    account = build.account()
    invoice = build.charge(account, 10_000)
    settled(declare(account, "11600.00", income(invoice)), "11600.00")
    assert lapses.run(now=at(2027, 4, 30)) == {"reminded": 0, "lapsed": 0}
    assert lapses.run(now=at(2027, 5, 31)) == {"reminded": 1, "lapsed": 0}
    lapses.run(now=at(2027, 5, 20))
    assert account.notices.filter(name="tax-certificates").count() == 1

    assert lapses.run(now=at(2027, 6, 1)) == {"reminded": 0, "lapsed": 1}
    assert lapses.run(now=at(2027, 6, 2))["lapsed"] == 0

    invoice.refresh_from_db()
    assert (invoice.open_amount, book("tds"), TaxDeducted.objects.get().state) == (20_000, 0, "lapsed")
    assert account.notices.get(name="tax-lapsed").context["reopened"] == 20_000
    assert not [
        one
        for one in books.look(now=at(2027, 6, 2)).findings
        if one.id in ("I09", "I10", "I20", "I03", "I23")
    ]


def test_a_certified_deduction_does_not_lapse():
    account = build.account()
    settled(declare(account, "11600.00", income()), "11600.00")
    certify(account, *TaxDeducted.objects.all())

    assert lapses.run(now=at(2027, 6, 1))["lapsed"] == 0
