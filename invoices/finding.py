"""Finding documents: by words, financial year, kind and state. One rule for the list, the ZIP and the staff."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet

from billing_portal import money, text
from invoices.models import Document, DocumentLine

BILLS = [Document.Kind.INVOICE, Document.Kind.DEBIT_NOTE]
# fmt: off
STATES = (
    ("due",     "Due"),
    ("overdue", "Overdue"),
    ("part",    "Part paid"),
    ("paid",    "Paid"),
)
# fmt: on


@dataclass(frozen=True)
class Filter:
    """What is looked for; an empty word stands for all. `year` is a financial year as in numbers, 2627."""

    q: str = ""
    year: str = ""
    kind: str = ""
    state: str = ""

    def __bool__(self) -> bool:
        return any((self.q, self.year, self.kind, self.state))

    @property
    def query(self) -> str:
        """The filter as it stands in an address, for the pager."""
        return urlencode({name: word for name, word in vars(self).items() if word})


def of(words: dict[str, str]) -> Filter:
    """Read a filter from a form or an address; what is not known is left out."""
    year, kind, state = (words.get(name, "").strip() for name in ("year", "kind", "state"))
    return Filter(
        q=text.plain(words.get("q", "")[:60], 60),
        year=year if len(year) == 4 and year.isascii() and year.isdigit() else "",
        kind=kind if kind in Document.Kind.values else "",
        state=state if state in dict(STATES) else "",
    )


def find(documents: QuerySet[Document], wanted: Filter, today: date) -> QuerySet[Document]:
    """Return the documents that fit."""
    if wanted.year:
        start = 2000 + int(wanted.year[:2])
        documents = documents.filter(issued_on__range=(date(start, 4, 1), date(start + 1, 3, 31)))
    if wanted.kind:
        documents = documents.filter(kind=wanted.kind)
    if wanted.state:
        documents = documents.filter(_state(wanted.state, today))
    return documents.filter(_words(wanted.q)) if wanted.q else documents


def _state(state: str, today: date) -> Q:
    bill = Q(kind__in=BILLS)
    return {
        "due": bill & Q(open_amount__gt=0, due_on__gte=today),
        "overdue": bill & Q(open_amount__gt=0, due_on__lt=today),
        "part": bill & Q(open_amount__gt=0, open_amount__lt=F("total")),
        "paid": bill & Q(open_amount=0, write_off=None),
    }[state]


def _words(q: str) -> Q:
    """The number, a description of a line, or an amount. (`Exists` keeps a document with two such lines one.)"""
    lines = DocumentLine.objects.filter(document=OuterRef("pk"), description__icontains=q)
    found = Q(number__icontains=q) | Q(Exists(lines))
    try:
        amount = money.typed(q)
    except money.NotAnAmount:
        return found
    return found | Q(total=amount) | Q(open_amount=amount, open_amount__gt=0)


def years(documents: QuerySet[Document]) -> list[tuple[str, str]]:
    """Return the financial years that there are documents of, newest first, as (2627, 2026-27)."""
    ends = documents.aggregate(first=Min("issued_on"), last=Max("issued_on"))
    if ends["first"] is None:
        return []
    first, last = (ends[name].year - (ends[name].month < 4) for name in ("first", "last"))
    return [
        (f"{year % 100:02}{(year + 1) % 100:02}", f"{year}-{(year + 1) % 100:02}")
        for year in range(last, first - 1, -1)
    ]
