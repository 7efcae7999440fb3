"""What staff set going by a click of a list, and what their acts change, stands in the audit chain."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts import job_control, stops
from accounts.levels import Level
from accounts.models import AuditEvent, User
from invoices.models import DocumentFile
from payments import day_close
from payments.models import DayClose, WebhookEvent
from tests import build

pytestmark = pytest.mark.django_db
NOW = build.NOW


def act(client, name, action, *rows):
    picked = {"action": action, "reason": "Asked by phone", "_selected_action": [row.pk for row in rows]}
    return client.post(reverse(f"admin:{name}_changelist"), picked, follow=True).content.decode()


def written(action):
    return [(event.before, event.after) for event in AuditEvent.objects.filter(action=action).order_by("pk")]


def test_asking_the_gateway_is_written_down_also_where_it_does_not_answer(staff, account, gateway):
    payment, away = build.payment(account, 500), build.payment(account, 700)
    gateway.pays(payment)
    client = staff("support")

    act(client, "payments_payment", "ask", payment)
    gateway.fails = ["payments"]
    act(client, "payments_payment", "ask", away)

    booked, silent = written("payments.ask_gateway")
    assert (booked[0]["state"], booked[1]) == ("created", {"state": "captured"})
    assert silent[1]["state"] == "created" and silent[1]["answer"]


def test_only_parked_calls_are_handled_again_and_written_down(staff):
    parked, waiting = (
        WebhookEvent.objects.create(
            event_id=f"e{n}", name="x", body=b"{}", body_hash=f"{n}" * 64, received_at=NOW, next_attempt_at=NOW,
            parked_at=NOW if n else None,
        )
        for n in (1, 0)
    )  # fmt: skip

    said = act(staff("admin"), "payments_webhookevent", "retry", parked, waiting)

    assert "1 of 2 calls are in the queue again." in said
    [(before, after)] = written("payments.retry_event")
    assert (before["state"], after) == ("parked", {"state": "waiting"})


def test_only_parked_pdfs_are_made_again_and_counted(staff, account):
    build.charge(account, 100)
    build.charge(account, 200)
    rows = list(DocumentFile.objects.order_by("pk"))
    DocumentFile.objects.filter(pk=rows[0].pk).update(state="parked", next_attempt_at=None)

    said = act(staff("support"), "invoices_documentfile", "retry", *rows)

    assert f"1 of {len(rows)} files are in the queue again." in said
    [(before, after)] = written("invoices.retry_pdf")
    assert (before["state"], after) == ("parked", {"state": "waiting"})


def test_a_pause_and_a_stop_say_what_was(staff, account):
    staff("manager")
    user = User.objects.filter(is_staff=True).get()
    words = {"reason": "Flood", "now": NOW}
    job_control.pause("suspend", by=user, **words)
    job_control.resume("suspend", by=user, **words)
    stops.stop(account.pk, Level.SUSPENDED, actor=user, **words)

    assert written("accounts.job.pause") == [({"state": "runs"}, {"state": "paused"})]
    assert written("accounts.job.resume") == [({"state": "paused"}, {"state": "runs"})]
    assert written("accounts.stop_lines")[0][0] == {"manual": "", "level": "active"}


def test_a_closed_day_is_not_closed_anew(staff):
    staff("finance")
    user = User.objects.filter(is_staff=True).get()
    [row] = day_close.compute(date(2025, 1, 1), date(2025, 1, 1), now=NOW)
    DayClose.objects.filter(pk=row.pk).update(closed_at=None, state="explained")
    words = {"reason": "Looked at", "now": NOW}
    closed = day_close.close(row.pk, by=user, **words)

    assert day_close.close(row.pk, by=user, **words).closed_at == closed.closed_at  # a double click
    with pytest.raises(day_close.NotPossible, match="is closed already"):
        day_close.close(row.pk, by=user, reason="Another", now=NOW + timedelta(1))
    assert len(written("payments.day.close")) == 1
