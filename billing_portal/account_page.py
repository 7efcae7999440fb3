"""The staff's page of one account: where it stands and why, what waits for a person, and what may be done.

Its history is the timeline (timeline.py). Nothing is decided here: the figures are those of the customer's own pages.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from accounts import restrictions
from accounts.models import Account, Approval, Member, Notice, Restriction
from billing_portal import clock
from billing_portal.money import Paise
from credit import consequences, exposure, milder_policies, returns
from credit.consequences import Consequence
from credit.exposure import Exposure
from credit.models import Archive, CreditLimit, Deletion, OverdueCase
from invoices import settlement, subscriptions
from invoices.models import Cycle, Document, ProblemReport, Subscription
from payments import debit_page, options
from payments.models import Claim, Dispute, Mandate, ParkedReport, Refund

AHEAD = 9  # dated consequences that are shown: a ladder's steps, and more


class Waiting(NamedTuple):
    """What of an account waits for a person: how many of which kind, and the list of them."""

    label: str
    address: str


class Tool(NamedTuple):
    """A button: what it does, and its form."""

    label: str
    address: str


@dataclass(frozen=True)
class AccountPage:
    """Where an account stands at one moment; amounts in paise."""

    account: Account
    today: date
    exposure: Exposure
    unpaid: Sequence[Document]
    standing: Sequence[Restriction]
    subscription: Subscription | None
    cycle: Cycle | None
    limit: CreditLimit | None
    mandate: Mandate | None
    debit: debit_page.Row | None
    case: OverdueCase | None
    archive: Archive | None
    deletion: Deletion | None
    dispute: Dispute | None
    members: Sequence[Member]
    coming: Sequence[Consequence]

    @property
    def due(self) -> Paise:
        return options.due_now(self.unpaid)

    @property
    def overdue(self) -> Paise:
        """What is past its due date."""
        return sum(bill.open_amount for bill in self.unpaid if bill.due_on and bill.due_on < self.today)

    @property
    def due_on(self) -> date | None:
        """The due date of the oldest unpaid bill."""
        return self.unpaid[0].due_on if self.unpaid else None

    @property
    def days_overdue(self) -> int:
        return (self.today - self.due_on).days if self.due_on else 0

    @property
    def why_lowered(self) -> list[str]:
        """Each reason once: neither what the level is called nor what the days overdue say."""
        reason, said = Restriction.Reason, {Restriction.Reason.RETENTION}
        said |= {reason.OVERDUE} if self.overdue else set()
        standing = {one.reason for one in self.standing} - said
        if self.exposure.is_exceeded:
            standing.add(reason.CREDIT)
        return [one.label for one in reason if one in standing]


def read(account: Account, *, now: datetime) -> AccountPage:
    """Read the head of an account's page in a constant number of queries."""
    today = clock.business_date(now)
    unpaid = settlement.unpaid(account)
    coming = consequences.of(account, today=today) if unpaid else []
    cases = account.overdue_cases.standing().select_related("policy")
    return AccountPage(
        account=account,
        today=today,
        exposure=exposure.read(account, now=now, with_pace=True),
        unpaid=unpaid,
        standing=restrictions.standing(account),
        subscription=Subscription.objects.select_related("plan", "next_plan").filter(account=account).first(),
        cycle=subscriptions.running(account, today),
        limit=CreditLimit.objects.filter(account=account).first(),
        mandate=account.mandates.standing().order_by("-started_at").first(),
        debit=debit_page.coming(account),
        case=cases.first(),
        archive=account.archives.order_by("-made_at").first(),
        deletion=Deletion.objects.filter(account=account).first(),
        dispute=account.disputes.unanswered().order_by("respond_by").first(),
        members=list(account.members.select_related("user").order_by("role", "user__name")),
        coming=[one for one in coming if not one.has_happened][:AHEAD],
    )


def _parked(account: Account) -> QuerySet[ParkedReport]:
    """Return the open reports of money that was asked of an account, or came to its own account at the gateway."""
    rows = ParkedReport.objects.filter(state=ParkedReport.State.OPEN)
    return rows.filter(Q(payment__account=account) | Q(account=account))


# fmt: off
WAITS: tuple[tuple[str, str, str, Callable[[Account], QuerySet], str], ...] = (
    # label                 right                           list                        rows, the list's filter
    ("approval",            "accounts.view_approval",       "accounts_approval",
     lambda a: a.approvals.filter(state=Approval.State.WAITING),              "state__exact=waiting"),
    ("declared payment",    "payments.view_claim",          "payments_claim",
     lambda a: a.claims.filter(state__in=Claim.WAITING),                      "state__in=declared,matched"),
    ("refund",              "payments.view_refund",         "payments_refund",
     lambda a: Refund.objects.for_a_person().filter(account=a),               "waits=anybody"),
    ("dispute",             "payments.view_dispute",        "payments_dispute",
     lambda a: a.disputes.unanswered(),                                       "open=answer"),
    ("parked report",       "payments.view_parkedreport",   "payments_parkedreport",
     lambda a: _parked(a),                                                    "state__exact=open"),
    ("reported problem",    "invoices.view_problemreport",  "invoices_problemreport",
     lambda a: ProblemReport.objects.filter(account=a, answered_at=None),     "answered_at__isempty=1"),
    ("conversation",        "accounts.view_conversation",   "accounts_conversation",
     lambda a: a.conversations.waiting(),                                     "turn=ours"),
    ("message not sent",    "accounts.view_notice",         "accounts_notice",
     lambda a: a.notices.filter(state=Notice.State.PARKED),                   "state__exact=parked"),
)
# fmt: on


