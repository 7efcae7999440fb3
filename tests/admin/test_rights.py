"""Who of the staff may do what: one table, tried through the doors."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Balance, Entry, Notice
from billing_portal import staff_groups
from invoices.models import Document
from payments import parked
from payments.models import ParkedReport, Payment
from tests import build

pytestmark = pytest.mark.django_db
ROLES = ("customer", "support", "finance", "manager", "auditor", "admin")


def charge_url(account):
    return reverse("admin:invoices_document_charge", args=[account.pk])


def report(account):
    payment = build.payment(account, 100)
    return parked.park(
        ParkedReport.Kind.AMOUNT, build.report(payment, amount=9000), payment=payment, now=build.NOW
    )


# fmt: off
PAGES = (  # page                                          who sees it
    ("accounts_account_changelist",      "support finance manager auditor admin"),
    ("accounts_customer_changelist",     "support finance manager auditor admin"),
    ("accounts_user_changelist",         "support finance manager auditor admin"),
    ("accounts_notice_changelist",       "support finance manager auditor admin"),
    ("invoices_document_changelist",     "support finance manager auditor admin"),
    ("invoices_documentfile_changelist", "support finance manager auditor admin"),
    ("invoices_subscription_changelist", "support finance manager auditor admin"),
    ("accounts_jobrun_changelist",       "support finance manager auditor admin"),
    ("payments_payment_changelist",      "support finance manager auditor admin"),
    ("payments_mandate_changelist",      "support finance manager auditor admin"),
    ("payments_parkedreport_changelist", "support finance manager auditor admin"),
    ("payments_refund_changelist",       "support finance manager auditor admin"),
    ("payments_dispute_changelist",      "support finance manager auditor admin"),
    ("payments_webhookevent_changelist", "finance manager auditor admin"),
    ("payments_difference_changelist",   "finance manager auditor admin"),
    ("payments_reconciliation",          "finance manager auditor admin"),
    ("payments_dayclose_changelist",     "finance manager auditor admin"),
    ("payments_settlement_changelist",   "finance manager auditor admin"),
    ("payments_settlementline_changelist", "finance manager auditor admin"),
    ("payments_gatewayrecord_changelist", "finance manager auditor admin"),
    ("payments_downtime_changelist",     "finance manager auditor admin"),
    ("payments_reconcile_now",           "finance manager admin"),
    ("accounts_restriction_changelist",  "support finance manager auditor admin"),
    ("credit_restoration_changelist",    "support finance manager auditor admin"),
    ("accounts_serviceorder_changelist", "support finance manager auditor admin"),
    ("accounts_entry_changelist",        "support finance manager auditor admin"),
    ("accounts_line_changelist",         "support finance manager auditor admin"),
    ("accounts_balance_changelist",      "finance manager auditor admin"),
    ("accounts_bookscheck_changelist",   "finance manager auditor admin"),
    ("accounts_auditevent_changelist",   "manager auditor admin"),
    ("accounts_apikey_changelist",       "manager auditor admin"),
    ("accounts_apikey_issue",            "manager admin"),
    ("accounts_account_add",             "manager admin"),
    ("accounts_customer_add",            "manager admin"),
    ("accounts_user_add",                "manager admin"),
)
# fmt: on


@pytest.mark.parametrize("role", ROLES)
def test_each_group_sees_its_lists(role, staff):
    client = staff(role)

    seen = {name for name, _who in PAGES if client.get(reverse(f"admin:{name}")).status_code == 200}

    assert seen == {name for name, who in PAGES if role in who.split()}


@pytest.mark.parametrize("role", ROLES)
def test_only_finance_and_above_charge_and_settle_what_is_parked(role, staff, account, gateway):
    client, row = staff(role), report(account)
    urls = (
        charge_url(account),
        reverse("admin:payments_parkedreport_credit", args=[row.pk]),
        reverse("admin:payments_parkedreport_close", args=[row.pk]),
    )

    may = role in ("finance", "manager", "admin")

    assert {client.get(url).status_code == 200 for url in urls} == {may}
    client.post(urls[2], {"reason": "a test"})
    row.refresh_from_db()
    assert (row.state == "resolved") is may


@pytest.mark.parametrize("role", ROLES)
def test_who_may_verify_the_books(role, staff):
    answer = staff(role).post(reverse("admin:verify_books"))

    done = "bookscheck" in answer.headers.get("Location", "")
    assert done is (role in ("finance", "manager", "auditor", "admin"))


@pytest.mark.parametrize("role", ROLES)
def test_who_may_send_a_parked_message_again(role, staff, account):
    build.paid(account, 100)
    Notice.objects.update(state="parked", next_attempt_at=None)
    parked = list(Notice.objects.values_list("pk", flat=True))
    picked = {"action": "retry", "reason": "The post works again", "_selected_action": parked}

    staff(role).post(reverse("admin:accounts_notice_changelist"), picked)

    again = Notice.objects.filter(state="owed").exists()
    assert again is (role in ("support", "finance", "manager", "admin"))


@pytest.mark.parametrize("model", [Entry, Balance, Document, Payment, AuditEvent, Notice])
def test_not_even_a_superuser_edits_what_is_written(model, staff, account):
    build.charge(account, 1000)
    build.paid(account, 100)
    client, row = staff("admin"), model.objects.all()[0]
    name = f"{model._meta.app_label}_{model._meta.model_name}"

    assert client.get(reverse(f"admin:{name}_add")).status_code == 403
    assert client.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code == 200
    assert client.post(reverse(f"admin:{name}_change", args=[row.pk]), {}).status_code == 403
    assert client.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_every_right_of_the_table_exists():
    for blocks in staff_groups.GROUPS.values():
        rights = set(" ".join(blocks).split())
        assert len(staff_groups.permissions(list(rights))) == len(rights)


def test_a_manager_changes_no_member_of_staff(staff):
    boss, client = build.user(staff=True), staff("manager")
    url = reverse("admin:accounts_user_change", args=[boss.pk])

    assert client.post(url, {"name": "X", "reason": "x"}).status_code == 403
    assert b"is_superuser" not in client.get(reverse("admin:accounts_user_add")).content


def test_the_admin_stands_behind_the_portals_sign_in(client, settings):
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0].startswith(f"{reverse('account_login')}?next=")
    assert timezone.get_current_timezone_name() == "Asia/Kolkata"


def test_staff_change_their_password_where_everybody_does(staff):
    answer = staff("support").get(reverse("admin:password_change"))

    assert answer.status_code == 302 and answer.url == reverse("account_change_password")
