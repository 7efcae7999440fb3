"""Certificates that people hand in: what only shows pages is kept, byte by byte; all else is refused with a reason."""

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from payments import paper
from payments.models import TaxDeducted
from tests import build
from tests.hostile.papers import SOUND, UNSOUND
from tests.payments.test_taxes import declare, income, settled

LARGEST = 5_000_000


@pytest.mark.parametrize("content", SOUND.values(), ids=SOUND.keys())
def test_what_only_shows_pages_is_sound(content):
    paper.check(content, largest=LARGEST)


@pytest.mark.parametrize(("content", "why"), UNSOUND.values(), ids=UNSOUND.keys())
def test_what_is_no_plain_pdf_is_refused(content, why):
    with pytest.raises(paper.Unsound, match=why):
        paper.check(content, largest=LARGEST)


@pytest.fixture
def row(db):
    account = build.account()
    invoice = build.charge(account, 10_000)
    settled(declare(account, "11600.00", income(invoice)), "11600.00")
    return TaxDeducted.objects.get()


def hand_in(browse, row, content, name="certificate.pdf"):
    client = browse(build.user("Finance", staff=True, superuser=True))
    values = {"rows": [row.pk], "number": "A131/77", "on": f"{build.NOW:%Y-%m-%d}", "reason": "Came by mail"}
    url = reverse("admin:payments_tax_certify", args=[row.pk])
    return client, client.post(url, values | {"file": SimpleUploadedFile(name, content)})


@pytest.mark.parametrize("kind", ["a password", "a script", "names of the page", "a page of the web"])
def test_the_page_says_why_and_keeps_nothing(kind, browse, row):
    content = UNSOUND[kind][0] if kind in UNSOUND else b"%PDF-1.7 /Names"

    _client, answer = hand_in(browse, row, content)

    assert answer.status_code == 422 and "PDF" in answer.content.decode()
    row.refresh_from_db()
    assert (row.state, row.file) == ("open", "")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\r\nSet-Cookie: x=1.pdf", "\u202efdp.exe", "=1+1.pdf", "W" * 5_000]
)
def test_the_name_of_a_file_is_never_used(name, browse, row):
    content = SOUND["as a program writes it"]

    client, answer = hand_in(browse, row, content, name)

    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.state == "certified"
    with storages["documents"].open(row.file) as kept:
        assert kept.read() == content
    given = client.get(reverse("admin:payments_tax_file", args=[row.pk]))
    assert given["Content-Disposition"].startswith('attachment; filename="tds-certificate-')
    assert given["X-Content-Type-Options"] == "nosniff" and given["Content-Type"] == "application/pdf"
    assert b"".join(given.streaming_content) == content
