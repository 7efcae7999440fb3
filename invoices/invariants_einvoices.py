"""What must hold of e-invoices: each document that needs one has it, what came back is whole, no PDF before it."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from billing_portal.invariant import Invariant, sql
from invoices import einvoices, inv01
from invoices.models import Document

WHOLE = sql("""
    select d.number || ': registered without ' || case when coalesce(e.irn, '') = '' then 'an IRN'
        when e.signed_qr = '' then 'its signed QR' when e.signed_invoice = '' then 'its signed invoice'
        else 'its acknowledgement' end
    from invoices_einvoice e join invoices_document d on d.id = e.document_id
    where e.state = 'registered' and (coalesce(e.irn, '') = '' or e.signed_qr = '' or e.signed_invoice = ''
        or e.ack_number = '' or e.ack_at is null or e.registered_at is null)
""")
OWN = sql("""
    select d.number || ': its IRN is not the one of its seller, year, kind and number'
    from invoices_einvoice e join invoices_document d on d.id = e.document_id
    where e.irn <> encode(sha256(convert_to(
        (d.supplier->>'gstin') || to_char(d.issued_on - interval '3 months', 'YYYY') || '-'
        || to_char(d.issued_on + interval '9 months', 'YY')
        || case d.kind when 'invoice' then 'INV' when 'credit_note' then 'CRN' else 'DBN' end || upper(d.number), 'UTF8'
    )), 'hex')
""")
ONCE = sql("""
    select e.irn || ': the IRN of ' || count(*) || ' documents'
    from invoices_einvoice e where e.irn is not null group by e.irn having count(*) > 1
""")
BEFORE = sql("""
    select d.number || ': its PDF is ' || case f.state when 'waiting' then 'due' else 'made' end || ' without an IRN'
    from invoices_einvoice e join invoices_document d on d.id = e.document_id
    join invoices_documentfile f on f.document_id = d.id
    where e.state <> 'registered' and (f.state <> 'waiting' or f.next_attempt_at is not null)
""")
STUCK = sql("""
    select d.number || ': it is ' || e.state || ', looked at next at ' || coalesce(e.next_attempt_at::text, 'no time')
    from invoices_einvoice e join invoices_document d on d.id = e.document_id
    where (e.state = 'waiting') <> (e.next_attempt_at is not null)
        or e.next_attempt_at < %(now)s - interval '15 minutes'
""")


def missing(_now: datetime) -> Iterator[str]:
    """Name each document that the rule says needs an IRN, by the operator's present settings, and that has no row."""
    since = einvoices.since()
    if since is None:
        return
    named = Q(recipient__registration__in=inv01.EXPORTS) | (
        Q(recipient__registration__in=inv01.REGISTERED) & ~Q(recipient__gstin="")
    )
    found = Document.objects.filter(named, kind__in=list(inv01.TYPES), issued_on__gte=since, einvoice=None)
    for number in found.order_by("pk").values_list("number", flat=True):
        yield f"{number}: it needs an e-invoice and has none"


# fmt: off
INVARIANTS = (
    Invariant("I19", "A document that needs an IRN has its e-invoice",     "invoices_document", missing),
    Invariant("I19", "A registered e-invoice has all that the portal gave", "invoices_einvoice", WHOLE),
    Invariant("I19", "An IRN is that of its own document",                 "invoices_einvoice", OWN),
    Invariant("I19", "An IRN stands on one document",                      "invoices_einvoice", ONCE),
    Invariant("I19", "No PDF is made before its IRN",                      "invoices_einvoice", BEFORE),
    Invariant("I37", "An e-invoice is due, or waits for a person",         "invoices_einvoice", STUCK),
)
# fmt: on
