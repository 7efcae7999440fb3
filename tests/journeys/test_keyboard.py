"""Signing in, paying and reading a document by keyboard alone: no mouse, nothing focused by script."""

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from payments.models import Payment
from tests import build
from tests.outside import outside, sandbox_process

__all__ = ["outside", "sandbox_process"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
]
FOCUSED = """() => {
    const one = document.activeElement;
    if (!one.matches('a, button, input, select, summary')) return '';  // the page, or a table that scrolls
    const labels = [...(one.labels || [])].map(label => label.innerText);
    return [one.innerText, one.value, one.getAttribute('aria-label'), ...labels].filter(Boolean).join(' ');
}"""
MOST = 80  # presses of Tab to anything on a page


@pytest.fixture
def account(transactional_db):
    cache.clear()
    made = build.account(name="Lotus Diagnostics")
    build.charge(made, 500)
    return made


def tab_to(page, words, key="Tab"):
    """Press Tab until what has the focus says the words, in its text, label or value; it must be seen to have it."""
    for _ in range(MOST):
        page.keyboard.press(key)
        said = page.evaluate(FOCUSED)
        if words in said:
            assert page.evaluate("document.activeElement.matches(':focus-visible')"), words
            return
    raise AssertionError(f"the keyboard never comes to {words}")


def test_pay_and_read_without_a_mouse(page, live_server, outside, account, no_axe_violations):
    page.goto(live_server.url + reverse("account_login"))
    tab_to(page, "Email")
    page.keyboard.type(build.owner(account).email)
    tab_to(page, "Password")
    page.keyboard.type(build.PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Overview").wait_for()

    tab_to(page, "Skip to the content")
    tab_to(page, "Payments")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Payments").wait_for()
    tab_to(page, "Due and top-up")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("radio", name="Due now")).to_be_checked()
    page.get_by_role("button", name="Pay ₹590.00").wait_for()
    tab_to(page, "Own amount in rupees")
    expect(page.get_by_role("radio", name="Due now")).to_be_checked()  # passing through chooses nothing
    tab_to(page, "Pay")
    page.keyboard.press("Enter")
    page.wait_for_url("**/v1/checkout/**")
    assert Payment.objects.get().amount == 59_000

    page.goto(live_server.url + reverse("documents", args=[account.ban]))
    number = account.documents.get().number
    tab_to(page, number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=number)).to_be_visible()
    tab_to(page, "owner person")
    page.keyboard.press("Enter")
    no_axe_violations(page)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
