"""What a document prints: the particulars of Rules 46 and 50 (gst reference §§ 3.1, 4.4), always the same bytes."""

import io
import os
import re
import subprocess
import sys

import pikepdf
import pytest

from accounts.models import Account
from invoices import pdf
from invoices.models import Document
from tests import build

pytestmark = pytest.mark.django_db


def voucher(of: Account, rupees: str) -> Document:
    build.paid(of, rupees)
    return of.documents.filter(kind=Document.Kind.RECEIPT_VOUCHER).newest_first().first()


def words(text: str) -> str:
    """The text with every run of blanks as one."""
    return " ".join(text.split())


INTRA = {
    "title": "TAX INVOICE",
    "46(a) supplier's name": "Kaveri Voice Private Limited",
    "46(a) supplier's address": "14 Residency Road, 3rd Floor",
    "46(a) supplier's GSTIN": "GSTIN: 29ZZZCS0001A1ZI",
    "supplier's PAN": "PAN: ZZZCS0001A",
    "46(b) number": "VI/2627/000001",
    "46(c) date of issue": "24 Nov 2026",
    "46(d) recipient's name": "Lotus Diagnostics Pvt Ltd",
    "46(d) recipient's address": "12/3 MG Road",
    "46(d) recipient's GSTIN": "GSTIN: 29ZZZCB0002B1ZW",
    "46(e) recipient's State": "State: Karnataka (29)",
    "46(g) SAC": "998419",
    "46(h) description": "Rental of 40 numbers, November 2026",
    "46(j) total value": "Total ₹1,23,456.76",
    "46(k) taxable value": "Taxable value ₹1,04,624.38",
    "46(l) rate": "9% + 9%",
    "46(m) CGST": "CGST 9% ₹9,416.19",
    "46(m) SGST": "SGST 9% ₹9,416.19",
    "46(n) place of supply": "Karnataka (29)",
    "46(p) reverse charge": "Reverse charge",
    "46(q) signature": "Electronic invoice – signature not required",
    "R.48(2) copy": "ORIGINAL FOR RECIPIENT",
    "due date": "1 Dec 2026",
    "amount in words": "Rupees One Lakh Twenty-Three Thousand Four Hundred Fifty-Six and Paise Seventy-Six Only",
    "balance": "Balance payable ₹1,23,456.76",
    "bank": "account 000111222333, IFSC EXBK0000001",
}


@pytest.fixture
def intra(read_pdf):
    account = build.account(state="29")
    return read_pdf(pdf.make(build.charge(account, "104624.38", text="Rental of 40 numbers, November 2026")))


def test_tax_invoice_has_every_particular(intra):
    text = words(intra)

    assert [name for name, particular in INTRA.items() if particular not in text] == []


def test_reverse_charge_is_no(intra):
    text = words(intra)

    assert "Place of supply Reverse charge VI/2627/000001 24 Nov 2026 1 Dec 2026 Karnataka (29) No" in text


def test_pay_link_is_the_account_s(intra, settings):
    account = Account.objects.get()

    assert f"{settings.SITE_URL}/{account.ban}/payments/" in intra


VOUCHER = {
    "title": "RECEIPT VOUCHER",
    "50(a) supplier": "Kaveri Voice Private Limited",
    "50(a) supplier's GSTIN": "GSTIN: 29ZZZCS0001A1ZI",
    "50(b) number": "RV/2627/000001",
    "50(c) date of issue and receipt": "RV/2627/000001 24 Nov 2026 24 Nov 2026 Maharashtra (27) No",
    "50(d) recipient": "Lotus Diagnostics Pvt Ltd",
    "50(d) recipient's GSTIN": "GSTIN: 27ZZZCM0003C1ZM",
    "50(e) description": "Advance for telecommunication services",
    "50(f) amount received": "Amount received ₹1,500.00",
    "50(g) rate, 50(h) tax": "IGST 18% ₹228.81",
    "50(i) place of supply": "Maharashtra (27)",
    "50(j) reverse charge": "Reverse charge",
    "50(k) signatory": "R. Nair, Manager – Accounts",
    "net amount": "Net amount credited ₹1,271.19",
    "new balance": "Prepaid balance after it ₹1,271.19",
    "mode": "UPI ····@okhdfc",
    "reference": "Reference pay_",
    "note": "Not a tax invoice. Input tax credit is available on the tax invoice.",
}


