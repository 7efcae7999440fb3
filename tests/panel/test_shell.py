"""The frame of a page: the entries that a role may open, and the accounts to switch between."""

import pytest
from django.urls import reverse

from billing_portal import shell
from tests import build

pytestmark = pytest.mark.django_db


def test_each_account_shows_its_own_due_amount():
    person = build.user()
    owing, settled = (
        build.account(owner=person, name="A owing"),
        build.account(owner=person, name="B settled"),
    )
    build.charge(owing, 1000)
    build.charge(owing, 500)
    build.charge(build.account(), 9000)

    frame = shell.read(person, owing, now=build.NOW)

    assert [(place.account, place.due) for place in frame.places] == [(owing, 177_000), (settled, 0)]
    assert frame.current.account == owing


def test_a_role_without_the_right_sees_no_money_and_may_write_to_staff():
    account = build.account()
    build.charge(account, 1000)
    agent = build.member(account, "agent").user

    frame = shell.read(agent, account, now=build.NOW)

    assert frame.current.due is None
    assert not frame.current.may_open
    assert [entry.page for entry in frame.entries] == ["support"]


def test_a_page_of_no_account_stands_in_the_only_one():
    person = build.user()
    only = build.account(owner=person)
    assert shell.read(person, None, now=build.NOW).current.account == only

    build.account(owner=person)

    assert shell.read(person, None, now=build.NOW).current is None


def test_names_are_text_never_markup(browse):
    account = build.account(name="<script>alert(1)</script> & नमस्ते")

    page = browse(build.owner(account)).get(reverse("overview", kwargs={"ban": account.ban})).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; नमस्ते" in page


@pytest.mark.parametrize(("url", "visible"), [("http://127.0.0.1:8100/mail", True), ("", False)])
def test_a_demo_says_so_and_leads_to_the_mails(client, account, settings, url, visible):
    settings.SANDBOX_URL = url

    page = client.get(reverse("overview", kwargs={"ban": account.ban})).content.decode()

    assert ("See the mails your customer would get" in page) is visible


@pytest.mark.parametrize(
    ("role", "first"),
    [
        ("owner", "overview"),
        ("admin", "overview"),
        ("billing", "overview"),
        ("manager", "usage"),
        ("agent", "profile"),
    ],
)
def test_home_leads_to_the_first_page_that_a_role_may_open(role, first, browse):
    account = build.account()

    response = browse(build.member(account, role).user).get(reverse("home"))

    assert response.url == reverse(first, kwargs={} if first == "profile" else {"ban": account.ban})


def test_home_prefers_an_account_whose_money_the_person_sees(browse):
    person = build.member(build.account(), "manager").user
    own = build.account(owner=person)

    assert browse(person).get(reverse("home")).url == reverse("overview", kwargs={"ban": own.ban})
