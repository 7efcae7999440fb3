"""Doors of the exports: ask for a file, see how far it is, fetch it."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.permissions import Right, is_locked, locked, may, panel, refuse
from billing_portal import clock, nudge, refusals
from invoices import exports
from invoices.export_forms import Parameters
from invoices.export_kinds import KINDS, Kind
from invoices.models import Export

JOB = "invoices.tasks.make_exports"
LATEST = 10
USAGE = "usage-csv"


@require_POST
@panel(Right.USAGE, stays_open=True)
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a file of a kind that the person's role may have."""
    kind = KINDS.get(request.POST.get("kind_of_export", ""))
    if kind is None or kind.right is None:
        raise Http404
    if not may(request.member, kind.right):  # type: ignore[attr-defined]
        return refuse(request, kind.right)
    if kind.code == USAGE and is_locked(request.account):  # type: ignore[attr-defined]
        return locked(request)
    account = request.account  # type: ignore[attr-defined]
    form = import_string(f"invoices.export_forms.{kind.form}")(request.POST, account=account)
    try:
        token = uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        token = uuid.uuid4()
    if not form.is_valid():
        return _refused(request, refusals.said(form))
    try:
        export = exports.ask(
            kind.code,
            token=token,
            account=account,
            user=request.user,  # type: ignore[arg-type]
            parameters=_parameters(request, kind, form),
            now=clock.now(),
        )
    except exports.NotPossible as error:
        return _refused(request, str(error))
    nudge.wake(JOB)
    return redirect("export", ban=account.ban, token=export.token)


def _parameters(request: HttpRequest, kind: Kind, form: Parameters) -> dict[str, Any]:
    """What was asked for; of usage also whether its numbers are whole, which decides who may fetch it later."""
    if kind.code != USAGE:
        return form.parameters()
    whole = may(request.member, Right.NUMBERS)  # type: ignore[attr-defined]
    return {**form.parameters(), "whole_numbers": whole}


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    messages.error(request, f"No file was asked for. {why}")
    return redirect("exports", ban=request.account.ban)  # type: ignore[attr-defined]


@require_safe
@panel(Right.USAGE, stays_open=True)
def listed(request: HttpRequest) -> HttpResponse:
    """The latest files that were asked for on this account, as far as the person's role may have them."""
    return render(request, "invoices/exports.html", {"latest": _latest(request)})


@require_safe
@panel(Right.USAGE, stays_open=True)
def page(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """How far a file is, and its download."""
    export = _found(request, token)
    if request.htmx and export.state != Export.State.WAITING:  # type: ignore[attr-defined]
        return HttpResponseClientRefresh()
    context = {"export": export, "latest": [one for one in _latest(request) if one.pk != export.pk]}
    return render(request, "invoices/export.html", context)


@require_safe
@panel(Right.USAGE, stays_open=True)
def file(request: HttpRequest, token: uuid.UUID) -> Any:
    """The file itself."""
    export = _found(request, token)
    if export.state != Export.State.READY:
        return redirect("export", ban=request.account.ban, token=token)  # type: ignore[attr-defined]
    return FileResponse(
        storages["documents"].open(export.name),
        as_attachment=True,
        filename=export.download_as,
        content_type=export.content_type,
    )


def _found(request: HttpRequest, token: uuid.UUID) -> Export:
    export = get_object_or_404(Export, account=request.account, token=token)  # type: ignore[attr-defined]
    if not _may_have(request, export):
        raise Http404
    return export


def _latest(request: HttpRequest) -> list[Export]:
    rows = request.account.exports.order_by("-asked_at", "-pk")[: LATEST * 2]  # type: ignore[attr-defined]
    return [row for row in rows if _may_have(request, row)][:LATEST]


def _may_have(request: HttpRequest, export: Export) -> bool:
    """Whether the role holds the kind's right; a usage file is only for who asked, with numbers that they may see."""
    right = KINDS[export.kind].right if export.kind in KINDS else None
    if right is None or not may(request.member, right):  # type: ignore[attr-defined]
        return False
    if export.kind != USAGE:
        return True
    if export.parameters.get("whole_numbers", True) and not may(request.member, Right.NUMBERS):  # type: ignore[attr-defined]
        return False
    return export.asked_by_id == request.user.pk
