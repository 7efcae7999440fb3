"""What a member of staff reads instead of a page: which right is missing, who has it and whom to ask; or nothing there.

Only for who is let in to the staff side; everybody else gets the portal's own pages, which tell nothing of it.
"""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse

from accounts.models import User
from billing_portal.staff_pages import person

MANAGER = "manager"  # the group that is asked
MOST = 5  # names
ACTS = {
    "changelist": "view",
    "change": "view",
    "history": "view",
    "add": "add",
    "delete": "delete",
}  # of Django's pages


def not_allowed(site: AdminSite, request: HttpRequest, error: PermissionDenied) -> TemplateResponse:
    """Say what is missing, as far as the refusal or the address tells."""
    right = str(error) or _of_address(site, request)
    row = _permission(right)
    asked = User.objects.filter(groups__name=MANAGER, is_staff=True, is_active=True).exclude(
        pk=person(request).pk
    )
    context = {
        **site.each_context(request),
        "title": "You may not open this",
        "right": row.name.removeprefix("Can ") if row else "",
        "groups": list(row.group_set.order_by("name").values_list("name", flat=True)) if row else [],
        "mine": list(_groups(request)),
        "managers": list(asked.order_by("name", "email")[:MOST]),
    }
    return TemplateResponse(request, "admin/not_allowed.html", context, status=403)


def nothing_here(site: AdminSite, request: HttpRequest) -> TemplateResponse:
    """Say that there is no such page or row."""
    context = {**site.each_context(request), "title": "There is nothing here"}
    return TemplateResponse(request, "admin/nothing_here.html", context, status=404)


def _groups(request: HttpRequest) -> Any:
    return person(request).groups.order_by("name").values_list("name", flat=True)


def _of_address(site: AdminSite, request: HttpRequest) -> str:
    """Return the right that one of Django's own pages of a model asks for; "" of any other address."""
    name = (request.resolver_match.url_name if request.resolver_match else "") or ""
    for model in site._registry:
        app, called = model._meta.app_label, model._meta.model_name
        act = ACTS.get(name.removeprefix(f"{app}_{called}_"), "")
        if act and name.startswith(f"{app}_{called}_"):
            right = f"{app}.{act}_{called}"
            return f"{app}.change_{called}" if request.user.has_perm(right) else right  # who sees it wrote
    return ""


def _permission(right: str) -> Permission | None:
    app, _, code = right.partition(".")
    return Permission.objects.filter(content_type__app_label=app, codename=code).first() if code else None
