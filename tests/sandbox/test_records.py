"""Records: sent until they are taken, and the ways in which they come wrongly."""

import pytest

from sandbox.telephony.records import BACK_OFF
from tests.sandbox.conftest import NOON


def message(phones, count=1):
    placed = phones.call(count, feature="sms", units=1)
    phones.box.drain()
    return [call["id"] for call in placed]


def ids(phones):
    return [record["id"] for record in phones.portal.records]


@pytest.mark.parametrize("status", [400, 401, 413, 429, 500, 503])
def test_a_record_is_sent_along_the_back_off_until_it_is_taken(phones, status):
    phones.portal.down = {"usage-events": status}
    [sent] = message(phones)
    phones.box.advance("PT2H")
    phones.portal.down = {}
    assert ids(phones) == []

    phones.box.advance("PT1H")

    assert ids(phones) == [sent]
    [record] = phones.listed("records")
    times = [said["at"] - NOON for said in record["said"]]
    expected = [0]
    for gap in (*BACK_OFF, BACK_OFF[-1])[: len(times) - 1]:
        expected.append(expected[-1] + gap)
    assert times == expected
    assert record["state"] == "taken"


def test_a_rejected_record_is_kept_with_its_reason_and_can_be_sent_again(phones):
    phones.portal.rejects = {"sms": ("account", "is not known")}
    [sent] = message(phones)
    phones.box.advance("P1D")
    [record] = phones.listed("records", state="rejected")
    assert (record["said"][0]["reason"], len(record["said"])) == ("is not known", 1)
    phones.portal.rejects = {}

    phones.box.control("POST", f"/telephony/records/{sent}/send")
    phones.box.drain()

    assert phones.listed("records")[0]["state"] == "taken"


def test_a_record_ahead_of_the_portals_clock_is_sent_again_later(phones):
    phones.portal.rejects = {"sms": ("started_at", "is in the future")}
    message(phones)
    phones.portal.rejects = {}

    phones.box.advance("PT1M")

    [record] = phones.listed("records")
    assert [said["outcome"] for said in record["said"]] == ["rejected", "duplicate"]
    assert record["state"] == "taken"


def test_what_is_due_together_goes_together(phones):
    phones.portal.down = {"usage-events": 503}
    message(phones, 30)
    phones.portal.down = {}

    phones.box.advance("PT5S")

    assert [len(batch) for batch in phones.portal.batches] == [30]


def test_an_answer_that_does_not_fit_is_no_answer(phones):
    phones.portal.down = {"usage-events": 200}

    message(phones)

    [record] = phones.listed("records")
    assert (record["state"], record["tries"]) == ("waiting", 1)


def test_a_record_comes_twice(phones):
    phones.fault("record", "twice")

    [sent] = message(phones)

    assert ids(phones) == [sent, sent]
    assert [said["outcome"] for said in phones.listed("records")[0]["said"]] == ["accepted", "duplicate"]


def test_a_record_comes_in_parallel(phones):
    phones.fault("record", "parallel", copies=4)
    phones.portal.nap = 0.3

    [sent] = message(phones)

    assert ids(phones) == [sent] * 4
    assert phones.portal.most_at_once > 1
    assert phones.listed("records")[0]["state"] == "taken"


def test_a_record_comes_late(phones):
    phones.fault("record", "late", seconds=7200)
    message(phones)
    assert ids(phones) == []

    phones.box.advance("PT2H")

    assert len(ids(phones)) == 1


def test_records_come_out_of_order(phones):
    phones.fault("record", "out_of_order")
    [first] = message(phones)
    [second] = message(phones)

    assert ids(phones) == [second, first]


def test_a_record_that_no_other_overtakes_comes_a_minute_later(phones):
    phones.fault("record", "out_of_order")
    message(phones)
    assert ids(phones) == []

    phones.box.advance("PT1M")

    assert len(ids(phones)) == 1


def test_a_clock_that_is_wrong_dates_its_records_wrongly(phones):
    phones.fault("record", "skew", seconds=-3600)

    message(phones)

    assert phones.portal.records[0]["started_at"] == "2026-08-17T19:53:20.000Z"


def test_a_fault_may_hit_one_account_only(phones):
    rule = {"on": "record", "account": "BA-2*", "count": None, "do": {"kind": "late", "seconds": 60}}
    phones.box.control("POST", "/faults", rule)
    phones.box.control("POST", "/telephony/lines", {"ban": "BA-200"})

    message(phones)
    phones.box.control("POST", "/telephony/accounts/BA-200/calls", {"feature": "sms", "units": 1})
    phones.box.drain()

    assert [record["account"] for record in phones.portal.records] == [phones.ban]
