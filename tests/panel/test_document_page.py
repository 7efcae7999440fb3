"""The page of a document: what it was, what paid it, what is left, and how a problem with it is reported."""

import uuid
from datetime import timedelta

import pytest

from accounts.models import Notice
from invoices import billing_run, credit_notes, payment_advice, problems
from invoices.models import ProblemReport
from tests import build
from tests.build import NOW, paise
from tests.panel.test_payments_page import text, url

pytestmark = pytest.mark.django_db


def page_of(client, account, document):
    return text(client.get(url("document", account, slug=document.slug)))


def send(client, account, document, words, token=None):
    address = url("document-problem", account, slug=document.slug)
    return client.post(address, {"text": words, "token": token or uuid.uuid4()}, follow=True)


def test_a_bill_tells_line_by_line_what_paid_it(client, account):
    build.paid(account, 500, now=NOW - timedelta(days=5))
    voucher = account.documents.get()
    bill = build.charge(account, 1000, text="Porting <b>of</b> numbers")
    payment = build.paid(account, 300)
    note = credit_notes.issue_note(bill.pk, paise(100), "Late", token="n", now=NOW)

    page = page_of(client, account, bill)

    assert "Porting &lt;b&gt;of&lt;/b&gt; numbers ₹1,000.00" in page
    assert "CGST ₹90.00 SGST or UTGST ₹90.00" in page
    assert f"Advance {voucher.number} : ₹423.72 and ₹76.28 of its GST ₹500.00" in page
    assert f"Payment {payment.number} on 24 Nov 2026 ₹300.00" in page
    assert f"Credit note {note.number} ₹118.00" in page
    assert "Left to pay ₹262.00" in page
    assert "Go to pay" in page


def test_a_voucher_tells_what_it_paid_and_what_is_left(client, account):
    build.paid(account, 2000, now=NOW - timedelta(days=5))
    voucher = account.documents.get()
    bill = build.charge(account, 1000)

    page = page_of(client, account, voucher)

    assert f"{bill.number} on 24 Nov 2026 : ₹1,000.00 and ₹180.00 of its GST ₹1,180.00" in page
    assert "₹820.00 left" in page


def test_a_credit_note_leads_to_its_invoice_and_tells_what_is_left(client, account):
    bill = build.charge(account, 1000)
    build.paid(account, 1180)
    note = credit_notes.issue_note(bill.pk, paise(100), "Late", token="n", now=NOW)

    page = client.get(url("document", account, slug=note.slug))

    assert f'href="{url("document", account, slug=bill.slug)}"' in page.content.decode()
    assert "₹118.00 left" in text(page)
    assert f"Credit note {note.number}" in page_of(client, account, bill)


def test_a_bill_that_credit_paid_leads_to_the_credit_note(client, account):
    paid = build.charge(account, 1000)
    build.paid(account, 1180)
    note = credit_notes.issue_note(paid.pk, paise(100), "Late", token="n", now=NOW)
    bill = build.charge(account, 50)

    page = client.get(url("document", account, slug=bill.slug))

    assert f"Credit left of {note.number} ₹59.00" in text(page)
    assert "Left to pay ₹0.00" in text(page)
    assert f'href="{url("document", account, slug=note.slug)}"' in page.content.decode()


def test_a_voucher_tells_the_tax_that_was_taken_out_of_the_money(client, account):
    build.paid(account, 1500)

    page = page_of(client, account, account.documents.get())

    assert "CGST ₹114.41 SGST or UTGST ₹114.41 Total ₹1,500.00" in page
    assert "Received 24 Nov 2026" in page


def test_a_payment_advice_tells_whole_amounts_and_how_long_it_holds(client, account):
    bill = build.charge(account, 1000)
    advice = payment_advice.issue_advice(account.pk, paise(2180), token="a", now=NOW)

    page = page_of(client, account, advice)

    assert f"Service Amount Invoice {bill.number} ₹1,180.00" in page
    assert "GST included ₹1,000.00" in page
    assert "Valid until 9 Dec 2026" in page
    assert "Before tax" not in page


def test_a_bill_of_a_cycle_shows_the_usage_it_bills(client, account):
    build.subscribed(account)
    later = NOW + timedelta(days=30)
    build.used(account, 1250, now=later - timedelta(days=2))
    (bill,) = billing_run.bill_chunk([account.pk], now=later).documents

    page = page_of(client, account, bill)

    assert "Usage it bills" in page
    assert "1,250 1,000 250 ₹0.60 ₹150.00" in page


def test_a_problem_is_kept_acknowledged_and_answered_where_it_was_said(client, account):
    bill = build.charge(account, 1000)

    page = text(send(client, account, bill, "  Billed twice.\n<b>Please</b> look. "))

    assert "Thank you. We look into it" in page
    assert "You wrote 24 Nov 2026, 11:30 IST Billed twice. &lt;b&gt;Please&lt;/b&gt; look." in page
    assert Notice.objects.get(name="problem-reported").context["number"] == bill.number

    problems.answer(ProblemReport.objects.get().pk, "We credit it.", actor=build.user(staff=True), now=NOW)

    page = page_of(client, account, bill)
    assert "answered 24 Nov 2026, 11:30 IST We credit it." in page


def test_a_second_click_is_the_same_report(client, account):
    bill, token = build.charge(account, 1000), uuid.uuid4()

    send(client, account, bill, "Twice?", token)
    send(client, account, bill, "Twice?", token)

    assert ProblemReport.objects.count() == 1
    assert Notice.objects.filter(name="problem-reported").count() == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [("", "say what is wrong"), (" \n\0", "say what is wrong"), ("x" * 2001, "at most 2000 characters")],
)
def test_a_report_that_cannot_be_kept_says_why_and_keeps_the_words(words, said, client, account):
    bill = build.charge(account, 1000)

    page = send(client, account, bill, words)

    assert page.status_code == 422
    assert said in text(page)
    assert words.strip("\0 \n")[:50] in text(page)
    assert not ProblemReport.objects.exists()


def test_a_report_without_its_token_is_not_kept(client, account):
    page = send(client, account, build.charge(account, 1000), "Wrong", "nonsense")

    assert page.status_code == 422
    assert not ProblemReport.objects.exists()


def test_nobody_reports_on_another_accounts_document_or_reads_it(client, account):
    foreign = build.charge(build.account(), 1000)

    assert client.get(url("document", account, slug=foreign.slug)).status_code == 404
    assert send(client, account, foreign, "Mine?").status_code == 404
    assert not ProblemReport.objects.exists()


def test_a_token_that_stood_for_something_else_loses_no_words(client, account):
    """A form that was sent already, or a token of somebody else: said so, nothing of theirs shown, the words kept."""
    other, token = build.account(), uuid.uuid4()
    theirs = build.charge(other, 1000)
    problems.report(theirs, "Secret", token=token, by=build.owner(other), now=NOW)
    bill, again = build.charge(account, 1000), uuid.uuid4()
    send(client, account, bill, "Twice?", again)

    for used in (token, again):
        page = send(client, account, bill, "And the date is wrong", used)

        assert page.status_code == 422
        assert "sent already" in text(page) and "And the date is wrong" in text(page)
        assert "Secret" not in text(page)
    assert ProblemReport.objects.count() == 2
