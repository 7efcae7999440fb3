"""Whatever one record says, it alone is refused: the door answers in JSON and stores its neighbours."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from accounts import api_keys
from invoices.models import UsageRecord
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db
TEXTS = (
    '"\\ud800"',
    '"\\udfffabc"',
    '"a\\u0000b"',
    '"\\u0000"',
    '"\\u202e\\u2066"',
    '"\\ufffe\\uffff"',
    '"\\n"',
    '"\\\\N"',
    '""',
    f'"{"x" * 10_000}"',
    "{}",
    '[["\\ud800"]]',
    "1e999",
    "-0.0",
    f"1{'0' * 4000}",
    "true",
)
CODES = {"id", "account", "feature", "started_at"}
FIELDS = (*sorted(CODES), "direction", "caller", "called", "answered_at", "ended_at", "units")
TAKEN = {  # what a field may say, odd as it looks
    ("caller", '""'),
    ("called", '""'),
    ("id", '"\\\\N"'),
}
HOSTILE = [(field, text) for field in FIELDS for text in TEXTS if (field, text) not in TAKEN]
WHOLE = [
    '{"\\ud800": 1}',
    '{"a\\u0000": 1}',
    '{"id": "\\ud800"}',
    '{"id": "\\u0000"}',
    '{"id": null}',
    '"\\ud800"',
    "null",
    "[]",
    "1e999",
    '{"__proto__": {}}',
]


def sent(records):
    token = api_keys.issue("Platform", ["telephony"], actor=None, reason="test", now=NOW).token
    return Client().post(
        "/api/v1/usage-events/",
        f"[{','.join(records)}]",
        content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )


@pytest.fixture
def account():
    made = build.account()
    build.subscribed(made, now=NOW - timedelta(days=3))
    return made


def changed(record, field, text):
    return json.dumps(record | {field: "THIS"}).replace('"THIS"', text)


def test_a_hostile_record_is_refused_alone(account):
    hostile = [changed(build.call(account, id=f"h-{n}"), *one) for n, one in enumerate(HOSTILE)] + WHOLE
    sound = [json.dumps(build.call(account, id=name)) for name in ("first", "last")]

    response = sent([sound[0], *hostile, sound[1]])

    assert response.status_code == 200
    first, *refused, last = json.loads(response.content.decode())["results"]
    assert [first["outcome"], last["outcome"]] == ["accepted", "accepted"]
    odd = [
        one for one, told in zip([*HOSTILE, *WHOLE], refused, strict=True) if told["outcome"] != "rejected"
    ]
    assert not odd
    assert [told["field"] for told in refused[: len(HOSTILE)]] == [field for field, _text in HOSTILE]
    assert all(told["reason"] for told in refused)
    assert set(UsageRecord.objects.values_list("record_id", flat=True)) == {"first", "last"}


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\u0000"', '"\\udc00\\ud800"'])
def test_an_id_that_no_answer_could_carry_is_told_as_its_escape(account, text):
    response = sent([changed(build.call(account), "id", text)])

    told = response.json()["results"][0]
    assert (told["outcome"], told["field"]) == ("rejected", "id")
    assert told["id"].encode()
