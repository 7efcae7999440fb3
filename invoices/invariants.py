"""What must be true of documents, their numbers, their settlement and their files."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from django.core.files.storage import storages

from billing_portal.invariant import Invariant, guarded, sql
from invoices import invariants_billing, invariants_einvoices, invariants_returns, invariants_usage
from invoices.issue import digest
from invoices.models import Document, DocumentFile

ARITHMETIC = sql("""
    select d.number || ': the parts do not make the total'
    from invoices_document d left join (
        select document_id, sum(taxable) as taxable, sum(cgst) as cgst, sum(sgst) as sgst, sum(igst) as igst
        from invoices_documentline group by 1
    ) l on l.document_id = d.id
    where d.total <> d.taxable + d.cgst + d.sgst + d.igst + d.rounding or abs(d.rounding) >= 100
        or l.taxable is distinct from d.taxable or l.cgst is distinct from d.cgst
        or l.sgst is distinct from d.sgst or l.igst is distinct from d.igst
""")
TAXES = sql("""
    select number || ': ' || supply || ' with place ' || place_of_supply || ' for a '
        || (recipient->>'registration') || ' recipient'
    from invoices_document
    where supply <> case
            when recipient->>'registration' in ('sez_lut', 'export_lut') and supply = 'zero' then 'zero'
            when starts_with(recipient->>'registration', 'sez') or place_of_supply = '96' then 'inter'
            when place_of_supply = supplier->>'state' then 'intra' else 'inter' end
        or (supply = 'zero' and original_id is null and not (
            coalesce(supplier->>'lut_number', '') <> ''
            and coalesce(received_on, issued_on) <= nullif(supplier->>'lut_valid_to', '')::date
        ) is true)
        or (kind = 'payment_advice' and cgst + sgst + igst <> 0)
        or (supply = 'intra' and (cgst <> sgst or igst <> 0))
        or (supply = 'inter' and (cgst <> 0 or sgst <> 0))
        or (supply = 'zero' and (cgst <> 0 or sgst <> 0 or igst <> 0))
""")
FOLLOWERS = sql("""
    select f.number || ': not the recipient, place, taxes and rate of ' || o.number
    from invoices_document f join invoices_document o on o.id = f.original_id
    where f.recipient <> o.recipient or f.place_of_supply <> o.place_of_supply or f.supply <> o.supply
        or coalesce(f.supplier->>'lut_number', '') <> coalesce(o.supplier->>'lut_number', '')
        or exists (
            select 1 from invoices_documentline l where l.document_id = f.id
                and l.rate not in (select rate from invoices_documentline where document_id = o.id)
        )
    union all
    select number || ': follows no document' from invoices_document
    where kind in ('credit_note', 'debit_note', 'refund_voucher') and original_id is null
""")
EXCESS = sql("""
    select o.number || ': its credit notes are ' || sum(n.total) || ', it was ' || o.total
    from invoices_document n join invoices_document o on o.id = n.original_id
    where n.kind = 'credit_note' group by o.id
    having sum(n.total) > o.total or sum(n.taxable) > o.taxable or sum(n.cgst) > o.cgst or sum(n.sgst) > o.sgst
        or sum(n.igst) > o.igst
""")
NUMBERED = """
    select number, kind, issued_on, issued_at, split_part(number, '/', 1) as series,
        split_part(number, '/', 2) as year, substring(number from '[0-9]+$')::bigint as place
    from invoices_document
"""
NUMBERS = sql(f"""
    select number || case
            when place <> turn then ': the series has a gap or a number twice before it'
            when issued_on < before then ': dated before the number before it'
            when year <> own_year then ': its year is ' || own_year
            when issued_on < local_on then ': dated before it was issued'
            else ': not a number of its kind' end
    from (
        select *, row_number() over w as turn, lag(issued_on) over w as before,
            to_char(issued_on - interval '3 months', 'YY')
                || to_char(issued_on + interval '9 months', 'YY') as own_year,
            (issued_at at time zone 'Asia/Kolkata')::date as local_on
        from ({NUMBERED}) n window w as (partition by series, year order by place, number)
    ) t
    where place <> turn or issued_on < before or year <> own_year or issued_on < local_on
        or length(number) > 16 or series <> case kind when 'invoice' then 'VI' when 'receipt_voucher' then 'RV'
            when 'refund_voucher' then 'RF' when 'credit_note' then 'CN'
            when 'payment_advice' then 'PF' else 'DN' end
