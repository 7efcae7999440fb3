"""The platform's questions: what an account may do, and may this call start."""

import json
from datetime import timedelta

import pytest
from django.utils.dateparse import parse_datetime

from accounts import api_keys
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db


def key(account=None, scope="telephony"):
    return api_keys.issue("test", [scope], account=account, actor=None, reason="test", now=NOW).token


@pytest.fixture
def account():
    made = build.account()
    build.subscribed(made, build.plan(rental=0), now=NOW - timedelta(days=3))
    return made


def ask(client, ban, token, **headers):
    return client.get(
        f"/api/v1/accounts/{ban}/service/", headers={"authorization": f"Bearer {token}", **headers}
    )


def hold(client, ban, token, **body):
    return start(client, ban, token, {"id": "call-1", "feature": "click_to_call", "seconds": 60} | body)


def write(client, ban, token, **body):
    return start(client, ban, token, {"id": "sms-1", "feature": "sms", "units": 1} | body)


def start(client, ban, token, body):
    return client.post(
        f"/api/v1/accounts/{ban}/holds/",
        json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )


def test_the_answer(client, account):
    answer = ask(client, account.ban, key())

    assert answer.status_code == 200
    assert set(answer.json()) == {"account", "level", "reason", "features"}
    assert set(answer.json()["features"]) == {"click_to_call", "incoming", "sms"}


def test_a_tag_saves_the_body_until_the_answer_changes(client, account):
    token = key()
    tag = ask(client, account.ban, token)["ETag"]

    same = ask(client, account.ban, token, if_none_match=tag)
    build.used(account, 1100)
    other = ask(client, account.ban, token, if_none_match=tag)

    assert (same.status_code, same.content) == (304, b"")
    assert (other.status_code, other["ETag"] != tag) == (200, True)


def test_a_foreign_and_an_absent_account_look_the_same(client, account):
    own = key(account=build.account())

    foreign, absent = ask(client, account.ban, own), ask(client, "BA-999999999", own)

    assert foreign.status_code == absent.status_code == 404
    assert foreign.json() == absent.json()
    assert hold(client, account.ban, own).status_code == hold(client, "BA-999999999", own).status_code == 404


@pytest.mark.parametrize("scope", ["read", "pay"])
def test_other_scopes_may_not(client, account, scope):
    assert ask(client, account.ban, key(scope=scope)).status_code == 403
    assert hold(client, account.ban, key(scope=scope)).status_code == 403


def test_two_statements_for_an_answer(client, account, django_assert_num_queries):
    token = key()
    ask(client, account.ban, token)

    with django_assert_num_queries(2):  # the key, the facts
        ask(client, account.ban, token)


def test_a_call_starts_once(client, account):
    token = key()

    first, again = hold(client, account.ban, token), hold(client, account.ban, token)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["seconds"] == 60


def test_a_refused_call_says_why(client, account):
    build.used(account, 1166)

    answer = hold(client, account.ban, key())

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert answer.json()["reason"] == "CREDIT_LIMIT_REACHED"


# fmt: off
BAD = (
    # what is sent                       is named in the answer
    ({"id": ""},                         "id"),
    ({"id": "a b"},                      "id"),
    ({"id": "x" * 65},                   "id"),
    ({"id": 5},                          "id"),
    ({"feature": None},                  "feature"),
    ({"feature": "f" * 21},              "feature"),
    ({"seconds": 0},                     "seconds"),
    ({"seconds": True},                  "seconds"),
    ({"seconds": "60"},                  "seconds"),
    ({"seconds": 86_401},                "seconds"),
    ({"feature": "sms"},                 "seconds: this feature is a message"),
    ({"seconds": None},                  "seconds"),
    ({"units": 1},                       "id, feature, and seconds or units"),  # both
    ({"more": 1},                        "id, feature, and seconds or units"),
)
# fmt: on


@pytest.mark.parametrize(("body", "named"), BAD)
def test_bad_calls_are_named(client, account, body, named):
    answer = hold(client, account.ban, key(), **body)

    assert answer.status_code == 400
    assert named in answer.json()["detail"]
    assert "ErrorDetail" not in answer.json()["detail"]


# fmt: off
BAD_MESSAGES = (
    # what is sent                       is named in the answer
    ({"units": 0},                       "units: a whole number from 1 to 100000"),
    ({"units": 100_001},                 "units"),
    ({"units": 1.0},                     "units"),
    ({"units": True},                    "units"),
    ({"units": None},                    "units"),
    ({"feature": "click_to_call"},       "units: this feature is a call"),
    ({"id": "a b"},                      "id"),
    ({"seconds": 60},                    "seconds or units"),
)
# fmt: on


@pytest.mark.parametrize(("body", "named"), BAD_MESSAGES)
def test_bad_messages_are_named(client, account, body, named):
    build.paid(account, 118)

    answer = write(client, account.ban, key(), **body)

    assert answer.status_code == 400
    assert named in answer.json()["detail"]


def test_messages_are_held_in_units(client, account):
    build.paid(account, "1.18")  # five of ₹0.20
    token = key()

    first = write(client, account.ban, token, units=9)
    again = write(client, account.ban, token, units=9)
    refused = write(client, account.ban, token, id="sms-2")

    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    assert set(first.json()) == {"id", "allowed", "units", "expires_at"}
    assert first.json()["units"] == 5
    assert parse_datetime(first.json()["expires_at"]) == NOW + timedelta(minutes=5)
    assert (refused.status_code, refused.json()["reason"]) == (409, "INSUFFICIENT_BALANCE")


def test_one_id_is_a_call_or_a_message(client, account):
    build.paid(account, 118)
    token = key()
    hold(client, account.ban, token)

    answer = write(client, account.ban, token, id="call-1")

    assert (answer.status_code, answer.json()["detail"][:4]) == (400, "id: ")


def test_so_many_a_minute(client, account, settings):
    settings.TELEPHONY_RATE = "2/min"
    token = key()

    statuses = [ask(client, account.ban, token).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


@pytest.mark.parametrize("feature", ["\ud800", "s\0ms", "\N{RIGHT-TO-LEFT OVERRIDE}sms"])
def test_a_feature_that_is_no_text_is_no_feature(client, account, feature):
    token = key()

    refused = hold(client, account.ban, token, feature=feature)
    hold(client, account.ban, token)
    other = hold(client, account.ban, token, feature=feature)

    assert (refused.status_code, refused.json()["reason"]) == (409, "NOT_IN_PLAN")
    assert other.status_code == 400


NOWHERE = ("accounts/ba-100065/service/", "accounts/\u260e/service/", "")


@pytest.mark.parametrize("path", NOWHERE)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_what_is_no_address_is_a_problem_and_no_page(client, path, method):
    answer = getattr(client, method)(f"/api/v1/{path}")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_an_address_with_nul_is_a_problem_too(client):
    answer = client.get("/api/v1/accounts/%00/holds/")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
