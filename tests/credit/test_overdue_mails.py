"""The mails of the ladder as a reader gets them: what remains to pay, what comes next and when, and the way to pay."""

import pytest
from django.core import mail

from accounts import notices
from accounts.models import Notice
from credit import policy
from credit.ladder import Action
from tests import build, ladder
from tests.ladder import at, bill, sweep

MAILS = {
    0: ("overdue", "₹59.00 is due today on", ["outgoing calls and paid messages stop on 9 Dec 2026"]),
    7: (
        "overdue-reminder",
        "Reminder: ₹59.00 is overdue",
        ["outgoing calls and paid messages stop on 9 Dec 2026"],
    ),
    15: (
        "outbound-blocked",
        "Outgoing calls are stopped",
        ["all your numbers stop on 24 Dec 2026", "incoming calls go on"],
    ),
    30: ("suspended", "All numbers are stopped", ["archived on 23 Jan 2027", "recovery fee"]),
}


def sent(day: int, name: str) -> mail.EmailMessage:
    """The mail of that name after the day's messages have been sent."""
    mail.outbox.clear()
    while notices.send_due(now=at(day), channel="email"):
        pass
    assert not Notice.objects.exclude(error="").exists()
    found = [
        one
        for one in mail.outbox
        if one.subject in Notice.objects.filter(name=name).values_list("subject", flat=True)
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.django_db
@pytest.mark.parametrize("day", MAILS)
def test_a_step_s_mail_names_the_amount_the_bills_and_what_comes_next_with_its_date(day):
    name, subject, words = MAILS[day]
    account = build.account()
    number = bill(account).number
    sweep(range(day))
    ladder.work(day, sent=False)

    message = sent(day, name)
    page = message.alternatives[0][0]

    assert message.subject.startswith(subject)
    for part in (message.body, page):
        text = " ".join(part.split())
        for wanted in (number, "₹59.00", f"/{account.ban}/payments/", *words):
            assert wanted in text
        assert "None" not in text


@pytest.mark.django_db
def test_the_way_back_is_told():
    account = build.account()
    bill(account)
    sweep(range(16))
    build.paid(account, "59", now=at(16))

    message = sent(16, "service-restored")

    assert message.subject == f"Everything works again on {account.ban}"
    assert "nothing is overdue on this account any more" in message.body


@pytest.mark.django_db
@pytest.mark.parametrize("step", policy.OVERDUE_STEPS, ids=lambda step: step.notice)
def test_every_notice_of_the_policy_can_be_sent(step):
    account = build.account()
    bills = [{"number": f"VI/{n}", "due_on": "2026-11-24", "open": 5900} for n in range(2)]
    said = {
        "due": 17700,
        "due_on": "2026-11-24",
        "taken_on": "2027-01-23",
        "bills": bills,
        "more": 1,
        "more_open": 5900,
    }
    said |= {"invoice": "VI/1", "next_action": str(Action.DELETE), "next_on": "2027-02-22", "day": step.day}
    said |= {"fee": 100_000, "level": "active"}
    notices.owe(account, step.notice, event="e", context=said, channels=step.channels, now=at(0))

    message = sent(0, step.notice)

    assert "₹177.00" in message.body and "₹177.00" in message.alternatives[0][0]
    assert "{" not in message.body + message.subject


@pytest.mark.django_db
def test_from_the_archive_on_every_message_names_the_day_of_deletion():
    account = build.account()
    bill(account)
    sweep(range(84))

    said = {
        name: Notice.objects.filter(account=account, name=name).first().context
        for name in ("archived", "last-notice")
    }
    assert {(one["next_action"], one["next_on"]) for one in said.values()} == {("delete", "2027-02-22")}


@pytest.mark.django_db
def test_what_is_due_today_is_nowhere_called_overdue():
    account = build.account()
    bill(account)
    ladder.work(0, sent=False)

    message = sent(0, "overdue")

    for text in (message.subject, message.body, message.alternatives[0][0]):
        assert "due today" in text and "overdue" not in text.lower()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "name"), [(7, "overdue-reminder"), (15, "outbound-blocked"), (30, "suspended")]
)
def test_a_later_message_says_which_part_is_due_today_only(day, name):
    account = build.account()
    bill(account)
    build.charge(account, 100, due_days=day)
    sweep(range(day))
    ladder.work(day, sent=False)

    message = sent(day, name)

    assert "₹177.00 is overdue" not in message.subject
    for text in (message.body, message.alternatives[0][0]):
        assert "unpaid since 24 Nov 2026, ₹118.00 of it due today" in text
        assert "To pay in all, ₹118.00 of it due today" in text
