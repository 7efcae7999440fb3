"""Lists as CSV: streamed, no cell a formula, by those who have the right, and written down."""

import csv
import io

import pytest
from django.contrib import admin
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, AuditEvent
from billing_portal.staff_pages import Listed
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


def test_a_list_without_the_right_to_see_it_is_not_exported(staff):
    assert export(staff("finance"), "accounts_auditevent", [1]).status_code == 403
    assert not AuditEvent.objects.exists()
