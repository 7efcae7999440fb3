"""Planning debits: what a mandate will be used for, and when. Writes rows; nothing is announced or taken here.

One debit of a mandate is open at a time. Bills go first: those due on the nearest date, with all that is due before
them, oldest first and whole. A retry is a row of its own, on the days of `autopay_policy.RETRY_DAYS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Sum

from accounts.levels import Level
from accounts.models import Account
from billing_portal import clock
from billing_portal.money import Paise
from billing_portal.unit import unit
from credit import alerts, consequences, exposure
from invoices import settlement, subscriptions
from invoices.models import Document
from payments import autopay_policy, debit_notices, take_in
from payments.autopay_policy import Plan, Rail, Room, Why
from payments.models import AutoPaySettings, Debit, Mandate

State = Debit.State
AHEAD = timedelta(days=10)  # the slowest rail needs less from planning to result
HARMS = ("block-outbound", "suspend", "archive", "delete")
NO_MORE = (Level.ARCHIVED, Level.DELETED)
SETTLED = (State.CAPTURED, State.OPTED_OUT)  # nothing more is debited for this cause
TAKEN = (State.RAISED, State.CAPTURED)  # what counts against the caps


@dataclass(frozen=True)
class Want:
    """What a debit is for: its cause, its bills, and paise; `on` is when the money should be there."""

    purpose: Debit.Purpose
    cause: str
    on: date
    opens: Sequence[Paise]
    bills: Sequence[Document] = ()


def plan_due(*, now: datetime, limit: int = 500) -> int:
    """Plan what active mandates are to be used for, one debit each; return how many rows were made. May be repeated."""
    today = clock.business_date(now)
    soon = Document.objects.filter(
        account=OuterRef("account"), open_amount__gt=0, due_on__isnull=False, due_on__lte=today + AHEAD
    )
    wanting = _idle().filter(Exists(soon)).values_list("pk", flat=True)[:limit]
    return sum(_plan(pk, now=now) for pk in wanting)


def plan_top_ups(*, now: datetime, limit: int = 500) -> int:
    """Plan a top-up for accounts that want one and will run low before it can come. May be repeated."""
    wanting = _idle().filter(account__auto_pay__when_low=True).values_list("pk", flat=True)[:limit]
    return sum(_plan(pk, now=now) for pk in wanting)


def _idle() -> QuerySet[Mandate]:
    """Active mandates with no debit under way, of accounts that may still be served."""
    standing = Debit.objects.open().filter(mandate=OuterRef("pk"))
    active = Mandate.objects.filter(state=Mandate.State.ACTIVE).exclude(account__wanted_level__in=NO_MORE)
    return active.exclude(Exists(standing)).order_by("pk")


@unit
def _plan(mandate_id: int, *, now: datetime) -> int:
    account = Account.objects.lock(Mandate.objects.values_list("account_id", flat=True).get(pk=mandate_id))
    mandate = Mandate.objects.get(pk=mandate_id)
    if mandate.state != Mandate.State.ACTIVE or mandate.debits.open().exists():
        return 0
    return int(any(_make(account, mandate, want, now) for want in _wants(account, mandate, now)))


def _wants(account: Account, mandate: Mandate, now: datetime) -> list[Want]:
    """Return what the account has to pay or to top up, the nearest first."""
    today = clock.business_date(now)
    unpaid = bills_due(account, now=now)
    found = []
    for due_on in sorted({bill.due_on for bill in unpaid if bill.due_on}):
        bills = [bill for bill in unpaid if bill.due_on and bill.due_on <= due_on]
        opens = [bill.open_amount for bill in bills]
        found.append(Want(Debit.Purpose.BILLS, f"due:{due_on.isoformat()}", max(due_on, today), opens, bills))
    return found or _top_up(account, mandate, now)


def bills_due(account: Account, *, now: datetime) -> list[Document]:
    """Return the unpaid bills that debits are planned for by now, oldest due first."""
    last = clock.business_date(now) + AHEAD
    return [bill for bill in settlement.unpaid(account) if bill.due_on and bill.due_on <= last]


def obstacle(account: Account, mandate: Mandate, due_on: date, *, now: datetime) -> Why | None:
    """Return why no debit of what is due on a day can be planned now, None where one can."""
    made = autopay_policy.plan(
        Rail(mandate.method),
        now=now,
        on=max(clock.business_date(now), due_on),
        holidays=settings.BANK_HOLIDAYS,
        harm_on=harm_on(account, now),
        ends_on=mandate.valid_until,
    )
    return made if isinstance(made, Why) else None


def wants_top_ups(account: Account) -> bool:
    """Whether the customer has it topped up before the balance runs low."""
    return AutoPaySettings.objects.filter(account=account, when_low=True).exists()


def top_up_needed(account: Account, mandate: Mandate, *, now: datetime) -> Paise:
    """Return the top-up that keeps the balance above its minimum until one can come, in paise; 0: it stays above."""
    today = clock.business_date(now)
    money = exposure.read(account, now=now, with_pace=True)
    there = autopay_policy.plan(Rail(mandate.method), now=now, on=today, holidays=settings.BANK_HOLIDAYS)
    days = (clock.business_date(there.result_by) - today).days if isinstance(there, Plan) else AHEAD.days
    if not autopay_policy.is_running_low(
        money.balance, money.pace, minimum=account.minimum_balance, days=days
    ):
        return 0
    return max(account.minimum_top_up, alerts.minimum_to_pay(money, account.minimum_balance))


def _top_up(account: Account, mandate: Mandate, now: datetime) -> list[Want]:
    """Return the top-up of an account that pays all its bills and is about to run low; once a cycle."""
    amount = top_up_needed(account, mandate, now=now) if wants_top_ups(account) else 0
    if not amount:
        return []
    today = clock.business_date(now)
    cycle = subscriptions.running(account, today)
    since = cycle.starts_on if cycle else today.replace(day=1)
    return [Want(Debit.Purpose.TOP_UP, f"low:{since.isoformat()}", today, [amount])]


def _make(account: Account, mandate: Mandate, want: Want, now: datetime) -> bool:
    """Write the next debit for what is wanted, or that the customer is asked to pay; False where there is none."""
    before = list(Debit.objects.filter(account=account, cause=want.cause).order_by("attempt"))
    tried = [one for one in before if one.mandate_id == mandate.pk and one.state != State.SKIPPED]
    if any(one.state in SETTLED for one in before) or (tried and not _goes_on(tried[-1])):
        return False
    rail = Rail(mandate.method)
    not_before = _again(rail, tried)
    if isinstance(not_before, Why):
        return False
    count, amount = _share(rail, want, room(account, mandate, now))
    if isinstance(count, Why):
        return bool(_ask(account, mandate, want, len(before) + 1, count, now))
    made = autopay_policy.plan(
        rail,
        now=now,
        on=max(want.on, not_before or want.on),
        holidays=settings.BANK_HOLIDAYS,
        not_before=not_before,
        harm_on=harm_on(account, now),
        ends_on=mandate.valid_until,
    )
    if isinstance(made, Why):
        return False  # looked at again: a step is over soon, or the mandate ends
    debit = Debit.objects.create(
        account=account,
        mandate=mandate,
        number=number(now),
        purpose=want.purpose,
        cause=want.cause,
        attempt=len(before) + 1,
        amount=amount,
        notify_at=made.notify_at,
        raise_at=made.raise_at,
        debit_at=made.debit_at,
        result_by=made.result_by,
        planned_at=now,
        next_step_at=made.notify_at,
    )
    debit.bills.set(want.bills[:count])
    return True


def _goes_on(last: Debit) -> bool:
    """Whether a failed debit is tried again: soft declines, and a pause at the bank, which is over by now."""
    return last.state == State.FAILED and autopay_policy.treatment(last.reason) in autopay_policy.AGAIN


def _again(rail: Rail, before: Sequence[Debit]) -> date | Why | None:
    if not before:
        return None
    failed_on = [clock.business_date(one.decided_at) for one in before if one.decided_at]
    return autopay_policy.again(rail, failed_on)


def _share(rail: Rail, want: Want, has: Room) -> tuple[int | Why, Paise]:
    """Return how many bills the debit pays and its amount; or why there can be none, and what was wanted."""
    found = autopay_policy.affordable(rail, want.opens, has)
    if isinstance(found, Why):
        return found, sum(want.opens)
    return found


def _ask(account: Account, mandate: Mandate, want: Want, attempt: int, why: Why, now: datetime) -> Debit:
    """Note that no debit is possible, and ask the customer to pay it by hand, ahead of time."""
    debit = Debit.objects.create(
        account=account,
        mandate=mandate,
        number=number(now),
        purpose=want.purpose,
        cause=want.cause,
        attempt=attempt,
        amount=sum(want.opens),
        state=State.ASKED,
        reason=why,
        notify_at=now,
        raise_at=now,
        debit_at=now,
        result_by=now,
        decided_at=now,
        planned_at=now,
    )
    debit.bills.set(want.bills)
    debit_notices.asked(debit, want.on, now=now)
    return debit


def harm_on(account: Account, now: datetime) -> date | None:
    """Return the day of the next harmful overdue step, if one is foreseen."""
    today = clock.business_date(now)
    coming = consequences.of(account, today=today)
    return next((one.on for one in coming if not one.has_happened and one.action in HARMS), None)


def room(account: Account, mandate: Mandate, now: datetime, *, besides: Debit | None = None) -> Room:
    """Return how much a debit may take now: the ceiling, and what the customer's caps leave today and this month."""
    wish = AutoPaySettings.objects.filter(account=account).first()
    if wish is None:
        return Room(mandate.ceiling)
    today = clock.business_date(now)
    taken = Debit.objects.filter(account=account, state__in=TAKEN).exclude(pk=besides.pk if besides else 0)

    def left(cap: Paise | None, since: date) -> Paise | None:
        if cap is None:
            return None
        rows = taken.filter(debit_at__date__gte=since)
        return max(0, cap - rows.aggregate(sum=Sum("payment__amount", default=0))["sum"])

    return Room(mandate.ceiling, left(wish.daily_cap, today), left(wish.monthly_cap, today.replace(day=1)))


def number(now: datetime) -> str:
    """Return the next number of a debit, e.g. "DEB2627-000007"."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('payments_debit_number')")
        (counter,) = cursor.fetchone()
    return f"DEB{take_in.year_code(now)}-{counter:06}"
