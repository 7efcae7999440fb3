"""Bank money in real browsers: a transfer from its advice to Paid, and a cheque that clears and then bounces."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from billing_portal import books
from invoices import pdf, render
from payments.models import BankLine, Cheque, Claim, Payment
from tests import build
from tests.journeys.desks import desk, look, sign_in
from tests.statements import transfers

__all__ = ["desk", "look"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
UTR = "SBINN52026112012"


@pytest.fixture
def account(transactional_db):
    made = build.account()
    made.contacts.create(name="Asha", email="accounts@lotus.example")
    return made


def of(live_server, account, name, **keys):
    return live_server.url + reverse(name, kwargs={"ban": account.ban, **keys})


def list_of(live_server, model):
    return live_server.url + reverse(f"admin:payments_{model}_changelist")


def declare(page, reference, rupees, *, cheque=False):
    """Tell of a transfer or a cheque on the open tab."""
    if cheque:
        page.get_by_role("radio", name="Cheque").check()
    page.get_by_label("UTR or cheque number").fill(reference)
    page.get_by_label("Amount sent, in rupees").fill(rupees)
    page.get_by_role("button", name="Tell us").click()
    page.wait_for_url("**#declared")


def step(finance, cheque, tool, reason, **fields):
    """Take one step of a cheque from its page."""
    finance.get_by_role("link", name=tool, exact=True).click()
    for label, value in fields.items():
        finance.get_by_label(label).fill(value)
    finance.locator("#id_reason").fill(reason)
    if tool in ("Cleared", "Bounced"):  # what it changes is shown first
        finance.get_by_role("button", name="Show what it changes").click()
    finance.get_by_role("button", name=tool).click()
    finance.wait_for_url(f"**/cheque/{cheque.pk}/change/")


def fill_in(finance, live_server, account, number, rupees):
    """Write down a cheque that came, as its paper says."""
    finance.goto(live_server.url + reverse("admin:payments_cheque_receive"))
    words = {
        "Account number": account.ban,
        "Cheque number": number,
        "Drawn on": "Canara Bank",
        "Amount": rupees,
    }
    for label, value in {**words, "Reason:": "Came by post"}.items():
        finance.get_by_label(label).fill(value)


def test_a_transfer_goes_from_its_advice_to_paid(page, desk, look, account, live_server, screenshot):
    bill = build.charge(account, 10_000)
    sign_in(page, live_server, build.owner(account))

    # the customer makes the advice, and tells of the transfer
    page.get_by_role("link", name="Payments", exact=True).first.click()
    page.get_by_role("link", name="Bank transfer or cheque").click()
    page.get_by_text("Transfer to").wait_for()
    look(page, "1-bank-tab")
    page.get_by_role("button", name="Pro-forma over ₹11,800.00").click()
    page.get_by_role("heading", name="is being prepared").wait_for()
    screenshot(page, "2-advice-being-prepared")
    advice = account.documents.get(kind="payment_advice")
    render.render_due(pdf.make, now=build.NOW)
    answer = page.request.get(of(live_server, account, "document-pdf", slug=advice.slug) + "?download")
    assert answer.body()[:5] == b"%PDF-" and f"{advice.slug}.pdf" in answer.headers["content-disposition"]
    page.goto(of(live_server, account, "payments-bank"))
    declare(page, UTR, "11,800")
    expect(page.locator("#declared").get_by_text("Declared", exact=True)).to_be_visible()
    look(page, "3-declared")

    # finance takes the statement in: shown first, then booked
    finance = desk("finance")
    finance.goto(list_of(live_server, "bankimport"))
    finance.get_by_role("link", name="Upload").click()
    content = transfers(
        (UTR, "11800.00", "NEFT CR-SBIN0001234-LOTUS DIAGNOSTICS"), ("AXISN52026112299", "500.00")
    )
    finance.get_by_label("Statement").set_input_files(
        {"name": "november.csv", "mimeType": "text/csv", "buffer": content}
    )
    finance.get_by_role("button", name="Upload and look").click()
    finance.get_by_text("What taking it in does").wait_for()
    screenshot(finance, "4-statement-preview")
    assert not BankLine.objects.exists()
    finance.get_by_role("button", name="Take in 2 lines").click()
    finance.get_by_text("2 new lines").wait_for()
    screenshot(finance, "5-statement-taken")

    # what is exact is settled from a page that shows what it does
    finance.goto(list_of(live_server, "bankline"))
    screenshot(finance, "6-bank-lines")
    finance.get_by_role("link", name=UTR).click()
    screenshot(finance, "7-bank-line")
    finance.get_by_role("link", name=f"Settle with {account.ban}: exact").click()
    finance.get_by_role("button", name="Settle", exact=True).click()
    finance.get_by_text("Credited:").wait_for()
    screenshot(finance, "8-settled")

    # the customer reads it paid, finds the payment with its documents, and is owed the mail
    bill.refresh_from_db()
    payment = Payment.objects.get()
    assert (bill.open_amount, payment.reference) == (0, UTR)
    page.reload()
    page.locator("#declared").get_by_role("link", name=payment.number).click()
    page.get_by_role("link", name=f"PDF of {bill.number}").wait_for()
    expect(page.get_by_text(UTR)).to_be_visible()
    look(page, "9-payment")
    page.goto(of(live_server, account, "documents"))
    expect(page.get_by_role("row", name=bill.number).get_by_text("Paid", exact=True)).to_be_visible()
    page.goto(of(live_server, account, "payments"))
    expect(page.get_by_role("row", name=payment.number).get_by_text("Bank transfer")).to_be_visible()
    look(page, "10-history")
    assert account.notices.filter(name="payment-received", event__contains=payment.number).count() == 1
    assert not books.look(now=build.NOW).findings


def test_a_cheque_is_credited_when_it_clears_and_taken_back_when_it_bounces(
    page, desk, look, account, live_server, screenshot
):
    bill = build.charge(account, 2000)
    sign_in(page, live_server, build.owner(account))
    page.goto(of(live_server, account, "payments-bank"))
    declare(page, "004411", "2,360", cheque=True)

    # the paper comes, goes to the bank, and clears: credited then, and not before
    finance = desk("finance")
    fill_in(finance, live_server, account, "004411", "2360")
    screenshot(finance, "1-receive")
    finance.get_by_role("button", name="Show what it changes").click()
    finance.get_by_role("button", name="Take it in").click()
    finance.get_by_text("Received.").wait_for()
    cheque = Cheque.objects.get()
    assert cheque.claim == Claim.objects.get()
    step(finance, cheque, "Deposited", "Given to the bank")
    assert not Payment.objects.exists()
    step(finance, cheque, "Cleared", "On the bank's screen")
    screenshot(finance, "2-cleared")
    payment = Payment.objects.get()
    page.goto(of(live_server, account, "payment", number=payment.number))
    expect(page.get_by_text("Received", exact=True)).to_be_visible()
    look(page, "3-received")

    # the bank takes it back
    finance.get_by_role("link", name="Bounced", exact=True).click()
    finance.get_by_label("The bank's reason").fill("Drawer's signature differs")
    expect(finance.get_by_label("Charge")).to_have_value("500.00")
    finance.locator("#id_reason").fill("Return memo of the bank")
    finance.get_by_role("button", name="Show what it changes").click()
    finance.get_by_text("What a yes changes").first.wait_for()
    screenshot(finance, "4-bounce")
    finance.get_by_role("button", name="Bounced").click()
    finance.get_by_text("Bounced.").wait_for()
    screenshot(finance, "5-bounced")

    # the customer sees it, why, and what is to pay again
    bill.refresh_from_db()
    assert bill.open_amount == bill.total
    page.reload()
    expect(page.get_by_text("Bounced", exact=True)).to_be_visible()
    expect(page.get_by_text("Drawer's signature differs")).to_be_visible()
    expect(page.get_by_text("₹500.00")).to_be_visible()
    look(page, "6-bounced")
    page.goto(of(live_server, account, "payments-bank"))
    expect(page.locator("#declared").get_by_text("Bounced", exact=True)).to_be_visible()
    look(page, "7-bank-tab")
    page.goto(of(live_server, account, "payments"))
    expect(page.get_by_role("radio", name="Due now")).to_be_visible()
    expect(page.get_by_role("row", name=payment.number).get_by_text("Bounced", exact=True)).to_be_visible()
    [notice] = account.notices.filter(name="cheque-bounced")
    assert (notice.context["reopened"], notice.context["charge"]) == (bill.total, 50_000)
    assert not books.look(now=build.NOW).findings


def test_a_cheque_that_bounces_before_it_was_credited_moves_nothing(page, desk, look, account, live_server):
    build.charge(account, 1000)
    sign_in(page, live_server, build.owner(account))
    page.goto(of(live_server, account, "payments-bank"))
    declare(page, "004412", "1,180", cheque=True)
    finance = desk("finance")
    fill_in(finance, live_server, account, "004412", "1180")
    finance.get_by_role("button", name="Show what it changes").click()
    finance.get_by_role("button", name="Take it in").click()
    cheque = Cheque.objects.get()
    step(finance, cheque, "Deposited", "Given to the bank")

    step(
        finance, cheque, "Bounced", "Return memo", **{"The bank's reason": "Funds insufficient", "Charge": ""}
    )

    page.reload()
    expect(page.locator("#declared").get_by_text("Funds insufficient")).to_be_visible()
    look(page, "refused")
    cheque.refresh_from_db()
    assert (cheque.state, cheque.charge, Payment.objects.count()) == ("bounced", 0, 0)
    assert account.notices.filter(name="cheque-bounced").count() == 1
