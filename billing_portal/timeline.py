"""One timeline of an account: money, documents, messages, service, overdue steps, calls per day, people's actions.

Each source is a table with a moment of its own (timeline_sources.py); their newest rows are merged in one total order
(moment, source, key), so that a page begins exactly where the one before ended, whatever has come in meanwhile.
"""

import heapq
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account
from billing_portal import staff_subjects, staff_traces
from billing_portal.money import Paise

PAGE = 40
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MARK = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,2})\.([0-9]{1,18})")


class Kind(StrEnum):
    MONEY = "money"
    DOCUMENT = "document"
    MESSAGE = "message"
    SERVICE = "service"
    OVERDUE = "overdue"
    LIMIT = "limit"
    CALLS = "calls"
    PEOPLE = "people"


LABELS = {
    Kind.MONEY: "Money",
    Kind.DOCUMENT: "Documents",
    Kind.MESSAGE: "Messages",
    Kind.SERVICE: "Restrictions and orders",
    Kind.OVERDUE: "Overdue steps",
    Kind.LIMIT: "Credit limit",
    Kind.CALLS: "Calls per day",
    Kind.PEOPLE: "People's actions",
}


class Told(NamedTuple):
    """What a row says: a title, more of it, its state with a tone, an amount in paise, and its admin page."""

    title: str
    text: str = ""
    state: str = ""
    tone: str = ""
    amount: Paise | None = None
    page: str = ""  # "payments_payment"; "": it has none
    right: str = ""  # that its page asks for
    pk: int = 0
    subject: str = ""  # of the audit chain: it follows the title, people by their names


class Mark(NamedTuple):
    """The place of a row in the order of all."""

    at: datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}.{self.rank}.{self.pk}"


class NotAMark(ValueError):
    """This is no place in a timeline."""


@dataclass(frozen=True)
class Row:
    """One line of the timeline. A day's calls carry its date and no moment."""

    mark: Mark
    kind: Kind
    told: Told
    day: date | None = None
    address: str = ""  # of its admin page; "": none that the reader may open

    @property
    def on(self) -> date:
        return self.day or timezone.localdate(self.mark.at)


@dataclass(frozen=True)
class Span:
    """Indian days, both included; None is open."""

    since: date | None = None
    until: date | None = None

    def moments(self, field: str) -> Q:
        """Return the condition on a field that holds a moment."""
        found = Q()
        if self.since:
            found &= Q(**{f"{field}__gte": midnight(self.since)})
        if self.until:
            found &= Q(**{f"{field}__lt": midnight(self.until + timedelta(days=1))})
        return found


@dataclass(frozen=True)
class Source:
    """One table of the timeline: which rows it holds of an account, when each happened, and what it says."""

    kind: Kind
    right: str  # who lacks it does not see its rows
    at: str  # the field of the moment
    rows: Callable[[Account], QuerySet[Any]]
    tell: Callable[[Any], Told]

    def newest(self, account: Account, rank: int, span: Span, before: Mark | None) -> Iterator[Row]:
        """Return the rows before a mark, newest first. One query."""
        rows = self.rows(account).filter(**{f"{self.at}__isnull": False}).filter(span.moments(self.at))
        if before:
            rows = rows.filter(self._before(before, rank))
        for row in rows.order_by(f"-{self.at}", "-pk")[: PAGE + 1]:
            yield Row(Mark(getattr(row, self.at), rank, row.pk), self.kind, self.tell(row))

    def _before(self, mark: Mark, rank: int) -> Q:
        earlier, same = Q(**{f"{self.at}__lt": mark.at}), Q(**{self.at: mark.at})
        if rank == mark.rank:
            return earlier | same & Q(pk__lt=mark.pk)
        return earlier | same if rank < mark.rank else earlier


@dataclass(frozen=True)
class Days:
    """Sums of whole days as a source: a day stands at its end, its key is the day itself."""

    kind: Kind
    right: str
    sums: Callable[[Account, Span, int], Sequence[tuple[date, Told]]]  # newest first, so many at most

    def newest(self, account: Account, rank: int, span: Span, before: Mark | None) -> Iterator[Row]:
        """Return the days before a mark, newest first. One query."""
        if before:
            on = timezone.localdate(before.at)
            last = on if (self._end(on), rank, on.toordinal()) < before else on - timedelta(days=1)
            span = Span(span.since, min(last, span.until or last))
        for day, told in self.sums(account, span, PAGE + 1):
            yield Row(Mark(self._end(day), rank, day.toordinal()), self.kind, told, day)

    def _end(self, day: date) -> datetime:
        return midnight(day + timedelta(days=1)) - timedelta(microseconds=1)


@dataclass(frozen=True)
class Page:
    """A part of the timeline, newest first; `older` is where the next one begins, None at its end."""

    rows: Sequence[Row]
    older: Mark | None


def read(
    account: Account,
    sources: Sequence[Source | Days],
    *,
    may: Callable[[str], bool],
    kinds: Collection[Kind] = (),
    span: Span = Span(),
    before: Mark | None = None,
) -> Page:
    """Return a page of an account's timeline: of these kinds (none: all) and of what the reader may see.

    At most one query a source and one a kind of people, whatever lies behind the account.
    """
    wanted = [
        source.newest(account, rank, span, before)
        for rank, source in enumerate(sources)
        if (not kinds or source.kind in kinds) and may(source.right)
    ]
    merged = heapq.merge(*wanted, key=lambda row: row.mark, reverse=True)
    found = list(islice(merged, PAGE + 1))
    named = staff_subjects.named((row.told.subject for row in found), may, staff_subjects.PEOPLE)
    rows = [replace(row, told=_whole(row.told, named), address=_address(row.told, may)) for row in found]
    return Page(rows[:PAGE], rows[PAGE - 1].mark if len(rows) > PAGE else None)


def _whole(told: Told, named: dict[str, staff_subjects.Named]) -> Told:
    """Return what is told with its subject: a person by name, as long as the row exists."""
    person = named.get(told.subject)
    about = person.title if person else staff_traces.in_words(told.subject)
    return told._replace(title=f"{told.title} · {about}") if about else told


def _address(told: Told, may: Callable[[str], bool]) -> str:
    if not told.page or (told.right and not may(told.right)):
        return ""
    return reverse(f"admin:{told.page}_change", args=[told.pk])


def mark(text: str) -> Mark:
    """Return the mark that a link carries. Raises NotAMark."""
    match = MARK.fullmatch(text)
    if not match:
        raise NotAMark(text)
    microseconds, rank, pk = map(int, match.groups())
    try:
        return Mark(EPOCH + timedelta(microseconds=microseconds), rank, pk)
    except OverflowError as error:
        raise NotAMark(text) from error


def midnight(day: date) -> datetime:
    """Return the moment at which an Indian day begins."""
    return timezone.make_aware(datetime.combine(day, time.min))
