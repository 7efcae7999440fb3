"""The parameters and the OpenAPI description of the doors in api.py."""

import re

from billing_portal import openapi, parameters
from billing_portal.openapi import (
    BAN,
    DAY,
    INR,
    MILLIPAISE,
    MOMENT,
    PAISE,
    TEXT,
    WHOLE,
    YES,
    maybe,
    thing,
    told,
)
from billing_portal.parameters import PAGED, Parameter
from invoices import finding
from invoices.api_answers import CODES, STANDS
from invoices.models import Document

TAG = "Documents, usage, statement"
CODE = re.compile(r"[a-z0-9_]{1,20}", re.ASCII)
ID = openapi.in_path("slug", "the document's `id`: its number with - for /", "^[-a-zA-Z0-9_]+$")


def _feature(said: str) -> str:
    if not CODE.fullmatch(said):
        raise ValueError("A feature's code, like click_to_call.")
    return said


FIRST = parameters.day("first", "The first day, in India.")
LAST = parameters.day("last", "The last day, itself included.")
DOCUMENTS = (
    parameters.one_of("kind", "Only of this kind.", Document.Kind.values),
    parameters.one_of(
        "state",
        "Only bills that stand so: *due* in time (today included), *overdue*, *part* paid, *paid*.",
        dict(finding.STATES),
    ),
    parameters.day("first", "Issued on this day or later."),
    parameters.day("last", "Issued on this day or before."),
    *PAGED,
)
USAGE = (parameters.day("cycle", "The cycle that begins on this day; without it the running one."),)
RECORDS = (
    FIRST,
    LAST,
    Parameter(
        "feature", "Only of this feature.", {"type": "string", "pattern": "^[a-z0-9_]{1,20}$"}, _feature
    ),
    *PAGED,
)
STATEMENT = (FIRST, LAST, *PAGED)

TAXES = dict.fromkeys(("taxable", "cgst", "sgst", "igst"), PAISE)
PDF = thing(is_ready=YES, sha256=maybe(TEXT), address=told(TEXT, "asked with the same key"))
DOCUMENT = {
    "number": TEXT, "id": TEXT, "kind": openapi.codes(Document.Kind.values), "kind_label": TEXT,
    "issued_on": DAY, "due_on": maybe(DAY), "period_from": maybe(DAY), "period_to": maybe(DAY),
    "currency": INR, **TAXES, "rounding": PAISE, "total": PAISE,
    "open_amount": told(PAISE, "paise: left to pay of a bill, left of a voucher or a credit note"),
    "state": openapi.codes(STANDS), "label": TEXT, "is_part": YES, "pdf": PDF,
}  # fmt: skip
LINE = thing(position=WHOLE, description=TEXT, sac=TEXT, rate=told(WHOLE, "basis points"), **TAXES)
MOVEMENT = thing(
    on=DAY,
    kind=told(TEXT, "payment, set-off, credit-note, credit, use, taken-back …"),
    reference=maybe(TEXT),
    amount=PAISE,
    tax=PAISE,
)
RELATED = thing(number=TEXT, id=TEXT, kind=TEXT, kind_label=TEXT)
SUMS = dict.fromkeys(("current_usage", "free_value", "charge"), PAISE)
FEATURE = thing(
    feature=TEXT,
    label=TEXT,
    unit=TEXT,
    used=WHOLE,
    allowance=told(WHOLE, "free units of the cycle"),
    free_left=WHOLE,
    billable=WHOLE,
    unit_price=MILLIPAISE,
    **SUMS,
)
RECORD = thing(
    id=TEXT, feature=TEXT, caller=told(TEXT, "its last four digits"), called=TEXT, started_at=MOMENT,
    answered_at=maybe(MOMENT), ended_at=maybe(MOMENT), units=WHOLE, unit_price=maybe(MILLIPAISE),
    value=told(maybe(WHOLE), "units × unit_price, thousandths of a paisa, before tax and free units"),
    is_late=told(YES, "it came when its cycle was closed"),
)  # fmt: skip
ROW = thing(
    number=WHOLE, on=DAY, kind=openapi.codes([*CODES.values(), "correction"]), label=TEXT, reference=TEXT,
    narrative=TEXT,
    moved=told(PAISE, "paise, credit positive"), tax=PAISE, balance=told(PAISE, "paise, after it"),
)  # fmt: skip
SCHEMAS = {
    "Document": thing(**DOCUMENT),
    "DocumentInFull": thing(
        account=BAN,
        **DOCUMENT,
        place_of_supply=TEXT,
        lines=openapi.many(LINE),
        movements=openapi.many(MOVEMENT),
        related=openapi.many(RELATED),
    ),
    "Usage": thing(
        account=BAN,
        currency=INR,
        cycle={"oneOf": [thing(starts_on=DAY, ends_on=DAY, is_closed=YES, plan=TEXT), {"type": "null"}]},
        **SUMS,
        features=openapi.many(FEATURE),
    ),
    "UsageLine": RECORD,
    "StatementRow": ROW,
    "Statement": thing(
        account=BAN, currency=INR, first=DAY, last=DAY, opening=PAISE, payments=PAISE, billed=PAISE,
        credits=told(PAISE, "paise: all the rest, so that the four sums lead to the closing"), closing=PAISE,
        tax_in_credit=told(PAISE, "paise: GST inside unapplied credit"),
        items=openapi.many(openapi.ref("StatementRow")), next_cursor=maybe(TEXT),
    ),
}  # fmt: skip
PREPARING = "The PDF is being prepared (`PREPARING`); Retry-After says when to come back."


def _pdf() -> openapi.Schema:
    found = openapi.reading("readDocumentPdf", "A document's PDF, as it was kept", TEXT, tag=TAG)
    bytes_ = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
    found["responses"]["200"] = {"description": "The same bytes, always", "content": bytes_}
    found["responses"] |= openapi.problems("503", words={"503": PREPARING})
    return found


def _get(
    operation: str, summary: str, answer: openapi.Schema, known: tuple[Parameter, ...] = ()
) -> openapi.Schema:
    return {"get": openapi.reading(operation, summary, answer, tag=TAG, parameters=known)}


BASE = "/api/v1/accounts/{ban}"
OF = {"parameters": [openapi.OF_ACCOUNT]}
OF_DOCUMENT = {"parameters": [openapi.OF_ACCOUNT, ID]}
PATHS = {
    f"{BASE}/documents/": OF
    | _get(
        "listDocuments", "Invoices, vouchers and notes, newest first", openapi.paged("Document"), DOCUMENTS
    ),
    f"{BASE}/documents/{{slug}}/": OF_DOCUMENT
    | _get("readDocument", "A document line by line, and what became of it", openapi.ref("DocumentInFull")),
    f"{BASE}/documents/{{slug}}/pdf/": OF_DOCUMENT | {"get": _pdf()},
    f"{BASE}/usage/": OF
    | _get("readUsage", "What a cycle has used of each feature", openapi.ref("Usage"), USAGE),
    f"{BASE}/usage/records/": OF
    | _get(
        "listUsageRecords",
        "Calls and messages by the day they began, newest first; at most 366 days, 30 without a choice",
        openapi.paged("UsageLine"),
        RECORDS,
    ),
    f"{BASE}/statement/": OF
    | _get(
        "readStatement",
        "Opening, entries and closing of a period; this month's without one",
        openapi.ref("Statement"),
        STATEMENT,
    ),
}
