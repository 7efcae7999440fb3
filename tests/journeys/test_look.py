"""Every page in a real browser: wide and narrow, light and dark, scanned by axe, kept as a picture."""

import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts import invitations, own_keys, secret_links, support
from accounts.models import Account, Member
from accounts.support import Said
from invoices import billing_run, exports
from payments import (
    disputes,
    mandate_follow,
    parked,
    recharge,
)
from payments.gateways import State
from payments.gateways.mandates import TokenState
from tests import build, fakes, ladder
from tests.accounts.test_support import reply
from tests.browser import NARROW, WIDE
from tests.fake_disputes import Disputed
from tests.payments import mandates

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = (
    "Śrī Veṅkaṭeśvara <b>Diagnostics</b> & Sample Collection Centres of Western Maharashtra Private Limited"
)

STICKS_OUT = """() => [...document.querySelectorAll("main .card dl, main .card li, main .card p")]
    .filter(one => one.offsetParent && one.scrollWidth > one.clientWidth + 1 && !one.closest(".hush"))
    .map(one => one.textContent.trim().slice(0, 60))"""


CUT_OFF = """() => [...document.querySelectorAll("#content-main .module")]
    .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent.trim().slice(0, 60))"""


@pytest.fixture
def scene(settings):
    """An account with a payment in every state, a hostile name, a new account, and one without rights."""
    settings.GATEWAY = "tests.fakes.FakeGateway"
    fakes.FakeGateway.world = fakes.World()
    account = build.account(name=LONG[:120])
    person = build.owner(account)
    # a limit that keeps its pages open: a locked account is looked at beside it
    build.limit(account, 50_000, days=80, now=build.NOW - timedelta(days=40))
    build.subscribed(account, now=build.NOW - timedelta(days=40))
    build.plan("large", rental=900_000)
    account.add_ons.create(
        description="Further virtual number", price=15_000, quantity=2, starts_on=build.NOW.date()
    )
    build.used(account, 1250, now=build.NOW - timedelta(days=30), key="a")
    billing_run.bill_chunk([account.pk], now=build.NOW - timedelta(days=9))
    for feature, units in (("click_to_call", 1700), ("incoming", 320), ("sms", 60)):
        build.used(account, units, feature=feature, key="b")
    build.charge(account, 1000)
    received = build.paid(account, 5000)
    disputes.apply(received.pk, Disputed().begin(received, amount=200_000), now=build.NOW)
    build.charge(account, 5000)
    build.paid(account, 2000)
    failed, checked, waiting = (build.payment(account, 300) for _ in range(3))
    recharge.note(failed.pk, build.report(failed, state=State.FAILED, reason="incorrect_otp"))
    parked.park(parked.Kind.AMOUNT, build.report(checked, amount=1), payment=checked, now=build.NOW)
    new = build.account(owner=person, name="लोटस डायग्नोस्टिक्स – नई शाखा")
    stopped, behind = (build.account(owner=person, name=name) for name in ("Stopped for a debt", "Behind"))
    unfinished = build.account(owner=person, name="Not finished")
    for other in (stopped, behind, unfinished):  # the gateway takes one address for one customer
        other.contacts.create(name="Accounts", email=f"{other.ban.lower()}@example.in")
    ladder.bill(stopped, due=-31)
    ladder.bill(behind, due=-8)
    ladder.sweep([-31, -24, -16, -8, -1])
    mandates.active(account, "card", instrument="<b>Visa</b> ···· 1007", card_month=date(2031, 5, 31))
    at_bank = mandates.begun(behind, "emandate")
    fakes.FakeGateway.world.mandated.approves(at_bank, TokenState.INITIATED, instrument="HDFC ···· 5678")
    mandate_follow.follow(at_bank.pk, now=build.NOW)
    fakes.FakeGateway.world.mandated.fails(mandates.begun(stopped), "insufficient_funds")
    mandate_follow.sweep(now=build.NOW + timedelta(minutes=5))
    mandates.begun(unfinished)
    closed = build.account(name="Without rights")
    build.member(closed, Member.Role.AGENT, person=person)
    _talk(account)
    invoice = account.documents.bills().newest_first()[0]
    export = exports.ask(
        "documents-zip", token=uuid.uuid4(), account=account, user=person, parameters={}, now=build.NOW
    )
    for email in ("accounts@lotus.example", f"{'a' * 50}@{'long-' * 9}name.example.in"):
        row = invitations.invite(account.pk, email, "billing", actor=person, now=build.NOW)
    link = secret_links.token(account.notices.get(event=f"invitation:{row.pk}:1").context[secret_links.KEY])
    for role in ("admin", "billing", "manager", "agent"):
        build.member(account, role, person=build.user(f"{role.title()} {LONG[:60]}"))
    for category in ("accounts", "technical", "technical"):
        account.contacts.create(
            name=LONG[:120], email="d@example.in", phone="+919800000042", category=category
        )
    for name, scopes in ((LONG[:60], ["read", "pay"]), ("Books", ["read"]), ("Old shop", ["pay"])):
        words = {"token": uuid.uuid4(), "actor": person, "now": build.NOW}
        key = own_keys.make(account.pk, name, scopes, **words).key
    own_keys.revoke(account.pk, key.pk, actor=person, now=build.NOW)
    Account.objects.filter(pk=account.pk).update(gstin_verified_at=build.NOW)
    named = {
        "invitation": reverse("join", kwargs={"token": link}),
        "stopped": stopped,
        "behind": behind,
        "new": new,
        "closed": closed,
        "unfinished": unfinished,
    }
    return person, _addresses(account, named, invoice, export, received, failed, checked, waiting)


