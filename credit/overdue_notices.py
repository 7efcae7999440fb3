"""The messages of the ladder: each with what remains to pay, what comes next, and when."""

from datetime import date, datetime
from typing import Any

from accounts import notices
from accounts.models import Account
from credit import exposure
from credit.ladder import Step
from credit.models import OverdueCase, StepTaken
from credit.overdue_facts import Found


def owe_step(
    account: Account,
    found: Found,
    row: StepTaken,
    step: Step,
    coming: tuple[Step, date] | None,
    *,
    now: datetime,
) -> None:
    """Owe the message of a step that was taken; in its unit."""
    notices.owe(
        account,
        step.notice,
        event=row.event,
        context=context(found, row, coming),
        channels=step.channels,
        now=now,
    )


def context(found: Found, row: StepTaken, coming: tuple[Step, date] | None) -> dict[str, Any]:
    """Return what a step's message says; amounts in paise, dates as ISO text. Without a next step it names none."""
    said: dict[str, Any] = {
        "invoice": found.bill.number if found.bill else "",
        "due": found.past_due,
        "due_on": row.due_on.isoformat(),
        "taken_on": row.taken_on.isoformat(),
        "day": row.day,
        "is_due_today": row.taken_on == row.due_on,
    }
    if coming:
        said |= {"next_action": str(coming[0].action), "next_on": coming[1].isoformat()}
    return said


def owe_restored(account: Account, case: OverdueCase, *, now: datetime) -> None:
    """Owe the message that the lines work again, as far as nothing else stands; in the unit that lifted it."""
    money = exposure.read(account)
    notices.owe(
        account,
        "service-restored",
        event=f"overdue:{case.pk}:restored",
        context={"level": account.wanted_level, "balance": money.balance, "at": now.isoformat()},
        channels=notices.EMAIL_SMS,
        now=now,
    )
