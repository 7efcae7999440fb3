"""The intake: once per id, in the right cycle, at its price, counted at once."""

import random
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credit import exposure
from invoices import usage
from invoices.models import UsageDay, UsageRecord
from tests import build
from tests.build import NOW
from tests.invoices.intake import DAY, agrees, close, counted, ingest, outcomes, subscribed, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return subscribed()


def test_a_call_is_stored_rated_and_counted(account):
    assert words(build.call(account, id="c-1", seconds=61)) == [("accepted", "", "")]

    record = UsageRecord.objects.get()
    assert (record.units, record.unit_price, record.is_late) == (2, 60_000, False)
    assert (record.source, record.record_id, record.month) == ("platform", "c-1", date(2026, 11, 1))
    assert (record.caller, record.called, record.started_at) == ("+918040001234", "+919900012345", NOW)
    assert counted(account) == {(date(2026, 11, 15), "click_to_call"): (1, 2, 120_000, 0, 0)}
    day = UsageDay.objects.get()
    assert (day.day, day.records, day.units, day.amount) == (date(2026, 11, 24), 1, 2, 120_000)


@pytest.mark.parametrize(
    ("started", "answered", "ended"),
    [
        ("2026-11-24T11:00:00.000001+05:30", "2026-11-24T11:00:05.999999+05:30", "2026-11-24T05:31:06Z"),
        ("2026-11-25T01:00:00+20:00", "2026-11-23T13:00:05-16:30", "2026-11-24T11:01:06+05:30"),
        ("2026-11-24T11:00:00+05:30", None, "2026-11-24T11:00:20+05:30"),
        ("2026-11-24T11:00:00+05:30", None, None),
    ],
)
def test_the_times_of_a_call_are_kept_to_the_microsecond(account, started, answered, ended):
    given = {"started_at": started, "answered_at": answered, "ended_at": ended}

    assert outcomes(build.call(account) | given) == ["accepted"]

    record = UsageRecord.objects.get()
    for field, value in given.items():
        assert getattr(record, field) == (value and datetime.fromisoformat(value))


def test_a_batch_with_some_ids_taken_before_stores_the_others(account):
    ingest(build.call(account, id="c-500"))
    batch = [build.call(account, id=f"c-{n:03}") for n in range(1000)]

    assert outcomes(*batch) == ["duplicate" if n == 500 else "accepted" for n in range(1000)]

    assert counted(account)[date(2026, 11, 15), "click_to_call"][0] == 1000
    agrees()


@pytest.mark.parametrize(
    ("change", "units"),
    [
        ({"seconds": 1}, 1),
        ({"seconds": 60}, 1),
        ({"seconds": 61}, 2),
        ({"seconds": 0}, 0),
        ({"seconds": 86_395 - 600, "at": NOW - DAY}, 1430),
        ({"answered_at": None}, 0),
        ({"answered_at": None, "ended_at": None}, 0),
        ({"units": 99}, 1),
    ],
)
def test_pulses(account, change, units):
    assert outcomes(build.call(account, **change)) == ["accepted"]

    assert UsageRecord.objects.get().units == units


def test_a_message_counts_its_units(account):
    ingest(build.message(account, units=160))

    assert counted(account) == {(date(2026, 11, 15), "sms"): (1, 160, 3_200_000, 0, 0)}


def test_a_hostile_but_lawful_id_is_kept_as_it_is(account):
    ids = ["a\\b", "\\N", "\\.", "'; drop table x;--", "=cmd|'/c'!A0", "<b>&amp;"]

    ingest(*(build.call(account, id=one.replace(" ", "")) for one in ids))

    assert set(UsageRecord.objects.values_list("record_id", flat=True)) == {i.replace(" ", "") for i in ids}
    agrees()


def test_the_same_batch_again_changes_nothing(account):
    batch = [build.call(account, seconds=n) for n in range(1, 200, 17)]
    ingest(*batch)
    before = counted(account)

    assert set(outcomes(*batch)) == {"duplicate"}

    assert counted(account) == before
    agrees()


def test_the_same_id_twice_in_a_batch_is_once(account):
    batch = [build.call(account, id="c-1", seconds=s) for s in (60, 300)]

    assert outcomes(*batch) == ["accepted", "duplicate"]

    assert counted(account) == {(date(2026, 11, 15), "click_to_call"): (1, 1, 60_000, 0, 0)}


