"""A mail that a customer has lost goes out once more: the same words, the same address, once a day, and noted."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.urls import reverse

from accounts import channels, notices, resending
from accounts.models import AuditEvent, Notice
from tests import build
from tests.accounts.texts import LOW

pytestmark = pytest.mark.django_db
NOW = build.NOW


def sent(account, name, **fields):
    values = {"state": "sent", "sent_at": NOW, "next_attempt_at": None, "subject": "As sent"} | fields
    row = account.notices.filter(name=name, channel="email")[0]
    Notice.objects.filter(pk=row.pk).update(**values)
    row.refresh_from_db()
    return row


@pytest.fixture
def account(db):
    made = build.account()
    build.paid(made, 1500)
    return made


@pytest.fixture
def received(account):
    return sent(account, "payment-received", attachments=[])


def again(row, *, now=NOW):
    return resending.send_again(row, reason="Lost it", actor=build.user(staff=True), now=now)


def test_it_goes_out_once_more_a_day_and_is_written_down(received):
    rows = {again(received).pk, again(received).pk}
    tomorrow = again(received, now=NOW + timedelta(days=1))

    [today] = rows
    assert tomorrow.pk not in rows
    row = Notice.objects.get(pk=today)
    assert (row.recipient, row.context, row.state) == (received.recipient, received.context, "owed")
    channels.send(row)
    assert "₹1,500.00" in mail.outbox[-1].subject + mail.outbox[-1].body
    assert AuditEvent.objects.filter(action="accounts.send_notice_again").count() == 2


def test_what_ages_or_was_not_sent_or_goes_to_nobody_any_more_stays(account, received):
    notices.owe(account, "low-balance", event="low:1", context=LOW, now=NOW)
    waiting = account.notices.filter(name="receipt-voucher-issued").first() or received
    Notice.objects.filter(pk=waiting.pk).update(state="parked", sent_at=None)
    waiting.refresh_from_db()
    for row, why in ((sent(account, "low-balance"), "about money and documents"), (waiting, "that was sent")):
        with pytest.raises(resending.NotPossible, match=why):
            again(row)
    gone = sent(account, "payment-received", recipient="left@example.in")
    with pytest.raises(resending.NotPossible, match="no billing contact"):
        again(gone)


@pytest.mark.parametrize(("role", "may"), [("support", True), ("finance", True), ("auditor", False)])
def test_who_may_is_told_what_went(role, may, received, client):
    person = build.user(role, staff=True)
    person.groups.set(Group.objects.filter(name=role))
    client.force_login(person)
    picked = {"action": "again", "reason": "Lost it", "_selected_action": [received.pk]}

    said = client.post(reverse("admin:accounts_notice_changelist"), picked, follow=True).content.decode()

    assert ("Once more on its way: 1 of 1" in said) is may
    assert Notice.objects.filter(event__contains=":again:").exists() is may
