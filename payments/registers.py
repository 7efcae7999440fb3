"""Finance's exports of payments: the TDS register, and the list of recharges. Amounts are rupees as plain numbers."""

from datetime import datetime
from typing import BinaryIO

from invoices import export_kinds, registers
from invoices.export_kinds import CSV, XLSX, Kind
from invoices.models import Export
from invoices.registers import Rows, Tell

TDS = """
    select t.deducted_on, a.ban, a.billing_name, t.kind, t.deductor, t.section, round(t.rate / 100.0, 2)::text,
        coalesce(d.number, 'advance'), coalesce(p.number, ''), t.base, t.amount, t.quarter, t.tax_year, t.state,
        t.certificate, t.certified_on
    from payments_taxdeducted t join accounts_account a on a.id = t.account_id
    left join invoices_document d on d.id = t.document_id left join payments_payment p on p.id = t.payment_id
    where t.deducted_on between %(first)s and %(last)s and t.state <> 'dropped' order by t.deducted_on, t.id
"""
TDS_HEAD = (
    "Deducted", "Account", "Customer", "Kind", "TAN or GSTIN", "Section", "Rate %", "Invoice", "Payment",
    "Without GST", "Tax deducted", "Quarter", "Tax year", "State", "Certificate", "Certificate dated",
)  # fmt: skip

RECHARGES = """
    select (p.captured_at at time zone 'Asia/Kolkata')::date, p.number, a.ban, a.billing_name, p.channel, p.method,
        p.instrument, coalesce(p.gateway_payment_id, ''), p.reference, p.status, p.amount - p.tds - p.gst_tds, p.tds,
        p.gst_tds, p.amount, coalesce((
            select sum(x.amount) from invoices_allocation x where x.cause = 'payment:' || p.number
        ), 0)::bigint, coalesce(v.number, ''), coalesce(v.total, 0)
    from payments_payment p join accounts_account a on a.id = p.account_id
    left join invoices_document v on v.cause = 'advance:' || p.number
    where p.captured_at is not null and p.settled_at is not null
        and (p.captured_at at time zone 'Asia/Kolkata')::date between %(first)s and %(last)s
    order by p.captured_at, p.id
"""
RECHARGES_HEAD = (
    "Received", "Payment", "Account", "Customer", "Way", "Method", "Instrument", "Gateway's id", "Bank reference",
    "State", "Money", "TDS", "GST-TDS", "Amount", "Put to invoices", "Receipt voucher", "Advance with GST",
)  # fmt: skip


def tds(export: Export) -> Rows:
    """Every deduction of a period, with what proves it; the sums of base and tax at the end."""
    return registers.table(TDS, TDS_HEAD, export, sums=(9, 10))


def recharges(export: Export) -> Rows:
    """Every payment received in a period, with where its money went."""
    return registers.table(RECHARGES, RECHARGES_HEAD, export, sums=(10, 11, 12, 13, 14, 16))


def tds_csv(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:  # noqa: ARG001
    registers.as_csv(tds(export), out, tell)


def tds_xlsx(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:  # noqa: ARG001
    registers.as_xlsx(tds(export), out, tell)


def recharges_csv(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:  # noqa: ARG001
    registers.as_csv(recharges(export), out, tell)


def recharges_xlsx(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:  # noqa: ARG001
    registers.as_xlsx(recharges(export), out, tell)


export_kinds.add(
    Kind("tds-csv", "TDS register", "Period", tds_csv, CSV, "csv"),
    Kind("tds-xlsx", "TDS register", "Period", tds_xlsx, XLSX, "xlsx"),
    Kind("recharges-csv", "Recharges", "Period", recharges_csv, CSV, "csv"),
    Kind("recharges-xlsx", "Recharges", "Period", recharges_xlsx, XLSX, "xlsx"),
)
