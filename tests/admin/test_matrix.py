"""Every address of the staff side × every group. An address without a row fails."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts import approvals
from accounts.models import Account
from billing_portal import staff_groups
from billing_portal.staff_pages import ReadOnly
from credit.models import OverdueCase
from invoices.models import Plan
from payments import parked
from payments.models import ParkedReport
from tests import build, ladder
from tests.admin.urls_of import STANDARD, acts, models
from tests.payments import mandates

pytestmark = pytest.mark.django_db
GROUPS = ("support", "finance", "manager", "auditor")
STAFF = (*GROUPS, "admin")
ABSENT = 987_654_321
TOKEN = "5b8f6a52-3c0f-4d3e-9a0e-8f0f3f1d2c11"
ALL = "support finance manager auditor admin"
READS_ALL = "finance manager auditor admin"
HELPS = "support finance manager admin"
MONEY = "finance manager admin"
LEADS = "manager admin"

# fmt: off
ACTS = {  # our own addresses           who gets in, and the row that they are asked about
    "account_page":                     (ALL,        "account"),
    "accounts_account_lines":           (LEADS,      "account"),
    "accounts_account_gstin":           (HELPS,      "account"),
    "accounts_apikey_issue":            (LEADS,      ""),
    "accounts_apikey_revoke":           (LEADS,      ""),
    "accounts_approval_approve":        (MONEY,      "approval"),
    "accounts_approval_reject":         (MONEY,      "approval"),
    "credit_account_case":              (ALL,        "account"),
    "credit_account_limit":             (ALL,        "account"),
    "credit_account_temporary_limit":   (LEADS,      "account"),
    "credit_archive_waive":             (MONEY,      ""),
    "credit_case_decide":               (LEADS,      "case"),
    "credit_case_extend":               (HELPS,      "case"),
    "credit_case_policy":               (LEADS,      "case"),
    "credit_deletion_ask":              (LEADS,      ""),
    "credit_deletion_certificate":      (ALL,        ""),
    "credit_deletion_signed":           (ALL,        ""),
    "credit_extension_end":             (HELPS,      ""),
    "credit_job_pause":                 (LEADS,      "job"),
    "credit_job_resume":                (LEADS,      "job"),
    "credit_jobs":                      (ALL,        ""),
    "credit_outage_declare":            (LEADS,      ""),
    "credit_outage_withdraw":           (LEADS,      ""),
    "credit_policy_publish":            (LEADS,      ""),
    "credit_recovery_ask":              (MONEY,      ""),
    "credit_run_confirm":               (LEADS,      ""),
    "credit_write_off_ask":             (MONEY,      "account"),
    "invoices_account_extras":          (MONEY,      "account"),
    "invoices_account_plan":            (MONEY,      "account"),
    "invoices_account_unrated":         (ALL,        "account"),
    "invoices_document_charge":         (MONEY,      "account"),
    "invoices_document_credit_note":    (MONEY,      "bill"),
    "invoices_document_debit_note":     (MONEY,      "bill"),
    "invoices_document_pdf":            (ALL,        "bill"),
    "invoices_document_refund":         (MONEY,      "voucher"),
    "invoices_end_add_on":              (MONEY,      ""),
    "invoices_end_charge":              (MONEY,      ""),
    "invoices_end_discount":            (MONEY,      ""),
    "invoices_export_file":             (READS_ALL,  ""),
    "invoices_export_finance":          (READS_ALL,  ""),
    "invoices_export_returns":          (READS_ALL,  ""),
    "invoices_plan_publish":            (LEADS,      "plan"),
    "invoices_problem_answer":          (HELPS,      ""),
    "payments_bank_aside":              (MONEY,      ""),
    "payments_bank_decide":             (MONEY,      ""),
    "payments_bank_enter":              (MONEY,      ""),
    "payments_bank_exact":              (MONEY,      ""),
    "payments_bank_settle":             (MONEY,      ""),
    "payments_bank_suspense":           (MONEY,      ""),
    "payments_cheque_bounce":           (MONEY,      ""),
    "payments_cheque_charge":           (MONEY,      ""),
    "payments_cheque_clear":            (MONEY,      ""),
    "payments_cheque_deposit":          (MONEY,      ""),
    "payments_cheque_receive":          (MONEY,      ""),
    "payments_cheque_return":           (MONEY,      ""),
    "payments_claim_reject":            (MONEY,      ""),
    "payments_claim_settle":            (MONEY,      ""),
    "payments_dayclose_close":          (MONEY,      ""),
    "payments_difference_explain":      (MONEY,      ""),
    "payments_difference_fee":          (MONEY,      ""),
    "payments_difference_give":         (MONEY,      ""),
    "payments_difference_resolve":      (MONEY,      ""),
    "payments_dispute_accept":          (MONEY,      ""),
    "payments_dispute_evidence":        (MONEY,      ""),
    "payments_dispute_look":            (MONEY,      ""),
    "payments_dispute_submit":          (MONEY,      ""),
    "payments_mandate_cancel":          (HELPS,      "mandate"),
    "payments_parkedreport_close":      (MONEY,      "report"),
    "payments_parkedreport_credit":     (MONEY,      "report"),
    "payments_reconcile_now":           (MONEY,      ""),
    "payments_reconciliation":          (READS_ALL,  ""),
    "payments_refund_act":              (MONEY,      ""),
    "payments_refund_ask":              (MONEY,      "payment"),
    "payments_refund_parked":           (MONEY,      "report"),
    "payments_statement_drop":          (MONEY,      ""),
    "payments_statement_map":           (MONEY,      ""),
    "payments_statement_take":          (MONEY,      ""),
    "payments_statement_upload":        (MONEY,      ""),
    "payments_tax_certify":             (MONEY,      ""),
    "payments_tax_file":                (ALL,        ""),
    "payments_virtualaccount_make":     (MONEY,      ""),
    "search":                           (ALL,        ""),
    "see_begin":                        (HELPS,      "account"),
}
# Django's own, and those that only take a POST (tried in test_rights, test_audit and test_looking)
OTHERS = {"app_list", "autocomplete", "index", "jsi18n", "login", "logout", "password_change", "password_change_done",
          "view_on_site", "verify_books", "accounts_auditevent_verify", "see_end"}
# fmt: on


@pytest.fixture
def world(gateway):
    """One of each row that the addresses ask about."""
    account = build.account()
    build.subscribed(account)
    bill, payment = build.charge(account, 1000), build.paid(account, 3000)
    voucher = account.documents.get(kind="receipt_voucher")
    odd = build.payment(account, 100)
    report = parked.park(ParkedReport.Kind.AMOUNT, build.report(odd, amount=1), payment=odd, now=build.NOW)
    behind = build.account()
    ladder.bill(behind, due=-16)
    ladder.sweep([-16])
    words = {"document": bill.pk, "amount": 100, "description": "Too much"}
    request = approvals.ask(
        "credit-note", account, token=TOKEN, payload=words, summary="Note", reason="x",
        by=build.user(staff=True), now=build.NOW,
    )  # fmt: skip
    return {
        "account": account.pk, "bill": bill.pk, "voucher": voucher.pk, "payment": payment.pk,
        "report": report.pk, "approval": request.pk,
        "case": OverdueCase.objects.get(account=behind, closed_at=None).pk, "plan": Plan.objects.all()[0].pk,
        "mandate": mandates.active(account, "upi").pk, "job": "remind", "": ABSENT,
    }  # fmt: skip


def address(name, row):
    keys = acts()[name]
    return reverse(f"admin:{name}", kwargs={key: "approve" if key == "act" else row for key in keys})


def test_every_address_has_a_row():
    assert set(acts()) == set(ACTS) | OTHERS


@pytest.mark.parametrize("role", [*STAFF, "customer"])
def test_who_gets_into_each_act(role, staff, world):
    client, wrong = staff(role), []
    for name, (who, row) in ACTS.items():
        status = client.get(address(name, world[row])).status_code
        allowed = role in who.split()
        there = row != "" or not acts()[name]
        good = {200, 302, 405} if there else {200, 302, 404, 405}
        shut = {403} if there else {403, 404}
        if status not in (good if allowed else shut if role != "customer" else {302}):
            wrong.append((name, status, allowed))

    assert not wrong


@pytest.mark.parametrize("role", GROUPS)
def test_who_sees_changes_and_adds_in_each_list(role, staff):
    held = set(" ".join(staff_groups.GROUPS[role]).split())
    client, wrong = staff(role), []
    for model in models():
        app, _, name = model.partition("_")
        sees = {f"{app}.view_{name}", f"{app}.change_{name}"} & held
        adds = f"{app}.add_{name}" in held and not is_read_only(model)
        got = {page: client.get(page_of(model, page)).status_code for page in STANDARD}
        expected = {
            "changelist": {200} if sees else {403},
            "change": {302, 404} if sees else {403},  # Django's own sends back to the list, ours say 404
            "add": {200} if adds else {403},
        }
        wrong += [(model, page, got[page]) for page, good in expected.items() if got[page] not in good]
        if got["delete"] not in (302, 403) or (got["history"] not in (302, 403)):
            wrong.append((model, "delete or history", got))

    assert not wrong


@pytest.mark.parametrize("role", GROUPS)
def test_nobody_deletes_a_row_that_is_there(role, staff, world):
    client = staff(role)
    for model, row in (
        ("accounts_account", "account"),
        ("invoices_document", "bill"),
        ("payments_payment", "payment"),
    ):
        url = reverse(f"admin:{model}_delete", args=[world[row]])
        assert client.post(url, {"post": "yes"}).status_code == 403
    assert Account.objects.filter(pk=world["account"]).exists()


def test_a_stranger_is_sent_to_the_sign_in(world, client):
    for name, (_who, row) in ACTS.items():
        answer = Client().get(address(name, world[row]))
        assert (answer.status_code == 302 and "/auth/" in answer.url) or "/login/" in answer.url, name


def test_secrets_sessions_and_groups_have_no_pages():
    assert not {"mfa_authenticator", "usersessions_usersession", "account_emailaddress", "auth_group"} & set(
        models()
    )


def is_read_only(model):
    return any(
        f"{one._meta.app_label}_{one._meta.model_name}" == model and isinstance(site, ReadOnly)
        for one, site in admin.site._registry.items()
    )


def page_of(model, page):
    return reverse(f"admin:{model}_{page}", args=[] if page in ("changelist", "add") else [ABSENT])
