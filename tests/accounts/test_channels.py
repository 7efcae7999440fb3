"""The mails as they leave: subject on one line, a complete text beside the HTML, documents attached."""

import re

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils.html import strip_tags

from accounts import channels, invitations
from accounts.models import Notice, User
from invoices import debit_notes
from payments import follow_up
from payments.models import Payment
from tests import build

pytestmark = pytest.mark.django_db
HOSTILE = 'A & B <b>"bold"</b>\u202e\r\nBcc: all@example.in'


@pytest.fixture(autouse=True)
def documents(settings, tmp_path):
    """The documents storage in an empty folder."""
    storage = settings.STORAGES["documents"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"documents": storage}
    return tmp_path


def send(name: str):
    """Send the last notice of this name, its documents being written; return the mail."""
    notice = Notice.objects.filter(name=name).latest("pk")
    for item in notice.attachments:
        storages["documents"].save(item["file"], ContentFile(b"%PDF"))
    sent = channels.send(notice)
    message = mail.outbox[-1]
    assert (sent.subject, sent.text) == (message.subject, message.body)
    return message


def html_of(message) -> str:
    return message.alternatives[0][0]


def seen(message) -> str:
    """The words a reader of the HTML sees, blanks as one."""
    html = re.sub(r"<(style|title)>.*?</\1>", "", html_of(message), flags=re.S)
    return " ".join(strip_tags(html.replace("&amp;", "&").replace("<", " <")).split())


@pytest.fixture
def received():
    account = build.account(state="29")
    build.charge(account, "500")
    build.paid(account, "2090")
    return send("payment-received")


def test_payment_received_subject(received):
    assert re.fullmatch(r"₹2,090\.00 received – PAY2627-\d{6}", received.subject)


@pytest.mark.parametrize(
    "particular",
    ["₹2,090.00", "24 Nov 2026, 11:30 IST", "UPI ····@okhdfc", "pay_", "VI/2627/000001", "₹590.00", "₹1,271.18",
     "CGST", "SGST", "₹114.41", "RV/2627/000001 is attached", "PAY2627-"],
)  # fmt: skip
def test_payment_received_carries(received, particular):
    assert particular in received.body
    assert particular in seen(received)


def test_payment_received_brings_its_voucher(received):
    assert received.attachments == [("RV-2627-000001.pdf", b"%PDF", "application/pdf")]


def test_payment_that_only_settles_has_neither_gst_nor_voucher():
    account = build.account(state="29")
    build.charge(account, "500")
    build.paid(account, "590")

    message = send("payment-received")

    assert message.attachments == []
    for text in (message.body, seen(message)):
        assert "GST" not in text
        assert "voucher" not in text


def test_inter_state_payment_names_igst():
    build.paid(build.account(state="27"), "1500")

    message = send("payment-received")

    assert "IGST on the advance: ₹228.81" in message.body
    assert "CGST" not in message.body + seen(message)


def test_payment_failed_promises_no_more_than_is_true(settings):
    account = build.account()
    payment = build.payment(account, "3540")
    Payment.objects.filter(pk=payment.pk).update(status="failed", failure_reason="insufficient_funds")
    follow_up.plan_next(payment.pk, now=build.NOW + follow_up.policy.FINAL_FAILURE)

    message = send("payment-failed")

    assert message.subject == f"Payment of ₹3,540.00 did not go through – {payment.number}"
    for text in (message.body, seen(message)):
        assert "The bank reports too little money, or a limit that was reached." in text
        assert "We have not received this money" in text
        assert "If money has left your account, it will arrive here or be returned" in text
        assert "Nothing was charged" not in text
    link = f"{settings.SITE_URL}/{account.ban}/payments/"
    assert f"Try again: {link}" in message.body
    assert f'href="{link}"' in html_of(message)


def test_invoice_issued_with_something_to_pay(settings):
    account = build.account(state="29")
    build.paid(account, "410")
    build.charge(account, "1200")

    message = send("invoice-issued")

    assert message.subject == "Invoice VI/2627/000001: ₹1,006.00 due 1 Dec 2026"
    for text in (message.body, seen(message)):
        for particular in ("₹1,416.00", "−₹410.00", "₹1,006.00", "1 Dec 2026", "VI/2627/000001"):
            assert particular in text
    assert f"{settings.SITE_URL}/{account.ban}/payments/" in message.body
    assert message.attachments == [("VI-2627-000001.pdf", b"%PDF", "application/pdf")]


def test_invoice_covered_by_an_advance_asks_for_nothing():
    account = build.account(state="29")
    build.paid(account, "1180")
    build.charge(account, "500")

    message = send("invoice-issued")

    assert message.subject == "Invoice VI/2627/000001: nothing to pay"
    assert "Pay ₹" not in seen(message)
    assert "Pay:" not in message.body


def test_a_debit_note_s_mail_speaks_of_a_debit_note():
    account = build.account(state="29")
    invoice = build.charge(account, "500")
    debit_notes.issue_note(
        invoice.pk, 10_000, "Calls billed too low", token="d", actor=None, reason="r", now=build.NOW
    )

    message = send("debit-note-issued")

    assert message.subject == "Debit note DN/2627/000001: ₹118.00 due 1 Dec 2026"
    for text in (message.body, seen(message)):
        assert f"It adds to your invoice {invoice.number}." in text
        assert "The debit note is attached." in text and "tax invoice" not in text
    assert not Notice.objects.filter(name="invoice-issued", event="document:DN/2627/000001").exists()


def test_hostile_name_is_text_in_both_parts_and_no_header():
    account = build.account(name=HOSTILE)
    build.charge(account, "500")

    message = send("invoice-issued")

    assert 'A & B <b>"bold"</b> Bcc: all@example.in' in message.body
    assert "<b>" not in html_of(message)
    assert "\u202e" not in message.body + html_of(message)
    assert message.recipients() == [build.owner(account).email]
    assert "\n" not in message.subject


def test_subject_stays_on_one_line_whatever_the_context_says():
    build.charge(build.account(), "500")
    notice = Notice.objects.get()
    notice.context |= {"number": "VI/1\r\nBcc: all@example.in"}
    notice.attachments = []

    channels.send(notice)

    assert mail.outbox[-1].subject.startswith("Invoice VI/1 Bcc: all@example.in: ₹590.00")
    assert "\nBcc:" not in str(mail.outbox[-1].message()).partition("\n\n")[0]


def test_style_is_in_the_elements_and_nothing_is_loaded():
    build.charge(build.account(), "500")

    html = html_of(send("invoice-issued"))

    assert "<style" not in html
    assert 'style="' in html
    assert not re.search(r"<(img|script|link|iframe)\b|url\(", html)


def test_mail_waits_for_its_document():
    build.charge(build.account(), "500")

    with pytest.raises(channels.NotReady):
        channels.send(Notice.objects.get())


def test_a_subject_is_no_html():
    account = build.account(name="Bookings & enquiries")
    asha = build.owner(account)
    User.objects.filter(pk=asha.pk).update(name="Peter D'Souza")
    asha.refresh_from_db()
    invitations.invite(account.pk, "anil@example.in", "billing", actor=asha, now=build.NOW)

    subject = channels.send(Notice.objects.get(name="invitation")).subject

    assert subject == "Peter D'Souza invites you to Bookings & enquiries at Kaveri Voice"
