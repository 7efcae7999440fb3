"""The pages of the comparison: who may do what, and that it does it."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.urls import reverse

from accounts.models import AuditEvent, JobRun, Line
from payments import recharge, reconcile
from payments.models import DayClose, Difference
from tests import build

pytestmark = pytest.mark.django_db

NIGHT = build.NOW + timedelta(days=1)
ROLES = ("customer", "support", "finance", "manager", "auditor", "admin")
MAY = ("finance", "manager", "admin")


@pytest.fixture
def found(gateway):
    """A night that found an adjustment of -50.00 and a payment that is 10.00 less there."""
    made = build.payment(build.account(), 1000)
    report = gateway.pays(made)
    recharge.settle(made.pk, now=build.NOW)
    gateway.listed.changes[report.payment_id] = {"amount": 99_000}
    told = gateway.listed.settle(report)
    gateway.listed.adjust(told, -5000)
    reconcile.run(now=NIGHT)
    return {one.kind: one for one in Difference.objects.all()}


def page(name, row):
    return reverse(f"admin:payments_{name}", args=[row.pk])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", ["give", "explain", "resolve", "fee"])
def test_who_may_act_on_a_difference(act, role, staff, found):
    row = found["adjustment"]
    client = staff(role)
    fields = {"reason": "Seen", "owner": build.user(staff=True, superuser=True).pk, "tax": "7.63"}

    answer = client.post(page(f"difference_{act}", row), fields)

    may = role in MAY
    assert answer.status_code == (302 if may or role == "customer" else 403)
    assert AuditEvent.objects.filter(action__startswith="payments.difference").exists() is may


def test_a_difference_goes_from_found_to_resolved_with_its_history(staff, found):
    client, row = staff("finance"), found["payment_amount"]
    client.post(page("difference_explain", row), {"reason": "They corrected it by hand"})
    client.post(page("difference_resolve", row), {"reason": "Letter of 25 November"})

    shown = client.get(page("difference_change", row)).content.decode()

    row.refresh_from_db()
    assert (row.state, row.note) == ("resolved", "Letter of 25 November")
    assert [event.text.split(".")[0].split(":")[0] for event in row.events.order_by("pk")] == [
        "Found", "Explained", "Resolved",
    ]  # fmt: skip
    assert "Explained: They corrected it by hand" in shown
    assert client.post(page("difference_explain", row), {"reason": "again"}).status_code == 422


def test_an_adjustment_is_booked_as_a_fee_with_its_gst(staff, found):
    fee, gst = (Line.objects.filter(book=book).total() for book in ("fees", "input_gst"))

    staff("finance").post(page("difference_fee", found["adjustment"]), {"reason": "Fee", "tax": "7.63"})

    assert Line.objects.filter(book="fees").total() == fee - 4237
    assert Line.objects.filter(book="input_gst").total() == gst - 763


@pytest.mark.parametrize("tax", ["50", "-1", "x", ""])
def test_a_fee_with_impossible_gst_is_refused(tax, staff, found):
    answer = staff("finance").post(page("difference_fee", found["adjustment"]), {"reason": "Fee", "tax": tax})

    assert answer.status_code == 422
    assert Difference.objects.get(pk=found["adjustment"].pk).state == "open"


@pytest.mark.parametrize("role", ROLES)
def test_a_day_is_closed_when_everything_is_explained(role, staff, found):
    day = DayClose.objects.get(day=build.NOW.date())
    client = staff(role)
    first = client.post(page("dayclose_close", day), {"reason": "Looked"})
    Difference.objects.filter(gone_at=None).update(state="explained")
    client.post(page("dayclose_close", day), {"reason": "Looked"})

    day.refresh_from_db()
    may = role in MAY
    assert first.status_code == (422 if may else 302 if role == "customer" else 403)
    assert bool(day.closed_at) is may


def test_the_overview_counts_and_a_run_is_asked_for(staff, found, monkeypatch):
    monkeypatch.setattr("billing_portal.clock.now", lambda: NIGHT)
    client = staff("finance")
    overview = reverse("admin:payments_reconciliation")
    shown = client.get(overview).content.decode()
    assert "Adjustment by the gateway" in shown
    assert "Differences found, 30 days" in shown

    answer = client.post(reverse("admin:payments_reconcile_now"), {"reason": "A customer asks"})

    assert answer.url == overview
    assert JobRun.objects.get(job="reconcile", business_date=NIGHT.date()).finished_at is None


@pytest.mark.parametrize("model", ["difference", "settlement", "settlementline", "dayclose", "gatewayrecord"])
def test_every_list_and_row_opens_and_exports(model, staff, found):
    client = staff("auditor")
    listed = reverse(f"admin:payments_{model}_changelist")
    body = client.get(listed).content.decode()
    assert "results" in body or "result_list" in body
    row = apps.get_model("payments", model).objects.all()[0]
    assert client.get(page(f"{model}_change", row)).status_code == 200
    answer = client.post(listed, {"action": "export_csv", "_selected_action": [row.pk]})
    assert answer["Content-Type"].startswith("text/csv")
