"""What became of payments: a state to tell people, and where the money went. Constant queries for any number."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.db.models import Case, OuterRef, Subquery, Sum, When
from django.db.models.functions import Coalesce

from accounts.models import Account
from billing_portal.money import Paise
from invoices.gst import NOTHING, Tax
from invoices.models import Allocation, AllocationReversal, Document, DocumentFile
from payments import autopay_words, gone_back, policy
from payments.checkout import POLLING
from payments.gone_back import Back
from payments.models import Cheque, Dispute, ParkedReport, Payment
from payments.options import Share


class State(StrEnum):
    """What to tell about a payment; the words stand in `WORDS`."""

    OPEN = "open"
    CONFIRMING = "confirming"
    FAILED = "failed"
    PARKED = "parked"
    RECEIVED = "received"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    BOUNCED = "bounced"
    CHARGED_BACK = "charged_back"


# fmt: off
WORDS = {  # state → the word on its tag, and the tag's tone
    State.OPEN:            ("Not finished",       ""),
    State.CONFIRMING:      ("Being confirmed",    "warn"),
    State.FAILED:          ("Failed",             "bad"),
    State.PARKED:          ("Being checked",      "warn"),
    State.RECEIVED:        ("Received",           "good"),
    State.PARTLY_REFUNDED: ("Partly refunded",    "good"),
    State.REFUNDED:        ("Refunded",           ""),
    State.BOUNCED:         ("Bounced",            "bad"),
    State.CHARGED_BACK:    ("Charged back",       "bad"),
}
_STATES = {
    Payment.Status.CREATED:         State.OPEN,
    Payment.Status.UNKNOWN:         State.CONFIRMING,
    Payment.Status.AUTHORIZED:      State.CONFIRMING,
    Payment.Status.FAILED:          State.FAILED,
    Payment.Status.CAPTURED:        State.RECEIVED,
    Payment.Status.PARTLY_REFUNDED: State.PARTLY_REFUNDED,
    Payment.Status.REFUNDED:        State.REFUNDED,
}
# fmt: on


@dataclass(frozen=True)
class Outcome:
    """One payment as people see it: its state, and the bills, balance and tax that its money went to."""

    payment: Payment
    state: State
    shares: tuple[Share, ...] = ()
    advance: Tax = NOTHING
    voucher: Document | None = None
    refunds: tuple[Back, ...] = ()
    opened_again: tuple[tuple[Document, Paise], ...] = ()  # bills that it had paid
    bounced: Cheque | None = None  # the cheque that it was, and that the bank did not pay after all
    charged_back: Dispute | None = None  # the dispute for which its money was taken out of the account
    taken_back: tuple[Document, ...] = ()  # the refund vouchers of that

    @property
    def amount(self) -> Paise:
        return self.payment.amount

    @property
    def word(self) -> str:
        return WORDS[self.state][0]

    @property
    def tone(self) -> str:
        return WORDS[self.state][1]

    @property
    def is_decided(self) -> bool:
        """Whether nothing is to be waited for any more."""
        return self.state not in (State.OPEN, State.CONFIRMING)

    @property
    def is_received(self) -> bool:
        return self.payment.is_received

    @property
    def reason(self) -> str:
        """Why it failed, in plain words."""
        code = self.payment.failure_reason
        words = (
            autopay_words.why if self.payment.channel == Payment.Channel.AUTO_PAY else policy.in_plain_words
        )
        return words(code) if code and self.state == State.FAILED else ""

    @property
    def documents(self) -> list[Document]:
        """The payment's own voucher first, then the bills it paid."""
        own = [self.voucher] if self.voucher else []
        return [*own, *(share.document for share in self.shares), *self.taken_back]

    def is_preparing(self, now: datetime) -> bool:
        """Whether a document's PDF is about to be ready: worth asking again by itself."""
        settled = self.payment.settled_at
        waiting = any(document.file.state == DocumentFile.State.WAITING for document in self.documents)
        return waiting and settled is not None and now < settled + POLLING


