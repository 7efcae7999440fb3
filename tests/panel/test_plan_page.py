"""The plan page: preview, one upgrade however often it is clicked, a change that waits and is taken back."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Member
from invoices.models import Document, Plan, Subscription
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

    token = {"token": uuid.uuid4(), "shown": 23_600}
    answers = [
        client.post(url(account, "plan-upgrade-now", code="large"), token, follow=True) for _ in range(2)
    ]

    assert Document.objects.filter(cause__startswith="upgrade:").count() == 1
    assert "VI/2627/000002" in text(answers[1])


def shown_form(page):
    """What the upgrade's form carries: the token, and the amount in paise that is on the button."""
    return {name: re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("token", "shown")}


def test_a_call_between_page_and_click_asks_again_with_the_new_amount(account, client):
    form = shown_form(client.get(url(account, "plan-upgrade", code="large")).content.decode())
    assert form["shown"] == "23600"
    build.used(account, 700, now=NOW - timedelta(days=3))  # 33 minutes above the free ones of 20 days

    answer = client.post(url(account, "plan-upgrade-now", code="large"), form)

    assert answer.status_code == 422
    assert "The amount has changed" in text(answer) and "Upgrade now for ₹259.36" in text(answer)
    assert (Document.objects.count(), account.cycles.count()) == (1, 1)
    again = shown_form(answer.content.decode())
    assert client.post(url(account, "plan-upgrade-now", code="large"), again).status_code == 302
    assert Document.objects.get(cause__startswith="upgrade:").total == 25_936


def test_midnight_between_page_and_click_asks_again(account, client, monkeypatch):
    form = shown_form(client.get(url(account, "plan-upgrade", code="large")).content.decode())
    monkeypatch.setattr("billing_portal.clock.now", lambda: NOW + timedelta(days=1))

    answer = client.post(url(account, "plan-upgrade-now", code="large"), form)

    assert answer.status_code == 422
    assert "Upgrade now for ₹212.40" in text(answer)
    assert Document.objects.count() == 1


def test_a_form_that_was_used_is_not_used_for_another_plan(account, client):
    build.plan("huge", rental=190_000)
    form = shown_form(client.get(url(account, "plan-upgrade", code="large")).content.decode())
    client.post(url(account, "plan-upgrade-now", code="large"), form)

    page = text(client.post(url(account, "plan-upgrade-now", code="huge"), form, follow=True))

    assert "Nothing was changed. This form was used for another plan" in page
    assert Subscription.objects.get().plan.code == "large"


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


def test_the_plans_stand_side_by_side_with_what_each_allows(account, client):
    page = text(client.get(url(account)))

    assert "Small Your plan ₹300.00 a cycle, before GST" in page
    assert "Large ₹900.00" in page and "Upgrade now" in page.split("Large")[1].split("Tiny")[0]
    assert "Tiny ₹90.00" in page and "Upgrade now" not in page.split("Tiny")[1]
    assert page.count("1,000 free, then ₹0.60") == 3


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("plan-upgrade-now", "small", "Small is the present plan."),
        ("plan-upgrade-now", "tiny", "Tiny is not larger than the present plan"),
        ("plan-switch", "small", "Small is the present plan."),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(account, client, name, code, said):
    page = text(client.post(url(account, name, code=code), {"token": uuid.uuid4(), "shown": 1}, follow=True))

    assert f"Nothing was changed. {said}" in page
    assert Document.objects.count() == 1
    assert Subscription.objects.get().next_plan is None


def test_an_account_without_a_plan_is_told_and_refused(client, browse, account):
    bare = build.account()
    owner = browse(build.owner(bare))

    assert "No plan yet" in text(owner.get(url(bare)))
    page = text(owner.post(url(bare, "plan-switch", code="tiny"), follow=True))
    assert "The account has no plan yet." in page


@pytest.mark.parametrize("data", [{"token": "x", "shown": 1}, {"token": str(uuid.uuid4())}])
def test_an_upgrade_without_its_token_or_amount_goes_back_to_the_preview(account, client, data):
    answer = client.post(url(account, "plan-upgrade-now", code="large"), data)

    assert answer.url == url(account, "plan-upgrade", code="large")
    assert Document.objects.count() == 1


def test_looking_changes_nothing(account, client):
    for name in ("plan", "plan-upgrade"):
        client.get(url(account, name, **({"code": "large"} if name == "plan-upgrade" else {})))
    for name in ("plan-upgrade-now", "plan-switch"):
        assert client.get(url(account, name, code="large")).status_code == 405

    subscription = Subscription.objects.get()
    assert (subscription.plan.code, subscription.next_plan) == ("small", None)
    assert (Document.objects.count(), account.cycles.count()) == (1, 1)


def test_a_plan_that_is_not_offered_does_not_exist(account, client):
    Plan.objects.filter(code="large").update(is_offered=False)

    assert client.get(url(account, "plan-upgrade", code="large")).status_code == 404
    assert client.post(url(account, "plan-switch", code="large")).status_code == 404
    assert "Large" not in text(client.get(url(account)))


def test_without_the_right_one_learns_whom_to_ask(account, browse):
    manager = build.member(account, Member.Role.MANAGER).user

    answer = browse(manager).get(url(account))

    assert answer.status_code == 403
    assert "owner person" in text(answer)


def test_the_page_costs_a_constant_number_of_queries(account, client, django_assert_max_num_queries):
    for number in range(5):
        build.plan(f"p{number}", rental=number)

    with django_assert_max_num_queries(16):
        client.get(url(account))
