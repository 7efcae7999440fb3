"""Read a month's facts for the returns: documents, advances, number ranges and postings.

Four statements, all of one moment. All comes from what was issued and posted; what an account is today plays no part.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import connection

from billing_portal.unit import snapshot
from invoices.gst import Supply, Tax
from invoices.gstr import Advance, Item, Paper, Run
from invoices.gstr_check import Check, Posting
from invoices.gstr_month import Month

PAPERS = """
    select d.id, d.supplier->>'gstin', d.kind, d.number, d.issued_on, d.total, d.recipient->>'registration',
        coalesce(d.recipient->>'gstin', ''), d.recipient->>'name', coalesce(d.recipient->>'state', ''),
        d.place_of_supply, d.supply, o.issued_on, coalesce(o.total, 0),
        coalesce(l.sac, ''), l.rate, l.taxable, l.cgst, l.sgst, l.igst, coalesce(e.state, '')
    from invoices_document d left join invoices_document o on o.id = d.original_id
    left join invoices_einvoice e on e.document_id = d.id
    left join (
        select document_id, sac, rate, sum(taxable)::bigint as taxable, sum(cgst)::bigint as cgst,
            sum(sgst)::bigint as sgst, sum(igst)::bigint as igst
        from invoices_documentline where document_id in (
            select id from invoices_document where issued_on between %(first)s and %(last)s
        ) group by 1, 2, 3
    ) l on l.document_id = d.id
    where d.issued_on between %(first)s and %(last)s and d.kind in ('invoice', 'debit_note', 'credit_note')
    order by d.issued_on, length(d.number), d.number, d.id, l.sac, l.rate
"""
# a voucher by the day of receipt; its use by the day of the bill or refund voucher
ADVANCES = """
    select d.supplier->>'gstin', d.id, d.number, d.received_on, d.received_on, d.place_of_supply, d.supply,
        (select max(rate) from invoices_documentline l where l.document_id = d.id),
        d.taxable, d.cgst, d.sgst, d.igst, false, false, d.issued_on
    from invoices_document d
    where d.kind = 'receipt_voucher' and d.received_on between %(first)s and %(last)s
    union all
    select b.supplier->>'gstin', b.id, b.number, b.issued_on, v.received_on, v.place_of_supply, v.supply,
        (select max(rate) from invoices_documentline l where l.document_id = v.id),
        u.taxable, u.cgst, u.sgst, u.igst, b.kind <> 'refund_voucher', b.kind = 'refund_voucher', null
    from invoices_document b join invoices_voucheruse u on u.invoice_id = b.id
    join invoices_document v on v.id = u.voucher_id
    where b.issued_on between %(first)s and %(last)s
    order by 4, 3
"""
RUNS = """
    select kind, (array_agg(number order by place))[1], (array_agg(number order by place desc))[1], count(*)
    from (
        select kind, number, split_part(number, '/', 2) as year, place,
            place - row_number() over (partition by kind, split_part(number, '/', 2) order by place) as gap
        from (
            select kind, number, substring(number from '[0-9]+$')::bigint as place from invoices_document
            where issued_on between %(first)s and %(last)s and kind <> 'payment_advice'
                and supplier->>'gstin' = %(gstin)s
        ) n
    ) r group by kind, year, gap order by kind, year, min(place)
"""
# An entry's key names its document: "invoice:VI/2627/000001", "set-off:VI/2627/000001", "refund_voucher:RF/…"; a
# receipt voucher has the cause of its money: "advance:PAY2627-000007" of "payment:PAY2627-000007" (as
# payments.traces.advance_of makes it), "advance-again:RV/…" of "received-again:RV/…".
POSTED = """
    select e.id as entry, e.key, e.posted_on, (e.received_at at time zone 'Asia/Kolkata')::date as received_on,
        starts_with(e.key, 'set-off:') as is_set_off, coalesce(n.kind, v.kind, '') as kind,
        coalesce(n.number, v.number, '') as number, coalesce(n.issued_on, v.received_on) as counts_on,
        l.revenue, l.advances, l.is_untaxed, l.cgst, l.sgst, l.igst
    from accounts_entry e
    join lateral (
        select coalesce(sum(amount) filter (where book = 'revenue'), 0)::bigint as revenue,
            coalesce(sum(amount) filter (where book = 'advances'), 0)::bigint as advances,
            coalesce(bool_or(treatment like '%%:zero'), false) as is_untaxed,
            coalesce(sum(amount) filter (where book = 'cgst'), 0)::bigint as cgst,
            coalesce(sum(amount) filter (where book = 'sgst'), 0)::bigint as sgst,
            coalesce(sum(amount) filter (where book = 'igst'), 0)::bigint as igst
        from accounts_line where entry_id = e.id and book in ('revenue', 'advances', 'cgst', 'sgst', 'igst')
    ) l on l.revenue <> 0 or l.advances <> 0 or l.cgst <> 0 or l.sgst <> 0 or l.igst <> 0
    left join invoices_document n on n.number = split_part(e.key, ':', 2)
        and split_part(e.key, ':', 1) in (n.kind, 'set-off')
    left join invoices_document v on v.kind = 'receipt_voucher' and v.cause = case
            when starts_with(e.key, 'payment:') then 'advance:' || substr(e.key, 9)
            when starts_with(e.key, 'received-again:') then 'advance-again:' || substr(e.key, 16)
            else 'advance:' || e.key end
