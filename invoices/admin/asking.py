"""Asking for a finance export from a page of the staff side: the row, its line in the audit chain, the worker woken."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from accounts import audit
from billing_portal import clock, nudge
from billing_portal.staff_pages import person
from invoices import exports


def ask(
    request: HttpRequest, kind: str, *, token: uuid.UUID, parameters: Mapping[str, Any]
) -> HttpResponseRedirect:
    """Ask for a file and lead to its page. The same token again is the same file. Raises exports.NotPossible."""
    now, by = clock.now(), person(request)
    row = exports.ask(kind, token=token, account=None, user=by, parameters=parameters, now=now)
    audit.record(
        "invoices.export",
        actor=by,
        subject=f"export:{row.pk}",
        reason=row.title,
        after=dict(parameters),
        now=now,
    )
    nudge.wake("invoices.tasks.make_exports")
    messages.success(request, f"{row.title} is being made. Open this page again in a moment.")
    return HttpResponseRedirect(reverse("admin:invoices_export_change", args=[row.pk]))
