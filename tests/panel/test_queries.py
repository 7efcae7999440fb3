"""A page costs the same number of queries whatever its account has behind it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import build

pytestmark = pytest.mark.django_db

MOST = {
    "overview": 15,
    "payments": 16,
    "documents": 8,
    "document": 14,
    "statement": 11,
    "payment": 9,
    "payment-result": 10,
}


def live_through(account, times):
    for _ in range(times):
        build.charge(account, 700)
        payment = build.paid(account, 1500)
        build.charge(account, 400)
    return payment


def queries(client, url):
    client.get(url)  # what is learnt once a process
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", MOST)
def test_a_long_history_costs_no_more(name, browse):
    counts = []
    for times in (1, 12):
        account = build.account()
        payment = live_through(account, times)
        keys = {"number": payment.number} if name.startswith("payment") and name != "payments" else {}
        if name == "document":
            keys = {"slug": account.documents.bills().newest_first()[0].slug}
        url = reverse(name, kwargs={"ban": account.ban, **keys})
        counts.append(queries(browse(build.owner(account)), url))

    assert counts[0] == counts[1] <= MOST[name], counts


def test_the_switcher_costs_one_query_for_any_number_of_accounts(browse):
    counts = []
    for accounts in (1, 8):
        person = build.user()
        first = build.account(owner=person)
        for _ in range(accounts - 1):
            build.charge(build.account(owner=person), 100)
        counts.append(queries(browse(person), reverse("overview", kwargs={"ban": first.ban})))

    assert counts[0] == counts[1], counts