def test_a_taken_id_stays_a_duplicate_with_other_content_in_another_month_and_account(account):
    other = subscribed()
    ingest(build.call(account, id="c-1"))

    again = [build.call(other, id="c-1", seconds=300), build.call(account, id="c-1", at=NOW - 30 * DAY)]

    assert outcomes(*again) == ["duplicate", "duplicate"]
    assert counted(other) == {}
    agrees()


def test_another_source_has_its_own_ids(account):
    ingest(build.call(account, id="c-1"))

    assert outcomes(build.call(account, id="c-1"), source="import") == ["accepted"]


def test_a_refused_record_takes_no_others_with_it_and_not_its_id(account):
    stranger = build.account()
    batch = [
        build.call(account, id="c-1", account="BA-999999999"),
        build.call(account, id="c-1", seconds=61),
        build.call(stranger, id="c-2"),
        {"id": "c-3"},
        "nonsense",
    ]

    assert words(*batch) == [
        ("rejected", "account", "is not known"),
        ("accepted", "", ""),
        ("rejected", "account", "has no plan"),
        ("rejected", "account", "is missing"),
        ("rejected", "", "a record must be an object"),
    ]
    assert UsageRecord.objects.get().units == 2
    agrees()


def test_a_sender_bound_to_an_account_reports_for_no_other(account):
    other = subscribed()

    assert words(build.call(account), build.call(other), only_account=account.ban) == [
        ("accepted", "", ""),
        ("rejected", "account", "is not known"),
    ]


def test_a_feature_without_a_price_is_stored_counted_apart_and_said(account):
    whatsapp = build.message(account, feature="whatsapp", units=3)

    assert words(whatsapp) == [("accepted", "", usage.NO_PRICE)]

    assert counted(account) == {(date(2026, 11, 15), "whatsapp"): (1, 0, 0, 1, 0)}
    assert exposure.read(account, now=NOW).current_usage == 0
    agrees()


def test_a_batch_has_at_most_10_000_records(account):
    with pytest.raises(usage.TooMany):
        ingest(*[{}] * 10_001)


def test_a_batch_costs_the_same_statements_whatever_its_size_and_accounts():
    counts = []
    for accounts, calls in ((1, 1), (6, 30)):
        batch = [build.call(one) for one in (subscribed() for _ in range(accounts)) for _ in range(calls)]
        with CaptureQueriesContext(connection) as captured:
            assert set(outcomes(*batch)) == {"accepted"}
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 17, counts


ONE = st.fixed_dictionaries(
    {
        "account": st.integers(0, 1),
        "id": st.integers(0, 12),
        "seconds": st.integers(0, 400),
        "back": st.integers(0, 39),
        "feature": st.sampled_from(["click_to_call", "incoming", "sms", "whatsapp"]),
    }
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    batches=st.lists(st.lists(ONE, max_size=8), max_size=4),
    seed=st.integers(0, 9),
    closes_after=st.integers(0, 5),
)
def test_any_order_and_repetition_keeps_counters_equal_to_records(batches, seed, closes_after):
    pair = [subscribed(), subscribed()]
    sent = [[record(pair, one) for one in batch] for batch in batches]
    again = sent + sent
    random.Random(seed).shuffle(again)

    for number, batch in enumerate(again):
        if number == closes_after:
            close(pair[0].cycles.order_by("starts_on")[0])
        ingest(*batch, source=f"s{pair[0].pk}")

    agrees()
    for account in pair:
        rated = UsageRecord.objects.filter(account=account, cycle__closed_at=None).exclude(unit_price=None)
        gross = sum(rated.values_list(F("units") * F("unit_price"), flat=True))
        assert exposure.read(account, now=NOW).current_usage == gross // 1000


def record(pair, one):
    account, at = pair[one["account"]], NOW - one["back"] * DAY
    id = f"r{one['id']}"
    if one["feature"] in ("sms", "whatsapp"):
        return build.message(account, id=id, at=at, feature=one["feature"], units=one["seconds"] + 1)
    fields = {"feature": one["feature"], "direction": None}
    return build.call(account, id=id, at=at - timedelta(minutes=10), seconds=one["seconds"], **fields)
