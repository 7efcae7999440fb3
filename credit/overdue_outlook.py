"""What an account has to know of being overdue: the bills, the amount, and what comes next on which date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Account
from billing_portal.money import Paise
from credit.models import OverdueCase
from invoices.models import Document


@dataclass(frozen=True)
class Outlook:
    """An open case as its customer reads it. Amounts in paise, dates Indian."""

    today: date
    due_on: date  # of the oldest unpaid bill
    bills: Sequence[Document]  # due today or before, oldest first
    next_action: str  # a ladder.Action, "" where nothing comes
    next_on: date | None
    waits_for: str

    @property
    def due(self) -> Paise:
        """What is overdue or due today: paying it closes the case."""
        return sum(bill.open_amount for bill in self.bills)

    @property
    def due_today(self) -> Paise:
        """What of it is not overdue yet: paid by the end of the day it is in time."""
        return sum(bill.open_amount for bill in self.bills if bill.due_on == self.today)

    @property
    def late(self) -> Paise:
        """What of it is overdue."""
        return self.due - self.due_today


def of(account: Account, *, today: date) -> Outlook | None:
    """Return the account's outlook, None without an open case. One query without a case, two with one."""
    case = OverdueCase.objects.standing().filter(account=account, opened_on__isnull=False).first()
    if case is None:
        return None
    bills = account.documents.filter(open_amount__gt=0, due_on__lte=today).order_by("due_on", "pk")
    return Outlook(today, case.due_on, list(bills), case.next_action, case.next_step_on, case.waits_for)
