"""Calls: the platform asks and holds before, obeys its orders by itself, and sends the record after."""

from collections import Counter

import pytest

from sandbox.testing import ControlFailed
from tests.sandbox.conftest import NOON


def at(seconds):
    return f"2026-08-17T20:{53 + (20 + seconds) // 60:02d}:{(20 + seconds) % 60:02d}.000Z"


def states(items):
    return Counter((call["state"], call["reason"]) for call in items)


def end_all(box):
    box.advance("PT3H")


def test_a_call_is_asked_about_held_and_recorded_at_its_end(phones):
    [call] = phones.call(feature="click_to_call", ring=10, seconds=65, other="+919800000001")
    assert (call["state"], call["granted"], call["held"]) == ("running", 3600, True)
    assert phones.portal.asked == [None]
    assert phones.portal.holds[call["id"]]["asked"] == 120
    assert phones.portal.records == []

    phones.box.advance("PT2M")

    assert phones.portal.records == [
        {
            "id": call["id"],
            "account": phones.ban,
            "feature": "click_to_call",
            "direction": "out",
            "caller": "+918044000001",
            "called": "+919800000001",
            "started_at": at(0),
            "answered_at": at(10),
            "ended_at": at(75),
        }
    ]
    [over] = phones.listed("calls")
    assert (over["state"], over["ended_at"]) == ("answered", NOON + 75)
    assert phones.listed("records")[0]["state"] == "taken"


def test_an_incoming_call_comes_from_outside(phones):
    phones.call(feature="incoming", ring=5, seconds=30, other="+919800000001")
    phones.box.advance("PT1M")

    [record] = phones.portal.records
    assert (record["direction"], record["caller"], record["called"]) == (
        "in",
        "+919800000001",
        "+918044000001",
    )


def test_a_call_that_nobody_answers_has_no_answer_in_its_record(phones):
    phones.call(ring=20, seconds=0)
    phones.box.advance("PT1M")

    [record] = phones.portal.records
    assert "answered_at" not in record
    assert record["ended_at"] == at(20)
    assert phones.listed("calls")[0]["state"] == "unanswered"


def test_a_message_is_asked_about_held_and_recorded_at_once(phones):
    [sent] = phones.call(feature="sms", units=2)
    phones.box.drain()

    assert (sent["state"], sent["granted"], sent["held"]) == ("sent", 2, True)
    assert phones.portal.holds[sent["id"]]["asked"] == 2
    [record] = phones.portal.records
    assert (record["id"], record["units"], record["started_at"]) == (sent["id"], 2, at(0))
    assert "ended_at" not in record


def test_a_message_goes_whole_or_not_at_all_and_holds_nothing_that_cannot_go(phones):
    [refused] = phones.call(feature="sms", units=3)  # the answer says two
    asked = dict(phones.portal.holds)
    phones.portal.grants_units = 1
    [half] = phones.call(feature="sms", units=2)  # somebody was quicker
    phones.box.drain()

    assert {one["reason"] for one in (refused, half)} == {"INSUFFICIENT_BALANCE"}
    assert asked == {} and list(phones.portal.holds) == [half["id"]]
    assert phones.portal.records == []


def test_a_burst_of_messages_holds_at_the_same_time(phones):
    phones.portal.most_holds = 7

    items = phones.box.control("POST", f"/telephony/accounts/{phones.ban}/messages", {"units": 1})["items"]

    assert states(items) == {("sent", ""): 7, ("refused", "INSUFFICIENT_BALANCE"): 23}
    with pytest.raises(ControlFailed, match="incoming is a call"):
        phones.box.control("POST", f"/telephony/accounts/{phones.ban}/messages", {"feature": "incoming"})


def test_a_silent_portal_lets_messages_go_as_far_as_it_last_said(phones):
    phones.call(feature="sms", units=1)
    phones.portal.down = {"service": 503, "holds": 503}

    few, many = phones.call(feature="sms", units=2) + phones.call(feature="sms", units=3)

    assert (few["state"], few["held"], many["reason"]) == ("sent", False, "INSUFFICIENT_BALANCE")


def test_an_unchanged_answer_is_not_sent_again(phones):
    for _ in range(3):
        phones.call(seconds=30)

    first, second, third = phones.portal.asked
    assert first is None
    assert second == third != first


def test_the_portals_refusal_is_kept_with_its_reason(phones):
    phones.portal.features["click_to_call"] = {"allowed": False, "reason": "CREDIT_LIMIT", "seconds": 0}
    phones.portal.most_holds = 0

    tried = phones.call() + phones.call(feature="incoming") + phones.call(feature="whatsapp")

    assert [(call["state"], call["reason"]) for call in tried] == [
        ("refused", "CREDIT_LIMIT"),
        ("refused", "INSUFFICIENT_BALANCE"),
        ("refused", "NOT_OFFERED"),
    ]
    end_all(phones.box)
    assert phones.portal.records == []


