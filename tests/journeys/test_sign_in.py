"""Signing in as people do: an app's code, a recovery code, a passkey, a device signed out from another."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.urls import reverse

from accounts.models import AuditEvent, Notice
from tests import build
from tests.browser import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FINGER = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def person():
    return build.owner(build.account())


def give_password(page, live_server, person):
    page.goto(live_server.url + reverse("account_login"))
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm(page):
    """Show that it is us, where a page asks."""
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(build.PASSWORD)
        page.get_by_role("button", name="Confirm").click()


def sign_out(page):
    page.context.clear_cookies()


def code(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def set_up_app(page, live_server):
    page.goto(live_server.url + reverse("mfa_index"))
    page.get_by_role("link", name="Set up an app").click()
    confirm(page)
    secret = page.get_by_label("No camera?").input_value()
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    return secret


def test_with_an_app_and_with_a_recovery_code(person, page, live_server, screenshot, no_axe_violations):
    give_password(page, live_server, person)
    page.wait_for_url("**/BA-*/")
    secret = set_up_app(page, live_server)
    codes = page.locator(".codes li").all_inner_texts()
    assert len(set(codes)) == 10
    look(page, "codes", screenshot, no_axe_violations)
    page.goto(live_server.url + reverse("mfa_index"))
    look(page, "factors", screenshot, no_axe_violations)

    sign_out(page)
    give_password(page, live_server, person)
    page.get_by_role("heading", name="And now the second factor").wait_for()
    look(page, "second", screenshot, no_axe_violations)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("Incorrect code").wait_for()
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/BA-*/")

    sign_out(page)
    give_password(page, live_server, person)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/BA-*/")
    sign_out(page)
    give_password(page, live_server, person)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("Incorrect code").wait_for()


def test_with_a_passkey_alone(person, page, live_server, screenshot, no_axe_violations):
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": FINGER})
    give_password(page, live_server, person)
    page.wait_for_url("**/BA-*/")
    page.goto(live_server.url + reverse("mfa_add_webauthn"))
    confirm(page)
    look(page, "add", screenshot, no_axe_violations)
    page.get_by_label("Its name, for you").fill("My telephone")
    page.get_by_label("Sign in with it alone").check()
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    page.goto(live_server.url + reverse("mfa_list_webauthn"))
    assert page.get_by_text("My telephone").first.is_visible()
    look(page, "list", screenshot, no_axe_violations)

    sign_out(page)
    page.goto(live_server.url + reverse("account_login"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/BA-*/")

    sign_out(page)
    give_password(page, live_server, person)
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url("**/BA-*/")


def test_without_a_passkey_the_page_says_so(page, live_server):
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator", {"options": FINGER | {"automaticPresenceSimulation": False}}
    )
    page.goto(live_server.url.replace("localhost", "127.0.0.1") + reverse("account_login"))

    page.get_by_role("button", name="Sign in with a passkey").click()

    page.get_by_text("Passkeys do not work at this address").wait_for()


def test_one_device_signs_another_out(person, page, browser, live_server, screenshot, no_axe_violations):
    other = browser.new_context(
        user_agent="Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
    )
    there = other.new_page()
    for one in (there, page):
        give_password(one, live_server, person)
        one.wait_for_url("**/BA-*/")

    page.goto(live_server.url + reverse("usersessions_list"))
    look(page, "sessions", screenshot, no_axe_violations)
    page.get_by_role("button", name="Sign out Firefox on Windows").click()
    page.get_by_text("Firefox on Windows is signed out").wait_for()

    there.reload()
    assert "/auth/login/" in there.url
    assert page.get_by_text("You are signed in on this device only").is_visible()
    assert Notice.objects.filter(name="new-device", recipient=person.email).count() == 2
    other.close()


def test_staff_set_up_a_factor_before_the_admin_opens(
    settings, page, live_server, screenshot, no_axe_violations
):
    settings.STAFF_SECOND_FACTOR = True
    person = build.user("Staff", staff=True, superuser=True)
    page.goto(live_server.url + reverse("admin:accounts_auditevent_changelist"))
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("Staff need one of the first two").wait_for()
    look(page, "staff", screenshot, no_axe_violations)
    set_up_app(page, live_server)

    page.goto(live_server.url + reverse("admin:accounts_auditevent_changelist"))
    page.get_by_role("button", name="Verify the chain").wait_for()
    screenshot(page, "events")
    page.get_by_role("button", name="Verify the chain").click()
    page.get_by_text("The chain holds").wait_for()
    screenshot(page, "verified")
    made = AuditEvent.objects.get(action="sign_in.totp-on")
    page.goto(live_server.url + reverse("admin:accounts_auditevent_change", args=[made.pk]))
    screenshot(page, "event")


def look(page, name, screenshot, no_axe_violations):
    """Scan the page and keep pictures: wide and on a phone."""
    no_axe_violations(page)
    screenshot(page, name)
    size = page.viewport_size
    page.set_viewport_size(NARROW)
    screenshot(page, f"{name}-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.set_viewport_size(size)
