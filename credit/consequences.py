"""What will happen if nothing is paid, in the customer's own dates, and how long each way of paying leaves for it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.levels import Level
from accounts.models import Account
from billing_portal import clock
from billing_portal.money import Paise
from credit import forecast, forecast_facts, ladder, ladder_checks, policy
from credit.forecast import Event, Start, Sum, What
from credit.ladder import ONE_DAY, Action
from credit.models import Archive

WORDS = dict(ladder.CHOICES) | {What.EASED.value: "Partly lifted", What.CLEARED.value: "All lifted"}
HORIZON = ladder_checks.LONGEST * ONE_DAY


@dataclass(frozen=True, slots=True)
class LastMoment:
    """Until the end of this day a payment of this kind arrives in time."""

    method: str
    until: date


@dataclass(frozen=True, slots=True)
class Consequence:
    """One dated thing of an account's way: what, and what was or will be past due (paise)."""

    on: date
    action: str  # a ladder.Action, or what a payment does: eased, cleared
    due: Paise
    has_happened: bool
    last_moments: Sequence[LastMoment] = ()  # for the next harm only
    is_last_notice: bool = False

    @property
    def word(self) -> str:
        """It as staff read it, in a word or two."""
        return "Last notice" if self.is_last_notice else WORDS[self.action]


def of(account: Account, *, today: date, paid: Sequence[Sum] = ()) -> list[Consequence]:
    """Return the harmful steps that stand and all that comes, by date; none without an unpaid bill. Eleven queries.

    What an archived account has in effect already is not foretold. With `paid` as if these sums came on their days;
    then also what that eases and clears.
    """
    start = forecast_facts.of([account.pk], today=today).get(account.pk)
    if start is None or account.wanted_level == Level.DELETED:
        return []
    first = forecast_facts.first_run(today=today)
    coming = list(_news(start, forecast.of(start, first=first, until=today + HORIZON, paid=paid)))
    past = [Consequence(on, str(action), 0, has_happened=True) for on, action in _past(account, start)]
    harm = next((event for event in coming if event.step and event.step.is_harm), None)
    return past + [_coming(event, event is harm, today) for event in coming]


def _news(start: Start, events: Iterable[Event]) -> Iterator[Event]:
    """Leave out the steps that change nothing, up to the day on which all that is due is paid."""
    facts = start.facts
    for event in events:
        if event.what == What.CLEARED:
            facts = None
        if not (facts and event.step and ladder.is_in_effect(facts, event.step.action)):
            yield event


def _past(account: Account, start: Start) -> list[tuple[date, Action]]:
    """Return the harm that stands; of an archived account also the archive, where its step was undone."""
    taken = [(one.on, one.action) for one in start.facts.taken if one.action.is_harm] if start.facts else []
    if start.facts and start.facts.is_archived and Action.ARCHIVE not in {action for _on, action in taken}:
        archive = Archive.objects.moved().filter(account=account).first()
        if archive and archive.moved_at:
            taken.append((clock.business_date(archive.moved_at), Action.ARCHIVE))
    return sorted(taken)


def _coming(event: Event, is_next_harm: bool, today: date) -> Consequence:
    action = event.step.action if event.step else event.what
    moments = last_moments(event.on, today=today) if is_next_harm else ()
    is_last = event.step is not None and event.step.notice == "last-notice"
    return Consequence(event.on, str(action), event.due, False, last_moments=moments, is_last_notice=is_last)


def last_moments(harm_on: date, *, today: date) -> list[LastMoment]:
    """Return until when each way of paying keeps a step off; those whose time is over are left out.

    Steps come in the morning, so money has to be there by the end of the day before.
    """
    found = [LastMoment(way.name, harm_on - (1 + way.days) * ONE_DAY) for way in policy.WAYS_TO_PAY]
    return [one for one in found if one.until >= today]
