"""The staff side in a real browser: wide and narrow, light and dark, scanned by axe, kept as pictures."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import ledger, stops
from accounts.ledger import Book
from accounts.models import Notice
from credit import write_offs
from payments import parked
from tests import build, fakes, ladder
from tests.browser import NARROW, WIDE
from tests.invoices import worked_month
from tests.journeys.test_look import LONG

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(settings):
    """A staff person, an account with a long story and a hostile name, and one whose write-off waits."""
    settings.GATEWAY = "tests.fakes.FakeGateway"
    fakes.FakeGateway.world = fakes.World()
    account = build.account(name=LONG[:120])
    build.subscribed(account, now=build.NOW - timedelta(days=9))
    for back in range(8):
        build.paid(account, 1500 + 400 * back, now=build.NOW - timedelta(days=back))
    build.used(account, 120, key="s")
    build.charge(account, 40_000)
    odd = build.payment(account, 300)
    parked.park(parked.Kind.AMOUNT, build.report(odd, amount=1), payment=odd, now=build.NOW)
    stops.stop(
        account.pk, "outbound_blocked", actor=build.user("Meera", staff=True), reason="Fraud", now=build.NOW
    )
    behind = build.account(name="Behind")
    ladder.bill(behind, due=-16)
    ladder.sweep([-16, -9, -1])
    Notice.objects.filter(account=behind).update(
        state="parked", error="550 no such mailbox", next_attempt_at=None
    )
    row = write_offs.ask(
        behind.pk, [one.pk for one in behind.documents.overdue(build.NOW.date())], token=uuid.uuid4(),
        reason="Insolvent", by=build.user("Asker", staff=True), now=build.NOW,
    )  # fmt: skip
    odd = build.account()  # of whom the returns have something to say
    worked_month.issued(odd, ("100", "997331"), now=build.NOW)
    ledger.post("by-hand:1", build.account(), {Book.IGST: 700, Book.ROUNDING: -700}, now=build.NOW)
    return build.user("Nikhil Rao", staff=True, superuser=True), account, behind, row


def sign_in(page, live_server, person):
    page.goto(live_server.url + reverse("account_login"))
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "login" not in url)


def look_at(page, name, screenshot, no_axe_violations):
    screenshot(page, name)
    no_axe_violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], name


def is_dark(page) -> bool:
    """Whether the page's ground is dark."""
    red, green, blue = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)"
    )
    return red + green + blue < 3 * 64


def test_dark_comes_by_itself_and_by_choice(scene, page, live_server):
    person, account, _behind, _row = scene
    sign_in(page, live_server, person)
    page.goto(live_server.url + reverse("admin:account_page", args=[account.pk]))
    for system in ("light", "dark"):
        page.emulate_media(color_scheme=system)
        for choice, expected in (("auto", system), ("light", "light"), ("dark", "dark")):
            page.evaluate("choice => localStorage.setItem('theme', choice)", choice)
            page.reload()
            assert is_dark(page) is (expected == "dark"), f"{choice} on a {system} system"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_staff_page(scene, page, live_server, screenshot, no_axe_violations, viewport, theme):
    person, account, behind, row = scene
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    sign_in(page, live_server, person)
    for name, address in {
        "today": reverse("admin:index"),
        "story": reverse("admin:account_page", args=[account.pk]),
        "behind": reverse("admin:account_page", args=[behind.pk]),
        "calls": reverse("admin:account_page", args=[account.pk]) + "?kind=calls&kind=people",
        "accounts": reverse("admin:accounts_account_changelist"),
        "approval": reverse("admin:accounts_approval_change", args=[row.pk]),
        "approve": reverse("admin:accounts_approval_approve", args=[row.pk]),
        "see": reverse("admin:see_begin", args=[account.pk]),
        "returns": reverse("admin:invoices_export_returns") + "?month=2026-11",
    }.items():
        page.goto(live_server.url + address)
        look_at(page, f"staff-{name}", screenshot, no_axe_violations)

    page.get_by_label("Search by anything").fill("behind")
    page.get_by_role("search").get_by_role("button", name="Search").click()
    page.get_by_role("heading", name="Accounts").wait_for()
    look_at(page, "staff-search", screenshot, no_axe_violations)


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_staff_look_as_a_customer_and_leave(
    scene, page, live_server, screenshot, no_axe_violations, viewport
):
    person, _account, behind, _row = scene
    page.set_viewport_size(viewport)
    sign_in(page, live_server, person)
    page.goto(live_server.url + reverse("admin:account_page", args=[behind.pk]))
    page.get_by_role("link", name="See as customer").click()
    page.locator("#id_reason").fill("The customer calls")
    page.get_by_role("button", name="Begin to look").click()

    page.get_by_text("You look as a customer").wait_for()
    look_at(page, "staff-looking", screenshot, no_axe_violations)
    page.goto(live_server.url + reverse("profile"))
    page.get_by_role("heading", name="You only look here").wait_for()
    look_at(page, "staff-only-looking", screenshot, no_axe_violations)
    page.get_by_role("button", name="Leave", exact=True).click()

    page.get_by_role("heading", name="Behind").wait_for()
    assert page.url.endswith(reverse("admin:account_page", args=[behind.pk]))
