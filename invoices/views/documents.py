"""Doors of the documents: the list, a document explained, its PDF, and reports of a problem."""

import uuid
from datetime import timedelta

from django.contrib import messages
from django.core.files.storage import storages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.permissions import Right, panel
from billing_portal import clock
from invoices import document_page, finding, problems
from invoices.models import Document, DocumentFile, EInvoice

PAGE = 25
WAITING = timedelta(minutes=10)  # as long as the preparing page asks again by itself


@require_safe
@panel(Right.BILLING, stays_open=True)
def documents_page(request: HttpRequest) -> HttpResponse:
    """The documents of the account that fit the filter, newest first."""
    documents = request.account.documents  # type: ignore[attr-defined]
    wanted, today = finding.of(request.GET.dict()), clock.today()
    rows = documents.newest_first().select_related("file", "left", "unapplied", "write_off")
    page = Paginator(finding.find(rows, wanted, today), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "today": today,
        "filter": wanted,
        "years": finding.years(documents.all()),
        "kinds": Document.Kind.choices,
        "states": finding.STATES,
        "token": uuid.uuid4(),
    }
    return render(request, "invoices/documents.html", context)


@require_safe
@panel(Right.BILLING, stays_open=True)
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """One document: what it was and what became of it."""
    return _document(request, _found(request, slug))


@require_POST
@panel(Right.BILLING, stays_open=True)
def report_problem(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep what the customer says is wrong with a document."""
    found = _found(request, slug)
    text = request.POST.get("text", "")
    try:
        token = uuid.UUID(request.POST.get("token", ""))
        problems.report(found, text, token=token, by=request.user, now=clock.now())  # type: ignore[arg-type]
    except problems.NotUsable as error:
        return _document(request, found, text=text, error=str(error), status=422)
    except ValueError:
        return _document(request, found, text=text, error="Please send the form again.", status=422)
    messages.success(request, "Thank you. We look into it and answer here and by e-mail.")
    return redirect("document", ban=request.account.ban, slug=found.slug)  # type: ignore[attr-defined]


@require_safe
@panel(Right.BILLING, stays_open=True)
def document_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The kept bytes of a document's PDF; a page that says so while it is being prepared."""
    found = _found(request, slug)
    is_ready = found.file.state == DocumentFile.State.READY
    if request.htmx:  # type: ignore[attr-defined]  # the preparing page asks
        return HttpResponseClientRedirect(request.path) if is_ready else HttpResponse(status=204)
    if not is_ready:
        return _preparing(request, found)
    file = storages["documents"].open(found.file.name)
    name = f"{found.slug}.pdf"
    return FileResponse(file, as_attachment="download" in request.GET, filename=name)  # type: ignore[return-value]


def _found(request: HttpRequest, slug: str) -> Document:
    return get_object_or_404(
        Document.objects.select_related(
            "file", "left", "unapplied", "write_off", "original", "account", "einvoice"
        ),
        account=request.account,  # type: ignore[attr-defined]
        number=slug.replace("-", "/"),
    )


def _document(
    request: HttpRequest, found: Document, *, text: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "page": document_page.read(found),
        "document": found,
        "today": clock.today(),
        "text": text,
        "error": error,
        "token": uuid.uuid4(),
    }
    return render(request, "invoices/document.html", context, status=status)


def _preparing(request: HttpRequest, found: Document) -> HttpResponse:
    waits = found.file.state == DocumentFile.State.WAITING
    einvoice: EInvoice | None = getattr(found, "einvoice", None)
    context = {
        "document": found,
        "is_polling": waits and clock.now() < found.issued_at + WAITING,
        "registration": einvoice if einvoice and not einvoice.is_registered else None,
    }
    return render(request, "invoices/preparing.html", context, status=202)
