"""What each group of staff may do: one table. It is put into the database after every migration.

Support reads, resends and verifies GSTINs. Finance also charges and settles what is parked. A manager also changes
accounts and people, and reads the audit chain. An auditor reads everything and changes nothing.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

SEEN_BY_ALL = """
    accounts.view_customer accounts.view_account accounts.view_member accounts.view_contact accounts.view_user
    accounts.view_notice accounts.view_entry accounts.view_line
    invoices.view_subscription accounts.view_jobrun
    accounts.view_restriction accounts.view_serviceorder
    invoices.view_writeoff invoices.view_document invoices.view_documentline invoices.view_allocation
    invoices.view_plan invoices.view_planversion invoices.view_feature accounts.view_approval
    accounts.view_conversation
    invoices.view_problemreport invoices.view_export
    credit.view_creditlimit credit.view_limitchange credit.view_temporarylimit accounts.view_jobpause
    credit.view_overduecase credit.view_steptaken credit.view_extension credit.view_outagecredit
    credit.view_policyversion credit.view_archive credit.view_archivepart credit.view_deletion
    credit.view_creditlimit credit.view_limitchange credit.view_temporarylimit
    credit.view_restoration
    invoices.view_voucheruse invoices.view_documentfile invoices.view_einvoice
    payments.view_payment payments.view_parkedreport
    payments.view_refund
    payments.view_bankline payments.view_bankuse payments.view_claim payments.view_cheque payments.view_taxdeducted
    payments.view_virtualaccount
    payments.view_dispute
    payments.view_virtualaccount payments.view_mandate payments.view_autopaysettings
"""
LEDGER = "accounts.view_balance accounts.view_bookscheck"
EVENTS = """
    payments.view_webhookevent invoices.view_numberseries
    payments.view_difference payments.view_settlement payments.view_settlementline payments.view_dayclose
    payments.view_gatewayrecord payments.view_downtime
    payments.view_bankimport payments.view_importrow payments.view_statementformat
"""
RESEND = """
    accounts.retry_notice payments.ask_gateway invoices.answer_problem credit.grant_extension
    payments.cancel_for_customer accounts.see_as_customer accounts.verify_gstin accounts.answer_conversation
"""
MONEY = """
    payments.settle_difference payments.close_day payments.answer_dispute payments.give_refund
    accounts.issue_charge payments.resolve_parked payments.retry_event accounts.run_books
    invoices.manage_subscription accounts.request_approval accounts.decide_approval
    payments.import_statement payments.settle_line payments.decide_claim payments.handle_cheque payments.certify_tax
    payments.make_virtual_account
"""
FINANCE = "invoices.export_finance accounts.export_list"
PRICES = """
    invoices.add_plan invoices.change_plan invoices.add_planversion invoices.add_feature invoices.change_feature
"""
PEOPLE = """
    accounts.add_customer accounts.change_customer accounts.add_account accounts.change_account
    accounts.add_member accounts.change_member accounts.delete_member
    accounts.add_contact accounts.change_contact accounts.delete_contact accounts.add_user accounts.change_user
"""
CONTROL = "accounts.view_auditevent accounts.verify_audit accounts.run_books accounts.view_apikey"
KEYS = "accounts.manage_api_key accounts.stop_account"
LIMITS = "credit.set_temporary_limit"
OVERDUE = """
    credit.decide_step credit.declare_outage credit.publish_policy credit.request_deletion
    accounts.pause_job accounts.confirm_run
"""

# fmt: off
GROUPS = {
    "support": (SEEN_BY_ALL, RESEND),
    "finance": (SEEN_BY_ALL, RESEND, LEDGER, EVENTS, MONEY, FINANCE),
    "manager": (SEEN_BY_ALL, RESEND, LEDGER, EVENTS, MONEY, FINANCE, CONTROL, PEOPLE, KEYS, PRICES, LIMITS, OVERDUE),
    "auditor": (SEEN_BY_ALL, LEDGER, EVENTS, CONTROL, FINANCE),
}
# fmt: on


def set_up(using: str = "default", **_signal: Any) -> None:
    """Make the groups hold just what the table says."""
    for name, blocks in GROUPS.items():
        group, _created = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set(permissions(" ".join(blocks).split(), using))


def permissions(rights: list[str], using: str = "default") -> list[Permission]:
    """Return the permissions that the names stand for."""
    wanted = Q(pk__in=[])
    for right in rights:
        app, _, codename = right.partition(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.using(using).filter(wanted))
