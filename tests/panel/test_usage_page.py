"""The usage page: the published figures, numbers by role, and a list that loses and repeats nothing."""

import base64
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Member
from invoices import billing_run, usage, usage_list
from invoices.models import UsageRecord
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(db):
    made = build.account()
    build.subscribed(made, now=NOW - timedelta(days=5))
    return made


def url(account, name="usage", **words):
    return reverse(name, kwargs={"ban": account.ban}) + ("?" + "&".join(f"{k}={v}" for k, v in words.items()))


def text(response):
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return " ".join(re.sub(r"<[^>]+>", " ", body.decode()).split())


def test_the_published_example_stands_on_the_page(account, client):
    build.used(account, 1250)

    page = text(client.get(url(account)))

    assert "1,000 free used up, 250 at ₹0.60: ₹150.00" in page
    assert "At list price ₹750.00" in page
    assert "Free units used − ₹600.00" in page


@pytest.mark.parametrize(
    ("role", "whole"), [("owner", True), ("admin", True), ("manager", True), ("billing", False)]
)
def test_whole_numbers_are_for_roles_that_may_see_them(account, browse, role, whole):
    build.used(account, 3)
    person = build.member(account, Member.Role(role)).user

    for name in ("usage", "usage-csv"):
        page = text(browse(person).get(url(account, name)))
        assert ("+919900000001" in page) == whole
        assert ("•••• 0001" in page) != whole


def test_pages_follow_each_other_also_where_times_are_equal(account):
    records = [build.record(account, n, at=NOW - timedelta(hours=n // 7)) for n in range(40)]
    usage.ingest(records, source="platform", now=NOW)
    rows = usage_list.of(account, NOW.date() - timedelta(days=5), NOW.date())

    seen, after = [], ""
    while True:
        page = usage_list.page(rows, after, 6)
        seen += [row.pk for row in page.records]
        after = page.after
        if not after:
            break

    assert len(seen) == len(set(seen)) == 40
    assert seen == list(rows.values_list("pk", flat=True))


@pytest.mark.parametrize("mark", ["x", "AAAA", "MjAyNg==", "9" * 400])
def test_a_broken_mark_is_the_first_page(account, client, mark):
    build.used(account, 3)

    assert client.get(url(account, after=mark)).status_code == 200


def test_a_feature_and_days_are_chosen(account, client):
    build.used(account, 3)
    build.used(account, 5, feature="sms")

    page = text(client.get(url(account, "usage-csv", feature="sms")))

    assert page.count("platform") == 0 and ",sms," in page and "click_to_call" not in page
    wrong = client.get(url(account, first="2026-12-01", last="2026-11-01"))
    assert wrong.status_code == 422
    assert "comes after the first" in text(wrong)


def test_the_csv_refuses_a_period_that_cannot_be(account, client):
    """No file of another period is taken for the one that was asked for."""
    answer = client.get(url(account, "usage-csv", first="2026-12-01", last="2026-11-01"))

    assert answer.status_code == 422
    assert "comes after the first" in text(answer)


def test_another_cycle_has_its_own_figures_and_its_bill(account, client, browse):
    later = NOW + timedelta(days=30)
    build.used(account, 1250, now=NOW + timedelta(days=20))
    (bill,) = billing_run.bill_chunk([account.pk], now=later).documents
    closed = account.cycles.get(invoice=bill)
    words = {"first": closed.starts_on, "last": closed.ends_on}

    page = text(client.get(url(account, **words)))
    manager = text(browse(build.member(account, Member.Role.MANAGER).user).get(url(account, **words)))

    assert "Billed, before GST = ₹150.00" in page
    assert f"Billed on {bill.number}" in page
    assert "Billed, before GST" in manager and bill.number not in manager  # a manager sees usage alone


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("number", [1, 2**63 - 1])
def test_a_mark_that_somebody_made_up_breaks_nothing(account, client, at, number):
    mark = base64.urlsafe_b64encode(f"{at} {number}".encode()).decode()

    assert client.get(url(account, after=mark)).status_code == 200


def test_without_a_plan_the_page_says_so_kindly(browse):
    bare = build.account()

    assert "No calls or messages" in text(browse(build.owner(bare)).get(url(bare)))


def test_ten_and_four_hundred_records_cost_the_same_queries(account, client, django_assert_max_num_queries):
    for count in (10, 400):
        usage.ingest(
            [build.record(account, f"{count}-{n}", at=NOW - timedelta(minutes=n)) for n in range(count)],
            source="platform",
            now=NOW,
        )
        with django_assert_max_num_queries(20):
            client.get(url(account))
    assert UsageRecord.objects.count() == 410


def test_what_a_cycle_lists_adds_up_to_what_it_counts(account, client):
    """A late record counts in a later cycle: it is listed there, marked, and not in its own days' cycle."""
    usage.ingest([build.record(account, 1, at=NOW - timedelta(days=1))], source="platform", now=NOW)
    later = NOW + timedelta(days=30)
    (bill,) = billing_run.bill_chunk([account.pk], now=later).documents
    usage.ingest(
        [build.record(account, 2, at=NOW, units=1), build.record(account, 3, at=later)],
        source="platform",
        now=later,
    )
    past = account.cycles.get(invoice=bill)
    running = account.cycles.get(closed_at=None)

    for cycle, ids in ((past, ["r1"]), (running, ["r3", "r2"])):
        words = {"first": cycle.starts_on, "last": cycle.ends_on}
        page = client.get(url(account, **words))
        assert [row.record_id for row in page.context["page"].records] == ids
        assert sum(one.used.units for one in page.context["gauges"]) == len(ids)
        assert ("came late" in text(page).replace("“came late”", "")) == (cycle == running)
        assert "is listed there as “came late”" in text(page)
        file = text(client.get(url(account, "usage-csv", **words)))
        assert [f"{name}," in file for name in ("r1", "r2", "r3")] == [
            name in ids for name in ("r1", "r2", "r3")
        ]


def test_another_period_lists_the_records_of_its_days(account, client):
    build.used(account, 3)

    page = client.get(url(account, first=NOW.date() - timedelta(days=2), last=NOW.date()))

    assert len(page.context["page"].records) == 1
    assert "came late" not in text(page)


@pytest.mark.parametrize(("last", "status"), [("2026-11-30", 200), ("2026-12-01", 422)])
def test_a_csv_at_once_holds_a_year_at_most(account, client, last, status):
    build.used(account, 3)

    answer = client.get(url(account, "usage-csv", first="2025-11-30", last=last))

    assert answer.status_code == status
    assert ("A CSV at once holds at most 366 days" in text(answer)) == (status == 422)
    page = client.get(url(account, first="2025-11-30", last=last)).content.decode()
    assert ("usage.csv" in page) == (status == 200)
    assert "Make the CSV in the background" in page
