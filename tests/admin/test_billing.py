"""What staff see of the billing run: who is parked and why, and how to bill them again."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from invoices import billing_job, billing_run, usage
from invoices.models import Subscription
from tests import build

pytestmark = pytest.mark.django_db
AFTER = build.NOW + timedelta(days=30)
LIST = "admin:invoices_subscription_changelist"


@pytest.fixture
def parked(account):
    """An account whose calls have no price, beside one that was billed."""
    for one in (account, build.account()):
        build.subscribed(one)
    usage.ingest([build.record(account, feature="whatsapp")], source="platform", now=build.NOW)
    billing_job.run(lambda done: None, now=AFTER)
    return account


def test_a_parked_account_is_listed_with_its_reason_and_counted_on_the_first_page(staff, parked):
    client = staff("finance")

    listed = client.get(reverse(LIST), {"billing": "parked"}).content.decode()

    assert parked.ban in listed and "Records without a price: 1 of WhatsApp" in listed
    assert listed.count("field-account_link") == 1
    assert "1 account not billed" in client.get(reverse("admin:index")).content.decode()
    runs = client.get(reverse("admin:accounts_jobrun_changelist")).content.decode()
    assert "1 failed, 1 invoices" in runs and "finished" in runs


def test_bill_again_puts_it_back_in_the_run(staff, parked, monkeypatch):
    monkeypatch.setattr("billing_portal.clock.now", lambda: AFTER)
    picked = {
        "action": "bill_again",
        "reason": "Priced",
        "_selected_action": list(Subscription.objects.values_list("pk", flat=True)),
    }

    said = staff("finance").post(reverse(LIST), picked, follow=True).content.decode()

    assert "1 of 2 accounts are in the run again" in said
    assert billing_run.due(now=AFTER) == [parked.pk]


@pytest.mark.parametrize(("days", "is_late"), [(29, False), (30, True)])
def test_bill_again_says_where_the_invoice_comes_later_than_rule_47_allows(
    staff, parked, monkeypatch, days, is_late
):
    monkeypatch.setattr("billing_portal.clock.now", lambda: AFTER + timedelta(days=days))
    picked = {"action": "bill_again", "reason": "Priced", "_selected_action": [parked.subscription.pk]}

    said = staff("finance").post(reverse(LIST), picked, follow=True).content.decode()

    assert (f"The cycle of {parked.ban} ended more than 30 days ago: Rule 47" in said) == is_late


def test_bill_again_counts_rightly_on_the_list_of_the_parked_and_is_written_down(staff, parked):
    picked = {"action": "bill_again", "reason": "Priced", "_selected_action": [parked.subscription.pk]}

    said = staff("finance").post(reverse(LIST) + "?billing=parked", picked, follow=True).content.decode()

    assert "1 of 1 accounts are in the run again" in said
    event = AuditEvent.objects.get(action="invoices.bill_again")
    assert (event.account, event.before["attempts"], event.reason) == (parked, 1, "Priced")


def test_a_manager_rates_what_has_no_price_after_a_preview(staff, parked, monkeypatch):
    monkeypatch.setattr("billing_portal.clock.now", lambda: AFTER)
    client, url = staff("manager"), reverse("admin:invoices_account_unrated", args=[parked.pk])
    assert f'href="{url}"' in client.get(reverse(LIST)).content.decode()
    assert "WhatsApp" in client.get(url).content.decode()
    what = f"{parked.cycles.get().pk}:whatsapp"
    data = {"what": what, "do": "rate", "price": "0.50", "pulse": 60, "sac": "", "reason": "Agreed"}
    assert client.post(url, data | {"price": ""}).status_code == 422

    shown = client.post(url, data).content.decode()
    assert "1 records of WhatsApp are 1 messages at ₹0.50: ₹0.50 before tax" in shown
    assert billing_run.due(now=AFTER) == []
    client.post(url, data | {"confirm": "yes"})

    assert billing_run.due(now=AFTER) == [parked.pk]
    assert "Every record" in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("role", "see", "decide"),
    [("support", 200, 403), ("finance", 200, 403), ("auditor", 200, 403), ("manager", 200, 422)],
)
def test_who_may_decide_a_price(role, see, decide, staff, parked):
    client, url = staff(role), reverse("admin:invoices_account_unrated", args=[parked.pk])

    assert (client.get(url).status_code, client.post(url, {"do": "rate"}).status_code) == (see, decide)


@pytest.mark.parametrize("role", ["support", "auditor"])
def test_who_only_reads_cannot_bill_again(role, staff, parked):
    picked = {"action": "bill_again", "reason": "Priced", "_selected_action": [parked.subscription.pk]}

    staff(role).post(reverse(LIST), picked)

    assert Subscription.objects.filter(is_parked=True).count() == 1
