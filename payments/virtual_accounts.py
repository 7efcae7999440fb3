"""A bank account at the gateway for one customer alone: made on demand, and what arrives there is credited by itself.

The intent is committed, then the gateway is asked; after a time-out the account is looked for before another is made.
A transfer is known by the gateway's payment and by its UTR: neither counts twice.
"""

import uuid
from datetime import datetime, timedelta

import structlog

from accounts.levels import Level
from accounts.models import Account, User
from billing_portal import text
from billing_portal.unit import unit
from payments import bank_lines, parked, take_in, taxes, utr
from payments.gateways import GatewayError, GatewayPayment, State, gateway
from payments.gateways.virtual_accounts import MadeAccount, Transfer, virtual_accounts
from payments.models import Claim, ParkedReport, Payment, TaxDeducted, Utr, VirtualAccount

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
Status = VirtualAccount.State


def ensure(account: Account, *, by: User, now: datetime) -> VirtualAccount:
    """Make sure that an account has its virtual account; any number of calls make one.

    One caller makes it, the others return at once, perhaps before it is there. Raises GatewayError.
    """
    row, claimed = _intend(account.pk, by=by, now=now)
    if claimed is None:
        return row
    door = virtual_accounts()
    try:
        made = door.find_account(account.ban, row.asked_at - LEASE) if claimed else None
        made = made or door.make_account(account.ban, account.name)
    except GatewayError:
        made = _find_or_release(row, account.ban, now)
        if made is None:
            raise
    return keep(row.pk, made, now=now)


@unit
def _intend(account_id: int, *, by: User, now: datetime) -> tuple[VirtualAccount, bool | None]:
    """Write the intent down and claim the making: whether somebody tried before; None when it is not ours to make."""
    account = Account.objects.lock(account_id)
    row, _is_new = VirtualAccount.objects.get_or_create(
        account=account, closed_at=None, defaults={"asked_by": by, "asked_at": now}
    )
    tried = row.claimed_at
    if row.state == Status.ACTIVE or (tried and tried > now - LEASE):
        return row, None
    row.claimed_at = now
    row.save(update_fields=["claimed_at"])
    return row, tried is not None


@unit
def keep(row_id: int, made: MadeAccount, *, now: datetime) -> VirtualAccount:
    """Keep what the gateway made, or that it is closed. Repeating changes nothing."""
    account_id = VirtualAccount.objects.values_list("account_id", flat=True).get(pk=row_id)
    Account.objects.lock(account_id)
    row = VirtualAccount.objects.select_for_update().get(pk=row_id)
    if row.closed_at:
        return row
    row.gateway_id, row.number, row.ifsc = made.account_id, made.number, made.ifsc
    row.bank_name, row.holder, row.made_at = made.bank_name, made.holder, row.made_at or now
    row.state = Status.ACTIVE if made.is_active else Status.CLOSED
    row.closed_at = None if made.is_active else now
    row.save()
    return row


def look(gateway_id: str, *, now: datetime) -> None:
    """Ask how a virtual account is now; one that is closed is replaced when asked for again. Raises GatewayError."""
    row = VirtualAccount.objects.filter(gateway_id=gateway_id).first()
    if row:
        keep(row.pk, virtual_accounts().virtual_account(gateway_id), now=now)


def arrived(payment_id: str, *, now: datetime) -> Payment | None:
    """Credit a transfer that arrived, as the gateway tells it now; None where the payment is no such transfer.

    Safe to call again. What cannot be credited is parked. Raises GatewayError.
    """
    before = Payment.objects.filter(gateway_payment_id=payment_id).first()
    if before:
        return before
    report = gateway().fetch(payment_id)
    transfer = virtual_accounts().transfer_of(report)
    row = VirtualAccount.objects.filter(gateway_id=transfer.account_id).first() if transfer else None
    if transfer is None or row is None:
        return None
    return credit(row.account_id, report, transfer, now=now)


