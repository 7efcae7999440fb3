"""A page costs the same number of queries whatever its account has behind it."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import invitations, notices, own_keys
from invoices import exports, usage
from invoices.models import Export
from tests import build
from tests.accounts.test_support import begun, reply

pytestmark = pytest.mark.django_db

MOST = {
    "overview": 19,
    "payments": 19,
    "documents": 8,
    "document": 15,
    "statement": 11,
    "alerts": 12,
    "auto-pay": 12,
    "preferences": 6,
    "preferences-account": 8,
    "payment": 13,
    "payment-result": 14,
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
    for accounts in (1, 100):
        person = build.user()
        first = build.account(owner=person)
        for _ in range(accounts - 1):
            build.charge(build.account(owner=person), 100)
        counts.append(queries(browse(person), reverse("overview", kwargs={"ban": first.ban})))

    assert counts[0] == counts[1], counts


def records(account, number):
    build.subscribed(account)
    usage.ingest([build.call(account) for _ in range(number)], source="platform", now=build.NOW)


def plans(account, number):
    build.subscribed(account)
    for place in range(number):
        build.plan(f"plan{place}", rental=place)


def files(account, number):
    for _ in range(number):
        export = exports.ask(
            "documents-zip",
            token=uuid.uuid4(),
            account=account,
            user=build.owner(account),
            parameters={},
            now=build.NOW,
        )
        Export.objects.filter(pk=export.pk).update(state=Export.State.READY)


def people(account, number):
    for place in range(number):
        build.member(account, "billing")
        words = {"actor": build.owner(account), "now": build.NOW}
        invitations.invite(account.pk, f"new{place}@example.in", "agent", **words)


def contacts(account, number):
    for place in range(number):
        account.contacts.create(name="Desk", email=f"desk{place}@example.in", category="technical")


def keys(account, number):
    for _ in range(number):
        words = {"token": uuid.uuid4(), "actor": build.owner(account), "now": build.NOW}
        own_keys.make(account.pk, "Books", ["read"], **words)


def talks(account, number):
    for _ in range(number):
        reply(begun(account), build.user(staff=True))


def told(account, number):
    for event in range(number):
        notices.owe(account, "overdue", event=f"{account.ban}:{event}", now=build.NOW)


@pytest.mark.parametrize(
    ("name", "fill", "few", "many", "most"),
    [
        ("team", people, 1, 20, 10),
        ("preferences-account", contacts, 1, 15, 8),
        ("api-keys", keys, 1, 19, 8),
        ("usage", records, 10, 400, 22),
        ("plan", plans, 1, 8, 16),
        ("exports", files, 1, 12, 6),
        ("support", talks, 1, 15, 8),
        ("messages", told, 1, 20, 8),
    ],
)
def test_much_of_one_thing_costs_no_more(name, fill, few, many, most, browse):
    counts = []
    for number in (few, many):
        account = build.account()
        fill(account, number)
        counts.append(queries(browse(build.owner(account)), reverse(name, kwargs={"ban": account.ban})))

    assert counts[0] == counts[1] <= most, counts


def test_a_long_conversation_costs_no_more(browse):
    counts = []
    for number in (1, 15):
        account = build.account()
        made = begun(account)
        for _ in range(number):
            reply(made, build.user(staff=True))
        keys = {"ban": account.ban, "conversation_id": made.pk}
        counts.append(queries(browse(build.owner(account)), reverse("conversation", kwargs=keys)))

    assert counts[0] == counts[1] <= 16, counts
