"""Staff pages of customers, accounts and people."""

import functools
from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, F, Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html

from accounts import team
from accounts.admin import verification
from accounts.admin.audited import Audited, AuditedRows
from accounts.admin.forms import AccountForm, ContactForm, Members
from accounts.admin.service import level_tag
from accounts.ledger import Book
from accounts.models import Account, Balance, Contact, Customer, Member, User
from accounts.states import STATE_NAMES
from billing_portal import clock
from billing_portal.staff_pages import ReadOnlyRows, amount, link, linked, page_of, tag

SEARCHED = (  # besides the account's own words; numbers and ids are looked up exactly, by their index
    "members__user__email__icontains",
    "contacts__email__icontains",
    "payments__number",
    "payments__gateway_payment_id",
    "payments__gateway_order_id",
    "documents__number",
)


class MemberRows(AuditedRows):
    model = Member
    formset = Members
    autocomplete_fields = ("user",)


class ContactRows(AuditedRows):
    model = Contact
    form = ContactForm


class AccountRows(ReadOnlyRows):
    model = Account
    fields = readonly_fields = ("number", "name", "state", "registration", "gstin")

    @admin.display(description="Account")
    def number(self, row: Account) -> Any:
        return link("accounts_account", row.pk, row.ban)


@admin.register(Customer)
class CustomerAdmin(Audited):
    list_display = ("name", "accounts_held", "created_at")
    search_fields = ("name", "accounts__ban", "accounts__gstin")
    fields = ("name",)
    inlines = (AccountRows,)
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return super().get_queryset(request).annotate(held=Count("accounts", distinct=True))

    @admin.display(description="Accounts", ordering="held")
    def accounts_held(self, row: Any) -> int:
        return row.held

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        obj.created_at = obj.created_at or clock.now()
        super().save_model(request, obj, form, change)


def _held(book: Book) -> Coalesce:
    sums = Balance.objects.filter(account=OuterRef("pk"), book=book).values("account")
    return Coalesce(Subquery(sums.annotate(sum=Sum("amount")).values("sum")), 0)


class Standing(admin.SimpleListFilter):
    """Accounts by what they have or owe."""

    title, parameter_name = "money", "money"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("owes", "Owes"), ("prepaid", "Prepaid"), ("nothing", "Neither")]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet | None:
        owes, prepaid = Q(receivable__lt=0), Q(advances__gt=0) | Q(credits__gt=0)
        chosen = {"owes": owes, "prepaid": prepaid}.get(self.value() or "")
        if self.value() == "nothing":
            return rows.exclude(owes).exclude(prepaid)
        return rows.filter(chosen) if chosen else rows


class StateFilter(admin.SimpleListFilter):
    """The States in which there are accounts."""

    title, parameter_name = "State", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = Account.objects.order_by("state").values_list("state", flat=True).distinct()
        return [(code, STATE_NAMES[code]) for code in codes]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet | None:
        return rows.filter(state=self.value()) if self.value() else rows


class Accounts(ChangeList):
    """The list of accounts: a row leads to the account's whole story."""

    def url_for_result(self, result: Model) -> str:
        return page_of("accounts_account", result.pk)


