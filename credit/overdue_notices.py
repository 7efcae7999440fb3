"""The messages of the ladder: each with what remains to pay, what comes next, and when."""

from datetime import date, datetime
from typing import Any

from accounts import notices
from accounts.models import Account
from accounts.notices import Owed
from credit import exposure, policy
from credit.ladder import Step
from credit.models import OverdueCase, StepTaken
from credit.overdue_facts import Found

NAMED = 6  # bills that a message lists; the others are summed


def of_step(
    account: Account, found: Found, row: StepTaken, step: Step, coming: tuple[Step, date] | None
) -> Owed:
    """Return the message of a step that was taken, to be owed in its unit."""
    said = context(found, row, coming) | {"level": account.wanted_level}  # before the step
    return Owed(account, step.notice, row.event, said, channels=step.channels)


def context(found: Found, row: StepTaken, coming: tuple[Step, date] | None) -> dict[str, Any]:
    """Return what a step's message says; amounts in paise, dates as ISO text.

    `coming` is the next consequence; without one the message names none.
    """
    bills, rest = found.overdue[:NAMED], found.overdue[NAMED:]
    said: dict[str, Any] = {
        "invoice": found.bill.number if found.bill else "",
        "due": found.past_due,
        "due_today": sum(
            bill["open"] for bill in found.overdue if bill["due_on"] == row.taken_on.isoformat()
        ),
        "due_on": row.due_on.isoformat(),
        "taken_on": row.taken_on.isoformat(),
        "day": row.day,
        "is_due_today": row.taken_on == row.due_on,
        "fee": policy.RECOVERY_FEE,  # before GST
        "bills": list(bills),
        "more": len(rest),
        "more_open": sum(bill["open"] for bill in rest),
    }
    if coming:
        said |= {"next_action": str(coming[0].action), "next_on": coming[1].isoformat()}
    return said


def owe_restored(account: Account, case: OverdueCase, *, now: datetime) -> None:
    """Owe the message that the lines work again, as far as nothing else stands; in the unit that lifted it."""
    money = exposure.read(account, now=now)
    notices.owe(
        account,
        "service-restored",
        event=f"overdue:{case.pk}:restored",
        context={"level": account.wanted_level, "balance": money.balance, "at": now.isoformat()},
        channels=notices.EMAIL_SMS,
        now=now,
    )
