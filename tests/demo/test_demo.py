"""The demo world is the same each time, stands once, balances, and floods nobody."""

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from accounts.models import Account, ApiKey, Notice, User
from billing_portal import books, demo, demo_people, demo_phone
from credit import exposure, facts
from invoices.models import Document, Subscription, UsageRecord
from payments.models import ParkedReport, Payment
from tests import build


def test_the_books_balance(seeded):
    assert books.look(now=build.NOW).findings == []


def test_a_second_start_changes_nothing(seeded):
    counts = Document.objects.count(), Payment.objects.count(), User.objects.count()

    assert demo.seed(now=build.NOW) is False
    assert counts == (Document.objects.count(), Payment.objects.count(), User.objects.count())


def test_accounts_stand_in_different_situations(seeded):
    today = build.NOW.date()
    standing = {
        a.ban: (exposure.read(a, now=build.NOW), a.documents.overdue(today).exists())
        for a in Account.objects.all()
    }

    assert standing["BA-100042"][0].outstanding > 0 and not standing["BA-100042"][1]  # due soon
    assert standing["BA-100043"][1]  # overdue
    assert standing["BA-100051"][0].prepaid > 0  # prepaid
    part = Account.objects.get(ban="BA-100064").documents.unpaid()[0]
    assert 0 < part.open_amount < part.total
    assert standing["BA-100090"][0].balance == 0
    assert (
        Document.objects.filter(supply="zero").exists() and Document.objects.filter(supply="inter").exists()
    )


def test_two_years_of_history(seeded):
    for ban in ("BA-100042", "BA-100051"):
        days = Document.objects.filter(account__ban=ban).values_list("issued_on", flat=True)
        assert (max(days) - min(days)).days > 700
    assert Payment.objects.filter(status="failed").exists()
    assert ParkedReport.objects.filter(state="open").count() == 1


def test_history_floods_no_inbox(seeded):
    assert Notice.objects.filter(state="sent").count() > 100
    assert Notice.objects.filter(state="owed").count() < 25  # today: bank money and refunds are told of it
    assert not Payment.objects.filter(next_check_at__isnull=False).exists()


def test_messages_of_the_history_say_what_they_would_have_said(seeded):
    sent = Notice.objects.filter(state="sent")
    paid = sent.filter(name="payment-received").order_by("-pk")[0]

    assert not sent.filter(text="").exists() and not sent.filter(channel="email", subject="").exists()
    assert paid.subject.startswith("₹") and "received – PAY" in paid.subject
    assert "/auth/join/•••/" in sent.get(name="invitation").text


def test_everybody_can_log_in(seeded, client):
    for _role, email, password in demo.LOGINS:
        assert User.objects.get(email=email).check_password(password)
        assert EmailAddress.objects.filter(email=email, verified=True, primary=True).exists()
    assert User.objects.get(email="finance@kaverivoice.example").has_perm("accounts.issue_charge")


def test_the_command_prints_the_logins(seeded, capsys):
    call_command("seed_demo")

    last = capsys.readouterr().out.strip().splitlines()[-1].split()
    assert last == list(demo.LOGINS[-1])


def test_a_production_instance_is_not_seeded(db, settings):
    settings.DEMO = settings.DEBUG = settings.TESTING = False

    with pytest.raises(CommandError):
        call_command("seed_demo")


def test_the_same_story_gets_the_same_numbers():
    key = "demo:BA-100042:0"

    assert demo._gateway_id("pay", key) == demo._gateway_id("pay", key)
    assert len(demo._gateway_id("pay", key)) == len("pay_") + 14


def test_every_part_of_the_month_is_there(seeded):
    kinds = set(Document.objects.values_list("kind", flat=True))
    assert kinds >= {"invoice", "receipt_voucher", "credit_note", "refund_voucher"}
    assert UsageRecord.objects.count() > 30_000
    assert UsageRecord.objects.filter(is_late=True).exists()
    assert Document.objects.filter(cause__startswith="upgrade:").exists()
    assert Account.objects.get(ban="BA-100064").subscription.next_plan.code == "starter"
    assert not Subscription.objects.filter(error__gt="").exists()


def test_the_running_cycle_is_used(seeded):
    held = exposure.read(Account.objects.get(ban="BA-100042"), now=build.NOW)

    assert 0 < held.free_value <= held.current_usage


def test_the_watched_account_stands_just_before_its_marks(seeded):
    account = Account.objects.get(ban=demo_people.WATCHED[0])
    held = facts.of(account, now=build.NOW)
    money, calls = exposure.of(held), [one.used for one in held.running if one.is_call]

    assert 75 <= 100 * sum(one.units for one in calls) // sum(one.allowance for one in calls) < 80
    assert 600 <= money.used_per_mille < 800
    assert money.overshoot == 0 and held.alerts.free_units_cycle is None and held.alerts.limit_mark == 0
    assert account.contacts.exclude(phone="").exists()
    assert account.customer.accounts.count() == 1  # nobody is lowered with it
    assert account.members.filter(user__email=demo_people.WATCHED[1], role="owner").exists()


def test_at_each_start_the_watched_account_is_busy_and_the_others_are_not(seeded, settings, monkeypatch):
    settings.DEMO = True
    told = {}
    monkeypatch.setattr(demo_phone, "tell", told.__setitem__)

    lines = [demo_phone.connect(now=build.NOW) for _ in range(2)][1]

    paces = {line["ban"]: line["pace"] for line in told["lines"]["lines"]}
    assert len(paces) == lines
    assert paces.pop(demo_people.WATCHED[0]) == 1200
    assert max(paces.values()) <= 12
    assert ApiKey.objects.live().filter(name=demo_phone.KEY).count() == 1
