"""Answering a dispute at the gateway: contested with our documents, or accepted; reminders before it is too late."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.files.storage import storages
from django.core.mail import send_mail

from accounts import audit
from accounts.models import Account, User
from billing_portal.money import inr
from billing_portal.unit import outside, unit
from invoices.models import Document, DocumentFile
from payments import disputes, traces
from payments.gateways.refunds import Evidence, GatewayDispute, door
from payments.models import Dispute

log = structlog.get_logger(__name__)

REMIND_DAYS = (7, 3, 1)  # before the answer is due
LONGEST_SUMMARY = 1000  # characters that the gateway takes


class NotPossible(ValueError):
    """This dispute cannot be answered so; the message says why."""


def evidence_of(dispute: Dispute) -> list[Document]:
    """Return the documents of a disputed payment that have a file to send: its vouchers and the bills it paid."""
    causes = traces.causes_of(dispute.payment)
    paid = Document.objects.filter(allocations__cause__in=causes)
    own = Document.objects.filter(cause__in=[traces.advance_of(cause) for cause in causes])
    used = Document.objects.filter(vouchers_used__voucher__in=own)
    ids = {pk for rows in (paid, own, used) for pk in rows.values_list("pk", flat=True)}
    ready = Document.objects.filter(pk__in=ids, file__state=DocumentFile.State.READY)
    return list(ready.select_related("file").order_by("pk"))


def contest(
    dispute_id: int, *, summary: str, documents: Sequence[int], reason: str, by: User, now: datetime
) -> Dispute:
    """Send our answer in, with files of its documents; the bank looks at it then. Raises NotPossible, GatewayError."""
    dispute = _open(dispute_id)
    chosen = [one for one in evidence_of(dispute) if one.pk in documents]
    if not summary.strip() or len(summary) > LONGEST_SUMMARY or not chosen:
        raise NotPossible(f"An answer needs a summary of up to {LONGEST_SUMMARY} characters and a document.")
    proofs = [Evidence(f"{one.slug}.pdf", _content(one)) for one in chosen]
    report = door().contest_dispute(dispute.gateway_dispute_id, dispute.amount, summary.strip(), proofs)
    return _answered(dispute, report, "contest", summary.strip(), reason, by, now)


def accept(dispute_id: int, *, reason: str, by: User, now: datetime) -> Dispute:
    """Give in: the money is the payer's, and leaves the account. Raises NotPossible, GatewayError."""
    dispute = _open(dispute_id)
    report = door().accept_dispute(dispute.gateway_dispute_id)
    return _answered(dispute, report, "accept", "Accepted", reason, by, now)


def remind(*, now: datetime) -> int:
    """Mail finance 7, 3 and 1 days before an answer is due, once each; return how many mails. Safe to repeat."""
    until = now + timedelta(days=max(REMIND_DAYS))
    rows = Dispute.objects.open().filter(
        status=Dispute.Status.OPEN, respond_by__gt=now, respond_by__lte=until
    )
    return sum(_remind(row, now) for row in rows.select_related("payment", "account"))


def stage(respond_by: datetime, now: datetime) -> int | None:
    """Return the reminder that is due: the fewest days of those that have begun, or None."""
    return min((days for days in REMIND_DAYS if respond_by - now <= timedelta(days=days)), default=None)


def _remind(row: Dispute, now: datetime) -> bool:
    assert row.respond_by is not None
    due = stage(row.respond_by, now)
    if due is None or (row.reminded is not None and row.reminded <= due):
        return False
    try:
        _mail(row)
    except OSError as error:  # of the mail server: the next run tries again
        log.warning("dispute_not_reminded", dispute=row.pk, error=type(error).__name__)
        return False
    Dispute.objects.filter(pk=row.pk).update(reminded=due)
    return True


@outside
def _mail(row: Dispute) -> None:
    send_mail(
        f"Dispute of {row.payment.number} over {inr(row.amount)}: answer by {row.respond_by:%d %b %Y}",
        f"Account {row.account.ban}, phase {row.phase or 'not told'}, reason {row.reason_code or 'not told'}.\n"
        f"Without an answer it is lost and the money is taken back.\n\n"
        f"{settings.SITE_URL}/admin/payments/dispute/{row.pk}/change/\n",
        None,
        [settings.FINANCE_EMAIL],
    )


def _open(dispute_id: int) -> Dispute:
    dispute = Dispute.objects.select_related("payment").get(pk=dispute_id)
    if not dispute.is_open or dispute.status != Dispute.Status.OPEN:
        raise NotPossible(f"It needs no answer: {dispute.get_status_display().lower()}.")
    return dispute


def _content(document: Document) -> bytes:
    with storages["documents"].open(document.file.name) as file:
        return bytes(file.read())


def _answered(
    dispute: Dispute, report: GatewayDispute, act: str, note: str, reason: str, by: User, now: datetime
) -> Dispute:
    """Write down what we answered, then let it stand as the gateway now says."""
    _note(dispute.pk, act, note, reason, by, now)
    return disputes.apply(dispute.payment_id, report, now=now)


@unit
def _note(dispute_id: int, act: str, note: str, reason: str, by: User, now: datetime) -> None:
    account = Account.objects.lock(Dispute.objects.values_list("account_id", flat=True).get(pk=dispute_id))
    row = Dispute.objects.select_for_update().get(pk=dispute_id)
    row.note, row.answered_by, row.answered_at = note, by, now
    row.save(update_fields=["note", "answered_by", "answered_at"])
    audit.record(
        f"payments.dispute.{act}",
        actor=by,
        account=account,
        subject=f"dispute:{row.gateway_dispute_id}",
        reason=reason,
        after={"amount": row.amount},
        now=now,
    )