def test_parallel_calls_hold_at_the_same_time_and_each_has_an_outcome(phones):
    phones.portal.most_holds, phones.portal.nap = 7, 0.3

    placed = phones.call(20, seconds=60)

    assert states(placed) == {("running", ""): 7, ("refused", "INSUFFICIENT_BALANCE"): 13}
    assert phones.portal.most_at_once > 8
    assert phones.listed("accounts")[0]["running"] == 7


def test_a_call_ends_when_its_granted_seconds_run_out(phones):
    phones.portal.grants = 40
    phones.call(ring=10, seconds=600)
    phones.box.advance("PT1M")

    assert phones.portal.records[0]["ended_at"] == at(40)
    assert phones.listed("calls")[0]["state"] == "cut_off"


def test_a_grant_without_bound_lets_the_call_end_by_itself(phones):
    phones.portal.grants = None
    phones.call(ring=10, seconds=600)
    end_all(phones.box)

    assert phones.listed("calls")[0]["ended_at"] == NOON + 610


def test_a_call_can_be_ended_by_hand(phones):
    [call] = phones.call(ring=5, seconds=600)
    phones.box.advance("PT1M")

    phones.box.control("POST", f"/telephony/calls/{call['id']}/end")
    phones.box.drain()

    assert phones.portal.records[0]["ended_at"] == at(60)
    end_all(phones.box)
    assert len(phones.portal.records) == 1


@pytest.mark.parametrize(
    ("level", "incoming", "outbound"),
    [
        ("active", "running", "running"),
        ("outbound_blocked", "running", "refused"),
        ("suspended", "refused", "refused"),
        ("archived", "refused", "refused"),
        ("deleted", "refused", "refused"),
    ],
)
def test_orders_are_enforced_without_asking(phones, level, incoming, outbound):
    phones.order(level)

    got = {
        feature: phones.call(feature=feature)[0]
        for feature in ("incoming", "click_to_call", "sms", "whatsapp")
    }

    assert (got["incoming"]["state"], got["click_to_call"]["state"]) == (incoming, outbound)
    if outbound == "refused":
        assert {got["sms"]["reason"], got["whatsapp"]["reason"]} == {level.upper()}
    allowed = [call for call in got.values() if call["reason"] != level.upper()]
    assert len(phones.portal.asked) == len(allowed)


def test_a_call_in_progress_ends_normally_and_the_next_is_refused(phones):
    phones.call(ring=5, seconds=300)
    phones.order("suspended")

    [next_one] = phones.call()
    end_all(phones.box)

    assert (next_one["state"], next_one["reason"]) == ("refused", "SUSPENDED")
    assert [call["ended_at"] for call in phones.listed("calls", state="answered")] == [NOON + 305]


@pytest.mark.parametrize(("policy", "state"), [("last_answer", "running"), ("refuse", "failed")])
def test_a_silent_portal_lets_calls_go_by_its_last_answer_or_not_at_all(phones, policy, state):
    phones.box.control("POST", "/switches", {"portal_silent": policy})
    phones.call(seconds=30)
    phones.portal.down = {"service": 503, "holds": 503}

    [call] = phones.call(seconds=30)

    assert (call["state"], call["held"]) == (state, False)
    phones.box.advance("PT16M")
    [too_old] = phones.call()
    assert too_old["state"] == "failed"
    assert too_old["reason"].startswith("PORTAL_SILENT")


def test_a_hold_is_tried_twice_under_one_id(phones):
    phones.portal.broken = {"holds": 1}

    [call] = phones.call()

    assert (call["state"], call["held"], list(phones.portal.holds)) == ("running", True, [call["id"]])


@pytest.mark.parametrize("word", ["service", "holds"])
def test_a_portal_that_will_not_have_it_fails_the_call_with_its_words(phones, word):
    phones.portal.down = {word: 403}

    assert phones.call()[0]["reason"] == "PORTAL_403: no"


def test_without_a_portal_nothing_can_be_placed(box):
    box.control("POST", "/telephony/lines", {"ban": "BA-1"})

    [call] = box.control("POST", "/telephony/accounts/BA-1/calls", {})["items"]

    assert (call["state"], call["reason"]) == ("failed", "PORTAL_SILENT: nobody said where the portal is")


def test_a_platform_without_calls(phones):
    phones.fault("call", "no_calls", count=2)

    assert [phones.call()[0]["reason"] for _ in range(3)] == ["PLATFORM_DOWN", "PLATFORM_DOWN", ""]


def test_a_call_kept_beyond_its_granted_seconds(phones):
    phones.portal.grants = 60
    phones.fault("call", "overrun", seconds=30)
    phones.call(ring=10, seconds=600)
    end_all(phones.box)

    assert phones.portal.records[0]["ended_at"] == at(90)
