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
# fmt: on