def read(payments: Iterable[Payment]) -> list[Outcome]:
    """Read what became of payments, in their order. Six queries, one for cheques and one for what was taken back."""
    listed = list(payments)
    if not listed:
        return []
    parked = set(_open_reports(listed).values_list("payment_id", flat=True))
    vouchers = {voucher.cause: voucher for voucher in _vouchers(listed)}
    bounced = _bounced(listed)
    charged = gone_back.charged_back(listed)
    taken = gone_back.vouchers_of([*charged.values(), *bounced.values()])
    back = gone_back.refunds_of(listed)
    opened = gone_back.opened_again([payment for payment in listed if payment.is_received])
    shares: dict[str, list[Share]] = {}
    for row in _allocations(listed):
        left = row.document.total - row.paid_so_far + row.back_by_then  # type: ignore[attr-defined]  # annotated
        shares.setdefault(row.cause, []).append(Share(row.document, row.amount, left))
    made = [
        _outcome(
            payment, payment.pk in parked, vouchers.get(_advance(payment)), shares.get(payment.cause, ())
        )
        for payment in listed
    ]
    return [
        replace(
            one,
            state=_taken(one, bounced.get(one.payment.pk), charged.get(one.payment.pk)),
            bounced=bounced.get(one.payment.pk),
            charged_back=charged.get(one.payment.pk),
            taken_back=tuple(taken.get(one.payment.pk, ())),
            refunds=tuple(back.get(one.payment.pk, ())),
            opened_again=tuple(opened.get(one.payment.cause, ())),
        )
        for one in made
    ]


def undecided(account: Account, *, now: datetime, besides: str = "") -> Outcome | None:
    """Return the latest payment that may still bring money, so that nobody pays twice; or None.

    One that was only begun counts for ten minutes; `besides` is the number of one that the customer left.
    """
    confirming = [Payment.Status.UNKNOWN, Payment.Status.AUTHORIZED]
    waiting = account.payments.filter(status__in=confirming)
    begun = account.payments.filter(
        status=Payment.Status.CREATED,
        channel=Payment.Channel.ONLINE,
        gateway_order_id__isnull=False,
        started_at__gt=now - POLLING,
    ).exclude(number=besides)
    is_begun = Case(
        When(status=Payment.Status.CREATED, then=1), default=0
    )  # what reached the bank goes first
    latest = (waiting | begun).order_by(is_begun, "-started_at", "-pk")[:1]
    return next(iter(read(latest)), None)


def _outcome(payment: Payment, is_parked: bool, voucher: Document | None, shares: Iterable[Share]) -> Outcome:
    state = _STATES[Payment.Status(payment.status)]
    if is_parked and not payment.is_received:
        state = State.PARKED
    advance = Tax(voucher.taxable, voucher.cgst, voucher.sgst, voucher.igst) if voucher else NOTHING
    return Outcome(payment, state, tuple(shares), advance, voucher)


def _taken(outcome: Outcome, bounced: Cheque | None, charged: Dispute | None) -> State:
    if bounced:
        return State.BOUNCED
    return State.CHARGED_BACK if charged else outcome.state


def _bounced(payments: list[Payment]) -> dict[int | None, Cheque]:
    """Return the cheques that the bank did not pay after all, by their payments."""
    cheques = [payment.pk for payment in payments if payment.method == "cheque"]
    if not cheques:
        return {}
    rows = Cheque.objects.filter(payment__in=cheques, state=Cheque.State.BOUNCED)
    return {row.payment_id: row for row in rows}


def _open_reports(payments: list[Payment]):  # type: ignore[no-untyped-def]
    return ParkedReport.objects.filter(payment__in=payments, state=ParkedReport.State.OPEN)


def _vouchers(payments: list[Payment]) -> Iterable[Document]:
    causes = [_advance(payment) for payment in payments if payment.is_received]
    return Document.objects.filter(cause__in=causes).select_related("file")


def _allocations(payments: list[Payment]) -> Iterable[Allocation]:
    """Their allocations, each with what its bill had been paid up to and with it, and what of that had gone back."""
    causes = [payment.cause for payment in payments if payment.is_received]
    earlier = Allocation.objects.filter(document=OuterRef("document"), pk__lte=OuterRef("pk")).order_by()
    paid = earlier.values("document").annotate(paid=Sum("amount")).values("paid")
    gone = AllocationReversal.objects.filter(
        allocation__document=OuterRef("document"),
        allocation__lt=OuterRef("pk"),
        reversed_at__lte=OuterRef("allocated_at"),
    )
    back = gone.order_by().values("allocation__document").annotate(back=Sum("amount")).values("back")
    rows = Allocation.objects.filter(cause__in=causes).select_related("document__file").order_by("pk")
    return rows.annotate(paid_so_far=Subquery(paid), back_by_then=Coalesce(Subquery(back), 0))


def _advance(payment: Payment) -> str:
    return f"advance:{payment.number}"
