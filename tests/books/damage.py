"""Damage to cycles and their invoices, and what is said of it."""

FIRST = "(select min(id) from invoices_cycle)"
LAST = "(select max(id) from invoices_cycle)"
OFF = "alter table invoices_document disable trigger user;"

# ruff: noqa: E501 - a table, one damage a row
# fmt: off
CYCLES = (
    ("I22", f"update invoices_cycle set starts_on = starts_on + 1 where id = {LAST}"),
    ("I22", f"update invoices_cycle set ends_on = ends_on + 1 where id = {FIRST}"),
    ("I22", "update invoices_subscription set bill_on = bill_on + 1"),
    ("I22", f"update invoices_cycle set closed_at = now() where id = {LAST}"),
    ("I22", "update invoices_subscription set next_attempt_at = null"),
    ("I22", "update invoices_subscription set is_parked = true"),
    ("I22", f"delete from invoices_usagecounter where cycle_id = {LAST}; update invoices_subscription set ended_on = '2026-12-01'"),
    ("I22", OFF + "update invoices_document set cause = cause || '-another' where starts_with(cause, 'cycle:')"),
    ("I22", f"update invoices_cycle set invoice_id = null where id = {FIRST}"),
    ("I22", f"update invoices_cycle set closed_at = null where id = {FIRST}"),
    ("I22", "update invoices_onetimecharge set amount = amount + 1"),
    ("I22", "update invoices_onetimecharge set document_id = (select min(id) from invoices_document)"),
    ("I22", "update invoices_onetimecharge set cancelled_at = now()"),
)

LIMIT = "update credit_creditlimit set "
CAUSE = "alter table credit_limitchange disable trigger user;"
PAID_BILL = "(select min(document_id) from credit_limitchange where document_id is not null)"
FREED = "alter table credit_creditlimit drop constraint {};"
LIMITS = (
    ("I34", FREED.format("credit_limit_whole_rupees") + LIMIT + "amount = amount + 1, earned = earned + 1"),
    ("I34", FREED.format("credit_limit_factor_bounds") + LIMIT + "factor = 301"),
    ("I34", LIMIT + "amount = amount + 100, earned = earned + 100"),
    ("I34", LIMIT + "factor = factor + 5"),
    ("I34", LIMIT + "sibling_id = null where sibling_id is not null"),
    ("I34", CAUSE + "update credit_limitchange set points = points - 5 where kind = 'timely_payment'"),
    ("I34", CAUSE + f"delete from credit_limitchange where document_id = {PAID_BILL}"),
    ("I34", CAUSE),
    ("I34", CAUSE + "update credit_limitchange set sibling_id = (select max(id) from accounts_account) where kind = 'sibling'"),
    ("I34", "alter table credit_limitchange drop constraint limit_change_names_sibling;" + CAUSE +
            "update credit_limitchange set sibling_id = (select max(id) from accounts_account) where kind = 'base'"),
    ("I34", "update invoices_document set open_amount = 0 where open_amount > 0"),
    ("I34", LIMIT + "effective_until = '2026-12-31' where effective_until is null"),
    ("I34", LIMIT + "effective_until = '2026-11-01', amount = earned where effective_until is not null"),
    ("I34", "update credit_temporarylimit set amount = amount + 100"),
    ("I34", "update accounts_approval set state = 'waiting', decided_by_id = null, decided_at = null"),
)

ENTRY = "alter table accounts_entry disable trigger user; alter table accounts_line disable trigger user;"
SENT, GONE = "status = 'sent'", "status = 'processed'"
ANOTHER = "(select max(id) from accounts_account)"
REFUNDS = (
    ("I11", "update payments_payment set status = 'captured' where status = 'partly_refunded'"),
    ("I11", "update payments_payment set status = 'refunded' where status = 'captured'"),
    ("I11", "alter table payments_payment disable trigger payments_payment_forward"),
    ("I12", f"update payments_refund set amount = 300000 where {SENT}"),
    ("I12", f"update payments_refund set amount = amount + 1 where {GONE}"),
    ("I12", f"update payments_refund set status = 'processed', processed_at = now() where {SENT}"),
    ("I12", f"update payments_refund set status = 'failed', failed_at = now() where {SENT}"),
    ("I12", "update payments_refund set status = 'sent' where status = 'failed'"),
    ("I12", f"update payments_refund set status = 'sent' where {GONE}"),
    ("I12", ENTRY + "update accounts_entry set key = 'refund:none' where starts_with(key, 'refund:')"),
    ("I12", "update payments_refund set source = 'parked'"),
    ("I37", f"update payments_refund set next_at = null where {SENT}"),
    ("I38", f"update payments_refund set account_id = {ANOTHER}"),
    ("I39", f"update payments_refund set reason = '' where {SENT}"),
    ("I39", f"update payments_refund set amount = 100001 where {SENT}"),
    ("I39", f"update payments_refund set number = 'RFD0' where {SENT}"),
)
# fmt: on
