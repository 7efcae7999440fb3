"""Settlements and the bank's own lines: the line that names a settlement's UTR takes it out of suspense.

Both have posted by then (the line: bank against suspense; the settlement: suspense against the gateway), so that a
match moves no money: it says that the two are one.
"""

from datetime import datetime

import structlog
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from billing_portal.unit import unit
from payments import bank_lines
from payments.models import BankLine, BankUse, Settlement

log = structlog.get_logger(__name__)


def match(*, now: datetime) -> int:
    """Match posted settlements with bank lines; return how many. A line of another amount is left for a person."""
    used = BankUse.objects.filter(cause=Concat(Value("settlement:"), OuterRef("gateway_id")))
    waiting = Settlement.objects.filter(~Exists(used), status="processed", posted_at__isnull=False)
    return sum(_match(pk, now) for pk in list(waiting.exclude(utr="").values_list("pk", flat=True)))


def lines_of(row: Settlement) -> QuerySet[BankLine]:
    """Return the bank lines that name a settlement's UTR, as their own or in their text."""
    return BankLine.objects.filter(
        Q(utr=row.utr) | Q(utr=None, narration__icontains=row.utr), direction=BankLine.Direction.IN
    ).order_by("pk")


@unit
def _match(settlement_id: int, now: datetime) -> bool:
    row = Settlement.objects.select_for_update().get(pk=settlement_id)
    found = lines_of(row).filter(amount=row.amount, open_amount=F("amount")).first()
    if row.status != Settlement.Status.PROCESSED or found is None:
        return False
    try:
        bank_lines.take(bank_lines.lock(found.pk), row.amount, cause=row.cause, now=now)
    except bank_lines.NotPossible as error:
        log.warning("settlement_line_not_free", settlement=row.gateway_id, line=found.pk, error=str(error))
        return False
    return True


def give_back(row: Settlement) -> None:
    """Open the bank line of a settlement that failed after all. The caller is in a unit."""
    use = BankUse.objects.filter(cause=row.cause).first()
    if use:
        line = bank_lines.lock(use.line_id)
        use.delete()
        line.open_amount += use.amount
        line.state = BankLine.State.UNMATCHED
        line.save(update_fields=["open_amount", "state"])
