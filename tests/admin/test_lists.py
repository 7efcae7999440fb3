"""What every list of the staff side keeps to: one named link to each row, and a whole row in its file."""

import csv
import io

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.urls import reverse

from accounts import audit
from accounts.models import Account
from billing_portal.staff_pages import Listed
from tests import build

pytestmark = pytest.mark.django_db
SITES = {
    f"{model._meta.app_label}_{model._meta.model_name}": one for model, one in admin.site._registry.items()
}


@pytest.mark.parametrize("name", sorted(SITES))
def test_the_link_to_a_row_holds_no_other_link(name, rf, staff):
    this = SITES[name]
    request = rf.get("/")
    shown = this.get_list_display(request)
    links = this.get_list_display_links(request, shown) or ()

    assert not [one for one in links if getattr(getattr(this, one, None), "leads_away", False)]


@pytest.mark.parametrize("name", sorted(SITES))
def test_the_file_of_a_list_names_columns_that_are_there(name):
    this = SITES[name]
    assert isinstance(this, Listed)
    assert all(label_for_field(field, this.model, this) for field in this.csv_fields)
    assert len(set(this.csv_fields)) == len(this.csv_fields)


def test_what_a_list_leaves_out_is_in_its_file_and_on_its_page(staff):
    account = build.account(name="Behind & Sons")
    client = staff("finance")
    address = reverse("admin:accounts_account_changelist")

    answer = client.post(address, {"action": "export_csv", "_selected_action": [account.pk]})
    head, row = csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig")))

    told = dict(zip(head, row, strict=True))
    assert told["Customer"] == account.customer.name and told["Name"] == "Behind & Sons"
    assert account.customer.name in client.get(address).content.decode()


def test_a_list_without_rows_says_so(staff):
    client = staff("finance")
    address = reverse("admin:accounts_account_changelist")

    empty = client.get(address).content.decode()
    Account.objects.all().delete()
    build.account()
    nothing_fits = client.get(address, {"q": "nobody"}).content.decode()

    assert "There are no accounts yet." in empty and "0 of 0" not in empty
    assert "Nothing here fits" in nothing_fits and "0 of 0" not in nothing_fits
    assert "Nothing here fits" not in client.get(address).content.decode()


@pytest.mark.parametrize(("role", "reads"), [("auditor", True), ("support", False)])
def test_the_history_of_a_row_is_what_the_chain_has_of_it(role, reads, staff, account):
    event = audit.record(
        "payments.refund.ask", actor=None, subject=f"account:{account.ban}", reason="", now=build.NOW, account=account
    )  # fmt: skip
    other = audit.record("x", actor=None, subject="account:BA-1", reason="", now=build.NOW)
    client = staff(role)
    history = reverse("admin:accounts_account_history", args=[account.pk])

    page = client.get(reverse("admin:accounts_account_change", args=[account.pk])).content.decode()
    answer = client.get(history)

    assert (history in page) is reads
    if not reads:
        assert answer.status_code == 403
        return
    listed = client.get(answer.url).content.decode()
    assert reverse("admin:accounts_auditevent_change", args=[event.pk]) in listed
    assert reverse("admin:accounts_auditevent_change", args=[other.pk]) not in listed


def test_a_row_without_an_account_is_found_by_the_name_it_has_in_the_chain(staff):
    client = staff("auditor")
    plan = build.plan()

    answer = client.get(reverse("admin:invoices_plan_history", args=[plan.pk]))

    assert answer.url.endswith(f"?subject=plan%3A{plan.pk}")
    assert "Nothing here fits" in client.get(answer.url).content.decode()


def test_a_filter_says_codes_in_words_and_chooses_by_them(staff, account):
    refund = audit.record("payments.refund.ask", actor=None, subject="a", reason="One", now=build.NOW)
    audit.record("accounts.retry_notice", actor=None, subject="b", reason="Two", now=build.NOW)
    client, chain = staff("auditor"), reverse("admin:accounts_auditevent_changelist")

    page = client.get(chain, {"_facets": ""}).content.decode()
    chosen = client.get(chain, {"action": refund.action}).content.decode()

    assert "Refund: ask (1)" in page and "Retry notice (1)" in page
    assert "One" in chosen and "Two" not in chosen
