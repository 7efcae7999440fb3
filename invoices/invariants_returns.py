"""What must hold so that the returns of every month are the ledger's (gst reference § 10.4, control 1)."""

from billing_portal.invariant import Invariant, sql
from invoices.gstr_facts import POSTED

# documents, and a bill's use of advances, each with what it adds to what is declared; beside it what was posted for it
DECLARED = sql(f"""
    with declared as (
        select number, false as is_set_off, sign * taxable as taxable, sign * cgst as cgst, sign * sgst as sgst,
            sign * igst as igst
        from (
            select *, case when kind in ('credit_note', 'refund_voucher') then -1 else 1 end as sign
            from invoices_document where kind <> 'payment_advice'
        ) d
        union all
        select b.number, true, -sum(u.taxable), -sum(u.cgst), -sum(u.sgst), -sum(u.igst)
        from invoices_voucheruse u join invoices_document b on b.id = u.invoice_id and b.kind <> 'refund_voucher'
        group by b.number
    ), posted as (
        select case when number = '' then key else number end as number, is_set_off,
            sum(revenue + advances) as taxable, sum(cgst) as cgst, sum(sgst) as sgst, sum(igst) as igst
        from ({POSTED}) e group by 1, 2
    )
    select number || case when is_set_off then ', advances used' else '' end || ': declared '
        || coalesce(d.taxable, 0) || ' and tax ' || coalesce(d.cgst + d.sgst + d.igst, 0) || ', posted '
        || coalesce(p.taxable, 0) || ' and tax ' || coalesce(p.cgst + p.sgst + p.igst, 0)
    from declared d full join posted p using (number, is_set_off)
    where coalesce(d.taxable, 0) <> coalesce(p.taxable, 0) or coalesce(d.cgst, 0) <> coalesce(p.cgst, 0)
        or coalesce(d.sgst, 0) <> coalesce(p.sgst, 0) or coalesce(d.igst, 0) <> coalesce(p.igst, 0)
""")  # nosec B608 - constants of these modules

# fmt: off
INVARIANTS = (
    Invariant("I17", "The returns declare of each document what it posted", "invoices_document", DECLARED),
)
# fmt: on
