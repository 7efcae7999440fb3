"""The certificate of a deletion: what was destroyed, what is kept and under which law until when; signed.

Ed25519 over the canonical JSON; the public key is printed, so that anybody can verify it.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import Account
from billing_portal import clock
from credit import erasures
from credit.models import ArchivePart, Deletion
from invoices import pdf
from invoices.issue import supplier

BOOKS_YEARS = 8  # financial years, Companies Act s. 128(5); longer than CGST R. 56 and Income-tax R. 46
BOOKS = "CGST Act s. 36 and Rule 56; Companies Act s. 128(5)"
PAPERS = "Companies Act s. 128(5), papers of the books"
KEPT = (
    ("Tax invoices, notes, vouchers and their PDFs", BOOKS),
    ("Ledger, payments and allocations", BOOKS),
    ("Edit log of the books and decisions of staff", "Companies (Accounts) Rules 3(1)"),
    ("That messages were sent, without recipient or text", f"{PAPERS}; DPDP Rules 2025 R. 8(3)"),
)
RECORDS_LAW = "telecom licence terms: two years from each record"


def of(deletion: Deletion, *, now: datetime) -> dict[str, Any]:
    """Return what the certificate says: plain data, amounts of rows, ISO dates."""
    account = deletion.account
    until = books_until(_last_document(account) or clock.business_date(now))
    parts = list(deletion.archive.parts.order_by("table", "number"))
    kept = [{"what": what, "why": law, "until": until.isoformat()} for what, law in KEPT]
    kept += [_kept(part) for part in parts if part.gone_at is None]
    return {
        "account": account.ban,
        **_dates(deletion),
        "finished_at": now.isoformat(),
        "destroyed": [
            {"what": what, "rows": count}
            for stage in deletion.done.values()
            for what, count in stage.items()
            if count
        ],
        "archives": [_archive(part) for part in parts],
        "kept": kept,
        "documents": account.documents.count(),
        "public_key": public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex(),
    }


def _dates(deletion: Deletion) -> dict[str, str]:
    """Return when it was marked, approved and deleted; of a repeated one when the first was, and when again."""
    approved = deletion.approval.decided_at if deletion.approval else None
    dates = {
        "marked_at": deletion.marked_at.isoformat(),
        "approved_at": _iso(approved),
        "deleted_at": _iso(deletion.begun_at),
    }
    if not deletion.is_repeated:
        return dates
    before = erasures.first(deletion.account.ban)
    again = {"deleted_again_at": _iso(deletion.begun_at)}
    return {name: before.get(name, when) for name, when in dates.items()} | again


def sign(said: Mapping[str, Any]) -> str:
    """Return the signature of a certificate, in hex."""
    return _private_key().sign(canonical(said)).hex()


def is_genuine(said: Mapping[str, Any], signature: str) -> bool:
    """Whether a certificate is one of ours and unchanged."""
    try:
        public_key().verify(bytes.fromhex(signature), canonical(said))
    except (InvalidSignature, ValueError):
        return False
    return True


def page(said: Mapping[str, Any], signature: str) -> bytes:
    """Return the certificate as a PDF."""
    words = {"said": said, "signature": signature, "supplier": supplier(), "title": "Certificate of deletion"}
    html = render_to_string("documents/certificate.html", words)
    return pdf.render(html, identifier=hashlib.sha256(canonical(said)).digest())


def canonical(said: Mapping[str, Any]) -> bytes:
    """Return the bytes that are signed: JSON with sorted keys and no blanks."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def public_key() -> Ed25519PublicKey:
    return _private_key().public_key()


def books_until(day: date) -> date:
    """Return the last day of the books' time for a document of a day: the end of its year and eight more."""
    year = day.year + (1 if day.month > 3 else 0)
    return date(year + BOOKS_YEARS, 3, 31)


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _private_key() -> Ed25519PrivateKey:
    seed = hashlib.sha256(b"certificate\n" + settings.ARCHIVE_KEY.encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)


def _last_document(account: Account) -> date | None:
    newest = account.documents.order_by("-issued_on").first()
    return newest.issued_on if newest else None


def _archive(part: ArchivePart) -> dict[str, Any]:
    return {
        "what": part.label,
        "rows": part.rows,
        "sha256": part.sha256,
        "is_destroyed": part.gone_at is not None,
    }


def _kept(part: ArchivePart) -> dict[str, Any]:
    label = part.label
    until = part.kept_until.isoformat() if part.kept_until else ""
    return {"what": f"{label}, sealed ({part.rows})", "why": RECORDS_LAW, "until": until}
