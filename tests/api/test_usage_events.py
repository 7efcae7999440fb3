"""The platform's door: every whole-request error is a problem, every record has its outcome."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import api_keys
from accounts.models import ApiKey, AuditEvent
from invoices.models import UsageRecord
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db
URL = "/api/v1/usage-events/"


def issued(*scopes, account=None, **fields):
    values = {"actor": None, "reason": "test", "now": NOW} | fields
    return api_keys.issue("Platform", scopes or ["telephony"], account=account, **values)


@pytest.fixture
def token():
    return issued().token


@pytest.fixture
def account():
    account = build.account()
    build.subscribed(account, now=NOW - timedelta(days=3))
    return account


def post(token, body, *, content_type="application/json"):
    body = body if isinstance(body, bytes | str) else json.dumps(body)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return Client().post(URL, body, content_type=content_type, headers=headers)


def test_each_record_has_its_outcome_in_the_order_sent(token, account):
    call = build.call(account, id="c-1")

    response = post(token, {"records": [call, call, {"id": "c-2"}]})

    assert response.status_code == 200
    assert response.json() == {
        "accepted": 1,
        "duplicate": 1,
        "rejected": 1,
        "results": [
            {"id": "c-1", "outcome": "accepted", "field": "", "reason": ""},
            {"id": "c-1", "outcome": "duplicate", "field": "", "reason": ""},
            {"id": "c-2", "outcome": "rejected", "field": "account", "reason": "is missing"},
        ],
    }


def test_a_bare_list_will_do_and_the_key_names_the_source(account):
    key = issued(source="exchange-2")

    assert post(key.token, [build.call(account)]).json()["accepted"] == 1

    assert UsageRecord.objects.get().source == "exchange-2"


def test_a_key_of_an_account_reports_for_no_other(account):
    other = build.account()
    build.subscribed(other)

    answer = post(issued(account=other).token, [build.call(account), build.call(other)]).json()

    assert [(one["outcome"], one["field"]) for one in answer["results"]] == [
        ("rejected", "account"),
        ("accepted", ""),
    ]


def test_a_key_of_an_account_takes_no_id_of_the_platform(token, account):
    other = build.account()
    build.subscribed(other)
    theirs = issued(account=other).token

    assert post(theirs, [build.call(other, id="c-1")]).json()["accepted"] == 1

    assert post(token, [build.call(account, id="c-1")]).json()["accepted"] == 1
    assert set(UsageRecord.objects.values_list("source", flat=True)) == {other.ban.lower(), "platform"}


def test_an_older_key_of_an_account_with_a_shared_source_is_refused(account):
    key = issued(account=account)
    ApiKey.objects.update(source="platform")

    response = post(key.token, [build.call(account)])

    assert (response.status_code, "new one" in response.json()["detail"]) == (403, True)
    assert not UsageRecord.objects.exists()


TEXT = "text/plain"


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"", 400, "The body must be"),
        (b"{", 400, "The body is not JSON"),
        (b"\xff\xfe", 400, "The body is not JSON"),
        (b'[{"units": NaN}]', 400, "The body is not JSON"),
        (b"[" * 200_000, 400, "The body is nested too deeply"),
        (b"[" + b"9" * 5_000 + b"]", 400, "The body is not JSON"),
        ({"records": {}}, 400, "The body must be"),
        ({"records": [], "more": 1}, 400, "The body must be"),
        ("7", 400, "The body must be"),
        ([{}] * 10_001, 413, "A batch has at most 10000 records"),
        (b" " * 8_000_001, 413, "The body is larger than 8,000,000 bytes"),
    ],
)
def test_a_body_that_is_no_batch_is_a_problem(token, body, status, detail):
    response = post(token, body)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert response.json()["detail"].startswith(detail)


def test_a_body_of_another_kind_is_a_problem(token):
    response = post(token, "a,b", content_type="text/csv")

    assert (response.status_code, response["Content-Type"]) == (415, "application/problem+json")


@pytest.mark.parametrize("wrong", [None, "", "kv_", "kv_aaaaaaaaaa_" + "x" * 43, "kv_नमस्ते", "x" * 10_000])
def test_without_a_known_key_nobody_comes_in(wrong):
    headers = {} if wrong is None else {"HTTP_AUTHORIZATION": f"Bearer {wrong}".encode().decode("latin-1")}

    response = Client().post(URL, "[]", content_type="application/json", **headers)

    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert response["Content-Type"] == "application/problem+json"


def test_a_key_with_another_scope_is_refused():
    response = post(issued("read", "pay").token, [])

    assert (response.status_code, response.json()["title"]) == (403, "Forbidden")
    assert "telephony" in response.json()["detail"]


def test_a_revoked_key_is_refused_at_the_next_request():
    key = issued()
    assert post(key.token, []).status_code == 200

    for _ in range(2):
        api_keys.revoke(key.key.pk, actor=None, reason="lost", now=NOW)

    assert post(key.token, []).status_code == 401
    assert AuditEvent.objects.filter(action="accounts.revoke_api_key").count() == 1


def test_a_key_that_asks_too_often_waits(token, settings):
    settings.API_RATE = "2/min"
    cache.clear()
    statuses = [post(token, []).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert int(post(token, [])["Retry-After"]) > 0
    assert post(issued().token, []).status_code == 200  # another key has a rate of its own


def test_only_the_hash_of_a_token_is_kept(token):
    key = ApiKey.objects.get()

    assert token.startswith(f"kv_{key.prefix}_")
    assert token.rsplit("_", 1)[1] not in repr(AuditEvent.objects.values()) + repr(ApiKey.objects.values())
    assert key.hash == api_keys.digest(token)


@pytest.mark.parametrize(
    ("name", "scopes", "source"),
    [
        (" ", ["read"], "p"),
        ("P", [], "p"),
        ("P", ["all"], "p"),
        ("P", ["read"], "P Q"),
        ("P", ["read"], "ba-100001"),
    ],
)
def test_a_key_without_name_scope_or_source_is_not_made(name, scopes, source):
    with pytest.raises(api_keys.KeyNotPossible):
        api_keys.issue(name, scopes, source=source, actor=None, reason="test", now=NOW)


def test_the_schema_names_every_field_and_error():
    document = Client().get(reverse("api-schema")).json()

    assert document["openapi"].startswith("3.1")
    post_it = document["paths"][URL]["post"]
    assert set(post_it["responses"]) == {"200", "400", "401", "403", "413", "415", "429"}
    assert set(build.call(build.account())) <= set(
        document["components"]["schemas"]["UsageRecord"]["properties"]
    )
