"""What a span of time brought in a demo, in words: read from the rows that it left."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet

from accounts.models import Notice, Restriction, ServiceOrder
from credit.ladder import Action
from credit.models import Archive, Deletion, StepTaken
from invoices.models import Document
from payments.models import Payment

# fmt: off
STEPS = {
    Action.REMIND:         "reminded",
    Action.BLOCK_OUTBOUND: "stopped from calling out",
    Action.SUSPEND:        "suspended",
    Action.ARCHIVE:        "archived",
    Action.DELETE:         "deleted",
}
STOPPED = {"credit": "stopped for its credit limit", "manual": "stopped by staff"}
FREED = {
    "overdue":   "freed: nothing overdue any more",
    "credit":    "freed: inside its credit limit again",
    "manual":    "freed by staff",
    "retention": "brought back from its archive",
}
# fmt: on


def of(after: datetime, until: datetime) -> list[str]:
    """Return what happened between two moments: first the accounts harmed and relieved, then papers and messages."""
    return [f"{count} {words}" for count, words in _counted(after, until)]


def _counted(after: datetime, until: datetime) -> Iterator[tuple[int, str]]:
    def count(rows: QuerySet[Any], field: str, by: str, what: str = "account") -> dict[str, int]:
        of_span = rows.filter(**{f"{field}__gt": after, f"{field}__lte": until}).order_by()
        number = Count(what, distinct=True)
        return dict(of_span.values_list(by).annotate(number=number).values_list(by, "number"))

    yield from _accounts(count(StepTaken.objects.all(), "taken_at", "action"), STEPS)
    yield from _accounts(count(Restriction.objects.all(), "imposed_at", "reason"), STOPPED)
    yield from _accounts(count(_really_lifted(), "lifted_at", "reason"), FREED)
    yield from _accounts(
        count(Archive.objects.filter(error=""), "asked_at", "is_free"),
        {False: "on the way back, with a recovery fee", True: "on the way back, without a fee"},
    )
    yield from _accounts(
        count(Deletion.objects.all(), "marked_at", "is_repeated"), {False: "marked for deletion"}
    )
    yield from _accounts(
        count(Deletion.objects.all(), "finished_at", "is_repeated"), {False: "deleted to the end"}
    )
    yield from _things(count(Document.objects.all(), "issued_at", "kind", "pk"), "{kind}{s} issued")
    yield from _things(count(Payment.objects.all(), "settled_at", "status", "pk"), "payment{s} {kind}")
    yield from _things(count(Notice.objects.all(), "sent_at", "name", "pk"), "message{s} “{kind}”")
    yield from _things(
        count(ServiceOrder.objects.all(), "confirmed_at", "level", "pk"), "order{s} obeyed: {kind}"
    )


def _really_lifted() -> QuerySet[Restriction]:
    """What was lifted and not replaced at once: a harsher step ends the milder one, and a deletion all."""
    replaced = Restriction.objects.filter(account=OuterRef("account"), imposed_at=OuterRef("lifted_at"))
    return Restriction.objects.exclude(Exists(replaced)).exclude(lifted_at=F("imposed_at"))


def _accounts(found: dict[Any, int], words: dict[Any, str]) -> Iterable[tuple[int, str]]:
    for key, said in words.items():
        if number := found.get(key):
            yield number, f"account{'' if number == 1 else 's'} {said}"


def _things(found: dict[str, int], words: str) -> Iterable[tuple[int, str]]:
    for key, number in sorted(found.items()):
        yield number, words.format(kind=key.replace("_", " "), s="" if number == 1 else "s")
