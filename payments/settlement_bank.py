"""Settlements and the bank's own lines: the line with a settlement's UTR and amount takes it out of suspense.

Both have posted by then (the line: bank against suspense; the settlement: suspense against the gateway), so that a
match moves no money: it says that the two are one.
"""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Concat

from billing_portal.unit import unit
from payments.models import BankLine, BankUse, Settlement


def match(*, now: datetime) -> int:
    """Match posted settlements with bank lines; return how many. A line of another amount is left for a person."""
    used = BankUse.objects.filter(cause=Concat(Value("settlement:"), OuterRef("gateway_id")))
    line = BankLine.objects.filter(
        direction="in", utr=OuterRef("utr"), amount=OuterRef("amount"), open_amount=F("amount")
    )
    waiting = Settlement.objects.filter(
        Exists(line), ~Exists(used), status="processed", posted_at__isnull=False
    ).exclude(utr="")
    return sum(_match(pk, now) for pk in list(waiting.values_list("pk", flat=True)))


@unit
def _match(settlement_id: int, now: datetime) -> bool:
    row = Settlement.objects.select_for_update().get(pk=settlement_id)
    line = BankLine.objects.select_for_update().filter(direction="in", utr=row.utr, amount=row.amount).first()
    if row.status != "processed" or line is None or line.open_amount != line.amount:
        return False
    BankUse.objects.create(line=line, amount=row.amount, cause=row.cause, used_at=now)
    line.open_amount, line.state = 0, BankLine.State.SETTLED
    line.save(update_fields=["open_amount", "state"])
    return True


def give_back(row: Settlement) -> None:
    """Open the bank line of a settlement that failed after all. The caller is in a unit."""
    use = BankUse.objects.select_related("line").filter(cause=row.cause).first()
    if use:
        line = BankLine.objects.select_for_update().get(pk=use.line_id)
        use.delete()
        line.open_amount = F("open_amount") + use.amount
        line.state = BankLine.State.UNMATCHED
        line.save(update_fields=["open_amount", "state"])
