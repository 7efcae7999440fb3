"""A key for a program, made and revoked in a browser without JavaScript, by an impatient person."""

import pytest
from django.urls import reverse

from accounts import api_keys
from accounts.models import ApiKey
from tests import build
from tests.browser import NARROW, WIDE
from tests.journeys.desks import SMALL
from tests.journeys.test_look import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_key_is_made_and_revoked_without_script(browser, live_server, viewport, screenshot):
    account = build.account()
    context = browser.new_context(java_script_enabled=False, viewport=viewport)
    page = context.new_page()
    sign_in(page, live_server, build.owner(account))
    page.goto(live_server.url + reverse("api-keys", kwargs={"ban": account.ban}))

    page.get_by_label("Name").fill("Accounting software")
    page.get_by_role("checkbox", name="Start payments").check()
    page.get_by_role("button", name="Make the key").dblclick()

    page.get_by_text("It is shown this once").wait_for()
    token = page.locator("#token").inner_text()
    assert api_keys.verify(token, now=build.NOW).scopes == ["pay", "read"]
    assert ApiKey.objects.count() == 1 and token not in page.url
    screenshot(page, f"api-key-made-{viewport['width']}")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.get_by_role("link", name="I have kept it").click()
    assert page.get_by_text("Accounting software").count() and token not in page.content()
    page.locator("summary", has_text="Revoke").click()
    page.get_by_role("button", name="Revoke Accounting software").click()
    page.get_by_text("is revoked: its next request is refused").wait_for()
    assert api_keys.verify(token, now=build.NOW) is None
    context.close()


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_answer_and_the_reference_can_be_read_by_everybody(
    page, live_server, no_axe_violations, viewport, screenshot
):
    page.set_viewport_size(viewport)
    account = build.account()
    sign_in(page, live_server, build.owner(account))
    page.goto(live_server.url + reverse("api-keys", kwargs={"ban": account.ban}))
    page.get_by_label("Name").fill("W" * 60)
    page.get_by_role("button", name="Make the key").click()

    page.locator("#token").wait_for()
    no_axe_violations(page)
    page.locator("#token").click()  # marks all of it
    marked = page.evaluate("getSelection().toString()")
    assert marked.strip() == page.locator("#token").inner_text()
    page.get_by_role("link", name="I have kept it").click()
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    no_axe_violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.goto(live_server.url + reverse("api-docs"))
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    no_axe_violations(page)
    screenshot(page, f"api-docs-open-{viewport['width']}")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.set_viewport_size(SMALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
