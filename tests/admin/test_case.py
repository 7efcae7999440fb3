"""Staff read an account's overdue case and the stopwatch of each way back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from credit.models import OverdueCase
from tests import build
from tests.ladder import at, bill, case, sweep

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def day_31(monkeypatch):
    monkeypatch.setattr("billing_portal.clock.now", lambda: at(31) + timedelta(minutes=16))


def read(client, account):
    return client.get(reverse("admin:credit_account_case", args=[account.pk])).content.decode()


def suspended():
    account = build.account()
    owed = bill(account)
    sweep(range(31))
    return account, owed


@pytest.mark.parametrize("role", ["support", "finance", "manager", "auditor"])
def test_the_case_shows_its_steps_their_messages_and_what_it_waits_for(staff, role):
    account, owed = suspended()
    OverdueCase.objects.update(waits_for="payment", waits_since=at(31))

    page = read(staff(role), account)

    for words in (owed.number, "Suspend", "Block outbound", "A payment is being confirmed", "version 1"):
        assert words in page
    assert page.count("E-mail</a>") == case(account).steps.count()
    assert "₹59.00" in page  # 50 before tax


def test_the_way_back_is_timed_and_one_that_takes_too_long_is_marked(staff):
    account, owed = suspended()
    build.paid(account, owed.total // 100, now=at(31))
    client = staff("support")

    page = read(client, account)

    assert "more than 15 minutes" in page
    assert "Nothing is past due any more" in page
    listed = client.get(reverse("admin:credit_restoration_changelist") + "?speed=late").content.decode()
    assert account.ban in listed
    assert "over 15 minutes" in client.get(reverse("admin:index")).content.decode()

    account.restorations.update(confirmed_at=at(31) + timedelta(seconds=9))

    assert "9 s" in read(client, account)
    listed = client.get(reverse("admin:credit_restoration_changelist") + "?speed=late").content.decode()
    assert account.ban not in listed


def test_an_account_that_owes_nothing_has_no_case(staff):
    assert "was never overdue" in read(staff("support"), build.account())


def test_more_steps_cost_no_more_queries(staff, django_assert_max_num_queries):
    account, _owed = suspended()
    client = staff("support")
    read(client, account)

    with django_assert_max_num_queries(34):
        read(client, account)


def test_a_customer_does_not_see_it(client):
    account, _owed = suspended()
    client.force_login(build.owner(account))

    answer = client.get(reverse("admin:credit_account_case", args=[account.pk]))

    assert answer.status_code in (302, 403)


def test_a_bill_that_is_due_today_or_later_is_not_called_overdue(staff):
    account, later = build.account(), build.account()
    bill(account, due=31)
    bill(later, due=36)

    today, ahead = read(staff("support"), account), read(staff("support"), later)

    assert "<dt>Due today</dt><dd>₹59.00" in today and "<dt>Overdue</dt><dd>₹0.00" in today
    assert "<dt>Days until then</dt><dd>5</dd>" in ahead
