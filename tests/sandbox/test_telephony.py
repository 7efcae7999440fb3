"""The platform as a whole: people who call, control, the page, a crash."""

import time

import httpx
import pytest

from sandbox.testing import ControlFailed, running
from tests.sandbox.conftest import NOON, Phones


def end_all(box):
    box.advance("PT3H")


def people(phones, seed=5):
    phones.box.reset(seed=seed, clock=NOON, freeze=True)
    phones.portal.forget()
    Phones(phones.box, phones.portal)
    phones.box.control("POST", f"/telephony/accounts/{phones.ban}/pace", {"pace": 30})
    phones.box.advance("PT3H")
    return phones.listed("calls"), phones.portal.records


def test_people_call_at_their_pace_and_the_same_seed_gives_the_same_calls(phones):
    calls, records = people(phones)

    assert 60 < len(calls) < 120
    assert {call["feature"] for call in calls} == {"incoming", "click_to_call", "sms", "whatsapp"}
    assert {call["state"] for call in calls} >= {"answered", "unanswered", "sent"}
    over = [call["id"] for call in calls if call["state"] in ("answered", "unanswered", "sent")]
    assert {record["id"] for record in records} == set(over)
    assert people(phones) == (calls, records)
    assert people(phones, seed=6)[0] != calls


def test_nobody_calls_at_pace_0_and_an_older_pace_is_void(phones):
    path = f"/telephony/accounts/{phones.ban}/pace"
    phones.box.control("POST", path, {"pace": 60})
    phones.box.control("POST", path, {"pace": 60})
    phones.box.advance("PT1H")
    assert 30 < len(phones.listed("calls")) < 100
    phones.box.control("POST", path, {"pace": 0})
    before = len(phones.listed("calls"))

    phones.box.advance("P1D")

    assert len(phones.listed("calls")) == before


def test_a_long_move_of_the_clock_has_a_bounded_number_of_calls(phones):
    phones.box.control("POST", f"/telephony/accounts/{phones.ban}/pace", {"pace": 600})

    phones.box.advance("P30D")

    assert len(phones.listed("calls")) == 200
    phones.box.advance("PT6M")
    assert len(phones.listed("calls")) > 220


def test_nobody_talks_longer_than_the_line_says(phones):
    phones.box.control("POST", "/telephony/lines", {"ban": phones.ban, "longest": 60, "pace": 60})
    phones.box.advance("PT2H")

    talks = [call["talk"] for call in phones.listed("calls")]
    assert max(talks) == 60 and len(set(talks)) > 5


def test_a_line_that_cuts_nobody_off_holds_a_minute_and_lets_calls_end_by_themselves(phones):
    phones.portal.grants = 60
    phones.box.control("POST", "/telephony/lines", {"ban": phones.ban, "cuts": False})
    phones.call(ring=10, seconds=600)
    end_all(phones.box)

    [call] = phones.listed("calls")
    assert (call["state"], call["ended_at"]) == ("answered", NOON + 610)
    assert phones.portal.holds[call["id"]]["asked"] == 60


def test_where_all_is_shut_fewer_people_try_and_they_come_back(phones):
    phones.order("suspended")
    phones.box.control("POST", f"/telephony/accounts/{phones.ban}/pace", {"pace": 600})
    phones.box.advance("PT6M")
    shut = phones.listed("calls")
    phones.order("active", 2)

    phones.box.advance("PT6M")

    assert {call["state"] for call in shut} <= {"refused"}
    assert len(shut) < 20 < len(phones.listed("calls")) - len(shut)


@pytest.mark.parametrize("wrong", [{"longest": 4}, {"longest": True}, {"longest": "60"}, {"cuts": 1}])
def test_a_line_that_makes_no_sense_is_refused(phones, wrong):
    with pytest.raises(ControlFailed):
        phones.box.control("POST", "/telephony/lines", {"ban": phones.ban, **wrong})


def test_a_crash_loses_no_call_and_no_record(tmp_path, stand_in):
    stand_in.forget()
    with running("--state", str(tmp_path / "state.sqlite3")) as box:
        box.control("POST", "/clock", {"freeze": True})
        phones = Phones(box, stand_in)
        stand_in.down = {"usage-events": 500}
        phones.call(3, ring=5, seconds=60)
        phones.call(feature="sms", units=1)
        box.drain()
        box.kill()
        stand_in.down = {}

        box.start()
        end_all(box)

        assert len(stand_in.records) == len({record["id"] for record in stand_in.records}) == 4


def test_a_call_being_asked_about_in_a_crash_is_asked_about_again_under_its_id(tmp_path, stand_in):
    stand_in.forget()
    with running("--state", str(tmp_path / "state.sqlite3")) as box:
        box.control("POST", "/clock", {"freeze": True})
        phones = Phones(box, stand_in)
        stand_in.nap = 2
        url = f"{box.url}/_sandbox/telephony/accounts/{phones.ban}/calls"
        with pytest.raises(httpx.ReadTimeout):
            headers = {"Authorization": f"Bearer {box.control_token}"}
            box.http.post(url, json={"seconds": 30}, headers=headers, timeout=0.3)
        [call] = phones.listed("calls", state="dialling")
        box.kill()
        stand_in.nap = 0

        box.start()
        box.drain()

        assert phones.listed("calls")[0]["state"] == "running"
        assert list(stand_in.holds) == [call["id"]]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/lines", {"ban": "BA/1"}),
        ("/lines", {"ban": "BA-1", "numbers": []}),
        ("/lines", {"ban": "BA-1", "numbers": ["98000"]}),
        ("/lines", {"ban": "BA-1", "pace": -1}),
        ("/lines", {"lines": "BA-1"}),
        ("/portal", {"url": "http://portal.example.in"}),
        ("/portal", {"order_secret": ""}),
        ("/portal", {"colour": "red"}),
        ("/accounts/BA-100042/calls", {"count": 0}),
        ("/accounts/BA-100042/calls", {"feature": "fax"}),
        ("/accounts/BA-100042/calls", {"seconds": -1}),
        ("/accounts/BA-100042/calls", {"other": "me"}),
        ("/accounts/BA-100042/pace", {"pace": "fast"}),
    ],
)
def test_a_senseless_wish_is_refused(phones, path, body):
    with pytest.raises(AssertionError, match="400"):
        phones.box.control("POST", f"/telephony{path}", body)


def test_an_unknown_account_has_no_calls(phones):
    with pytest.raises(AssertionError, match="404"):
        phones.box.control("POST", "/telephony/accounts/BA-0/calls", {})


def test_lines_can_be_given_to_many_accounts_and_changed(phones):
    lines = [{"ban": f"BA-{number}", "numbers": [f"+91804400000{number}"]} for number in range(3)]
    phones.box.control("POST", "/telephony/lines", {"lines": lines})
    phones.order("suspended", ban="BA-1")

    phones.box.control("POST", "/telephony/lines", {"ban": "BA-1", "pace": 2})

    line = next(line for line in phones.listed("accounts") if line["id"] == "BA-1")
    assert (line["numbers"], line["pace"], line["level"]) == (["+918044000001"], 2, "suspended")


def test_a_flowing_clock_ends_calls_by_itself(phones):
    phones.box.control("POST", "/clock", {"freeze": False})
    phones.call(ring=0, seconds=1)
    deadline = time.monotonic() + 10
    while not phones.portal.records and time.monotonic() < deadline:
        time.sleep(0.05)

    assert len(phones.portal.records) == 1