"""
POSTINGS = f"""
    select entry, key, number, is_set_off, kind in ('receipt_voucher', 'refund_voucher'), kind = 'refund_voucher',
        coalesce(counts_on, received_on, posted_on), posted_on,
        revenue + case when is_untaxed then 0 else advances end as taxable, cgst, sgst, igst
    from (
        {POSTED}
        where e.posted_on between %(first)s::date - 1 and %(last)s::date + 1
            or e.received_at >= %(first)s::date::timestamp at time zone 'Asia/Kolkata'
                and e.received_at < (%(last)s::date + 1)::timestamp at time zone 'Asia/Kolkata'
    ) p
    where revenue <> 0 or advances <> 0 and not is_untaxed or cgst <> 0 or sgst <> 0 or igst <> 0
    order by entry
"""  # nosec B608 - constants of this module


@dataclass(frozen=True)
class Facts:
    """A month with its check against the ledger; `strangers` bear another GSTIN than the return's."""

    month: Month
    check: Check
    strangers: tuple[tuple[str, int], ...]


def read(first: date) -> Facts:
    """Read the month that begins on a day, of the operator's GSTIN or, without a document of it, of the month's own."""
    days = {"first": first, "last": (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)}
    with snapshot():
        papers = [(row[0][1], _paper(row)) for row in _grouped(_rows(PAPERS, days))]
        advances = [(row[0], _advance(row)) for row in _rows(ADVANCES, days)]
        gstin = _gstin([one for one, _fact in [*papers, *advances]])
        runs = tuple(Run(*row) for row in _rows(RUNS, days | {"gstin": gstin}))
        postings = tuple(_posting(row) for row in _rows(POSTINGS, days))
    month = Month(
        first,
        gstin,
        tuple(paper for of, paper in papers if of == gstin),
        tuple(advance for of, advance in advances if of == gstin),
        runs,
        settings.ADVANCE_REFUND_REPORTING,
    )
    strangers = [(paper.number, paper.pk) for of, paper in papers if of != gstin]
    strangers += [(one.number, one.pk) for of, one in advances if of != gstin]
    return Facts(month, Check(month, postings), tuple(dict.fromkeys(strangers)))


def _rows(query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def _grouped(rows: list[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    for _pk, lines in groupby(rows, key=itemgetter(0)):
        yield list(lines)


def _paper(rows: list[tuple[Any, ...]]) -> Paper:
    pk, _gstin, kind, number, on, total, registration, gstin, name, state, place, supply, *rest = rows[0]
    items = tuple(Item(row[14], row[15], Tax(*row[16:20])) for row in rows if row[15] is not None)
    return Paper(
        pk, kind, number, on, total, registration or "", gstin, name or "", state, place, Supply(supply), items,
        rest[0], rest[1], rows[0][20],
    )  # fmt: skip


def _advance(row: tuple[Any, ...]) -> Advance:
    _gstin, pk, number, on, received_on, place, supply, rate = row[:8]
    return Advance(pk, number, on, received_on, place, Supply(supply), rate or 0, Tax(*row[8:12]), *row[12:])


def _posting(row: tuple[Any, ...]) -> Posting:
    entry, key, number, is_set_off, is_advance, is_refund, on, posted_on, *value = row
    return Posting(entry, key, number, is_set_off, is_advance, is_refund, on, posted_on, Tax(*value))


def _gstin(found: list[str]) -> str:
    ours: str = settings.SUPPLIER["gstin"]
    if ours in found or not found:
        return ours
    return Counter(found).most_common(1)[0][0]
