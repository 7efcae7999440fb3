"""The plan page: preview, one upgrade however often it is clicked, a change that waits and is taken back."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Member
from invoices.models import Document
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(db):
    made = build.account()
    build.subscribed(made, build.plan("small", rental=30_000), now=NOW - timedelta(days=20))
    build.plan("large", rental=90_000)
    build.plan("tiny", rental=9_000)
    return made


def url(account, name="plan", **keys):
    return reverse(name, kwargs={"ban": account.ban, **keys})


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_an_upgrade_is_previewed_and_done_once(account, client):
    shown = text(client.get(url(account, "plan-upgrade", code="large")))
    assert "Upgrade now for ₹236.00" in shown
    assert Document.objects.count() == 1

    token = {"token": uuid.uuid4()}
    answers = [
        client.post(url(account, "plan-upgrade-now", code="large"), token, follow=True) for _ in range(2)
    ]

    assert Document.objects.filter(cause__startswith="upgrade:").count() == 1
    assert "VI/2627/000002" in text(answers[1])


def test_a_change_waits_and_is_taken_back(account, client):
    page = text(client.post(url(account, "plan-switch", code="tiny"), follow=True))
    assert "Tiny begins on 4 Dec 2026" in page and "Keep Small" in page

    page = text(client.post(url(account, "plan-keep"), follow=True))

    assert "You keep your plan." in page
    account.subscription.refresh_from_db()
    assert account.subscription.next_plan is None


def test_what_is_not_possible_is_said(account, client):
    page = text(client.get(url(account, "plan-upgrade", code="tiny"), follow=True))

    assert "Nothing was changed. Tiny is not larger" in page


def test_without_the_right_one_sees_prices_and_whom_to_ask(account, browse):
    manager = build.member(account, Member.Role.MANAGER).user

    assert browse(manager).get(url(account)).status_code == 403


def test_the_page_costs_a_constant_number_of_queries(account, client, django_assert_max_num_queries):
    for number in range(5):
        build.plan(f"p{number}", rental=number)

    with django_assert_max_num_queries(16):
        client.get(url(account))
