"""Lists as CSV: streamed, no cell a formula, by those who have the right, and written down."""

import csv
import io

import pytest
from django.contrib import admin
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import audit, stops
from accounts.models import Account, AuditEvent
from billing_portal.staff_pages import Listed
from payments import proposals
from payments.models import BankLine
from payments.proposals import Proposal
from tests import build

pytestmark = pytest.mark.django_db
LISTS = sorted(
    f"{model._meta.app_label}_{model._meta.model_name}"
    for model, one in admin.site._registry.items()
    if isinstance(one, Listed)
)


def export(client, name, pks) -> HttpResponse:
    picked = {"action": "export_csv", "_selected_action": list(pks)}
    return client.post(reverse(f"admin:{name}_changelist"), picked)


def rows(answer):
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("support", False),
        ("finance", True),
        ("manager", True),
        ("auditor", True),
        ("admin", True),
        ("customer", False),
    ],
)
def test_who_may_take_a_list_out(role, may, staff, account):
    answer = export(staff(role), "accounts_account", [account.pk])

    assert ("attachment" in answer.get("Content-Disposition", "")) is may
    assert AuditEvent.objects.filter(action="accounts.account.export").exists() is may


@pytest.mark.parametrize("name", LISTS)
def test_every_list_can_be_exported_by_who_sees_it(name, staff):
    client = staff("admin")

    form = client.get(reverse(f"admin:{name}_changelist")).context["action_form"]

    assert "export_csv" in [value for value, _label in form.fields["action"].choices]


def test_an_export_is_streamed_in_few_queries_and_written_down(staff):
    made = [build.account() for _ in range(30)]
    client, counts = staff("finance"), []
    for some in (made[:3], made):
        with CaptureQueriesContext(connection) as captured:
            answer = export(client, "accounts_account", [one.pk for one in some])
            assert answer.streaming and len(rows(answer)) == len(some) + 1
        counts.append(len(captured))

    assert counts[0] == counts[1], counts
    event = AuditEvent.objects.order_by("pk").last()
    assert (event.action, event.actor.name, event.after) == (
        "accounts.account.export",
        "finance",
        {"rows": 30},
    )


@pytest.mark.parametrize(
    "name", ["=1+1", "+SUM(A1)", "-2+3", "@cmd", "\t=1", "\r=1", "a\u202e=1", '"x",=1', "<b>x</b>"]
)
def test_what_somebody_wrote_is_never_a_formula_nor_markup(name, staff, account):
    Account.objects.filter(pk=account.pk).update(name=name)

    (_head, row) = rows(export(staff("finance"), "accounts_account", [account.pk]))

    cell = row[1]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert "\u202e" not in cell and len(row) == len(_head)


def test_a_cell_is_what_a_person_reads(staff, account):
    """Moments of India, words of a choice, words of a tag; nothing runs into its neighbour."""
    payment = build.paid(account, 1180)  # at 11:30 IST

    head, row = rows(export(staff("finance"), "payments_payment", [payment.pk]))
    told = dict(zip(head, row, strict=True))

    assert told["Started at"] == "2026-11-24 11:30:00 IST"
    head, row = rows(export(staff("finance"), "accounts_restriction", [stopped(account)]))
    told = dict(zip(head, row, strict=True))
    assert (told["Reason"], told["Level"]) == ("By staff", "Outbound calls blocked")


def test_two_proposals_of_a_bank_line_stand_apart(staff, monkeypatch):
    first, second = build.account(), build.account()
    found = [Proposal(first, "declared its UTR", True), Proposal(second, "owes the same", False)]
    monkeypatch.setattr(proposals, "of", lambda rows: {row.pk: found for row in rows})
    line = BankLine.objects.create(
        bank="000111222333", source="import", direction="in", amount=100, open_amount=100, utr="U1", row_hash="1",
        value_on=build.NOW.date(), narration="NEFT", entered_at=build.NOW,
    )  # fmt: skip

    head, row = rows(export(staff("finance"), "payments_bankline", [line.pk]))

    assert row[head.index("May be of")] == (
        f"{first.ban}: declared its UTR exact; {second.ban}: owes the same"
    )


def test_a_link_to_a_file_is_no_cell(staff, account):
    bill = build.charge(account, 100)

    head, _row = rows(export(staff("finance"), "invoices_document", [bill.pk]))

    assert "PDF" not in head and "Number" in head


def stopped(account) -> int:
    stops.stop(account.pk, "outbound_blocked", actor=build.user(staff=True), reason="Fraud", now=build.NOW)
    return account.restrictions.get().pk


def test_the_chain_is_exported_with_what_was_and_what_became_and_its_hash(staff):
    made = audit.record(
        "accounts.test", actor=None, subject="user:7", reason="Asked", now=build.NOW,
        before={"name": "=HYPER"}, after={"name": "B", "level": 2},
    )  # fmt: skip

    head, row = rows(export(staff("auditor"), "accounts_auditevent", [made.pk]))

    told = dict(zip(head, row, strict=True))
    assert (told["Before"], told["After"]) == ('{"name": "=HYPER"}', '{"level": 2, "name": "B"}')
    assert (told["Hash"], told["Subject"]) == (made.hash, "user:7")


def test_a_list_without_the_right_to_see_it_is_not_exported(staff):
    assert export(staff("finance"), "accounts_auditevent", [1]).status_code == 403
    assert not AuditEvent.objects.exists()
