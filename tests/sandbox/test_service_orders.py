"""Service orders: signed, checked, obeyed in order; the state that holds; and how the platform gets it wrong."""

import time

import pytest

from sandbox.testing import running
from tests.sandbox.conftest import Phones, signature

ACTIVE, BLOCKED, SUSPENDED = "active", "outbound_blocked", "suspended"


def holds(phones, ban=None):
    answer = phones.read(f"/{ban or phones.ban}").json()
    return answer["level"], answer["sequence"]


def test_an_order_is_obeyed_and_acknowledged_with_what_holds(phones):
    answer = phones.order(SUSPENDED, 123)

    assert answer.status_code == 200
    acknowledged = {
        "ban": phones.ban,
        "sequence": 123,
        "level": SUSPENDED,
        "applied_at": "2026-08-17T20:53:20.000Z",
    }
    assert answer.json() == acknowledged
    assert phones.read(f"/{phones.ban}").json() == acknowledged
    [kept] = phones.listed("orders")
    assert (kept["order"], kept["outcome"], kept["holds"]) == ("SO-000123", "applied", SUSPENDED)


@pytest.mark.parametrize("level", [ACTIVE, BLOCKED, SUSPENDED, "archived", "deleted"])
def test_each_level_can_be_ordered(phones, level):
    assert phones.order(level).json()["level"] == level


def test_an_older_order_changes_nothing_and_gets_the_state_that_holds(phones):
    phones.order(SUSPENDED, 5)

    answer = phones.order(ACTIVE, 4)

    assert (answer.status_code, answer.json()["level"], answer.json()["sequence"]) == (200, SUSPENDED, 5)
    assert phones.listed("orders")[0]["outcome"] == "stale"


def test_the_same_order_again_is_the_same(phones):
    assert phones.order(SUSPENDED, 5).json() == phones.order(SUSPENDED, 5).json()


def test_the_first_order_provisions_an_account(phones):
    assert phones.read("/BA-7").status_code == 404

    phones.order(BLOCKED, 9, ban="BA-7")

    assert holds(phones, "BA-7") == (BLOCKED, 9)
    [number] = next(line["numbers"] for line in phones.listed("accounts") if line["id"] == "BA-7")
    assert number.startswith("+9180")


@pytest.mark.parametrize(
    "change",
    [
        {"secret": "somebody else's"},
        {"late": -330},
        {"late": 900},
        {"at": "soon"},
        {"at": "1" * 5000},
    ],
)
def test_a_wrong_signature_or_time_changes_nothing(phones, change):
    if "late" in change:
        change = {"at": int(time.time()) + change["late"]}
    assert phones.order(SUSPENDED, **change).status_code == 401
    assert holds(phones) == (ACTIVE, 0)
    assert phones.listed("orders") == []


def test_an_order_of_one_account_is_none_of_another(phones):
    other = "/telephony/accounts/BA-100099/service"

    assert phones.order(SUSPENDED, signed_for=other).status_code == 401


def test_a_signature_covers_body_and_time(phones):
    url = f"{phones.box.url}/telephony/accounts/{phones.ban}/service"
    at = int(time.time())
    target = f"/telephony/accounts/{phones.ban}/service"
    headers = signature(phones.box.order_secret, str(at), "PUT", target, b"{}")

    assert phones.box.http.put(url, content=b"{ }", headers=headers).status_code == 401
    later = headers | {"X-Order-Timestamp": str(at + 1)}
    assert phones.box.http.put(url, content=b"{}", headers=later).status_code == 401
    assert phones.box.http.put(url, content=b"{}").status_code == 401
    assert phones.box.http.put(url, content=b"{}", headers=headers).status_code == 422


def test_time_is_real_not_virtual(phones):
    phones.box.advance("P90D")

    assert phones.order(SUSPENDED).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("level", "asleep"),
        ("level", ["active"]),
        ("sequence", "1"),
        ("sequence", True),
        ("sequence", 0),
        ("sequence", 1.0),
        ("order", ""),
        ("order", None),
        ("reason", 7),
        ("issued_at", "2026-11-26"),
        ("colour", "red"),
    ],
)
def test_an_unknown_shape_is_refused_by_field(phones, name, value):
    answer = phones.order(ACTIVE, **{name: value})

    assert (answer.status_code, list(answer.json()["fields"])) == (422, [name])
    assert holds(phones) == (ACTIVE, 0)


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(phones, raw):
    assert phones.order(ACTIVE, raw=raw).status_code == 422


