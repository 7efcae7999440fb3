"""New devices are told of once; sessions are seen and ended; who is shut out is out at the next request."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import notices
from accounts.models import Member, Notice
from billing_portal import origin
from tests import build

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{} Safari/537.36"
CHROME_NOW = CHROME.format(140)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def sign_in(person, agent=CHROME_NOW, address="203.0.113.7", password=build.PASSWORD):
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    client.post(reverse("account_login"), {"login": person.email, "password": password})
    return client


def told(person):
    return [n.context["device"] for n in Notice.objects.filter(name="new-device", recipient=person.email)]


def test_a_device_is_told_of_once():
    person = build.user()

    sign_in(person)
    sign_in(person, agent=CHROME.format("141"), address="203.0.113.99")  # a new version, a new lease
    assert told(person) == ["Chrome on Linux"]

    sign_in(person, agent=FIREFOX)
    sign_in(person, address="198.51.100.4")

    assert sorted(told(person)) == ["Chrome on Linux", "Chrome on Linux", "Firefox on Windows"]


def test_the_mail_names_the_network_and_never_the_house(mailoutbox):
    person = build.user()
    sign_in(person)

    notices.send_due(now=build.NOW)

    assert [message.subject for message in mailoutbox] == ["New sign-in on Chrome on Linux"]
    assert "203.0.113.x" in mailoutbox[0].body
    assert "203.0.113.7" not in mailoutbox[0].body


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.7", "203.0.113.x"),
        ("2001:db8:1:2::7", "2001:db8:1::x"),
        ("::ffff:203.0.113.7", "203.0.113.x"),
        ("", "unknown address"),
        ("<b>", "unknown address"),
    ],
)
def test_an_address_is_shown_without_its_house(address, shown):
    assert origin.rough(address) == shown


def test_the_list_shows_each_device_and_one_is_signed_out():
    person = build.user()
    here, there = sign_in(person), sign_in(person, agent=FIREFOX, address="198.51.100.4")
    page = here.get(reverse("usersessions_list")).content.decode()
    assert "Chrome on Linux" in page
    assert "198.51.100.x" in page
    assert "198.51.100.4" not in page

    other = UserSession.objects.get(user=person, user_agent=FIREFOX)
    here.post(reverse("session-end", args=[other.pk]))

    assert there.get(reverse("profile")).status_code == 302
    assert here.get(reverse("profile")).status_code == 200


def test_nobody_ends_another_persons_session():
    person, stranger = build.user(), build.user()
    client = sign_in(person)
    mine = UserSession.objects.get(user=person)

    assert sign_in(stranger).post(reverse("session-end", args=[mine.pk])).status_code == 404
    assert client.get(reverse("profile")).status_code == 200


def test_a_session_in_use_is_seen_again_after_five_minutes(monkeypatch):
    person = build.user()
    client = sign_in(person)
    later = build.NOW + timedelta(minutes=6)
    client.get(reverse("profile"))
    assert UserSession.objects.get(user=person).last_seen_at == build.NOW

    monkeypatch.setattr("billing_portal.clock.now", lambda: later)
    client.get(reverse("profile"))

    assert UserSession.objects.get(user=person).last_seen_at == later


def test_a_new_password_ends_all_other_sessions_and_is_told():
    person = build.user()
    here, there = sign_in(person), sign_in(person, agent=FIREFOX)
    new = "yellow-tram-over-7-hills"

    here.post(
        reverse("account_change_password"),
        {"oldpassword": build.PASSWORD, "password1": new, "password2": new},
    )

    assert here.get(reverse("profile")).status_code == 200
    assert there.get(reverse("profile")).status_code == 302
    headlines = Notice.objects.filter(recipient=person.email, name="security-changed")
    assert headlines.get().context["headline"] == "Your password was changed"


@pytest.mark.parametrize("change", ["disabled", "removed", "revoked"])
def test_who_is_shut_out_is_out_at_the_next_request(change):
    account = build.account()
    person = build.member(account, Member.Role.BILLING).user
    client = sign_in(person)
    page = reverse("overview", kwargs={"ban": account.ban})
    assert client.get(page).status_code == 200

    if change == "disabled":
        person.is_active = False
        person.save(update_fields=["is_active"])
    elif change == "removed":
        Member.objects.filter(user=person).delete()
    else:
        UserSession.objects.get(user=person).end()

    assert client.get(page).status_code == (404 if change == "removed" else 302)


def test_staff_who_lose_their_rights_lose_the_admin_at_once():
    person = build.user(staff=True, superuser=True)
    client = sign_in(person)
    assert client.get(reverse("admin:index")).status_code == 200

    person.is_staff = False
    person.save(update_fields=["is_staff"])

    assert client.get(reverse("admin:index")).status_code == 302


def link_in(message):
    return next(word for word in message.body.split() if "/auth/" in word).removeprefix(
        "http://127.0.0.1:8000"
    )


def test_a_reset_link_is_in_the_mail_alone_and_works_once(mailoutbox):
    person = build.user()
    Client().post(reverse("account_reset_password"), {"email": person.email})
    notices.send_due(now=build.NOW)
    link, kept = link_in(mail.outbox[0]), Notice.objects.get(name="password-reset")
    assert "/auth/password/reset/key/" in link
    assert link not in kept.text
    assert link not in str(kept.context)

    client = Client()
    form = client.get(link).url
    new = "yellow-tram-over-7-hills"
    client.post(form, {"password1": new, "password2": new})

    assert sign_in(person, password=new).get(reverse("profile")).status_code == 200
    assert "no longer works" in Client().get(link, follow=True).content.decode()


def test_known_and_unknown_addresses_get_the_same_answer_and_one_mail_each():
    person = build.user()
    answers = [
        Client().post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in (person.email, "nobody@example.in")
    ]

    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert Notice.objects.filter(account=None).count() == 2


def test_asking_for_links_again_and_again_is_stopped():
    person = build.user()

    codes = [
        Client().post(reverse("account_reset_password"), {"email": person.email}).status_code
        for _ in range(5)
    ]

    assert codes == [302, 302, 302, 429, 429]


def test_a_new_address_counts_when_it_is_confirmed_and_the_old_one_is_told(mailoutbox):
    person = build.user()
    old, client = person.email, sign_in(person)
    page = reverse("account_email")
    asked = client.post(page, {"action_add": "", "email": "new.address@example.in"})
    assert asked.url.startswith(reverse("account_reauthenticate"))
    client.post(asked.url, {"password": build.PASSWORD, "next": page})
    person.refresh_from_db()
    assert person.email == old

    notices.send_due(now=build.NOW)
    link = next(link_in(m) for m in mailoutbox if m.to == ["new.address@example.in"])
    client.post(link)

    person.refresh_from_db()
    assert person.email == "new.address@example.in"
    assert Notice.objects.get(name="security-changed", recipient=old).context["to_email"] == person.email


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short-1x", "at least 12 characters"),
        ("aaaaaaaaaaaa", "different characters"),
        ("tram7!tram7!tram7!", "repeats one short piece"),
        ("qwertyuiop-77", "first thing that somebody would try"),
        ("kaveri-2026!", "“kaveri”"),
        ("836401927465", "entirely numeric"),
    ],
)
def test_a_refused_password_says_why(password, reason):
    client = sign_in(build.user())

    answer = client.post(
        reverse("account_change_password"),
        {"oldpassword": build.PASSWORD, "password1": password, "password2": password},
    )

    assert reason in answer.content.decode()
