"""E-invoicing: owed in the unit that issues a document, registered by a job, kept with the portal's signature.

Rules: gst reference § 9.1. Number first, then IRN, then the PDF: until the IRN is there the document's file is not due
(its `next_attempt_at` is empty), so it can neither be downloaded nor mailed, however long the portal is away. A
document that the portal refuses waits for a person. None is cancelled here: a credit note takes back what is wrong.
"""

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Q, QuerySet

from accounts import queues
from accounts.models import User
from billing_portal import clock, text
from billing_portal.unit import outside, unit
from invoices import inv01, signed_qr
from invoices.gst import Supply, Tax
from invoices.irp import Answer, Away, Duplicate, Portal, Refused, Unavailable
from invoices.models import Document, DocumentFile, EInvoice
from invoices.signed_qr import Keys

log = structlog.get_logger(__name__)

State = EInvoice.State
LEASE = timedelta(minutes=2)  # longer than asking and sending may take together
BEGIN_WITHIN = 60  # seconds of the lease, which counts from the run's beginning
TRIES = 8  # failures of its own, then a person looks
WAIT = timedelta(seconds=30)  # doubled with each failure
PAUSE = timedelta(minutes=1)  # of all, while the portal is away
LONGEST_PAUSE = timedelta(minutes=10)
ALARM = timedelta(hours=24)  # § 9.1: alarm at 24 h …
LAST_DAYS = 10  # … and this many days before the portal takes it no more


class NoKey(RuntimeError):
    """The portal's public key cannot be read: no answer of it could be verified."""


class NotOurs(Exception):
    """The portal's answer is not about what was sent, or not signed by it; the message says which."""


@dataclass(frozen=True)
class Claimed:
    """A row that is ours until its lease ends; `was_sent` = the portal may have it already."""

    row: EInvoice
    was_sent: bool


def since() -> date | None:
    """Return the first day of e-invoicing, or None where the operator needs none."""
    return date.fromisoformat(settings.EINVOICE_FROM) if settings.EINVOICE_ENABLED else None


def is_needed(document: Document) -> bool:
    """Whether a document must be registered, by its own snapshot and date."""
    to = document.recipient
    return inv01.applies(
        document.kind, to["registration"], to["gstin"], issued_on=document.issued_on, since=since()
    )


def last_day(document: Document) -> date:
    """Return the last day on which the portal registers a document."""
    return document.issued_on + timedelta(days=settings.EINVOICE_REPORT_DAYS)


def in_trouble(*, now: datetime) -> QuerySet[EInvoice]:
    """Return those that a person must look at: refused, cancelled, or without an IRN for longer than a day."""
    stuck = Q(state__in=[State.REFUSED, State.CANCELLED]) | Q(document__issued_at__lt=now - ALARM)
    return EInvoice.objects.exclude(state=State.REGISTERED).filter(stuck)  # few, by their own index


def is_urgent(row: EInvoice, now: datetime) -> bool:
    """Whether a document without an IRN comes near the end of its time."""
    nearly = last_day(row.document) - timedelta(days=LAST_DAYS)
    return not row.is_registered and clock.business_date(now) >= nearly


def paper_of(document: Document) -> inv01.Paper:
    """Return what is sent of a document: its snapshot and lines alone."""
    details, lines = document.details, list(document.lines.all())
    named = details.get("original") if document.original_id else None
    return inv01.Paper(
        kind=document.kind,
        number=document.number,
        issued_on=document.issued_on,
        supply=Supply(document.supply),
        place=document.place_of_supply,
        supplier=document.supplier,
        recipient=document.recipient,
        lines=[
            inv01.Line(one.description, one.sac, one.rate, Tax(one.taxable, one.cgst, one.sgst, one.igst))
            for one in lines
        ],
        value=Tax(document.taxable, document.cgst, document.sgst, document.igst),
        rounding=document.rounding,
        total=document.total,
        due_on=document.due_on,
        period=(document.period_from, document.period_to)
        if document.period_from and document.period_to
        else None,
        paid=details.get("set_off_total", 0) + details.get("credit", 0),
        advances=[(use["number"], date.fromisoformat(use["date"])) for use in details.get("set_off", [])],
        original=(named["number"], date.fromisoformat(named["date"])) if named else None,
    )


def register_due(portal: Portal, *, now: datetime, limit: int = 100) -> int:
    """Register what is due, at most `limit` documents; return how many were. Safe to run in parallel.

    When the portal is away, all that is due waits a while. Without the portal's key nothing is claimed: that is no
    document's fault. What could not be begun while its lease surely lasts is left to the next run. Raises NoKey.
    """
    if not EInvoice.objects.due(now).exists():
        return 0
    trusted, registered, last = trusted_keys(), 0, time.monotonic() + BEGIN_WITHIN
    for _ in range(limit):
        claimed = claim(now) if time.monotonic() < last else None
        if claimed is None:
            break
        registered += finish(claimed, portal, trusted, now=now)
    return registered


@unit
def claim(now: datetime) -> Claimed | None:
    """Claim the oldest row that is due, or return None. From now on the portal may have its document."""
    due = EInvoice.objects.due(now).select_related("document").order_by("next_attempt_at", "pk")
    row = due.select_for_update(skip_locked=True, of=("self",)).first()
    if row is None:
        return None
    was_sent = row.sent_at is not None
    row.attempts += 1  # the row is locked
    row.next_attempt_at, row.sent_at = now + LEASE, row.sent_at or now
    row.save(update_fields=["attempts", "next_attempt_at", "sent_at"])
    return Claimed(row, was_sent)