def test_receipt_voucher_has_every_particular(read_pdf):
    text = words(read_pdf(pdf.make(voucher(build.account(state="27"), "1500"))))

    assert [name for name, particular in VOUCHER.items() if particular not in text] == []


def test_voucher_keeps_the_day_of_receipt_apart(read_pdf):
    """Money of 31 October that is matched on 3 November (§ 4.4)."""
    account = build.account(state="29")
    document = voucher(account, "1000")
    document.received_on = document.issued_on.replace(month=10, day=31)  # only in memory

    assert "24 Nov 2026 31 Oct 2026 Karnataka (29) No" in words(read_pdf(pdf.make(document)))


def test_inter_state_invoice_has_igst_alone(read_pdf):
    text = words(read_pdf(pdf.make(build.charge(build.account(state="27"), "1000"))))

    assert "IGST 18% ₹180.00" in text
    assert "Maharashtra (27)" in text
    assert "CGST" not in text


def test_unregistered_recipient_is_named_so_with_state(read_pdf):
    account = build.account(state="07", registration="unregistered")

    text = words(read_pdf(pdf.make(build.charge(account, "1000"))))

    assert "GSTIN: Unregistered" in text
    assert "State: Delhi (07)" in text


def test_set_off_names_each_voucher_and_the_rounding(read_pdf):
    """The last row of the table in § 4.5: nothing is left to pay after a round-off of two paise."""
    account = build.account(state="29")
    voucher(account, "123456.78")

    text = words(read_pdf(pdf.make(build.charge(account, "104624.38"))))

    assert "Rounding +₹0.02" in text
    assert "Less: advance adjusted RV/2627/000001 of 24 Nov 2026 −₹1,23,456.78" in text
    assert "Balance payable ₹0.00" in text


@pytest.mark.parametrize(
    ("registration", "says"),
    [
        ("sez_lut", "SEZ developer for authorised operations under bond or letter of undertaking without payment of "
                    "integrated tax. LUT number (ARN): AD290326000123X of 20 Mar 2026."),
        ("sez_taxed", "SEZ developer for authorised operations on payment of integrated tax."),
        ("export_lut", "Supply meant for export under bond or letter of undertaking without payment of integrated "
                       "tax. LUT number (ARN): AD290326000123X of 20 Mar 2026."),
        ("export_taxed", "Supply meant for export on payment of integrated tax."),
    ],
)  # fmt: skip
def test_zero_rated_supplies_are_endorsed(registration, says, read_pdf):
    state = "96" if registration.startswith("export") else "29"

    text = words(
        read_pdf(pdf.make(build.charge(build.account(state=state, registration=registration), "1000")))
    )

    assert says in text
    assert ("IGST 0% ₹0.00" if registration.endswith("lut") else "IGST 18% ₹180.00") in text


def test_without_its_letter_a_zero_rated_supply_says_that_tax_is_paid(settings, read_pdf):
    settings.LUT_VALID_TO = "2026-03-31"

    text = words(read_pdf(pdf.make(build.charge(build.account(registration="sez_lut"), "1000"))))

    assert "for authorised operations on payment of integrated tax." in text
    assert "IGST 18% ₹180.00" in text and "LUT" not in text


def test_an_export_names_its_country(read_pdf):
    fields = {"city": "London SW1A 1AA", "pin": "", "country": "GB"}
    account = build.account(state="96", registration="export_lut", **fields)
    invoice = build.charge(account, "1000")

    text = words(read_pdf(pdf.make(invoice)))

    assert invoice.recipient["country"] == "GB"
    assert "London SW1A 1AA United Kingdom (GB)" in text
    assert "State: Other Countries" not in text
    assert "Other Countries (96)" in text  # the place of supply


@pytest.mark.parametrize(
    ("supplier", "place", "label"), [("04", "04", "UTGST"), ("07", "07", "SGST"), ("29", "29", "SGST")]
)
def test_union_territories_have_utgst(supplier, place, label):
    document = Document(supplier={"state": supplier}, place_of_supply=place)

    assert document.state_tax == label


