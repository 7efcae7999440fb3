"""Who may ask what: every address of an account × scope × own, foreign, absent, and keys that do not work."""

import re

import pytest
from django.test import Client
from django.urls import get_resolver

from accounts import api_keys
from accounts.models import ApiKey
from tests import archived, build, ladder
from tests.api.customer import ask, begin, key, lived
from tests.build import NOW

pytestmark = pytest.mark.django_db
ANY = {"amount": 500_00}

# fmt: off
DOORS = {
    # address                    method  none  read  pay  telephony  platform's
    "balance/":                  ("GET",  401,  200,  403,  403,       403),
    "amounts/":                  ("GET",  401,  200,  403,  403,       403),
    "alerts/":                   ("GET",  401,  200,  403,  403,       403),
    "auto-pay/":                 ("GET",  401,  200,  403,  403,       403),
    "documents/":                ("GET",  401,  200,  403,  403,       403),
    "documents/{document}/":     ("GET",  401,  200,  403,  403,       403),
    "documents/{document}/pdf/": ("GET",  401,  503,  403,  403,       403),   # it is still being made
    "payments/":                 ("GET",  401,  200,  403,  403,       403),
    "payments/{payment}/":       ("GET",  401,  200,  403,  403,       403),
    "statement/":                ("GET",  401,  200,  403,  403,       403),
    "usage/":                    ("GET",  401,  200,  403,  403,       403),
    "usage/records/":            ("GET",  401,  200,  403,  403,       403),
    "service/":                  ("GET",  401,  200,  403,  200,       200),
    "payments/ (begin)":         ("POST", 401,  403,  201,  403,       403),
    "holds/":                    ("POST", 401,  403,  403,  400,       400),   # an empty body
}
# fmt: on
SCOPES = ("none", "read", "pay", "telephony", "platform's")
ROWS = [(path, dict(zip(SCOPES, statuses, strict=True))) for path, (_method, *statuses) in DOORS.items()]


@pytest.fixture
def scene(world):
    """Two accounts with one of everything, and the things' numbers."""
    return [
        (
            account,
            {
                "payment": account.payments.received().order_by("-pk")[0].number,
                "document": account.documents.bills().newest_first()[0].slug,
            },
        )
        for account in (lived(), lived())
    ]


def knock(token, ban, path, things):
    """Ask a door of the table."""
    if path.endswith("(begin)"):
        return begin(token, ban, ANY)
    if path == "holds/":
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return Client().post(
            f"/api/v1/accounts/{ban}/holds/", "{}", content_type="application/json", headers=headers
        )
    return ask(token, ban, path.format(**things).rstrip("/"))


def token_of(account, scope):
    if scope == "none":
        return ""
    return key(None, "telephony") if scope == "platform's" else key(account, scope)


def test_the_table_has_every_address_of_an_account():
    (found,) = (
        one for one in get_resolver().url_patterns if str(one.pattern) == "api/v1/accounts/<ban:ban>/"
    )
    paths = {re.sub(r"<slug:(\w+)>", "{}", str(one.pattern)) for one in found.url_patterns}

    named = {re.sub(r"\{\w+\}", "{}", path.removesuffix(" (begin)")) for path in DOORS}
    assert named == paths


@pytest.mark.parametrize(("path", "expected"), ROWS)
def test_each_scope_opens_its_doors(path, expected, scene):
    (account, things), _other = scene

    found = {
        scope: knock(token_of(account, scope), account.ban, path, things).status_code for scope in SCOPES
    }

    assert found == expected


@pytest.mark.parametrize(("path", "expected"), [row for row in ROWS if row[0] != "holds/"])  # test_service.py
def test_foreign_and_absent_are_the_same_problem(path, expected, scene):
    (own, _mine), (foreign, things) = scene
    absent = {"payment": "PAY2627-999999", "document": "VI-2627-999999"}
    scope = next(
        one for one in ("read", "pay", "telephony") if expected[one] < 400 or expected[one] in (400, 503)
    )
    token = key(own, scope)

    there, nowhere = knock(token, foreign.ban, path, things), knock(token, "BA-999999", path, absent)

    assert there.status_code == nowhere.status_code == 404
    assert there.content == nowhere.content
    assert there["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["payments/{payment}/", "documents/{document}/", "documents/{document}/pdf/"]
)
def test_a_foreign_thing_under_the_own_account_is_not_there(path, scene):
    (own, _mine), (_foreign, theirs) = scene
    token = key(own)

    foreign = knock(token, own.ban, path, theirs)
    absent = knock(token, own.ban, path, {"payment": "PAY2627-999999", "document": "VI-2627-999999"})

    assert foreign.status_code == absent.status_code == 404
    assert foreign.content == absent.content


@pytest.mark.parametrize("path", [path for path in DOORS if path != "holds/"])
def test_a_revoked_key_and_a_wrong_one_open_nothing(path, scene):
    (account, things), _other = scene
    issued = api_keys.issue("Old", ["read", "pay"], account=account, actor=None, reason="test", now=NOW)
    api_keys.revoke(issued.key.pk, actor=None, reason="test", now=NOW)
    secret = key(account, "read", "pay")
    wrong = secret[:-1] + ("A" if secret[-1] != "A" else "B")

    for token in (issued.token, wrong, "kv_x", "\u00e9"):
        answer = knock(token, account.ban, path, things)
        assert answer.status_code == 401 and answer["WWW-Authenticate"] == 'Bearer realm="api"'
        assert answer["Content-Type"] == "application/problem+json"


def test_a_key_of_the_platform_that_could_read_reads_no_account(scene):
    (account, things), _other = scene
    token = api_keys.issue("All", ["read", "pay", "telephony"], actor=None, reason="test", now=NOW).token

    found = {path: knock(token, account.ban, path, things).status_code for path in DOORS}

    assert {path for path, status in found.items() if status != 403} == {"service/", "holds/"}


@pytest.fixture
def folders(settings, tmp_path):
    storage = settings.STORAGES["archives"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"archives": storage}


def test_the_keys_of_an_archived_account_wait_in_its_archive_and_what_they_began_stays(world, folders):
    account = archived.account()
    token = key(account, "read", "pay")
    made = begin(token, account.ban, ANY).json()
    archived.files_are_made()
    ladder.sweep(range(61))

    assert ask(token, account.ban, "balance").status_code == 401
    assert not ApiKey.objects.filter(account=account).exists()
    assert account.api_orders.get().answer == made


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("path", ["balance", "payments", "documents"])
def test_other_methods_are_a_problem(method, path, scene):
    (account, _things), _other = scene
    headers = {"authorization": f"Bearer {key(account)}"}

    answer = getattr(Client(), method)(f"/api/v1/accounts/{account.ban}/{path}/", headers=headers)

    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")


def test_so_many_a_minute_and_key(scene, settings):
    (account, _things), _other = scene
    settings.API_RATE = "2/min"
    token = key(account)

    answers = [ask(token, account.ban, "balance") for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert answers[2]["Content-Type"] == "application/problem+json"
    assert ask(key(account), account.ban, "balance").status_code == 200
    assert [ask(token, account.ban, "service").status_code for _ in range(1)] == [429]


def test_a_key_notes_the_day_of_its_use(world):
    account = build.account()
    ask(key(account), account.ban, "balance")

    assert account.api_keys.get().last_used_on == NOW.date()
