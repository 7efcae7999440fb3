"""The staff side of the month: notes with a second person, exports, reported problems."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import approvals
from accounts.models import Approval, AuditEvent
from invoices import plan_changes, problems
from invoices.models import Document, Export, ProblemReport
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return build.account()


def page(name, *args):
    return reverse(f"admin:{name}", args=args)


def test_a_credit_note_needs_a_second_person(staff, account):
    invoice = build.charge(account, 1000)
    asker, other = staff("finance"), staff("manager")
    url = page("invoices_document_credit_note", invoice.pk)
    data = {"description": "Out of service", "amount": "100", "reason": "Ticket", "token": uuid.uuid4()}

    assert "Total credited" in asker.post(url, data).content.decode()
    for _ in range(2):
        asker.post(url, data | {"confirm": "yes"})
    row = Approval.objects.get()
    assert Document.objects.count() == 1
    own = asker.post(page("accounts_approval_approve", row.pk), {"note": "me"})
    assert "second person" in own.content.decode()
    for _ in range(2):
        other.post(page("accounts_approval_approve", row.pk), {"note": "Seen"})

    row.refresh_from_db()
    assert (row.state, row.outcome) == ("approved", "CN/2627/000001")
    assert Document.objects.filter(kind="credit_note").count() == 1
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert actions[-2:] == ["accounts.approval.ask", "accounts.approval.approved"]


def test_a_refund_is_rejected_or_done(staff, account):
    build.paid(account, 1000)
    voucher = account.documents.get()
    asker, other = staff("finance"), staff("manager")
    url = page("invoices_document_refund", voucher.pk)

    for word in ("reject", "approve"):
        asker.post(url, {"amount": "", "reason": "Leaves", "token": uuid.uuid4(), "confirm": "yes"})
        row = Approval.objects.get(state="waiting")
        other.post(page(f"accounts_approval_{word}", row.pk), {"note": "n"})

    assert [row.state for row in Approval.objects.order_by("pk")] == ["rejected", "approved"]
    assert Document.objects.get(kind="refund_voucher").total == paise(1000)


def test_what_became_impossible_is_not_approved(staff, account):
    build.paid(account, 1000)
    voucher = account.documents.get()
    asker, other = staff("finance"), staff("manager")
    asker.post(
        page("invoices_document_refund", voucher.pk),
        {"amount": "", "reason": "r", "token": uuid.uuid4(), "confirm": "yes"},
    )
    build.charge(account, 5000)  # uses the advance meanwhile

    answer = other.post(page("accounts_approval_approve", Approval.objects.get().pk), {"note": "n"})

    assert "Nothing is left" in answer.content.decode()
    assert Approval.objects.get().state == "waiting"


def test_nobody_decides_for_themselves_by_any_route(account, django_user_model):
    person = build.user(staff=True)
    row = approvals.ask(
        "credit-note", account, token=uuid.uuid4(), payload={}, summary="s", reason="r", by=person, now=NOW
    )

    with pytest.raises(approvals.NotAllowed):
        approvals.approve(row.pk, actor=person, note="n", now=NOW, carry_out=lambda _row: "x")
    with pytest.raises(approvals.NotAllowed):
        approvals.reject(row.pk, actor=person, note="n", now=NOW)


def test_a_debit_note_is_issued_after_its_preview(staff, account):
    invoice = build.charge(account, 1000)
    url = page("invoices_document_debit_note", invoice.pk)
    data = {"description": "Too low", "amount": "100", "reason": "r", "token": uuid.uuid4()}
    client = staff("finance")

    assert "₹118.00" in client.post(url, data).content.decode()
    for _ in range(2):
        client.post(url, data | {"confirm": "yes"})

    assert Document.objects.get(kind="debit_note").total == paise(118)


def test_finance_asks_for_a_register_and_it_is_audited(staff, account):
    build.charge(account, 1000)
    client, url = staff("finance"), page("invoices_export_finance")
    data = {"kind": "register-csv", "first": "2026-11-01", "last": "2026-11-30", "token": uuid.uuid4()}

    client.post(url, data)
    client.post(url, data | {"kind": "ageing-csv", "token": uuid.uuid4()})
    bad = client.post(url, data | {"first": "2026-12-01", "token": uuid.uuid4()})

    assert [row.parameters for row in Export.objects.order_by("pk")] == [
        {"first": "2026-11-01", "last": "2026-11-30"},
        {"as_of": "2026-11-30"},
    ]
    assert "comes after the first" in bad.content.decode()
    assert AuditEvent.objects.filter(action="invoices.export").count() == 2


def test_a_reported_problem_is_answered_once(staff, account):
    invoice = build.charge(account, 1000)
    row = problems.report(invoice, "Too <b>high</b>", token=uuid.uuid4(), by=build.owner(account), now=NOW)
    client, url = staff("support"), page("invoices_problem_answer", row.pk)

    client.post(url, {"answer": "It is right."})
    again = client.post(url, {"answer": "Once more."})

    assert "answered this already" in again.content.decode()
    assert ProblemReport.objects.get().answer == "It is right."


PAGES = [
    ("invoices_plan_changelist", {"support", "finance", "manager", "auditor"}),
    ("invoices_feature_changelist", {"support", "finance", "manager", "auditor"}),
    ("accounts_approval_changelist", {"support", "finance", "manager", "auditor"}),
    ("invoices_problemreport_changelist", {"support", "finance", "manager", "auditor"}),
    ("invoices_export_changelist", {"support", "finance", "manager", "auditor"}),
    ("invoices_export_finance", {"finance", "manager", "auditor"}),
]


@pytest.mark.parametrize(("name", "groups"), PAGES)
def test_who_may_open_what(staff, name, groups):
    found = {
        group for group in ("support", "finance", "manager", "auditor")
        if staff(group).get(page(name)).status_code == 200
    }  # fmt: skip

    assert found == groups


@pytest.mark.parametrize("group", ["support", "auditor"])
def test_who_may_not_act(staff, account, group):
    invoice = build.charge(account, 1000)
    plan = build.subscribed(account).plan
    client = staff(group)
    addresses = [
        page("invoices_plan_publish", plan.pk),
        page("invoices_account_plan", account.pk),
        page("invoices_account_extras", account.pk),
        page("invoices_document_credit_note", invoice.pk),
        page("invoices_document_debit_note", invoice.pk),
        page("invoices_document_refund", invoice.pk),
    ]

    assert {client.post(address, {}).status_code for address in addresses} == {403}


def test_a_cancelled_downgrade_prices_early_usage_again(account):
    build.subscribed(account)
    later = NOW + timedelta(days=30)
    tiny = build.plan("tiny", rental=1)
    plan_changes.downgrade(account.pk, tiny.pk, actor=None, reason="r", now=NOW)

    plan_changes.keep(account.pk, actor=None, reason="r", now=NOW)

    assert account.subscription.bill_on == later.date()
