"""A day at the admin of each group of the staff: what their work needs is there, and nothing more."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from accounts import notices
from accounts.models import Approval, Conversation, Notice
from billing_portal import books
from credit.models import Extension, TemporaryLimit
from invoices import pdf, render
from payments.models import BankLine, Payment, Refund
from tests import build, fakes, ladder
from tests.accounts.test_support import begun
from tests.browser import NARROW, WIDE
from tests.journeys.desks import desk
from tests.journeys.test_refund import agree, ask
from tests.journeys.test_sign_in import code, give_password, set_up_app
from tests.statements import transfers

__all__ = ["desk"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
UTR = "SBINN52026112012"


@pytest.fixture(autouse=True)
def world(transactional_db, settings):
    """A gateway in memory, the limits of sign-in fresh, and staff who sign in with a second factor."""
    settings.GATEWAY = "tests.fakes.FakeGateway"
    fakes.FakeGateway.world = fakes.World()
    cache.clear()


@pytest.fixture
def account():
    """₹1,180.00 prepaid by two recharges, a plan, calls and a question to staff."""
    made = build.account(name="Lotus Diagnostics")
    build.subscribed(made, now=build.NOW - timedelta(days=9))
    build.paid(made, 3000, now=build.NOW - timedelta(days=8))
    build.used(made, 40)
    return made


@pytest.fixture
def behind():
    """Sixteen days past due, blocked for it, and a message that could not be sent."""
    made = build.account(name="Behind Traders")
    ladder.bill(made, due=-16)
    ladder.sweep([-16, -9, -1])
    parked = {"state": "parked", "error": "550 no such mailbox", "next_attempt_at": None}
    Notice.objects.filter(account=made, name="outbound-blocked", channel="email").update(**parked)
    return made


@pytest.fixture
def seen(screenshot, no_axe_violations):
    """Look at a page of the admin: scanned, kept wide and narrow, never wider than the screen."""

    def at(page, name):
        page.locator("h1").first.wait_for()
        no_axe_violations(page)
        screenshot(page, name)
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], name
        screenshot(page, f"{name}-narrow")
        page.set_viewport_size(WIDE)

    return at


def work_off():
    """What the workers do meanwhile: the documents and messages that are owed."""
    render.render_due(pdf.make, now=build.NOW)
    notices.send_due(now=build.NOW)


def search(page, live_server, words):
    page.goto(live_server.url + reverse("admin:index"))
    page.get_by_label("Search by anything").fill(words)
    page.get_by_role("search").get_by_role("button", name="Search").click()


def story(page, live_server, account):
    page.goto(live_server.url + reverse("admin:account_page", args=[account.pk]))


def test_support(page, live_server, settings, seen, account, behind):
    settings.STAFF_SECOND_FACTOR = True
    person = build.user("Sunita Pillai", staff=True)
    person.groups.add(Group.objects.get(name="support"))
    give_password(page, live_server, person)
    page.goto(live_server.url + reverse("admin:index"))
    page.get_by_text("Staff sign in with a second factor").wait_for()
    secret = set_up_app(page, live_server)
    page.context.clear_cookies()
    give_password(page, live_server, person)
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/auth/" not in url)
    page.goto(live_server.url + reverse("admin:index"))
    page.get_by_role("heading", name="Today", exact=True).wait_for()
    seen(page, "1-today")

    # finds an account by whatever the caller has at hand
    payment = Payment.objects.get(account=account)
    for words in (payment.number, payment.gateway_payment_id, build.owner(account).email, account.ban):
        search(page, live_server, words)
        expect(
            page.get_by_role("heading", name="Lotus Diagnostics").or_(page.get_by_text(account.ban)).first
        ).to_be_visible()
    story(page, live_server, account)
    for words in ("Payment PAY2627", "Receipt voucher", "Tax invoice", "Base of the credit limit"):
        expect(page.get_by_text(words).first).to_be_visible()
    seen(page, "2-story")

    # a caller who is blocked promises to pay: seen first, then granted
    story(page, live_server, behind)
    page.get_by_role("link", name="Promise or hold").click()
    page.get_by_label("Last day").fill((build.NOW + timedelta(days=3)).date().isoformat())
    page.locator("#id_reason").fill("Pays on Friday, by phone")
    page.get_by_role("button", name="Show", exact=False).first.click()
    page.get_by_text("What a yes changes").wait_for()
    seen(page, "3-promise")
    page.locator("button[name=confirm]").click()
    page.get_by_text("Pays on Friday, by phone").first.wait_for()
    assert Extension.objects.get().reason == "Pays on Friday, by phone"

    # sends again what was parked
    page.goto(live_server.url + reverse("admin:accounts_notice_changelist") + "?state__exact=parked")
    page.locator("input[name=_selected_action]").first.check()
    page.locator("select[name=action]").select_option(label="Send parked messages again")
    page.get_by_role("button", name="Go", exact=True).click()
    page.get_by_text("What happens").wait_for()
    seen(page, "3-sent-again")
    page.locator("#id_reason").fill("The post works again")
    page.get_by_role("button", name="Send parked messages again").click()
    page.locator(".messagelist").wait_for()
    assert not Notice.objects.filter(state="parked").exists()
    notices.send_due(now=build.NOW)
    assert Notice.objects.get(account=behind, name="outbound-blocked", channel="email").state == "sent"

    # answers, and looks at what the customer sees
    row = begun(account, text="Why is it ₹1,180?")
    page.goto(live_server.url + reverse("admin:accounts_conversation_changelist"))
    page.get_by_role("link", name=row.subject).click()
    page.get_by_label("Text").fill("It is the rental with GST.")
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_text("Answered. The customer gets a mail.").wait_for()
    seen(page, "4-answered")
    assert Conversation.objects.get(pk=row.pk).state == "answered"
    story(page, live_server, account)
    page.get_by_role("link", name="See as customer").click()
    page.locator("#id_reason").fill("To read it with them")
    page.get_by_role("button", name="Begin to look").click()
    page.get_by_text("You look as a customer").wait_for()
    seen(page, "5-as-customer")
    page.get_by_role("button", name="Leave", exact=True).click()

    # and has none of the rights of others
    for name in (
        "payments_bankimport_changelist",
        "accounts_auditevent_changelist",
        "credit_policyversion_add",
    ):
        assert page.request.get(live_server.url + reverse(f"admin:{name}")).status == 403, name


def test_finance(desk, live_server, seen, account):
    bill = build.charge(account, 3000)
    page = desk("finance")
    page.goto(live_server.url + reverse("admin:payments_statement_upload"))
    content = transfers(
        (UTR, "1720.00", f"NEFT CR-SBIN0001234-LOTUS DIAGNOSTICS-{account.ban}"),
        ("AXISN52026112299", "500.00"),
    )
    page.get_by_label("Statement").set_input_files(
        {"name": "nov.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Upload and look").click()
    page.get_by_text("What taking it in does").wait_for()
    seen(page, "1-statement")
    page.get_by_role("button", name="Take in 2 lines").click()
    page.get_by_text("2 new lines").wait_for()

    # settles what names its account; the other line stays in suspense until somebody knows
    line = BankLine.objects.get(utr=UTR)
    page.goto(live_server.url + reverse("admin:payments_bankline_change", args=[line.pk]))
    seen(page, "2-line")
    page.get_by_role("link", name="Settle", exact=True).first.click()
    seen(page, "3-settle")
    page.locator("#id_reason").fill("Named in the narration")
    page.get_by_role("button", name="Show", exact=False).first.click()
    page.locator("button[name=confirm]").wait_for()
    seen(page, "4-settle-preview")
    page.locator("button[name=confirm]").click()
    page.get_by_text("Credited").first.wait_for()
    bill.refresh_from_db()
    assert bill.open_amount == 0

    # gives a little back alone, and more with a second person
    paid = build.paid(account, 5000)
    ask(page, live_server, paid, "900")
    page.locator("button[name=confirm]").click()
    page.get_by_text("RFD2627-").first.wait_for()
    seen(page, "5-refund")
    ask(page, live_server, paid, "1,200")
    page.locator("button[name=confirm]").click()
    page.get_by_text("second person").first.wait_for()
    assert Refund.objects.get().amount == 90_000

    # closes the day: three columns, and the month's documents to take along
    page.goto(live_server.url + reverse("admin:payments_reconciliation"))
    seen(page, "6-reconciliation")
    page.goto(live_server.url + reverse("admin:invoices_export_finance"))
    seen(page, "7-exports")
    work_off()
    page.goto(live_server.url + reverse("admin:index"))
    page.get_by_role("button", name="Verify now").click()
    page.locator(".messagelist").wait_for(timeout=60_000)
    seen(page, "8-books")
    expect(page.locator(".messagelist").get_by_text("everything holds")).to_be_visible()
    for name in ("accounts_auditevent_changelist", "credit_policyversion_add"):
        assert page.request.get(live_server.url + reverse(f"admin:{name}")).status == 403, name


def test_a_manager_of_the_staff(desk, live_server, seen, account, behind):
    build.paid(account, 5000)
    payment = Payment.objects.filter(account=account).latest("pk")
    finance = desk("finance")
    ask(finance, live_server, payment, "1,200")
    finance.locator("button[name=confirm]").click()
    finance.get_by_text("second person").first.wait_for()

    # agrees to what another asked for, after seeing the account's future with it
    page = desk("manager")
    page.goto(live_server.url + reverse("admin:index"))
    page.get_by_role("link", name="1 approval", exact=True).click()
    page.wait_for_url("**/approval/**")
    seen(page, "1-queue")
    agree(page, live_server, payment)
    seen(page, "2-approved")
    assert Refund.objects.get().status != Refund.Status.FAILED

    # asks for a limit for some days: nobody decides what they asked for
    story(page, live_server, account)
    page.get_by_role("link", name="Temporary limit", exact=True).click()
    page.locator("#id_amount").fill("2,500")
    page.locator("#id_until_on").fill((build.NOW + timedelta(days=5)).date().isoformat())
    page.locator("#id_reason").fill("A campaign this week")
    seen(page, "3-limit")
    page.get_by_role("button", name="Show what it will do").click()
    page.locator("button[name=confirm]").wait_for()
    seen(page, "4-limit-preview")
    page.locator("button[name=confirm]").click()
    page.locator(".messagelist").wait_for()
    waiting = account.approvals.get(state=Approval.State.WAITING)
    assert waiting.reason == "A campaign this week" and not TemporaryLimit.objects.exists()

    # whom another policy would hit
    page.goto(live_server.url + reverse("admin:credit_policy_publish"))
    seen(page, "5-policy")
    work_off()
    assert not books.look(now=build.NOW).findings


def test_an_auditor(desk, live_server, seen, account, behind):
    page = desk("auditor")
    story(page, live_server, behind)
    seen(page, "1-story")
    assert page.locator(".tools a").count() == 0
    page.get_by_role("link", name="Audit", exact=True).click()
    page.goto(live_server.url + reverse("admin:accounts_auditevent_changelist"))
    page.get_by_role("button", name="Verify the chain").click()
    page.get_by_text("The chain holds").wait_for()
    seen(page, "2-chain")
    for name in (
        "payments_payment",
        "invoices_document",
        "accounts_entry",
        "credit_overduecase",
        "accounts_notice",
    ):
        page.goto(live_server.url + reverse(f"admin:{name}_changelist"))
        assert page.locator("#result_list tbody tr").count() > 0, name
        assert page.get_by_role("link", name="Add", exact=False).count() == 0, name
    seen(page, "3-messages")

    # changes nothing, whatever address it tries
    token = page.context.cookies()
    case = behind.overdue_cases.get()
    for name, args in (
        ("credit_case_extend", [case.pk]),
        ("accounts_account_lines", [behind.pk]),
        ("payments_statement_upload", []),
        ("invoices_document_charge", [behind.pk]),
        ("credit_write_off_ask", [behind.pk]),
    ):
        answer = page.request.get(live_server.url + reverse(f"admin:{name}", args=args))
        assert answer.status == 403, name
    assert token and not Extension.objects.exists()