def test_accounts_come_in_pages_by_number(phones):
    for number in range(4):
        phones.order(BLOCKED, number + 1, ban=f"BA-{number}")

    first = phones.read(limit="3").json()
    rest = phones.read(limit="3", after=first["next"]).json()

    assert first["accounts"][0] == {"ban": "BA-0", "sequence": 1, "level": BLOCKED}
    assert [line["ban"] for line in first["accounts"]] == ["BA-0", "BA-1", phones.ban]
    assert first["next"] == phones.ban
    assert ([line["ban"] for line in rest["accounts"]], rest["next"]) == (["BA-2", "BA-3"], None)
    assert phones.read(limit="0").status_code == phones.read(limit="x" * 9).status_code == 422
    assert phones.box.http.get(f"{phones.box.url}/telephony/accounts").status_code == 401


def test_a_lie_acknowledges_and_applies_nothing(phones):
    phones.fault("order", "lie")

    said = phones.order(SUSPENDED, 5).json()

    assert (said["level"], said["sequence"]) == (SUSPENDED, 5)
    assert holds(phones) == (ACTIVE, 0)
    assert phones.order(SUSPENDED, 5).json()["level"] == SUSPENDED
    assert holds(phones) == (SUSPENDED, 5)


def test_a_wrong_level_is_applied_and_acknowledged_until_the_order_comes_again(phones):
    phones.fault("order", "wrong_level", level=ACTIVE)

    assert phones.order(SUSPENDED, 5).json()["level"] == ACTIVE
    assert holds(phones) == (ACTIVE, 5)
    phones.order(SUSPENDED, 5)
    assert holds(phones) == (SUSPENDED, 5)


def test_a_clock_that_is_wrong_refuses_good_orders(phones):
    phones.fault("order", "skew", seconds=-900)

    assert phones.order(SUSPENDED).status_code == 401
    assert phones.order(SUSPENDED).status_code == 200


def test_the_platform_can_be_slow_and_down(phones):
    rule = {"on": "request", "path": "/telephony/*/service", "do": {"kind": "answer", "status": 503}}
    phones.box.control("POST", "/faults", rule)
    assert phones.order(SUSPENDED).status_code == 503
    assert holds(phones) == (ACTIVE, 0)

    slow = {"on": "request", "path": "/telephony/*", "do": {"kind": "delay", "seconds": 0.2}}
    phones.box.control("POST", "/faults", slow)
    before = time.monotonic()

    assert phones.order(SUSPENDED).status_code == 200
    assert time.monotonic() - before >= 0.2


def test_a_platform_that_forgets_falls_back_to_active(phones):
    phones.order(SUSPENDED, 5)
    assert phones.box.control("POST", "/telephony/restart") == {"forgotten": 0}
    assert holds(phones) == (SUSPENDED, 5)
    phones.fault("restart", "forgets")

    assert phones.box.control("POST", "/telephony/restart") == {"forgotten": 1}

    assert holds(phones) == (ACTIVE, 0)
    phones.order(SUSPENDED, 5)
    assert holds(phones) == (SUSPENDED, 5)


def test_levels_survive_a_crash_unless_a_fault_has_them_forgotten(tmp_path, stand_in):
    with running("--state", str(tmp_path / "state.sqlite3")) as box:
        phones = Phones(box, stand_in)
        phones.order(SUSPENDED, 5)
        box.kill()
        box.start()
        assert holds(phones) == (SUSPENDED, 5)
        phones.fault("restart", "forgets")
        box.kill()

        box.start()

        assert holds(phones) == (ACTIVE, 0)


@pytest.mark.parametrize(
    "rule",
    [
        {"on": "order", "do": {"kind": "wrong_level", "level": "asleep"}},
        {"on": "order", "do": {"kind": "skew"}},
        {"on": "order", "do": {"kind": "skew", "seconds": "soon"}},
        {"on": "call", "do": {"kind": "overrun"}},
        {"on": "record", "do": {"kind": "late"}},
        {"on": "restart", "do": {"kind": "lie"}},
    ],
)
def test_a_senseless_telephony_rule_is_refused(box, rule):
    with pytest.raises(AssertionError, match="400"):
        box.control("POST", "/faults", rule)
