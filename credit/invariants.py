"""What must be true of the equation: the balance shown is what documents and vouchers say."""

from billing_portal.invariant import Invariant, sql
from credit import invariants_limits, invariants_overdue, invariants_retention, invariants_service

RECEIVABLE = sql("""
    select a.ban || ': the books say ' || coalesce(b.amount, 0) || ', open bills say ' || -coalesce(d.open, 0)
    from accounts_account a
    left join accounts_balance b on b.account_id = a.id and b.book = 'receivable'
    left join (select account_id, sum(open_amount) as open from invoices_document group by 1) d on d.account_id = a.id
    where coalesce(b.amount, 0) <> -coalesce(d.open, 0)
""")
ADVANCES = sql("""
    select a.ban || ' ' || treatment || ': the books say ' || coalesce(b.amount, 0)
        || ', vouchers left say ' || coalesce(v.taxable, 0)
    from (select account_id, treatment, amount from accounts_balance where book = 'advances') b
    full join (
        select account_id, treatment, sum(taxable) as taxable from invoices_voucherbalance group by 1, 2
    ) v using (account_id, treatment)
    join accounts_account a on a.id = account_id
    where coalesce(b.amount, 0) <> coalesce(v.taxable, 0)
""")
RESTS = sql("""
    select d.number || ': what is left of it is not the voucher less its uses'
    from invoices_document d
    left join invoices_voucherbalance b on b.voucher_id = d.id
    left join (
        select voucher_id, sum(taxable) as taxable, sum(cgst) as cgst, sum(sgst) as sgst, sum(igst) as igst
        from invoices_voucheruse group by 1
    ) u on u.voucher_id = d.id
    where d.kind = 'receipt_voucher' and (
        b.taxable is distinct from d.taxable - coalesce(u.taxable, 0)
        or b.cgst is distinct from d.cgst - coalesce(u.cgst, 0)
        or b.sgst is distinct from d.sgst - coalesce(u.sgst, 0)
        or b.igst is distinct from d.igst - coalesce(u.igst, 0)
        or b.treatment is distinct from d.place_of_supply || ':' || d.supply
    )
""")
CREDITS = sql("""
    select a.ban || ': the books say ' || coalesce(b.amount, 0) || ', credit notes left say ' || coalesce(c.amount, 0)
    from accounts_account a
    left join accounts_balance b on b.account_id = a.id and b.book = 'credits'
    left join (select account_id, sum(amount) as amount from invoices_creditbalance group by 1) c on c.account_id = a.id
    where coalesce(b.amount, 0) <> coalesce(c.amount, 0)
""")

# fmt: off
INVARIANTS = (
    Invariant("I23", "What an account owes is the sum of its open bills",       "accounts_account",        RECEIVABLE),
    Invariant("I23", "Prepaid money is the sum of what is left of its vouchers", "invoices_voucherbalance", ADVANCES),
    Invariant("I23", "Unapplied credit is the sum of what is left of its notes", "invoices_creditbalance",  CREDITS),
    Invariant("I23", "What is left of a voucher is the voucher less its uses",  "invoices_voucherbalance", RESTS),
    *invariants_service.INVARIANTS,
    *invariants_limits.INVARIANTS,
    *invariants_retention.INVARIANTS,
    *invariants_overdue.INVARIANTS,
)
# fmt: on