def _talk(account):
    staff = build.user("Sunita Pillai", staff=True)
    number = account.documents.bills().newest_first()[0].number
    for subject in ("Is <b>this</b> right?", LONG):
        said = Said("x" * 300 + "\nनमस्ते\n\nWhy?", uuid.uuid4(), number)
        made = support.begin(
            account.pk, subject[:120], "billing", said, by=build.owner(account), now=build.NOW
        )
        reply(made, staff, "Because of the <i>rental</i>.\n\nIt is billed in advance.")
    support.close(made.pk)


def _addresses(account: Account, named, invoice, export, received, failed, checked, waiting):
    new, closed, stopped = named["new"], named["closed"], named["stopped"]

    def page(name, of=account, **keys):
        return reverse(name, kwargs={"ban": of.ban, **keys})

    return {
        "overview": page("overview"),
        "overview-new": page("overview", new),
        "payments": page("payments"),
        "payments-bank": page("payments-bank"),
        "auto-pay": page("auto-pay"),
        "auto-pay-new": page("auto-pay", new),
        "auto-pay-form": page("auto-pay", new) + "?method=emandate",
        "auto-pay-at-bank": page("auto-pay", named["behind"]),
        "auto-pay-tried": page("auto-pay", stopped),
        "auto-pay-unfinished": page("auto-pay", named["unfinished"]),
        "payments-new": page("payments", new),
        "payments-left": page("payments") + f"?cancelled={waiting.number}",
        "received": page("payment-result", number=received.number),
        "failed": page("payment-result", number=failed.number),
        "parked": page("payment-result", number=checked.number),
        "confirming": page("payment-result", number=waiting.number),
        "payment": page("payment", number=received.number),
        "documents": page("documents"),
        "documents-new": page("documents", new),
        "documents-none": page("documents") + "?q=nothing-like-this",
        "document": page("document", slug=invoice.slug),
        "document-bill": page("document", slug=account.documents.get(cause__startswith="cycle:").slug),
        "document-voucher": page("document", slug=account.documents.filter(kind="receipt_voucher")[0].slug),
        "usage": page("usage"),
        "usage-new": page("usage", new),
        "alerts": page("alerts"),
        "alerts-new": page("alerts", new),
        "preferences": page("preferences"),
        "preferences-account": page("preferences-account"),
        "preferences-new": page("preferences-account", new),
        "preferences-agent": page("preferences", closed),
        "api-keys": page("api-keys"),
        "api-keys-new": page("api-keys", new),
        "api-docs": reverse("api-docs"),
        "team": page("team"),
        "team-new": page("team", new),
        "invitation-other": named["invitation"],
        "invitation-unknown": reverse("join", kwargs={"token": "unknown"}),
        "statement": page("statement"),
        "statement-year": page("statement") + "?first=2026-04-01&last=2027-03-31",
        "statement-wrong": page("statement") + "?first=2026-04-01&last=2025-03-31",
        "plan": page("plan"),
        "plan-new": page("plan", new),
        "upgrade": page("plan-upgrade", code="large"),
        "support": page("support"),
        "support-none": page("support", new),
        "support-new": page("support-new") + f"?about={invoice.number}",
        "conversation": page("conversation", conversation_id=account.conversations.order_by("pk")[0].pk),
        "messages": page("messages"),
        "messages-none": page("messages", new) + "?kind=auto-pay&channel=sms",
        "message": page("message", notice_id=account.notices.filter(name="invoice-issued")[0].pk),
        "files": page("exports"),
        "file": page("export", token=export.token),
        "preparing": page("document-pdf", slug=invoice.slug),
        "locked": page("overview", stopped),
        "locked-payments": page("payments", stopped),
        "overdue": page("overview", named["behind"]),
        "what-if": page("what-if", named["behind"]) + "?amount=59&on=2026-12-03",
        "what-if-new": page("what-if", new),
        "refused": page("overview", closed),
        "absent": "/BA-999999/",
        "profile": reverse("profile"),
        "password": reverse("account_change_password"),
        "email": reverse("account_email"),
        "two-factor": reverse("mfa_index"),
        "authenticator-app": reverse("mfa_activate_totp"),
        "passkey-add": reverse("mfa_add_webauthn"),
        "passkeys": reverse("mfa_list_webauthn"),
        "sessions": reverse("usersessions_list"),
        "sign-out": reverse("account_logout"),
    }


