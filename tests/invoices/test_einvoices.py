"""Registering documents: owed with the document, asked before it is sent again, nothing kept that is not proven."""

from datetime import timedelta

import pytest

from accounts import notices
from accounts.models import Notice
from invoices import credit_notes, debit_notes, einvoices, irp, pdf, render, tasks
from invoices.models import Document, DocumentFile, EInvoice
from tests import build
from tests.fake_irp import FakeIrp, portal

__all__ = ["portal"]
pytestmark = pytest.mark.django_db
NOW = build.NOW
State = EInvoice.State
MINUTE = timedelta(minutes=1)


def run(now=NOW):
    return einvoices.register_due(FakeIrp(), now=now)


def bill(rupees=1000, **account):
    return build.charge(build.account(**account), rupees)


def row():
    return EInvoice.objects.get()


@pytest.mark.parametrize(
    ("registration", "state", "owed"),
    [
        ("regular", "27", 1),
        ("sez_lut", "29", 1),
        ("export_lut", "96", 1),
        ("unregistered", "29", 0),
        ("uin", "29", 0),
    ],
)
def test_whose_invoice_owes_its_registration(portal, registration, state, owed):
    document = bill(registration=registration, state=state)

    assert EInvoice.objects.count() == owed
    assert (document.file.next_attempt_at is None) is bool(owed)


def test_notes_owe_it_too_and_vouchers_do_not(portal):
    account = build.account()
    build.paid(account, 500)
    invoice = build.charge(account, 1000)
    credit_notes.issue_note(invoice.pk, 1000, "Too much", token="a", now=NOW)
    debit_notes.issue_note(invoice.pk, 1000, "Too little", token="b", actor=None, reason="x", now=NOW)

    assert run() == 3
    assert [body["DocDtls"]["Typ"] for body in portal.bodies] == ["INV", "CRN", "DBN"]
    assert portal.bodies[1]["RefDtls"]["PrecDocDtls"][0]["InvNo"] == invoice.number
    assert portal.bodies[0]["PayDtls"]["PaidAmt"] == 500
    assert not EInvoice.objects.filter(document__kind="receipt_voucher").exists()


@pytest.mark.parametrize("change", [{"EINVOICE_ENABLED": False}, {"EINVOICE_FROM": "2026-11-25"}])
def test_without_it_nothing_changes(portal, settings, change):
    for name, value in change.items():
        setattr(settings, name, value)
    document = bill()

    assert tasks.register_einvoices() == 0
    assert document.file.next_attempt_at == NOW
    assert not EInvoice.objects.exists()


def test_what_the_portal_answered_is_kept_and_the_pdf_is_due(portal):
    document = bill()

    assert tasks.register_einvoices() == 1

    kept, [answer] = row(), portal.documents.values()
    assert (kept.state, kept.irn, kept.signed_qr) == (State.REGISTERED, answer.irn, answer.signed_qr)
    assert (kept.ack_number, kept.ack_at) == (answer.ack_number, answer.ack_at)
    assert kept.signed_invoice == answer.signed_invoice
    assert DocumentFile.objects.get(document=document).next_attempt_at == NOW


def test_run_again_asks_nothing(portal):
    bill()

    assert [run(), run(), run(NOW + timedelta(days=3))] == [1, 0, 0]
    assert portal.asked == ["register"]


def test_no_pdf_and_no_mail_before_the_irn_and_both_after_it(portal, documents, mailoutbox):
    document = bill()
    for minutes in (0, 5, 60 * 24 * 9):
        later = NOW + minutes * MINUTE
        render.render_due(pdf.make, now=later)
        notices.send_due(now=later)
    assert not mailoutbox and document.file.state == DocumentFile.State.WAITING

    run(later)
    render.render_due(pdf.make, now=later)
    notices.send_due(now=later + notices.LONGEST_WAIT)

    [mail] = mailoutbox
    [(name, data, _type)] = mail.attachments
    assert name == f"{document.slug}.pdf" and data.startswith(b"%PDF")


def test_a_mail_that_waits_for_days_is_looked_at_ever_less_often(portal):
    bill()

    for age in (timedelta(0), timedelta(minutes=5), timedelta(days=2)):
        notices.send_due(now=NOW + age)
        notice = Notice.objects.get()
        assert notice.next_attempt_at - NOW - age == max(notices.WAIT, min(age / 10, notices.LONGEST_WAIT))
        assert notice.attempts == 0


def test_made_without_its_irn_a_pdf_is_refused(portal):
    with pytest.raises(pdf.NoIrn):
        pdf.make(bill())


def test_an_answer_that_was_lost_is_asked_for_and_nothing_is_sent_twice(portal):
    bill()
    portal.troubles = ["lost"]

    assert [run(), run(NOW + MINUTE)] == [0, 1]
    assert portal.asked == ["register", "find"]


def test_what_never_arrived_is_sent_after_asking(portal):
    bill()
    portal.troubles = [irp.Away("ConnectTimeout")]

    assert [run(), run(NOW + MINUTE)] == [0, 1]
    assert portal.asked == ["register", "find", "register"]


def test_a_worker_that_died_before_or_after_its_call_is_taken_over(portal):
    bill()
    einvoices.claim(NOW)

    assert run(NOW + MINUTE) == 0
    assert run(NOW + einvoices.LEASE) == 1
    assert portal.asked == ["find", "register"]


def test_a_duplicate_takes_the_irn_that_is_there(portal):
    bill()
    FakeIrp().register(_body())
    portal.asked.clear()

    assert run() == 1
    assert portal.asked == ["register", "find"]
    assert row().irn == next(iter(portal.documents.values())).irn


def _body():
    from invoices import inv01

    return inv01.text(inv01.payload(einvoices.paper_of(Document.objects.get())))
