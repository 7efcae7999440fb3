"""The staff pages of disputes: who may answer, what an answer does, and what is refused before anything is sent."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent
from payments import disputes
from payments.models import Dispute
from tests import build
from tests.panel.test_payments_page import text

pytestmark = pytest.mark.django_db
ROLES = ("customer", "support", "finance", "manager", "auditor", "admin")
MAY = ("finance", "manager", "admin")
ACTS = ("look", "evidence", "submit", "accept")
PDF = b"%PDF-1.7 an invoice"


@pytest.fixture
def row(gateway):
    payment = build.paid(build.account(), 1000)
    return disputes.take(gateway.disputed.begin(payment), now=build.NOW)


def page(name, row):
    return reverse(f"admin:payments_dispute_{name}", args=[row.pk])


def file(content=PDF, name="invoice.pdf"):
    return SimpleUploadedFile(name, content)


def keep(client, row, **fields):
    values = {"note": "Calls of 24 November", "kind": "billing_proof", "file": file(), "reason": "Checked"}
    return client.post(page("evidence", row), values | fields)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", ACTS)
def test_who_may_answer(act, role, staff, row, gateway):
    client = staff(role)
    if act == "submit":
        keep(staff("finance"), row)
    before = AuditEvent.objects.filter(action__startswith="payments.dispute").count()

    seen = client.get(page(act, row)).status_code
    done = keep(client, row) if act == "evidence" else client.post(page(act, row), {"reason": "Checked"})

    refused = 302 if role == "customer" else 403
    assert (seen, done.status_code) == ((200, 302) if role in MAY else (refused, refused))
    now = AuditEvent.objects.filter(action__startswith="payments.dispute").count()
    assert (now > before) is (role in MAY)


@pytest.mark.parametrize("role", ROLES[1:])
def test_everybody_of_the_staff_sees_it_and_only_who_may_sees_the_tools(role, staff, row):
    client = staff(role)

    shown = client.get(page("change", row)).content.decode()

    assert "services_not_provided" in shown
    assert ("Accept: give it up" in shown) is (role in MAY)
    assert client.post(page("change", row), {"note": "x"}).status_code == 403
    assert client.post(page("delete", row)).status_code == 403


def test_evidence_is_kept_then_submitted(staff, row, gateway):
    client = staff("finance")
    refused = client.post(page("submit", row), {"reason": "Send it"})
    assert refused.status_code == 422
    assert "at least one document" in text(refused)

    keep(client, row)
    row.refresh_from_db()
    assert (row.note, [one["kind"] for one in row.proofs]) == ("Calls of 24 November", ["billing_proof"])
    client.post(page("submit", row), {"reason": "Send it"})

    row.refresh_from_db()
    assert (row.state, row.submitted_by.name) == ("under_review", "finance")
    assert [what for what, _id in gateway.disputed.sent] == ["draft", "submit"]
    audited = AuditEvent.objects.filter(actor__isnull=False).values_list("action", "reason")
    assert list(audited) == [
        ("payments.dispute.evidence", "Checked"),
        ("payments.dispute.submit", "Send it"),
    ]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"file": file(b"MZ\x90", "invoice.pdf")}, "only a PDF, JPEG or PNG"),
        ({"file": file(b"%PDF-" + b"0" * (2 * 1024 * 1024))}, "at most 2 MB"),
        ({"file": file(b"")}, "empty"),
        ({"note": ""}, "This field is required"),
        ({"note": "x" * 1001}, "at most 1000 characters"),
        ({"kind": "shipping"}, "not one of the available choices"),
        ({"reason": ""}, "This field is required"),
    ],
)
def test_what_the_bank_cannot_read_is_refused_before_anything_is_sent(fields, says, staff, row, gateway):
    answer = keep(staff("finance"), row, **fields)

    assert answer.status_code == 422
    assert says in text(answer)
    assert gateway.disputed.sent == []
    assert Dispute.objects.get().note == ""


def test_accepting_says_what_it_does_and_debits(staff, row):
    client = staff("finance")
    shown = text(client.get(page("accept", row)))
    assert f"₹1,000.00 is taken out of account {row.account.ban} at once" in shown

    client.post(page("accept", row), {"reason": "The customer is right"})

    row.refresh_from_db()
    assert (row.state, row.debited, row.accepted_by.name) == ("lost", 100_000, "finance")
    assert "nothing can be sent now" in client.post(page("accept", row), {"reason": "again"}).content.decode()


def test_an_acceptance_that_is_not_answered_is_said_to_be_unknown(staff, row, gateway):
    gateway.fails += ["accept-after"]
    client = staff("finance")

    answer = client.post(page("accept", row), {"reason": "The customer is right"})
    assert answer.status_code == 422
    assert "not known yet" in text(answer)
    client.post(page("look", row), {"reason": "Was it taken?"})

    row.refresh_from_db()
    assert (row.state, row.accepted_by.name) == ("lost", "finance")


def test_what_the_gateway_refuses_is_taken_in_as_it_stands(staff, row, gateway):
    gateway.disputed.move(gateway.disputed.reports[row.gateway_dispute_id], "under_review")

    answer = staff("finance").post(page("accept", row), {"reason": "x"})

    row.refresh_from_db()
    assert answer.status_code == 422
    assert "The gateway refused it" in text(answer)
    assert (row.state, row.accepted_by) == ("under_review", None)


def test_the_list_says_what_is_urgent_and_costs_no_more_when_it_is_longer(staff, gateway, monkeypatch):
    client, counts = staff("finance"), []
    address = reverse("admin:payments_dispute_changelist")
    monkeypatch.setattr("billing_portal.clock.today", lambda: (build.NOW + timedelta(days=9)).date())
    for number in (1, 6):
        for _ in range(number):
            made = build.paid(build.account(), 100)
            disputes.take(gateway.disputed.begin(made), now=build.NOW)
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            shown = text(client.get(address, {"open": "answer"}))
        counts.append(len(captured))

    assert counts[0] == counts[1]
    assert "4 Dec 2026, 11:30 IST tomorrow" in shown


def test_the_dashboard_and_the_payment_lead_to_it(staff, row):
    client = staff("finance")

    assert "1 dispute, answer by 4 Dec 2026, 11:30 IST" in text(client.get(reverse("admin:index")))
    shown = client.get(reverse("admin:payments_payment_change", args=[row.payment_id])).content.decode()
    assert page("change", row) in shown


@pytest.mark.parametrize("act", ["evidence", "submit", "accept"])
def test_a_decided_dispute_takes_no_answer_and_no_form_opens(act, staff, row, gateway):
    client = staff("finance")
    client.post(page("accept", row), {"reason": "They are right"})

    answer = client.get(page(act, row), follow=True)

    assert answer.redirect_chain == [(page("change", row), 302)]
    assert "it takes no answer now" in answer.content.decode()