def trusted_keys() -> Keys:
    """Return the keys that the portal may sign with. Raises NoKey."""
    try:
        return signed_qr.keys(Path(settings.EINVOICE_PUBLIC_KEY_FILE).read_text())
    except (OSError, ValueError) as error:
        raise NoKey(f"EINVOICE_PUBLIC_KEY_FILE: {error}") from error


def finish(claimed: Claimed, portal: Portal, trusted: Keys, *, now: datetime) -> bool:
    """Have a claimed document registered; return whether it is. Whatever goes wrong is written on its row."""
    row = claimed.row
    try:
        paper = paper_of(row.document)
        body = inv01.payload(paper)
        answer = _asked(claimed, portal, paper, body)
        _check(answer, body, paper, trusted)
        return keep(row, answer, now=now)
    except Away as error:
        _put_off(row, str(error), now)
    except (Refused, NotOurs, inv01.NotSendable) as error:
        _park(row, str(error))
    except Exception as error:  # whatever it is: the row keeps it, the others go on
        _failed(row, error, now)
    return False


@outside
def _asked(claimed: Claimed, portal: Portal, paper: inv01.Paper, body: dict[str, Any]) -> Answer:
    """Ask for what may be registered already, and register what is not. Raises irp.PortalError."""
    kind = inv01.TYPES[paper.kind]
    if claimed.was_sent and (found := portal.find(kind, paper.number, paper.issued_on)):
        return found
    try:
        return portal.register(inv01.text(body))
    except Duplicate as error:
        found = portal.find(kind, paper.number, paper.issued_on)
        if found is None:
            raise Unavailable(f"it has the document and does not show it: {error}") from None
        return found


def _check(answer: Answer, body: dict[str, Any], paper: inv01.Paper, trusted: Keys) -> None:
    """Compare the signed QR with what was sent, before anything of it is kept (§ 9.4). Raises NotOurs."""
    try:
        wrong = signed_qr.differences(signed_qr.read(answer.signed_qr, trusted), body, answer.irn)
    except signed_qr.NotGenuine as error:
        raise NotOurs(f"The portal's signed QR was not taken: {error}.") from None
    if wrong:
        raise NotOurs(f"The portal's answer is not about this document: {', '.join(wrong)}.")
    if answer.irn != inv01.irn(paper.supplier["gstin"], paper.kind, paper.number, paper.issued_on):
        raise NotOurs("The portal's IRN is not the one of this document.")


@unit
def keep(row: EInvoice, answer: Answer, *, now: datetime) -> bool:
    """Keep what the portal answered, and have the PDF made, unless another has claimed the row since.

    An IRN that somebody cancelled at the portal is kept as that: no PDF is made, a person looks.
    """
    if not _mine(row).select_for_update().exists():
        return False
    _mine(row).update(
        state=State.CANCELLED if answer.is_cancelled else State.REGISTERED,
        irn=answer.irn,
        ack_number=answer.ack_number,
        ack_at=answer.ack_at,
        signed_qr=answer.signed_qr,
        signed_invoice=answer.signed_invoice,
        registered_at=now,
        next_attempt_at=None,
        error="Somebody cancelled this IRN at the portal." if answer.is_cancelled else "",
    )
    if answer.is_cancelled:
        log.error("einvoice_cancelled", einvoice=row.pk)
        return False
    file = DocumentFile.objects.filter(document=row.document_id, state=DocumentFile.State.WAITING)
    file.filter(next_attempt_at=None).update(next_attempt_at=now)
    return True


def again(row: EInvoice, *, reason: str, by: User, now: datetime) -> bool:
    """Send a refused document once more, and write down who asked for it; return whether it was refused."""
    return queues.again(
        EInvoice.objects.filter(pk=row.pk, state=State.REFUSED),
        {"state": State.WAITING, "failures": 0, "next_attempt_at": now, "error": ""},
        action="invoices.send_einvoice",
        subject=f"document:{row.document.number}",
        reason=reason,
        before={"state": str(State.REFUSED), "error": row.error},
        after={"state": str(State.WAITING)},
        by=by,
        now=now,
        account=row.document.account,
    )


def _put_off(row: EInvoice, error: str, now: datetime) -> None:
    """The portal is away: it is no document's fault, so all that is due waits, this one longer the older it is."""
    age = now - row.document.issued_at
    say = log.error if age >= ALARM else log.warning
    say(
        "einvoice_portal_away", einvoice=row.pk, attempts=row.attempts, hours=int(age.total_seconds() // 3600)
    )
    wait = min(max(age / 10, PAUSE), LONGEST_PAUSE)
    _mine(row).update(error=text.plain(error, 300), next_attempt_at=now + wait)
    EInvoice.objects.due(now).update(next_attempt_at=now + PAUSE)


def _park(row: EInvoice, error: str) -> None:
    log.error("einvoice_refused", einvoice=row.pk, attempts=row.attempts)
    _mine(row).update(state=State.REFUSED, error=text.plain(error, 300), next_attempt_at=None)


def _failed(row: EInvoice, error: Exception, now: datetime) -> None:
    """Write down a failure of this document's own; after eight a person looks."""
    failures = row.failures + 1
    words = f"{type(error).__name__}: {error}"
    log.warning("einvoice_failed", einvoice=row.pk, failures=failures, error=type(error).__name__)
    if failures >= TRIES:
        _mine(row).update(failures=failures)
        _park(row, words)
        return
    _mine(row).update(
        failures=failures, error=text.plain(words, 300), next_attempt_at=now + WAIT * 2**failures
    )


def _mine(row: EInvoice) -> QuerySet[EInvoice]:
    return EInvoice.objects.filter(pk=row.pk, attempts=row.attempts, state=State.WAITING)
