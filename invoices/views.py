"""Doors of the documents: the list and the PDF."""

from datetime import timedelta

from django.core.files.storage import storages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.permissions import Right, panel
from billing_portal import clock
from invoices.models import Document, DocumentFile

PAGE = 25
WAITING = timedelta(minutes=10)  # as long as the preparing page asks again by itself


@require_safe
@panel(Right.BILLING)
def documents_page(request: HttpRequest) -> HttpResponse:
    """All documents of the account, newest first."""
    documents = request.account.documents.newest_first().select_related("file", "left")  # type: ignore[attr-defined]
    page = Paginator(documents, PAGE).get_page(request.GET.get("page"))
    return render(request, "invoices/documents.html", {"page": page, "today": clock.today()})


@require_safe
@panel(Right.BILLING)
def document_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The kept bytes of a document's PDF; a page that says so while it is being prepared."""
    document = get_object_or_404(
        Document.objects.select_related("file"),
        account=request.account,  # type: ignore[attr-defined]
        number=slug.replace("-", "/"),
    )
    is_ready = document.file.state == DocumentFile.State.READY
    if request.htmx:  # type: ignore[attr-defined]  # the preparing page asks
        return HttpResponseClientRedirect(request.path) if is_ready else HttpResponse(status=204)
    if not is_ready:
        return _preparing(request, document)
    file = storages["documents"].open(document.file.name)
    name = f"{document.slug}.pdf"
    return FileResponse(file, as_attachment="download" in request.GET, filename=name)  # type: ignore[return-value]


def _preparing(request: HttpRequest, document: Document) -> HttpResponse:
    waits = document.file.state == DocumentFile.State.WAITING
    is_polling = waits and clock.now() < document.issued_at + WAITING
    return render(
        request, "invoices/preparing.html", {"document": document, "is_polling": is_polling}, status=202
    )
