"""What of a payment can be given back, and as what: decides, changes nothing.

Only what is not used: an advance with its tax, a refund voucher that was issued and not paid, the rest of a credit
note for a bill that this payment paid. Together never more than came (invariant I12). Amounts are paise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from accounts.models import Account
from billing_portal.money import Paise, inr
from invoices import cover, gst
from invoices.gst import Tax
from invoices.models import CreditBalance, Document, VoucherBalance
from invoices.reopen import Trace
from payments import disputes, refund_policy, traces
from payments.models import Cheque, Payment, Refund

Source, Way = Refund.Source, Refund.Way


class NotPossible(ValueError):
    """This cannot be refunded; the message says why."""


@dataclass(frozen=True)
class Option:
    """One thing that can be given back, and at most how much of it. A promised voucher goes as a whole."""

    source: Refund.Source
    most: Paise
    document: Document | None = None

    @property
    def code(self) -> str:
        return f"{self.source}:{self.document.pk}" if self.document else str(self.source)

    @property
    def label(self) -> str:
        what = f" {self.document.number}" if self.document else ""
        return f"{self.source.label}{what}, up to {inr(self.most)}"


@dataclass(frozen=True)
class Planned:
    """What a refund will be: what it takes of which vouchers, and the way it goes.

    `alone` is what one person gave back of the payment before: a sum that is split asks for a second person too.
    """

    option: Option
    amount: Paise
    way: Refund.Way
    parts: tuple[tuple[VoucherBalance, Tax], ...] = ()
    alone: Paise = 0

    @property
    def value(self) -> Tax:
        """What leaves the advance, with its tax."""
        return sum((value for _left, value in self.parts), gst.NOTHING)

    @property
    def lowers(self) -> Paise:
        """By how much the account's balance falls: an advance stands in it without its tax."""
        if self.option.source == Source.ADVANCE:
            return self.value.taxable
        return self.amount if self.option.source == Source.CREDIT else 0

    @property
    def needs_two(self) -> bool:
        return self.alone + self.amount > refund_policy.ALONE


def refuse(payment: Payment) -> None:
    """Raise NotPossible where nothing of a payment may be given back now."""
    if not payment.is_received:
        raise NotPossible("No money of this payment has been received.")
    cheque: Cheque | None = getattr(payment, "cheque", None)
    if cheque and cheque.state == Cheque.State.BOUNCED:
        raise NotPossible("Its cheque bounced: no money of it is with us.")
    if disputes.is_open(payment):
        raise NotPossible("Its payer's bank disputes it: nothing is refunded until that is decided.")


def room(payment: Payment) -> Paise:
    """Return how much of a payment's money has neither been refunded nor taken back."""
    taken = payment.disputes.charged_back().aggregate(sum=Sum("debited", default=0))["sum"]
    return max(0, payment.money - payment.refunds.standing().of_ours().total() - taken)


def options(account: Account, payment: Payment) -> list[Option]:
    """Return what can be given back of a payment now, each up to the payment's room. Empty: nothing."""
    most, found = room(payment), traces.of(account, payment)
    advance = sum(left.taxable + left.cgst + left.sgst + left.igst for left in found.left)
    made = [Option(Source.ADVANCE, min(most, advance))]
    made += [Option(Source.PROMISED, one.total, one) for one in _promised(found) if one.total <= most]
    made += [
        Option(Source.CREDIT, min(most, left.amount), left.credit_note) for left in _credits(account, found)
    ]
    return [one for one in made if one.most]


def plan(account: Account, payment: Payment, code: str, amount: Paise, *, now: datetime) -> Planned:
    """Return what giving back `amount` of one option would be. Raises NotPossible."""
    refuse(payment)
    option = next((one for one in options(account, payment) if one.code == code), None)
    if option is None:
        raise NotPossible("Nothing of it is left to give back.")
    if option.source == Source.PROMISED and amount != option.most:
        raise NotPossible(f"A refund voucher is paid out as a whole: {inr(option.most)}.")
    if amount <= 0:
        raise NotPossible("Give an amount above zero.")
    if amount > option.most:
        raise NotPossible(f"At most {inr(option.most)} can be given back of it.")
    way = way_of(payment, now)
    if way == Way.GATEWAY and amount < refund_policy.SMALLEST:
        raise NotPossible(f"The gateway refunds no less than {inr(refund_policy.SMALLEST)}.")
    parts = takes(traces.of(account, payment).left, amount) if option.source == Source.ADVANCE else ()
    alone = payment.refunds.standing().filter(approval=None).aggregate(sum=Sum("amount", default=0))["sum"]
    return Planned(option, amount, way, tuple(parts), alone)


def way_of(payment: Payment, now: datetime) -> Refund.Way:
    """Return how its money goes back: to the source by the gateway, or by bank where that cannot be."""
    if payment.channel == Payment.Channel.BANK or payment.captured_at is None:
        return Way.BANK
    is_old = now > payment.captured_at + timedelta(days=refund_policy.ONLINE_DAYS)
    return Way.BANK if is_old else Way.GATEWAY


def takes(left: Sequence[VoucherBalance], amount: Paise) -> list[tuple[VoucherBalance, Tax]]:
    """Share a sum out over what is left of vouchers, the newest first. Raises NotPossible for what cannot be split."""
    made, rest = [], amount
    for one in reversed(left):
        value = cover.part_of(one, rest)
        if value.taxable:
            made.append((one, value))
            rest -= value.total
    if rest:
        raise NotPossible(f"So little would stay that it cannot be split: take {inr(amount - rest)}, or all.")
    return made


def _promised(found: Trace) -> list[Document]:
    """Return refund vouchers of this money that were issued by themselves and not paid out."""
    issued = Document.objects.filter(
        kind=Document.Kind.REFUND_VOUCHER,
        original__in=found.vouchers,
        cause__startswith="refund:",
        refunds=None,
    )
    return list(issued.order_by("pk"))


def _credits(account: Account, found: Trace) -> list[CreditBalance]:
    """Return what is left of credit notes for bills that this money paid."""
    bills = {one.allocation.document_id for one in found.paid}
    rows = account.credits_left.left().filter(credit_note__original__in=bills)
    return list(rows.select_related("credit_note"))
