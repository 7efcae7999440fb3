"""TDS certificates: taken in for open deductions, checked, kept; and what lapses where none came in time.

A certificate (Form 131, formerly 16A; GSTR-7A for GST-TDS) proves deductions of one deductor and one quarter. After
31 May following the financial year a deduction without one lapses: its amount is owed again.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from accounts import audit
from accounts.models import Account, User
from billing_portal import clock
from billing_portal.unit import outside, unit
from payments import paper
from payments.models import TaxDeducted

LARGEST = 5_000_000  # bytes
State = TaxDeducted.State


class NotPossible(ValueError):
    """This certificate cannot be taken in; the message says why."""


@dataclass(frozen=True)
class Certificate:
    """What it says: its number, its day, its file as it was stored (`store`)."""

    number: str
    on: date
    file: str
    sha256: str


@outside
def store(content: bytes) -> tuple[str, str]:
    """Check a PDF and keep it; return its name and hash. Raises NotPossible."""
    try:
        paper.check(content, largest=LARGEST)
    except paper.Unsound as error:
        raise NotPossible(str(error)) from error
    name = f"certificates-tds/{uuid.uuid4().hex}.pdf"
    storages["documents"].save(name, ContentFile(content))
    return name, hashlib.sha256(content).hexdigest()


@unit
def certify(
    account_id: int, rows: Sequence[int], certificate: Certificate, *, reason: str, by: User, now: datetime
) -> list[TaxDeducted]:
    """Note that a certificate proves these deductions. The same number for them again does nothing.

    Raises NotPossible where they are not open or not of one deductor and quarter, or the number was used for another.
    """
    account = Account.objects.lock(account_id)
    found = list(TaxDeducted.objects.select_for_update().filter(pk__in=rows, account=account).order_by("pk"))
    number = certificate.number.strip().upper()
    if found and all(row.state == State.CERTIFIED and row.certificate == number for row in found):
        return found
    _refuse(found, rows, certificate, now)
    for row in found:
        row.state, row.certificate, row.certified_on = State.CERTIFIED, number, certificate.on
        row.file, row.sha256 = certificate.file, certificate.sha256
        row.save(update_fields=["state", "certificate", "certified_on", "file", "sha256"])
    audit.record(
        "payments.tax.certify",
        actor=by,
        account=account,
        subject=f"certificate:{number}"[:80],
        reason=reason,
        after={"deductions": [row.pk for row in found], "amount": sum(row.amount for row in found)},
        now=now,
    )
    return found


def _refuse(
    found: Sequence[TaxDeducted], asked: Sequence[int], certificate: Certificate, now: datetime
) -> None:
    if not found or len(found) < len(set(asked)):
        raise NotPossible("Choose deductions of this account.")
    if any(row.state != State.OPEN for row in found):
        raise NotPossible("Choose deductions that wait for their certificate.")
    if len({(row.kind, row.deductor, row.quarter, row.tax_year) for row in found}) > 1:
        raise NotPossible("A certificate is of one deductor and one quarter.")
    number, first = certificate.number.strip().upper(), found[0]
    if not number:
        raise NotPossible("Give the certificate's number.")
    same = TaxDeducted.objects.filter(certificate=number, kind=first.kind, deductor=first.deductor)
    if same.exclude(quarter=first.quarter, tax_year=first.tax_year).exists():
        raise NotPossible("This certificate is of another quarter: it was taken in for that before.")
    if not min(row.deducted_on for row in found) <= certificate.on <= clock.business_date(now):
        raise NotPossible("The certificate's day is after the deduction and not after today.")
