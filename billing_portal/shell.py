"""What stands around every page: the entries that a person may open, and the accounts to switch between."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import SimpleLazyObject

from accounts.levels import Level
from accounts.models import Account, Member, Message, User
from accounts.permissions import Right, first_page, is_locked, may, who_can
from billing_portal import clock
from billing_portal.money import Paise
from credit import banners, consequences, facts, lock, overdue_outlook
from credit.banners import Banner
from credit.consequences import Consequence
from credit.facts import Facts
from credit.lock import Lock
from credit.models import OverdueCase
from invoices.models import Document


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation; `pages` are the URL names at which it is the current one."""

    page: str
    label: str
    icon: str
    group: str
    right: Right
    pages: frozenset[str]
    stays_open: bool = False  # while the account is locked


# fmt: off
ENTRIES = (
    Entry("overview",  "Overview", "overview", "",        Right.BILLING, frozenset({"overview", "what-if"})),
    Entry("payments",  "Payments", "payments", "Billing", Right.BILLING,
          frozenset({"payments", "payment", "payment-start", "payment-checkout", "payment-result", "payment-advice",
                     "payments-bank", "bank-account", "claim-declare", "claim-withdraw"}), stays_open=True),
    Entry("auto-pay",  "Auto-pay", "repeat",   "Billing", Right.BILLING,
          frozenset({"auto-pay", "auto-pay-set-up", "auto-pay-limits", "auto-pay-checkout"}), stays_open=True),
    Entry("documents", "Invoices", "invoices", "Billing", Right.BILLING,
          frozenset({"documents", "document", "document-pdf", "document-problem", "exports", "export"}),
          stays_open=True),
    Entry("usage",     "Usage & credit", "usage", "Billing", Right.USAGE,  frozenset({"usage"})),
    Entry("statement", "Statement", "statement", "Billing", Right.BILLING, frozenset({"statement"}), stays_open=True),
    Entry("plan",      "Plan",      "plan",      "Billing", Right.BILLING,
          frozenset({"plan", "plan-upgrade", "plan-upgrade-now"})),
    Entry("alerts",    "Alerts",    "bell",      "Billing", Right.BILLING,
          frozenset({"alerts", "alert-recipient-add", "auto-pay-top-up"})),
    Entry("preferences", "Preferences", "sliders", "Billing", Right.SELF,
          frozenset({"preferences", "preferences-account", "contact-add", "contact-change", "api-keys", "api-key-make",
                     "api-key-revoke"})),
    Entry("team",      "Team",      "team",      "Company", Right.TEAM,
          frozenset({"team", "team-invite", "member-role", "member-remove", "invitation-resend",
                     "invitation-withdraw"})),
    Entry("support",   "Support",   "talk",      "Help",    Right.SUPPORT,
          frozenset({"support", "support-new", "conversation", "conversation-write", "messages", "message"}),
          stays_open=True),
)
# fmt: on


NEAR = ("overview", "payments", "documents", "usage")  # on a phone's bar; what is beyond stands under "More"
MOST_NEAR = 5  # entries that a phone's bar holds, "More" among them


@dataclass(frozen=True)
class Place:
    """An account to switch to, as far as the person may look into it; `due` is None where they may not.

    `page` is the first page that they may open; `state` the word for what is not as it should be, "" for nothing.
    """

    account: Account
    role: str
    page: str
    sees_money: bool
    due: Paise | None
    state: str = ""

    @property
    def is_stopped(self) -> bool:
        return is_locked(self.account)


@dataclass(frozen=True)
class Shell:
    """The frame of a page for one person."""

    places: tuple[Place, ...]
    current: Place | None
    entries: tuple[Entry, ...]
    unread: int = 0  # answers of staff that the person has not seen, of the current account
    banners: tuple[Banner, ...] = ()
    lock: Lock | None = None  # of an account that is suspended or beyond
    whom: tuple[str, ...] = ()  # who can pay, for a person who cannot
    consequences: Sequence[Consequence] = ()  # of a locked account, read when they are shown
    today: date | None = None

    @property
    def near(self) -> tuple[Entry, ...]:
        """The entries of a phone's bar: all, where they are few; else four, as far as the person has them."""
        if len(self.entries) <= MOST_NEAR:
            return self.entries
        usual = [entry for entry in self.entries if entry.page in NEAR]
        others = [entry for entry in self.entries if entry.page not in NEAR]
        chosen = {entry.page for entry in (*usual, *others)[: MOST_NEAR - 1]}
        return tuple(entry for entry in self.entries if entry.page in chosen)

    @property
    def far(self) -> tuple[Entry, ...]:
        """The entries that a phone's bar has no room for."""
        near = {entry.page for entry in self.near}
        return tuple(entry for entry in self.entries if entry.page not in near)