def sign_in(page, live_server, person):
    page.goto(live_server.url + reverse("account_login"))
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/BA-*/")


def look_at(page, name, screenshot, no_axe_violations):
    """Look at a page with all of it unfolded, but the menus: those lie over it, one at a time."""
    page.evaluate("document.querySelectorAll('details:not(.menu)').forEach(one => one.open = true)")
    no_axe_violations(page)
    screenshot(page, name)
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than the screen"
    outside = page.evaluate(STICKS_OUT)
    assert not outside, f"{name}: {outside} stick out of their card"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page(scene, page, live_server, screenshot, no_axe_violations, viewport, theme):
    person, addresses = scene
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    for name in ("account_login", "account_reset_password"):
        page.goto(live_server.url + reverse(name))
        look_at(page, name, screenshot, no_axe_violations)

    sign_in(page, live_server, person)
    for name, address in addresses.items():
        page.goto(live_server.url + address)
        is_shut = page.locator("main [aria-labelledby=locked]").count() > 0
        assert is_shut == (name == "locked"), f"{name} is not the page that it should be"
        look_at(page, name, screenshot, no_axe_violations)


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_staff_page_of_a_limit_fits(scene, page, live_server, screenshot, viewport):
    person, _addresses = scene
    account = person.memberships.order_by("pk")[0].account
    page.set_viewport_size(viewport)
    page.goto(live_server.url + reverse("account_login"))
    page.get_by_label("Email").fill(build.user(staff=True, superuser=True).email)
    page.get_by_label("Password").fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "login" not in url)

    page.goto(live_server.url + reverse("admin:credit_account_limit", args=[account.pk]))

    page.get_by_text("Steps, newest first").wait_for()
    screenshot(page, "staff-limit")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert not page.evaluate(CUT_OFF)


def test_the_preview_follows_the_typing_and_the_button_carries_the_amount(scene, page, live_server):
    person, addresses = scene
    sign_in(page, live_server, person)
    page.goto(live_server.url + addresses["payments"])

    page.get_by_label("Own amount in rupees").press_sequentially("1,234.50")

    page.get_by_role("button", name="Pay ₹1,234.50").wait_for()
    assert page.get_by_role("radio", name="Own amount").is_checked()
    page.get_by_label("Own amount in rupees").fill("much")
    page.get_by_text("Enter an amount in rupees").wait_for()


def test_the_theme_is_chosen_and_stays(scene, page, live_server):
    person, _addresses = scene
    sign_in(page, live_server, person)

    page.locator("summary", has_text="your menu").click()
    page.get_by_role("radio", name="Dark").check()
    page.reload()

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_menus_work_by_keyboard(scene, page, live_server):
    person, _addresses = scene
    sign_in(page, live_server, person)

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    menu = page.locator("details.who")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    assert menu.evaluate("menu => menu.open")
    page.keyboard.press("Escape")

    assert not menu.evaluate("menu => menu.open")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_without_script_everything_is_there(scene, browser, live_server):
    person, addresses = scene
    context = browser.new_context(java_script_enabled=False, viewport=NARROW)
    page = context.new_page()
    sign_in(page, live_server, person)
    page.goto(live_server.url + addresses["payments"])

    assert page.get_by_text("You pay", exact=True).is_visible()
    page.locator("details.who summary").click()
    assert page.get_by_role("link", name="नई शाखा").is_visible()
    context.close()


def test_many_accounts_are_narrowed_while_one_types(page, live_server):
    person = build.user()
    for place in ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]:
        build.account(owner=person, name=f"Branch {place}")
    sign_in(page, live_server, person)

    page.locator("details.who summary").click()
    page.get_by_role("searchbox").press_sequentially("branch seven")

    places = page.locator(".who .place:visible")
    assert places.count() == 1 and "Branch seven" in places.inner_text()
    page.get_by_role("searchbox").fill("nothing like it")
    page.get_by_text("No account of yours holds that.").wait_for()
    page.get_by_role("searchbox").fill("branch")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/profile/?q=branch#accounts")


def test_an_invitation_from_its_mail_to_the_account(scene, page, live_server):
    _person, addresses = scene
    page.goto(live_server.url + addresses["invitation-other"])

    page.get_by_label("Your name").fill("Neha Nair")
    page.get_by_label("Choose a password").fill("seven-green-parrots")
    page.get_by_role("button", name="Make my login and join").click()

    page.wait_for_url("**/BA-*/")
    page.get_by_text("Welcome: you are Billing of").wait_for()
