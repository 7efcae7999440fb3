"""What stands around every page: the entries that a person may open, and the accounts to switch between."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from accounts.models import Account, Member, User
from accounts.permissions import Right, may
from billing_portal.money import Paise
from credit import banners, facts
from credit.banners import Banner


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation; `pages` are the URL names at which it is the current one."""

    page: str
    label: str
    icon: str
    group: str
    right: Right
    pages: frozenset[str]


# fmt: off
ENTRIES = (
    Entry("overview",  "Overview", "overview", "",        Right.BILLING, frozenset({"overview"})),
    Entry("payments",  "Payments", "payments", "Billing", Right.BILLING,
          frozenset({"payments", "payment", "payment-start", "payment-checkout", "payment-result"})),
    Entry("documents", "Invoices", "invoices", "Billing", Right.BILLING,
          frozenset({"documents", "document", "document-pdf", "document-problem", "exports", "export"})),
    Entry("usage",     "Usage & credit", "usage", "Billing", Right.USAGE,  frozenset({"usage"})),
    Entry("statement", "Statement", "statement", "Billing", Right.BILLING, frozenset({"statement"})),
    Entry("plan",      "Plan",      "plan",      "Billing", Right.BILLING,
          frozenset({"plan", "plan-upgrade", "plan-upgrade-now"})),
    Entry("alerts",    "Alerts",    "bell",      "Billing", Right.BILLING,
          frozenset({"alerts", "alert-recipient-add"})),
)
# fmt: on


@dataclass(frozen=True)
class Place:
    """An account to switch to, as far as the person may look into it; `due` is None where they may not."""

    account: Account
    role: str
    may_open: bool
    due: Paise | None


@dataclass(frozen=True)
class Shell:
    """The frame of a page for one person."""

    places: tuple[Place, ...]
    current: Place | None
    entries: tuple[Entry, ...]
    banners: tuple[Banner, ...] = ()


def read(user: User, account: Account | None, *, now: datetime) -> Shell:
    """Read the frame of a page of `account`, or of a page that belongs to no account.

    One query, and a second one for the banners of those who may pay.
    """
    members = list(_members(user))
    places = tuple(_place(member) for member in members)
    current = _current(places, account)
    entries = _entries(members, current)
    return Shell(places, current, entries, _banners(members, account, now))


def _banners(members: Sequence[Member], account: Account | None, now: datetime) -> tuple[Banner, ...]:
    member = next((m for m in members if account and m.account_id == account.pk), None)
    if account is None or member is None or not may(member, Right.PAY):
        return ()
    return tuple(banners.of(facts.of(account), account, now=now))


def _members(user: User) -> Sequence[Member]:
    members = (
        Member.objects.filter(user=user).select_related("account").order_by("account__name", "account__ban")
    )
    return members.annotate(due=Sum("account__documents__open_amount", default=0))  # type: ignore[return-value]


def _place(member: Member) -> Place:
    sees_money = may(member, Right.BILLING)
    due = member.due if sees_money else None  # type: ignore[attr-defined]  # annotated above
    return Place(member.account, member.get_role_display(), sees_money, due)


def _current(places: tuple[Place, ...], account: Account | None) -> Place | None:
    """The page's account; elsewhere the only one there is."""
    if account is None:
        return places[0] if len(places) == 1 else None
    return next((place for place in places if place.account.pk == account.pk), None)


def _entries(members: Sequence[Member], current: Place | None) -> tuple[Entry, ...]:
    member = next((m for m in members if current and m.account_id == current.account.pk), None)
    return tuple(entry for entry in ENTRIES if member and may(member, entry.right))
