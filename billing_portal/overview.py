"""An account's first page: what it has and owes, what is due when, and what happened last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import Account
from billing_portal import clock
from billing_portal.money import Paise
from credit import consequences, exposure
from credit.consequences import Consequence
from credit.exposure import Exposure
from credit.facts import Facts
from invoices import settlement, subscriptions, upcoming, usage_page
from invoices.cycle import Span
from invoices.models import Document
from invoices.upcoming import Upcoming
from invoices.usage_page import Days, Gauge
from payments import options, outcome
from payments.outcome import Outcome

LATEST = 5


@dataclass(frozen=True)
class Overview:
    """What the page shows; amounts in paise."""

    exposure: Exposure
    due: Paise
    unpaid: list[Document]
    is_overdue: bool
    documents: list[Document]
    payments: list[Outcome]
    undecided: Outcome | None
    consequences: Sequence[Consequence] = ()
    gauges: Sequence[Gauge] = ()
    days: Days | None = None
    expected: Upcoming | None = None

    @property
    def is_new(self) -> bool:
        """Nothing has happened on this account yet."""
        return not self.documents and not self.payments and not self.gauges

    @property
    def due_on(self) -> date | None:
        """The due date of the oldest unpaid bill."""
        return self.unpaid[0].due_on if self.unpaid else None


def read(account: Account, held: Facts, *, now: datetime) -> Overview:
    """Read the page of one account, of which `held` are the facts, in a constant number of queries."""
    unpaid = settlement.unpaid(account)
    today = clock.business_date(now)
    return Overview(
        exposure=exposure.of(held, pace=usage_page.pace(account, today)),
        due=options.due_now(unpaid),
        unpaid=unpaid,
        is_overdue=any(document.due_on and document.due_on <= today for document in unpaid),
        documents=list(
            account.documents.newest_first().select_related("file", "left", "unapplied", "write_off")[:LATEST]
        ),
        payments=outcome.read(account.payments.order_by("-started_at", "-pk")[:LATEST]),
        undecided=outcome.undecided(account, now=now),
        consequences=consequences.of(account, today=today) if unpaid else (),
        **_usage(account, today),
    )


def _usage(account: Account, today: date) -> dict[str, Any]:
    """Read what the account's plan tells; nothing without one."""
    cycle = subscriptions.running(account, today)
    if cycle is None:
        return {}
    return {
        "gauges": usage_page.gauges(cycle),
        "days": usage_page.days(account, Span(today - timedelta(days=29), today)),
        "expected": upcoming.of(account),
    }