def read(
    user: User,
    account: Account | None,
    *,
    now: datetime,
    looking: Member | None = None,
    held: Facts | None = None,
) -> Shell:
    """Read the frame of a page of `account`, or of a page that belongs to no account.

    With `looking` (accounts.looking.member) it is the frame of that role on its account alone; `held` are the
    account's facts, if the page has read them.

    One query; two more for the banners of those who may pay, four of a locked account.
    """
    members = [_annotated(looking)] if looking else list(_members(user))
    places = tuple(_place(member) for member in members)
    current = _current(places, account)
    here = [m for m in members if current and m.account_id == current.account.pk]
    unread = getattr(here[0], "unread", 0) if here else 0
    frame = Shell(places, current, _entries(members, current), unread)
    member = next((m for m in members if account and m.account_id == account.pk), None)
    return _told(frame, account, member, held, now) if account and member else frame


def _told(frame: Shell, account: Account, member: Member, held: Facts | None, now: datetime) -> Shell:
    """Add what an account's people have to know: banners, or why most of the panel is closed."""
    today = clock.business_date(now)
    may_pay = may(member, Right.PAY)
    stands = account.wanted_level != Level.ACTIVE
    payers = tuple(who_can(Right.PAY, account)) if stands and not may_pay else ()
    if may_pay or is_locked(account):
        held = held or facts.of(account, now=now)
    if held and is_locked(account):
        closed = lock.of(account, held, today=today)
        coming: Any = SimpleLazyObject(
            lambda: consequences.of(account, today=today) if closed.overdue else ()
        )
        frame = replace(frame, lock=closed, whom=payers, consequences=coming, today=today)
        overdue = closed.overdue
    else:
        is_overdue = may_pay and member.is_overdue  # type: ignore[attr-defined]  # annotated by _members
        overdue = overdue_outlook.of(account, today=today) if is_overdue else None
    if held and may_pay:
        return replace(frame, banners=tuple(banners.of(held, account, overdue, now=now)))
    return replace(frame, banners=tuple(banners.for_others(account, payers)) if stands else ())


def _members(user: User) -> Sequence[Member]:
    """Read a person's accounts with what each owes, whatever number of bills they have behind them."""
    members = (
        Member.objects.filter(user=user).select_related("account").order_by("account__name", "account__ban")
    )
    open_case = OverdueCase.objects.standing().filter(account=OuterRef("account"), opened_on__isnull=False)
    unpaid = Document.objects.filter(account=OuterRef("account"), open_amount__gt=0).order_by()
    owed = unpaid.values("account").annotate(sum=Sum("open_amount")).values("sum")
    answers = Message.objects.unread_by(user).filter(conversation__account=OuterRef("account"))
    count = answers.order_by().values("conversation__account").annotate(count=Count("pk")).values("count")
    return members.annotate(  # type: ignore[return-value]
        due=Coalesce(Subquery(owed), 0),
        is_overdue=Exists(open_case),
        unread=Coalesce(Subquery(count), 0),
    )


def _annotated(member: Member) -> Any:
    """Give a membership that is not stored what `_members` reads. Two queries."""
    row: Any = member
    row.unread = 0
    row.due = member.account.documents.aggregate(sum=Sum("open_amount", default=0))["sum"]
    row.is_overdue = (
        OverdueCase.objects.standing().filter(account=member.account, opened_on__isnull=False).exists()
    )
    return row


def _place(member: Member) -> Place:
    account, sees_money = member.account, may(member, Right.BILLING)
    due = member.due if sees_money else None  # type: ignore[attr-defined]  # annotated above
    state = account.get_wanted_level_display() if account.wanted_level != Level.ACTIVE else ""
    if not state and sees_money and member.is_overdue:  # type: ignore[attr-defined]
        state = "Overdue"
    return Place(account, member.get_role_display(), first_page(member), sees_money, due, state)


def _current(places: tuple[Place, ...], account: Account | None) -> Place | None:
    """The page's account; elsewhere the only one there is."""
    if account is None:
        return places[0] if len(places) == 1 else None
    return next((place for place in places if place.account.pk == account.pk), None)


def _entries(members: Sequence[Member], current: Place | None) -> tuple[Entry, ...]:
    member = next((m for m in members if current and m.account_id == current.account.pk), None)
    mine = tuple(entry for entry in ENTRIES if member and may(member, entry.right))
    sizes = Counter(entry.group for entry in mine)
    return mine if max(sizes.values(), default=0) > 1 else tuple(replace(entry, group="") for entry in mine)
