"""Signing in: by e-mail, never by guessing."""

import pytest
from django.core.cache import cache

from tests import build

pytestmark = pytest.mark.django_db
LOGIN = "/auth/login/"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def try_to(client, email, password):
    return client.post(LOGIN, {"login": email, "password": password})


def test_the_right_password_leads_home(client):
    person = build.user()

    answer = try_to(client, person.email.upper(), build.PASSWORD)

    assert (answer.status_code, answer.url) == (302, "/")


def test_guessing_a_password_is_stopped_even_for_who_then_knows_it(client):
    person = build.user()

    answers = [try_to(client, person.email, f"wrong-{number}") for number in range(8)]

    assert any("Too many" in answer.content.decode() for answer in answers)
    assert try_to(client, person.email, build.PASSWORD).status_code != 302


def test_a_stranger_and_a_wrong_password_look_the_same(client):
    person = build.user()

    known = try_to(client, person.email, "wrong").content.decode()
    unknown = try_to(client, "nobody@example.in", "wrong").content.decode()

    assert known.count("class=") == unknown.count("class=")
    assert "not correct" in known
    assert "not correct" in unknown


def test_nobody_signs_up_by_himself(client):
    answer = client.post("/auth/signup/", {"email": "new@example.in", "password1": "a-long-password-1"})

    assert "new@example.in" not in str(answer.content)
    assert answer.status_code == 200


def test_the_admin_stands_behind_the_same_sign_in(client):
    assert client.get("/admin/login/").status_code == 302