@admin.register(Account)
class AccountAdmin(Audited):
    form = AccountForm
    change_form_template = "admin/accounts/account/change_form.html"
    list_display = ("ban", "named", "level", "owed_inr", "prepaid_inr", "credits_inr")
    csv_fields = (
        "ban", "name", "customer_name", "level", "state", "owed_inr", "prepaid_inr", "credits_inr",
    )  # fmt: skip
    list_filter = (Standing, "wanted_level", "registration", StateFilter)
    list_select_related = ("customer",)
    search_fields = ("ban", "name", "billing_name", "gstin", "customer__name")
    search_help_text = (
        "Account number, name, GSTIN, e-mail of a member, payment or document number, gateway's id"
    )
    ordering = ("ban",)
    autocomplete_fields = ("customer",)
    inlines = (MemberRows, ContactRows)
    fieldsets = (
        (None, {"fields": ("ban", "customer", "name", "minimum_top_up")}),
        (
            "Printed on documents from now on",
            {"fields": ("billing_name", "address", ("city", "pin"), ("state", "country"))},
        ),
        ("Tax", {"fields": ("registration", ("gstin", "pan"), "zero_rated_until")}),
    )

    @admin.display(description="Service", ordering="wanted_level")
    def level(self, row: Account) -> Any:
        return level_tag(row.wanted_level)

    @admin.display(description="Name and customer", ordering="name")
    def named(self, row: Account) -> Any:
        customer = link("accounts_customer", row.customer_id, row.customer.name)
        return format_html("{}<small>{}</small>", row.name, customer)

    customer_name = linked("accounts_customer", "customer", "Customer", text="name")
    owed_inr = amount("owed", "Owes")
    prepaid_inr = amount("advances", "Advances, net of GST")
    credits_inr = amount("credits", "Unapplied credit, with GST")
    top_up_inr = amount("minimum_top_up", "Minimum top-up")

    def get_changelist(self, request: HttpRequest, **_words: Any) -> type[ChangeList]:
        return Accounts

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only read sees rupees where the form would have a field."""
        sets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return sets
        shown = tuple("top_up_inr" if name == "minimum_top_up" else name for name in sets[0][1]["fields"])
        return ((sets[0][0], {**sets[0][1], "fields": shown}), *sets[1:])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        rows = (
            super()
            .get_queryset(request)
            .annotate(
                receivable=_held(Book.RECEIVABLE),
                advances=_held(Book.ADVANCES),
                credits=_held(Book.CREDITS),
            )
        )
        return rows.annotate(owed=-F("receivable"))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Search the account's own words, and whose member, payment or document is asked for."""
        rows, distinct = super().get_search_results(request, queryset, search_term)
        term = search_term.strip()
        if not term:
            return rows, distinct
        others = Q(pk__in=[])
        for lookup in SEARCHED:
            said = term.upper() if lookup.endswith("number") else term
            others |= Q(pk__in=Account.objects.filter(**{lookup: said}).values("pk"))
        return rows | queryset.filter(others), distinct

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("ban", "customer") if obj else ()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is Member:
            _tell(form.instance, formset)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(functools.partial(verification.page, self))
        return [path("<int:account_id>/gstin/", page, name="accounts_account_gstin"), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        obj.created_at = obj.created_at or clock.now()
        if obj.gstin_verified_at and {"gstin", "billing_name"} & set(form.changed_data):
            obj.gstin_verified_at = None  # what was compared with the GST portal is not this any more
            form.changed_data.append("gstin_verified_at")
        super().save_model(request, obj, form, change)


class MembershipRows(ReadOnlyRows):
    model = Member
    verbose_name_plural = "accounts"
    fields = readonly_fields = ("number", "role")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("account")

    @admin.display(description="Account")
    def number(self, row: Member) -> Any:
        return link("accounts_account", row.account_id, row.account)


def _tell(account: Account, formset: Any) -> None:
    """Tell whom staff put on the team, moved or took off, and the owners."""
    now = clock.now()
    was = {form.instance.pk: form.initial.get("role") for form in formset.initial_forms}
    moved = [row for row, names in formset.changed_objects if "role" in names]
    told = [("member-added", row, "") for row in formset.new_objects]
    told += [("role-changed", row, was[row.pk]) for row in moved]
    told += [("member-removed", row, "") for row in formset.deleted_objects]
    for name, row, before in told:
        words = {"role": row.get_role_display(), "was": Member.Role(before).label if before else ""}
        event = f"staff:{row.user_id}:{now.isoformat()}"
        team.tell(account, name, row.user, event, by=None, now=now, context=words)


@admin.register(User)
class UserAdmin(Audited):
    """People. Only a superuser makes staff; nobody types another person's password."""

    list_display = ("name", "email", "kind", "is_active", "accounts_held", "last_login")
    list_filter = ("is_active", "is_staff", "groups")
    search_fields = ("name", "email")
    ordering = ("name", "email")
    inlines = (MembershipRows,)
    fieldsets = ((None, {"fields": ("name", "email", "is_active")}),)
    staff_fields = ("Staff", {"fields": ("is_staff", "is_superuser", "groups")})

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).annotate(held=Count("memberships", distinct=True))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **words: Any) -> Any:
        """The groups are few: a box for each."""
        return super().formfield_for_manytomany(
            db_field, request, **words | {"widget": forms.CheckboxSelectMultiple}
        )

    @admin.display(description="Accounts", ordering="held")
    def accounts_held(self, row: Any) -> int:
        return row.held

    @admin.display(description="Kind", ordering="is_staff")
    def kind(self, row: User) -> Any:
        if row.is_superuser:
            return tag("superuser", "warn")
        return tag("staff", "good") if row.is_staff else tag("customer")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = super().get_fieldsets(request, obj)
        return [shown[0], self.staff_fields, *shown[1:]] if request.user.is_superuser else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("email",) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff and superusers are changed by superusers only."""
        above = obj is not None and (obj.is_staff or obj.is_superuser)
        mine = super().has_change_permission(request, obj)
        return mine and (not above or request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A new person sets a password by “Forgot password?”; until then nobody can log in as them."""
        if not change:
            obj.email = User.objects.normalize_email(obj.email).lower()
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        EmailAddress.objects.get_or_create(user=obj, email=obj.email, defaults={"primary": True})
