"""Who may do what: one table of rights by role, and the guard at the door of every page of an account.

A right that is missing answers 403 and says whom to ask; another account's object answers 404, exactly
as an object that does not exist.
"""

import functools
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from accounts import looking
from accounts.levels import LOCKED, Level
from accounts.models import Account, Member, User

Role = Member.Role


class Right(StrEnum):
    SELF = "see your own profile"
    BILLING = "see balance, payments and documents"
    PAY = "pay"
    USAGE = "see usage"
    NUMBERS = "see whole phone numbers"
    DETAILS = "change billing details and contacts"
    TEAM = "manage the team"
    KEYS = "make and revoke API keys"
    SUPPORT = "write to our staff"  # whose conversations one may read: accounts/models/support.py


EVERYTHING = frozenset(Right)

# fmt: off
RIGHTS: dict[str, frozenset[Right]] = {
    Role.OWNER:   EVERYTHING,  # and only an owner makes, demotes or removes an owner (team.py)
    Role.ADMIN:   EVERYTHING,
    Role.BILLING: frozenset({Right.SELF, Right.BILLING, Right.PAY, Right.USAGE, Right.DETAILS, Right.SUPPORT}),
    Role.MANAGER: frozenset({Right.SELF, Right.USAGE, Right.NUMBERS, Right.SUPPORT}),
    Role.AGENT:   frozenset({Right.SELF, Right.SUPPORT}),
}
ROLE_WORDS: dict[str, str] = {  # what a role is for, where one is chosen
    Role.OWNER:   "Everything, and the only one who can make or remove owners",
    Role.ADMIN:   "Everything, the team too",
    Role.BILLING: "Payments, invoices, auto-pay, usage and billing details; not the team",
    Role.MANAGER: "Usage and the call list; no money",
    Role.AGENT:   "Their own profile and what they write to support",
}
# fmt: on


FIRST = (  # an account's first page, for who may see it
    (Right.BILLING, "overview"),
    (Right.USAGE, "usage"),
    (Right.SELF, "preferences"),
)


def first_page(member: Member) -> str:
    """Return the URL name of the first page of an account that a member may open."""
    return next(name for right, name in FIRST if may(member, right))


def membership(user: User, ban: str) -> Member:
    """Return the person's membership of an account, with the account. Raises Http404 for anybody else's."""
    try:
        return Member.objects.select_related("account__customer").get(user=user, account__ban=ban)
    except Member.DoesNotExist:
        raise Http404 from None


def _member(request: HttpRequest, ban: str) -> Member:
    """Return the role that a request has on an account: the person's own, or what a look stands for."""
    look: looking.Look | None = getattr(
        request, "look", None
    )  # set by the door that keeps looks (middleware)
    if look and look.ban == ban:
        return looking.member(look, request.user)  # type: ignore[arg-type]  # logged in
    return membership(request.user, ban)  # type: ignore[arg-type]  # logged in


def who_can(right: Right, account: Account) -> list[str]:
    """Return the names of the members who hold a right: whom to ask."""
    roles = [role for role, rights in RIGHTS.items() if right in rights]
    members = account.members.filter(role__in=roles).select_related("user").order_by("user__name")
    return [member.user.name for member in members]


def may(member: Member, right: Right) -> bool:
    """Whether a member's role holds a right. A look as a customer (a membership that is not stored) masks numbers."""
    is_looking = member.pk is None
    return right in RIGHTS[member.role] and not (is_looking and right == Right.NUMBERS)


def can_pay(member: Member) -> bool:
    """Whether a member may pay and there is something to pay for: a deleted account takes no money any more."""
    return may(member, Right.PAY) and member.account.wanted_level != Level.DELETED


def panel(
    right: Right, *, stays_open: bool = False
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Guard a page of an account: logged in, a member, and with the right; kept in no cache.

    The view is called with the request, which carries `account` and `member`, and without the `ban`. While the
    account is suspended or beyond, only what `stays_open` opens: paying, documents, the statement, support
    (PRODUCT § 3).
    """

    def guard(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        @never_cache
        @login_required
        def door(request: HttpRequest, ban: str, *args: Any, **kwargs: Any) -> HttpResponse:
            member = _member(request, ban)
            request.member, request.account = member, member.account  # type: ignore[attr-defined]
            if not may(member, right):
                return refuse(request, right)
            if is_locked(member.account) and not stays_open:
                return locked(request)
            return view(request, *args, **kwargs)

        door.right = right  # type: ignore[attr-defined]  # read by the role matrix test
        door.stays_open = stays_open  # type: ignore[attr-defined]
        return door

    return guard


def is_locked(account: Account) -> bool:
    """Whether most of the panel is closed: all numbers stand still, or more than that."""
    return account.wanted_level in LOCKED


def locked(request: HttpRequest) -> HttpResponse:
    """Answer 403 with why the account stands still and what lifts it."""
    return render(request, "locked.html", status=403)


def refuse(request: HttpRequest, right: Right) -> HttpResponse:
    """Answer 403: what is missing and whom to ask."""
    account: Account = request.account  # type: ignore[attr-defined]
    context = {"right": right.value, "whom": who_can(right, account)}
    return render(request, "403.html", context, status=403)
