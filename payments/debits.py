"""The steps of a debit: announced, raised, decided; or stopped by the customer, or not needed any more.

Each is one unit under the account's lock that looks again before it acts: a bill that was paid meanwhile is not
debited. What the gateway is asked is in `debit_raise`.
"""

from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.db.models import Q

from accounts import audit
from accounts.models import Account, User
from billing_portal import clock
from billing_portal.unit import unit
from payments import autopay_policy, debit_notices, debit_plan, take_in, undecided
from payments.autopay_policy import Rail, Treatment, Why
from payments.models import Debit, Mandate, Payment
from payments.models.mandates import RAISED_ON

State = Debit.State
SOON = timedelta(minutes=30)
ENDS = {"mandate_cancelled": Mandate.State.CANCELLED, "mandate_expired": Mandate.State.EXPIRED}
ENDS |= {"card_expired": Mandate.State.EXPIRED}


class TooLate(Exception):
    """The debit is with the bank already, or decided; the message says what can still be done."""


@unit
def opt_out(debit_id: int, *, user: User, now: datetime) -> Debit:
    """Stop one debit at the customer's wish; the mandate stays. Repeating does nothing. Raises TooLate."""
    debit, account = _locked(debit_id)
    if debit.state == State.OPTED_OUT:
        return debit
    if debit.state not in (State.SCHEDULED, State.NOTICED):
        raise TooLate("This debit is with your bank already: it can only be refused there.")
    debit.opted_out_by = user
    _close(debit, State.OPTED_OUT, "", now, "opted_out_by")
    audit.record(
        "payments.debit.opt_out", actor=user, account=account, subject=debit.number, reason="", now=now
    )
    return debit


@unit
def notify(debit_id: int, *, now: datetime) -> None:
    """Announce a planned debit, at least 24 hours before it is raised. Repeating does nothing."""
    debit, account = _locked(debit_id)
    if debit.state != State.SCHEDULED or _is_over(debit, account, now):
        return
    if debit.raise_at < now + autopay_policy.NOTICE and not _replan(debit, now):
        return
    debit.state, debit.noticed_at, debit.next_step_at = State.NOTICED, now, debit.raise_at
    debit.amount = still_open(debit, now=now)  # a part may have been paid since it was planned
    debit.save(update_fields=["state", "noticed_at", "next_step_at", "amount"])
    debit_notices.announce(debit, now=now)


@unit
def begin(debit_id: int, *, now: datetime) -> None:
    """Commit the intent to debit: the payment's row. Nothing has been asked of the gateway yet.

    Looks again: what is still open, the caps, the mandate, the notice; and that no other debit of the account was
    raised today or is undecided, by whatever mandate. Repeating does nothing.
    """
    debit, account = _locked(debit_id)
    if debit.state != State.NOTICED or _is_over(debit, account, now):
        return
    if now < debit.raise_at:  # it was looked at ahead of time, for something has changed
        debit.next_step_at = debit.raise_at
        debit.save(update_fields=["next_step_at"])
        return
    rail = Rail(debit.mandate.method)
    takes_at = autopay_policy.debit_at(rail, now, settings.BANK_HOLIDAYS)
    if not _is_on_the_day(debit, rail, takes_at, now) or _had_one_today(debit, now):
        _replan(debit, now)
    elif _waits(debit, now) or not debit_notices.was_announced(debit, debit_at=takes_at):
        debit.next_step_at = now + SOON
        debit.save(update_fields=["next_step_at"])
    else:
        _begin(debit, account, takes_at, now)


def _begin(debit: Debit, account: Account, takes_at: datetime, now: datetime) -> None:
    rail = Rail(debit.mandate.method)
    amount = still_open(debit, now=now)
    why = autopay_policy.refused(rail, amount, debit_plan.room(account, debit.mandate, now, besides=debit))
    if why:
        _close(debit, State.ASKED, why, now)
        debit_notices.asked(debit, clock.business_date(debit.result_by), now=now)
        return
    debit.payment = Payment.objects.create(
        account=account,
        number=take_in.number(now),
        channel=Payment.Channel.AUTO_PAY,
        amount=amount,
        start_token=uuid5(NAMESPACE_URL, debit.number),
        started_at=now,
        method=debit.mandate.method,
        instrument=debit.mandate.instrument,
    )
    debit.state, debit.raised_at, debit.next_step_at = State.RAISED, now, now
    debit.debit_at = takes_at
    debit.result_by = autopay_policy.result_by(rail, now, settings.BANK_HOLIDAYS)
    debit.save(update_fields=["state", "raised_at", "next_step_at", "debit_at", "result_by", "payment"])


@unit
def conclude(debit_id: int, *, now: datetime) -> None:
    """Take over what became of a debit's payment: captured or failed, also one that came late after a failure."""
    debit, _account = _locked(debit_id)
    payment = debit.payment
    if payment is None or debit.state not in (State.RAISED, State.FAILED):
        return
    if payment.is_received:
        _close(debit, State.CAPTURED, "", payment.captured_at or now)
        debit_notices.debited(debit, now=now)
    elif payment.status == Payment.Status.FAILED and debit.state == State.RAISED:
        _close(debit, State.FAILED, payment.failure_reason or "payment_failed", now)
        _mark_mandate(debit, now)
        debit_notices.failed(debit, again_on(debit), now=now)


