"""An account's overdue case as staff read it: where it stands, each step with its message, what holds it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Account, Notice
from billing_portal.money import Paise
from credit import ladder_checks, overdue_facts
from credit.ladder import Step
from credit.models import Extension, OverdueCase, StepTaken

SHOWN = 50  # steps, newest first


@dataclass(frozen=True)
class TakenStep:
    """A step, and its messages: (channel, recipient, state in words)."""

    row: StepTaken
    notices: Sequence[Notice]


@dataclass(frozen=True)
class CasePage:
    """The standing case, else the newest; None where the account was never overdue. Amounts in paise."""

    case: OverdueCase | None
    past_due: Paise  # due today or before
    age: int | None  # days since its oldest unpaid bill was due
    steps: Sequence[TakenStep] = ()
    ladder: Sequence[Step] = ()
    extensions: Sequence[Extension] = ()
    older: int = 0  # closed cases besides
    due_today: Paise = 0  # what of `past_due` is not overdue yet

    @property
    def days(self) -> int:
        """Days since the oldest unpaid bill was due, or until it is."""
        return abs(self.age or 0)

    @property
    def overdue(self) -> Paise:
        return self.past_due - self.due_today


def of(account: Account, *, today: date) -> CasePage:
    """Read the page of an account's case in a constant number of queries."""
    found = overdue_facts.of([account.pk], today=today)[0]
    cases = account.overdue_cases.select_related("policy", "unannounced_by").order_by(
        "closed_at", "-watched_at"
    )
    case = (found.case and cases.get(pk=found.case.pk)) or cases.order_by("-watched_at").first()
    if case is None:
        return CasePage(None, found.past_due, None)
    rows = list(case.steps.select_related("bill", "unannounced_by").order_by("-taken_on")[:SHOWN])
    told: dict[str, list[Notice]] = {}
    for notice in account.notices.filter(event__in=[row.event for row in rows]).order_by(
        "channel", "recipient"
    ):
        told.setdefault(notice.event, []).append(notice)
    return CasePage(
        case,
        found.past_due,
        (today - case.due_on).days if case.closed_at is None else None,
        [TakenStep(row, told.get(row.event, [])) for row in rows],
        ladder_checks.read(case.policy.steps),
        list(case.extensions.select_related("granted_by", "approval__decided_by").order_by("-from_on")),
        account.overdue_cases.count() - 1,
        sum(bill["open"] for bill in found.overdue if bill["due_on"] == today.isoformat()),
    )
