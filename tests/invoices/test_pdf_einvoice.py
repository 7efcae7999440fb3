"""What a registered document prints: IRN, acknowledgement and the whole signed QR (gst reference § 9.4)."""

import io

import pikepdf
import pytest
import segno

from invoices import credit_notes, einvoices, pdf
from tests import build
from tests.fake_irp import FakeIrp, portal
from tests.invoices.test_pdf import words

__all__ = ["portal"]
pytestmark = pytest.mark.django_db
NOW = build.NOW


@pytest.fixture
def document(portal):
    """A registered tax invoice, read afresh as the renderer does."""
    made = build.charge(build.account(), "104624.38", text="Rental of 40 numbers, November 2026")
    einvoices.register_due(FakeIrp(), now=NOW)
    made.refresh_from_db()
    return made


def test_it_prints_what_the_portal_gave(document, read_pdf):
    row = document.einvoice

    data = pdf.make(document)
    said = words(read_pdf(data))

    assert row.irn in said.replace(" ", "")
    assert f"Acknowledgement {row.ack_number} of 24 Nov 2026, 11:31:00 IST" in said
    assert "e-Invoice, signed QR code" in said
    assert len(pikepdf.open(io.BytesIO(data)).pages) == 1


def test_the_qr_is_the_whole_token(document):
    """Bit for bit the code of the token that was kept, with its quiet zone."""
    printed = str(pdf.registration_of(document)["qr"])
    wanted = segno.make_qr(document.einvoice.signed_qr, error="l", boost_error=False)

    assert wanted.version <= 25
    assert printed == wanted.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None)
    side = wanted.symbol_size(border=4)[0]
    assert f'viewBox="0 0 {side} {side}"' in printed
    assert printed in pdf.html_of(document)


def test_it_is_large_enough_to_be_read(settings):
    style = (settings.BASE_DIR / "templates/documents/document.css").read_text()

    assert ".irn svg { display: block; width: 46mm; height: 46mm;" in style  # at least 40 mm


def test_the_same_document_gives_the_same_bytes(document):
    assert pdf.make(document) == pdf.make(document)


def test_a_credit_note_prints_its_own(document, read_pdf):
    note = credit_notes.issue_note(document.pk, 100_00, "Too much", token="n", now=NOW)
    einvoices.register_due(FakeIrp(), now=NOW)
    note.refresh_from_db()

    said = words(read_pdf(pdf.make(note))).replace(" ", "")

    assert note.einvoice.irn in said and document.einvoice.irn not in said


def test_a_document_that_needs_none_prints_none(portal, read_pdf):
    document = build.charge(build.account(registration="unregistered"), 100)

    assert "IRN" not in read_pdf(pdf.make(document))