def still_open(debit: Debit, *, now: datetime) -> int:
    """Return what of a debit is still wanted, in paise: never more than was announced."""
    if debit.purpose == Debit.Purpose.TOP_UP:
        return min(debit.amount, debit_plan.top_up_needed(debit.account, debit.mandate, now=now))
    return min(debit.amount, sum(bill.open_amount for bill in debit.bills.all()))


def _locked(debit_id: int) -> tuple[Debit, Account]:
    account = Account.objects.lock(Debit.objects.values_list("account_id", flat=True).get(pk=debit_id))
    debit = Debit.objects.select_related("mandate", "payment").get(pk=debit_id)
    debit.account = account
    return debit, account


def _is_over(debit: Debit, account: Account, now: datetime) -> bool:
    """Close a debit that is not to be any more; say whether it is."""
    mandate, why = debit.mandate, ""
    if account.wanted_level in debit_plan.NO_MORE:
        why = "closed"
    elif mandate.state == Mandate.State.PAUSED:
        why = "paused"
    elif mandate.state != Mandate.State.ACTIVE:
        why = "ended"
    elif debit.purpose == Debit.Purpose.TOP_UP and not debit_plan.wants_top_ups(account):
        why = "unwanted"
    elif not still_open(debit, now=now):
        why = "paid"
    if why:
        _close(debit, State.SKIPPED, why, now)
    return bool(why)


def _is_on_the_day(debit: Debit, rail: Rail, takes_at: datetime, now: datetime) -> bool:
    """Whether the money would be taken on the day that was announced, in a moment at which the rail takes it."""
    announced = clock.business_date(debit.debit_at)
    return clock.business_date(takes_at) == announced and autopay_policy.may_raise(
        rail, now, settings.BANK_HOLIDAYS
    )


def _had_one_today(debit: Debit, now: datetime) -> bool:
    """Whether a debit of this account was raised on this day: the bank is asked once a day, by one mandate or two."""
    others = Debit.objects.filter(account=debit.account_id, raised_at__isnull=False).exclude(pk=debit.pk)
    return others.annotate(raised_on=RAISED_ON).filter(raised_on=clock.business_date(now)).exists()


def _waits(debit: Debit, now: datetime) -> bool:
    """Whether it is not certain yet what became of other money of this account: a debit or any payment."""
    others = Debit.objects.filter(account=debit.account_id, state=State.RAISED).exclude(pk=debit.pk)
    return others.exists() or bool(undecided.paying([debit.account_id], now=now))


def _replan(debit: Debit, now: datetime) -> bool:
    """Move a debit that cannot keep its day to the next one, to be announced anew; close it where there is none.

    Its result has to be known before the next overdue step, as of any debit.
    """
    made = autopay_policy.plan(
        Rail(debit.mandate.method),
        now=now,
        on=clock.business_date(now),
        holidays=settings.BANK_HOLIDAYS,
        harm_on=debit_plan.harm_on(debit.account, now),
        ends_on=debit.mandate.valid_until,
    )
    if isinstance(made, Why):
        _close(debit, State.SKIPPED, made, now)
        return False
    debit.state, debit.noticed_at = State.SCHEDULED, None
    debit.notify_at, debit.raise_at = now, made.raise_at
    debit.debit_at, debit.result_by, debit.next_step_at = made.debit_at, made.result_by, now
    fields = ["state", "noticed_at", "notify_at", "raise_at", "debit_at", "result_by", "next_step_at"]
    debit.save(update_fields=fields)
    return True


def _close(debit: Debit, state: Debit.State, reason: str, at: datetime, *fields: str) -> None:
    debit.state, debit.reason, debit.decided_at, debit.next_step_at = state, reason, at, None
    debit.save(update_fields=["state", "reason", "decided_at", "next_step_at", *fields])


def _mark_mandate(debit: Debit, now: datetime) -> None:
    """A mandate that cannot be used any more, or stands still at the bank, is not tried again."""
    what = autopay_policy.treatment(debit.reason)
    active = Mandate.objects.filter(pk=debit.mandate_id, state=Mandate.State.ACTIVE)
    if what == Treatment.DEAD:
        state = ENDS.get(debit.reason, Mandate.State.FAILED)
        active.update(state=state, reason=debit.reason, ended_at=now)
    elif what == Treatment.PAUSE:
        active.update(state=Mandate.State.PAUSED, paused_by=Mandate.PausedBy.BANK, next_check_at=now)


def again_on(debit: Debit) -> date | None:
    """Return the day from which a failed debit is tried again, one that is paused at its bank once that is over.

    None: it is not tried again.
    """
    if autopay_policy.treatment(debit.reason) not in autopay_policy.AGAIN:
        return None
    if debit.purpose == Debit.Purpose.TOP_UP and not debit_plan.wants_top_ups(debit.account):
        return None
    same = Debit.objects.filter(Q(account=debit.account, cause=debit.cause, mandate=debit.mandate))
    failed_on = [
        clock.business_date(one.decided_at)
        for one in same.filter(state=State.FAILED).order_by("attempt")
        if one.decided_at
    ]
    found = autopay_policy.again(Rail(debit.mandate.method), failed_on)
    return None if isinstance(found, Why) else found
