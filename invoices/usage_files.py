"""Usage records of a long period as a CSV, made in the background."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import BinaryIO

from accounts.models import Member
from accounts.permissions import Right, may
from billing_portal import cells
from invoices import usage_list
from invoices.models import Export


def make_csv(export: Export, out: BinaryIO, tell: Callable[[int, int], None], *, now: datetime) -> None:  # noqa: ARG001
    """Write the records; numbers are whole only if the asker's role showed them so, and still does."""
    words = export.parameters
    account = export.account
    assert account is not None
    first, last = (date.fromisoformat(words[name]) for name in ("first", "last"))
    member = Member.objects.filter(account=account, user=export.asked_by).first()
    rows = usage_list.chosen(account, first, last, words.get("feature", ""))
    whole = words.get("whole_numbers", False) and member is not None and may(member, Right.NUMBERS)
    told = _told(usage_list.lines(rows, whole_numbers=whole), rows.count(), tell)
    for line in cells.lines(told):
        out.write(line.encode())


def _told(lines: Iterator[list[str]], total: int, tell: Callable[[int, int], None]) -> Iterator[list[str]]:
    for number, line in enumerate(lines):
        if number % 1000 == 0 or number == total:
            tell(number, total)
        yield line
