"""Two sides of a story: a customer in one browser, and the operator's staff at desks of their own."""

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.urls import reverse

from tests import build
from tests.browser import NARROW, WIDE

SMALL = {"width": 320, "height": 700}


def sign_in(page, live_server, person):
    page.goto(live_server.url + reverse("account_login"))
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "login" not in url)


@pytest.fixture
def desk(browser, live_server, transactional_db):
    """A desk of the staff: desk("finance") is the page of somebody of that group, signed in."""
    cache.clear()
    opened = []

    def sit(group):
        person = build.user(f"{group.title()} person", staff=True)
        person.groups.set([Group.objects.get(name=group)])
        context = browser.new_context(viewport=WIDE, locale="en-IN", timezone_id="Asia/Kolkata")
        context.set_default_timeout(15_000)
        opened.append(context)
        page = context.new_page()
        sign_in(page, live_server, person)
        return page

    yield sit
    for context in opened:
        context.close()


@pytest.fixture
def look(screenshot, no_axe_violations):
    """Look at a page of the customer's: scanned, kept wide and narrow, and never wider than the smallest phone."""

    def at(page, name):
        no_axe_violations(page)
        screenshot(page, name)
        for size in (NARROW, SMALL):
            page.set_viewport_size(size)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{name}: {size}"
            if size == NARROW:
                screenshot(page, f"{name}-narrow")
        page.set_viewport_size(WIDE)

    return at
