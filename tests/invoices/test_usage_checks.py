"""The published table of what a record must be: each wrong one with its field and its reason."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoices.usage_checks import Kind, Rejected, Window, read
from invoices.usage_rows import day_of
from tests.build import NOW

KINDS = {"click_to_call": Kind("out", True), "incoming": Kind("in", True), "sms": Kind("out", False)}
WINDOW = Window.at(NOW, 62)
LATER = (NOW + timedelta(minutes=11)).isoformat()
CALL = {
    "id": "c-1",
    "account": "BA-100042",
    "feature": "click_to_call",
    "direction": "out",
    "caller": "+918040001234",
    "called": "09900012345",
    "started_at": "2026-11-24T11:00:00+05:30",
    "answered_at": "2026-11-24T11:00:05+05:30",
    "ended_at": "2026-11-24T11:01:06+05:30",
}
SMS = {"id": "s-1", "account": "BA-100042", "feature": "sms", "started_at": "2026-11-24T05:30:00Z"}
TIME = "must be a time in ISO 8601 with its offset, e.g. 2026-11-24T11:30:00+05:30"
LIKE_IT = "must be a time like started_at; none when nobody answered"
PHONE = "must be + and digits, at most 20 characters; of a message also a sender name of at most 11"
FEATURE = "must be the code of a feature, e.g. click_to_call"
CODE = "must be 1 to 64 printable ASCII characters without spaces"

# fmt: off
WRONG = (
    # change                                             field          reason
    ({"id": None},                                       "id",          "is missing"),
    ({"id": ""},                                         "id",          CODE),
    ({"id": 7},                                          "id",          CODE),
    ({"id": "x" * 65},                                   "id",          CODE),
    ({"id": "a b"},                                      "id",          CODE),
    ({"id": "नमस्ते"},                                      "id",          CODE),
    ({"id": "a\0"},                                      "id",          CODE),
    ({"id": "a\n"},                                      "id",          CODE),
    ({"account": None},                                  "account",     "is missing"),
    ({"account": 100042},                                "account",     "must be an account number like BA-100042"),
    ({"account": "BA-100042\n"},                         "account",     "must be an account number like BA-100042"),
    ({"account": "BA-१२३४५"},                            "account",     "must be an account number like BA-100042"),
    ({"feature": None},                                  "feature",     "is missing"),
    ({"feature": "fax"},                                 "feature",     "is not known"),
    ({"feature": ["sms"]},                               "feature",     FEATURE),
    ({"direction": "in"},                                "direction",   "must be out for click_to_call"),
    ({"direction": True},                                "direction",   "must be out for click_to_call"),
    ({"caller": "KAVERI"},                               "caller",      PHONE),
    ({"caller": "+" + "9" * 20},                         "caller",      PHONE),
    ({"caller": "<b>9"},                                 "caller",      PHONE),
    ({"called": "=1+1"},                                 "called",      PHONE),
    ({"called": 9900012345},                             "called",      PHONE),
    ({"called": "99\t00"},                               "called",      PHONE),
    ({"started_at": None},                               "started_at",  "is missing"),
    ({"started_at": "2026-11-24T11:00:00"},              "started_at",  TIME),
    ({"started_at": "yesterday"},                        "started_at",  TIME),
    ({"started_at": "2026-11-31T11:00:00Z"},             "started_at",  TIME),
    ({"started_at": 1_790_000_000},                      "started_at",  TIME),
    ({"started_at": True},                               "started_at",  TIME),
    ({"started_at": LATER},                              "started_at",  "is in the future"),
    ({"started_at": "9999-12-31T23:59:59-23:59"},        "started_at",  "is in the future"),
    ({"started_at": "0001-01-01T00:00:00+23:59"},        "started_at",  "is older than 62 days"),
    ({"started_at": "2026-09-23T05:59:59Z"},             "started_at",  "is older than 62 days"),
    ({"answered_at": "2026-11-24T11:00:05"},             "answered_at", LIKE_IT),
    ({"answered_at": "2026-11-24T10:59:59+05:30"},       "answered_at", "is before started_at"),
    ({"ended_at": None},                                 "ended_at",    "is missing: the call was answered"),
    ({"ended_at": "2026-11-24T11:00:04+05:30"},          "ended_at",    "is before answered_at"),
    ({"answered_at": None, "ended_at": "2026-11-24T10:59:59+05:30"}, "ended_at", "is before started_at"),
    ({"started_at": "2026-11-23T11:00:00+05:30"},        "ended_at",    "is more than 24 hours after started_at"),
    ({"ended_at": LATER},                                "ended_at",    "is in the future"),
    ({"units": True},                                    "units",       "must be a whole number from 0 to 100000"),
    ({"units": 1.0},                                     "units",       "must be a whole number from 0 to 100000"),
    ({"units": "1"},                                     "units",       "must be a whole number from 0 to 100000"),
    ({"price": 0},                                       "price",       "is no field of a usage record"),
    ({"<script>\n": 0},                                  "<script>\\n", "is no field of a usage record"),
)
WRONG_MESSAGES = (
    ({"units": 0},                                       "units",       "must be a whole number from 1 to 100000"),
    ({"units": 100_001},                                 "units",       "must be a whole number from 1 to 100000"),
    ({"units": -1},                                      "units",       "must be a whole number from 1 to 100000"),
    ({"caller": "A-NAME-OF-12"},                         "caller",      PHONE),
    ({"answered_at": "2026-11-24T05:29:59Z"},            "answered_at", "is before started_at"),
)
# fmt: on


def refused(record):
    with pytest.raises(Rejected) as refusal:
        read(record, WINDOW, KINDS)
    return refusal.value.field, refusal.value.reason


@pytest.mark.parametrize(("change", "field", "reason"), WRONG)
def test_a_wrong_call_is_refused_by_field_and_reason(change, field, reason):
    assert refused(CALL | change) == (field, reason)


@pytest.mark.parametrize(("change", "field", "reason"), WRONG_MESSAGES)
def test_a_wrong_message_is_refused_by_field_and_reason(change, field, reason):
    assert refused(SMS | change) == (field, reason)


@pytest.mark.parametrize("record", [None, 7, "c-1", [], [CALL]])
def test_what_is_no_object_is_refused(record):
    assert refused(record) == ("", "a record must be an object")


@pytest.mark.parametrize(
    ("change", "seconds"),
    [
        ({}, 61),
        ({"ended_at": "2026-11-24T11:01:05+05:30"}, 60),
        ({"ended_at": "2026-11-24T11:01:05.000001+05:30"}, 61),  # a begun second counts
        ({"ended_at": "2026-11-24T11:00:05+05:30"}, 0),
        ({"answered_at": None}, 0),
        ({"answered_at": None, "ended_at": None, "units": 0}, 0),
        ({"answered_at": "2026-11-24T05:30:05Z"}, 61),  # the same moment, another offset
        (
            {"units": 40, "caller": "", "called": None, "direction": None},
            61,
        ),  # a call's own count is of no use
    ],
)
def test_the_seconds_of_a_call(change, seconds):
    assert read(CALL | change, WINDOW, KINDS).seconds == seconds


@pytest.mark.parametrize(
    ("started", "day"),
    [("2026-11-23T18:29:59.999999Z", "2026-11-23"), ("2026-11-23T18:30:00Z", "2026-11-24")],
)
def test_the_day_changes_at_midnight_in_india(started, day):
    assert str(day_of(read(SMS | {"started_at": started}, WINDOW, KINDS).day)) == day


@pytest.mark.parametrize(("given", "units"), [({}, 1), ({"units": 160}, 160), ({"caller": "VM-KAVERI"}, 1)])
def test_a_message_counts_what_is_given(given, units):
    assert read(SMS | given, WINDOW, KINDS).units == units


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*CALL, "units", "other"]), ANYTHING))
def test_whatever_is_sent_is_read_or_refused(change):
    try:
        read(CALL | change, WINDOW, KINDS)
    except Rejected as why:
        assert why.reason
