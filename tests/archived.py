"""An account on its way into the archive: calls of a billed cycle, a small debt, and the days until the step."""

from datetime import timedelta

from accounts import api_keys
from accounts.models import Account, ApiKey
from credit.models import Archive
from invoices import billing_run
from invoices.models import DocumentFile
from tests import build, ladder
from tests.ladder import at

CALLS = 12


def account(**fields: object) -> Account:
    """An account with calls in a billed cycle, an API key, and a bill of ₹59 due on ladder.DUE."""
    made = build.account(**fields)
    build.subscribed(made, on=build.plan("free", rental=0), now=at(-45))
    for n in range(CALLS):
        build.used(made, 3, now=at(-40, hour=20) + timedelta(hours=n), key=f"k{n}")
    billing_run.bill_chunk([made.pk], now=at(-12))
    api_keys.issue("Exchange", [ApiKey.Scope.READ], account=made, actor=None, reason="test", now=at(-40))
    ladder.bill(made)
    return made


def files_are_made() -> None:
    """All documents' PDFs are there."""
    DocumentFile.objects.update(state=DocumentFile.State.READY, next_attempt_at=None)


def archived(**fields: object) -> Account:
    """An account whose data was archived on day 60."""
    made = account(**fields)
    files_are_made()
    ladder.sweep(range(61))
    return made


def archive_of(account: Account) -> Archive:
    return Archive.objects.filter(account=account).latest("pk")
