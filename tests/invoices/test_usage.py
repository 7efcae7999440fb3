"""Usage intake: once per id, rated, in its cycle; what is not usable is refused with field and reason."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from credit import exposure
from invoices import plans, usage
from invoices.models import Cycle, UsageCounter, UsageDay, UsageKey, UsageRecord
from tests import build
from tests.build import NOW, paise, record

pytestmark = pytest.mark.django_db
BEGAN = NOW - timedelta(days=10)


@pytest.fixture
def account():
    made = build.account()
    build.subscribed(made, now=BEGAN)
    return made


def take(*records, now=NOW):
    return usage.ingest(records, source="platform", now=now)


def results(*records, now=NOW):
    return [one.outcome for one in take(*records, now=now)]


def test_a_record_is_rated_and_counted(account):
    assert results(record(account, ended_at=(NOW + timedelta(seconds=61)).isoformat())) == ["accepted"]

    row = UsageRecord.objects.get()
    assert (row.units, row.unit_price, row.is_late) == (2, 60_000, False)
    counter = UsageCounter.objects.get()
    assert (counter.records, counter.units, counter.amount, counter.unrated) == (1, 2, 120_000, 0)
    day = UsageDay.objects.get()
    assert (day.day, day.records, day.units, day.amount) == (date(2026, 11, 24), 1, 2, 120_000)


def test_the_same_id_twice_is_once_in_a_batch_and_after_it(account):
    first = results(record(account), record(account), record(account, 2))
    again = results(record(account), record(account, started_at=(NOW - timedelta(days=40)).isoformat()))

    assert first == ["accepted", "duplicate", "accepted"]
    assert again[0] == "duplicate"
    assert UsageRecord.objects.count() == UsageKey.objects.count() == 2
    assert UsageCounter.objects.get().records == 2


def test_another_source_may_use_the_same_id(account):
    take(record(account))

    assert usage.ingest([record(account)], source="other", now=NOW)[0].outcome == "accepted"


def test_an_unanswered_call_is_no_unit(account):
    take(record(account, answered_at=None))

    assert UsageCounter.objects.get().units == 0


# fmt: off
BAD = [
    # field          value                               reason
    ("id",           "",                                 "is missing"),
    ("id",           "a b",                              "printable"),
    ("id",           "x" * 65,                           "printable"),
    ("id",           "nul\0",                            "printable"),
    ("id",           7,                                  "printable"),
    ("account",      "BA-999999",                        "no such account"),
    ("account",      None,                               "is missing"),
    ("feature",      "fax",                              "no such feature"),
    ("direction",    "in",                               "always 'out'"),
    ("caller",       "<b>",                              "phone number"),
    ("caller",       "1" * 21,                           "phone number"),
    ("called",       "०१२३४५",                           "phone number"),
    ("called",       ["+919900000001"],                  "phone number"),
    ("started_at",   None,                               "is missing"),
    ("started_at",   "yesterday",                        "must be a time"),
    ("started_at",   "2026-11-24T10:00:00",              "needs an offset"),
    ("started_at",   1732430000,                         "must be a time"),
    ("started_at",   "2026-11-24T11:45:00+05:30",        "future"),
    ("started_at",   "2026-09-01T10:00:00+05:30",        "too old"),
    ("started_at",   "2026-11-10T10:00:00+05:30",        "before the account's plan"),
    ("answered_at",  "2026-11-24T11:29:00+05:30",        "before started_at"),
    ("ended_at",     None,                               "is missing"),
    ("ended_at",     "2026-11-24T11:29:00+05:30",        "before started_at"),
    ("ended_at",     "2026-11-24T12:30:00+05:30",        "future"),
    ("duration",     60,                                 "not a field"),
]
# fmt: on


@pytest.mark.parametrize(("field", "value", "reason"), BAD)
def test_what_is_not_usable_is_refused_with_field_and_reason(account, field, value, reason):
    (good, bad) = take(record(account, 1), record(account, 2, **{field: value}))

    assert good.outcome == "accepted"
    assert (bad.outcome, bad.field) == ("rejected", field)
    assert reason in bad.reason
    assert UsageRecord.objects.count() == 1


@pytest.mark.parametrize("units", [0, -1, 1.0, True, "3", 100_001])
def test_a_message_counts_whole_units(account, units):
    (one,) = take(record(account, feature="sms", units=units))

    assert (one.outcome, one.field) == ("rejected", "units")


@pytest.mark.parametrize("what", [None, 7, "text", ["id"]])
def test_what_is_no_record_is_refused(account, what):
    assert results(what, record(account)) == ["rejected", "accepted"]


def test_a_batch_has_a_largest_size(account):
    with pytest.raises(usage.TooMany):
        take(*[record(account)] * 10_001)


def test_an_account_without_a_plan_is_refused():
    (one,) = take(record(build.account()))

    assert (one.field, one.reason) == ("account", "the account has no plan on that day")


def test_a_late_record_counts_in_the_open_cycle_and_is_marked(account):
    first = account.cycles.get()
    later = NOW + timedelta(days=25)
    take(record(account, 1, at=later), now=later)  # opens the following cycle
    Cycle.objects.filter(pk=first.pk).update(closed_at=later)

    take(record(account, 2), now=later)

    row = UsageRecord.objects.get(record_id="r2")
    assert row.is_late and row.cycle_id != first.pk
    assert UsageCounter.objects.get(cycle=row.cycle).late == 1
    assert UsageDay.objects.filter(day=date(2026, 11, 24)).exists()  # the day it was made on


def test_a_call_across_the_end_of_a_cycle_belongs_to_where_it_began(account):
    midnight = NOW.replace(month=12, day=13, hour=18, minute=30)  # 14 Dec, 00:00 IST
    call = record(
        account,
        at=midnight - timedelta(minutes=5),
        answered_at=(midnight - timedelta(minutes=4)).isoformat(),
        ended_at=(midnight + timedelta(minutes=5)).isoformat(),
    )

    take(call, record(account, 2, at=midnight), now=midnight + timedelta(minutes=10))

    first, second = account.cycles.order_by("starts_on")
    assert UsageRecord.objects.get(record_id="r1").cycle == first
    assert UsageRecord.objects.get(record_id="r2").cycle == second
    assert (second.starts_on, second.rental) == (date(2026, 12, 14), 0)


def test_a_feature_without_price_is_taken_unrated(account):
    (one,) = take(record(account, feature="whatsapp"))

    assert (one.outcome, one.field) == ("accepted", "feature")
    counter = UsageCounter.objects.get()
    assert (counter.records, counter.units, counter.amount, counter.unrated) == (1, 0, 0, 1)


def test_the_published_sums_come_out_of_records(account):
    """PRODUCT § 2.5: 1,250 of 1,000 free minutes used, OA 1,180, PA 500 → total outstanding 830.00."""
    build.used(account, 1250)

    held = exposure.read(account)
    assert (held.current_usage, held.free_value) == (paise(750), paise(600))
    assert held.outstanding == paise(1180)
    assert held.total_outstanding == paise(1180) + paise(150)


def test_a_batch_costs_a_constant_number_of_statements(account, django_assert_num_queries):
    take(record(account, 0))
    others = [build.account() for _ in range(3)]
    for other in others:
        build.subscribed(other, now=BEGAN)

    with django_assert_num_queries(11):
        take(*(record(one, f"{one.ban}-{n}") for one in [account, *others] for n in range(50)))


class AnyOrder(TestCase):
    """Counters equal the records whatever the order, the split and the repetition of batches."""

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(1, 12), st.sampled_from(["click_to_call", "incoming", "sms"])), max_size=30
        ),
        st.integers(1, 7),
    )
    def test_counters_are_the_records(self, told, size):
        account = build.account()
        build.subscribed(account, now=BEGAN)
        records = [
            record(account, f"{account.ban}-{n}", feature=feature, at=NOW - timedelta(hours=n))
            for n, feature in told
        ]

        for start in range(0, len(records), size):
            usage.ingest(records[start : start + size], source="platform", now=NOW)

        stored = list(UsageRecord.objects.filter(account=account))
        assert len(stored) == len({n for n, _feature in told})
        for counter in UsageCounter.objects.filter(account=account):
            mine = [r for r in stored if r.feature_id == counter.feature_id]
            assert counter.records == len(mine)
            assert counter.units == sum(r.units for r in mine)
            assert counter.amount == sum(r.units * r.unit_price for r in mine)
        assert sum(d.records for d in UsageDay.objects.filter(account=account)) == len(stored)


def test_a_new_version_prices_only_later_cycles(account):
    plan = account.subscription.plan
    plans.publish(
        plan.pk,
        valid_from=date(2026, 11, 25),
        rental=1,
        prices=[plans.Price("click_to_call", 99_000)],
        actor=None,
        now=NOW,
    )

    tomorrow, next_month = NOW + timedelta(days=2), NOW + timedelta(days=25)
    take(record(account, 1, at=tomorrow), now=tomorrow)
    take(record(account, 2, at=next_month), now=next_month)

    assert [r.unit_price for r in UsageRecord.objects.order_by("record_id")] == [60_000, 99_000]
