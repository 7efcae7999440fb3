"""What holds for every page: no inline script or style, and the pages for when things go wrong."""

import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

from billing_portal.views import csrf_failure
from tests import build

TEMPLATES = [
    p
    for p in Path(settings.BASE_DIR, "templates").rglob("*.html")
    if "notices" not in p.parts and "documents" not in p.parts
]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_inline_script_or_style(path):
    source = path.read_text()

    assert not re.search(r"<style|\sstyle=|\son\w+=|hx-on|javascript:", source)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source))


def test_the_page_for_our_mistakes_needs_nothing():
    page = render_to_string("500.html")

    assert "That was our mistake" in page
    assert settings.SUPPORT_EMAIL in page


@pytest.mark.django_db
def test_an_unknown_address_has_a_page():
    response = Client().get("/nowhere/")

    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


@pytest.mark.django_db
def test_a_form_that_was_open_too_long_says_that_nothing_happened():
    response = csrf_failure(RequestFactory().post("/"))

    assert response.status_code == 403
    assert "nothing was changed or charged" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["account_login", "account_reset_password", "account_signup", "account_reset_password_done"]
)
def test_the_entrance_looks_like_the_product(name):
    page = Client().get(reverse(name)).content.decode()

    assert "portal/portal.css" in page
    assert settings.OPERATOR_NAME in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "profile",
        "account_change_password",
        "account_email",
        "mfa_index",
        "usersessions_list",
        "account_logout",
    ],
)
def test_pages_of_a_person_stand_in_the_frame(name, client, account):
    page = client.get(reverse(name)).content.decode()

    assert 'class="side"' in page
    assert account.ban in page


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["overview", "payments", "documents"])
def test_a_page_is_light(name, client, account):
    """At most 8 requests and 60 kB, styles and scripts counted as production sends them."""
    for _ in range(6):
        build.charge(account, 1000)
        build.paid(account, 500)

    page = client.get(reverse(name, kwargs={"ban": account.ban})).content

    linked = set(re.findall(r'(?:src|href)="/static/([^"]+)"', page.decode()))
    assert len(linked) <= 7
    assert len(page) + sum(sent(name) for name in linked) < 60_000


def sent(name):
    return len(brotli.compress(Path(finders.find(name)).read_bytes()))
