"""What credit and debit notes, refund vouchers, payment advices, a month's invoice and its annex say on paper."""

from datetime import timedelta

import pytest

from invoices import (
    annex,
    billing_run,
    credit_notes,
    debit_notes,
    payment_advice,
    pdf,
    refund_vouchers,
    usage,
)
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script> \u202egnp\u202c & \x07" + "W" * 200
# fmt: off
KINDS = [
    # State  registration     what a note says of the tax
    ("29",   "regular",       ("CGST 9% ₹9.00", "SGST 9% ₹9.00", "Karnataka (29)")),
    ("27",   "regular",       ("IGST 18% ₹18.00", "Maharashtra (27)")),
    ("29",   "unregistered",  ("CGST 9% ₹9.00", "Unregistered")),
    ("29",   "sez_lut",       ("IGST 0% ₹0.00", "under bond or letter of undertaking")),
    ("29",   "sez_taxed",     ("IGST 18% ₹18.00", "on payment of integrated tax")),
    ("96",   "export_lut",    ("IGST 0% ₹0.00", "Other Countries (96)")),
]
# fmt: on


def words(text):
    return " ".join(text.split())


@pytest.mark.parametrize(("state", "registration", "said"), KINDS)
def test_a_credit_note_has_the_particulars_of_rule_53(read_pdf, state, registration, said):
    account = build.account(state=state, registration=registration)
    invoice = build.charge(account, 1000)
    note = credit_notes.issue_note(invoice.pk, paise(100), "Out of service", token="c", now=NOW)

    text = words(read_pdf(pdf.make(note)))

    for part in (
        "CREDIT NOTE", "CN/2627/000001", "24 Nov 2026", "VI/2627/000001 of 24 Nov 2026", "29ZZZCS0001A1ZI",
        "Lotus Diagnostics Pvt Ltd", "998419", "Out of service", "₹100.00", "Amount in words",
        "Authorised signatory", "Reverse charge", *said,
    ):  # fmt: skip
        assert part in text, part


def test_a_debit_note_names_its_invoice_and_what_is_to_pay(read_pdf):
    account = build.account()
    invoice = build.charge(account, 1000)
    note = debit_notes.issue_note(
        invoice.pk, paise(200), "Calls billed too low", token="d", actor=None, reason="r", now=NOW
    )

    text = words(read_pdf(pdf.make(note)))

    for part in (
        "DEBIT NOTE",
        "DN/2627/000001",
        "VI/2627/000001 of",
        "₹236.00",
        "Pay by 1 Dec 2026",
        "signatory",
    ):
        assert part in text, part


def test_a_refund_voucher_has_the_particulars_of_rule_51(read_pdf):
    account = build.account()
    build.paid(account, 1000)
    voucher = account.documents.get()
    document = refund_vouchers.issue_voucher(voucher.pk, None, token="r", reason="r", now=NOW)

    text = words(read_pdf(pdf.make(document)))

    for part in ("REFUND VOUCHER", "RF/2627/000001", f"{voucher.number} of 24 Nov 2026", "Amount refunded ₹1,000.00",
                 "CGST 9% ₹76.27", "Authorised signatory"):  # fmt: skip
        assert part in text, part


def test_a_payment_advice_is_no_tax_document(read_pdf):
    account = build.account()
    build.charge(account, 1000)
    advice = payment_advice.issue_advice(account.pk, paise(2180), token="a", now=NOW)

    text = words(read_pdf(pdf.make(advice)))

    for part in ("PAYMENT ADVICE", "PF/2627/000001", "not a tax document", "IFSC EXBK0000001", "₹2,180.00",
                 "Invoice VI/2627/000001 ₹1,180.00", "Of it added to your balance ₹847.46"):  # fmt: skip
        assert part in text, part
    assert "TAX INVOICE" not in text.upper()


@pytest.fixture
def month():
    account = build.account(billing_name="लोटस डायग्नोस्टिक्स")
    build.subscribed(account)
    later = NOW + timedelta(days=30)
    begins = later - timedelta(days=3)
    calls = [build.record(account, n, at=begins + timedelta(seconds=20 * n)) for n in range(2000)]
    usage.ingest(calls, source="platform", now=later - timedelta(days=1))
    build.paid(account, 3000)
    (invoice,) = billing_run.bill_chunk([account.pk], now=later).documents
    return invoice


def test_a_month_s_invoice_is_one_page_with_period_usage_and_set_off(read_pdf, month):
    text = words(read_pdf(pdf.make(month)))

    for part in (
        "24 Nov 2026 – 23 Dec 2026", "Click-to-call 2,000 1,000 1,000 ₹0.60 ₹600.00", "Less: advance adjusted",
        "Business: rental 24 Dec 2026 – 23 Jan 2027", "Page 1 of 1",
    ):  # fmt: skip
        assert part in text, part


def test_an_annex_of_2_000_calls_lists_each_with_masked_numbers(read_pdf, month):
    data = annex.render(month)

    text = words(read_pdf(data))
    assert text.count("•••• 0001") == 2000
    assert "Click-to-call 2,000 2,000 ₹1,200.00" in text
    assert "+919900000001" not in text
    assert "लोटस" in text
    assert annex.render(month) == data


def test_hostile_words_are_printed_as_words_and_twice_the_same(read_pdf):
    account = build.account(billing_name=HOSTILE[:120], address=HOSTILE[:200])
    invoice = build.charge(account, 1000)
    note = credit_notes.issue_note(invoice.pk, paise(100), HOSTILE[:300], token="c", now=NOW)

    data = pdf.make(note)

    text = read_pdf(data)
    assert "<script>alert(1)</script>" in words(text)
    assert not {"\u202e", "\u202c", "\x07"} & set(text)
    assert pdf.make(note) == data
