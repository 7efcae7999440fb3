"""The staff side: Django's admin with the portal's name."""

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class PortalAdminSite(AdminSite):
    """Django's admin behind the portal's own sign-in, with its rate limits and second factor."""

    site_header = "Billing portal"
    site_title = "Billing portal"
    index_title = "Staff"

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponseBase:
        return secure_admin_login(super().login)(request, extra_context)