@pytest.mark.parametrize(
    ("rate", "text"), [(1800, "18%"), (900, "9%"), (250, "2.5%"), (25, "0.25%"), (0, "0%")]
)
def test_rates_as_people_write_them(rate, text):
    assert pdf.percent(rate) == text


def test_printed_from_the_snapshot_alone():
    account = build.account(state="29")
    document = build.charge(account, "1000")
    before = pdf.make(document)

    Account.objects.filter(pk=account.pk).update(billing_name="Renamed", address="Elsewhere", state="27")

    assert pdf.make(Document.objects.get(pk=document.pk)) == before


def test_same_row_same_bytes_in_another_process_of_the_renderer():
    document = voucher(build.account(state="29"), "5000")
    first = pdf.make(document)
    pdf.engine.cache_clear()

    assert pdf.make(Document.objects.get(pk=document.pk)) == first


def test_one_tagged_page_with_title_language_and_noto_alone(read_pdf):
    data = pdf.make(build.charge(build.account(state="29"), "1000"))

    with pikepdf.open(io.BytesIO(data)) as file:
        assert len(file.pages) == 1
        assert file.Root.Lang == "en-IN"
        assert file.Root.MarkInfo.Marked
        assert file.docinfo["/Title"] == "Tax invoice VI/2627/000001"
        assert str(file.docinfo["/CreationDate"]).startswith("D:20261124")
    fonts = [line.split() for line in read_pdf(data, "pdffonts").splitlines()[2:]]
    assert {font[0].partition("+")[2] for font in fonts} == {"Noto-Sans", "Noto-Sans-Bold"}
    assert {(font[-5], font[-4], font[-3]) for font in fonts} == {
        ("yes", "yes", "yes")
    }  # embedded, subset, unicode


HOSTILE = "<script>alert(1)</script><img src=http://127.0.0.1/x.png> \u202egnp\u202c & \u200b\x07" + "W" * 400


def test_hostile_text_is_printed_as_text(read_pdf):
    account = build.account(state="29", billing_name=HOSTILE[:120], address=HOSTILE[:200], city="C" * 60)

    data = pdf.make(build.charge(account, "10000000", text=HOSTILE[:300]))

    text = read_pdf(data)
    assert "<script>alert(1)</script>" in words(text)
    assert not {"\u202e", "\u202c", "\u200b", "\x07"} & set(text)
    assert "Balance payable ₹1,18,00,000.00" in text
    assert "Page 1 of 1" in text  # even the longest name, address and description leave it one page


def test_devanagari_is_printed(read_pdf):
    account = build.account(state="27", billing_name="गणेश टेलिकॉम", city="नवी दिल्ली")

    data = pdf.make(voucher(account, "1500"))

    assert "Noto-Sans-Devanagari" in read_pdf(data, "pdffonts")
    assert "गणेश" in read_pdf(data)


def test_many_lines_go_to_a_second_page_with_its_heading(read_pdf):
    document = build.charge(build.account(state="29"), "1000")
    html = pdf.html_of(document)
    row = re.search(r"<tbody>(<tr>.*?</tr>)", html, re.S)[1]

    text = read_pdf(pdf.render(html.replace(row, row * 40), identifier=b"x"))

    assert "VI/2627/000001 · Page 2 of 2" in text
    assert text.count("Description of service") == 2


def test_nothing_is_ever_fetched():
    for address in ("http://127.0.0.1/x.png", "file:///etc/passwd", "data:text/css,*{}"):
        with pytest.raises(pdf.FatalURLFetchingError):
            pdf.render(
                f'<img src="{address}">'
                if "css" not in address
                else f'<link rel=stylesheet href="{address}">',
                identifier=b"x",
            )


def test_without_fonts_a_clear_error_and_no_crash(tmp_path):
    """In a process of its own: without this look Pango ends it with a segmentation fault."""
    empty = tmp_path / "fonts.conf"
    empty.write_text(f"<fontconfig><dir>{tmp_path}</dir><cachedir>{tmp_path}</cachedir></fontconfig>")
    code = "import django; django.setup(); from invoices import pdf; pdf.engine()"
    environment = os.environ | {
        "FONTCONFIG_FILE": str(empty),
        "DJANGO_SETTINGS_MODULE": "billing_portal.settings",
    }

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)

    assert ended.returncode == 1
    assert "NoFonts: fontconfig finds no Noto Sans" in ended.stderr
