"""The Alerts screen: thresholds within their bounds, written down, told, and never silently overwritten."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, Notice
from credit import alert_settings
from credit.alert_settings import Thresholds
from payments.models import AutoPaySettings
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return build.account()


def send(client, account, balance="250", top_up="2000", seen=(50_000, 150_000)):
    data = {
        "minimum_balance": balance,
        "minimum_top_up": top_up,
        "seen_balance": seen[0],
        "seen_top_up": seen[1],
    }
    return client.post(reverse("alerts", kwargs={"ban": account.ban}), data, follow=True)


def test_thresholds_are_set_written_down_and_told(account, browse):
    page = send(browse(build.owner(account)), account)

    account.refresh_from_db()
    assert (account.minimum_balance, account.minimum_top_up) == (25_000, 200_000)
    assert "Your alerts are set." in page.content.decode()
    event = AuditEvent.objects.get(action="credit.change_alerts")
    assert (event.before["minimum_balance"], event.after["minimum_balance"]) == (50_000, 25_000)
    assert account.notices.filter(name="alerts-changed").count() == 1


def test_the_same_again_changes_and_tells_nothing(account, browse):
    client = browse(build.owner(account))
    send(client, account)

    send(client, account)

    assert AuditEvent.objects.filter(action="credit.change_alerts").count() == 1


def test_below_zero_is_possible_down_to_the_limit(account, browse):
    client = browse(build.owner(account))

    refused = send(client, account, balance="-100.01")
    send(client, account, balance="-100")

    account.refresh_from_db()
    assert "Not below your credit limit" in refused.content.decode()
    assert (refused.status_code, account.minimum_balance) == (422, -10_000)


@pytest.mark.parametrize("top_up", ["0", "0.99", "5,00,000.01", "a lot", ""])
def test_a_top_up_out_of_bounds_is_refused_with_its_reason(top_up, account, browse):
    page = send(browse(build.owner(account)), account, top_up=top_up)

    account.refresh_from_db()
    assert (page.status_code, account.minimum_top_up) == (422, 150_000)
    assert 'role="alert"' in page.content.decode()


def test_who_saw_old_values_overwrites_nothing(account, browse):
    owner = build.owner(account)
    alert_settings.change(
        account.pk, Thresholds(10_000, 150_000), seen=Thresholds(50_000, 150_000), actor=owner, now=NOW
    )

    page = send(browse(owner), account)

    account.refresh_from_db()
    assert account.minimum_balance == 10_000
    assert "Somebody else has changed these" in page.content.decode()


def test_a_hostile_amount_is_only_text(account, browse):
    page = send(browse(build.owner(account)), account, balance="<script>1</script>")

    assert "<script>1" not in page.content.decode()


def add(client, account, **fields):
    data = {"name": "Accounts desk", "email": "Desk@Example.in", "phone": "98000 00001"} | fields
    return client.post(reverse("alert-recipient-add", kwargs={"ban": account.ban}), data, follow=True)


def change(client, account, contact, **data):
    url = reverse("alert-recipient", kwargs={"ban": account.ban, "contact_id": contact.pk})
    return client.post(url, data, follow=True)


def test_a_recipient_is_added_once_and_everybody_concerned_is_told(account, browse):
    owner = build.owner(account)
    for _ in range(2):
        add(browse(owner), account)

    contact = account.contacts.get()
    assert (contact.email, contact.phone) == ("desk@example.in", "+919800000001")
    told = account.notices.filter(name="recipients-changed").values_list("recipient", flat=True)
    assert sorted(told) == sorted([owner.email, "desk@example.in"])
    assert AuditEvent.objects.filter(action="accounts.add_recipient").count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "", "phone": ""}, "e-mail address or a mobile"),
        ({"email": "no address"}, "valid email"),
        ({"phone": "12345"}, "Indian mobile"),
        ({"name": ""}, "required"),
    ],
)
def test_a_recipient_that_cannot_be_reached_is_refused(fields, said, account, browse):
    page = add(browse(build.owner(account)), account, **fields)

    assert (page.status_code, account.contacts.count()) == (422, 0)
    assert said in page.content.decode()


def test_channels_are_chosen_and_a_recipient_taken_away(account, browse):
    client = browse(build.owner(account))
    add(client, account)
    contact = account.contacts.get()

    change(client, account, contact, wants_sms="on")
    contact.refresh_from_db()
    chosen = contact.wants_email, contact.wants_sms
    change(client, account, contact, remove="1")
    change(client, account, contact, remove="1")

    assert chosen == (False, True)
    assert not account.contacts.exists()
    assert AuditEvent.objects.filter(action="accounts.remove_recipient").count() == 1


def test_another_accounts_recipient_does_not_exist(account, browse):
    other = build.account()
    theirs = other.contacts.create(name="Theirs", email="theirs@example.in")
    client = browse(build.owner(account))

    assert change(client, account, theirs, wants_sms="on").status_code == 404
    change(client, account, theirs, remove="1")

    assert other.contacts.exists()


def test_topping_up_by_itself_is_seen_and_switched_where_alerts_are(account, browse):
    client = browse(build.owner(account))
    page = reverse("alerts", kwargs={"ban": account.ban})
    AutoPaySettings.objects.create(account=account, daily_cap=500_000)

    before = client.get(page).content.decode()
    client.post(reverse("auto-pay-top-up", kwargs={"ban": account.ban}), {"on": "1"})
    on = client.get(page).content.decode()
    client.post(reverse("auto-pay-top-up", kwargs={"ban": account.ban}))

    limits = AutoPaySettings.objects.get(account=account)
    assert "Switch topping up on" in before and "It needs auto-pay" in before
    assert "Switch topping up off" in on
    assert (limits.when_low, limits.daily_cap) == (False, 500_000)  # the caps stay
    assert AuditEvent.objects.filter(action="payments.auto_pay.limits").count() == 2


def test_the_latest_alerts_are_named_lead_to_what_they_said_and_hide_others_addresses(account, browse):
    words = {
        "account": account,
        "name": "low-balance",
        "state": "sent",
        "sent_at": NOW,
        "owed_at": NOW,
        "text": "Low.",
    }
    text = Notice.objects.create(channel="sms", event="1", recipient="+919800000077", **words)
    Notice.objects.create(
        channel="email", event="2", recipient="a@b.example", subject="Your balance", **words
    )

    page = (
        browse(build.member(account, "billing").user)
        .get(reverse("alerts", args=[account.ban]))
        .content.decode()
    )

    address = reverse("message", kwargs={"ban": account.ban, "notice_id": text.pk})
    assert f'<a href="{address}">Low balance</a>' in page and "Your balance" in page
    assert "SMS · •••• 0077" in page and "+919800000077" not in page and "a@b.example" not in page
