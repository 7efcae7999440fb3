"""The staff side of plans: prices published after a preview, an account put on a plan, extras."""

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import AuditEvent
from invoices import usage
from invoices.models import Document, PlanPrice, PlanVersion
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return build.account()


def page(name, *args):
    return reverse(f"admin:{name}", args=args)


def test_prices_are_published_after_a_preview_and_reach_only_later_cycles(staff, account):
    plan = build.subscribed(account).plan
    data = {"valid_from": "2026-11-25", "rental": "1,200", "reason": "New year", "price_click_to_call": "0.65",
            "free_click_to_call": "900", "pulse_click_to_call": "60", "pulse_incoming": "60",
            "token": uuid.uuid4()}  # fmt: skip
    client = staff("manager")

    shown = client.post(page("invoices_plan_publish", plan.pk), data)
    assert "1 account on this plan" in shown.content.decode()
    assert PlanVersion.objects.count() == 1
    for _ in range(2):
        client.post(page("invoices_plan_publish", plan.pk), data | {"confirm": "yes"})

    assert PlanVersion.objects.count() == 2
    version = PlanVersion.objects.order_by("-number")[0]
    assert (version.rental, version.prices.get().unit_price) == (paise(1200), 65_000)
    assert account.cycles.get().version.number == 1
    event = AuditEvent.objects.get(action="invoices.publish_prices", reason="New year")
    assert event.after["prices"] == {"click_to_call": 65_000}


def test_the_preview_tells_what_changes_and_warns_of_what_is_left_out(staff, account):
    plan = build.subscribed(account).plan
    usage.ingest([build.message(account, feature="whatsapp")], source="platform", now=NOW)
    data = {"valid_from": "2026-11-25", "rental": "0", "reason": "r", "price_click_to_call": "0.65",
            "token": uuid.uuid4(),
            "free_click_to_call": "900", "pulse_click_to_call": "60", "pulse_incoming": "60"}  # fmt: skip

    shown = staff("manager").post(page("invoices_plan_publish", plan.pk), data).content.decode()

    for words in (
        "Rental of a cycle: ₹1,000.00 → ₹0.00",
        "The rental is ₹0",
        "Click-to-call: ₹0.60 above 1,000 free → ₹0.65 above 900 free",
        "SMS: ₹0.20 above 0 free → no price",
        "SMS has a price in version 1 and none here.",
        "WhatsApp is used on this plan and has no price here",
    ):
        assert words in shown
    assert "WhatsApp has a price" not in shown


def test_no_price_joins_a_published_list():
    version = build.plan().versions.get()

    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        PlanPrice.objects.create(version=version, feature_id="whatsapp", unit_price=1)


def test_prices_begin_tomorrow_at_the_earliest(staff):
    plan = build.plan()
    data = {"valid_from": "2026-11-24", "rental": "1", "reason": "r", "price_sms": "abc"}

    answer = staff("manager").post(page("invoices_plan_publish", plan.pk), data)

    assert answer.status_code == 422
    assert "tomorrow at the earliest" in answer.content.decode()
    assert "like 0.60" in answer.content.decode()


def test_an_account_is_put_on_a_plan_and_changed(staff, account):
    plan, large = build.plan(), build.plan("large", rental=900_000)
    client, url = staff("finance"), page("invoices_account_plan", account.pk)
    data = {"plan": plan.pk, "when": "now", "reason": "Order", "token": uuid.uuid4()}

    assert "anniversary" in client.post(url, data).content.decode()
    client.post(url, data | {"confirm": "yes"})
    assert account.subscription.plan == plan
    up = {"plan": large.pk, "when": "now", "reason": "Asked", "token": uuid.uuid4()}
    assert "Invoice with GST" in client.post(url, up).content.decode()
    for _ in range(2):
        client.post(url, up | {"confirm": "yes"})
    down = {"plan": plan.pk, "when": "next", "reason": "Asked", "token": uuid.uuid4(), "confirm": "yes"}
    client.post(url, down)

    account.subscription.refresh_from_db()
    assert (account.subscription.plan, account.subscription.next_plan) == (large, plan)
    assert Document.objects.filter(cause__startswith="upgrade:").count() == 1
    client.post(url, {**down, "plan": large.pk})
    account.subscription.refresh_from_db()
    assert account.subscription.next_plan is None


def test_what_cannot_be_is_said_on_the_form(staff, account):
    build.subscribed(account)
    small = build.plan("tiny", rental=1)

    answer = staff("finance").post(
        page("invoices_account_plan", account.pk),
        {"plan": small.pk, "when": "now", "reason": "r", "token": uuid.uuid4()},
    )

    assert answer.status_code == 422
    assert "not larger" in answer.content.decode()


# fmt: off
EXTRAS = [
    # kind              typed  count  field               what it is then
    ("add-on",          "150", 2,     "add_ons",          {"price": 15_000, "quantity": 2}),
    ("charge",          "20",  3,     "one_time_charges", {"amount": 6_000, "description": "3 × Number at ₹20.00"}),
    ("charge",          "20",  1,     "one_time_charges", {"amount": 2_000, "description": "Number"}),
    ("discount-part",   "10",  2,     "discounts",        {"basis_points": 1_000, "amount": None, "cycles_left": 2}),
    ("discount-amount", "10",  2,     "discounts",        {"basis_points": None, "amount": 1_000, "cycles_left": 2}),
]
# fmt: on
ENDED = {
    "add_ons": ("add_on", {"ends_on": NOW.date()}),
    "one_time_charges": ("charge", {"cancelled_at": NOW}),
    "discounts": ("discount", {"cycles_left": 0}),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "typed", "count", "field", "expected"), EXTRAS)
def test_an_extra_is_previewed_added_once_and_taken_off_once(
    staff, account, kind, typed, count, field, expected
):
    build.subscribed(account)
    client, url = staff("finance"), page("invoices_account_extras", account.pk)
    data = {
        "kind": kind,
        "description": "Number",
        "amount": typed,
        "count": count,
        "reason": "r",
        "token": uuid.uuid4(),
    }

    shown = client.post(url, data).content.decode()
    assert "Next invoice with GST, as things stand" in shown and "Number" in shown
    assert not getattr(account, field).exists()
    for _ in range(2):
        client.post(url, data | {"confirm": "yes"})
    row = getattr(account, field).get()
    assert {name: getattr(row, name) for name in expected} == expected

    end, after = ENDED[field]
    for _ in range(2):
        client.post(page(f"invoices_end_{end}", row.pk), {"reason": "r"})
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in after} == after
    acts = AuditEvent.objects.filter(account=account, reason="r").values_list("action", flat=True)
    assert len(set(acts)) == len(acts) == 2


def test_the_preview_of_an_extra_is_the_next_invoice_with_it(staff, account):
    build.subscribed(account)
    url = page("invoices_account_extras", account.pk)
    data = {"kind": "charge", "description": "Porting", "amount": "100", "count": 3, "reason": "r"}

    shown = staff("finance").post(url, data | {"token": uuid.uuid4()}).content.decode()

    assert "3 × Porting at ₹100.00" in shown and "₹300.00" in shown
    assert "₹1,180.00" in shown and "₹1,534.00" in shown  # without it, with it
