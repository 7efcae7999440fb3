"""Doors of Preferences, Account: particulars for future documents, contacts, and the latest documents."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import profile, recipients
from accounts.forms import ContactForm, ProfileForm
from accounts.models import Account, Contact
from accounts.permissions import Right, may, panel
from billing_portal import clock

LATEST = 12
Category = Contact.Category


@require_http_methods(["GET", "HEAD", "POST"])
@panel(Right.DETAILS)
def account_tab(request: HttpRequest) -> HttpResponse:
    """What stands; a POST changes the particulars. Whose page is older than somebody's change sees the conflict."""
    account = request.account  # type: ignore[attr-defined]
    if request.method != "POST":
        return _page(request)
    form = ProfileForm(request.POST, fixed=profile.fixed(account), initial=_shown(account))
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        words: dict[str, Any] = {"actor": request.user, "now": clock.now()}
        profile.change(account.pk, form.wanted(), seen=form.cleaned_data["seen"], **words)
    except profile.NotPossible as error:
        for field, said in error.said.items():
            form.add_error(field, said)
        return _page(request, form, status=422)
    except profile.Changed as error:
        return _conflict(request, form, error.stands)
    messages.success(request, "Saved. Documents carry it from now on; issued ones stay as they are.")
    return redirect("preferences-account", ban=account.ban)


@require_POST
@panel(Right.DETAILS)
def add_contact(request: HttpRequest) -> HttpResponse:
    """Add a contact of a category."""
    form = ContactForm(request.POST, auto_id="new-%s")
    if form.is_valid():
        try:
            recipients.add(request.account.pk, form.wanted(), actor=request.user, now=clock.now())  # type: ignore[attr-defined, arg-type]
        except recipients.NotPossible as error:
            form.add_error(error.field or None, str(error))
    if form.errors:
        return _page(request, adding=form, status=422)
    messages.success(request, f"{form.cleaned_data['name']} is added.")
    return redirect("preferences-account", ban=request.account.ban)  # type: ignore[attr-defined]


@require_POST
@panel(Right.DETAILS)
def change_contact(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Change a contact, or take the contact away."""
    account = request.account  # type: ignore[attr-defined]
    words: dict[str, Any] = {"actor": request.user, "now": clock.now()}
    contact = account.contacts.filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    if "remove" in request.POST:
        recipients.remove(account.pk, contact_id, **words)
        messages.success(request, f"{contact.name} is taken away.")
        return redirect("preferences-account", ban=account.ban)
    form = _contact_form(contact, request.POST)
    if form.is_valid():
        try:
            recipients.change(account.pk, contact_id, form.wanted(), **words)
        except recipients.NotPossible as error:
            form.add_error(error.field or None, str(error))
        except Contact.DoesNotExist:
            raise Http404 from None
    if form.errors:
        return _page(request, changing=(contact_id, form), status=422)
    messages.success(request, f"{form.cleaned_data['name']} is changed.")
    return redirect("preferences-account", ban=account.ban)


def _conflict(request: HttpRequest, form: ProfileForm, stands: profile.Profile) -> HttpResponse:
    """Show what was typed beside what somebody else saved; saving again is then meant."""
    theirs = [
        (label, profile.shown(name, getattr(stands, name)))
        for name, label in profile.LABELS.items()
        if form.cleaned_data[name] != getattr(stands, name)
    ]
    typed = request.POST.copy()
    typed["seen"] = profile.looks(stands)
    again = ProfileForm(typed, fixed=form.fixed, initial=form.initial)
    return _page(request, again, theirs=theirs, status=409)


def _page(
    request: HttpRequest,
    form: ProfileForm | None = None,
    *,
    adding: ContactForm | None = None,
    changing: tuple[int, ContactForm] | None = None,
    theirs: Any = (),
    status: int = 200,
) -> HttpResponse:
    account = request.account  # type: ignore[attr-defined]
    if form is None:
        form = ProfileForm(fixed=profile.fixed(account), initial=_shown(account))
    documents = account.documents.newest_first().select_related("file", "left", "unapplied", "write_off")
    context = {
        "form": form,
        "has_account_tab": True,
        "has_keys_tab": may(request.member, Right.KEYS),  # type: ignore[attr-defined]
        "theirs": theirs,
        "locks_name": profile.locks_name(account),
        "kind": account.get_registration_display(),
        "contacts": _contacts(account, changing),
        "adding": adding or ContactForm(initial={"category": Category.ACCOUNTS}, auto_id="new-%s"),
        "documents": documents[:LATEST],
        "today": clock.business_date(clock.now()),
    }
    return render(request, "preferences/account.html", context, status=status)


def _shown(account: Account) -> dict[str, Any]:
    stands = profile.of(account)
    return {name: getattr(stands, name) for name in profile.LABELS} | {"seen": profile.looks(stands)}


def _contacts(account: Account, changing: tuple[int, ContactForm] | None) -> list[dict[str, Any]]:
    """Return each category with its contacts, each with the form that changes it."""
    rows = list(account.contacts.order_by("pk"))
    changed, wrong = changing or (0, None)
    return [
        {
            "label": category.label,
            "words": FOR[category],
            "rows": [
                (row, wrong if wrong and row.pk == changed else _contact_form(row))
                for row in rows
                if row.category == category
            ],
        }
        for category in Category
    ]


def _contact_form(row: Contact, data: Any = None) -> ContactForm:
    stands = {name: getattr(row, name) for name in ("name", "email", "phone", "category")}
    form = ContactForm(data, initial=stands, auto_id=f"contact-{row.pk}-%s")
    form.fields["category"].disabled = True
    return form


FOR: dict[str, str] = {
    Category.ACCOUNTS: "Invoices, payments and reminders go here; without anybody, to the owners.",
    Category.TECHNICAL: "Whom our engineers call about your numbers and lines.",
    Category.GENERAL: "Whom we ask about everything else.",
}
