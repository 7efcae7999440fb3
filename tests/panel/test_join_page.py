"""The page behind an invitation's link: for everybody who may come with it, and everybody who should not."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts import invitations, secret_links
from accounts.models import Notice, User
from billing_portal import logs
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db
PASSWORD = "seven-green-parrots"


@pytest.fixture
def account():
    return build.account(name="Lotus <i>Labs</i>")


def invite(account, email="new@example.in", role="billing"):
    row = invitations.invite(account.pk, email, role, actor=build.owner(account), now=NOW)
    notice = Notice.objects.get(event=f"invitation:{row.pk}:1")
    return row, reverse("join", kwargs={"token": secret_links.token(notice.context[secret_links.KEY])})


def test_a_new_person_makes_a_login_and_stands_in_the_account(account):
    _row, url = invite(account)
    client = Client()
    page = client.get(url).content.decode()
    assert "owner person invites you" in page and "Lotus &lt;i&gt;Labs&lt;/i&gt;" in page
    assert 'value="new@example.in"' in page and "Make my login and join" in page

    response = client.post(url, {"name": "Neha Nair", "password": PASSWORD})

    person = User.objects.get(email="new@example.in")
    assert response.url == reverse("overview", kwargs={"ban": account.ban})
    landed = client.get(response.url)
    assert landed.status_code == 200 and "Welcome: you are Billing of" in landed.content.decode()
    assert person.check_password(PASSWORD) and person.memberships.get().role == "billing"
    assert Client().login(email="new@example.in", password=PASSWORD)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": "", "password": PASSWORD}, "required"),
        ({"name": "Neha\u202eNair", "password": PASSWORD}, "invisible characters"),
        ({"name": "Neha", "password": "short"}, "too short"),
        ({"name": "Neha", "password": "1234567890"}, "entirely numeric"),
        ({"name": "Neha", "password": "new@example.in"}, "too similar"),
    ],
)
def test_a_weak_login_is_refused_and_uses_nothing_up(data, said, account):
    row, url = invite(account)

    page = Client().post(url, data)

    row.refresh_from_db()
    assert page.status_code == 422 and said in page.content.decode()
    assert row.state == "open" and not User.objects.filter(email="new@example.in").exists()


def test_who_has_a_login_signs_in_first_and_then_joins(account, browse):
    person = build.user()
    _row, url = invite(account, person.email, "manager")
    signed_out = Client().get(url).content.decode()
    assert f"{reverse('account_login')}?next={url}" in signed_out and "password" not in signed_out

    client = browse(person)
    assert "Join as Manager" in client.get(url).content.decode()
    response = client.post(url)

    assert response.url == reverse("usage", kwargs={"ban": account.ban})
    assert client.get(url).status_code == 410


def test_looking_at_the_link_accepts_nothing(account, browse):
    person = build.user()
    row, url = invite(account, person.email)

    browse(person).get(url)
    Client().post(url, {"name": "Mallory", "password": PASSWORD})

    row.refresh_from_db()
    assert row.state == "open" and account.members.count() == 1


def test_somebody_else_is_told_whose_it_is_and_gets_nothing(account, browse):
    _row, url = invite(account, "neha@example.in")
    client = browse(build.user())

    looked, tried = client.get(url), client.post(url)

    page = looked.content.decode()
    assert (looked.status_code, tried.status_code) == (403, 403)
    assert "n•••@example.in" in page and "neha@example.in" not in page
    assert f'name="next" value="{url}"' in page
    assert account.members.count() == 1


def test_after_signing_out_the_link_goes_on(account, browse):
    _row, url = invite(account)
    client = browse(build.user())

    response = client.post(reverse("account_logout"), {"next": url})

    assert response.url == url
    assert "Make my login and join" in client.get(url).content.decode()


def ended(account, how, monkeypatch):
    row, url = invite(account, build.user().email)
    if how == "used":
        invitations.accept(url.split("/")[-2], User.objects.get(email=row.email), now=NOW)
    elif how == "withdrawn":
        invitations.withdraw(account.pk, row.pk, actor=build.owner(account), now=NOW)
    elif how == "expired":
        monkeypatch.setattr("billing_portal.clock.now", lambda: NOW + timedelta(days=7))
    elif how == "sent again":
        later = NOW + timedelta(minutes=2)
        invitations.resend(account.pk, row.pk, actor=build.owner(account), now=later)
    return url


@pytest.mark.parametrize(
    ("how", "status", "said"),
    [
        ("used", 410, "has been used"),
        ("withdrawn", 410, "was withdrawn"),
        ("expired", 410, "has expired"),
        ("sent again", 404, "opens nothing"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_opens_nothing_says_why_and_names_nobody(how, status, said, method, account, monkeypatch):
    url = ended(account, how, monkeypatch)

    page = getattr(Client(), method)(url)

    text = page.content.decode()
    assert page.status_code == status and said in text
    assert account.ban not in text and "Labs" not in text and "owner person" not in text


def test_no_log_keeps_the_link(account):
    _row, url = invite(account)

    event = logs.mask(None, "info", {"event": "request_finished", "request": f"GET {url}"})

    assert event["request"] == "GET /auth/"


def test_the_link_leaves_no_trace_with_others(account):
    _row, url = invite(account)

    response = Client().get(url)

    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"
    assert not re.search(r'(?:src|href)="https?:', response.content.decode())
