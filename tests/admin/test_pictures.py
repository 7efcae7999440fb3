"""The first page's charts and work lists: right figures, rights kept, the same cost whatever there is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import stops
from accounts.models import Notice
from billing_portal import dashboard, staff_charts
from payments import parked
from payments.models import Payment
from tests import build

pytestmark = pytest.mark.django_db
INDEX = "admin:index"


def pictures(*rights):
    return staff_charts.read(set(rights).__contains__, now=build.NOW)


def test_money_stands_on_the_day_it_was_captured():
    account = build.account()
    paid = [
        build.paid(account, rupees, now=build.NOW - timedelta(days=back))
        for rupees, back in ((500, 0), (300, 2), (200, 2), (900, 31))
    ]

    received = pictures("payments.view_payment").received

    days = {paid[0].captured_at.date(): 0, paid[1].captured_at.date(): 0}
    assert received is not None and len(received.table) == 30 and len(days) == 2
    assert [values for _day, values in received.table if any(values)] == [(500, 0), (500, 0)]
    assert received.table[-1] == (build.NOW.date(), (500, 0))
    assert len(received.chart.bars) == 2


def test_dues_stand_at_their_age_and_add_up():
    account = build.account()
    for age in (-3, 0, 1, 14, 15, 29, 30, 60, 200):
        build.charge(
            account, 100, due_days=0, now=build.NOW - timedelta(days=age)
        ) if age >= 0 else build.charge(account, 100, due_days=3)

    ages = pictures("invoices.view_document").ages

    assert ages is not None
    assert {bar.label: bar.text for bar in ages} == {
        "not due yet": "₹118.00", "due today": "₹118.00", "1 to 14 days": "₹236.00", "15 to 29 days": "₹236.00",
        "30 to 59 days": "₹118.00", "60 days and more": "₹236.00",
    }  # fmt: skip
    assert max(bar.per_mille for bar in ages) == 1000


def test_lowered_accounts_and_failed_messages_are_counted():
    account, other = build.account(), build.account()
    for one in (account, other):
        stops.stop(one.pk, "suspended", actor=None, reason="Fraud", now=build.NOW)
    build.paid(account, 100)
    Notice.objects.update(state="sent", sent_at=build.NOW)
    Notice.objects.filter(name="payment-received").update(undelivered="Unknown number")

    shown = pictures("accounts.view_restriction", "accounts.view_notice")

    assert {bar.label: bar.text for bar in shown.levels or ()}["Suspended"] == "2"
    assert shown.notices is not None
    sent, failed = shown.notices.table[-1][1]
    assert failed == 1 and sent + failed == Notice.objects.count()


def test_the_oldest_of_what_waits_leads_to_its_page(staff):
    account = build.account()
    payment = build.payment(account, 100)
    row = parked.park(parked.Kind.AMOUNT, build.report(payment, amount=9000), payment=payment, now=build.NOW)
    build.paid(account, 100)

    html = staff("finance").get(reverse(INDEX)).content.decode()

    assert f'href="{reverse("admin:payments_parkedreport_change", args=[row.pk])}"' in html
    works = {work.title: work for work in pictures("payments.view_parkedreport", "accounts.view_notice").work}
    assert [item.text.split()[0] for item in works["Parked money"].items] == ["₹90.00"]
    assert len(works["Oldest unsent messages"].items) == Notice.objects.filter(state="owed").count() > 0


def test_what_a_job_gave_up_is_listed_oldest_first():
    account = build.account()
    for back in (1, 3, 2):
        build.paid(account, 100, now=build.NOW - timedelta(days=back))
    Notice.objects.update(state="parked", next_attempt_at=None, error="550 no such box")

    (work,) = pictures("payments.view_webhookevent").work

    since = [item.since for item in work.items]
    assert since == sorted(since) and len(since) == 3 and "550" in work.items[0].text


def test_who_lacks_the_rights_sees_nothing_of_it():
    shown = pictures()

    assert (shown.received, shown.notices, shown.ages, shown.levels, list(shown.work)) == (
        None,
        None,
        None,
        None,
        [],
    )


@pytest.mark.parametrize("role", ["support", "finance", "manager", "auditor", "admin"])
def test_the_first_page_opens_with_links_that_lead_somewhere(role, staff):
    account = build.account()
    build.charge(account, 100)
    build.paid(account, 500)
    client = staff(role)

    shown = client.get(reverse(INDEX)).context["pictures"]

    for work in shown.work:
        assert client.get(work.address).status_code == 200, work.title
        for item in work.items:
            assert client.get(item.address).status_code == 200, item


def test_a_busy_day_costs_no_more_queries(staff):
    client, counts = staff("admin"), []
    for _ in range(2):
        for _ in range(6):
            one = build.account()
            build.charge(one, 100)
            build.paid(one, 500)
        client.get(reverse(INDEX))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(INDEX))
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 55, counts


def test_the_first_page_s_sums_are_those_of_its_pictures(account):
    """Money without the tax that was deducted, by the day it came; what nobody has put to an account, in one sum."""
    build.paid(account, 500)
    build.paid(account, 300, now=build.NOW - timedelta(days=1))
    Payment.objects.filter(amount=50_000).update(tds=2_000)

    page = dashboard.read(now=build.NOW)

    assert (page.received, page.payments) == (48_000, 1)
    assert page.unmatched == page.parked_amount + page.bank_amount
    assert pictures("payments.view_payment").received.table[-1] == (build.NOW.date(), (480, 0))
