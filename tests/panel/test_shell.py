"""The frame of a page: the entries that a role may open, and the accounts to switch between."""

import pytest
from django.urls import reverse

from billing_portal import shell
from tests import build, ladder
from tests.ladder import at

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


def test_a_role_without_the_right_sees_no_money_and_only_its_own_things():
    account = build.account()
    build.charge(account, 1000)
    agent = build.member(account, "agent").user

    frame = shell.read(agent, account, now=build.NOW)

    assert frame.current.due is None
    assert (frame.current.sees_money, frame.current.page) == (False, "preferences")
    assert [(entry.page, entry.group) for entry in frame.entries] == [
        ("preferences", ""),
        ("support", ""),
    ]


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        ("admin", {"overview", "team", "preferences"}),
        ("billing", {"overview", "preferences"}),
        ("manager", {"usage", "preferences"}),
    ],
)
def test_a_role_sees_the_entries_that_it_may_open(role, pages):
    account = build.account()

    frame = shell.read(build.member(account, role).user, account, now=build.NOW)

    assert pages == {entry.page for entry in frame.entries} & {"overview", "usage", "team", "preferences"} - (
        {"usage"} if role != "manager" else set()
    )


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
        ("agent", "preferences"),
    ],
)
def test_home_leads_to_the_first_page_that_a_role_may_open(role, first, browse):
    account = build.account()

    response = browse(build.member(account, role).user).get(reverse("home"))

    assert response.url == reverse(first, kwargs={"ban": account.ban})


def test_home_prefers_an_account_whose_money_the_person_sees(browse):
    person = build.member(build.account(), "manager").user
    own = build.account(owner=person)

    assert browse(person).get(reverse("home")).url == reverse("overview", kwargs={"ban": own.ban})


def test_each_account_says_what_is_not_as_it_should_be():
    person = build.user()
    names = ("A fine", "B behind", "C stopped")
    fine, behind, stopped = (build.account(owner=person, name=name) for name in names)
    ladder.bill(behind, due=-3)
    ladder.bill(stopped, due=-31)
    ladder.sweep([-31, -24, -16, -3, -1, 0])

    frame = shell.read(person, fine, now=at(0))

    assert [(place.state, place.is_stopped) for place in frame.places] == [
        ("", False),
        ("Overdue", False),
        ("Suspended", True),
    ]


def test_nine_accounts_can_be_searched_and_eight_stand_alone(browse):
    person = build.user()
    accounts = [build.account(owner=person, name=f"Branch {place}") for place in range(8)]
    url = reverse("profile")
    eight = browse(person).get(url).content.decode()
    accounts.append(build.account(owner=person, name="लोटस पुणे"))

    nine = browse(person).get(url).content.decode()
    found = browse(person).get(url, {"q": "लोटस"}).content.decode().split("<main")[1]
    by_number = browse(person).get(url, {"q": accounts[3].ban.lower()}).content.decode().split("<main")[1]

    assert ("data-filter" in eight, "data-filter" in nine) == (False, True)
    assert "लोटस पुणे" in found and "Branch" not in found
    assert "Branch 3" in by_number and "Branch 4" not in by_number


def test_what_is_searched_is_text_and_finds_only_own_accounts(browse):
    person = build.user()
    build.account(owner=person)
    build.account(name="Rival")

    page = browse(person).get(reverse("profile"), {"q": "Rival<script>"}).content.decode()

    assert "Rival&lt;script&gt;" in page and "<script>”" not in page
    assert "holds “Rival&lt;script&gt;”" in page


@pytest.mark.parametrize("name", ["payments", "payments-bank"])
def test_both_ways_to_pay_are_under_payments(name, client):
    account = build.account()
    client.force_login(build.owner(account))

    shown = client.get(reverse(name, kwargs={"ban": account.ban})).content.decode()

    marked = shown.partition("entry here")[2].partition("</a>")[0]
    assert "Payments" in marked and "aria-current" in marked


@pytest.mark.parametrize(
    ("role", "near", "far"),
    [
        ("admin", ["overview", "payments", "documents", "usage"], 7),
        ("manager", ["usage", "preferences", "support"], 0),
    ],
)
def test_a_phones_bar_holds_four_entries_and_the_rest_stands_beside_them(role, near, far):
    account = build.account()

    frame = shell.read(build.member(account, role).user, account, now=build.NOW)

    assert [entry.page for entry in frame.near] == near
    assert len(frame.far) == far
    assert {*frame.near, *frame.far} == set(frame.entries)


def test_the_what_if_page_is_the_overviews(client, account):
    page = client.get(reverse("what-if", kwargs={"ban": account.ban})).content.decode()

    assert 'aria-current="true"' in page.split('class="nav"')[1].split("Overview")[0]


def test_the_icon_is_found_where_browsers_look_for_it(client):
    answer = client.get("/favicon.ico")

    assert answer.status_code == 302 and answer.url.endswith(".svg")