@unit
def credit(account_id: int, report: GatewayPayment, transfer: Transfer, *, now: datetime) -> Payment | None:
    """Book a captured transfer to the account whose virtual account it came to. The same payment again is the same.

    Money of a deleted account, or of a UTR that has brought money, is parked.
    """
    account = Account.objects.lock(account_id)
    before = Payment.objects.filter(gateway_payment_id=report.payment_id).first()
    if before or report.state != State.CAPTURED:
        return before
    bank_lines.adding()
    number = _utr(transfer)
    if kind := _unfit(account, report, number):
        about = _known(number) if kind == ParkedReport.Kind.UTR else ""
        parked.park(kind, report, payment=None, now=now, account=account, reference=number or "", about=about)
        return None
    claim = _claim(account, number, report.amount)
    found = taxes.of_claim(claim) if claim else []
    payment = _payment(account, report, transfer, number, found, now)
    if number:
        Utr.objects.create(utr=number, payment=payment)
    take_in.book(account, payment, now=now)
    taxes.attach(found, payment)
    if claim:
        claim.state, claim.payment, claim.decided_at = Claim.State.SETTLED, payment, now
        claim.save(update_fields=["state", "payment", "decided_at"])
    return payment


def _unfit(account: Account, report: GatewayPayment, number: str | None) -> ParkedReport.Kind | None:
    if account.wanted_level == Level.DELETED:
        return ParkedReport.Kind.DELETED
    if report.currency != "INR":
        return ParkedReport.Kind.CURRENCY
    return ParkedReport.Kind.UTR if number and Utr.objects.filter(utr=number).exists() else None


def _known(number: str | None) -> str:
    """Return where a UTR stands in the books, as a sentence."""
    there = Utr.objects.select_related("line", "payment__account").get(utr=number)
    if there.payment:
        return f"Its UTR {number} brought {there.payment.number} of {there.payment.account.ban}."
    assert there.line
    return f"Its UTR {number} is that of a line of {text.day(there.line.value_on)} at {there.line.bank}."


def _utr(transfer: Transfer) -> str | None:
    """Return the UTR as it is kept; one of another shape is kept as it came, it still counts once."""
    try:
        return utr.normal(transfer.utr)
    except utr.NotAUtr:
        bare = "".join(c for c in transfer.utr.upper() if c.isascii() and c.isalnum())
        return bare[:22] or None


def _claim(account: Account, number: str | None, amount: int) -> Claim | None:
    """Return the customer's own claim of this very transfer, if it made one."""
    claims = Claim.objects.waiting().select_for_update().filter(account=account, amount=amount)
    return claims.filter(utr=number).first() if number else None


def _payment(
    account: Account,
    report: GatewayPayment,
    transfer: Transfer,
    number: str | None,
    found: list[TaxDeducted],
    now: datetime,
) -> Payment:
    kept = {kind: sum(one.amount for one in found if one.kind == kind) for kind in TaxDeducted.Kind}
    tds, gst_tds = kept[TaxDeducted.Kind.INCOME], kept[TaxDeducted.Kind.GST]
    return Payment.objects.create(
        account=account,
        number=take_in.number(now),
        channel=Payment.Channel.TRANSFER,
        amount=report.amount + tds + gst_tds,
        tds=tds,
        gst_tds=gst_tds,
        status=Payment.Status.CAPTURED,
        start_token=uuid.uuid5(uuid.NAMESPACE_URL, f"transfer:{report.payment_id}"),
        started_at=min(report.created_at, now),
        gateway_payment_id=report.payment_id,
        reference=number or "",
        method=report.method,
        instrument=f"{transfer.mode} transfer",
        captured_at=min(report.created_at, now),
        settled_at=now,
    )


def _find_or_release(row: VirtualAccount, ban: str, now: datetime) -> MadeAccount | None:
    """After a failed call: the account may be there all the same. If not, let the next caller try at once."""
    try:
        made = virtual_accounts().find_account(ban, row.asked_at - LEASE)
    except GatewayError:
        made = None
    if made is None:
        log.warning("virtual_account_not_made", account=row.account_id)
        VirtualAccount.objects.filter(pk=row.pk).update(claimed_at=now - LEASE)
    return made
