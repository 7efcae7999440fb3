"""A day at the panel of each role of an account: what they come for works, and what is not theirs says whom to ask."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Conversation, Invitation, Member
from invoices import pdf, render
from payments.models import Claim, Payment
from tests import build
from tests.accounts.test_support import reply
from tests.journeys.desks import look, sign_in
from tests.journeys.test_recharge import pay_by_upi
from tests.outside import outside, sandbox_process

__all__ = ["look", "outside", "sandbox_process"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
]


@pytest.fixture
def account(transactional_db):
    """An account on a plan for nine days, with calls and a bill of ₹1,180.00 of today."""
    cache.clear()
    made = build.account(name="Lotus Diagnostics")
    build.subscribed(made, now=build.NOW - timedelta(days=9))
    build.paid(made, 3000, now=build.NOW - timedelta(days=8))
    build.used(made, 40)
    build.charge(made, 3000)
    return made


@pytest.fixture
def open_page(page, live_server, account):
    """Open a page of the account by its name."""

    def to(name, **words):
        page.goto(live_server.url + reverse(name, kwargs={"ban": account.ban, **words}))

    return to


def refused(page, right, whom):
    page.get_by_role("heading", name="Your role does not include this").wait_for()
    expect(page.get_by_text(f"needs the right to {right}")).to_be_visible()
    expect(page.get_by_text(f"Please ask {whom}.")).to_be_visible()


def menu(page):
    """The entries of the side bar, in their order."""
    return [word.strip() for word in page.locator(".side nav a").all_inner_texts()]


def test_an_owner(page, look, open_page, outside, account, live_server):
    mate = build.member(account, "manager")
    sign_in(page, live_server, build.owner(account))
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_text("minus one thousand seven hundred twenty rupees").first).to_be_attached()
    look(page, "1-overview")

    # pays what is due, and holds the document
    page.get_by_role("link", name="Pay ₹1,720.00").first.click()
    page.locator("label", has_text="Due now").first.click()
    page.get_by_role("button", name="Pay ₹1,720.00").click()
    pay_by_upi(page)
    page.wait_for_url("**/result/")
    page.get_by_text("Received").first.wait_for()
    look(page, "2-received")
    assert not account.documents.filter(kind="invoice", open_amount__gt=0).exists()
    render.render_due(pdf.make, now=build.NOW)
    open_page("documents")
    bill = account.documents.filter(kind="invoice").latest("pk")
    expect(page.get_by_role("row", name=bill.number).get_by_text("Paid", exact=True)).to_be_visible()
    look(page, "3-invoices")
    answer = page.request.get(page.url + f"{bill.slug}.pdf")
    assert answer.body().startswith(b"%PDF-")

    # looks after the team
    open_page("team")
    page.get_by_label("E-mail address").fill("new@lotus.example")
    page.locator("label.roles, .roles label", has_text="Billing").first.click()
    page.get_by_role("button", name="Send invitation").click()
    page.get_by_role("heading", name="Invited").wait_for()
    page.locator("summary", has_text=mate.user.name).click()
    page.get_by_label("Role", exact=True).first.select_option("agent")
    page.get_by_role("button", name="Save role").click()
    page.get_by_text("Agent").first.wait_for()
    look(page, "4-team")
    assert Invitation.objects.get().role == "billing" and Member.objects.get(pk=mate.pk).role == "agent"

    # says when to be warned, and asks something
    open_page("alerts")
    page.get_by_label("Minimum balance in rupees").fill("1,000")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_label("Minimum balance in rupees")).to_have_value("1000.00")
    account.refresh_from_db()
    assert account.minimum_balance == 100_000
    open_page("support-new")
    page.get_by_label("Subject").fill("Another number")
    page.get_by_text("Numbers and calls", exact=True).click()
    page.get_by_label("Your message").fill("Can we have one in Pune?")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("With us").wait_for()
    reply(Conversation.objects.get(), build.user("Sunita Pillai", staff=True), "Yes, from Monday.")
    page.get_by_text("Yes, from Monday.").wait_for()
    look(page, "5-answered")


def test_a_billing_person(page, look, open_page, account, live_server):
    sign_in(page, live_server, build.member(account, "billing").user)
    assert "Team" not in menu(page)

    # tells of a transfer with tax kept back: the bill is covered by both
    open_page("payments-bank")
    bill = account.documents.filter(kind="invoice", open_amount__gt=0).get()
    page.get_by_label("UTR or cheque number").fill("SBINN52026112477")
    page.get_by_label("Amount sent, in rupees").fill("1,420")
    page.get_by_text("I deducted tax (TDS)").click()
    page.locator("label", has_text=bill.number).click()
    page.get_by_label("TAN").fill("BLRA12345B")
    page.get_by_label("Rate", exact=True).select_option(label="10 %")
    page.get_by_label("TDS in rupees").fill("300")
    look(page, "1-with-tax")
    page.get_by_role("button", name="Tell us").click()
    expect(page.locator("#declared").get_by_text("Declared", exact=True)).to_be_visible()
    look(page, "2-declared")
    claim = Claim.objects.get()
    assert (claim.amount, claim.gross) == (142_000, 172_000)

    # reads the statement, takes it along, and looks at auto-pay and the plan
    open_page("statement")
    expect(page.get_by_text("Closing", exact=True).first).to_be_visible()
    look(page, "3-statement")
    table = page.request.get(live_server.url + reverse("statement-csv", kwargs={"ban": account.ban}))
    assert table.ok and "Tax invoice" in table.text()
    for name in ("auto-pay", "plan", "usage"):
        open_page(name)
        look(page, f"4-{name}")
    expect(page.get_by_text("•••• 0001").first).to_be_visible()

    open_page("team")
    refused(page, "manage the team", build.owner(account).name)
    look(page, "5-not-theirs")


def test_a_manager(page, look, open_page, account, live_server):
    sign_in(page, live_server, build.member(account, "manager").user)
    page.wait_for_url("**/usage/")
    assert menu(page) == ["Usage & credit", "Preferences", "Support"]

    expect(page.get_by_text("+919900000001").first).to_be_visible()
    expect(page.get_by_text("Credit limit")).to_have_count(0)
    look(page, "1-usage")
    table = page.request.get(live_server.url + reverse("usage-csv", kwargs={"ban": account.ban}))
    assert table.ok and "+919900000001" in table.text()

    for name in ("payments", "overview", "documents", "statement", "auto-pay"):
        open_page(name)
        refused(page, "see balance, payments and documents", build.owner(account).name)
    look(page, "2-not-theirs")
    answer = page.request.post(live_server.url + reverse("payment-start", kwargs={"ban": account.ban}))
    assert answer.status == 403 and Payment.objects.count() == 1


def test_an_agent(page, look, open_page, account, live_server):
    person = build.member(account, "agent").user
    sign_in(page, live_server, person)
    page.wait_for_url("**/preferences/")
    assert menu(page) == ["Preferences", "Support"]
    look(page, "1-preferences")

    page.get_by_label("Your name").fill("Ravi Kumar")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_label("Your name")).to_have_value("Ravi Kumar")
    person.refresh_from_db()
    assert person.name == "Ravi Kumar"

    for name in ("usage", "payments", "team", "preferences-account"):
        open_page(name)
        page.get_by_role("heading", name="Your role does not include this").wait_for()
    look(page, "2-not-theirs")
    page.get_by_role("link", name="To your profile").click()
    page.get_by_role("heading", name="Devices").or_(page.get_by_text(person.email)).first.wait_for()
    look(page, "3-profile")
    other = build.account()
    page.goto(live_server.url + reverse("preferences", args=[other.ban]))
    page.get_by_role("heading", name="There is nothing here").wait_for()
    look(page, "4-not-there")
