"""Deductions without a certificate: reminded of in May, lapsed after the 31st. What lapsed is owed again.

The tax office's money never came to us as far as anybody can show, so the part of the payment that it was is taken
back: the bills that it paid are due again (gst reference § 11.1).
"""

from collections import defaultdict
from datetime import date, datetime

import structlog

from accounts import notices
from accounts.ledger import Book
from accounts.models import Account
from billing_portal import clock
from billing_portal.unit import unit
from payments import take_back, tds
from payments.models import TaxDeducted

log = structlog.get_logger(__name__)

State = TaxDeducted.State
BOOKS = {TaxDeducted.Kind.INCOME: Book.TDS, TaxDeducted.Kind.GST: Book.GST_TDS}
REMIND_FROM = (5, 1)  # month and day, after the financial year


def run(*, now: datetime) -> dict[str, int]:
    """Remind of what lapses this month and let lapse what is over, each account by itself. Repeating does nothing."""
    today = clock.business_date(now)
    is_time = (today.month, today.day) >= REMIND_FROM
    return {"reminded": remind(now=now) if is_time else 0, "lapsed": lapse(now=now)}


def lapse(*, now: datetime) -> int:
    """Let deductions lapse whose last day is over; return how many."""
    over = TaxDeducted.objects.filter(
        state=State.OPEN, deducted_on__lte=_last_lapsed(clock.business_date(now))
    )
    done = 0
    for pk in list(over.order_by("account_id", "pk").values_list("pk", flat=True)):
        try:
            done += _lapse(pk, now)
        except Exception:  # one account must not keep the others; it is tried again with the next run
            log.exception("tax_lapse_failed", deduction=pk)
    return done


@unit
def _lapse(pk: int, now: datetime) -> bool:
    account = Account.objects.lock(TaxDeducted.objects.values_list("account_id", flat=True).get(pk=pk))
    row = TaxDeducted.objects.select_for_update(of=("self",)).select_related("payment", "document").get(pk=pk)
    if row.state != State.OPEN or row.payment is None:
        return False
    row.state, row.ended_at = State.LAPSED, now
    row.save(update_fields=["state", "ended_at"])
    done = take_back.take_back(
        account,
        row.payment,
        row.amount,
        cause=f"take-back:tax-{row.pk}",
        credit_book=BOOKS[TaxDeducted.Kind(row.kind)],
        now=now,
        narrative=f"{row.get_kind_display()} of {row.payment.number}: no certificate came",
    )
    notices.owe(
        account,
        "tax-lapsed",
        event=f"tax-lapsed:{row.pk}",
        context={**_words(row), "reopened": done.reopened},
        now=now,
    )
    return True


def remind(*, now: datetime) -> int:
    """Owe each account one reminder a year of the certificates that it still has to send."""
    today = clock.business_date(now)
    last = date(today.year, 3, 31)
    waiting = TaxDeducted.objects.filter(state=State.OPEN, deducted_on__range=(_last_lapsed(today), last))
    if today > tds.lapses_after(last):
        return 0
    by_account: dict[Account, list[TaxDeducted]] = defaultdict(list)
    for row in waiting.select_related("account", "document", "payment").order_by("deducted_on"):
        by_account[row.account].append(row)
    for account, rows in by_account.items():
        notices.owe(
            account,
            "tax-certificates",
            event=f"tax-certificates:{today.year}",
            context={
                "rows": [_words(row) for row in rows],
                "total": sum(row.amount for row in rows),
                "last": tds.lapses_after(last).isoformat(),
            },
            now=now,
        )
    return len(by_account)


def _words(row: TaxDeducted) -> dict[str, object]:
    return {
        "kind": row.get_kind_display(),
        "amount": row.amount,
        "of": row.document.number if row.document else "an advance",
        "payment": row.payment.number if row.payment else "",
        "quarter": row.quarter,
        "year": row.tax_year,
        "deductor": row.deductor,
    }


def _last_lapsed(today: date) -> date:
    """Return the last day whose deductions have lapsed by now: 31 March of this year from 1 June on."""
    return date(today.year if (today.month, today.day) > (5, 31) else today.year - 1, 3, 31)
