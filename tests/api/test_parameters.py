"""What an address may ask for: what is not known is refused by its name, and nothing makes a door fail."""

import pytest
from django.test import Client

from billing_portal import cursors
from tests.api.customer import ask, key, lived
from tests.hostile.test_addresses import HOSTILE

pytestmark = pytest.mark.django_db

# fmt: off
READS = {
    "balance": (), "amounts": (), "alerts": (), "auto-pay": (),
    "payments":      ("cursor", "limit"),
    "documents":     ("kind", "state", "first", "last", "cursor", "limit"),
    "usage":         ("cycle",),
    "usage/records": ("first", "last", "feature", "cursor", "limit"),
    "statement":     ("first", "last", "cursor", "limit"),
}
BAD = (
    ("documents",     {"kind": "bill"}),
    ("documents",     {"state": "open"}),
    ("documents",     {"first": "24 Nov 2026"}),
    ("documents",     {"first": "2026-02-30"}),
    ("documents",     {"first": "20261124"}),
    ("documents",     {"first": "2026-W48-2"}),
    ("documents",     {"last": "1999-12-31"}),
    ("documents",     {"last": ""}),
    ("documents",     {"limit": "0"}),
    ("documents",     {"limit": "201"}),
    ("documents",     {"limit": "-1"}),
    ("documents",     {"limit": "1e2"}),
    ("documents",     {"limit": "٥"}),
    ("payments",      {"cursor": ""}),
    ("payments",      {"cursor": "x"}),
    ("payments",      {"cursor": "☎"}),
    ("payments",      {"cursor": cursors.write("2026-11-24", 5)}),              # of documents
    ("payments",      {"cursor": cursors.write("2026-11-24T06:00:00", 5)}),     # without an offset
    ("payments",      {"cursor": cursors.write("0001-01-01T00:00:00+14:00", 5)}),
    ("payments",      {"cursor": cursors.write("2026-11-24T06:00:00+00:00", 10**30)}),
    ("payments",      {"cursor": cursors.write("2026-11-24T06:00:00+00:00", -5)}),
    ("statement",     {"cursor": cursors.write(0)}),
    ("statement",     {"cursor": cursors.write(1, 2)}),
    ("statement",     {"last": "2026-10-01", "first": "2026-11-01"}),
    ("usage/records", {"last": "2026-11-24", "first": "2025-01-01"}),           # more than a year
    ("usage/records", {"feature": "Click to call"}),
    ("usage",         {"cycle": "now"}),
)
# fmt: on


@pytest.fixture
def account(world):
    return lived()


@pytest.mark.parametrize(("path", "query"), BAD)
def test_what_cannot_be_read_is_named(path, query, account):
    answer = ask(key(account), account.ban, path, **query)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert [one["field"] for one in answer.json()["errors"]] == [next(iter(query))]


@pytest.mark.parametrize("path", READS)
def test_what_is_not_known_or_stands_twice_is_named(path, account):
    token = key(account)

    unknown = ask(token, account.ban, path, format="xml", offset="5")
    twice = ask(token, account.ban, path, **{name: ["a", "b"] for name in READS[path][:1]})

    assert unknown.status_code == 400
    assert [one["field"] for one in unknown.json()["errors"]] == ["format", "offset"]
    for name in READS[path]:
        assert name in unknown.json()["errors"][0]["reason"]
    if READS[path]:
        assert twice.json()["errors"] == [{"field": READS[path][0], "reason": "Given more than once."}]


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_in_an_address_makes_a_door_fail(value, account):
    token, client = key(account), Client(raise_request_exception=False)
    base = f"/api/v1/accounts/{account.ban}"
    asked = [f"{base}/{path}/?{name}={value}" for path, names in READS.items() for name in (*names, "x")]
    asked += [f"{base}/{path}/{value}/" for path in ("payments", "documents")]
    asked += [f"{base}/documents/{value}/pdf/", f"{base}/balance/?{value}=1"]

    for url in asked:
        answer = client.get(url, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code in (200, 400, 404), url[:120]
        if answer.status_code != 200:
            assert answer["Content-Type"] == "application/problem+json", url[:120]


def test_whatever_a_program_says_that_it_accepts_it_gets_json(account):
    headers = {"authorization": f"Bearer {key(account)}", "accept": "text/html"}

    answer = Client().get(f"/api/v1/accounts/{account.ban}/balance/", headers=headers)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