""")  # nosec B608 - constants of this module
SERIES = sql(f"""
    select coalesce(s.series, n.series) || '/' || coalesce(s.year, n.year) || ': counts '
        || coalesce(s.last, 0) || ', the last number is ' || coalesce(n.last, 0)
    from invoices_numberseries s
    full join (select series, year, max(place) as last from ({NUMBERED}) d group by 1, 2) n
        on n.series = s.series and n.year = s.year
    where coalesce(s.last, 0) <> coalesce(n.last, 0)
""")  # nosec B608 - constants of this module
OPEN = sql("""
    select d.number || ': open ' || d.open_amount || ' of ' || d.total || ', allocated ' || coalesce(a.sum, 0)
    from invoices_document d
    left join (
        select document_id, sum(x.amount - coalesce(r.amount, 0)) as sum
        from invoices_allocation x left join (
            select allocation_id, sum(amount) as amount from invoices_allocationreversal group by 1
        ) r on r.allocation_id = x.id group by 1
    ) a on a.document_id = d.id
    where (d.kind in ('invoice', 'debit_note') and d.open_amount <> d.total - coalesce(a.sum, 0))
        or (d.kind not in ('invoice', 'debit_note') and a.sum is not null)
""")
SET_OFFS = sql("""
    select coalesce(a.cause, u.cause) || ': allocated ' || coalesce(a.sum, 0)
        || ', vouchers used ' || coalesce(u.sum, 0)
    from (select cause, sum(amount) as sum from invoices_allocation where starts_with(cause, 'set-off:') group by 1) a
    full join (
        select 'set-off:' || d.number as cause, sum(u.taxable + u.cgst + u.sgst + u.igst) as sum
        from invoices_voucheruse u join invoices_document d on d.id = u.invoice_id
        where d.kind in ('invoice', 'debit_note') group by 1
    ) u on u.cause = a.cause
    where coalesce(a.sum, 0) <> coalesce(u.sum, 0)
""")
BOTH = sql("""
    select a.ban || ': ' || d.number || ' is open while ' || v.number || ' has ' || b.taxable || ' left'
    from invoices_voucherbalance b join invoices_document v on v.id = b.voucher_id
    join invoices_document d on d.account_id = b.account_id and d.open_amount > 0
        and d.place_of_supply || ':' || d.supply = b.treatment
    join accounts_account a on a.id = b.account_id
    where b.taxable > 0
""")
WRITTEN_OFF = sql("""
    select d.number || ': written off ' || coalesce(w.amount, 0) || ', allocated ' || coalesce(p.amount, 0)
    from invoices_writeoff w
    full join (select * from invoices_allocation where starts_with(cause, 'write-off:')) p
        on p.document_id = w.document_id
    join invoices_document d on d.id = coalesce(w.document_id, p.document_id)
    where w.amount is distinct from p.amount or w.account_id <> d.account_id
    union all
    select d.number || ': recovered ' || w.recovered || ', booked ' || coalesce(l.amount, 0)
    from invoices_writeoff w join invoices_document d on d.id = w.document_id
    left join lateral (
        select sum(l.amount) as amount from accounts_entry e join accounts_line l on l.entry_id = e.id
        where e.account_id = w.account_id and l.book = 'recovered'
            and starts_with(e.key, 'recovery:' || d.number || ':')
    ) l on true
    where w.recovered <> coalesce(l.amount, 0)
    union all
    select d.number || ': written off without a second person''s yes to it'
    from invoices_writeoff w join invoices_document d on d.id = w.document_id
    join accounts_approval a on a.id = w.approval_id
    where a.state <> 'approved' or a.action <> 'write-off' or a.account_id <> w.account_id
        or not a.payload -> 'bills' ? d.id::text
""")
TAKEN_BACK = sql("""
    select a.cause || ': ' || r.amount || ' taken back of ' || a.amount
    from invoices_allocation a join (
        select allocation_id, sum(amount) as amount from invoices_allocationreversal group by 1
    ) r on r.allocation_id = a.id where r.amount > a.amount
    union all
    select v.number || ': ' || r.amount || ' taken back of its use for ' || d.number
    from invoices_voucheruse u join invoices_document v on v.id = u.voucher_id
    join invoices_document d on d.id = u.invoice_id
    join (select use_id, sum(amount) as amount from invoices_allocationreversal group by 1) r on r.use_id = u.id
    where r.amount > u.taxable + u.cgst + u.sgst + u.igst
    union all
    select r.cause || ': ' || r.amount || ' opened again, ' || coalesce(l.amount, 0) || ' booked'
    from (select cause, account_id, sum(amount) as amount from invoices_allocationreversal group by 1, 2) r
    left join lateral (
        select -sum(l.amount) as amount from accounts_entry e join accounts_line l on l.entry_id = e.id
        where e.key = r.cause and e.account_id = r.account_id and l.book = 'receivable'
    ) l on true
    where l.amount is distinct from r.amount
