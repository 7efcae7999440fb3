"""What the customer is told of debits: ahead of time, afterwards, and when none is possible."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts import notices
from accounts.models import Notice
from billing_portal import clock
from payments import autopay_policy, autopay_words
from payments.autopay_policy import Treatment
from payments.models import Debit

EMAIL_SMS = notices.EMAIL_SMS
ANNOUNCED = "auto-pay-notice"


def announce(debit: Debit, *, now: datetime) -> None:
    """Owe the notice that comes 24 hours ahead: who, how much, when, by which mandate, for what, how to stop it."""
    _owe(debit, ANNOUNCED, announced_event(debit), now)


def announced_event(debit: Debit) -> str:
    """The event of the notice; another one where the debit moved to another day."""
    return f"debit:{debit.number}:{clock.business_date(debit.debit_at).isoformat()}"


def was_announced(debit: Debit, *, debit_at: datetime) -> bool:
    """Whether the notice was handed over, on one channel at least, 24 hours before the money is taken."""
    latest = debit_at - autopay_policy.NOTICE
    sent = Notice.objects.filter(
        name=ANNOUNCED, event=announced_event(debit), state=Notice.State.SENT, sent_at__lte=latest
    )
    return sent.exists()


def debited(debit: Debit, *, now: datetime) -> None:
    """Owe the word that the money was taken."""
    _owe(debit, "auto-pay-debited", f"debit:{debit.number}:debited", now)


def failed(debit: Debit, again_on: date | None, *, now: datetime) -> None:
    """Owe the word that it failed: why, and what comes next."""
    is_paused = autopay_policy.treatment(debit.reason) == Treatment.PAUSE
    extra = {
        "why": autopay_words.why(debit.reason),
        "again_on": again_on.isoformat() if again_on and not is_paused else "",
        "when_resumed": is_paused and again_on is not None,
        "due": debit.amount,
    }
    _owe(debit, "auto-pay-failed", f"debit:{debit.number}:failed", now, **extra)


def asked(debit: Debit, due_on: date, *, now: datetime) -> None:
    """Owe the request to pay by hand what a debit may not take."""
    extra = {"why": autopay_words.why(debit.reason), "due_on": due_on.isoformat(), "due": debit.amount}
    _owe(debit, "auto-pay-asked", f"debit:{debit.number}:asked", now, **extra)


def _owe(debit: Debit, name: str, event: str, now: datetime, **extra: Any) -> None:
    mandate = debit.mandate
    notices.owe(
        debit.account,
        name,
        event=event,
        context={
            "debit": debit.number,
            "merchant": settings.OPERATOR_NAME,
            "amount": debit.payment.amount if debit.payment else debit.amount,
            "at": timezone.localtime(debit.debit_at).isoformat(),
            "mandate": mandate.number,
            "method": mandate.get_method_display(),
            "instrument": mandate.instrument,
            "purpose": debit.get_purpose_display(),
            "bills": list(debit.bills.order_by("due_on", "pk").values_list("number", flat=True)),
            **extra,
        },
        channels=EMAIL_SMS,
        now=now,
    )
