"""An account's first page: what it has and owes, what is due when, and what happened last."""

from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Account
from billing_portal import clock
from billing_portal.money import Paise
from credit import exposure
from credit.exposure import Exposure
from invoices import settlement
from invoices.models import Document
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

    @property
    def is_new(self) -> bool:
        """Nothing has happened on this account yet."""
        return not self.documents and not self.payments

    @property
    def due_on(self) -> date | None:
        """The due date of the oldest unpaid bill."""
        return self.unpaid[0].due_on if self.unpaid else None


def read(account: Account, *, now: datetime) -> Overview:
    """Read the page of one account in a constant number of queries."""
    unpaid = settlement.unpaid(account)
    today = clock.business_date(now)
    return Overview(
        exposure=exposure.read(account),
        due=options.due_now(unpaid),
        unpaid=unpaid,
        is_overdue=any(document.due_on and document.due_on <= today for document in unpaid),
        documents=list(account.documents.newest_first().select_related("file", "left")[:LATEST]),
        payments=outcome.read(account.payments.order_by("-started_at", "-pk")[:LATEST]),
        undecided=outcome.undecided(account, now=now),
    )
