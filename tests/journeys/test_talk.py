"""A conversation as lived: the answer comes while the next question is being typed, and nothing typed is lost."""

import re

import pytest
from django.urls import reverse

from accounts.models import Conversation
from tests import build
from tests.accounts.test_support import begun, reply
from tests.browser import NARROW, WIDE
from tests.journeys.test_look import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def staff(transactional_db):
    return build.user("Sunita Pillai", staff=True, superuser=True)


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (NARROW, "dark")])
def test_an_answer_comes_while_somebody_types(
    page, live_server, screenshot, no_axe_violations, staff, size, theme
):
    account = build.account()
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    sign_in(page, live_server, build.owner(account))
    page.goto(live_server.url + reverse("support-new", args=[account.ban]))
    page.get_by_label("Subject").fill("Calls drop")
    page.get_by_text("Numbers and calls", exact=True).click()
    page.get_by_label("Your message").fill("Since Monday, from landlines.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("With us").wait_for()
    page.get_by_label("Your message").fill("Half a sentence")

    conversation = Conversation.objects.get()
    reply(conversation, staff, "We are on it.")

    page.get_by_text("We are on it.").wait_for()
    page.get_by_text("Answered", exact=True).wait_for()
    assert page.get_by_label("Your message").input_value() == "Half a sentence"
    reply(conversation, staff, "It is mended.")
    page.get_by_text("It is mended.").wait_for()
    assert page.locator("#thread > li").count() == 3 and page.locator("#news").count() == 1
    no_axe_violations(page)
    screenshot(page, f"talk-{theme}")
    page.get_by_role("button", name="All settled: close").click()
    page.get_by_text("This conversation is closed").wait_for()


def test_it_works_without_script(browser, live_server, staff):
    account = build.account()
    made = begun(account)
    context = browser.new_context(java_script_enabled=False, viewport=NARROW)
    page = context.new_page()
    sign_in(page, live_server, build.owner(account))
    page.goto(live_server.url + reverse("conversation", args=[account.ban, made.pk]))
    page.get_by_label("Your message").fill("And one more thing.")
    page.get_by_role("button", name="Send").click()
    assert page.get_by_text("And one more thing.").is_visible()

    reply(made, staff, "Like this.")
    page.get_by_role("link", name="look again").click()

    assert page.get_by_text("Like this.").is_visible()
    context.close()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_staff_answer_on_a_page_that_fits(page, live_server, screenshot, staff, size):
    account = build.account()
    made = begun(account, text="x" * 300 + "\nWhy?")
    page.set_viewport_size(size)
    page.goto(live_server.url + reverse("account_login"))
    page.get_by_label("Email").fill(staff.email)
    page.get_by_label("Password").fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "login" not in url)
    page.goto(live_server.url + reverse("admin:accounts_conversation_change", args=[made.pk]))

    page.get_by_label("Text").fill("Calls back at five")
    page.get_by_role("button", name="Keep as a note").click()
    page.get_by_text("Note, staff only").wait_for()
    page.get_by_label("Text").fill("Because of this.")
    page.get_by_role("button", name="Send the answer").click()

    page.get_by_text(re.compile("not read yet")).wait_for()
    screenshot(page, "staff-talk")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
