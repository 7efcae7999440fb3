"""What the overdue jobs would do on a day, if nothing is paid and every message is handed over. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from billing_portal.money import Paise
from credit import forecast, forecast_facts
from credit.ladder import Step
from credit.models import OverdueCase
from credit.overdue_jobs import JOBS

BATCH = 1000


@dataclass(frozen=True)
class Row:
    """One step that a job would take. `due` in paise; what the case waits for today may hold it back."""

    ban: str
    job: str
    step: Step
    due: Paise
    waits_for: str


def of(*, on: date, today: date, ban: str = "") -> Iterator[Row]:
    """Yield the steps of a day, today or later; of one account or of all. Ten queries a thousand accounts."""
    cases = OverdueCase.objects.standing().filter(next_step_on__lte=on).order_by("account_id")
    if ban:
        cases = cases.filter(account__ban=ban)
    first = forecast_facts.first_run(today=today)
    rows = cases.values_list("account_id", "account__ban", "waits_for")
    left = rows.iterator(BATCH)
    while chunk := list(islice(left, BATCH)):
        starts = forecast_facts.of([pk for pk, _, _ in chunk], today=today)
        for pk, number, waits_for in chunk:
            events = forecast.of(starts[pk], first=first, until=on) if pk in starts else []
            for event in events:
                if event.on == on and event.step:
                    yield Row(number, JOBS[event.step.action], event.step, event.due, waits_for)