""")
TRIGGERS = guarded(
    "invoices_document",
    "invoices_documentline",
    "invoices_allocation",
    "invoices_allocationreversal",
    "invoices_voucheruse",
    "invoices_einvoice",
)
CAUSES = sql("""
    select case cause when '' then 'no cause' else cause end || ': ' || count(*) || ' documents'
    from invoices_document group by cause having count(*) > 1 or cause = ''
""")
WAITING = sql("""
    select d.number || ': its PDF is not made, next try at ' || coalesce(f.next_attempt_at::text, 'no time')
    from invoices_documentfile f join invoices_document d on d.id = f.document_id
    left join invoices_einvoice e on e.document_id = d.id
    where f.state = 'waiting' and (f.next_attempt_at is null and coalesce(e.state, 'registered') = 'registered'
        or f.next_attempt_at < %(now)s - interval '15 minutes')
""")
STRANGERS = sql("""
    select 'allocation ' || a.id || ' stands on another account than ' || d.number
    from invoices_allocation a join invoices_document d on d.id = a.document_id where a.account_id <> d.account_id
    union all
    select 'the rest of ' || d.number || ' stands on another account'
    from invoices_voucherbalance b join invoices_document d on d.id = b.voucher_id where b.account_id <> d.account_id
    union all
    select v.number || ' was used for ' || d.number || ' of another account'
    from invoices_voucheruse u join invoices_document v on v.id = u.voucher_id
    join invoices_document d on d.id = u.invoice_id where v.account_id <> d.account_id
    union all
    select r.cause || ' took back of another account'
    from invoices_allocationreversal r join invoices_allocation a on a.id = r.allocation_id
    where a.account_id <> r.account_id
""")


def changed_documents(_now: datetime) -> Iterator[str]:
    """Recompute the hash of each document over everything that it prints."""
    for document in Document.objects.order_by("pk").prefetch_related("lines").iterator(chunk_size=500):
        if document.hash != digest(document, list(document.lines.all())):
            yield f"{document.number} is not what was issued"


def changed_files(_now: datetime) -> Iterator[str]:
    """Compare each finished PDF with the hash taken when it was made."""
    storage = storages["documents"]
    ready = DocumentFile.objects.filter(state=DocumentFile.State.READY).values_list("name", "sha256")
    for name, sha256 in ready.iterator():
        try:
            with storage.open(name) as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            yield f"{name} cannot be read"
            continue
        if found != sha256:
            yield f"{name} has other bytes than the file that was made"


# fmt: off
INVARIANTS = (
    Invariant("I06", "The database refuses a change of a document",        "invoices_document",     TRIGGERS),
    Invariant("I08", "One cause has one document",                         "invoices_document",     CAUSES),
    Invariant("I17", "The parts of a document make its total",             "invoices_document",     ARITHMETIC),
    Invariant("I17", "The taxes follow the place of supply",               "invoices_document",     TAXES),
    Invariant("I17", "A note is to whom, where and as its original was",   "invoices_document",     FOLLOWERS),
    Invariant("I18", "Numbers are gapless, lawful and never dated back",   "invoices_document",     NUMBERS),
    Invariant("I18", "A series counts just its documents",                 "invoices_numberseries", SERIES),
    Invariant("I19", "Credit notes together never exceed their invoice",   "invoices_document",     EXCESS),
    Invariant("I19", "A document carries what was issued",                 "invoices_document",     changed_documents),
    Invariant("I19", "A kept PDF has the bytes that were made",            "invoices_documentfile", changed_files),
    Invariant("I20", "A bill's open amount is its total less allocations", "invoices_document",     OPEN),
    Invariant("I20", "What is taken back of an allocation was there",      "invoices_allocationreversal", TAKEN_BACK),
    Invariant("I20", "An advance set off is just the vouchers used",       "invoices_voucheruse",   SET_OFFS),
    Invariant("I20", "A write-off is approved, allocated and booked",      "invoices_writeoff",     WRITTEN_OFF),
    Invariant("I21", "No bill is open beside prepaid money for it",        "invoices_voucherbalance", BOTH),
    Invariant("I37", "No PDF waits longer than 15 minutes",                "invoices_documentfile", WAITING),
    Invariant("I38", "Money, bills and vouchers belong to one account",    "invoices_allocation",   STRANGERS),
    *invariants_billing.INVARIANTS,
    *invariants_einvoices.INVARIANTS,
    *invariants_returns.INVARIANTS,
    *invariants_usage.INVARIANTS,
)
# fmt: on