def waiting(account: Account, may: Callable[[str], bool]) -> list[Waiting]:
    """Return what waits for a person on this account, of what the reader may see. One query a kind."""
    found = []
    for label, right, page, rows, narrowed in WAITS:
        count = rows(account).count() if may(right) else 0
        if count:
            address = f"{reverse(f'admin:{page}_changelist')}?{urlencode({'q': account.ban})}&{narrowed}"
            found.append(Waiting(f"{count} {label}{'s' if count > 1 else ''}", address))
    return found


class _Button(NamedTuple):
    group: str
    label: str
    right: str
    view: str  # of the admin
    args: Callable[[AccountPage], object]  # its argument; None: not now; (): it has none
    query: str = ""  # after its address; {account} is the account's number, {pk} its key


def _account(page: AccountPage) -> int:
    return page.account.pk


def _nothing(_page: AccountPage) -> tuple[()]:
    return ()


def _alive(page: AccountPage) -> int | None:
    return None if page.account.wanted_level == "deleted" else page.account.pk


def _case(page: AccountPage) -> int | None:
    return page.case.pk if page.case else None


def _undecided(page: AccountPage) -> int | None:
    return page.case.pk if page.case and page.case.waits_for == OverdueCase.Wait.PERSON else None


def _milder(page: AccountPage) -> int | None:
    return page.case.pk if page.case and milder_policies.offered(page.case) else None


def _late(page: AccountPage) -> int | None:
    return page.account.pk if page.overdue else None


def _waivable(page: AccountPage) -> int | None:
    return page.archive.pk if page.archive and returns.may_waive(page.archive) else None


def _marked(page: AccountPage) -> int | None:
    row = page.deletion
    return row.pk if row and not row.approval_id and not row.begun_at else None


def _pk(row: Model | None) -> int | None:
    return row.pk if row else None


# fmt: off
BUTTONS = (
    _Button("Customer", "Edit particulars", "accounts.change_account", "accounts_account_change", _account),
    _Button("Customer", "See as customer", "accounts.see_as_customer", "see_begin", _account),
    _Button("Customer", "Make an API key", "accounts.manage_api_key", "accounts_apikey_issue",
            _nothing, "?account={ban}"),
    _Button("Customer", "Verify the GSTIN", "accounts.verify_gstin", "accounts_account_gstin",
            lambda p: _account(p) if p.account.gstin else None),
    _Button("Lines", "Stop or free lines", "accounts.stop_account", "accounts_account_lines", _alive),
    _Button("Plan", "Plan", "invoices.manage_subscription", "invoices_account_plan", _account),
    _Button("Plan", "Extras", "invoices.manage_subscription", "invoices_account_extras", _account),
    _Button("Money", "One-time charge", "accounts.issue_charge", "invoices_document_charge", _alive),
    _Button("Money", "Credit or debit note", "accounts.request_approval", "invoices_document_changelist", _nothing,
            "?account__id__exact={pk}&kind__exact=invoice"),
    _Button("Money", "Refund a payment", "payments.give_refund", "payments_payment_changelist", _nothing,
            "?account__id__exact={pk}&status__exact=captured"),
    _Button("Money", "Receive a cheque", "payments.handle_cheque", "payments_cheque_receive",
            _nothing, "?account={ban}"),
    _Button("Money", "Settle bank money", "payments.settle_line", "payments_bankline_changelist",
            _nothing, "?age=any"),
    _Button("Money", "Virtual account", "payments.make_virtual_account", "payments_virtualaccount_make",
            _nothing, "?account={ban}"),
    _Button("Money", "Cancel auto-pay", "payments.cancel_for_customer",
            "payments_mandate_cancel", lambda p: _pk(p.mandate)),
    _Button("Money", "Answer the dispute", "payments.answer_dispute",
            "payments_dispute_change", lambda p: _pk(p.dispute)),
    _Button("Credit", "Temporary limit", "credit.set_temporary_limit",
            "credit_account_temporary_limit", _account),
    _Button("Overdue", "Promise or hold", "credit.grant_extension", "credit_case_extend", _case),
    _Button("Overdue", "Go on without message", "credit.decide_step", "credit_case_decide", _undecided),
    _Button("Overdue", "Apply a milder policy", "credit.publish_policy", "credit_case_policy", _milder),
    _Button("Overdue", "Write off", "accounts.request_approval", "credit_write_off_ask", _late),
    _Button("Overdue", "Waive the fee", "accounts.request_approval", "credit_archive_waive", _waivable),
    _Button("Overdue", "Ask for deletion", "credit.request_deletion", "credit_deletion_ask", _marked),
)
# fmt: on


def tools(page: AccountPage, may: Callable[[str], bool]) -> dict[str, list[Tool]]:
    """Return the buttons of what the reader may do on this account now, by group. Each leads to its form."""
    found: dict[str, list[Tool]] = {}
    for button in BUTTONS:
        args = button.args(page) if may(button.right) else None
        if args is not None:
            address = reverse(f"admin:{button.view}", args=[] if args == () else [args])
            query = button.query.format(ban=page.account.ban, pk=page.account.pk)
            found.setdefault(button.group, []).append(Tool(button.label, address + query))
    return found
