"""Credit limits as staff see and set them: the sum, the history, a temporary one with a second person."""

import uuid

import pytest
from django.urls import reverse

from accounts.models import Approval, AuditEvent, Notice
from credit import limits, limits_job
from credit.models import TemporaryLimit
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db
DATA = {"amount": "5,000", "until_on": "2026-12-01", "reason": "Trade fair"}
ROLES = ("support", "finance", "manager", "auditor")


def page(name, *args):
    return reverse(f"admin:{name}", args=args)


def ask(client, account, **more):
    data = DATA | {"token": uuid.uuid4()} | more
    return client.post(page("credit_account_temporary_limit", account.pk), data)


@pytest.fixture
def paid(account):
    bill = build.charge(account, 10_000)
    build.paid(account, 20_000)
    build.charge(account, 30_000)
    limits_job.nightly(now=NOW)
    return bill


def test_the_page_prints_the_sum(staff, account, paid):
    text = staff("support").get(page("credit_account_limit", account.pk)).content.decode()

    for words in (
        "₹2,000.00",
        "105 %",
        "₹2,100.00",
        paid.number,
        "Invoice paid on time",
        "Paid by its due date",
    ):
        assert words in text


def test_the_history_is_listed(staff, account, paid):
    text = staff("auditor").get(page("credit_limitchange_changelist")).content.decode()

    assert paid.number in text
    assert "₹100.00 → ₹2,000.00" in text


def test_a_temporary_limit_is_previewed_asked_for_and_approved_by_another(staff, account, paid):
    asker, other = staff("manager"), staff("finance")

    shown = ask(asker, account).content.decode()
    assert "What this will do" in shown
    assert "₹5,000.00" in shown
    assert not Approval.objects.exists()
    ask(asker, account, confirm="yes")
    row = Approval.objects.get()
    assert limits.of(account) == paise(2100)
    assert (
        "second person"
        in asker.post(page("accounts_approval_approve", row.pk), {"note": "me"}).content.decode()
    )
    for _ in range(2):
        other.post(page("accounts_approval_approve", row.pk), {"note": "Seen"})

    made = TemporaryLimit.objects.get()
    assert (made.amount, made.requested_by, made.approved_by) == (
        paise(5000),
        row.requested_by,
        made.approval.decided_by,
    )
    assert limits.of(account) == paise(5000)
    assert AuditEvent.objects.filter(action="accounts.approval.approved").count() == 1
    assert Notice.objects.filter(name="limit-changed", context__after=paise(5000)).exists()
    for role in ROLES:
        assert b"Trade fair" in staff(role).get(page("credit_temporarylimit_changelist")).content


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("amount", "10.50", "whole number of rupees"),
        ("until_on", "2026-11-23", "has passed"),
        ("until_on", "2027-06-01", "92 days"),
    ],
)
def test_what_cannot_be_is_said_on_the_form(staff, account, field, value, words):
    answer = ask(staff("manager"), account, **{field: value})

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_what_became_impossible_is_not_approved(staff, account, monkeypatch):
    ask(staff("manager"), account, confirm="yes")
    later = build.datetime(2026, 12, 2, tzinfo=build.UTC)
    monkeypatch.setattr("billing_portal.clock.now", lambda: later)

    answer = staff("finance").post(
        page("accounts_approval_approve", Approval.objects.get().pk), {"note": "n"}
    )

    assert "has passed" in answer.content.decode()
    assert not TemporaryLimit.objects.exists()


def test_who_may_see_and_who_may_ask(staff, account, paid):
    lists = (
        "credit_creditlimit_changelist",
        "credit_limitchange_changelist",
        "credit_temporarylimit_changelist",
    )
    for role in ROLES:
        client = staff(role)
        assert {client.get(page(name)).status_code for name in lists} == {200}
        assert client.get(page("credit_account_limit", account.pk)).status_code == 200
        assert (ask(client, account).status_code == 403) is (role != "manager")
    assert staff("customer").get(page("credit_account_limit", account.pk)).status_code == 302
