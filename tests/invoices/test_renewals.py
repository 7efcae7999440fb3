"""Renewal ahead: seven days and one day before, once, with what the run will bill."""

from datetime import timedelta

import pytest

from accounts.models import Notice
from invoices import billing_run, renewals
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("days_before", "told"), [(8, 0), (7, 1), (6, 0), (1, 1), (0, 0)])
def test_seven_days_and_one_day_before(days_before, told):
    account = build.account()
    build.subscribed(account)
    now = NOW + timedelta(days=30 - days_before)

    renewals.remind(now=now)
    renewals.remind(now=now)

    assert Notice.objects.filter(name="renewal-ahead").count() == told


def test_what_it_expects_is_what_the_run_bills():
    account = build.account()
    build.subscribed(account)
    later = NOW + timedelta(days=30)
    build.used(account, 1250, now=later - timedelta(days=2))

    renewals.remind(now=later - timedelta(days=1))

    context = Notice.objects.get(name="renewal-ahead").context
    (done,) = [billing_run.bill_chunk([account.pk], now=later)]
    assert (context["rental"], context["usage"]) == (paise(1000), paise(150))
    assert done.documents[0].total == context["total"]


def test_a_page_of_accounts_costs_a_constant_number_of_queries(django_assert_num_queries):
    for _ in range(4):
        build.subscribed(build.account())

    with django_assert_num_queries(17):  # the same for one account
        renewals.remind(now=NOW + timedelta(days=29))
