"""Downtimes through the real SDK: announced, started, updated, resolved."""

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.test_payments import produced

BANK = {"method": "netbanking", "instrument": {"bank": "HDFC"}}


def announce(box, **facts):
    return box.control("POST", "/downtimes", BANK | facts)


def test_a_bank_is_down_until_it_is_not(box, sdk):
    downtime = announce(box)

    assert (downtime["entity"], downtime["status"]) == ("payment.downtime", "started")
    assert (downtime["begin"], downtime["end"], downtime["scheduled"]) == (NOON, None, False)
    assert sdk.payment.fetchDownTime()["items"] == [downtime]
    assert sdk.payment.fetchDownTimeById(downtime["id"]) == downtime
    body = box.control("GET", "/events")["items"][0]["body"]
    assert (body["event"], body["contains"]) == ("payment.downtime.started", ["payment.downtime"])
    assert body["payload"] == {"payment.downtime": {"entity": downtime}}

    box.advance("PT10M")
    updated = box.control("POST", f"/downtimes/{downtime['id']}/update", {"severity": "low"})
    box.advance("PT10M")
    resolved = box.control("POST", f"/downtimes/{downtime['id']}/resolve")

    assert (updated["status"], updated["severity"], updated["updated_at"]) == ("updated", "low", NOON + 600)
    assert (resolved["status"], resolved["end"]) == ("resolved", NOON + 1200)
    assert sdk.payment.fetchDownTime()["items"] == []
    assert sdk.payment.fetchDownTimeById(downtime["id"]) == resolved
    assert produced(box) == [f"payment.downtime.{what}" for what in ("started", "updated", "resolved")]


def test_a_scheduled_one_starts_and_ends_by_itself(box, sdk):
    downtime = announce(box, begin=NOON + 3600, end=NOON + 7200)
    assert (downtime["status"], downtime["scheduled"]) == ("scheduled", True)
    assert produced(box) == []
    assert sdk.payment.fetchDownTime()["count"] == 1

    box.advance("PT1H")
    assert sdk.payment.fetchDownTimeById(downtime["id"])["status"] == "started"
    box.advance("PT1H")

    assert sdk.payment.fetchDownTimeById(downtime["id"])["end"] == NOON + 7200
    assert produced(box) == ["payment.downtime.started", "payment.downtime.resolved"]


def test_one_that_is_resolved_early_is_not_resolved_again(box):
    downtime = announce(box, end=NOON + 3600)
    box.control("POST", f"/downtimes/{downtime['id']}/resolve")

    box.advance("PT2H")

    assert produced(box).count("payment.downtime.resolved") == 1
    for step in ("resolve", "update"):
        with pytest.raises(AssertionError, match="The downtime is resolved"):
            box.control("POST", f"/downtimes/{downtime['id']}/{step}", {"severity": "low"})


@pytest.mark.parametrize(
    ("method", "instrument"),
    [
        ("card", {"network": "Visa"}),
        ("card", {"issuer": "HDFC", "type": "debit"}),
        ("upi", {"vpa_handle": "examplebank"}),
        ("upi", {"psp": "google_pay"}),
    ],
)
def test_each_method_has_its_instruments(box, method, instrument):
    downtime = announce(box, method=method, instrument=instrument, severity="medium")

    assert (downtime["instrument"], downtime["severity"]) == (instrument, "medium")


@pytest.mark.parametrize(
    "facts",
    [
        {"method": "pigeon"},
        {"instrument": {"psp": "x"}},
        {"instrument": "HDFC"},
        {"instrument": {"bank": 5}},
        {"severity": "awful"},
        {"begin": NOON - 1},
        {"begin": NOON + 10, "end": NOON + 10},
        {"end": "soon"},
    ],
)
def test_a_senseless_downtime_is_refused(box, sdk, facts):
    with pytest.raises(AssertionError, match="400"):
        announce(box, **facts)

    assert sdk.payment.fetchDownTime()["count"] == 0


def test_unknown_and_misshapen_ids(sdk):
    with pytest.raises(RefusedByGateway, match="does not exist"):
        sdk.payment.fetchDownTimeById("down_Qi1W2e3R4t5Y6u")
    with pytest.raises(RefusedByGateway, match="HDFC is not a valid id"):
        sdk.payment.fetchDownTimeById("HDFC")


def test_the_methods_are_told_with_and_without_the_version(box, sdk):
    methods = sdk.payment.fetchPaymentMethods()

    assert methods["netbanking"]["HDFC"] == "HDFC Bank"
    assert sdk.get("/v1/methods", {}) == methods
