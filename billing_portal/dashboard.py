"""What staff see first: today's money, what waits for a person, and whether the machinery keeps up."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Count, F, Min, QuerySet, Sum
from django.db.models.expressions import CombinedExpression
from django.utils import timezone

from accounts import service_orders
from accounts.levels import Level
from accounts.models import Account, Approval, BooksCheck, Conversation, JobRun, Notice, ServiceOrder
from billing_portal import clock
from billing_portal.money import Paise
from credit import overdue_jobs, restorations
from credit.models import OverdueCase
from invoices import einvoices
from invoices.models import Document, DocumentFile, Export, ProblemReport, Subscription
from payments import recharge
from payments.models import BankLine, Cheque, Claim, Dispute, ParkedReport, Payment, Refund, WebhookEvent

DAY = timedelta(days=1)
LATE = timedelta(minutes=15)
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Dashboard:
    """Figures of one moment; amounts in paise."""

    received: Paise
    payments: int
    failed: int
    undecided: int
    invoiced: Paise
    invoices: int
    open_amount: Paise
    overdue: Paise
    parked: int
    parked_amount: Paise
    bank_lines: int  # money in at the bank that nobody has settled
    bank_amount: Paise
    claims: int  # transfers and cheques that customers declared
    parked_notices: int
    parked_events: int
    parked_files: int
    parked_accounts: int
    parked_exports: int
    einvoices: int  # refused by the portal, or waiting for longer than a day
    stuck_orders: int
    restricted: int
    late_restorations: int
    approvals: int
    problems: int
    conversations: int  # that wait for our answer, besides those of problems
    overdue_waits: int  # cases that wait for a person
    stopped_runs: int  # today's runs that wait for a yes
    refunds: int  # that wait for a person
    disputes: int  # that wait for our answer
    answer_by: datetime | None  # the nearest of their last days
    oldest_unsent: timedelta | None
    books: BooksCheck | None

    @property
    def for_a_person(self) -> int:
        asked = (
            self.approvals + self.claims + self.problems + self.conversations + self.disputes + self.refunds
        )
        return asked + self.overdue_waits + self.stopped_runs

    @property
    def broken_jobs(self) -> int:
        return (
            self.parked_notices
            + self.parked_events
            + self.parked_files
            + self.parked_accounts
            + self.parked_exports
            + self.einvoices
            + self.stuck_orders
        )

    @property
    def unmatched(self) -> Paise:
        """Money that nobody has put to an account so far: reports of the gateway and lines of the bank."""
        return self.parked_amount + self.bank_amount

    @property
    def oldest_unsent_text(self) -> str:
        """The age in whole minutes, hours or days."""
        minutes = int((self.oldest_unsent or timedelta()).total_seconds() // 60)
        for size, word in ((1440, "d"), (60, "h")):
            if minutes >= size:
                return f"{minutes // size} {word}"
        return f"{minutes} min"

    @property
    def mail_is_late(self) -> bool:
        return self.oldest_unsent is not None and self.oldest_unsent > LATE


def read(*, now: datetime) -> Dashboard:
    """Read the figures in a constant number of queries, each over an index or one day."""
    today = clock.business_date(now)
    midnight = timezone.make_aware(datetime.combine(today, time.min))
    # by when the money came, as the chart has it; what a bank's line of yesterday brought is yesterday's
    since = Payment.objects.filter(captured_at__gte=midnight, captured_at__lt=midnight + DAY).received()
    since = since.exclude(cheque__state=Cheque.State.BOUNCED)
    started = Payment.objects.filter(started_at__gte=midnight, started_at__lte=now)
    parked = ParkedReport.objects.filter(state=ParkedReport.State.OPEN)
    oldest = Notice.objects.filter(state=Notice.State.OWED).aggregate(at=Min("owed_at"))["at"]
    waiting = Dispute.objects.unanswered().aggregate(count=Count("pk"), at=Min("respond_by"))
    return Dashboard(
        **_sums("received", "payments", since, F("amount") - F("tds") - F("gst_tds")),
        **_sums("invoiced", "invoices", Document.objects.bills().filter(issued_on=today), "total"),
        **_sums("parked_amount", "parked", parked, "amount"),
        **_sums("bank_amount", "bank_lines", BankLine.objects.open(), "open_amount"),
        claims=Claim.objects.waiting().count(),
        failed=started.filter(status=Payment.Status.FAILED).count(),
        undecided=Payment.objects.filter(next_check_at__isnull=False, status__in=recharge.UNDECIDED).count(),
        open_amount=_sum(Document.objects.unpaid(), "open_amount"),
        overdue=_sum(Document.objects.overdue(today), "open_amount"),
        parked_notices=Notice.objects.filter(state=Notice.State.PARKED).count(),
        parked_events=WebhookEvent.objects.filter(handled_at=None, parked_at__isnull=False).count(),
        parked_files=DocumentFile.objects.filter(state=DocumentFile.State.PARKED).count(),
        parked_accounts=Subscription.objects.filter(is_parked=True).count(),
        parked_exports=Export.objects.filter(state=Export.State.PARKED).count(),
        einvoices=einvoices.in_trouble(now=now).count(),
        stuck_orders=ServiceOrder.objects.waiting().filter(attempts__gte=service_orders.STUCK).count(),
        restricted=Account.objects.exclude(wanted_level=Level.ACTIVE).count(),
        late_restorations=restorations.late(now=now).filter(lifted_at__gte=now - RECENT).count(),
        approvals=Approval.objects.filter(state=Approval.State.WAITING).count(),
        overdue_waits=OverdueCase.objects.filter(waits_for__in=overdue_jobs.ASKED).count(),
        refunds=Refund.objects.for_a_person().count(),
        disputes=waiting["count"],
        answer_by=waiting["at"],
        stopped_runs=JobRun.objects.stopped().filter(business_date=today).count(),
        problems=ProblemReport.objects.open().count(),
        conversations=Conversation.objects.waiting().filter(problem=None).count(),
        oldest_unsent=now - oldest if oldest else None,
        books=BooksCheck.objects.order_by("-at").first(),
    )


def _sums(amount: str, count: str, rows: QuerySet, field: str | CombinedExpression) -> dict[str, int]:
    found = rows.order_by().aggregate(total=Sum(field, default=0), count=Count("pk"))
    return {amount: found["total"], count: found["count"]}


def _sum(rows: QuerySet, field: str) -> Paise:
    return rows.order_by().aggregate(total=Sum(field, default=0))["total"]
