"""The second factor: staff need one for the admin, its secrets lie encrypted, each change is told and written down."""

import time

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Notice
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def code(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def with_app(person):
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    return secret


def signed_in(person):
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": build.PASSWORD})
    return client


def test_staff_without_a_second_factor_are_led_to_set_it_up(settings):
    settings.STAFF_SECOND_FACTOR = True
    client = signed_in(build.user(staff=True, superuser=True))

    for page in ("admin:index", "admin:accounts_account_changelist", "admin:autocomplete"):
        answer = client.get(reverse(page))
        assert (answer.status_code, answer.url) == (302, reverse("mfa_index"))
    assert "Staff need one of the first two" in client.get(reverse("mfa_index")).content.decode()


def test_with_one_the_admin_opens_after_the_code(settings):
    settings.STAFF_SECOND_FACTOR = True
    person = build.user(staff=True, superuser=True)
    secret = with_app(person)
    client = signed_in(person)
    assert client.get(reverse("admin:index")).status_code == 302

    client.post(reverse("mfa_authenticate"), {"code": code(secret)})

    assert client.get(reverse("admin:index")).status_code == 200


def test_taking_the_factor_away_closes_the_admin_at_the_next_request(settings):
    settings.STAFF_SECOND_FACTOR = True
    person = build.user(staff=True, superuser=True)
    secret = with_app(person)
    client = signed_in(person)
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert client.get(reverse("admin:index")).status_code == 200

    Authenticator.objects.filter(user=person).delete()

    assert client.get(reverse("admin:index")).url == reverse("mfa_index")


def test_a_secret_lies_encrypted():
    person = build.user()
    secret = with_app(person)

    kept = Authenticator.objects.get(user=person).data["secret"]

    assert secret not in kept
    assert get_adapter().decrypt(kept) == secret


def test_a_wrong_code_of_staff_is_written_down_and_guessing_ends():
    person = build.user(staff=True)
    secret = with_app(person)
    client = signed_in(person)

    answers = [client.post(reverse("mfa_authenticate"), {"code": "000000"}) for _ in range(8)]

    assert AuditEvent.objects.filter(action="sign_in.failed", reason="A wrong code").count() >= 5
    assert any("Too many" in answer.content.decode() for answer in answers)
    assert client.post(reverse("mfa_authenticate"), {"code": code(secret)}).status_code == 200


@pytest.mark.parametrize("staff", [True, False])
def test_turning_the_app_on_is_told_and_of_staff_written_down(staff, django_capture_on_commit_callbacks):
    person = build.user(staff=staff)
    client = signed_in(person)
    page = reverse("mfa_activate_totp")
    if (first := client.get(page)).status_code == 302:
        client.post(first.url, {"password": build.PASSWORD})
    secret = client.get(page).context["form"].secret

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(page, {"code": code(secret)})

    assert answer.status_code == 302
    told = Notice.objects.filter(recipient=person.email, name="security-changed")
    assert told.get().context["headline"] == "An authenticator app was set up"
    assert AuditEvent.objects.filter(action="sign_in.totp-on", actor=person).exists() == staff


def test_the_admin_answers_so_many_requests_a_minute(settings):
    settings.ADMIN_RATE, settings.ADMIN_KNOCKS = 3, 2
    client = signed_in(build.user(staff=True, superuser=True))

    inside = [client.get(reverse("admin:index")).status_code for _ in range(4)]
    outside = [Client().get(reverse("admin:index")).status_code for _ in range(3)]

    assert inside == [200, 200, 200, 429]
    assert outside == [302, 302, 429]


def test_who_has_one_may_change_the_address(mailoutbox):
    person = build.user()
    secret = with_app(person)
    client = signed_in(person)
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})

    asked = client.post(reverse("account_email"), {"action_add": "", "email": "new@example.in"})
    client.post(asked.url, {"password": build.PASSWORD, "next": reverse("account_email")})

    person.refresh_from_db()
    assert person.email != "new@example.in"  # it counts when its link is opened
    assert person.emailaddress_set.filter(email="new@example.in", verified=False).exists()
