"""The staff side: Django's admin with the portal's name, its own order of things, and a first page that tells."""

import functools
from collections.abc import Iterable
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.core.ratelimit import respond_429
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models.options import Options
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse

from accounts import audit
from billing_portal import books, clock, dashboard, origin, rates, staff_charts, staff_refusals, staff_views
from billing_portal.staff_pages import person
from invoices import returns

# fmt: off
SECTIONS = (
    ("Customers", ("Account", "Customer", "Conversation", "Subscription", "Restriction", "User")),
    ("Money",     ("Payment", "ParkedReport", "Refund", "Dispute", "Mandate", "Document", "EInvoice", "Approval",
                   "Export", "Balance", "Entry", "Line")),
    ("Bank",      ("BankLine", "BankImport", "Claim", "Cheque", "TaxDeducted", "VirtualAccount", "StatementFormat")),
    ("Gateway",   ("Difference", "DayClose", "Settlement", "SettlementLine", "GatewayRecord", "Downtime")),
    ("Credit",    ("CreditLimit", "LimitChange", "TemporaryLimit")),
    ("Overdue",   ("OverdueCase", "OutageCredit", "JobPause", "PolicyVersion",
                   "Restoration", "Archive", "Deletion", "WriteOff")),
    ("Prices",    ("Plan", "Feature")),
    ("Messages",  ("Notice", "ServiceOrder", "ProblemReport", "WebhookEvent", "DocumentFile")),
    ("Control",   ("AuditEvent", "BooksCheck", "JobRun", "NumberSeries", "ApiKey")),
)
# fmt: on
# no pages for secrets, sessions and addresses of people; groups are a table in staff_groups.py
CLOSED = {"mfa.authenticator", "usersessions.usersession", "account.emailaddress", "auth.group"}


class PortalAdminSite(AdminSite):
    """Django's admin behind the portal's own sign-in, with its rate limits and second factor."""

    site_header = "Billing portal"
    site_title = "Billing portal"
    index_title = "Today"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Give a model its pages, but for those that nobody may open here, not even a superuser."""
        given = model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        kept = [model for model in given if model._meta.label_lower not in CLOSED]
        super().register(kept, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponseBase:  # type: ignore[override]
        return secure_admin_login(super().login)(request, extra_context)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Let nobody in too often, and no staff without a second factor; what is refused or gone has staff pages."""
        inner = super().admin_view(view, cacheable)

        @functools.wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **words: Any) -> HttpResponseBase:
            is_let_in = self.has_permission(request)
            refused = _refused(request, is_let_in)
            if refused or not is_let_in:
                return refused or inner(request, *args, **words)
            try:
                return inner(request, *args, **words)
            except PermissionDenied as error:
                return staff_refusals.not_allowed(self, request, error)
            except Http404:
                return staff_refusals.nothing_here(self, request)

        return guarded

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> TemplateResponse:
        now = clock.now()
        words = {
            "page": dashboard.read(now=now),
            "pictures": staff_charts.read(person(request).has_perm, now=now),
            "returns": returns.Due(returns.before(clock.business_date(now))),
            "is_nav_sidebar_enabled": False,  # the page names every list itself
        }
        return super().index(request, {**words, **(extra_context or {})})

    def app_index(self, *_args: Any, **_kwargs: Any) -> HttpResponseRedirect:  # type: ignore[override]
        """The lists of one app stand on the first page, among their like."""
        return HttpResponseRedirect(reverse("admin:index"))

    def password_change(self, *_args: Any, **_words: Any) -> HttpResponseRedirect:  # type: ignore[override]
        """Staff change it where everybody does: with its rate limit, its mail and its line in the chain."""
        return HttpResponseRedirect(reverse("account_change_password"))

    password_change_done = password_change  # type: ignore[assignment]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Order the lists by what people look for, not by where the code lies."""
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        models = {model["object_name"]: (app, model) for app in apps for model in app["models"]}
        sections = [
            _section(title, [models.pop(name) for name in names if name in models])
            for title, names in SECTIONS
        ]
        others = _section("System", list(models.values()))
        return [section for section in (*sections, others) if section["models"]]

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [
            path("verify-books/", self.admin_view(self.verify_books), name="verify_books"),
            path(
                "accounts/account/<int:pk>/", self.admin_view(staff_views.account_view), name="account_page"
            ),
            path("accounts/account/<int:pk>/see/", self.admin_view(staff_views.begin_look), name="see_begin"),
            path("search/", self.admin_view(staff_views.search_view), name="search"),
            path("look/leave/", self.admin_view(staff_views.end_look), name="see_end"),
            *super().get_urls(),
        ]

    def note_export(self, request: HttpRequest, opts: Options, count: int) -> None:
        """Write down who takes a list out of the portal, and how long it is (`staff_pages.export_csv`)."""
        audit.record(
            f"{opts.app_label}.{opts.model_name}.export",
            actor=person(request),
            subject=f"list:{opts.label_lower}"[:80],
            reason="",
            after={"rows": count},
            now=clock.now(),
        )

    def verify_books(self, request: HttpRequest) -> HttpResponse:
        """Check every invariant now and show the kept result."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("accounts.run_books"):
            raise PermissionDenied("accounts.run_books")
        report, row = books.verify(now=clock.now(), actor=person(request))
        if report.findings:
            messages.error(request, f"{len(report.findings)} findings in {len(report.results)} checks.")
        else:
            messages.success(request, f"{len(report.results)} checks in {report.took} ms: everything holds.")
        return HttpResponseRedirect(reverse("admin:accounts_bookscheck_change", args=[row.pk]))


def _refused(request: HttpRequest, is_let_in: bool) -> HttpResponseBase | None:
    """Return the answer to who asks too often, or the way to the second factor that is missing."""
    if is_let_in:
        whose, most = f"user:{request.user.pk}", settings.ADMIN_RATE
    else:
        whose, most = origin.caller(request), settings.ADMIN_KNOCKS
    if not rates.allows("admin", whose, most=most):
        return respond_429(request)
    if is_let_in and settings.STAFF_SECOND_FACTOR and not has_second_factor(request.user):
        messages.warning(request, "Staff sign in with a second factor: set one up, then the admin opens.")
        return HttpResponseRedirect(reverse("mfa_index"))
    return None


def has_second_factor(user: Any) -> bool:
    """Whether a person has an authenticator app or a passkey."""
    return is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])


def _section(title: str, pairs: list[tuple[dict, dict]]) -> dict[str, Any]:
    return {
        "name": title,
        "app_label": title.lower(),
        "app_url": "",
        "has_module_perms": True,
        "models": [model for _app, model in pairs],
    }
