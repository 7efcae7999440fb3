"""The customer's doors of what is owed: documents and their PDFs, usage, the statement (docs/api.md)."""

from datetime import timedelta
from typing import Any

from django.core.files.storage import storages
from django.http import FileResponse
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import statement
from accounts.api_account import AccountView
from billing_portal import clock, cursors, parameters
from billing_portal.problems import Refused
from invoices import api_answers, api_schema, document_page, finding, gst, usage_list, usage_page
from invoices.issue import tax_place
from invoices.models import Cycle, Document, DocumentFile

BESIDE = ("file", "left", "unapplied", "write_off")
LONGEST_CALLS, LONGEST_STATEMENT = timedelta(days=366), timedelta(days=3660)
MONTH = timedelta(days=29)
PREPARING = 10  # seconds until asking for a PDF again


class Documents(AccountView):
    """`GET …/documents/`: what was issued, newest first."""

    parameters = api_schema.DOCUMENTS
    stays_open = True

    def get(self, _request: Request, ban: str) -> Response:
        asked, today = self.asked, clock.today()
        wanted = finding.Filter(kind=asked["kind"] or "", state=asked["state"] or "")
        rows = finding.find(self.account.documents.select_related(*BESIDE), wanted, today)
        if asked["first"]:
            rows = rows.filter(issued_on__gte=asked["first"])
        if asked["last"]:
            rows = rows.filter(issued_on__lte=asked["last"])
        page = cursors.page(rows, "issued_on", cursors.day, cursor=asked["cursor"], size=asked["limit"])
        return self.page([api_answers.document(row, ban, today=today) for row in page.rows], page.next)


class OneDocument(AccountView):
    """`GET …/documents/{id}/`: a document line by line, and what became of it."""

    stays_open = True

    def get(self, _request: Request, ban: str, slug: str) -> Response:
        page = document_page.read(_document(self, slug))
        return Response(api_answers.explained(page, ban, today=clock.today()))


class Pdf(AccountView):
    """`GET …/documents/{id}/pdf/`: the bytes that were kept when it was made."""

    stays_open = True

    def get(self, _request: Request, ban: str, slug: str) -> Any:  # noqa: ARG002 - the account is read by it
        found = _document(self, slug)
        if found.file.state != DocumentFile.State.READY:
            raise Refused(503, "This PDF is being prepared.", "PREPARING", wait=PREPARING)
        return FileResponse(
            storages["documents"].open(found.file.name),
            filename=f"{found.slug}.pdf",
            content_type="application/pdf",
        )


def _document(view: AccountView, slug: str) -> Document:
    rows = view.account.documents.select_related(*BESIDE, "original", "account")
    found = rows.filter(number=slug.replace("-", "/")).first()
    if found is None:
        raise NotFound("No such document.")
    return found


class Usage(AccountView):
    """`GET …/usage/`: a cycle's gauges; the running one's without a choice."""

    parameters = api_schema.USAGE

    def get(self, _request: Request, ban: str) -> Response:
        cycle = self._cycle()
        return Response(api_answers.usage(ban, cycle, usage_page.gauges(cycle) if cycle else ()))

    def _cycle(self) -> Cycle | None:
        rows = self.account.cycles.select_related("version__plan").order_by("-starts_on")
        starts_on = self.asked["cycle"]
        if starts_on is None:
            return rows.filter(starts_on__lte=clock.today()).first()
        found = rows.filter(starts_on=starts_on).first()
        if found is None:
            raise NotFound("No cycle of this account begins on that day.")
        return found


class Records(AccountView):
    """`GET …/usage/records/`: calls and messages by the day they began, newest first, their numbers masked."""

    parameters = api_schema.RECORDS

    def get(self, _request: Request, ban: str) -> Response:  # noqa: ARG002 - the account is read by it
        asked, today = self.asked, clock.today()
        first, last = parameters.period(asked, usual=_usual(asked, today), longest=LONGEST_CALLS)
        rows = usage_list.of(self.account, first, last, asked["feature"] or "")
        page = cursors.page(rows, "started_at", cursors.moment, cursor=asked["cursor"], size=asked["limit"])
        return self.page([api_answers.record(row) for row in page.rows], page.next)


def _usual(asked: Any, today: Any) -> tuple[Any, Any]:
    """Thirty days: up to today, or as many as one end leaves open."""
    last = asked["last"] or (asked["first"] + MONTH if asked["first"] else today)
    return last - MONTH, last


class Statement(AccountView):
    """`GET …/statement/`: opening, entries and closing of a period; this month's without one."""

    parameters = api_schema.STATEMENT
    stays_open = True

    def get(self, _request: Request, ban: str) -> Response:
        asked, account, today = self.asked, self.account, clock.today()
        usual = statement.month_of(asked["first"] or asked["last"] or today)
        span = parameters.period(asked, usual=usual, longest=LONGEST_STATEMENT)
        (after,) = cursors.read(asked["cursor"], cursors.number) if asked["cursor"] else (0,)
        rows, further = statement.page(account, *span, after=after, size=asked["limit"])
        credit = statement.credit_before(account, span[1] + timedelta(days=1))
        tax = gst.inside(credit, tax_place(account, today).supply).tax
        told = api_answers.statement(ban, span, statement.totals(account, *span), tax)
        items = [api_answers.statement_row(row) for row in rows]
        return Response({**told, "items": items, "next_cursor": cursors.write(further) if further else None})
